#!/usr/bin/env python3
"""The longest pauses of the loop: when values of ten million elements go away, keys expire, and keys are loaded.

    Benchmarks/peers/pauses.py [--quick] [--elements 10000000] [--keys 10000000] [--only delete,load,expire]

Ours tells the thread's own time (DEBUG LONGEST-PAUSE: one client's input, one timer or the end of a turn); beside it,
for both servers, the longest that a second client waited for a PING, which the machine's other work is part of.
"""

from __future__ import annotations

import argparse
import json
import socket
import threading
import time

from kv import fill
from measure import introduce, leave_cleanly_when_told, machine  # sets the path of harness
from harness.processes import EmporiumKV, RedisServer  # noqa: E402


class Client:
    def __init__(self, server) -> None:
        self.socket = socket.create_connection(("127.0.0.1", server.port))
        self.file = self.socket.makefile("rb")

    def send(self, *arguments) -> None:
        parts = [a if isinstance(a, bytes) else str(a).encode() for a in arguments]
        self.socket.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))

    def reply(self):
        line = self.file.readline()
        if line[:1] == b"$":
            size = int(line[1:])
            return None if size < 0 else self.file.read(size + 2)[:-2]
        return line[1:-2]

    def __call__(self, *arguments):
        self.send(*arguments)
        return self.reply()


def requests(kind: str, elements: int):
    """The requests that make a value, each as bytes; one reply each."""
    step = 500
    for first in range(0, elements, step):
        names = [b"element:%d" % n for n in range(first, min(elements, first + step))]
        if kind == "stream":
            yield len(names), b"".join(b"*5\r\n$4\r\nXADD\r\n$1\r\nk\r\n$1\r\n*\r\n$1\r\nf\r\n$%d\r\n%s\r\n" % (len(n), n) for n in names)
            continue
        if kind == "hash":
            words = [b"HSET", b"k"] + [w for n in names for w in (n, b"v")]
        elif kind == "zset":
            words = [b"ZADD", b"k"] + [w for i, n in enumerate(names) for w in (b"%d" % ((first + i) * 7919 % elements), n)]
        else:
            words = [b"SADD" if kind == "set" else b"RPUSH", b"k"] + names
        yield 1, b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words)


def make(client: Client, kind: str, elements: int) -> None:
    waiting = 0
    for replies, data in requests(kind, elements):
        client.socket.sendall(data)
        waiting += replies
        while waiting > 2000:
            client.reply()
            waiting -= 1
    for _ in range(waiting):
        client.reply()


class Pinger:
    """Asks all the time, and remembers the longest it waited."""

    def __init__(self, server) -> None:
        self.done = threading.Event()
        self.worst = 0.0
        self.client = Client(server)
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self) -> None:
        while not self.done.is_set():
            started = time.perf_counter()
            self.client("PING")
            self.worst = max(self.worst, time.perf_counter() - started)
            time.sleep(0.0002)

    def stop(self) -> float:
        self.done.set()
        self.thread.join()
        return self.worst * 1000


def own(client: Client) -> float | None:
    """Milliseconds of the thread's time; None for a server that does not tell."""
    answer = client("DEBUG", "LONGEST-PAUSE")
    return int(answer) / 1000 if answer.isdigit() else None


def tell(sink, server: str, what: str, wait: float | None, pause: float | None, more: str = "") -> None:
    figures = [f"PING waited {wait:8.2f} ms" if wait is not None else "", "" if pause is None else f"loop's CPU {pause:6.2f} ms"]
    print("  ".join([f"{server:12} {what:34} {more:22}", *figures]).rstrip(), flush=True)
    if sink:
        row = {"kind": "pause", "server": server, "load": what, "wait_ms": wait, "cpu_ms": pause}
        sink.write(json.dumps(row) + "\n")


WAYS = {
    "DEL": ("DEL", "k"),
    "UNLINK": ("UNLINK", "k"),
    "SET over it": ("SET", "k", "v"),
    "FLUSHALL": ("FLUSHALL",),
    "RENAME over it": ("RENAME", "other", "k"),
}


