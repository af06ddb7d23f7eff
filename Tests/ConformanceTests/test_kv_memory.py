"""Memory limits: eviction under each policy, how good its choices are, freeing by and by, and expiry that keeps up.

What is random is compared as shares, ours and the real server's in the same run.
"""

from __future__ import annotations

import random
import time

import pytest
import redis
from harness.processes import EmporiumKV, RedisServer

SERVERS = {"ours": EmporiumKV, "real": RedisServer}


@pytest.fixture(params=list(SERVERS))
def server(request):
    with SERVERS[request.param]() as server:
        yield server


def connect(server, **options) -> redis.Redis:
    return redis.Redis(port=server.port, decode_responses=True, **options)


def fill(client: redis.Redis, names, size: int, **options) -> None:
    pipe = client.pipeline(transaction=False)
    for name in names:
        pipe.set(name, "x" * size, **options)
        if len(pipe) >= 500:
            pipe.execute()
    pipe.execute()


def limit(client: redis.Redis, extra: int) -> int:
    used = client.info("memory")["used_memory"]
    client.config_set("maxmemory", used + extra)
    return used + extra


POLICIES = ["allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"]


@pytest.mark.parametrize("policy", POLICIES)
def test_used_memory_stays_within_the_limit(server, policy):
    client = connect(server)
    client.config_set("maxmemory-policy", policy)
    most = limit(client, 4 << 20)
    options = {"ex": 10_000} if policy.startswith("volatile") else {}
    fill(client, (f"key:{n}" for n in range(20_000)), 1000, **options)
    info = client.info()
    assert info["evicted_keys"] > 5_000
    # Looking may evict some more.
    assert abs(client.dbsize() + info["evicted_keys"] - 20_000) <= 50
    assert info["used_memory"] < most + (256 << 10)
    assert info["maxmemory"] == most and info["maxmemory_policy"] == policy
    assert info["total_eviction_exceeded_time"] >= 0


@pytest.mark.parametrize("policy", ["volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"])
def test_only_keys_that_expire_go_under_volatile_policies(server, policy):
    client = connect(server)
    client.config_set("maxmemory-policy", policy)
    fill(client, (f"stay:{n}" for n in range(2000)), 1000)
    fill(client, (f"go:{n}" for n in range(2000)), 1000, ex=10_000)
    limit(client, 1 << 20)
    with pytest.raises(redis.ResponseError, match="command not allowed when used memory > 'maxmemory'"):
        fill(client, (f"more:{n}" for n in range(20_000)), 1000)
    assert sum(1 for _ in client.scan_iter("stay:*", count=1000)) == 2000
    assert sum(1 for _ in client.scan_iter("go:*", count=1000)) == 0


def test_few_keys_that_expire_are_found_among_many(server):
    client = connect(server)
    client.config_set("maxmemory-policy", "volatile-ttl")
    fill(client, (f"stay:{n}" for n in range(100_000)), 10)
    fill(client, (f"go:{n}" for n in range(20)), 100_000, ex=10_000)
    client.config_set("maxmemory", client.info("memory")["used_memory"] - 500_000)
    for n in range(50):
        client.set("stay:0", "y" * (n % 10))
    assert 3 <= client.info("stats")["evicted_keys"] <= 12


def test_the_first_to_expire_go_first(server):
    client = connect(server)
    client.config_set("maxmemory-policy", "volatile-ttl")
    for n in range(2000):
        client.set(f"key:{n}", "x" * 1000, ex=1000 + n)
    client.config_set("maxmemory", client.info("memory")["used_memory"] - 1_000_000)
    client.set("more", "x")
    left = {n for n in range(2000) if client.exists(f"key:{n}")}
    early = sum(1 for n in range(1000) if n in left)
    late = sum(1 for n in range(1000, 2000) if n in left)
    assert late > 850 and early < 0.7 * late, (early, late)


def test_without_a_policy_commands_are_refused(server):
    client = connect(server)
    limit(client, 1 << 20)
    with pytest.raises(redis.ResponseError, match="command not allowed when used memory > 'maxmemory'"):
        fill(client, (f"key:{n}" for n in range(20_000)), 1000)
    assert client.info("stats")["evicted_keys"] == 0
    assert client.get("key:0") == "x" * 1000
    client.delete(*[f"key:{n}" for n in range(200)])
    assert client.set("again", "x")


