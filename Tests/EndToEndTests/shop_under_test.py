"""The shop under test: `emporium up` as a user starts it, found by what it prints.

    EMPORIUM_BIN up --data-dir <temporary> --web-port … ──stdout──▶ "role  address" lines, "open http://…" ──▶ Shop

The fixtures that start it are in conftest.py. (A module of its own, because `conftest` is not a unique name.)

EMPORIUM_BIN          the executable; default: the release build of this tree
EMPORIUM_TEST_PORT    where the search for free ports begins; default 17500, below the kernel's own range
"""

import json
import os
import re
import select
import signal
import socket
import subprocess
import time
import urllib.parse
from pathlib import Path

import pytest
import redis
import requests

TREE = Path(__file__).resolve().parents[2]
SERVICES = ["api-gateway", "cart", "checkout", "content", "payment", "product", "web-gateway"]
KEY_VALUE_ROLES = ["cart-data", "cart-data-replica", "session-data", "session-data-replica"]
ROLES = [*KEY_VALUE_ROLES, "product-data", *SERVICES]
PORT_OPTIONS = [
    "--web-port",
    "--cart-data-port",
    "--cart-data-replica-port",
    "--session-data-port",
    "--session-data-replica-port",
    "--product-data-port",
    "--service-port",  # and the five after it: it comes last
]


def executable() -> str:
    path = Path(os.environ.get("EMPORIUM_BIN", TREE / ".build/release/emporium")).absolute()
    if not os.access(path, os.X_OK):
        pytest.exit(f"{path} is not an executable: run `make build`, or set EMPORIUM_BIN", returncode=2)
    return str(path)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """Ports in a row that nobody listens on."""
    first = int(os.environ.get("EMPORIUM_TEST_PORT", "17500"))
    for start in range(first, first + 5000, count):
        ports = list(range(start, start + count))
        if all(map(is_free, ports)):
            return ports
    raise RuntimeError(f"no {count} free ports in a row from {first} on")


def wait_until(condition, seconds: float, what: str):
    """Polls until the condition gives something true; fails with the sentence `what` when it never does."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds} s: {what}")
        time.sleep(0.02)


class Shop:
    """A running `emporium up`."""

    def __init__(self, directory: Path, *options: str):
        self.log = directory / "emporium.log"
        ports = free_ports(len(PORT_OPTIONS) + 6)
        arguments = [text for option, port in zip(PORT_OPTIONS, ports) for text in (option, str(port))]
        command = [executable(), "up", "--data-dir", str(directory / "data"), *arguments, *options]
        self.output: list[str] = []
        self.addresses: dict[str, str] = {}
        started = time.monotonic()
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        try:
            self._read_board(started + 30)
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise
        self.seconds_to_start = time.monotonic() - started

    def _read_board(self, deadline: float):
        output = self.process.stdout.fileno()
        text = ""
        while not re.search(r"^(?:open )?http://\S+\n\Z", text, re.MULTILINE):
            if select.select([output], [], [], 0.05)[0]:
                text += os.read(output, 65536).decode()
            if self.process.poll() is not None:
                pytest.fail(f"emporium up ended with {self.process.returncode}:\n{text}{self.log_tail()}")
            if time.monotonic() > deadline:
                pytest.fail(f"emporium up did not print the page's address in time:\n{text}{self.log_tail()}")
        self.output = text.splitlines()
        for line in self.output:
            parts = line.split()
            if len(parts) == 2 and parts[0] in ROLES:
                self.addresses[parts[0]] = parts[1]
        self.url = self.output[-1].split()[-1].rstrip("/")

    def port(self, role: str) -> int:
        return urllib.parse.urlsplit(self.addresses[role]).port

    def redis(self, role: str) -> redis.Redis:
        """A client as the original's services make one: RESP2, texts decoded."""
        return redis.Redis(port=self.port(role), decode_responses=True, socket_timeout=5, protocol=2)

    def log_tail(self, lines: int = 40) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def stop(self, seconds: float = 10) -> int:
        """SIGTERM; gives the exit status. A shop that does not end is killed, and that is a failure."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            pytest.fail(f"emporium up did not end within {seconds} s of SIGTERM:\n{self.log_tail()}")
        finally:
            self.process.stdout.close()


class Buyer:
    """A visitor with a cookie jar, speaking to the web gateway; `session_id` is what the k6 journey posts in bodies."""

    def __init__(self, shop: Shop):
        self.shop = shop
        self.http = requests.Session()
        self.http.trust_env = False

    @property
    def session_id(self) -> str | None:
        return self.http.cookies.get("session_id")

    @property
    def sid(self) -> str:
        return self.session_id.split(".")[0]

    def get(self, path: str, **more) -> requests.Response:
        return self.http.get(self.shop.url + path, timeout=15, **more)

    def call(self, method: str, path: str, body=None, **more) -> requests.Response:
        """An API call with a JSON body; `path` is what follows /api/v1/."""
        return self.http.request(method, f"{self.shop.url}/api/v1/{path}", json=body, timeout=15, **more)

    def cart(self) -> dict:
        response = self.call("POST", "cart", {"session_id": self.session_id})
        assert response.status_code == 200, response.text
        return response.json()["data"]

    def put(self, product: str, quantity) -> requests.Response:
        return self.call("PUT", f"cart/{product}/{quantity}", {"session_id": self.session_id})


def order(number: str = "4111111111111111", **more) -> dict:
    """A checkout body."""
    address = {"name": "Ada Byron", "street": "1 Analytical Way", "city": "London", "country": "UK"}
    return {"amount": 3.5, "shipping": address, "billing": {"card": {"number": number, "expiration": "12/39"}}, **more}


def pretty(value) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
