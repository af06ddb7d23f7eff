"""What crosses between clients, seen through real ones: messages, their replication, and what is left behind."""

from __future__ import annotations

import time

import redis
from harness.processes import EmporiumKV, RedisServer
from harness.resp import RawClient


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
