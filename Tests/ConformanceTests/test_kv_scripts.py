"""Scripts beyond what golden scripts can tell: long runs beside other clients, effects that reach a replica, a library
that lives by Lua, and mutated scripts by the thousand, none of which may end the server.

    EMPORIUM_FUZZ_COMMANDS=100000 EMPORIUM_FUZZ_SEED=42 pytest Tests/ConformanceTests/test_kv_scripts.py
"""

from __future__ import annotations

import os
import random
import re
import threading
import time

import pytest
import redis
from harness.kvscript import read_script
from harness.processes import REPOSITORY, EmporiumKV
from harness.resp import RawClient

RUNS = int(os.environ.get("EMPORIUM_FUZZ_COMMANDS", "20000"))
SEED = int(os.environ.get("EMPORIUM_FUZZ_SEED", str(time.time_ns() % 1_000_000_000)))


class Busy:
    """A connection whose script runs until somebody ends it."""

    def __init__(self, port: int, *command: str) -> None:
        self.client = RawClient(port, timeout=20)
        self.reply: bytes | None = None
        self.thread = threading.Thread(target=self._run, args=command)
        self.thread.start()
        probe = RawClient(port, timeout=20)
        deadline = time.monotonic() + 10
        while not probe.call("GET", "x").startswith(b"-BUSY"):
            assert time.monotonic() < deadline, "the server never was busy"
            time.sleep(0.01)
        probe.close()

    def _run(self, *command: str) -> None:
        try:
            self.reply = self.client.call(*command)
        except Exception as error:  # the server may go
            self.reply = repr(error).encode()

    def end(self) -> bytes:
        self.thread.join(20)
        self.client.close()
        return self.reply


LOOP = "while true do end"
STUBBORN = "while true do pcall(function() while true do end end) end"
LIBRARY = "#!lua name=slow\nredis.register_function('forever', function() while true do end end)"


def tell_while_busy(port: int, command: list[str], questions: list[list[str]]) -> list[bytes]:
    busy = Busy(port, *command)
    client = RawClient(port, timeout=20)
    answers = [client.call(*question) for question in questions]
    client.close()
    return [*answers, busy.end()]


@pytest.mark.parametrize("body", [LOOP, STUBBORN])
def test_other_clients_while_a_script_runs(body, redis_server, emporium_kv):
    questions = [
        ["GET", "a"], ["SHUTDOWN"], ["SHUTDOWN", "SAVE"], ["EXEC"], ["FOO"], ["GET"], ["PING"], ["COMMAND"],
        ["SCRIPT", "EXISTS", "a"], ["FUNCTION", "STATS"], ["FUNCTION", "KILL"], ["SCRIPT", "KILL", "x"],
        ["MULTI"], ["GET", "a"], ["DISCARD"], ["WATCH", "a"], ["UNWATCH"], ["RESET"], ["SCRIPT", "KILL"],
    ]  # fmt: skip
    told = []
    for server in (redis_server, emporium_kv):
        setting = RawClient(server.port)
        assert setting.call("CONFIG", "SET", "busy-reply-threshold", "50") == b"+OK\r\n"
        told.append(tell_while_busy(server.port, ["EVAL", body, "0"], questions))
        assert setting.call("PING") == b"+PONG\r\n"
        assert setting.call("CONFIG", "SET", "busy-reply-threshold", "5000") == b"+OK\r\n"
        setting.close()
    assert told[0] == told[1]


def test_other_clients_while_a_function_runs(redis_server, emporium_kv):
    told = []
    for server in (redis_server, emporium_kv):
        setting = RawClient(server.port)
        setting.call("CONFIG", "SET", "busy-reply-threshold", "50")
        setting.call("FUNCTION", "FLUSH")
        assert setting.call("FUNCTION", "LOAD", LIBRARY) == b"$4\r\nslow\r\n"
        questions = [["GET", "a"], ["SCRIPT", "KILL"], ["FUNCTION", "STATS"], ["FUNCTION", "KILL"]]
        answers = tell_while_busy(server.port, ["FCALL", "forever", "1", "k", "arg"], questions)
        told.append([re.sub(rb"duration_ms\r\n:\d+", b"duration_ms", answer) for answer in answers])
        setting.call("FUNCTION", "FLUSH")
        setting.call("CONFIG", "SET", "busy-reply-threshold", "5000")
        setting.close()
    assert told[0] == told[1]


