#!/usr/bin/env python3
"""How the cost of a command grows: with keys, value size, connections and pipeline, ours beside redis-server.

    Benchmarks/peers/growth.py [--quick]

One row a point: server CPU-seconds per million GETs (or SETs for the value size), alternating rounds, medians. Also
the longest pause of the loop while keys are loaded, seen from a second client that asks all the time.
"""

from __future__ import annotations

import argparse
import socket
import statistics
import sys
import threading
import time
from pathlib import Path

from kv import benchmark, fill
from measure import REPOSITORY, Comparison, Load, introduce, leave_cleanly_when_told, machine, progress
from harness.processes import EmporiumKV, RedisServer  # noqa: E402  (the path is set by measure)


def point(name: str, operations: int, *arguments: object) -> Load:
    return Load(name, operations, lambda server: benchmark(server, "-n", operations, *arguments))


def over_keys(options, output: Path) -> None:
    counts = (10_000, 100_000, 1_000_000) if options.quick else (10_000, 100_000, 1_000_000, 10_000_000)
    for keys in counts:
        with EmporiumKV() as ours, RedisServer() as peer:
            for server in (ours, peer):
                progress(f"filling {server.name} with {keys:,} keys")
                fill(server, keys)
            run(ours, peer, [point(f"GET over {keys:,} keys", options.operations, "-t", "get", "-P", 16, "-r", keys)], options, output)


def over_the_rest(options, output: Path) -> None:
    loads = []
    for size in (16, 1024, 64 << 10, 1 << 20):
        count = max(200, min(options.operations, (256 << 20) // size // 8))
        loads.append(point(f"SET of {size:,} B", count, "-t", "set", "-P", 4, "-d", size, "-r", 100))
    for connections in (1, 50, 1000) if options.quick else (1, 50, 1000, 10_000):
        count = options.operations // 10
        loads.append(point(f"GET over {connections:,} connections", count, "-t", "get", "-c", connections))
    for pipeline in (1, 4, 16, 100):
        loads.append(point(f"GET at pipeline {pipeline}", options.operations // (10 if pipeline < 16 else 1), "-t", "get", "-P", pipeline))
    with EmporiumKV() as ours, RedisServer() as peer:
        run(ours, peer, loads, options, output)


def run(ours, peer, loads: list[Load], options, output: Path) -> None:
    comparison = Comparison(ours, peer, output, options.rounds)
    comparison.measure(loads)
    comparison.report(loads)


def longest_pause(server, keys: int) -> float:
    """Milliseconds: the longest that a PING waited while another client loaded keys as fast as it could."""
    done = threading.Event()
    worst = 0.0

    def ask() -> None:
        nonlocal worst
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            while not done.is_set():
                started = time.perf_counter()
                client.sendall(b"PING\r\n")
                client.recv(64)
                worst = max(worst, time.perf_counter() - started)

    asking = threading.Thread(target=ask)
    asking.start()
    fill(server, keys)
    done.set()
    asking.join()
    return worst * 1000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer operations, fewer points")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    options.operations = 200_000 if options.quick else 1_000_000
    leave_cleanly_when_told()
    output = options.output or REPOSITORY / "Benchmarks" / "results" / time.strftime("growth-%Y%m%d-%H%M%S.jsonl")
    introduce(machine())
    over_keys(options, output)
    over_the_rest(options, output)
    keys = 1_000_000 if options.quick else 10_000_000
    rows = {}
    for kind in (EmporiumKV, RedisServer):
        pauses = []
        for _ in range(3):
            with kind() as server:
                progress(f"loading {keys:,} keys into {server.name}")
                pauses.append(longest_pause(server, keys))
                rows[server.name] = pauses
    progress("")
    print(f"\nlongest wait of a PING while {keys:,} keys were loaded, ms of wall time, three runs (the machine's own pauses included)")
    for name, pauses in rows.items():
        print(f"{name:<16}{', '.join(f'{pause:.1f}' for pause in pauses)}   median {statistics.median(pauses):.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
