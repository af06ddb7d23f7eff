#!/usr/bin/env python3
"""product-data beside PostgreSQL 15: processor time per transaction, in one run, round after round.

    EMPORIUM_BIN=.build/release/emporium Benchmarks/peers/sql.py [--quick] [--rounds N] [--scale N] [--clients N]

All of PostgreSQL's processes count: the postmaster, its helpers, and every backend, the exited ones too. Both servers
ask for a SCRAM password, so that connecting costs both the same kind of work.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import Load, begin, compare, cpu_seconds, introduce, machine, parser_of, progress, resident_bytes, run_load
from harness.processes import EmporiumSQL, PostgreSQLServer, postgresql_bindir  # noqa: E402  (measure sets the path)
from services import fill_catalog  # noqa: E402


class Peer(PostgreSQLServer):
    """As the package configures it, but for addresses; durability on, as ours."""

    settings = ("timezone=UTC", "max_connections=100")


def pgbench(server, *arguments: object, database: str | None = None) -> str:
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
            database or server.database,
        ],
        {"PGPASSWORD": server.password},
    )
    return output


def select_only(server, mode: str, clients: int, transactions: int) -> None:
    output = pgbench(server, "-n", "-S", "-c", clients, "-j", 1, "-M", mode, "-t", transactions)
    processed = f"number of transactions actually processed: {clients * transactions}/{clients * transactions}"
    if processed not in output or "number of failed transactions: 0 " not in output:
        raise RuntimeError(f"pgbench -S -M {mode} did not process every transaction:\n{output}")


SEARCH = "select id, name, price from products where name ilike '%{0}%' or description ilike '%{0}%' order by rating desc limit 6;"
WORDS = ("tea", "coffee", "sweet", "a", "zzz")

# Transactions as pgbench scripts: what the shop asks, and what a report asks.
SCRIPTS = {
    "search: ilike, six best rated": "".join(SEARCH.format(word) + "\n" for word in WORDS),
    "id in (20 ids)": "\\set a random(1, 99000)\nselect * from pgbench_accounts where aid in ("
    + ", ".join(f":a + {i * 17}" for i in range(20))
    + ");\n",
    "GROUP BY over 100,000 rows": "select bid, count(*), avg(abalance), max(abalance) from pgbench_accounts"
    " where aid <= 100000 group by bid;\n",
}


def run_script(server, directory: Path, name: str, clients: int, transactions: int) -> None:
    path = directory / (re.sub(r"\W+", "-", name) + ".sql")
    path.write_text(SCRIPTS[name])
    database = "products" if name.startswith("search") else None
    output = pgbench(server, "-n", "-f", path, "-c", clients, "-j", 1, "-t", transactions, database=database)
    if "number of failed transactions: 0 " not in output:
        raise RuntimeError(f"pgbench -f {path.name} did not process every transaction:\n{output}")


def other_loads(directory: Path) -> list[Load]:
    """Loads without a bar of their own yet: writes, connections, searches, COPY."""

    def script(name: str, count: int) -> Load:
        return Load(name, count * 2, lambda server: run_script(server, directory, name, 2, count))

    def standard(name: str, clients: int, count: int, *arguments: object) -> Load:
        return Load(
            name, clients * count, lambda server: pgbench(server, "-n", "-c", clients, "-j", 1, "-t", count, *arguments)
        )

    return [
        standard("pgbench tpcb-like prepared", 8, 100, "-M", "prepared"),
        standard("pgbench -S -C", 2, 40, "-S", "-C"),
        *(script(name, 1 if "GROUP" in name else 40) for name in SCRIPTS),
        Load("COPY out, a row", 100_000, lambda server: copy_out(server)),
        Load("COPY in, a row", 100_000, lambda server: copy_in(server)),
    ]


def psql(server, *commands: str, data: str | None = None) -> str:
    arguments = [part for command in commands for part in ("-c", command)]
    connection = ["-h", "127.0.0.1", "-p", str(server.port), "-U", server.user, "-d", server.database]
    done = subprocess.run(
        ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *connection, *arguments],
        input=data,
        capture_output=True,
        text=True,
        env=os.environ | {"PGPASSWORD": server.password},
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return done.stdout


def copy_out(server) -> None:
    rows = psql(server, "copy (select * from pgbench_accounts where aid <= 100000) to stdout")
    if rows.count("\n") != 100_000:
        raise RuntimeError(f"COPY gave {rows.count(chr(10))} rows")


def copy_in(server) -> None:
    data = "".join(f"{i}\tproduct {i}\t{i % 50}.5\n" for i in range(100_000))
    psql(
        server,
        "drop table if exists copied",
        "create table copied (id int primary key, name text, price float)",
        "copy copied from stdin",
        data=data,
    )


def main() -> int:
    parser = parser_of(__doc__, quick="five rounds")
    parser.add_argument("--scale", type=int, default=10)
    parser.add_argument("--clients", type=int, default=8)
    options = begin(parser)
    try:
        postgresql_bindir()
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 2
    transactions = 1000
    chosen = [
        Load(
            f"pgbench -S {mode}",
            options.clients * transactions,
            lambda server, mode=mode: select_only(server, mode, options.clients, transactions),
            0.5,
        )
        for mode in ("simple", "extended", "prepared")
    ]
    with (
        tempfile.TemporaryDirectory(prefix="emporium-sql-") as scripts,
        EmporiumSQL() as ours,
        Peer(authentication="scram-sha-256") as peer,
    ):
        comparison = compare(ours, peer, options, patience=90)
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
        for server in (ours, peer):
            fill_catalog(server)
        chosen += other_loads(Path(scripts))
        comparison.measure(chosen)
        met = comparison.report(chosen)
    print("every bar met" if met else "some bars missed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
