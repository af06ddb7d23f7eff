"""Mutated RESP over the network: whatever comes, the server stays up, stays small and goes on serving others.

100,000 seeded messages (EMPORIUM_MUTATIONS, EMPORIUM_FUZZ_SEED): a valid pipeline with bytes flipped, cut, doubled,
inserted, or lengths replaced by absurd ones. A second client is served throughout. In the second half of the file,
single broken frames are compared with redis-server's own answers.
"""

from __future__ import annotations

import os
import random
import socket
import threading
import time

import pytest
from harness.kvscript import brief
from harness.resp import RawClient, encode

MUTATIONS = int(os.environ.get("EMPORIUM_MUTATIONS", "100000"))
SEED = int(os.environ.get("EMPORIUM_FUZZ_SEED", str(time.time_ns() % 1_000_000_000)))
MESSAGES_PER_CONNECTION = 250
MEMORY_LIMIT = 256 << 20
# Mutations could turn a harmless command into one that stops the server or rewrites its files: none may be near them.
TEMPLATES = [
    (b"PING",),
    (b"ECHO", b"hello"),
    (b"SET", b"key", b"value"),
    (b"GET", b"key"),
    (b"SET", b"k", b"v", b"EX", b"100"),
    (b"MSET", b"a", b"1", b"b", b"2"),
    (b"MGET", b"a", b"b", b"c"),
    (b"HSET", b"h", b"f", b"v", b"g", b"w"),
    (b"HGETALL", b"h"),
    (b"DEL", b"a", b"h"),
    (b"INCRBY", b"n", b"5"),
    (b"SETRANGE", b"r", b"10", b"xyz"),
    (b"GETRANGE", b"r", b"0", b"-1"),
    (b"EXPIRE", b"a", b"100", b"NX"),
    (b"SCAN", b"0", b"MATCH", b"*", b"COUNT", b"10"),
    (b"HELLO", b"3"),
    (b"SELECT", b"1"),
    (b"CLIENT", b"SETNAME", b"x"),
    (b"COMMAND", b"INFO", b"get"),
    (b"CONFIG", b"GET", b"maxmemory"),
    (b"INFO", b"server"),
    (b"LCS", b"a", b"b"),
    (b"HINCRBYFLOAT", b"h", b"f", b"1.5"),
    (b"APPEND", b"a", b"x" * 100),
    (b"KEYS", b"*"),
    (b"TYPE", b"a"),
    (b"OBJECT", b"ENCODING", b"a"),
]
LENGTHS = [
    b"-1",
    b"-2",
    b"0",
    b"1",
    b"2",
    b"1000000000",
    b"2147483647",
    b"2147483648",
    b"-2147483649",
    b"4294967296",
    b"9223372036854775807",
    b"9223372036854775808",
    b"-9223372036854775808",
    b"1048576",
    b"1048577",
    b"536870912",
    b"536870913",
    b"99999999999999999999999999",
    b"",
    b"abc",
    b"1 ",
    b" 1",
    b"+1",
    b"01",
    b"1.0",
    b"1\n",
]


def mutate(message: bytes, r: random.Random) -> bytes:
    data = bytearray(message)
    for _ in range(r.choice([1, 1, 1, 2, 4])):
        kind = r.randrange(8)
        at = r.randrange(len(data)) if data else 0
        if not data:
            return b"*"
        if kind == 0:
            data[at] = r.randrange(256)
        elif kind == 1:
            data[at] ^= 1 << r.randrange(8)
        elif kind == 2:
            del data[at : at + r.choice([1, 2, 5, 20])]
        elif kind == 3:
            data[at:at] = bytes(r.randrange(256) for _ in range(r.choice([1, 2, 5, 20])))
        elif kind == 4:
            data = data[:at]
        elif kind == 5:
            data[at:at] = data[: r.randrange(1, 30)]
        elif kind == 6:
            data[at:at] = r.choice([b"\r\n", b"\n", b"\r", b"\0", b"*", b"$", b"\r\n\r\n", b"'", b'"', b"*3\r\n"])
        else:
            # Replace a length.
            starts = [i for i, byte in enumerate(data) if byte in b"*$"]
            if starts:
                start = r.choice(starts)
                end = data.find(b"\r\n", start)
                data[start + 1 : end if end >= 0 else len(data)] = r.choice(LENGTHS)
    return bytes(data)