def test_evictions_reach_subscribers_and_replicas():
    with EmporiumKV() as primary, EmporiumKV(replica_of=primary.port) as replica, RedisServer(replica_of=primary.port) as other:
        client = connect(primary)
        client.config_set("notify-keyspace-events", "Ee")
        client.config_set("maxmemory-policy", "allkeys-lru")
        events = connect(primary).pubsub()
        events.subscribe("__keyevent@0__:evicted")
        fill(client, (f"key:{n}" for n in range(3000)), 1000)
        client.config_set("maxmemory", client.info("memory")["used_memory"] - 500_000)
        for n in range(30):
            client.set("more", "x")
        # What does not fit into one slice of time goes in the turns that follow.
        evicted = 0
        while (now := client.info("stats")["evicted_keys"]) != evicted:
            evicted = now
            time.sleep(0.2)
        assert evicted >= 300
        client.set("more", "y")
        assert client.wait(2, 5000) == 2
        told = set()
        while len(told) < evicted:
            message = events.get_message(timeout=2)
            assert message, f"{len(told)} of {evicted} told"
            if message["type"] == "message":
                told.add(message["data"])
        for copy in (connect(replica), connect(other)):
            assert copy.dbsize() == client.dbsize()
            assert not any(copy.exists(name) for name in list(told)[:50])
            assert copy.info("stats")["evicted_keys"] == 0


