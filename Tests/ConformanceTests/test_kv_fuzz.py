"""Seeded differential fuzzing: random commands to ours and to redis-server, replies compared, then the whole data set.

    EMPORIUM_FUZZ_COMMANDS=100000 EMPORIUM_FUZZ_SEED=42 pytest Tests/ConformanceTests/test_kv_fuzz.py

Commands go in pipelines of random length over few keys, so that types collide and options meet. Expiries lie in the
past or far in the future: what depends on the moment is compared with a tolerance, what depends on a hash order as a bag.
"""

from __future__ import annotations

import os
import random
import time

import pytest
from harness import fuzz_bits, fuzz_connections, fuzz_geo, fuzz_hyperloglog, fuzz_lists, fuzz_sortedsets, fuzz_streams
from harness.kvscript import brief, same
from harness.resp import Aggregate, RawClient, decode, encode

COMMANDS = int(os.environ.get("EMPORIUM_FUZZ_COMMANDS", "50000"))
SEED = int(os.environ.get("EMPORIUM_FUZZ_SEED", str(time.time_ns() % 1_000_000_000)))

BYTES = ("bytes",)
BAG = ("unordered",)
PAIRS = ("pairs",)


class Generator:
    def __init__(self, seed: int, families=None) -> None:
        """`families` are what `command` chooses from; without them those of the data types."""
        self.random = random.Random(seed)
        self.families = families
        self.keys = [b"k%d" % i for i in range(20)] + [b"s1", b"h1", b"h2", b"", b"\x00\xff", b"long" * 30]
        self.fields = [b"f%d" % i for i in range(8)] + [b"", b"n", b"\xfe\r\n", b"F" * 70]
        self.fields += [b"ee0a957a", b"ee0a957", b"0123456789abcdef"]

    def pick(self, *choices):
        return self.random.choice(choices)

    def key(self) -> bytes:
        return self.random.choice(self.keys)

    def field(self) -> bytes:
        return self.random.choice(self.fields)

    def integer(self) -> bytes:
        r = self.random.random()
        if r < 0.6:
            return b"%d" % self.random.randint(-20, 200)
        if r < 0.8:
            return self.pick(b"0", b"1", b"-1", b"2147483648", b"9223372036854775807", b"-9223372036854775808")
        if r < 0.9:
            return b"%d" % self.random.randint(-(2**63), 2**63 - 1)
        return self.pick(
            b"", b"abc", b"1.5", b" 1", b"1 ", b"+1", b"01", b"9223372036854775808", b"1e3", b"0x1", b"-", b"--1"
        )

    def float(self) -> bytes:
        r = self.random.random()
        if r < 0.5:
            return b"%.*f" % (self.random.randint(0, 6), self.random.uniform(-1000, 1000))
        if r < 0.8:
            return self.integer()
        return self.pick(
            b"1e5", b"1e-5", b"5.0e3", b"inf", b"-inf", b"nan", b"1e400", b".5", b"5.", b"0x1p3", b"1,5", b"-0"
        )

    def value(self) -> bytes:
        r = self.random.random()
        if r < 0.3:
            return self.integer()
        if r < 0.4:
            return self.float()
        if r < 0.5:
            return self.pick(b"", b"\x00", b"\r\n", b"$-1\r\n", b"\xff\xfe", b"word", b"two words", b"'quoted'")
        size = self.pick(1, 5, 20, 43, 44, 45, 63, 64, 65, 127, 128, 300) if r < 0.97 else 5000
        return bytes(self.random.choices(b"abcdefgh0123", k=size))

    def offset(self) -> bytes:
        # SETRANGE with a big offset would only measure memory.
        r = self.random.random()
        return (
            b"%d" % self.random.randint(-5, 300)
            if r < 0.9
            else self.pick(b"-1", b"536870912", b"abc", b"9223372036854775807")
        )

    def seconds(self) -> bytes:
        r = self.random.random()
        if r < 0.7:
            return b"%d" % self.random.randint(100_000, 200_000)
        return self.pick(b"0", b"-1", b"abc", b"", b"9223372036854775807", b"-9223372036854775808", b"9223372036854775")

    def instant(self) -> bytes:
        r = self.random.random()
        if r < 0.6:
            return b"%d" % self.random.randint(99_999_000_000, 99_999_999_999)
        return self.pick(b"1", b"0", b"-1", b"abc", b"9223372036854775807", b"9223372036854775808")

    def expiry_options(self) -> list[bytes]:
        r = self.random.random()
        if r < 0.5:
            return [self.pick(b"EX", b"ex"), self.seconds()]
        if r < 0.65:
            return [b"PX", self.seconds() + b"000"]
        if r < 0.8:
            return [b"EXAT", self.instant()]
        return [b"PXAT", self.instant() + b"000"]

    def set_options(self) -> list[bytes]:
        options: list[list[bytes]] = []
        for chance, option in [
            (0.15, [b"NX"]),
            (0.15, [b"XX"]),
            (0.2, [b"GET"]),
            (0.1, [b"KEEPTTL"]),
            (0.03, [b"BAD"]),
        ]:
            if self.random.random() < chance:
                options.append(option)
        if self.random.random() < 0.2:
            options.append(self.expiry_options())
        self.random.shuffle(options)
        return [word for option in options for word in option]

    def some(self, make, low: int = 1, high: int = 4) -> list[bytes]:
        return [make() for _ in range(self.random.randint(low, high))]

    def pairs(self, make_left) -> list[bytes]:
        words = [word for _ in range(self.random.randint(1, 4)) for word in (make_left(), self.value())]
        return words[:-1] if self.random.random() < 0.05 else words

    def command_of_data(self) -> tuple[list[bytes], tuple[str, ...]]:
        return self.command(FAMILIES)

    def command(self, families=None) -> tuple[list[bytes], tuple[str, ...]]:
        """A command and how its replies are to be compared."""
        name, arguments, comparison = self.random.choice(families or self.families or FAMILIES)
        words = [name, *arguments(self)]
        if comparison is None:
            return words, self.comparison
        r = self.random.random()
        if r < 0.03 and name in fuzz_lists.BLOCKING:
            pass  # another timeout would be one to wait for
        elif r < 0.02 and len(words) > 1 and name not in RANDOM:  # with fewer words it would answer at random
            words.pop()
        elif r < 0.03:
            words.append(self.value())
        elif r < 0.05:
            words[0] = words[0].lower()
        return words, comparison