class Witness(threading.Thread):
    """Another client that must be served all the time."""

    def __init__(self, port: int, timeout: float = 5) -> None:
        super().__init__(daemon=True)
        self.client = RawClient(port, timeout)
        self.rounds, self.slowest = 0, 0.0
        self.failure: str | None = None
        self.ended = threading.Event()

    def run(self) -> None:
        try:
            self.client.call("SELECT", "9")
            while not self.ended.is_set():
                started = time.monotonic()
                value = b"%d" % self.rounds
                # In one packet: nobody comes between them.
                self.client.send(encode("SET", "witness", value) + encode("GET", "witness"))
                stored, got = self.client.replies(2)
                if stored != b"+OK\r\n":
                    raise AssertionError(f"SET answered {stored!r}")
                if got != b"$%d\r\n%s\r\n" % (len(value), value):
                    raise AssertionError(f"read {got!r} after writing {value!r}")
                self.slowest = max(self.slowest, time.monotonic() - started)
                self.rounds += 1
                time.sleep(0.002)
        except Exception as error:  # the main thread reports it
            self.failure = f"{type(error).__name__}: {error}"


def test_mutated_messages(emporium_kv):
    print(f"\nseed {SEED}, {MUTATIONS} messages (EMPORIUM_FUZZ_SEED, EMPORIUM_MUTATIONS)")
    r = random.Random(SEED)
    before = emporium_kv.resident_bytes()
    witness = Witness(emporium_kv.port)
    witness.start()
    sent = peak = 0
    while sent < MUTATIONS:
        client = socket.create_connection(("127.0.0.1", emporium_kv.port), 5)
        client.settimeout(5)
        try:
            for _ in range(MESSAGES_PER_CONNECTION):
                valid = b"".join(encode(*r.choice(TEMPLATES)) for _ in range(r.choice([1, 1, 3])))
                client.sendall(mutate(valid, r))
                sent += 1
                # Half of the time read at once, so that the server also meets clients that do not read.
                if r.random() < 0.5:
                    client.setblocking(False)
                    try:
                        if client.recv(1 << 16) == b"":
                            break
                    except BlockingIOError:
                        pass
                    client.settimeout(5)
                if sent % 50 == 0:
                    peak = max(peak, emporium_kv.resident_bytes())
        except (BrokenPipeError, ConnectionResetError):
            pass
        if r.random() < 0.3:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # abrupt: RST
        client.close()
        assert emporium_kv.is_alive(), f"seed {SEED}: died after {sent} messages\n{emporium_kv.output()}"
        assert witness.failure is None, f"seed {SEED}: after {sent} messages the other client saw {witness.failure}"
    witness.ended.set()
    witness.join()
    assert witness.failure is None
    assert witness.rounds > 0
    print(
        f"witness: {witness.rounds} rounds, slowest {witness.slowest * 1000:.1f} ms; "
        f"peak {peak >> 20} MiB (start {before >> 20})"
    )
    assert peak < before + MEMORY_LIMIT, f"seed {SEED}: resident memory grew from {before >> 20} to {peak >> 20} MiB"
    assert RawClient(emporium_kv.port).call("PING") == b"+PONG\r\n"


def _answers(server, payload: bytes, at_least: int = 0) -> tuple[bytes, bool]:
    client = RawClient(server.port)
    client.send(payload)
    try:
        return client.everything(at_least=at_least)
    finally:
        client.close()


