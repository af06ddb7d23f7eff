"""The Compose stack: buying from a container, and buying again after everything that can break did."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time

import pytest
from harness.buyer import buy
from harness.engine import (
    DATA_PORTS, ROLES, SERVICES, WEB_PORT, engine, eventually, listening_ports, resident_bytes,
)
from harness.manifests import DEPLOY


def buying_works() -> None:
    buy(WEB_PORT)


def test_it_comes_up_healthy(stack):
    print(f"{stack.seconds_to_come_up:.1f} s for all twelve containers")
    buying_works()


def test_k6_buys_from_a_container(stack):
    done = stack.compose(
        "run", "--rm", "--no-deps", "-e", "DURATION=15s", "-e", "NUM_VIRTUAL_USERS=5",
        "-e", "THINK_MIN=0.1", "-e", "THINK_MAX=0.5", "synthetics",
        check=False, timeout=120,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output[-4000:]
    assert "0.00%" in next(line for line in output.splitlines() if "checks_failed" in line), output[-4000:]


def test_redis_cli_reaches_the_published_ports(stack):
    if not shutil.which("redis-cli"):
        pytest.skip("redis-cli is not installed")
    for role, port in DATA_PORTS.items():
        if role != "product-data":
            done = subprocess.run(
                ["redis-cli", "-p", str(port), "ping"], capture_output=True, text=True, check=False, timeout=5
            )
            assert done.stdout.strip() == "PONG", f"{role}: {done.stdout}{done.stderr}"


def test_the_replicas_follow(stack):
    for role in ("cart-data", "session-data"):
        with Redis(DATA_PORTS[role]) as primary, Redis(DATA_PORTS[f"{role}-replica"]) as replica:
            assert primary.call("SET", "deploy-test", role) == "+OK"

            def arrived(replica=replica, role=role):
                assert replica.call("GET", "deploy-test") == role

            eventually(arrived, within=5)
            assert replica.call("SET", "deploy-test", "x").startswith("-READONLY")
            primary.call("DEL", "deploy-test")


def test_psql_reaches_the_published_port_with_the_password_alone(stack):
    if not shutil.which("psql"):
        pytest.skip("psql is not installed")
    command = [
        "psql", "-h", "127.0.0.1", "-p", str(DATA_PORTS["product-data"]), "-U", "postgres", "-d", "products", "-At",
        "-c", "select name, price from products order by rating desc, name limit 2",
    ]
    password = (DEPLOY / "secrets/postgres-password").read_text()
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=10, env=os.environ | {"PGPASSWORD": password}
    )
    assert done.stdout.splitlines() == ["Cinnamon Tea|3.5", "Sweet Tea|3.5"], done.stderr
    wrong = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=10, env=os.environ | {"PGPASSWORD": "wrong"}
    )
    assert "password authentication failed" in wrong.stderr


@pytest.mark.parametrize("role", ROLES)
def test_nothing_listens_but_the_declared_port(stack, role):
    expected = {80} if role in SERVICES else {5432 if role == "product-data" else 6379}
    assert listening_ports(stack.process(role)) == expected


@pytest.mark.parametrize("role", ROLES)
def test_files_can_be_written_to_volumes_alone(stack, role):
    root = f"/proc/{stack.process(role)}/root"
    # Not /tmp: podman puts a small file system of memory there, which goes with the container.
    for path in ("etc/x", "usr/bin/x", "usr/share/emporium/x", "x"):
        with pytest.raises(OSError, match="Read-only"), open(f"{root}/{path}", "w"):
            pass
    if role not in SERVICES:
        with open(f"{root}/var/lib/emporium/deploy-test", "w"):
            pass
        os.unlink(f"{root}/var/lib/emporium/deploy-test")


@pytest.mark.parametrize("role", ROLES)
def test_the_process_has_no_privilege(stack, role):
    status = dict(
        line.split(":\t", 1) for line in open(f"/proc/{stack.process(role)}/status").read().splitlines() if ":\t" in line
    )
    assert status["Uid"].split() == ["65532"] * 4
    assert int(status["CapEff"], 16) == 0 and int(status["CapBnd"], 16) == 0
    assert status["NoNewPrivs"] == "1"


def test_each_role_is_at_most_40_megabytes_at_idle(stack):
    sizes = {role: resident_bytes(stack.process(role)) / 1e6 for role in ROLES}
    print({role: round(size, 1) for role, size in sizes.items()})
    assert max(sizes.values()) <= 40, sizes


@pytest.mark.parametrize("role", ROLES)
def test_a_killed_container_comes_back_and_buying_recovers(stack, role):
    buying_works()
    process = stack.process(role)
    os.kill(process, signal.SIGKILL)

    def replaced():
        assert stack.process(role) != process

    start = time.monotonic()
    eventually(replaced, within=10)
    eventually(buying_works, within=10)
    seconds = time.monotonic() - start
    print(f"{role}: {seconds:.1f} s")
    assert seconds <= 10


@pytest.mark.parametrize("network", ["edge", "data"])
def test_a_cut_network_recovers(stack, network):
    if os.geteuid() != 0:
        pytest.skip("taking a bridge down needs root")
    buying_works()
    bridge = stack.bridge(network)
    subprocess.run(["ip", "link", "set", bridge, "down"], check=True)
    try:
        start = time.monotonic()
        with pytest.raises((AssertionError, OSError)):
            buying_works()
        time.sleep(max(0, 10 - (time.monotonic() - start)))
    finally:
        subprocess.run(["ip", "link", "set", bridge, "up"], check=True)
    print(f"{network}: {eventually(buying_works, within=10):.1f} s")
    for role in ROLES:
        assert stack.inspect(role)["State"]["Running"], f"{role} did not survive the cut"


def test_a_role_over_its_memory_limit_is_killed_and_comes_back(stack):
    role = "cart-data"
    process = stack.process(role)
    limit = stack.inspect(role)["HostConfig"]["Memory"]
    assert limit == 512 * 1024 * 1024
    value = "x" * (4 << 20)
    with Redis(DATA_PORTS[role]) as server:
        with pytest.raises((OSError, ConnectionError)):
            for index in range(2 * limit // len(value)):
                answer = server.call("SET", f"large:{index}", value)
                assert answer == "+OK", answer
            pytest.fail("twice the limit was stored and nobody was killed")

    def answers():
        assert stack.process(role) != process
        with Redis(DATA_PORTS[role]) as server:
            assert server.call("PING") == "+PONG"

    print(f"{eventually(answers, within=10):.1f} s to answer again")
    eventually(buying_works, within=10)


def test_stopping_loses_no_request(stack):
    """A stop is not a kill: what was asked before the signal is answered."""
    with socket.create_connection(("127.0.0.1", WEB_PORT), timeout=5) as client:
        body = b'{"card":{"number":"4111111111111111"},"amount":1}'
        client.sendall(
            b"POST /api/v1/payment/process HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
        )
        time.sleep(0.2)  # a payment takes at least half a second
        stopping = subprocess.Popen(
            [str(DEPLOY / "engine"), "stop", stack.name("web-gateway")], stdout=subprocess.DEVNULL
        )
        answer = client.recv(4096)
        stopping.wait(timeout=20)
    assert answer.startswith(b"HTTP/1.1 200"), answer[:200]
    engine("start", stack.name("web-gateway"))
    eventually(buying_works, within=10)


class Redis:
    """Just enough of a client to need no package."""

    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        self.reader = self.socket.makefile("rb")

    def __enter__(self) -> Redis:
        return self

    def __exit__(self, *_) -> None:
        self.reader.close()
        self.socket.close()

    def call(self, *arguments: str) -> str | None:
        parts = [argument.encode() for argument in arguments]
        self.socket.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))
        line = self.reader.readline()
        if not line:
            raise ConnectionError("closed")
        if line.startswith(b"$"):
            length = int(line[1:])
            return None if length < 0 else self.reader.read(length + 2)[:-2].decode()
        return line.decode().rstrip("\r\n")
