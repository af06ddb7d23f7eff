#!/usr/bin/env python3
"""How the cost grows: of a command with keys, value size, connections and pipeline, of a search with products.

    Benchmarks/peers/growth.py [--quick]

One row a point: server CPU-seconds per million operations, alternating rounds, medians.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from kv import benchmark, fill
from measure import Load, begin, compare, introduce, machine, parser_of, progress
from harness.processes import EmporiumKV, EmporiumSQL, RedisServer  # noqa: E402  (the path is set by measure)
from sql import Peer as PostgreSQL, pgbench, psql  # noqa: E402

OPERATIONS = 100_000


def point(name: str, operations: int, *arguments: object) -> Load:
    return Load(name, operations, lambda server: benchmark(server, "-n", operations, *arguments))


def over_keys(options) -> None:
    counts = (10_000, 1_000_000) if options.quick else (10_000, 100_000, 1_000_000, 10_000_000)
    for keys in counts:
        with EmporiumKV() as ours, RedisServer() as peer:
            for server in (ours, peer):
                progress(f"filling {server.name} with {keys:,} keys")
                fill(server, keys)
            run(ours, peer, [point(f"GET over {keys:,} keys", OPERATIONS, "-t", "get", "-P", 16, "-r", keys)], options)


def over_the_rest(options) -> None:
    loads = []
    for size in (16, 1024, 64 << 10, 1 << 20):
        count = max(400, min(OPERATIONS, (256 << 20) // size // 8))
        # Large values come one at a time from a few clients: each should send many, or only first messages were measured.
        shape = ("-P", 4) if size < 64 << 10 else ("-c", 8)
        loads.append(point(f"SET of {size:,} B", count, "-t", "set", *shape, "-d", size, "-r", 100))
    for connections in (1, 50, 1000) if options.quick else (1, 50, 1000, 10_000):
        count = OPERATIONS // 10
        loads.append(point(f"GET over {connections:,} connections", count, "-t", "get", "-c", connections))
    for pipeline in (1, 4, 16, 100):
        loads.append(point(f"GET at pipeline {pipeline}", OPERATIONS // (10 if pipeline < 16 else 1), "-t", "get", "-P", pipeline))
    with EmporiumKV() as ours, RedisServer() as peer:
        run(ours, peer, loads, options)


def over_products(options) -> None:
    """The shop's search and its look-up by id over ever more products."""
    with (
        tempfile.TemporaryDirectory(prefix="emporium-growth-") as directory,
        EmporiumSQL() as ours,
        PostgreSQL(authentication="scram-sha-256") as peer,
    ):
        for count in (1000, 10_000) if options.quick else (1000, 10_000, 100_000, 1_000_000):
            rows = "".join(f"{i:08x}\tproduct {i}\t{WORDS[i % 7]} and {WORDS[i % 5]}\t{i % 50 / 10}\n" for i in range(count))
            for server in (ours, peer):
                progress(f"filling {server.name} with {count:,} products")
                table = "create table things (id varchar(8) primary key, name text, description text, rating float)"
                psql(server, "drop table if exists things", table, "copy things from stdin", data=rows)
            scripts = {
                f"search over {count:,} products": "select id, name from things where name ilike '%tea%' or description"
                " ilike '%tea%' order by rating desc, name limit 6;\n",
                f"five ids of {count:,} products": f"\\set a random(1, {count // 2})\nselect * from things where id in ("
                + ", ".join(f"lpad(to_hex(:a + {i}), 8, '0')" for i in range(5))
                + ");\n",
            }
            loads = []
            for name, text in scripts.items():
                path = Path(directory) / f"{name.replace(' ', '-')}.sql"
                path.write_text(text)
                transactions = max(3, OPERATIONS // count) if name.startswith("search") else 500
                arguments = ("-n", "-f", path, "-c", 1, "-t", transactions)
                loads.append(Load(name, transactions, lambda server, arguments=arguments: pgbench(server, *arguments)))
            run(ours, peer, loads, options)


WORDS = ("green", "tea", "dark", "coffee", "sweet", "cold", "juice")


def run(ours, peer, loads: list[Load], options) -> None:
    comparison = compare(ours, peer, options, patience=6 * len(loads))
    comparison.measure(loads)
    comparison.report(loads)


def main() -> int:
    parser = parser_of(__doc__, quick="five rounds, fewer points")
    options = begin(parser)
    introduce(machine())
    over_keys(options)
    over_the_rest(options)
    over_products(options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
