"""Streams beyond single replies: nodes of all sizes, what replicas get, snapshots, many readers that wait."""

from __future__ import annotations

import random
import time

import pytest
from harness import fuzz_streams
from harness.kvscript import brief, same
from harness.processes import EmporiumKV, RedisServer
from harness.resp import RawClient, decode, encode
from test_kv_fuzz import COMMANDS, SEED, Generator
from test_kv_replication import eventually, linked

PAIRS = [
    pytest.param(EmporiumKV, EmporiumKV, id="ours-follows-ours"),
    pytest.param(EmporiumKV, RedisServer, id="redis-follows-ours"),
    pytest.param(RedisServer, EmporiumKV, id="ours-follows-redis"),
]
ROWS = [tuple(row) for weight, *row in fuzz_streams.ROWS for _ in range(weight)]


def commands(seed: int, count: int):
    generator = Generator(seed)
    for _ in range(count):
        name, arguments, comparison = generator.random.choice(ROWS)
        yield [name, *arguments(generator)], comparison


@pytest.mark.parametrize("protocol, entries", [(2, 10), (3, 3), (2, 100)])
def test_nodes_end_where_redis_s_end(protocol, entries, redis_server, emporium_kv):
    """XINFO shows how many nodes there are, and `~` removes whole ones."""
    print(f"\nseed {SEED} (EMPORIUM_FUZZ_SEED)")
    clients = [RawClient(server.port, timeout=20) for server in (redis_server, emporium_kv)]
    for client in clients:
        client.call("FLUSHALL")
        # Set once: redis 7.0.15 corrupts its memory when the size of nodes changes under a stream.
        client.call("CONFIG", "SET", "stream-node-max-entries", str(entries))
        if protocol == 3:
            client.call("HELLO", "3")
    differences = []
    for words, comparison in commands(SEED, COMMANDS // 4):
        expected, got = (client.call(*words) for client in clients)
        if not same(expected, got, comparison):
            differences.append(f"{[brief(word, 40) for word in words]}\n    {brief(expected)}\n    {brief(got)}")
    assert not differences, f"{len(differences)} differences\n" + "\n".join(differences[:5])


def shown(client: RawClient) -> dict[bytes, bytes]:
    """Every stream with its groups; times of last sight are each server's own and not replicated."""
    found = {}
    for leaf in decode(client.call("KEYS", "*")).items:
        if client.call("TYPE", leaf.text) == b"+stream\r\n":
            found[leaf.text] = client.call("XINFO", "STREAM", leaf.text, "FULL", "COUNT", "0")
    return found


SEEN = ("masked", r"seen-time\r\n:\d+")


@pytest.mark.parametrize("primary_kind, replica_kind", PAIRS)
def test_a_replica_has_the_same_streams_and_groups(primary_kind, replica_kind):
    with primary_kind() as primary, replica_kind(primary.port) as replica:
        writer, reader = RawClient(primary.port, timeout=20), RawClient(replica.port)
        for client in (writer, reader):
            client.call("CONFIG", "SET", "stream-node-max-entries", "10")
        eventually(lambda: linked(reader), "the link is up")
        for words, _ in commands(20261125, 6000):
            # Redis does not tell its replicas all that XREADGROUP changes: entries-read, and consumers that got nothing.
            if words[0].upper() == b"CONFIG" or primary_kind is RedisServer and words[0].upper() == b"XREADGROUP":
                continue
            writer.call(*words)
        # Readers that waited are served by the write of another client.
        writer.call("XGROUP", "CREATE", "waited", "g", "$", "MKSTREAM")
        if primary_kind is EmporiumKV:
            waiting = RawClient(primary.port)
            waiting.send(encode(*b"XREADGROUP GROUP g c BLOCK 0 STREAMS waited >".split()))
            time.sleep(0.1)
            writer.call("XADD", "waited", "*", "a", "b")
            assert waiting.reply().startswith(b"*1\r\n")
        writer.call("XADD", "waited", "MAXLEN", "~", "1", "*", "a", "b")

        def equal():
            left, right = shown(writer), shown(reader)
            return left.keys() == right.keys() and all(same(left[key], right[key], SEEN) for key in left)

        try:
            eventually(equal, "equal streams", timeout=8)
        except AssertionError:
            left, right = shown(writer), shown(reader)
            wrong = [key for key in {*left, *right} if not same(left.get(key, b""), right.get(key, b""), SEEN)]
            pairs = list(zip(left[wrong[0]].split(b"\r\n"), right[wrong[0]].split(b"\r\n")))
            first = next((i for i, (a, b) in enumerate(pairs) if a != b), 0)
            raise AssertionError(f"{wrong}: {pairs[max(0, first - 12):first + 8]}") from None
        assert len(shown(writer)) >= 4


@pytest.mark.parametrize("primary_kind, replica_kind", PAIRS)
def test_a_snapshot_holds_streams_and_groups(primary_kind, replica_kind):
    with primary_kind() as primary:
        writer = RawClient(primary.port, timeout=20)
        for words, _ in commands(7, 5000):
            writer.call(*words)
        with replica_kind(primary.port) as replica:
            reader = RawClient(replica.port)
            eventually(lambda: linked(reader), "the link is up")
            left, right = shown(writer), shown(reader)
            assert left.keys() == right.keys() and len(left) >= 4
            for key in left:
                assert left[key] == right[key], key


def test_a_dump_is_redis_s(redis_server, emporium_kv):
    real, ours = (RawClient(server.port) for server in (redis_server, emporium_kv))
    for client in (real, ours):
        client.call("FLUSHALL")
        client.call("CONFIG", "SET", "stream-node-max-entries", "7")
    r = random.Random(3)
    for number in range(1, 200):
        fields = r.choice([["a", "b"], ["a", "b"], ["c"], ["1", "2"]])
        words = ["XADD", "s", f"{number * r.choice([1, 1])}-{r.randint(0, 300)}"]
        for field in fields:
            words += [field, r.choice(["1", "-5000", "x" * r.randint(0, 200), "123456789012"])]
        for client in (real, ours):
            client.call(*words)
    for words in [("XDEL", "s", "5-1", "9-0"), ("XTRIM", "s", "MAXLEN", "150"), ("XGROUP", "CREATE", "s", "g", "100")]:
        for client in (real, ours):
            client.call(*words)
    assert real.call("DUMP", "s") == ours.call("DUMP", "s")
    assert real.call("DEBUG", "DIGEST-VALUE", "s") == ours.call("DEBUG", "DIGEST-VALUE", "s")


def test_many_readers_that_wait(emporium_kv):
    writer = RawClient(emporium_kv.port)
    writer.call("FLUSHALL")
    readers = [RawClient(emporium_kv.port) for _ in range(200)]
    for reader in readers:
        reader.send(b"*6\r\n$5\r\nXREAD\r\n$5\r\nBLOCK\r\n$1\r\n0\r\n$7\r\nSTREAMS\r\n$1\r\nq\r\n$1\r\n$\r\n")
    time.sleep(0.3)
    writer.call("XADD", "q", "1-1", "a", "b")
    for reader in readers:
        assert reader.reply() == b"*1\r\n*2\r\n$1\r\nq\r\n*1\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n"
        reader.close()
    assert writer.call("PING") == b"+PONG\r\n"