def test_a_script_that_wrote_is_only_ended_with_the_server():
    with EmporiumKV() as server:
        client = RawClient(server.port, timeout=20)
        client.call("CONFIG", "SET", "busy-reply-threshold", "50")
        busy = Busy(server.port, "EVAL", "redis.call('set','k','v') while true do end", "0")
        assert client.call("SCRIPT", "KILL").startswith(b"-UNKILLABLE ")
        client.send(b"SHUTDOWN NOSAVE\r\n")
        busy.end()
        deadline = time.monotonic() + 10
        while server.is_alive() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not server.is_alive()


def test_a_client_that_leaves_during_its_script():
    with EmporiumKV() as server:
        client = RawClient(server.port, timeout=20)
        client.call("CONFIG", "SET", "busy-reply-threshold", "50")
        gone = RawClient(server.port)
        gone.send(b"*3\r\n$4\r\nEVAL\r\n$17\r\nwhile true do end\r\n$1\r\n0\r\n" * 2)
        deadline = time.monotonic() + 10
        while not client.call("PING").startswith(b"-BUSY"):
            assert time.monotonic() < deadline
        gone.close()
        time.sleep(0.2)
        for _ in range(2):
            client.call("SCRIPT", "KILL")
            time.sleep(0.3)
        deadline = time.monotonic() + 10
        while client.call("PING") != b"+PONG\r\n":
            client.call("SCRIPT", "KILL")
            assert time.monotonic() < deadline


# Mutated scripts.


def seeds() -> list[bytes]:
    folder = REPOSITORY / "Tests" / "Golden" / "kv" / "scripting"
    found = []
    for path in sorted(folder.glob("*.kv")):
        for step in read_script(path).steps:
            if step.arguments and step.arguments[0] == b"EVAL" and len(step.arguments) > 2:
                found.append(step.arguments[1])
    return found


TOKENS = [b"nil", b"{}", b"''", b"-1", b"0", b"1e308", b"2^53", b"0/0", b"(", b")", b"[", b"]", b"..", b"#", b"_G", b"string",
          b"redis", b"redis.call", b"redis.pcall", b"setmetatable", b"getmetatable", b"rawset", b"cjson.decode", b"cjson.encode",
          b"cmsgpack.unpack", b"cmsgpack.pack", b"struct.unpack", b"struct.pack", b"bit.tobit", b"coroutine.wrap", b"pcall", b"error",
          b"unpack", b"string.rep('x',1000)", b"string.format", b"string.gsub", b"table.sort", b"table.concat", b"function() end",
          b"KEYS", b"ARGV", b" ", b"\n", b"\x00", b"\xff", b"\x1bLua", b"while true do ", b" end ", b"return "]  # fmt: skip


def mutate(r: random.Random, corpus: list[bytes]) -> bytes:
    text = bytearray(r.choice(corpus))
    for _ in range(r.randint(1, 4)):
        place = r.randint(0, len(text))
        kind = r.random()
        if kind < 0.3:
            text[place:place] = r.choice(TOKENS)
        elif kind < 0.5:
            text[place : place + r.randint(1, 6)] = b""
        elif kind < 0.7:
            other = r.choice(corpus)
            start = r.randint(0, len(other))
            text[place : place + r.randint(0, 10)] = other[start : start + r.randint(1, 40)]
        elif kind < 0.9:
            words = list(re.finditer(rb"\w+", bytes(text)))
            if words:
                word = r.choice(words)
                text[word.start() : word.end()] = r.choice(TOKENS)
        elif text:
            text[place % len(text)] = r.randrange(256)
    return bytes(text)


def test_mutated_scripts():
    print(f"\nseed {SEED}, {RUNS} scripts (EMPORIUM_FUZZ_SEED, EMPORIUM_FUZZ_COMMANDS)")
    r = random.Random(SEED)
    corpus = seeds()
    with EmporiumKV() as server:
        client = RawClient(server.port, timeout=60)
        killer = RawClient(server.port, timeout=60)
        client.call("CONFIG", "SET", "busy-reply-threshold", "20")
        stop = threading.Event()

        def end_the_endless() -> None:
            while not stop.wait(0.1):
                try:
                    killer.call("SCRIPT", "KILL")
                except Exception:
                    return  # the server is gone; the test says so

        thread = threading.Thread(target=end_the_endless)
        thread.start()
        script = b""
        try:
            for number in range(RUNS):
                script = mutate(r, corpus)
                # Read-only, so that every script can be ended.
                reply = client.call("EVAL_RO", script, "1", "k", mutate(r, corpus))
                assert reply[:1] in b"+-:$*%~_#,(=", reply[:50]
                if number % 1000 == 999:
                    client.call("SCRIPT", "FLUSH")
            assert client.call("PING") == b"+PONG\r\n"
        except Exception as error:
            raise AssertionError(f"seed {SEED}: after {script!r}: {error!r}\n{server.output()}") from error
        finally:
            stop.set()
            thread.join()
        assert server.is_alive(), server.output()


