"""Mutated PostgreSQL messages over the network: the server stays up, stays small and goes on serving others.

100,000 seeded messages (EMPORIUM_MUTATIONS, EMPORIUM_FUZZ_SEED): valid messages of both query protocols with bytes
flipped, cut, doubled, inserted, or lengths replaced by absurd ones; start-up packets too. Then single broken messages, each on a
connection of its own, whose answers are compared with PostgreSQL's.
"""

from __future__ import annotations

import os
import random
import socket
import struct
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from harness import ledger
from harness.kvscript import Difference
from harness.pgwire import Session, fields
from harness.processes import EmporiumSQL, PostgreSQLServer

MUTATIONS = int(os.environ.get("EMPORIUM_MUTATIONS", "100000"))
SEED = int(os.environ.get("EMPORIUM_FUZZ_SEED", str(time.time_ns() % 1_000_000_000)))
MESSAGES_PER_CONNECTION = 200
MEMORY_LIMIT = 256 << 20


class TrustingEmporium(EmporiumSQL):
    """Without passwords: what is tried here comes after (or before) them."""

    def environment(self) -> dict[str, str]:
        return super().environment() | {"POSTGRES_HOST_AUTH_METHOD": "trust"}


@pytest.fixture(scope="module")
def ours():
    with TrustingEmporium() as server:
        yield server
        assert server.is_alive(), f"the server under test died:\n{server.output()}"


@pytest.fixture(scope="module")
def real():
    with PostgreSQLServer() as server:
        yield server


def message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


def startup(**settings: str) -> bytes:
    body = struct.pack("!i", 3 << 16) + b"".join(f"{k}\0{v}\0".encode() for k, v in settings.items()) + b"\0"
    return struct.pack("!i", len(body) + 4) + body


LOGIN = startup(user="postgres", database="postgres")
SYNC = message(b"S", b"")


def parse(name: bytes, text: bytes, *types: int) -> bytes:
    return message(b"P", name + b"\0" + text + b"\0" + struct.pack(f"!h{len(types)}i", len(types), *types))


def bind(portal: bytes, statement: bytes, *values: bytes | None) -> bytes:
    body = portal + b"\0" + statement + b"\0" + struct.pack("!hh", 0, len(values))
    for value in values:
        body += struct.pack("!i", -1) if value is None else struct.pack("!i", len(value)) + value
    return message(b"B", body + struct.pack("!h", 0))


def execute(portal: bytes, rows: int = 0) -> bytes:
    return message(b"E", portal + b"\0" + struct.pack("!i", rows))


TEMPLATES = [
    message(b"Q", b"SELECT 1\0"),
    message(b"Q", b"SELECT a, b FROM m WHERE a = 5 ORDER BY b DESC LIMIT 3\0"),
    message(b"Q", b"INSERT INTO m VALUES (1, 'x') RETURNING *\0"),
    message(b"Q", b"UPDATE m SET b = 'y' WHERE a = 2; SELECT count(*) FROM m\0"),
    message(b"Q", b"BEGIN; SELECT b || 'z', upper(b), a::text FROM m WHERE b LIKE '%x%'; ROLLBACK\0"),
    message(b"Q", b"COPY m TO STDOUT\0"),
    message(b"Q", b"COPY m FROM STDIN\0") + message(b"d", b"7\tseven\n") + message(b"c", b""),
    message(b"Q", b"COPY m FROM STDIN CSV\0") + message(b"d", b'8,"eight"\n') + message(b"f", b"no more\0"),
    message(b"Q", b"DELETE FROM m WHERE a = 1\0"),
    parse(b"", b"SELECT b FROM m WHERE a = $1", 23) + bind(b"", b"", b"5") + execute(b"") + SYNC,
    parse(b"s", b"SELECT $1::int + 1") + bind(b"p", b"s", b"41") + message(b"D", b"Pp\0") + execute(b"p", 1) + SYNC,
    message(b"D", b"Ss\0") + message(b"C", b"Ss\0") + message(b"C", b"Pp\0") + SYNC,
    message(b"H", b"") + SYNC,
]
LENGTHS = [0, 1, 3, 4, 5, 8, -1, -(2**31), 2**31 - 1, 2**30, 10_000, 65_536, 10_000_000]


