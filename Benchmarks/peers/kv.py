#!/usr/bin/env python3
"""cart-data beside redis-server: processor time per command, in one run, round after round.

    EMPORIUM_BIN=.build/release/emporium Benchmarks/peers/kv.py [--quick] [--rounds N] [--keys N] [--only NAME,…]

Both servers are started fresh, without persistence, on free ports; redis-benchmark is the load for both. BENCH_REDIS names
another peer's executable (a newer redis-server, a valkey-server). At last the floor, a server that parses nothing and
answers canned replies, beside the peer: what sockets and kernel cost whoever serves.
"""

from __future__ import annotations

import os
import selectors
import shutil
import socket
import sys
from pathlib import Path

from measure import Load, begin, choose, compare, introduce, machine, parser_of, progress, run_load
from harness.processes import EmporiumKV, RedisServer  # noqa: E402  (the path is set by measure)
from services import Floor  # noqa: E402

VALUE_SIZE = 64


class Peer(RedisServer):
    """redis-server, or the server that the user names."""

    def __init__(self) -> None:
        self.executable = os.environ.get("BENCH_REDIS", "redis-server")
        self.name = Path(self.executable).name
        super().__init__()

    def command(self) -> list[str]:
        return [shutil.which(self.executable) or self.executable, *super().command()[1:]]


def benchmark(server, *arguments: object) -> str:
    output = run_load(["redis-benchmark", "-p", str(server.port), "-q", *map(str, arguments)])
    if "Error" in output or "requests per second" not in output:
        raise RuntimeError(f"redis-benchmark {' '.join(map(str, arguments))} said: {output.strip()}")
    return output


def fill(server, keys: int) -> None:
    """The very keys that redis-benchmark -r draws from, each once: key:000000000000 and on."""
    value = b"x" * VALUE_SIZE
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        expected = 0
        for start in range(0, keys, 10_000):
            batch = b"".join(
                b"*3\r\n$3\r\nSET\r\n$16\r\nkey:%012d\r\n$%d\r\n%s\r\n" % (i, VALUE_SIZE, value)
                for i in range(start, min(start + 10_000, keys))
            )
            client.sendall(batch)
            expected += min(start + 10_000, keys) - start
            received = 0
            while received < 5 * (min(start + 10_000, keys) - start):  # +OK\r\n each
                data = client.recv(1 << 16)
                if not data or b"-" in data:
                    raise RuntimeError(f"{server.name} answered {data[:100]!r} while it was filled")
                received += len(data)
        client.sendall(b"DBSIZE\r\n")
        answer = client.recv(64)
        if answer != b":%d\r\n" % keys:
            raise RuntimeError(f"{server.name} holds {answer!r} keys, not {keys}")


def fan_out(server, messages: int, subscribers: int = 50) -> None:
    """Publishes messages to subscribers that read them all; an operation is one delivered message."""
    expected = len(b"*3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$64\r\n") + 64 + 2
    listeners = []
    for _ in range(subscribers):
        listener = socket.create_connection(("127.0.0.1", server.port))
        listener.sendall(b"SUBSCRIBE ch\r\n")
        listener.recv(256)
        listener.setblocking(False)
        listeners.append(listener)
    missing = {listener: messages * expected for listener in listeners}
    with socket.create_connection(("127.0.0.1", server.port)) as publisher, selectors.DefaultSelector() as selector:
        publisher.setblocking(False)
        for listener in listeners:
            selector.register(listener, selectors.EVENT_READ)
        request = b"*3\r\n$7\r\nPUBLISH\r\n$2\r\nch\r\n$64\r\n" + b"x" * 64 + b"\r\n"
        sent, answered = 0, 0
        while missing:
            # A few at a time, so that no output buffer limit is met.
            if sent < messages and sent - answered < 64:
                publisher.send(request * min(16, messages - sent))
                sent += min(16, messages - sent)
            for key, _ in selector.select(0.01):
                left = missing.get(key.fileobj)
                if left is None:
                    continue
                left -= len(key.fileobj.recv(1 << 18))
                if left <= 0:
                    del missing[key.fileobj]
                else:
                    missing[key.fileobj] = left
            try:
                answered += publisher.recv(1 << 16).count(b"\n")
            except BlockingIOError:
                pass
    for listener in listeners:
        listener.close()


