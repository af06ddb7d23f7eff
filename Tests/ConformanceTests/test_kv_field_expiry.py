"""Expiring fields of hashes: Redis 7.4's and 8.0's commands, which redis-server 7.0 lacks, so the documented replies stand here."""

from __future__ import annotations

import time

import pytest
from harness.processes import EmporiumKV, RedisServer
from harness.resp import RawClient, decode
from test_kv_replication import eventually, linked

FAR = 9_999_999_999


@pytest.fixture
def client(emporium_kv):
    client = RawClient(emporium_kv.port)
    client.call("FLUSHALL")
    yield client
    client.close()


def numbers(*values: int) -> bytes:
    return b"*%d\r\n" % len(values) + b"".join(b":%d\r\n" % value for value in values)


def strings(*values: str | None) -> bytes:
    return b"*%d\r\n" % len(values) + b"".join(
        b"$-1\r\n" if value is None else b"$%d\r\n%s\r\n" % (len(value), value.encode()) for value in values
    )


def error(text: str) -> bytes:
    return b"-" + text.encode() + b"\r\n"


def test_setting_and_asking(client):
    client.call("HSET", "h", "a", "1", "b", "2", "c", "3")
    assert client.call("HEXPIRE", "h", "100", "FIELDS", "3", "a", "b", "none") == numbers(1, 1, -2)
    assert client.call("HTTL", "h", "FIELDS", "4", "a", "b", "c", "none") == numbers(100, 100, -1, -2)
    assert client.call("HEXPIRE", "missing", "100", "FIELDS", "2", "a", "b") == numbers(-2, -2)
    assert client.call("HTTL", "missing", "FIELDS", "2", "a", "b") == numbers(-2, -2)
    assert client.call("HEXPIREAT", "h", str(FAR), "FIELDS", "1", "a") == numbers(1)
    assert client.call("HEXPIRETIME", "h", "FIELDS", "2", "a", "c") == numbers(FAR, -1)
    assert client.call("HPEXPIRETIME", "h", "FIELDS", "1", "a") == numbers(FAR * 1000)
    assert client.call("HPEXPIREAT", "h", str(FAR * 1000 + 1), "FIELDS", "1", "a") == numbers(1)
    assert client.call("HPEXPIRETIME", "h", "FIELDS", "1", "a") == numbers(FAR * 1000 + 1)
    assert client.call("HEXPIRETIME", "h", "FIELDS", "1", "a") == numbers(FAR + 1)
    assert client.call("HPEXPIRE", "h", "100000", "FIELDS", "1", "a") == numbers(1)
    left = decode(client.call("HPTTL", "h", "FIELDS", "1", "a")).items[0].text
    assert 99_000 < int(left) <= 100_000
    assert client.call("HPERSIST", "h", "FIELDS", "3", "a", "c", "none") == numbers(1, -1, -2)
    assert client.call("HTTL", "h", "FIELDS", "1", "a") == numbers(-1)
    assert client.call("HGETALL", "h") in {strings(*order) for order in _orders()}
    assert client.call("HLEN", "h") == b":3\r\n"


def _orders():
    import itertools

    for order in itertools.permutations([("a", "1"), ("b", "2"), ("c", "3")]):
        yield [word for pair in order for word in pair]


def test_conditions(client):
    client.call("HSET", "h", "a", "1", "b", "2")
    for condition, expected in [("XX", 0), ("GT", 0), ("NX", 1), ("NX", 0)]:
        assert client.call("HEXPIRE", "h", "100", condition, "FIELDS", "1", "a") == numbers(expected), condition
    assert client.call("HEXPIRE", "h", "50", "GT", "FIELDS", "1", "a") == numbers(0)
    assert client.call("HEXPIRE", "h", "200", "gt", "FIELDS", "1", "a") == numbers(1)
    assert client.call("HEXPIRE", "h", "300", "LT", "FIELDS", "1", "a") == numbers(0)
    assert client.call("HEXPIRE", "h", "60", "LT", "FIELDS", "1", "a") == numbers(1)
    assert client.call("HEXPIRE", "h", "60", "LT", "FIELDS", "1", "b") == numbers(1)
    assert client.call("HEXPIRE", "h", "70", "XX", "FIELDS", "1", "b") == numbers(1)
    assert client.call("HTTL", "h", "FIELDS", "2", "a", "b") == numbers(60, 70)


