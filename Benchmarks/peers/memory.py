#!/usr/bin/env python3
"""Memory per item: resident bytes that each shape of data costs, ours beside redis-server, each on a fresh server.

    Benchmarks/peers/memory.py [--quick] [--only NAME,…]

A quick run makes a tenth of the items. The resident set is compared before and after filling, divided by the items.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from measure import begin, choose, introduce, machine, parser_of, progress, resident_bytes
from harness.processes import EmporiumKV, RedisServer  # noqa: E402  (the path is set by measure)
from harness.resp import encode  # noqa: E402


@dataclass
class Shape:
    name: str
    items: int
    requests: Callable[[int], list[bytes]]  # of an item, by its number
    bar: float | None = None
    # What one item is, when the figure is told for parts of a single key.
    parts: int = 1


def text(number: int, width: int) -> str:
    return f"{number:0{width}}"


def cart(i: int) -> list[bytes]:
    lines = [word for j in range(5) for word in (text(i * 5 + j, 8), "1")]
    return [encode("HSET", "s:" + text(i, 36), *lines)]


def big_hash(i: int) -> list[bytes]:
    return [encode("HSET", f"h:{i}", *[word for j in range(100) for word in (text(j, 10), "x" * 20)])]


def big_list(i: int) -> list[bytes]:
    return [encode("RPUSH", f"l:{i}", *[text(j, 20) for j in range(1000)])]


def big_sorted_set(i: int) -> list[bytes]:
    return [encode("ZADD", f"z:{i}", *[word for j in range(1000) for word in (str(j * 7919 % 1000), text(j, 10))])]


def huge_sorted_set(i: int) -> list[bytes]:
    numbers = range(i * 1000, i * 1000 + 1000)
    return [encode("ZADD", "huge", *[word for j in numbers for word in (str(j * 7919 % 1_000_003), text(j, 10))])]


SHAPES = [
    Shape("16 B key, 64 B value", 1_000_000, lambda i: [encode("SET", "key:" + text(i, 12), "x" * 64)], 0.62),
    Shape("the same with a TTL", 1_000_000, lambda i: [encode("SETEX", "key:" + text(i, 12), "86400", "x" * 64)], 0.60),
    Shape("a cart of five lines", 1_000_000, cart, 0.55),
    Shape("a hash of 100 fields", 20_000, big_hash, 0.95),
    Shape("a set of 100 integers", 200_000, lambda i: [encode("SADD", f"i:{i}", *[str(i + j * 3) for j in range(100)])], 0.95),
    Shape("a list of 1000 x 20 B", 2_000, big_list, 0.95),
    Shape("a sorted set of 1000", 2_000, big_sorted_set, 0.95),
    Shape("a sorted set of 1M, a member", 1_000, huge_sorted_set, 0.80, parts=1000),
]  # fmt: skip


def batches(shape: Shape, numbers: range) -> Iterator[tuple[bytes, int]]:
    pending, replies = bytearray(), 0
    for number in numbers:
        for request in shape.requests(number):
            pending += request
            replies += 1
        if len(pending) > 1 << 17:
            yield bytes(pending), replies
            pending, replies = bytearray(), 0
    if replies:
        yield bytes(pending), replies


def bytes_per_item(server, shape: Shape, items: int) -> float:
    """What the items after the first twentieth cost: with those the server's code and buffers come into memory."""
    warm = max(1, items // 20)
    fill(server, shape, range(warm))
    time.sleep(0.5)
    before = resident_bytes(server.pid)
    fill(server, shape, range(warm, items))
    time.sleep(0.5)
    return (resident_bytes(server.pid) - before) / ((items - warm) * shape.parts)


def fill(server, shape: Shape, numbers: range) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.settimeout(60)
        for payload, replies in batches(shape, numbers):
            client.sendall(payload)
            received = b""
            # Every reply here is one short line.
            while received.count(b"\n") < replies:
                data = client.recv(1 << 16)
                if not data:
                    raise RuntimeError(f"{server.name} closed the connection")
                received += data
            if received.startswith(b"-") or b"\n-" in received:
                raise RuntimeError(f"{server.name}: {received[:200].decode(errors='replace').strip()}")


def main() -> int:
    parser = parser_of(__doc__, quick="half of the items, and fewer carts", rounds=None)
    parser.add_argument("--only", help="beginnings of names, separated by commas")
    options = begin(parser)
    chosen = choose(SHAPES, options.only, parser)
    introduce(machine())
    print(f"\nresident bytes per item\n\n{'shape':<32}{'cart-data':>12}{'redis-server':>14}   ratio   bar")
    met = True
    for shape in chosen:
        items = shape.items
        if options.quick:
            items //= 5 if shape.requests is cart else 2
        figures: dict[str, float] = {}
        failure = None
        for kind in (EmporiumKV, RedisServer):
            with kind() as server:
                progress(f"{shape.name} on {server.name}")
                try:
                    figures[server.name] = bytes_per_item(server, shape, items)
                except (RuntimeError, OSError) as error:
                    failure = f"{error}"
        if failure:
            print(f"{shape.name:<32}  cannot: {failure}")
            met = met and shape.bar is None
        else:
            ours, peer = figures.values()
            ratio = ours / peer
            verdict = "" if shape.bar is None else f"{shape.bar:5.2f} {'met' if ratio <= shape.bar else 'MISSED'}"
            met = met and (shape.bar is None or ratio <= shape.bar)
            print(f"{shape.name:<32}{ours:>12.1f}{peer:>14.1f}  {ratio:6.2f}  {verdict}")
        with options.output.open("a") as sink:
            row = {"kind": "result", "load": f"memory: {shape.name}", "items": items, "bar": shape.bar, **figures}
            sink.write(json.dumps(row | ({"failure": failure} if failure else {})) + "\n")
    progress("")
    print("every bar met" if met else "some bars missed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