def loads(keys: int) -> list[Load]:
    prepared: set[tuple[str, str]] = set()

    def standard(test: str, pipeline: int, count: int, bar: float | None) -> Load:
        return Load(
            f"{test.upper()} P{pipeline}",
            count,
            lambda server: benchmark(
                server, "-t", test, "-n", count, "-P", pipeline, "-c", 50, "-r", keys, "-d", VALUE_SIZE
            ),
            bar,
        )

    def custom(
        name: str,
        count: int,
        bar: float | None,
        *command: str,
        prepare: list[str] | None = None,
        pipeline: int = 16,
    ) -> Load:
        def make(server) -> None:
            # Once is enough: a list made ready twice would be twice as long.
            if prepare and (name, server.name) not in prepared:
                prepared.add((name, server.name))
                run_load(["redis-cli", "-p", str(server.port), *prepare])

        return Load(
            name,
            count,
            lambda server: benchmark(server, "-n", count, "-P", pipeline, "-c", 50, "-r", 100_000, *command),
            bar,
            make,
        )

    return [
        standard("set", 1, 20_000, 0.75),
        standard("get", 1, 20_000, 0.85),
        standard("set", 16, 100_000, 0.40),
        standard("get", 16, 100_000, 0.40),
        standard("set", 100, 200_000, 0.30),
        standard("get", 100, 200_000, 0.30),
        custom("INCR P16", 100_000, 0.55, "incr", "n:__rand_int__"),
        custom("HSET P16", 100_000, 0.55, "hset", "h:__rand_int__", "field", "v"),
        custom(
            "HGETALL of 5 P16",
            100_000,
            0.55,
            "hgetall",
            "cart",
            prepare=[
                "hset",
                "cart",
                "ee0a957a",
                "1",
                "c5cf47bf",
                "2",
                "2ec1c3d6",
                "3",
                "ef628c62",
                "4",
                "36b885b0",
                "5",
            ],
        ),
        custom("XADD P16", 100_000, 0.55, "xadd", "log", "*", "field", "v" * 20),
        custom("XADD MAXLEN ~ P16", 100_000, 0.55, "xadd", "capped", "MAXLEN", "~", "1000", "*", "field", "v" * 20),
        custom("SETEX P16", 100_000, None, "setex", "s:__rand_int__", "300", "x" * 29),
        custom("MGET of 100 P16", 2000, 0.5, "mget", *["key:__rand_int__"] * 100),
        custom("LPUSH P16", 100_000, 0.55, "lpush", "list", "x" * 20),
        Load(
            "LPOP P16",
            100_000,
            lambda server: benchmark(server, "-n", 100_000, "-P", 16, "-c", 50, "lpop", "full"),
            0.55,
            # As many as are popped, so that no pop finds nothing.
            lambda server: benchmark(server, "-n", 100_000, "-P", 100, "-c", 50, "lpush", "full", "x" * 20),
        ),
        custom(
            "LRANGE_300 P16", 10_000, 0.5, "lrange", "l300", "0", "299", prepare=["rpush", "l300", *["x" * 20] * 300]
        ),
        custom("SADD P16", 100_000, 0.55, "sadd", "set:__rand_int__", "member"),
        custom("ZADD P16", 50_000, 0.55, "zadd", "zset", "__rand_int__", "m:__rand_int__"),
        custom("EVAL of one line P16", 40_000, 1.0, "eval", "return redis.call('get',KEYS[1])", "1", "key:__rand_int__"),
        Load(
            "PUBLISH to 50 subscribers",
            3000 * 50,
            lambda server: fan_out(server, 3000),
            0.7,
        ),
        # What the journey asks of both key-value roles for each purchase: five session touches, six calls of the cart.
        custom("session touch P1", 20_000, None, "setex", "s:__rand_int__", "300", "x" * 29, pipeline=1),
        custom("cart call P1", 20_000, None, "hset", "c:__rand_int__", "f95e2475", "1", pipeline=1),
    ]


def floor(peer, options) -> None:
    """A request is as long as redis-benchmark sends it; the replies are those of a hit and of a SET."""
    key = 36  # *2 $3 GET $16 key:000000000000
    replies = {"get": (key, f"${VALUE_SIZE}\\r\\n{'x' * VALUE_SIZE}\\r\\n"), "set": (key + 5 + VALUE_SIZE + 2, "+OK\\r\\n")}
    for test, (size, reply) in replies.items():
        with Floor(size, reply) as floor:
            chosen = []
            for pipeline, count in ((1, 20_000), (16, 100_000), (100, 200_000)):
                arguments = ("-t", test, "-n", count, "-P", pipeline, "-c", 50, "-r", options.keys, "-d", VALUE_SIZE)
                load = lambda server, arguments=arguments: benchmark(server, *arguments)  # noqa: E731
                chosen.append(Load(f"the floor: {test.upper()} P{pipeline}", count, load))
            comparison = compare(floor, peer, options, patience=20)
            comparison.measure(chosen)
            comparison.report(chosen)


def main() -> int:
    parser = parser_of(__doc__, quick="five rounds")
    parser.add_argument("--keys", type=int, default=1_000_000)
    parser.add_argument("--only", help="beginnings of names, separated by commas")
    options = begin(parser)
    for tool in ("redis-server", "redis-benchmark", "redis-cli"):
        if shutil.which(tool) is None:
            print(f"{tool} is missing (Debian: apt-get install redis-server redis-tools)", file=sys.stderr)
            return 2
    chosen = choose(loads(options.keys), options.only, parser)
    with EmporiumKV() as ours, Peer() as peer:
        comparison = compare(ours, peer, options, patience=150)
        facts = machine()
        introduce(facts)
        comparison.record("machine", **facts, keys=options.keys, peer=run_load(["redis-server", "--version"]).strip())
        for server in (ours, peer):
            progress(f"filling {server.name} with {options.keys:,} keys")
            fill(server, options.keys)
        comparison.measure(chosen)
        met = comparison.report(chosen)
        if not options.only:
            floor(peer, options)
    print("every bar met" if met else "some bars missed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
