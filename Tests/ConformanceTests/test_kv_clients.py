"""Real clients against ours: redis-py (sync, asyncio, RESP2 and RESP3), redis-cli in its modes, redis-benchmark."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
import redis.asyncio
from harness.processes import EmporiumKV, RedisServer
from harness.resp import RawClient
from redis._parsers import _HiredisParser, _RESP2Parser, _RESP3Parser


@pytest.fixture(params=[2, 3], ids=["resp2", "resp3"])
def client(request, emporium_kv):
    with redis.Redis(port=emporium_kv.port, protocol=request.param, decode_responses=True) as client:
        client.flushall()
        yield client


def test_redis_py(client):
    assert client.ping()
    assert client.set("s", "v", ex=100) and client.get("s") == "v" and 98 <= client.ttl("s") <= 100
    assert client.set("t", "x", ex=300) and client.getex("t", persist=True) == "x" and client.ttl("t") == -1
    assert client.hset("cart", mapping={"f95e2475": 1, "ee0a957a": 2}) == 2
    assert client.hgetall("cart") == {"f95e2475": "1", "ee0a957a": "2"}
    assert client.hdel("cart", "ee0a957a") == 1 and client.hget("cart", "ee0a957a") is None
    assert client.incr("n", 5) == 5 and client.incrbyfloat("f", 1.5) == 1.5
    assert client.mget("s", "none") == ["v", None]
    assert sorted(client.scan_iter("*", count=2)) == ["cart", "f", "n", "s", "t"]
    assert list(client.hscan_iter("cart")) == [("f95e2475", "1")]
    assert client.type("cart") == "hash" and client.exists("s", "t", "none") == 2
    assert client.info("server")["redis_version"] == "7.0.15"
    assert client.dbsize() == 5
    with pytest.raises(redis.ResponseError, match="WRONGTYPE Operation against a key holding the wrong kind of value"):
        client.get("cart")
    with pytest.raises(redis.ResponseError, match="value is not an integer or out of range"):
        client.incr("s")
    assert client.delete("s", "t", "cart") == 3
    assert client.client_setname("tester") and client.client_getname() == "tester"
    assert isinstance(client.client_id(), int)
    assert client.config_get("maxmemory") == {"maxmemory": "0"}


def test_redis_py_pipeline(client):
    pipeline = client.pipeline(transaction=False)
    for i in range(1000):
        pipeline.set(f"k{i}", i).get(f"k{i}")
    answers = pipeline.execute()
    assert answers[0::2] == [True] * 1000 and answers[1::2] == [str(i) for i in range(1000)]


def test_redis_py_binary(emporium_kv):
    with redis.Redis(port=emporium_kv.port) as client:
        value = bytes(range(256)) * 1000
        client.set(b"\x00\xff key", value)
        assert client.get(b"\x00\xff key") == value
        assert client.execute_command("SETEX", b"s:session", 300, b"\x80" * 29) in (True, b"OK")
        assert client.get(b"s:session") == b"\x80" * 29


PARSERS = {"python-2": (2, _RESP2Parser), "python-3": (3, _RESP3Parser), "hiredis-2": (2, _HiredisParser),
           "hiredis-3": (3, _HiredisParser)}  # fmt: skip


@pytest.mark.parametrize("parser", PARSERS)
def test_parsers_of_redis_py_read_the_same(parser, redis_server, emporium_kv):
    """Every type of reply, through redis-py's own parsers and hiredis's."""
    protocol, kind = PARSERS[parser]
    read = []
    for server in (redis_server, emporium_kv):
        pool = redis.ConnectionPool(port=server.port, protocol=protocol, parser_class=kind)
        with redis.Redis(connection_pool=pool) as client:
            client.flushall()
            client.hset("h", mapping={"f": 1, "g": b"\xff\r\n"})
            client.zadd("z", {"a": 1.5, "b": float("inf")})
            client.sadd("s", *range(3))
            client.rpush("l", *[b"x" * size for size in (0, 1, 1000, 70_000)])
            client.xadd("x", {"f": "v"}, id="1-1")
            client.xgroup_create("x", "g", "0")
            read.append(
                [
                    client.get("none"), client.hgetall("h"), client.zrange("z", 0, -1, withscores=True), client.smembers("s"),
                    client.lrange("l", 0, -1), client.xreadgroup("g", "c", {"x": ">"}), client.xinfo_stream("x")["length"],
                    client.zscore("z", "b"), client.exists("l"), client.eval("return {1, 'two', {3}, false}", 0),
                    client.config_get("maxmemory"), client.command_getkeys("MSET", "a", 1, "b", 2), client.zmscore("z", ["a", "q"]),
                    client.pipeline().set("n", 1).incr("n").hgetall("h").execute(), client.geoadd("geo", (13.4, 52.5, "Berlin")),
                    client.geopos("geo", "Berlin", "none"), client.lpos("l", "x"), client.acl_getuser("default")["enabled"],
                ]
            )  # fmt: skip
            with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
                client.incr("h")
        pool.disconnect()
    assert read[1] == read[0]


def test_redis_py_blocks_and_is_woken(emporium_kv):
    with redis.Redis(port=emporium_kv.port, decode_responses=True) as client, ThreadPoolExecutor() as pool:
        client.flushall()
        waits = [
            pool.submit(client.blpop, ["jobs", "others"], 10), pool.submit(client.bzpopmin, "scores", 10),
            pool.submit(client.xread, {"events": "$"}, None, 10_000),
        ]  # fmt: skip
        while client.info("clients")["blocked_clients"] < 3:
            time.sleep(0.01)
        client.rpush("others", "one")
        client.zadd("scores", {"m": 2})
        client.xadd("events", {"f": "v"}, id="5-5")
        assert waits[0].result(5) == ("others", "one") or waits[0].result() == ["others", "one"]
        assert list(waits[1].result(5)) == ["scores", "m", 2.0]
        assert "5-5" in str(waits[2].result(5))


def test_redis_py_transactions_meet(emporium_kv):
    """WATCH, MULTI and EXEC of clients that change the same key: nothing is lost."""
    with redis.Redis(port=emporium_kv.port) as client, ThreadPoolExecutor(8) as pool:
        client.set("sum", 0)

        def add(pipeline: redis.client.Pipeline) -> None:
            value = int(pipeline.get("sum"))
            pipeline.multi()
            pipeline.set("sum", value + 1)

        list(pool.map(lambda _: client.transaction(add, "sum"), range(200)))
        assert client.get("sum") == b"200"


@pytest.mark.parametrize("protocol", [2, 3])
def test_redis_py_asyncio(emporium_kv, protocol):
    async def work() -> None:
        async with redis.asyncio.Redis(port=emporium_kv.port, protocol=protocol, decode_responses=True) as client:
            await client.flushall()

            async def shopper(number: int) -> None:
                for quantity in range(20):
                    await client.hset(f"cart:{number}", mapping={"item": quantity})
                    assert await client.hgetall(f"cart:{number}") == {"item": str(quantity)}

            await asyncio.gather(*(shopper(number) for number in range(30)))
            assert await client.dbsize() == 30

    asyncio.run(work())


def test_many_connections(emporium_kv):
    pool = [RawClient(emporium_kv.port) for _ in range(500)]
    for number, client in enumerate(pool):
        client.send(b"ECHO %d\r\n" % number)
    for number, client in enumerate(pool):
        assert client.reply() == b"$%d\r\n%d\r\n" % (len(str(number)), number)
        client.close()


# redis-cli


def cli(server, *arguments: str, stdin: bytes | None = None, timeout: float = 20) -> str:
    done = subprocess.run(
        ["redis-cli", "-p", str(server.port), *arguments], input=stdin, capture_output=True, timeout=timeout
    )
    assert done.returncode == 0, done
    return done.stdout.decode()


@pytest.fixture
def filled(redis_server, emporium_kv):
    """Both servers with the same thousand keys."""
    for server in (redis_server, emporium_kv):
        client = redis.Redis(port=server.port)
        client.flushall()
        pipeline = client.pipeline(transaction=False)
        for i in range(1000):
            pipeline.set(f"key:{i:04}", "x" * (i % 50))
        pipeline.hset("s:5d41402a", mapping={"f95e2475": 1, "ee0a957a": 3})
        pipeline.execute()
    return redis_server, emporium_kv


@pytest.mark.parametrize(
    "arguments",
    [
        ["hgetall", "s:5d41402a"],
        ["-3", "hgetall", "s:5d41402a"],
        ["--json", "hgetall", "s:5d41402a"],
        ["-3", "--json", "mget", "key:0001", "none"],
        ["--raw", "get", "key:0010"],
        ["--no-raw", "get", "none"],
        ["get", "s:5d41402a"],
        ["-n", "3", "dbsize"],
        ["dbsize"],
        ["--csv", "hgetall", "s:5d41402a"],
        ["nosuch"],
        ["-3", "--csv", "mget", "key:0001", "none"],
        ["--quoted-input", "get", '"key:\\x30001"'],
        ["ping"],
        ["-r", "3", "incr", "counter"],
        ["set", "a"],
        ["--no-raw", "config", "get", "maxmemory"],
    ],
    ids=" ".join,
)
def test_redis_cli_prints_the_same(filled, arguments):
    expected, got = (cli(server, *arguments) for server in filled)
    assert got == expected


def test_redis_cli_scan(filled):
    expected, got = (sorted(cli(server, "--scan", "--pattern", "key:00*").split()) for server in filled)
    assert got == expected and len(got) == 100


def test_redis_cli_bigkeys(filled):
    """--bigkeys samples SCAN, TYPE, STRLEN and HLEN; the summary must be the same."""
    expected, got = (cli(server, "--bigkeys").partition("-------- summary -------")[2] for server in filled)
    assert "1001" in got and re.sub(r"'\S+' has", "has", got) == re.sub(r"'\S+' has", "has", expected)


def test_redis_cli_pipe(emporium_kv):
    commands = b"".join(
        b"*3\r\n$3\r\nSET\r\n$%d\r\npipe:%d\r\n$1\r\nv\r\n" % (len(b"pipe:%d" % i), i) for i in range(50_000)
    )
    output = cli(emporium_kv, "--pipe", stdin=commands)
    assert "errors: 0, replies: 50000" in output
    assert redis.Redis(port=emporium_kv.port).get("pipe:49999") == b"v"


def test_redis_cli_stat(emporium_kv):
    # redis-cli never flushes in this mode: only a terminal gets its lines before it is ended.
    terminal, its_side = pty.openpty()
    process = subprocess.Popen(
        ["redis-cli", "-p", str(emporium_kv.port), "--stat", "-i", "0.1"], stdout=its_side, stderr=its_side
    )
    time.sleep(1.0)
    process.send_signal(signal.SIGTERM)
    process.wait(5)
    os.set_blocking(terminal, False)
    output = os.read(terminal, 65536).decode()
    os.close(terminal)
    os.close(its_side)
    lines = [line.split() for line in output.splitlines() if re.match(r"^\d+\s", line)]
    assert len(lines) >= 3, output
    # keys, memory, clients, blocked, requests (+n), connections
    assert all(re.fullmatch(r"\d+(\.\d+)?[BKMG]", line[1]) for line in lines), output
    assert int(lines[-1][2]) >= 1 and int(lines[-1][4]) > 0


def test_redis_cli_latency(emporium_kv):
    output = cli(emporium_kv, "--latency", "--raw", "-i", "1")
    assert re.match(r"^\d+ \d+ [\d.]+ \d+", output), output


def test_redis_cli_reads_commands_from_a_file(filled):
    script = b"set a 1\nincr a\nget a\nnosuch\nhset h f v\nhgetall h\n"
    expected, got = (cli(server, stdin=script) for server in filled)
    assert got == expected


def test_redis_cli_replica_mode(emporium_kv):
    """--replica asks with SYNC, drops the copy and prints the stream."""
    process = subprocess.Popen(
        ["redis-cli", "-p", str(emporium_kv.port), "--replica"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    time.sleep(0.7)
    redis.Redis(port=emporium_kv.port).set("seen", "by the replica")
    time.sleep(0.4)
    process.send_signal(signal.SIGINT)
    output = process.communicate(timeout=5)[0].decode()
    assert "SYNC done" in output and '"by the replica"' in output, output


def printed(server, *arguments: str, seconds: float = 1.5, input_at: float = 0.6, act=None) -> str:
    """What a mode of redis-cli that does not end by itself shows on a terminal until it is interrupted."""
    terminal, its_side = pty.openpty()
    process = subprocess.Popen(["redis-cli", "-p", str(server.port), *arguments], stdin=its_side, stdout=its_side, stderr=its_side)
    time.sleep(input_at)
    if act:
        act(redis.Redis(port=server.port))
    time.sleep(seconds - input_at)
    process.send_signal(signal.SIGINT)
    process.wait(5)
    os.set_blocking(terminal, False)
    output = os.read(terminal, 1 << 20).decode(errors="replace")
    os.close(terminal)
    os.close(its_side)
    return output


def test_redis_cli_watches(filled):
    """MONITOR and subscriptions, as a terminal shows them."""

    def act(client: redis.Redis) -> None:
        client.set("seen", 1)
        client.publish("news", "hello")
        client.publish("nowhere", "unheard")

    for arguments in (["MONITOR"], ["SUBSCRIBE", "news"], ["PSUBSCRIBE", "n*s"], ["-3", "SUBSCRIBE", "news"]):
        shown = [re.sub(r"\d+\.\d+ \[\d+ [\d.]+:\d+\]", "TIME", printed(server, *arguments, act=act)) for server in filled]
        shown = ["\n".join(line for line in text.splitlines() if "CLIENT" not in line and "HELLO" not in line) for text in shown]
        assert shown[1] == shown[0] and ("hello" in shown[0]), arguments


def test_redis_cli_latency_history(emporium_kv):
    output = printed(emporium_kv, "--latency-history", "-i", "1", seconds=2.6)
    assert re.search(r"min: \d+, max: \d+, avg: [\d.]+ \(\d+ samples\)", output), output


def test_redis_cli_latency_distribution(emporium_kv):
    assert "---------------------------------------------" in printed(emporium_kv, "--latency-dist", "-i", "1", seconds=2.5)


@pytest.mark.parametrize("script", ["return {KEYS[1], ARGV[1], redis.call('GET', KEYS[1])}", "return redis.error_reply('no')", "x"])
def test_redis_cli_eval(filled, script, tmp_path):
    (tmp_path / "script.lua").write_text(script)
    arguments = ["--eval", str(tmp_path / "script.lua"), "key:0002", ",", "argument"]
    expected, got = (cli(server, *arguments) for server in filled)
    assert got == expected


def test_redis_cli_hotkeys(filled):
    """Without an LFU policy both refuse; with one the keys that are asked for come first."""
    answers = []
    for server in filled:
        done = subprocess.run(["redis-cli", "-p", str(server.port), "--hotkeys"], capture_output=True, text=True, timeout=20)
        answers.append((done.returncode, done.stderr))
    assert answers[1] == answers[0]
    hottest = []
    for server in filled:
        client = redis.Redis(port=server.port)
        client.config_set("maxmemory-policy", "allkeys-lfu")
        asked = client.pipeline(transaction=False)
        for _ in range(5000):
            asked.get("key:0042")
        asked.execute()
        found = re.search(r"hot key found with counter: (\d+)\tkeyname: (\S+)", cli(server, "--hotkeys"))
        client.config_set("maxmemory-policy", "noeviction")
        assert found and int(found[1]) > 10, server.name
        hottest.append(found[2])
    assert hottest == ['"key:0042"'] * 2


def test_redis_cli_memkeys(filled):
    """--memkeys samples MEMORY USAGE: bytes are each server's own, the counts and the kinds are the same."""
    expected, got = (cli(server, "--memkeys").partition("-------- summary -------")[2] for server in filled)
    assert "1001" in got and re.sub(r"'\S+' has \d+|\d+ bytes|avg size [\d.]+", "", got) == re.sub(
        r"'\S+' has \d+|\d+ bytes|avg size [\d.]+", "", expected
    )


