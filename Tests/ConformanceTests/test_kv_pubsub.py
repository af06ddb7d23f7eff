"""What crosses between clients, seen through real ones: messages, their replication, and what is left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time

import pytest
import redis
import redis.asyncio
from harness.processes import EmporiumKV, RedisServer
from harness.resp import RawClient, decode, encode
from redis.cache import CacheConfig
from redis.connection import CacheProxyConnection
from test_kv_fuzz import CLEAR_ERROR, Generator


def eventually(condition, seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


def test_messages_reach_replicas_and_replicas_of_the_real_server():
    with EmporiumKV() as primary, EmporiumKV(primary.port) as ours, RedisServer(primary.port) as real:
        listeners = [RawClient(server.port) for server in (ours, real)]
        for listener in listeners:
            listener.call("SUBSCRIBE", "news")
            listener.call("SSUBSCRIBE", "shard")
        publisher = redis.Redis(port=primary.port)
        eventually(lambda: publisher.info("replication")["connected_slaves"] == 2)
        assert publisher.publish("news", "hello") == 0
        with publisher.pipeline() as transaction:
            transaction.set("a", 1)
            transaction.publish("news", "from a transaction")
            transaction.execute()
        publisher.execute_command("SPUBLISH", "shard", "s")
        for listener in listeners:
            assert listener.reply() == b"*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n"
            assert listener.reply() == b"*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$18\r\nfrom a transaction\r\n"
            assert listener.reply() == b"*3\r\n$8\r\nsmessage\r\n$5\r\nshard\r\n$1\r\ns\r\n"


def test_messages_of_a_real_primary_reach_our_subscribers():
    with RedisServer() as primary, EmporiumKV(primary.port) as ours:
        listener = RawClient(ours.port)
        listener.call("PSUBSCRIBE", "*")
        publisher = redis.Redis(port=primary.port)
        eventually(lambda: publisher.info("replication").get("slave0", {}).get("state") == "online")
        publisher.publish("news", "hello")
        assert listener.reply() == b"*4\r\n$8\r\npmessage\r\n$1\r\n*\r\n$4\r\nnews\r\n$5\r\nhello\r\n"


def test_a_subscriber_that_ends_leaves_nothing_behind(emporium_kv):
    client = redis.Redis(port=emporium_kv.port)
    gone = RawClient(emporium_kv.port)
    for i in range(100):
        gone.call("SUBSCRIBE", f"c{i}")
        gone.call("PSUBSCRIBE", f"p{i}*")
    assert client.info()["pubsub_channels"] == 100 and client.info()["pubsub_patterns"] == 100
    gone.close()
    eventually(lambda: client.info()["pubsub_channels"] == 0)
    assert client.pubsub_numpat() == 0 and client.publish("c1", "x") == 0


def test_many_subscribers_get_every_message_in_order(emporium_kv):
    listeners = [RawClient(emporium_kv.port) for _ in range(50)]
    for number, listener in enumerate(listeners):
        if number % 2:
            listener.call("HELLO", "3")
        listener.call("SUBSCRIBE", "feed")
    with redis.Redis(port=emporium_kv.port).pipeline(transaction=False) as pipeline:
        for number in range(500):
            pipeline.publish("feed", number)
        assert set(pipeline.execute()) == {50}
    for number, listener in enumerate(listeners):
        start = b">" if number % 2 else b"*"
        for message in range(500):
            text = str(message).encode()
            assert listener.reply() == start + b"3\r\n$7\r\nmessage\r\n$4\r\nfeed\r\n$%d\r\n%s\r\n" % (len(text), text)


def test_keyspace_events_are_the_real_server_s(redis_server, emporium_kv):
    """Random commands of all families: what is told of them, in order, and the statistics of hits and misses."""
    seed = int(os.environ.get("EMPORIUM_FUZZ_SEED", str(time.time_ns() % 1_000_000_000)))
    print(f"\nseed {seed} (EMPORIUM_FUZZ_SEED)")
    generator = Generator(seed)
    sides = [(RawClient(server.port, timeout=20), RawClient(server.port)) for server in (redis_server, emporium_kv)]
    for client, listener in sides:
        client.call("FLUSHALL")
        client.call("CONFIG", "RESETSTAT")
        client.call("CONFIG", "SET", "notify-keyspace-events", "AKEnm")
        # A cycle that expires keys would tell of it at its own time.
        client.call("DEBUG", "SET-ACTIVE-EXPIRE", "0")
        listener.call("PSUBSCRIBE", "__key*")
    past: list[bytes] = []
    differences: dict[bytes, str] = {}
    for _ in range(int(os.environ.get("EMPORIUM_FUZZ_COMMANDS", "50000")) // 10):
        words = generator.command()[0]
        past.append(b" ".join(words)[:200])
        told = []
        for client, listener in sides:
            client.send(encode(*CLEAR_ERROR) + encode(*words) + encode("PUBLISH", "__keyend", "x"))
            client.replies(3)
            events = [listener.reply()]
            while b"__keyend" not in events[-1]:
                events.append(listener.reply())
            told.append([b" ".join(leaf.text for leaf in decode(event).items[2:]) for event in events[:-1]])
        if words[0].upper().startswith(b"SORT"):
            # The order in which it reads a set's weights is a hash table's.
            told = [sorted(events) for events in told]
        if told[1] != told[0]:
            differences.setdefault(words[0].upper(), f"{past[-1]}\n    expected  {told[0]}\n    got       {told[1]}")
    assert not differences, "\n".join(differences.values())
    hits = [redis.Redis(port=server.port).info("stats") for server in (redis_server, emporium_kv)]
    for client, listener in sides:
        client.call("CONFIG", "SET", "notify-keyspace-events", "")
        client.call("DEBUG", "SET-ACTIVE-EXPIRE", "1")
        listener.close()
    for name in ("keyspace_hits", "keyspace_misses"):
        assert hits[1][name] == hits[0][name], name


def test_command_statistics_are_the_real_server_s(redis_server, emporium_kv):
    rows = []
    for server in (redis_server, emporium_kv):
        client = RawClient(server.port)
        client.call("CONFIG", "RESETSTAT")
        client.call("DEL", "s", "h")
        for words in (["SET", "s", "1"], ["GET", "s"], ["HGET", "s", "f"], ["GET"], ["CONFIG", "GET", "port", "x"]):
            client.call(*words)
        for words in (["MULTI"], ["INCR", "s"], ["LPUSH"], ["EXEC"], ["MULTI"], ["INCR", "s"], ["EXEC"]):
            client.call(*words)
        stats = redis.Redis(port=server.port).info("commandstats")
        rows.append(
            {
                name: (row["calls"], row["rejected_calls"], row["failed_calls"])
                for name, row in stats.items()
                if not name.startswith(("cmdstat_client", "cmdstat_hello"))
            }
        )
        latencies = redis.Redis(port=server.port).info("latencystats")
        assert set(latencies["latency_percentiles_usec_set"]) == {"p50", "p99", "p99.9"}
    assert rows[1] == rows[0]


def test_a_slow_command_is_caught_in_a_batch(emporium_kv):
    client = RawClient(emporium_kv.port)
    client.call("SLOWLOG", "RESET")
    client.call("CONFIG", "SET", "latency-monitor-threshold", "10")
    pipeline = [("SET", "a", "1")] * 10 + [("DEBUG", "SLEEP", "0.03")] + [("GET", "a")] * 10
    client.send(b"".join(encode(*words) for words in pipeline))
    client.replies(len(pipeline))
    entries = decode(client.call("SLOWLOG", "GET", "-1")).items
    assert [leaf.text for leaf in entries[0].items[3].items] == [b"DEBUG", b"SLEEP", b"0.03"]
    assert 30_000 <= int(entries[0].items[2].text) < 1_000_000
    latest = decode(client.call("LATENCY", "LATEST")).items
    assert any(event.items[0].text == b"command" and int(event.items[3].text) >= 30 for event in latest)
    assert b"command" in client.call("LATENCY", "GRAPH", "command")
    assert b"command" in client.call("LATENCY", "DOCTOR")
    client.call("LATENCY", "RESET")
    client.call("CONFIG", "SET", "latency-monitor-threshold", "0")


def test_a_subscriber_that_never_reads_is_let_go(emporium_kv):
    client = redis.Redis(port=emporium_kv.port)
    client.config_set("client-output-buffer-limit", "pubsub 1mb 0 0")
    deaf = RawClient(emporium_kv.port)
    deaf.call("SUBSCRIBE", "feed")

    def gone() -> bool:
        client.publish("feed", b"x" * 100_000)
        return client.pubsub_numsub("feed")[0][1] == 0

    eventually(gone, 20)
    client.config_set("client-output-buffer-limit", "pubsub 32mb 8mb 60")


def test_a_silent_client_is_let_go(emporium_kv):
    client = redis.Redis(port=emporium_kv.port)
    silent, listener = RawClient(emporium_kv.port), RawClient(emporium_kv.port)
    silent.call("PING")
    listener.call("SUBSCRIBE", "feed")
    client.config_set("timeout", 1)
    data, closed = silent.everything(quiet=5)
    assert closed and data == b""
    assert redis.Redis(port=emporium_kv.port).publish("feed", "still here") == 1
    redis.Redis(port=emporium_kv.port).config_set("timeout", 0)
    listener.close()


def test_client_side_caching_of_redis_py(emporium_kv, monkeypatch):
    # It asks for 7.4, though the protocol is that of 6.0.
    monkeypatch.setattr(CacheProxyConnection, "MIN_ALLOWED_VERSION", "7.0.0")

    writer = redis.Redis(port=emporium_kv.port, decode_responses=True)
    reader = redis.Redis(port=emporium_kv.port, protocol=3, cache_config=CacheConfig(), decode_responses=True)
    writer.set("cached", "one")
    assert reader.get("cached") == "one"
    requests = writer.info("commandstats")["cmdstat_get"]["calls"]
    assert reader.get("cached") == "one"
    assert writer.info("commandstats")["cmdstat_get"]["calls"] == requests, "the second read came from the cache"
    writer.set("cached", "two")
    time.sleep(0.05)
    assert reader.get("cached") == "two"
    reader.close()


def test_redis_py_listens(emporium_kv):
    for protocol in (2, 3):
        client = redis.Redis(port=emporium_kv.port, protocol=protocol, decode_responses=True)
        listener = client.pubsub()
        listener.subscribe("news")
        listener.psubscribe("n*")
        assert [listener.get_message(timeout=2)["type"] for _ in range(2)] == ["subscribe", "psubscribe"]
        assert client.publish("news", "hello") == 2
        assert [listener.get_message(timeout=2)["type"] for _ in range(2)] == ["message", "pmessage"]
        listener.close()


def test_redis_py_listens_with_asyncio(emporium_kv):
    async def listen() -> None:
        client = redis.asyncio.Redis(port=emporium_kv.port, protocol=3, decode_responses=True)
        async with client.pubsub() as listener:
            await listener.subscribe("news")
            assert (await listener.get_message(timeout=2))["type"] == "subscribe"
            await client.publish("news", "hello")
            assert (await listener.get_message(timeout=2))["data"] == "hello"
        await client.aclose()

    asyncio.run(listen())


@pytest.mark.parametrize("command, expected", [("MONITOR", b'"SET" "seen" "1"'), ("SUBSCRIBE news", b"hello")])
def test_redis_cli_shows_what_comes(command, expected, emporium_kv):
    process = subprocess.Popen(
        ["redis-cli", "-3", "-p", str(emporium_kv.port), *command.split()],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
    )
    time.sleep(1)
    client = redis.Redis(port=emporium_kv.port)
    client.set("seen", 1)
    client.publish("news", "hello")
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    output = process.communicate(timeout=5)[0]
    assert expected in output, output
