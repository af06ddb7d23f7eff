#!/usr/bin/env python3
"""Latency at fixed rates, corrected for coordinated omission: ours beside redis-server, and api-gateway beside nginx.

    Benchmarks/peers/latency.py [--quick]

The open-loop client (Benchmarks/OpenLoop) sends each request when it is due, whatever became of those before it, and
measures from that moment. It keeps one core busy, which on two cores is half the machine: compare the columns, not the
figures with those of other machines.
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path

from measure import begin, introduce, machine, parser_of, progress, run_load
from services import EmporiumKV, RedisServer, build_tool

PERCENTILES = ("p50.0", "p99.0", "p99.9", "p100.0")


def one(tool: Path, port: int, rate: int, seconds: float, request: str) -> dict:
    command = [str(tool), "--port", str(port), "--rate", str(rate), "--seconds", str(seconds), "--protocol", "resp"]
    return json.loads(run_load([*command, request]))


def main() -> int:
    options = begin(parser_of(__doc__, quick="shorter runs", rounds="5 without it"))
    rounds = 3 if options.quick else options.rounds or 5
    introduce(machine())
    tool = build_tool("openloop")
    seconds = 1 if options.quick else 4
    request = r"*3\r\n$3\r\nSET\r\n$9\r\nkey:{n}\r\n$5\r\nhello\r\n"
    print(f"\nSET from 50 connections, microseconds from due to answered, median of {rounds} alternating rounds\n")
    print(f"{'rate':>8}  {'server':<16}" + "".join(f"{name:>10}" for name in PERCENTILES) + "   unanswered")
    with EmporiumKV() as ours, RedisServer() as peer:
        for rate in (1000, 10_000, 30_000):
            rows: dict[str, list[dict]] = {ours.name: [], peer.name: []}
            for number in range(rounds):
                for server in (ours, peer) if number % 2 == 0 else (peer, ours):
                    progress(f"{rate} a second, round {number + 1}/{rounds}, {server.name}")
                    row = one(tool, server.port, rate, seconds, request)
                    rows[server.name].append(row)
                    with options.output.open("a") as sink:
                        sink.write(json.dumps({"kind": "latency", "server": server.name, **row}) + "\n")
            progress("")
            for name, samples in rows.items():
                figures = (statistics.median(sample[percentile] for sample in samples) for percentile in PERCENTILES)
                failed = sum(sample["failed"] for sample in samples)
                print(f"{rate:>8}  {name:<16}" + "".join(f"{figure:>10.0f}" for figure in figures) + f"   {failed}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