def test_the_past_removes(client):
    client.call("HSET", "h", "a", "1", "b", "2", "c", "3")
    assert client.call("HEXPIRE", "h", "0", "FIELDS", "2", "a", "none") == numbers(2, -2)
    assert client.call("HPEXPIREAT", "h", "1", "FIELDS", "1", "b") == numbers(2)
    assert client.call("HKEYS", "h") == strings("c")
    assert client.call("HEXPIREAT", "h", "1", "FIELDS", "1", "c") == numbers(2)
    assert client.call("EXISTS", "h") == b":0\r\n"


def test_fields_are_over(client):
    client.call("HSET", "h", "a", "1", "b", "2", "c", "3")
    client.call("DEBUG", "SET-ACTIVE-EXPIRE", "0")
    try:
        assert client.call("HPEXPIRE", "h", "40", "FIELDS", "2", "a", "b") == numbers(1, 1)
        time.sleep(0.06)
        assert client.call("HMGET", "h", "a", "b", "c") == strings(None, None, "3")
        assert client.call("HLEN", "h") == b":1\r\n"
        assert client.call("HTTL", "h", "FIELDS", "2", "a", "c") == numbers(-2, -1)
        client.call("HPEXPIRE", "h", "20", "FIELDS", "1", "c")
        time.sleep(0.04)
        assert client.call("HGET", "h", "c") == b"$-1\r\n"
        assert client.call("EXISTS", "h") == b":0\r\n"
    finally:
        client.call("DEBUG", "SET-ACTIVE-EXPIRE", "1")


def test_nobody_has_to_ask(client):
    """The active expiry finds fields, in slices, and the key when nothing is left of it."""
    batch = [word for i in range(5000) for word in (f"f{i}", "v")]
    client.call("HSET", "big", *batch, "stays", "v")
    client.call("HPEXPIRE", "big", "30", "FIELDS", "5000", *batch[::2])
    client.call("HSET", "gone", "f", "v")
    client.call("HPEXPIRE", "gone", "30", "FIELDS", "1", "f")
    assert eventually(lambda: client.call("DBSIZE") == b":1\r\n", "one key is left")
    assert eventually(lambda: client.call("HLEN", "big") == b":1\r\n", "one field is left")
    assert client.call("HKEYS", "big") == strings("stays")


def test_other_commands_and_the_expiry(client):
    client.call("HSET", "h", "a", "1", "b", "2", "c", "3")
    client.call("HEXPIRE", "h", "100", "FIELDS", "3", "a", "b", "c")
    client.call("HSET", "h", "a", "new")
    client.call("HINCRBY", "h", "b", "5")
    client.call("HINCRBYFLOAT", "h", "c", "0.5")
    assert client.call("HTTL", "h", "FIELDS", "3", "a", "b", "c") == numbers(-1, 100, 100)
    assert client.call("COPY", "h", "copy") == b":1\r\n"
    assert client.call("RENAME", "copy", "renamed") == b"+OK\r\n"
    assert client.call("HTTL", "renamed", "FIELDS", "3", "a", "b", "c") == numbers(-1, 100, 100)
    client.call("EXPIRE", "renamed", "1000")
    client.call("PERSIST", "renamed")
    assert client.call("HTTL", "renamed", "FIELDS", "2", "b", "c") == numbers(100, 100)
    client.call("HDEL", "h", "b")
    client.call("HSET", "h", "b", "again")
    assert client.call("HTTL", "h", "FIELDS", "2", "b", "c") == numbers(-1, 100)
    assert client.call("OBJECT", "ENCODING", "h") == b"$10\r\nlistpackex\r\n"
    client.call("HSET", "h", "long", "x" * 65)
    assert client.call("OBJECT", "ENCODING", "h") == b"$9\r\nhashtable\r\n"


