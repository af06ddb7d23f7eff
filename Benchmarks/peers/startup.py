#!/usr/bin/env python3
"""From start to the first answer, and what a server holds while it idles: each role beside its peer.

    Benchmarks/peers/startup.py [--quick] [--rounds N]

Starts alternate. The times are of the wall clock: processor time alone would hide what a start waits for. PostgreSQL's
database directory is made before the clock runs.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

from measure import REPOSITORY, Comparison, cpu_seconds, introduce, leave_cleanly_when_told, machine, resident_bytes
from harness.processes import EmporiumKV, EmporiumSQL, RedisServer  # noqa: E402  (the path is set by measure)
from services import WholeShop  # noqa: E402
from sql import Peer as PostgreSQL  # noqa: E402


def start(kind) -> tuple[str, float, float, int]:
    """The name, seconds to the first answer, processor seconds until then, resident bytes half a second later."""
    server = kind()
    started = time.monotonic()
    with server:
        took = time.monotonic() - started
        used = cpu_seconds(server.pid)
        time.sleep(0.5)
        return server.name, took, used, resident_bytes(server.pid)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="three starts")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    leave_cleanly_when_told()
    output = options.output or REPOSITORY / "Benchmarks" / "results" / time.strftime("startup-%Y%m%d-%H%M%S.jsonl")
    introduce(machine())
    recorder = Comparison(None, None, output, options.rounds)
    print(f"\n{'server':<16}{'first answer':>24}{'CPU until then':>20}{'resident at idle':>20}")
    for kinds in ((EmporiumKV, RedisServer), (EmporiumSQL, PostgreSQL), (WholeShop,)):
        samples: dict[str, list[tuple[float, float, int]]] = {}
        for number in range(3 if options.quick else options.rounds):
            for kind in kinds if number % 2 == 0 else reversed(kinds):
                name, *sample = start(kind)
                samples.setdefault(name, []).append(tuple(sample))
        for name, rows in samples.items():
            took, used, held = (statistics.median(row[column] for row in rows) for column in range(3))
            times = f"{took * 1000:.0f} ms ({min(r[0] for r in rows) * 1000:.0f}–{max(r[0] for r in rows) * 1000:.0f})"
            print(f"{name:<16}{times:>24}{f'{used * 1000:.0f} ms':>20}{f'{held / 2**20:.1f} MiB':>20}")
            recorder.record("startup", server=name, seconds=took, cpu_seconds=used, idle_bytes=held)
    return 0


if __name__ == "__main__":
    sys.exit(main())
