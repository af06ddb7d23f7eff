"""What crosses between clients, seen through real ones: messages, their replication, and what is left behind."""

from __future__ import annotations

import os
import time

import redis
from harness.processes import EmporiumKV, RedisServer
from harness.resp import RawClient, decode, encode
from test_kv_fuzz import Generator


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
        listener.call("PSUBSCRIBE", "__key*")
    past: list[bytes] = []
    differences: dict[bytes, str] = {}
    for _ in range(int(os.environ.get("EMPORIUM_FUZZ_COMMANDS", "50000")) // 10):
        words = generator.command()[0]
        past.append(b" ".join(words)[:200])
        told = []
        for client, listener in sides:
            client.send(encode(*words) + encode("PUBLISH", "__keyend", "x"))
            client.replies(2)
            events = [listener.reply()]
            while b"__keyend" not in events[-1]:
                events.append(listener.reply())
            told.append([b" ".join(leaf.text for leaf in decode(event).items[2:]) for event in events[:-1]])
        if words[0].upper() in (b"SORT", b"SORT_RO"):
            # The weights of a set's members are looked up in the order in which they happen to lie.
            told = [sorted(events) for events in told]
        if told[1] != told[0]:
            differences.setdefault(words[0].upper(), f"{past[-1]}\n    expected  {told[0]}\n    got       {told[1]}")
    assert not differences, "\n".join(differences.values())
    hits = [redis.Redis(port=server.port).info("stats") for server in (redis_server, emporium_kv)]
    for client, listener in sides:
        client.call("CONFIG", "SET", "notify-keyspace-events", "")
        listener.close()
    for name in ("keyspace_hits", "keyspace_misses"):
        assert hits[1][name] == hits[0][name], name