def test_hgetdel(client):
    client.call("HSET", "h", "a", "1", "b", "2")
    assert client.call("HGETDEL", "h", "FIELDS", "2", "a", "none") == strings("1", None)
    assert client.call("HGETDEL", "missing", "FIELDS", "1", "a") == strings(None)
    assert client.call("HGETDEL", "h", "FIELDS", "1", "b") == strings("2")
    assert client.call("EXISTS", "h") == b":0\r\n"


def test_hgetex(client):
    client.call("HSET", "h", "a", "1", "b", "2")
    assert client.call("HGETEX", "h", "FIELDS", "2", "a", "none") == strings("1", None)
    assert client.call("HTTL", "h", "FIELDS", "1", "a") == numbers(-1)
    assert client.call("HGETEX", "h", "EX", "100", "FIELDS", "2", "a", "none") == strings("1", None)
    assert client.call("HTTL", "h", "FIELDS", "2", "a", "b") == numbers(100, -1)
    assert client.call("HGETEX", "h", "PERSIST", "FIELDS", "2", "a", "b") == strings("1", "2")
    assert client.call("HTTL", "h", "FIELDS", "2", "a", "b") == numbers(-1, -1)
    assert client.call("HGETEX", "h", "PXAT", str(FAR * 1000), "FIELDS", "1", "b") == strings("2")
    assert client.call("HPEXPIRETIME", "h", "FIELDS", "1", "b") == numbers(FAR * 1000)
    assert client.call("HGETEX", "h", "EXAT", "1", "FIELDS", "2", "a", "b") == strings("1", "2")
    assert client.call("EXISTS", "h") == b":0\r\n"


def test_hsetex(client):
    assert client.call("HSETEX", "h", "EX", "100", "FIELDS", "2", "a", "1", "b", "2") == b":1\r\n"
    assert client.call("HTTL", "h", "FIELDS", "2", "a", "b") == numbers(100, 100)
    assert client.call("HSETEX", "h", "FIELDS", "1", "a", "3") == b":1\r\n"
    assert client.call("HSETEX", "h", "KEEPTTL", "FIELDS", "2", "b", "4", "c", "5") == b":1\r\n"
    assert client.call("HTTL", "h", "FIELDS", "3", "a", "b", "c") == numbers(-1, 100, -1)
    assert client.call("HMGET", "h", "a", "b", "c") == strings("3", "4", "5")
    assert client.call("HSETEX", "h", "FNX", "FIELDS", "2", "a", "6", "d", "7") == b":0\r\n"
    assert client.call("HSETEX", "h", "FXX", "FIELDS", "2", "a", "6", "d", "7") == b":0\r\n"
    assert client.call("HSETEX", "h", "PXAT", str(FAR * 1000), "fxx", "FIELDS", "2", "a", "6", "b", "7") == b":1\r\n"
    assert client.call("HSETEX", "h", "FNX", "FIELDS", "2", "d", "8", "e", "9") == b":1\r\n"
    assert client.call("HMGET", "h", "a", "b", "d", "e") == strings("6", "7", "8", "9")
    assert client.call("HEXPIRETIME", "h", "FIELDS", "2", "a", "d") == numbers(FAR, -1)
    assert client.call("HSETEX", "missing", "FXX", "FIELDS", "1", "a", "1") == b":0\r\n"
    assert client.call("EXISTS", "missing") == b":0\r\n"
    assert client.call("HSETEX", "over", "EXAT", "1", "FIELDS", "1", "a", "1") == b":1\r\n"
    assert client.call("EXISTS", "over") == b":0\r\n"