def test_memory_has_a_limit(emporium_kv):
    client = RawClient(emporium_kv.port, timeout=60)
    for body in ("local s = 'x' while true do s = s .. s end", "return cjson.encode(string.rep('\\1', 2^27))"):
        assert b"not enough memory" in client.call("EVAL", body, "0"), body
        # What the script left behind is not in the way of the next.
        assert client.call("EVAL", "return #string.rep('x', 1000000)", "0") == b":1000000\r\n"
    pattern = "return string.find(string.rep('a', 10000), string.rep('a?', 100000))"
    assert b"pattern too complex" in client.call("EVAL", pattern, "0")
    client.close()


# What lives by Lua.


def test_redis_py_scripts_and_locks(emporium_kv):
    client = redis.Redis(port=emporium_kv.port)
    multiply = client.register_script("return redis.call('GET', KEYS[1]) * ARGV[1]")
    client.set("number", 6)
    assert multiply(keys=["number"], args=[7]) == 42
    client.script_flush()
    assert multiply(keys=["number"], args=[7]) == 42
    with client.pipeline() as pipeline:
        multiply(keys=["number"], args=[2], client=pipeline)
        assert pipeline.execute() == [12]
    lock = client.lock("lock", timeout=5)
    assert lock.acquire(blocking=False)
    assert not client.lock("lock", timeout=5).acquire(blocking=False)
    lock.extend(10)
    assert 10_000 < client.pttl("lock") <= 15_000
    lock.reacquire()
    assert client.pttl("lock") <= 5_000
    lock.release()
    with pytest.raises(redis.exceptions.LockError):
        lock.release()
    counters = []

    def count() -> None:
        own = redis.Redis(port=emporium_kv.port)
        for _ in range(20):
            with own.lock("guard", timeout=10, sleep=0.001):
                value = int(own.get("counter") or 0)
                own.set("counter", value + 1)
        counters.append(1)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(counters) == 4 and client.get("counter") == b"80"
    client.function_flush()
    client.function_load("#!lua name=shop\nredis.register_function('total', function(k) return redis.call('strlen', k[1]) end)")
    assert client.fcall("total", 1, "number") == 1
    assert client.function_stats() is not None
    client.close()


def test_effects_reach_a_replica():
    with EmporiumKV() as primary, EmporiumKV() as replica:
        one, other = redis.Redis(port=primary.port), redis.Redis(port=replica.port)
        one.function_load("#!lua name=early\nredis.register_function('early', function() return 'early' end)")
        other.replicaof("127.0.0.1", primary.port)
        deadline = time.monotonic() + 20
        while other.info("replication").get("master_link_status") != "up":
            assert time.monotonic() < deadline
            time.sleep(0.05)
        one.eval("redis.call('set', KEYS[1], math.random()) redis.call('incr', KEYS[2])", 2, "random", "count")
        one.eval("redis.set_repl(redis.REPL_NONE) redis.call('set','here','1') redis.set_repl(redis.REPL_ALL) redis.call('set','there','1')", 0)
        one.function_load("#!lua name=late\nredis.register_function('late', function() return redis.call('get','x') end)")
        with one.pipeline() as pipeline:
            pipeline.eval("return redis.call('incr', KEYS[1])", 1, "count")
            pipeline.set("end", "1")
            pipeline.execute()
        while not other.exists("end"):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert other.get("random") == one.get("random")
        assert other.get("count") == b"2"
        assert other.get("there") == b"1" and other.get("here") is None
        assert {library[1] for library in other.function_list()} == {b"early", b"late"}
        with pytest.raises(redis.exceptions.ReadOnlyError):
            other.eval("return redis.call('set','k','v')", 0)
        assert other.eval("return redis.call('get','there')", 0) == b"1"