def _conditions(g: Generator) -> list[bytes]:
    r = g.random.random()
    return (
        []
        if r < 0.5
        else [g.pick(b"NX", b"XX", b"GT", b"LT", b"gt")]
        if r < 0.9
        else [b"NX", g.pick(b"XX", b"GT", b"BAD")]
    )


# SORT of redis 7.0.15 refuses numbers when an earlier command of the batch has read one that is out of range, because it
# looks at an errno that it has not cleared. This clears it.
CLEAR_ERROR = (b"ZUNION", b"1", b"nosuch", b"WEIGHTS", b"1")
MISLED_BY_ERRORS = {b"SORT", b"SORT_RO", b"sort", b"sort_ro"}

RANDOM = {b"HRANDFIELD"} | fuzz_lists.RANDOM | fuzz_sortedsets.RANDOM

# name, arguments, comparison. A command stands more than once when it should come more often.
STRINGS = [
    (b"SET", lambda g: [g.key(), g.value(), *g.set_options()], BYTES),
    (b"SET", lambda g: [g.key(), g.value()], BYTES),
    (b"GET", lambda g: [g.key()], BYTES),
    (b"GET", lambda g: [g.key()], BYTES),
    (b"SETNX", lambda g: [g.key(), g.value()], BYTES),
    (b"SETEX", lambda g: [g.key(), g.seconds(), g.value()], BYTES),
    (b"PSETEX", lambda g: [g.key(), g.seconds() + b"000", g.value()], BYTES),
    (b"GETSET", lambda g: [g.key(), g.value()], BYTES),
    (b"GETDEL", lambda g: [g.key()], BYTES),
    (b"GETEX", lambda g: [g.key(), *g.pick([], [b"PERSIST"], g.expiry_options())], BYTES),
    (b"MSET", lambda g: g.pairs(g.key), BYTES),
    (b"MSETNX", lambda g: g.pairs(g.key), BYTES),
    (b"MGET", lambda g: g.some(g.key), BYTES),
    (b"APPEND", lambda g: [g.key(), g.value()], BYTES),
    (b"STRLEN", lambda g: [g.key()], BYTES),
    (b"INCR", lambda g: [g.key()], BYTES),
    (b"DECR", lambda g: [g.key()], BYTES),
    (b"INCRBY", lambda g: [g.key(), g.integer()], BYTES),
    (b"DECRBY", lambda g: [g.key(), g.integer()], BYTES),
    (b"INCRBYFLOAT", lambda g: [g.key(), g.float()], BYTES),
    (b"GETRANGE", lambda g: [g.key(), g.integer(), g.integer()], BYTES),
    (b"SUBSTR", lambda g: [g.key(), g.integer(), g.integer()], BYTES),
    (b"SETRANGE", lambda g: [g.key(), g.offset(), g.value()], BYTES),
    (
        b"LCS",
        lambda g: [g.key(), g.key(), *g.pick([], [b"LEN"], [b"IDX"], [b"IDX", b"WITHMATCHLEN", b"MINMATCHLEN", b"2"])],
        BYTES,
    ),
]
HASHES = [
    (b"HSET", lambda g: [g.key(), *g.pairs(g.field)], BYTES),
    (b"HSET", lambda g: [g.key(), *g.pairs(g.field)], BYTES),
    (b"HMSET", lambda g: [g.key(), *g.pairs(g.field)], BYTES),
    (b"HSETNX", lambda g: [g.key(), g.field(), g.value()], BYTES),
    (b"HGET", lambda g: [g.key(), g.field()], BYTES),
    (b"HMGET", lambda g: [g.key(), *g.some(g.field)], BYTES),
    (b"HGETALL", lambda g: [g.key()], PAIRS),
    (b"HKEYS", lambda g: [g.key()], BAG),
    (b"HVALS", lambda g: [g.key()], BAG),
    (b"HDEL", lambda g: [g.key(), *g.some(g.field)], BYTES),
    (b"HEXISTS", lambda g: [g.key(), g.field()], BYTES),
    (b"HLEN", lambda g: [g.key()], BYTES),
    (b"HSTRLEN", lambda g: [g.key(), g.field()], BYTES),
    (b"HINCRBY", lambda g: [g.key(), g.field(), g.integer()], BYTES),
    (b"HINCRBYFLOAT", lambda g: [g.key(), g.field(), g.float()], BYTES),
    (b"HRANDFIELD", lambda g: [g.key(), b"100"], BAG),
    (b"HRANDFIELD", lambda g: [g.key(), b"100", b"WITHVALUES"], PAIRS),
]
KEYS = [
    (b"DEL", lambda g: g.some(g.key), BYTES),
    (b"UNLINK", lambda g: g.some(g.key), BYTES),
    (b"EXISTS", lambda g: g.some(g.key), BYTES),
    (b"TYPE", lambda g: [g.key()], BYTES),
    (b"TOUCH", lambda g: g.some(g.key), BYTES),
    (b"DBSIZE", lambda g: [], BYTES),
    (b"RENAME", lambda g: [g.key(), g.key()], BYTES),
    (b"RENAMENX", lambda g: [g.key(), g.key()], BYTES),
    (b"COPY", lambda g: [g.key(), g.key(), *g.pick([], [b"REPLACE"], [b"DB", b"0"])], BYTES),
    (b"EXPIRE", lambda g: [g.key(), g.seconds(), *_conditions(g)], BYTES),
    (b"PEXPIRE", lambda g: [g.key(), g.seconds() + b"000", *_conditions(g)], BYTES),
    (b"EXPIREAT", lambda g: [g.key(), g.instant(), *_conditions(g)], BYTES),
    (b"PEXPIREAT", lambda g: [g.key(), g.instant() + b"000", *_conditions(g)], BYTES),
    (b"PERSIST", lambda g: [g.key()], BYTES),
    (b"TTL", lambda g: [g.key()], ("within", "2")),
    (b"PTTL", lambda g: [g.key()], ("within", "2000")),
    (b"EXPIRETIME", lambda g: [g.key()], ("within", "2")),
    (b"PEXPIRETIME", lambda g: [g.key()], ("within", "2000")),
    (b"KEYS", lambda g: [g.pick(b"*", b"k*", b"k?", b"[hs]1", b"k[^1-5]", b"")], BAG),
    (b"OBJECT", lambda g: [b"ENCODING", g.key()], BYTES),
]
FAMILIES = (
    STRINGS
    + HASHES
    + KEYS
    + fuzz_bits.COMMANDS
    + fuzz_hyperloglog.COMMANDS
    + fuzz_lists.COMMANDS
    + fuzz_streams.COMMANDS
    + fuzz_sortedsets.COMMANDS
    + fuzz_geo.COMMANDS
)