NO_FIELDS = error("ERR Mandatory argument FIELDS is missing or not at the right position")
NOT_POSITIVE = error("ERR Number of fields must be a positive integer")
MISMATCH = error("ERR The `numfields` parameter must match the number of arguments")
NEGATIVE = error("ERR invalid expire time, must be >= 0")
WRONG_TYPE = error("WRONGTYPE Operation against a key holding the wrong kind of value")
NO_INTEGER = error("ERR value is not an integer or out of range")


@pytest.mark.parametrize(
    "words, expected",
    [
        ("HEXPIRE h 100 FIELDS 1", error("ERR wrong number of arguments for 'hexpire' command")),
        ("HEXPIRE h 100 FIELD 1 a", NO_FIELDS),
        ("HEXPIRE h 100 BAD FIELDS 1 a", NO_FIELDS),
        ("HEXPIRE h 100 NX XX FIELDS 1 a", NO_FIELDS),
        ("HEXPIRE h 100 FIELDS 0 a", error("ERR Parameter `numFields` should be greater than 0")),
        ("HEXPIRE h 100 FIELDS x a", error("ERR Parameter `numFields` should be greater than 0")),
        ("HEXPIRE h 100 FIELDS 2 a", MISMATCH),
        ("HEXPIRE h 100 FIELDS 1 a b", MISMATCH),
        ("HEXPIRE h abc FIELDS 1 a", NO_INTEGER),
        ("HEXPIRE h -1 FIELDS 1 a", NEGATIVE),
        ("HEXPIRE h 70368744177664 FIELDS 1 a", error("ERR invalid expire time in 'hexpire' command")),
        ("HPEXPIREAT h 70368744177664 FIELDS 1 a", error("ERR invalid expire time in 'hpexpireat' command")),
        ("HPEXPIREAT h 9223372036854775807 FIELDS 1 a", error("ERR invalid expire time in 'hpexpireat' command")),
        ("HEXPIRE s abc FIELDS 1 a", WRONG_TYPE),
        ("HTTL s FIELDS 1 a", WRONG_TYPE),
        ("HTTL h FIELDS 0 a", NOT_POSITIVE),
        ("HTTL h FIELDS 2 a", MISMATCH),
        ("HTTL h BAD 1 a", NO_FIELDS),
        ("HPERSIST h FIELDS x a", NOT_POSITIVE),
        ("HPERSIST s FIELDS 1 a", WRONG_TYPE),
        ("HGETDEL h FIELDS 1", error("ERR wrong number of arguments for 'hgetdel' command")),
        ("HGETDEL h BAD 1 a", NO_FIELDS),
        ("HGETDEL h FIELDS -1 a", NOT_POSITIVE),
        ("HGETDEL h FIELDS 2 a", MISMATCH),
        ("HGETDEL s FIELDS 1 a", WRONG_TYPE),
        ("HGETEX s FIELDS 1 a", WRONG_TYPE),
        ("HGETEX h FIELDS 0 a", error("ERR invalid number of fields")),
        ("HGETEX h EX -5 FIELDS 1 a", NEGATIVE),
        ("HGETEX h EX abc FIELDS 1 a", NO_INTEGER),
        (
            "HGETEX h EX 100 PERSIST FIELDS 1 a",
            error("ERR Only one of EX, PX, EXAT, PXAT or PERSIST arguments can be specified"),
        ),
        ("HGETEX h BAD FIELDS 1 a", error("ERR unknown argument: BAD")),
        (
            "HSETEX h EX 60 KEEPTTL FIELDS 1 a 1",
            error("ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified"),
        ),
        ("HSETEX h FNX FXX FIELDS 1 a 1", error("ERR Only one of FXX or FNX arguments can be specified")),
        ("HSETEX h FIELDS 2 a 1 b", error("ERR wrong number of arguments for 'hsetex' command")),
        ("HSETEX h FIELDS 2 a 1", error("ERR wrong number of arguments for 'hsetex' command")),
        ("HSETEX h PERSIST FIELDS 1 a 1", error("ERR unknown argument: PERSIST")),
        ("HSETEX s FIELDS 1 a 1", WRONG_TYPE),
    ],
)
def test_errors(client, words, expected):
    client.call("HSET", "h", "a", "1")
    client.call("SET", "s", "x")
    assert client.call(*words.split()) == expected
    assert client.call("HGETALL", "h") == strings("a", "1")
    assert client.call("HTTL", "h", "FIELDS", "1", "a") == numbers(-1)