def _random_frames() -> list[bytes]:
    r = random.Random(20)
    frames = [bytes(r.randrange(256) for _ in range(r.choice([1, 3, 10, 100]))) + b"\r\n" for _ in range(40)]
    frames += [mutate(encode(*r.choice(TEMPLATES[:4])), r) for _ in range(80)]
    for length in LENGTHS:
        frames += [
            b"*" + length + b"\r\n",
            b"*1\r\n$" + length + b"\r\n",
            b"*2\r\n$4\r\nECHO\r\n$" + length + b"\r\nab\r\n",
        ]
    return frames


@pytest.mark.parametrize("start", range(0, len(_random_frames()), 40))
def test_broken_frames_get_the_real_answer(start, redis_server, emporium_kv):
    """Random and absurd frames, each on a connection of its own: same bytes, and closed or open alike."""
    for server in (redis_server, emporium_kv):
        RawClient(server.port).call("FLUSHALL")
    differences = []
    for frame in _random_frames()[start : start + 40]:
        expected = _answers(redis_server, frame)
        got = _answers(emporium_kv, frame, at_least=len(expected[0]))
        if expected != got:
            describe = lambda answer: brief(answer[0]) + (" then closed" if answer[1] else " and open")  # noqa: E731
            differences.append(f"{brief(frame)}\n    expected  {describe(expected)}\n    got       {describe(got)}")
    assert not differences, f"{len(differences)} answers differ\n" + "\n".join(differences)


def test_a_promised_huge_bulk_costs_nothing_until_it_comes(emporium_kv):
    """Fifty clients announce 512 MB each and send ten bytes: the server must not set the room aside."""
    before = emporium_kv.resident_bytes()
    clients = [RawClient(emporium_kv.port) for _ in range(50)]
    for client in clients:
        client.send(b"*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$536870912\r\n0123456789")
    time.sleep(0.3)
    assert RawClient(emporium_kv.port).call("PING") == b"+PONG\r\n"
    grown = emporium_kv.resident_bytes() - before
    for client in clients:
        client.close()
    assert grown < 64 << 20, f"{grown >> 20} MiB for bytes that never came"


def test_a_client_that_never_reads_is_bounded(emporium_kv):
    """Replies of 100 KB asked for 5,000 times by a client that reads none of them: others are served, memory bounded.

    redis would cut such a client off by client-output-buffer-limit only for replicas and subscribers; ours stops
    reading from it. 500 MB of replies must not be piled up."""
    feeder = RawClient(emporium_kv.port)
    assert feeder.call("SET", "big", b"x" * 100_000) == b"+OK\r\n"
    before = emporium_kv.resident_bytes()
    greedy = socket.create_connection(("127.0.0.1", emporium_kv.port))
    greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    greedy.setblocking(False)
    payload = encode("GET", "big") * 5000
    try:
        while payload:
            payload = payload[greedy.send(payload) :]
    except (BlockingIOError, BrokenPipeError, ConnectionResetError):
        pass
    time.sleep(0.5)
    assert feeder.call("PING") == b"+PONG\r\n"
    grown = emporium_kv.resident_bytes() - before
    greedy.close()
    feeder.call("DEL", "big")
    assert grown < 128 << 20, f"{grown >> 20} MiB of unread replies are kept"


def test_connections_that_come_and_go(emporium_kv):
    """2,000 connections that close at every possible moment leave nothing behind."""
    descriptors = len(os.listdir(f"/proc/{emporium_kv.pid}/fd"))
    for i in range(2000):
        client = socket.create_connection(("127.0.0.1", emporium_kv.port))
        if i % 4:
            client.sendall((b"PING\r\n", b"*2\r\n$4\r\nECHO\r\n$5\r\nhe", b"SET a b\r\nGET a\r\n")[i % 3])
        if i % 5 == 0:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client.close()
    deadline = time.monotonic() + 3
    while len(os.listdir(f"/proc/{emporium_kv.pid}/fd")) > descriptors and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(os.listdir(f"/proc/{emporium_kv.pid}/fd")) <= descriptors
    assert RawClient(emporium_kv.port).call("PING") == b"+PONG\r\n"
