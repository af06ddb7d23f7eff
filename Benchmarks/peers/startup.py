#!/usr/bin/env python3
"""From start to the first answer, and what a server holds while it idles: each role beside its peer.

    Benchmarks/peers/startup.py [--quick] [--rounds N]

Starts alternate. The times are of the wall clock: processor time alone would hide what a start waits for. PostgreSQL's
database directory is made before the clock runs.
"""

from __future__ import annotations

import statistics
import sys
import time

from measure import Comparison, begin, cpu_seconds, introduce, machine, parser_of, resident_bytes
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
    options = begin(parser_of(__doc__, quick="three starts", rounds="5 without it"))
    rounds = 3 if options.quick else options.rounds or 5
    introduce(machine())
    recorder = Comparison(None, None, options.output, rounds)
    print(f"\n{'server':<16}{'first answer':>24}{'CPU until then':>20}{'resident at idle':>20}")
    for kinds in ((EmporiumKV, RedisServer), (EmporiumSQL, PostgreSQL), (WholeShop,)):
        samples: dict[str, list[tuple[float, float, int]]] = {}
        for number in range(rounds):
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