def test_dump_keeps_the_expiry(client):
    client.call("HSET", "h", "a", "1", "b", "2")
    client.call("HPEXPIREAT", "h", str(FAR * 1000), "FIELDS", "1", "a")
    payload = decode(client.call("DUMP", "h")).text
    assert client.call("RESTORE", "copy", "0", payload) == b"+OK\r\n"
    assert client.call("HPEXPIRETIME", "copy", "FIELDS", "2", "a", "b") == numbers(FAR * 1000, -1)
    assert client.call("HMGET", "copy", "a", "b") == strings("1", "2")


def _changes(client: RawClient) -> None:
    client.call("HSET", "h", "a", "1", "b", "2", "c", "3", "d", "4.5")
    client.call("HPEXPIREAT", "h", str(FAR * 1000), "FIELDS", "3", "a", "b", "d")
    client.call("HINCRBYFLOAT", "h", "d", "1")
    client.call("HPERSIST", "h", "FIELDS", "1", "b")
    client.call("HSETEX", "h", "PXAT", str(FAR * 1000 + 5), "FIELDS", "2", "e", "5", "f", "6")
    client.call("HSETEX", "h", "KEEPTTL", "FIELDS", "1", "e", "7")
    client.call("HGETDEL", "h", "FIELDS", "1", "f")
    client.call("HGETEX", "h", "EXAT", str(FAR), "FIELDS", "1", "c")
    client.call("HSETEX", "short", "PX", "150", "FIELDS", "2", "x", "1", "y", "2")
    client.call("HSET", "short", "z", "3")


def _settled(client: RawClient) -> dict[str, str]:
    return {key: sorted(leaf.text for leaf in decode(client.call("HGETALL", key)).items) for key in ("h", "short")}


@pytest.mark.parametrize("replica_class", [EmporiumKV, RedisServer])
def test_replicas(replica_class):
    """Ours has the same expiries; redis-server 7.0 the same fields, and loses them when the primary says so."""
    with EmporiumKV() as primary, replica_class() as replica:
        writer, reader = RawClient(primary.port), RawClient(replica.port)
        writer.call("HSET", "before", "a", "1", "b", "2")
        writer.call("HPEXPIREAT", "before", str(FAR * 1000), "FIELDS", "1", "a")
        reader.call("REPLICAOF", "127.0.0.1", str(primary.port))
        eventually(lambda: linked(reader), "the link is up")
        _changes(writer)
        eventually(lambda: b"z" in reader.call("HKEYS", "short"), "the stream arrives")
        eventually(lambda: writer.call("HLEN", "short") == b":1\r\n", "two fields are over")
        eventually(lambda: reader.call("HLEN", "short") == b":1\r\n", "the replica hears of it")
        assert _settled(writer) == _settled(reader)
        assert reader.call("HGET", "before", "a") == b"$1\r\n1\r\n"
        if replica_class is EmporiumKV:
            for words in [
                ("HPEXPIRETIME", "before", "FIELDS", "2", "a", "b"),
                ("HPEXPIRETIME", "h", "FIELDS", "6", "a", "b", "c", "d", "e", "f"),
            ]:
                assert reader.call(*words) == writer.call(*words)
        assert linked(reader)
