#!/usr/bin/env python3
"""Memory per item: resident bytes that each shape of data costs, ours beside redis-server, each on a fresh server.

    Benchmarks/peers/memory.py [--quick] [--only NAME,…]

A quick run makes half of the items, but all of the carts. The resident set is compared before and after filling, divided by
the items.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
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
    # Of few items, what the newest huge pages have left is a part of the figure.
    is_whole_when_quick: bool = False


def text(number: int, width: int) -> str:
    return f"{number:0{width}}"


def cart(first_digit: bytes) -> Callable[[int], list[bytes]]:
    """Five product ids of eight characters, hexadecimal digits but for the first, and a quantity of one. Without `encode`, which
    takes longer than the servers: there are a million."""
    lines = (b"$8\r\n" + first_digit + b"%07x\r\n$1\r\n1\r\n") * 5

    def request(i: int) -> list[bytes]:
        ids = tuple((i * 5 + j) * 2_654_435_761 & 0xFFF_FFFF for j in range(5))
        return [b"*12\r\n$4\r\nHSET\r\n$38\r\ns:%036d\r\n" % i + lines % ids]

    return request


def alike(command: str, key: str, words: list[str]) -> Callable[[int], list[bytes]]:
    """Values that differ in nothing but their keys: the words are encoded once."""
    body = encode(*words).partition(b"\r\n")[2]
    return lambda i: [b"*%d\r\n" % (len(words) + 2) + encode(command, f"{key}:{i}").partition(b"\r\n")[2] + body]


BIG_HASH = [word for j in range(100) for word in (text(j, 10), "x" * 20)]
BIG_LIST = [text(j, 20) for j in range(1000)]
BIG_SORTED_SET = [word for j in range(1000) for word in (str(j * 7919 % 1000), text(j, 10))]


def huge_sorted_set(i: int) -> list[bytes]:
    numbers = range(i * 1000, i * 1000 + 1000)
    return [encode("ZADD", "huge", *[word for j in numbers for word in (str(j * 7919 % 1_000_003), text(j, 10))])]


SHAPES = [
    Shape("16 B key, 64 B value", 1_000_000, lambda i: [encode("SET", "key:" + text(i, 12), "x" * 64)], 0.62),
    Shape("the same with a TTL", 1_000_000, lambda i: [encode("SETEX", "key:" + text(i, 12), "86400", "x" * 64)], 0.60),
    Shape("a cart of five lines", 1_000_000, cart(b"e"), 0.55, is_whole_when_quick=True),
    # Fields that are not digits alone, which cart-data cannot pack.
    Shape("a cart, ids that are no digits", 1_000_000, cart(b"z")),
    Shape("a hash of 100 fields", 40_000, alike("HSET", "h", BIG_HASH), 0.95),
    Shape("a set of 100 integers", 200_000, lambda i: [encode("SADD", f"i:{i}", *[str(i + j * 3) for j in range(100)])], 0.95),
    Shape("a list of 1000 x 20 B", 10_000, alike("RPUSH", "l", BIG_LIST), 0.95),
    Shape("a sorted set of 1000", 2_000, alike("ZADD", "z", BIG_SORTED_SET), 0.95),
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


def bytes_per_item(servers: list, shape: Shape, items: int) -> dict[str, float]:
    """What the items after the first twentieth cost: with those the servers' code and buffers come into memory."""
    warm = max(1, items // 20)
    fill(servers, shape, range(warm))
    time.sleep(0.5)
    before = [resident_bytes(server.pid) for server in servers]
    fill(servers, shape, range(warm, items))
    time.sleep(0.5)
    added = (items - warm) * shape.parts
    return {server.name: (resident_bytes(server.pid) - was) / added for server, was in zip(servers, before, strict=True)}


def fill(servers: list, shape: Shape, numbers: range) -> None:
    """Gives all servers the same requests: to make them takes longer than to serve them."""
    with ExitStack() as stack:
        clients = [stack.enter_context(socket.create_connection(("127.0.0.1", server.port))) for server in servers]
        for payload, replies in batches(shape, numbers):
            for client, server in zip(clients, servers, strict=True):
                client.settimeout(60)
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
    parser = parser_of(__doc__, quick="half of the items, but for the carts", rounds=None)
    parser.add_argument("--only", help="beginnings of names, separated by commas")
    options = begin(parser)
    chosen = choose(SHAPES, options.only, parser)
    introduce(machine())
    print(f"\nresident bytes per item\n\n{'shape':<32}{'cart-data':>12}{'redis-server':>14}   ratio   bar")
    met = True
    for shape in chosen:
        items = shape.items // 2 if options.quick and not shape.is_whole_when_quick else shape.items
        figures: dict[str, float] = {}
        failure = None
        progress(shape.name)
        with EmporiumKV() as ours, RedisServer() as peer:
            try:
                figures = bytes_per_item([ours, peer], shape, items)
            except (RuntimeError, OSError) as error:
                failure = f"{error}"
        if failure:
            print(f"{shape.name:<32}  cannot: {failure}")
            met = met and shape.bar is None
        else:
            own, other = figures.values()
            ratio = own / other
            verdict = "" if shape.bar is None else f"{shape.bar:5.2f} {'met' if ratio <= shape.bar else 'MISSED'}"
            met = met and (shape.bar is None or ratio <= shape.bar)
            print(f"{shape.name:<32}{own:>12.1f}{other:>14.1f}  {ratio:6.2f}  {verdict}")
        with options.output.open("a") as sink:
            row = {"kind": "result", "load": f"memory: {shape.name}", "items": items, "bar": shape.bar, **figures}
            sink.write(json.dumps(row | ({"failure": failure} if failure else {})) + "\n")
    progress("")
    print("every bar met" if met else "some bars missed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
