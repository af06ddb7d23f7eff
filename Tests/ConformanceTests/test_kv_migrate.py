"""MIGRATE from ours to redis-server and back, and each error beside the real one's."""

from __future__ import annotations

import pytest
from harness.resp import RawClient


@pytest.fixture
def pair(redis_server, emporium_kv):
    clients = [RawClient(server.port) for server in (redis_server, emporium_kv)]
    for client in clients:
        client.call("FLUSHALL")
    yield (redis_server, clients[0]), (emporium_kv, clients[1])
    for client in clients:
        client.close()


@pytest.mark.parametrize("direction", [1, -1])
def test_keys_move(pair, direction):
    (_, source), (server, target) = pair[::direction]
    port = str(server.port)
    source.call("SET", "a", "1")
    source.call("HSET", "h", "f", "v", "g", "2")
    source.call("SET", "t", "x", "EX", "1000")
    assert source.call("MIGRATE", "127.0.0.1", port, "a", "0", "1000") == b"+OK\r\n"
    assert source.call("EXISTS", "a") == b":0\r\n" and target.call("GET", "a") == b"$1\r\n1\r\n"
    source.call("SET", "a", "2")
    busy = source.call("MIGRATE", "127.0.0.1", port, "a", "0", "1000")
    assert busy == b"-ERR Target instance replied with error: BUSYKEY Target key name already exists.\r\n"
    assert source.call("EXISTS", "a") == b":1\r\n"
    words = ("MIGRATE", "127.0.0.1", port, "", "0", "1000", "COPY", "REPLACE", "KEYS", "a", "none", "h", "t")
    assert source.call(*words) == b"+OK\r\n"
    assert source.call("EXISTS", "a", "h", "t") == b":3\r\n"
    assert target.call("GET", "a") == b"$1\r\n2\r\n" and target.call("HGET", "h", "g") == b"$1\r\n2\r\n"
    assert target.call("TTL", "t") in (b":1000\r\n", b":999\r\n")
    assert source.call("MIGRATE", "127.0.0.1", port, "h", "3", "1000") == b"+OK\r\n"
    target.call("SELECT", "3")
    assert target.call("HLEN", "h") == b":2\r\n"
    assert source.call("MIGRATE", "127.0.0.1", port, "a", "99", "1000").startswith(b"-ERR Target instance replied")
    assert source.call("EXISTS", "a") == b":1\r\n"


@pytest.mark.parametrize(
    "words",
    [
        "127.0.0.1 1 none 0 1000",
        "127.0.0.1 1 a 0 1000",
        "127.0.0.1 1 a x 1000",
        "127.0.0.1 1 a 0 x",
        "127.0.0.1 1 a 0 1000 BAD",
        "127.0.0.1 1 a 0 1000 AUTH",
        "127.0.0.1 1 a 0 1000 AUTH2 x",
        "127.0.0.1 1 a 0 1000 KEYS a",
        "127.0.0.1 1 a 0",
    ],
)
def test_errors(pair, words):
    replies = set()
    for _, client in pair:
        client.call("SET", "a", "1")
        replies.add(client.call("MIGRATE", *words.split()))
    assert len(replies) == 1, replies


def test_passwords(pair):
    (real, source), (ours, target) = pair
    target.call("CONFIG", "SET", "requirepass", "secret")
    try:
        for client in (source, target):
            client.call("SET", "a", "1")
        words = ("MIGRATE", "127.0.0.1", str(ours.port), "a", "0", "1000", "REPLACE", "AUTH", "secret")
        assert source.call(*words) == b"+OK\r\n"
    finally:
        target.call("CONFIG", "SET", "requirepass", "")
    source.call("CONFIG", "SET", "requirepass", "secret")
    try:
        refused = target.call("MIGRATE", "127.0.0.1", str(real.port), "a", "0", "1000", "REPLACE")
        assert refused.startswith(b"-ERR Target instance replied with error: NOAUTH")
        assert target.call("EXISTS", "a") == b":1\r\n"
        words = ("MIGRATE", "127.0.0.1", str(real.port), "a", "0", "1000", "REPLACE", "AUTH2", "default", "secret")
        assert target.call(*words) == b"+OK\r\n"
        assert target.call("EXISTS", "a") == b":0\r\n"
    finally:
        source.call("CONFIG", "SET", "requirepass", "")