def hit_ratio(client: redis.Redis, policy: str, seed: int) -> float:
    """A cache in front of a slow store: keys by Zipf's law, of which a quarter fits."""
    generator = random.Random(seed)
    count = 20_000
    weights = [1 / (n + 1) ** 0.9 for n in range(count)]
    client.flushall()
    client.config_set("maxmemory-policy", policy)
    client.config_set("maxmemory", 0)
    fill(client, (f"key:{n}" for n in range(count // 4)), 400)
    limit(client, 0)
    client.flushall()
    hits = total = 0
    for turn in range(160):
        names = [f"key:{n}" for n in generator.choices(range(count), weights, k=500)]
        found = client.mget(names)
        missing = [name for name, value in zip(names, found) if value is None]
        if turn >= 60:
            hits += len(names) - len(missing)
            total += len(names)
        pipe = client.pipeline(transaction=False)
        for name in dict.fromkeys(missing):
            pipe.set(name, "x" * 400)
        pipe.execute()
        # The clock that tells who was used last has a resolution of a second.
        time.sleep(0.04)
    return hits / total


@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-lfu"])
def test_hot_keys_are_kept_as_well_as_redis_keeps_them(policy):
    seed = 20261126
    ratios = {}
    for name, kind in SERVERS.items():
        with kind() as server:
            client = connect(server)
            if name == "ours":
                client.config_set("maxmemory-samples", 5)
            ratios[name] = hit_ratio(client, policy, seed)
    print(f"hit ratio under {policy}: ours {ratios['ours']:.4f}, redis {ratios['real']:.4f}")
    assert ratios["ours"] > ratios["real"] - 0.03, ratios


def test_clients_that_hold_too_much_are_evicted(server):
    admin = connect(server)
    admin.client_setname("admin")
    admin.execute_command("CLIENT", "NO-EVICT", "ON")
    admin.config_set("maxmemory-clients", 2 << 20)
    admin.set("big", "x" * 1_000_000)
    greedy = connect(server, socket_timeout=20)
    connection = greedy.connection_pool.get_connection()
    connection.send_command("CLIENT", "SETNAME", "greedy")
    connection.read_response()
    for _ in range(40):
        try:
            connection.send_command("GET", "big")
        except redis.ConnectionError:
            break
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and any(c["name"] == "greedy" for c in admin.client_list()):
        time.sleep(0.05)
    assert not any(c["name"] == "greedy" for c in admin.client_list())
    assert any(c["name"] == "admin" for c in admin.client_list())
    assert admin.info("stats")["evicted_clients"] >= 1


# Freeing by and by


def big_value(client: redis.Redis, kind: str, key: str, count: int) -> None:
    pipe = client.pipeline(transaction=False)
    for first in range(0, count, 1000):
        names = [f"element:{n}" for n in range(first, first + 1000)]
        if kind == "hash":
            pipe.hset(key, mapping=dict.fromkeys(names, "v"))
        elif kind == "list":
            pipe.rpush(key, *names)
        elif kind == "set":
            pipe.sadd(key, *names)
        elif kind == "zset":
            pipe.zadd(key, {name: n for n, name in enumerate(names)})
        else:
            for name in names:
                pipe.xadd(key, {"f": name})
        pipe.execute()
    if kind == "stream":
        client.xgroup_create(key, "g", "0")
        client.xreadgroup("g", "c", {key: ">"}, count=count)


def settle(client: redis.Redis) -> dict:
    deadline = time.monotonic() + 20
    while client.info("memory")["lazyfree_pending_objects"] > 0:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return client.info("memory")


@pytest.mark.parametrize("kind", ["hash", "list", "set", "zset", "stream"])
def test_big_values_go_in_slices_and_leave_nothing(kind):
    with EmporiumKV() as server:
        client = connect(server)
        client.set("warm", "x")
        before = client.info("memory")["used_memory"]
        ways = {
            "DEL": lambda: client.delete("big"),
            "UNLINK": lambda: client.unlink("big"),
            "SET": lambda: client.set("big", "small"),
            "PEXPIRE": lambda: (client.pexpire("big", 1), time.sleep(0.3)),
            "RENAME": lambda: (client.set("other", "small"), client.rename("other", "big")),
            "SUNIONSTORE": lambda: (client.sadd("s", "a"), client.sunionstore("big", "s")),
            "RESTORE": lambda: (client.set("r", "a"), client.restore("big", 0, client_bytes(server).dump("r"), replace=True)),
            "FLUSHALL": lambda: client.flushall(),
            "FLUSHDB ASYNC": lambda: client.flushdb(asynchronous=True),
            "COPY REPLACE": lambda: (client.set("r", "a"), client.copy("r", "big", replace=True)),
        }
        for name, way in ways.items():
            big_value(client, kind, "big", 30_000)
            grown = client.info("memory")["used_memory"] - before
            assert grown > 300_000, (name, grown)
            freed = client.info("memory")["lazyfreed_objects"]
            way()
            info = settle(client)
            assert info["lazyfreed_objects"] > freed, name
            client.flushall()
            settle(client)
            time.sleep(0.15)
            left = client.info("memory")["used_memory"] - before
            assert left < 100_000, (name, left)


def client_bytes(server) -> redis.Redis:
    return redis.Redis(port=server.port)


def test_eviction_waits_for_what_is_freed_by_and_by():
    with EmporiumKV() as server:
        client = connect(server)
        client.config_set("maxmemory-policy", "allkeys-lru")
        big_value(client, "set", "big", 200_000)
        time.sleep(1.2)
        fill(client, (f"key:{n}" for n in range(2000)), 100)
        client.config_set("maxmemory", client.info("memory")["used_memory"] - 100_000)
        for n in range(200):
            client.set(f"more:{n}", "x")
        settle(client)
        info = client.info()
        assert info["used_memory"] <= info["maxmemory"]
        assert client.dbsize() > 1000, "more keys went than had to"


# Expiry


def test_expiry_keeps_up_with_a_tenth_of_the_keys_a_second(server):
    client = connect(server)
    count = 100_000
    pipe = client.pipeline(transaction=False)
    start = int(time.time() * 1000) + 1500
    for n in range(count):
        pipe.set(f"key:{n}", "x", pxat=start + n // 10)
        if len(pipe) >= 1000:
            pipe.execute()
    pipe.execute()
    shares = []
    for second in range(1, 6):
        time.sleep(max(0, start / 1000 + second - time.time()))
        now = int(time.time() * 1000)
        due = min(count, max(0, (now - start) * 10))
        dead = client.dbsize() - (count - due)
        shares.append(dead / max(1, client.dbsize()))
    print(server.name, "share of dead keys after each second:", " ".join(f"{share:.3f}" for share in shares))
    if isinstance(server, EmporiumKV):
        assert max(shares) < 0.15, shares
    client.config_set("active-expire-effort", 10)
    info = client.info("stats")
    assert info["expired_keys"] > 30_000 and float(info["expired_stale_perc"]) >= 0


def test_active_expiry_can_be_stopped(server):
    client = connect(server)
    client.execute_command("DEBUG", "SET-ACTIVE-EXPIRE", "0")
    fill(client, (f"key:{n}" for n in range(1000)), 1, px=1)
    time.sleep(0.5)
    assert client.dbsize() == 1000
    client.execute_command("DEBUG", "SET-ACTIVE-EXPIRE", "1")
    time.sleep(1.5)
    assert client.dbsize() == 0