# With what holds other commands: only a client that expects it can follow.
ALL = FAMILIES + fuzz_connections.COMMANDS

# By type: what shows a whole value, and how that is compared.
VALUE_CHECKS = {
    b"string": [(("GET", "KEY"), BYTES)],
    b"hash": [(("HGETALL", "KEY"), PAIRS)],
    **fuzz_lists.VALUE_CHECKS,
    b"stream": fuzz_streams.CHECKS,
    **fuzz_sortedsets.VALUE_CHECKS,
}


def test_random_commands(redis_server, emporium_kv):
    print(f"\nseed {SEED}, {COMMANDS} commands (EMPORIUM_FUZZ_SEED, EMPORIUM_FUZZ_COMMANDS)")
    generator = Generator(SEED, ALL)
    queue = fuzz_connections.Queue()
    clients = [RawClient(server.port, timeout=20) for server in (redis_server, emporium_kv)]
    for client in clients:
        assert client.call("FLUSHALL") == b"+OK\r\n"
        # A key that has expired is counted and listed until it is met; the cycle meets it at its own time.
        assert client.call("DEBUG", "SET-ACTIVE-EXPIRE", "0") == b"+OK\r\n"
    history: list[bytes] = []
    differences: list[str] = []
    sent = 0
    while sent < COMMANDS and len(differences) < 30:
        size = min(generator.random.choice([1, 2, 16, 33, 100]), COMMANDS - sent)
        sent += size
        batch = []
        for words, comparison in (generator.command() for _ in range(size)):
            if MISLED_BY_ERRORS & {words[0].upper(), *words[3:4]}:
                batch.append((CLEAR_ERROR, BYTES))
            batch.append((words, comparison))
        payload = b"".join(encode(*words) for words, _ in batch)
        for client in clients:
            client.send(payload)
        for words, comparison in batch:
            history.append(b" ".join(brief(word, 60).encode() for word in words))
            expected, got = (client.reply() for client in clients)
            if not queue.same(words, expected, got, comparison):
                differences.append(
                    f"command {len(history)}: {history[-1].decode()}\n    expected  {brief(expected)}\n"
                    f"    got       {brief(got)}\n" + _past(history, words)
                )
    for client in clients:
        # It may be in a transaction; neither is an error then.
        client.call("DISCARD")
    for database in range(3):
        for client in clients:
            client.call("SELECT", str(database))
        differences += [f"database {database}: {difference}" for difference in _compare_data_sets(*clients)]
    digests = [client.call("DEBUG", "DIGEST") for client in clients]
    if not differences and digests[0] != digests[1]:
        differences.append(f"the digests of all data differ: expected {digests[0]!r}, got {digests[1]!r}")
    for client in clients:
        client.call("DEBUG", "SET-ACTIVE-EXPIRE", "1")
    report = "\n".join(differences[:10])
    assert not differences, f"seed {SEED}: {len(differences)} differences\n{report}"