def mutate(data: bytes, r: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(r.choice([1, 1, 1, 2, 4])):
        if not out:
            break
        at = r.randrange(len(out))
        kind = r.randrange(7)
        if kind == 0:
            out[at] = r.randrange(256)
        elif kind == 1:
            out[at] ^= 1 << r.randrange(8)
        elif kind == 2:
            del out[at : at + r.choice([1, 2, 4, 20])]
        elif kind == 3:
            out[at:at] = bytes(r.randrange(256) for _ in range(r.choice([1, 2, 4, 20])))
        elif kind == 4:
            out = out[:at]
        elif kind == 5:
            out[at:at] = r.choice(
                [b"\0", b"'", b'"', b"(", b"$", b";", b"--", b"/*", b"\xff", b"NULL", b"'x'::", b" OR "]
            )
        else:
            # The first message's length word, or four bytes anywhere, as an absurd number.
            start = 1 if r.random() < 0.5 else at
            out[start : start + 4] = struct.pack("!i", r.choice(LENGTHS))
    return bytes(out)


class Witness(threading.Thread):
    """Another session that must be served all the time."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.session = Session(port)
        self.session.simple("CREATE TABLE witness (n int)")
        self.session.simple("INSERT INTO witness VALUES (0)")
        self.rounds, self.slowest = 0, 0.0
        self.failure: str | None = None
        self.ended = threading.Event()

    def run(self) -> None:
        try:
            while not self.ended.is_set():
                started = time.monotonic()
                events = self.session.extended("UPDATE witness SET n = n + 1 RETURNING n")
                self.rounds += 1
                if ("row", str(self.rounds).encode()) not in events or events[-1] != ("ready", "I"):
                    raise AssertionError(f"round {self.rounds} answered {events}")
                self.slowest = max(self.slowest, time.monotonic() - started)
                time.sleep(0.003)
        except Exception as error:  # the main thread reports it
            self.failure = f"{type(error).__name__}: {error}"


def test_mutated_messages(ours):
    print(f"\nseed {SEED}, {MUTATIONS} messages (EMPORIUM_FUZZ_SEED, EMPORIUM_MUTATIONS)")
    r = random.Random(SEED)
    setup = Session(ours.port)
    setup.simple("CREATE TABLE m (a int, b text)")
    setup.simple("INSERT INTO m VALUES (1, 'x'), (2, 'y'), (5, 'z')")
    witness = Witness(ours.port)
    witness.start()
    before = peak = ours.resident_bytes()
    sent = 0
    while sent < MUTATIONS:
        client = socket.create_connection(("127.0.0.1", ours.port), 5)
        client.settimeout(5)
        try:
            client.sendall(LOGIN if r.random() < 0.8 else mutate(LOGIN, r))
            for _ in range(MESSAGES_PER_CONNECTION):
                client.sendall(mutate(r.choice(TEMPLATES), r))
                sent += 1
                if r.random() < 0.5:
                    client.setblocking(False)
                    try:
                        if client.recv(1 << 16) == b"":
                            break
                    except BlockingIOError:
                        pass
                    client.settimeout(5)
                if sent % 50 == 0:
                    peak = max(peak, ours.resident_bytes())
        except (BrokenPipeError, ConnectionResetError):
            pass
        except TimeoutError:
            pass  # it stopped reading from a client that reads nothing: that is its right
        if r.random() < 0.3:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # abrupt: RST
        client.close()
        assert ours.is_alive(), f"seed {SEED}: died after {sent} messages\n{ours.output()}"
        assert witness.failure is None, f"seed {SEED}: after {sent} messages the other session saw {witness.failure}"
    witness.ended.set()
    witness.join()
    assert witness.failure is None and witness.rounds > 0
    print(f"witness: {witness.rounds} rounds, slowest {witness.slowest * 1000:.1f} ms, peak {peak >> 20} MiB")
    assert peak < before + MEMORY_LIMIT, f"seed {SEED}: resident memory grew from {before >> 20} to {peak >> 20} MiB"
    assert ("row", b"1") in setup.simple("SELECT 1")


def answer(server, *packets: bytes) -> list:
    """Everything the server says to these bytes, as messages without what is its own (keys, files, lines)."""
    client = socket.create_connection(("127.0.0.1", server.port), 5)
    data, said = bytearray(), []
    try:
        for packet in packets:
            client.sendall(packet)
        client.settimeout(0.25)
        try:
            while piece := client.recv(1 << 16):
                data += piece
            end = "closed"
        except TimeoutError:
            end = "open"
        except ConnectionResetError:
            end = "closed"
    except (BrokenPipeError, ConnectionResetError):
        end = "closed"
    client.close()
    if len(data) == 1:
        return [bytes(data), end]  # the answer to SSLRequest and its like
    while len(data) >= 5:
        kind, length = bytes(data[:1]), struct.unpack_from("!i", data, 1)[0]
        body = bytes(data[5 : length + 1])
        del data[: length + 1]
        if kind in b"SK":
            continue
        said.append((kind, fields(body) if kind in b"EN" else body))
    return [*said, end]


def lengths(number: int) -> bytes:
    return struct.pack("!i", number)


BROKEN: dict[str, tuple[bytes, ...]] = {
    "startup of length zero": (lengths(0),),
    "startup of length three": (lengths(3) + b"abc",),
    "startup of length seven": (lengths(7) + b"abc",),
    "startup of length 2^31-1": (lengths(2**31 - 1) + b"abcd",),
    "startup of negative length": (lengths(-5) + b"abcd",),
    "startup of length 10001": (lengths(10001) + b"abcd",),
    "HTTP": (b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n",),
    "protocol 2.0": (lengths(8) + struct.pack("!i", 2 << 16),),
    "protocol 4.0": (lengths(9) + struct.pack("!i", 4 << 16) + b"\0",),
    "no user": (startup(database="postgres"),),
    "empty user": (startup(user="", database="postgres"),),
    "no terminator": (lengths(8 + 13) + struct.pack("!i", 3 << 16) + b"user\0postgres",),
    "no database": (startup(user="postgres", database="nosuch"),),
    "no such role": (startup(user="nobody", database="postgres"),),
    "bad parameter": (startup(user="postgres", database="postgres", nosuch="1"),),
    "bad encoding": (startup(user="postgres", database="postgres", client_encoding="NOSUCH"),),
    "SSLRequest": (lengths(8) + lengths(80877103),),
    "GSSENCRequest": (lengths(8) + lengths(80877104),),
    "SSLRequest, then login": (lengths(8) + lengths(80877103),),
    "cancel of nobody": (lengths(16) + lengths(80877102) + lengths(1) + lengths(2),),
    "unknown message": (LOGIN, message(b"z", b"")),
    "zero type": (LOGIN, message(b"\0", b"")),
    "query of length zero": (LOGIN, b"Q" + lengths(0)),
    "query of length three": (LOGIN, b"Q" + lengths(3)),
    "query of negative length": (LOGIN, b"Q" + lengths(-1)),
    "query of length 2^31-1": (LOGIN, b"Q" + lengths(2**31 - 1)),
    "sync of length 2^30": (LOGIN, b"S" + lengths(2**30)),
    "query without terminator": (LOGIN, message(b"Q", b"SELECT 1")),
    "query with two texts": (LOGIN, message(b"Q", b"SELECT 1\0SELECT 2\0")),
    "query that is not UTF-8": (LOGIN, message(b"Q", b"SELECT '\xff\xfe'\0")),
    "empty query": (LOGIN, message(b"Q", b"\0")),
    "sync alone": (LOGIN, SYNC),
    "flush alone": (LOGIN, message(b"H", b"")),
    "sync with a body": (LOGIN, message(b"S", b"abc")),
    "parse cut off": (LOGIN, message(b"P", b"\0SELECT 1\0"), SYNC),
    "parse with trailing bytes": (LOGIN, message(b"P", b"\0SELECT 1\0\0\0abc"), SYNC),
    "parse with too many types": (LOGIN, message(b"P", b"\0SELECT 1\0\x7f\xff"), SYNC),
    "parse of a broken text": (LOGIN, parse(b"", b"SELEC 1"), SYNC),
    "parse of two statements": (LOGIN, parse(b"", b"SELECT 1; SELECT 2"), SYNC),
    "the same name twice": (LOGIN, parse(b"a", b"SELECT 1") * 2, SYNC),
    "bind of nothing": (LOGIN, bind(b"", b"nosuch"), SYNC),
    "bind with too few values": (LOGIN, parse(b"", b"SELECT $1::int") + bind(b"", b"") + SYNC),
    "bind with too many values": (LOGIN, parse(b"", b"SELECT 1") + bind(b"", b"", b"1") + SYNC),
    "bind with a bad value": (LOGIN, parse(b"", b"SELECT $1::int") + bind(b"", b"", b"x") + SYNC),
    "bind with a value that is not UTF-8": (LOGIN, parse(b"", b"SELECT $1::text") + bind(b"", b"", b"\xff") + SYNC),
    "bind with three formats for two": (
        LOGIN,
        parse(b"", b"SELECT $1::int, $2::int")
        + message(b"B", b"\0\0" + struct.pack("!hhhhh", 3, 0, 0, 0, 2) + (lengths(1) + b"1") * 2 + b"\0\0")
        + SYNC,
    ),
    "bind with format 7": (
        LOGIN,
        parse(b"", b"SELECT $1::int")
        + message(b"B", b"\0\0" + struct.pack("!hhh", 1, 7, 1) + lengths(1) + b"1\0\0")
        + SYNC,
    ),
    "bind with a binary integer of three bytes": (
        LOGIN,
        parse(b"", b"SELECT $1::int")
        + message(b"B", b"\0\0" + struct.pack("!hhh", 1, 1, 1) + lengths(3) + b"abc\0\0")
        + SYNC,
    ),
    "bind with a value of length -2": (
        LOGIN,
        parse(b"", b"SELECT $1::int")
        + message(b"B", b"\0\0" + struct.pack("!hh", 0, 1) + lengths(-2) + b"\0\0")
        + SYNC,
    ),
    "bind with a value longer than the message": (
        LOGIN,
        parse(b"", b"SELECT $1::int")
        + message(b"B", b"\0\0" + struct.pack("!hh", 0, 1) + lengths(1 << 30) + b"\0\0")
        + SYNC,
    ),
    "execute of nothing": (LOGIN, execute(b"nosuch"), SYNC),
    "execute of a negative number of rows": (LOGIN, parse(b"", b"SELECT 1") + bind(b"", b"") + execute(b"", -5) + SYNC),
    "execute a row at a time": (
        LOGIN,
        parse(b"", b"VALUES (1), (2), (3)")
        + bind(b"", b"")
        + execute(b"", 1)
        + execute(b"", 1)
        + execute(b"", 5)
        + SYNC,
    ),
    "execute after the end": (LOGIN, parse(b"", b"SELECT 1") + bind(b"", b"") + execute(b"") + execute(b"") + SYNC),
    "portal after sync": (LOGIN, parse(b"", b"SELECT 1") + bind(b"p", b"") + SYNC + execute(b"p") + SYNC),
    "describe of nothing": (LOGIN, message(b"D", b"Snosuch\0"), SYNC),
    "describe of no portal": (LOGIN, message(b"D", b"Pnosuch\0"), SYNC),
    "describe of kind X": (LOGIN, message(b"D", b"Xa\0"), SYNC),
    "describe without a name": (LOGIN, message(b"D", b"S"), SYNC),
    "close of nothing": (LOGIN, message(b"C", b"Snosuch\0"), SYNC),
    "close of kind X": (LOGIN, message(b"C", b"Xa\0"), SYNC),
    "errors are skipped until sync": (LOGIN, bind(b"", b"no") + parse(b"", b"SELECT 1") + execute(b"") + SYNC + SYNC),
    "copy data outside of copy": (LOGIN, message(b"d", b"1\t2\n"), message(b"c", b""), message(b"f", b"x\0"), SYNC),
    "password outside of login": (LOGIN, message(b"p", b"secret\0")),
    "function call": (LOGIN, message(b"F", lengths(1610) + struct.pack("!hhh", 0, 0, 0))),
    "terminate": (LOGIN, message(b"X", b"")),
    "terminate with more behind": (LOGIN, message(b"X", b"") + message(b"Q", b"SELECT 1\0")),
    "query during copy in": (
        LOGIN,
        message(b"Q", b"CREATE TEMP TABLE c (a int); COPY c FROM STDIN\0"),
        message(b"Q", b"SELECT 1\0"),
    ),
    "one megabyte of SQL": (LOGIN, message(b"Q", b"SELECT " + b"1 + " * 250_000 + b"1\0")),
    "deep parentheses": (LOGIN, message(b"Q", b"SELECT " + b"(" * 100_000 + b"1" + b")" * 100_000 + b"\0")),
    "a megabyte in quotes": (LOGIN, message(b"Q", b"SELECT length('" + b"x" * 1_000_000 + b"')\0")),
    "a name of a megabyte": (LOGIN, message(b"Q", b"SELECT " + b"x" * 1_000_000 + b"\0")),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_messages_get_the_real_answer(name, real, ours):
    with ThreadPoolExecutor(2) as both:
        expected, got = both.map(lambda server: answer(server, *BROKEN[name]), [real, ours])
    assert ours.is_alive(), f"the server died:\n{ours.output()}"
    differences = [] if got == expected else [Difference(0, name, str(expected), str(got))]
    ledger.check(f"sql/bad-input {name}", differences)


def test_a_promised_huge_message_costs_nothing_until_it_comes(ours):
    before = ours.resident_bytes()
    clients = []
    for _ in range(50):
        client = socket.create_connection(("127.0.0.1", ours.port), 5)
        client.sendall(LOGIN)
        client.sendall(b"Q" + lengths(500_000_000) + b"SELECT '")
        clients.append(client)
    time.sleep(0.5)
    assert ("row", b"1") in Session(ours.port).simple("SELECT 1")
    grown = ours.resident_bytes() - before
    for client in clients:
        client.close()
    assert grown < 64 << 20, f"{grown >> 20} MiB for bytes that never came"


def test_connections_that_come_and_go(ours):
    """1,000 connections that close at every possible moment leave nothing behind."""
    descriptors = len(os.listdir(f"/proc/{ours.pid}/fd"))
    for i in range(1000):
        client = socket.create_connection(("127.0.0.1", ours.port), 5)
        whole = LOGIN + message(b"Q", b"BEGIN; SELECT 1\0")
        client.sendall(whole[: i % len(whole)])
        if i % 5 == 0:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client.close()
    deadline = time.monotonic() + 5
    while len(os.listdir(f"/proc/{ours.pid}/fd")) > descriptors and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(os.listdir(f"/proc/{ours.pid}/fd")) <= descriptors
    assert ("row", b"1") in Session(ours.port).simple("SELECT 1")
