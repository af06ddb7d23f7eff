#!/usr/bin/env python3
"""product-data beside PostgreSQL 15: processor time per transaction of pgbench -S, in one run, round after round.

    EMPORIUM_BIN=.build/release/emporium Benchmarks/peers/sql.py [--quick] [--rounds N] [--scale N] [--clients N]

All of PostgreSQL's processes count: the postmaster, its helpers, and every backend, the exited ones too. Both servers
ask for a SCRAM password, so that connecting costs both the same kind of work.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path

from measure import (
    REPOSITORY,
    Comparison,
    Load,
    cpu_seconds,
    introduce,
    leave_cleanly_when_told,
    machine,
    progress,
    resident_bytes,
    run_load,
)
from harness.processes import EmporiumSQL, PostgreSQLServer, postgresql_bindir  # noqa: E402  (measure sets the path)


class Peer(PostgreSQLServer):
    """As the package configures it, but for addresses; durability on, as ours."""

    settings = ("timezone=UTC", "max_connections=100")


def pgbench(server, *arguments: object) -> str:
    executable = shutil.which("pgbench") or str(postgresql_bindir() / "pgbench")
    output = run_load(
        [
            executable,
            "-h",
            "127.0.0.1",
            "-p",
            str(server.port),
            "-U",
            server.user,
            *map(str, arguments),
            server.database,
        ],
        {"PGPASSWORD": server.password},
    )
    return output


def select_only(server, mode: str, clients: int, transactions: int) -> None:
    output = pgbench(server, "-n", "-S", "-c", clients, "-j", 1, "-M", mode, "-t", transactions)
    processed = f"number of transactions actually processed: {clients * transactions}/{clients * transactions}"
    if processed not in output or "number of failed transactions: 0 " not in output:
        raise RuntimeError(f"pgbench -S -M {mode} did not process every transaction:\n{output}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a fifth of the transactions")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=int, default=10)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    try:
        postgresql_bindir()
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 2
    leave_cleanly_when_told()
    output = options.output or REPOSITORY / "Benchmarks" / "results" / time.strftime("sql-%Y%m%d-%H%M%S.jsonl")
    transactions = 1000 if options.quick else 5000
    chosen = [
        Load(
            f"pgbench -S {mode}",
            options.clients * transactions,
            lambda server, mode=mode: select_only(server, mode, options.clients, transactions),
            0.5,
        )
        for mode in ("simple", "extended", "prepared")
    ]
    with EmporiumSQL() as ours, Peer(authentication="scram-sha-256") as peer:
        comparison = Comparison(ours, peer, output, options.rounds)
        facts = machine()
        introduce(facts)
        comparison.record(
            "machine",
            **facts,
            scale=options.scale,
            peer=run_load([str(postgresql_bindir() / "postgres"), "--version"]).strip(),
        )
        for server in (ours, peer):
            progress(f"pgbench -i -s {options.scale} on {server.name}")
            before, started = cpu_seconds(server.pid), time.monotonic()
            pgbench(server, "-i", "-q", "-s", options.scale)
            filled = {
                "cpu_seconds": cpu_seconds(server.pid) - before,
                "wall_seconds": time.monotonic() - started,
                "resident_bytes": resident_bytes(server.pid),
            }
            comparison.record("filled", server=server.name, scale=options.scale, **filled)
            print(
                f"\npgbench -i -s {options.scale} on {server.name}: {filled['cpu_seconds']:.2f} CPU-s, "
                f"{filled['wall_seconds']:.1f} s, {filled['resident_bytes'] >> 20} MiB resident after"
            )
        for load in chosen:
            for server in (ours, peer):
                progress(f"warming {server.name}: {load.name}")
                select_only(server, load.name.rsplit(" ", 1)[1], options.clients, transactions // 10)
        comparison.measure(chosen)
        met = comparison.report(chosen)
    print("every bar met" if met else "some bars missed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