def removals(sink, server, kinds: list[str], ways: list[str], elements: int) -> None:
    client = Client(server)
    for kind in kinds:
        for way in ways:
            make(client, kind, elements)
            client("SET", "other", "x")
            if way == "expiry":
                client("PEXPIRE", "k", "300")
            own(client)
            pinger = Pinger(server)
            started = time.perf_counter()
            if way == "expiry":
                time.sleep(0.6)
            else:
                client(*WAYS[way])
            answered = (time.perf_counter() - started) * 1000
            time.sleep(0.5)
            while b"lazyfree_pending_objects:0" not in client("INFO", "memory"):
                time.sleep(0.1)
            wall = pinger.stop()
            tell(sink, server.name, f"{way}, {kind} of {elements:,}", wall, own(client), f"reply {answered:8.2f} ms")
            client("FLUSHALL")


def loading(sink, server, keys: int) -> None:
    client = Client(server)
    own(client)
    pinger = Pinger(server)
    fill(server, keys)
    wall = pinger.stop()
    tell(sink, server.name, f"load of {keys:,} keys", wall, own(client))


def expiring(sink, server, keys: int) -> None:
    """A million keys, a tenth of which is over each second: how many of those that are there are dead."""
    client = Client(server)
    start = int(time.time() * 1000) + 6000
    for first in range(0, keys, 10_000):
        client.socket.sendall(
            b"".join(
                b"*5\r\n$3\r\nSET\r\n$10\r\nkey:%06d\r\n$1\r\nx\r\n$4\r\nPXAT\r\n$13\r\n%d\r\n" % (n, start + n * 10_000 // keys)
                for n in range(first, first + 10_000)
            )
        )
        client.file.read(5 * 10_000)
    time.sleep(max(0, start / 1000 - time.time()))
    own(client)
    shares = []
    for second in range(1, 9):
        time.sleep(max(0, start / 1000 + second - time.time()))
        alive = keys - int((time.time() * 1000 - start) * keys / 10_000)
        there = int(client("DBSIZE"))
        shares.append(f"{(there - alive) / there:.3f}")
    tell(sink, server.name, "a tenth of the keys expires a second", None, own(client), "dead " + " ".join(shares))


def nothing(sink, seconds: float) -> None:
    """The machine's own share: the longest that a loop which does nothing is kept from its next turn, by the same clock."""
    longest, before = 0.0, time.thread_time()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        now = time.thread_time()
        longest, before = max(longest, now - before), now
    tell(sink, "the machine", "a loop that does nothing", None, longest * 1000)


def main() -> None:
    leave_cleanly_when_told()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--elements", type=int, default=10_000_000)
    parser.add_argument("--keys", type=int, default=10_000_000)
    parser.add_argument("--only", default="delete,load,expire")
    parser.add_argument("--kinds", default="hash,list,set,zset,stream")
    parser.add_argument("--ways", default="DEL,UNLINK,SET over it,expiry,FLUSHALL,RENAME over it")
    parser.add_argument("--without-redis", action="store_true")
    parser.add_argument("--quick", action="store_true", help="a tenth of the elements, three kinds, DEL alone")
    parser.add_argument("--output", type=argparse.FileType("a"), help="results as lines of JSON")
    options = parser.parse_args()
    if options.quick:
        options.elements = options.keys = 1_000_000
        options.kinds, options.ways = "hash,list,zset", "DEL"
    sink = options.output
    introduce(machine())
    nothing(sink, 3 if options.quick else 10)
    for start in (EmporiumKV,) if options.without_redis else (EmporiumKV, RedisServer):
        with start() as server:
            if "delete" in options.only:
                removals(sink, server, options.kinds.split(","), options.ways.split(","), options.elements)
        with start() as server:
            if "load" in options.only:
                loading(sink, server, options.keys)
        with start() as server:
            if "expire" in options.only:
                expiring(sink, server, 1_000_000)


if __name__ == "__main__":
    main()