def test_redis_cli_fetches_a_snapshot(filled, tmp_path):
    """--rdb, and a redis-server that starts from what it wrote."""
    real, ours = filled
    cli(ours, "--rdb", str(tmp_path / "dump.rdb"))
    with RedisServer(None, "--dir", str(tmp_path)) as reader:
        found, expected = redis.Redis(port=reader.port), redis.Redis(port=real.port)
        assert sorted(found.keys()) == sorted(expected.keys())
        assert found.hgetall("s:5d41402a") == expected.hgetall("s:5d41402a") and found.get("key:0042") == b"x" * 42


def test_redis_cli_cluster_mode_is_off(filled):
    outputs = []
    for server in filled:
        done = subprocess.run(
            ["redis-cli", "--cluster", "check", f"127.0.0.1:{server.port}"], capture_output=True, text=True, timeout=20
        )
        outputs.append((done.returncode, (done.stdout + done.stderr).replace(str(server.port), "PORT")))
    assert outputs[1] == outputs[0]


# redis-benchmark


@pytest.mark.parametrize(
    "arguments",
    [
        ["-t", "ping,set,get,incr,hset,mset", "-n", "10000", "-q"],
        ["-t", "set,get,incr,hset", "-n", "50000", "-P", "16", "-q", "-r", "10000"],
        ["-t", "set,get", "-n", "20000", "-P", "100", "-d", "1000", "-q", "-c", "20"],
        ["-3", "-t", "set,get", "-n", "5000", "-q"],
        ["-n", "2000", "-q"],
        ["-n", "2000", "-q", "-P", "16", "-r", "1000"],
        ["-n", "2000", "-q", "hgetall", "h"],
        ["-n", "2000", "-q", "setex", "key:__rand_int__", "100", "__data__"],
    ],
    ids=" ".join,
)
def test_redis_benchmark(emporium_kv, arguments):
    redis.Redis(port=emporium_kv.port).flushall()
    done = subprocess.run(
        ["redis-benchmark", "-p", str(emporium_kv.port), *arguments], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done
    assert "requests per second" in done.stdout and "Error" not in done.stdout + done.stderr, done


# The process


def test_a_taken_port_is_one_clear_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = EmporiumKV()
        server.port = taken.getsockname()[1]
        done = subprocess.run(server.command(), capture_output=True, text=True, timeout=20)
        server.dispose()
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert str(server.port) in said and "in use" in said and "Fatal error" not in said, done


def test_sigterm_stops_in_time_and_answers_what_was_asked():
    with EmporiumKV() as server:
        client = RawClient(server.port)
        assert client.call("SET", "a", "1") == b"+OK\r\n"
        started = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - started < 2
