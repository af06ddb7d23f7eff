"""A running Compose stack, and the handles to hurt it: process ids, listening sockets, bridges."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

from .manifests import DEPLOY

PROJECT = "emporium-test"
WEB_PORT = 18080
DATA_PORTS = {
    "cart-data": 16379,
    "cart-data-replica": 16380,
    "session-data": 16381,
    "session-data-replica": 16382,
    "product-data": 15432,
}
SERVICES = ["api-gateway", "cart", "checkout", "content", "payment", "product", "web-gateway"]
ROLES = SERVICES + list(DATA_PORTS)


def engine(*arguments: str, check: bool = True, timeout: float = 120) -> subprocess.CompletedProcess:
    done = subprocess.run(
        [str(DEPLOY / "engine"), *arguments], capture_output=True, text=True, check=False, timeout=timeout
    )
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(arguments)}: {done.stderr}{done.stdout}")
    return done


def image() -> str:
    return os.environ["EMPORIUM_IMAGE"]


def eventually(what, within: float, every: float = 0.1) -> float:
    """Calls `what` until it returns without an AssertionError or OSError; the seconds it took."""
    start = time.monotonic()
    while True:
        try:
            what()
            return time.monotonic() - start
        except (AssertionError, OSError) as error:
            if time.monotonic() - start > within:
                raise AssertionError(f"not within {within} s: {error}") from error
            time.sleep(every)


class Stack:
    """The shop under Compose, with a project name and ports of its own; `options` go before each command of Compose."""

    def __init__(self, *options: str) -> None:
        self.options = options

    environment = os.environ | {
        "COMPOSE_PROJECT_NAME": PROJECT,
        "WEB_PORT": f"127.0.0.1:{WEB_PORT}",
        "CART_DATA_PORT": str(DATA_PORTS["cart-data"]),
        "CART_DATA_REPLICA_PORT": str(DATA_PORTS["cart-data-replica"]),
        "SESSION_DATA_PORT": str(DATA_PORTS["session-data"]),
        "SESSION_DATA_REPLICA_PORT": str(DATA_PORTS["session-data-replica"]),
        "PRODUCT_DATA_PORT": str(DATA_PORTS["product-data"]),
    }

    def __enter__(self) -> Stack:
        self.compose("down", "--volumes", "--remove-orphans", check=False)
        start = time.monotonic()
        done = self.compose("up", "--detach", "--wait", "--wait-timeout", "120", check=False, timeout=180)
        if done.returncode != 0:
            logs = "\n".join(f"== {role}\n{self.logs(role)[-1500:]}" for role in ROLES if self.exists(role))
            self.compose("down", "--volumes", check=False)
            raise AssertionError(f"the stack did not come up:\n{done.stderr[-3000:]}\n{logs}")
        self.seconds_to_come_up = time.monotonic() - start
        return self

    def __exit__(self, *_) -> None:
        self.compose("down", "--volumes", "--remove-orphans", check=False)

    def compose(self, *arguments: str, check: bool = True, timeout: float = 120) -> subprocess.CompletedProcess:
        done = subprocess.run(
            [str(DEPLOY / "compose"), *self.options, *arguments],
            capture_output=True, text=True, check=False, timeout=timeout, env=self.environment,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"compose {' '.join(arguments)}: {done.stderr}{done.stdout}")
        return done

    @staticmethod
    def name(role: str) -> str:
        return f"{PROJECT}-{role}-1"

    def exists(self, role: str) -> bool:
        return engine("container", "inspect", self.name(role), check=False).returncode == 0

    def inspect(self, role: str) -> dict:
        return json.loads(engine("inspect", self.name(role)).stdout)[0]

    def process(self, role: str) -> int:
        """The host's id of the container's first process; fails while there is none."""
        state = self.inspect(role)["State"]
        assert state["Running"] and state["Pid"] > 0, f"{role} is not running"
        return state["Pid"]

    def logs(self, role: str) -> str:
        done = engine("logs", self.name(role), check=False)
        return done.stdout + done.stderr

    def health(self, role: str, url: str) -> subprocess.CompletedProcess:
        return engine("exec", self.name(role), "/usr/bin/emporium", "health", url, check=False)

    def bridge(self, network: str) -> str:
        """The host's interface of a network."""
        found = json.loads(engine("network", "inspect", f"{PROJECT}_{network}").stdout)[0]
        return found.get("network_interface") or f"br-{found['Id'][:12]}"


def listening_ports(process: int) -> set[int]:
    """The TCP ports that anything listens on in the network namespace of `process`."""
    ports = set()
    for table in ("tcp", "tcp6"):
        path = Path(f"/proc/{process}/net/{table}")
        if not path.exists():
            continue  # a kernel without IPv6
        for line in path.read_text().splitlines()[1:]:
            fields = line.split()
            address, port = fields[1].split(":")
            # Docker's own name server sits on 127.0.0.11 in each namespace.
            if fields[3] == "0A" and address != "0B00007F":
                ports.add(int(port, 16))
    return ports


def cpu_seconds(process: int) -> float:
    """What a process has used so far, in its own code and in the kernel."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_bytes(process: int) -> int:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmRSS")