def _past(history: list[bytes], words: list[bytes]) -> str:
    """The last commands that named the key, for the repro."""
    if len(words) < 2:
        return ""
    key = brief(words[1], 60).encode()
    related = [line for line in history[:-1] if key in line.split(b" ")[1:]][-6:]
    return "".join(f"      before: {line.decode()}\n" for line in related)


def _compare_data_sets(reference: RawClient, ours: RawClient) -> list[str]:
    keys = [sorted(leaf.text for leaf in decode(client.call("KEYS", "*")).items) for client in (reference, ours)]
    differences = [] if keys[0] == keys[1] else [f"the key sets differ: {set(keys[0]) ^ set(keys[1])}"]
    for key in sorted(set(keys[0]) & set(keys[1])):
        kind = reference.call("TYPE", key)
        checks = [(("TYPE", key), BYTES), (("PTTL", key), ("within", "3000")), (("OBJECT", "ENCODING", key), BYTES)]
        for words, comparison in VALUE_CHECKS[kind[1:-2]]:
            checks.append((tuple(key if word == "KEY" else word for word in words), comparison))
        for words, comparison in checks:
            expected, got = reference.call(*words), ours.call(*words)
            if not same(expected, got, comparison):
                differences.append(f"at the end: {words}\n    expected  {brief(expected)}\n    got       {brief(got)}")
    return differences


# A command that waits would do so for ever with these words.
@pytest.mark.parametrize("name", sorted({name.decode() for name, _, _ in FAMILIES if name not in fuzz_lists.BLOCKING}))
def test_arity(name, redis_server, emporium_kv):
    """Each command with zero to four arguments that mean nothing: the same words from both."""
    clients = [RawClient(server.port) for server in (redis_server, emporium_kv)]
    for count in range(5):
        for client in clients:
            client.call("FLUSHALL")
        words = [name, *(["0"] * count)]
        expected, got = (client.call(*words) for client in clients)
        assert expected == got, words
    for client in clients:
        client.close()


def test_the_generator_is_a_function_of_its_seed():
    one, other = Generator(7), Generator(7)
    assert [one.command()[0] for _ in range(500)] == [other.command()[0] for _ in range(500)]
    assert isinstance(decode(b"*0\r\n"), Aggregate)
