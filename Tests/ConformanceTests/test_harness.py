"""Can these tests fail? A lying server in front of a real one: each lie has to be found, and the truth has to pass."""

import socket
import threading

import pytest
from harness.kvscript import read_script, run, same, split_arguments, unescape
from harness.processes import RedisServer
from harness.resp import decode, reply_end


class LyingProxy:
    """Forwards to a redis-server and replaces one byte string in what comes back."""

    def __init__(self, port: int, truth: bytes, lie: bytes) -> None:
        self.target, self.truth, self.lie = port, truth, lie
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.target))
            threading.Thread(target=self._copy, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._copy, args=(server, client, True), daemon=True).start()

    def _copy(self, source: socket.socket, sink: socket.socket, lying: bool) -> None:
        try:
            while data := source.recv(1 << 16):
                sink.sendall(data.replace(self.truth, self.lie) if lying else data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


SCRIPT = """
SET a 1
INCR a
HSET h f v
@compare unordered
HKEYS h
TTL a
@raw *1\\r\\n$4\\r\\nPING\\r\\n
@scan SCAN
NOSUCH
"""


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "self" / "lies.kv"
    path.parent.mkdir()
    path.write_text(SCRIPT)
    return read_script(path)


@pytest.fixture(scope="module")
def other_redis():
    with RedisServer() as server:
        yield server


def test_the_truth_passes(script, redis_server, other_redis):
    proxy = LyingProxy(other_redis.port, b"never said", b"")
    assert run(script, redis_server.port, proxy.port, 2) == []


@pytest.mark.parametrize(
    "truth, lie, source",
    [
        (b":2\r\n", b":3\r\n", "INCR a"),
        (b"$1\r\nf\r\n", b"$1\r\ng\r\n", "HKEYS h"),
        (b":-1\r\n", b":-2\r\n", "TTL a"),
        (b"+PONG\r\n", b"+PONK\r\n", "@raw"),
        (b"$1\r\nh\r\n", b"$1\r\nH\r\n", "@scan SCAN"),
        (b"unknown command", b"unknown  command", "NOSUCH"),
        (b"+PONG\r\n", b"+PONG\r\n+PONG\r\n", "@raw"),
        (b"+PONG\r\n", b"", "@raw"),
    ],
)
def test_a_lie_is_found(script, redis_server, other_redis, truth, lie, source):
    proxy = LyingProxy(other_redis.port, truth, lie)
    found = run(script, redis_server.port, proxy.port, 2)
    assert any(difference.source.startswith(source) for difference in found), found


def test_replies_are_framed_at_every_split():
    reply = b"%1\r\n$3\r\nkey\r\n*3\r\n:1\r\n_\r\n~1\r\n,1.5\r\n"
    for end in range(len(reply)):
        assert reply_end(reply[:end]) is None
    assert reply_end(reply + b"+OK\r\n") == len(reply)
    assert len(decode(reply).items) == 2


def test_words_are_read_as_redis_cli_reads_them():
    assert split_arguments(r'SET "a b" \x "\x41\n" ' + "'q' repeat(\"xy\", 3)") == [
        b"SET",
        b"a b",
        rb"\x",
        b"A\n",
        b"q",
        b"xyxyxy",
    ]
    assert unescape(r"*1\r\n\xff") == b"*1\r\n\xff"
    with pytest.raises(ValueError):
        split_arguments('GET "unbalanced')


@pytest.mark.parametrize(
    "left, right, how, equal",
    [
        (b"*2\r\n:1\r\n:2\r\n", b"*2\r\n:2\r\n:1\r\n", ("unordered",), True),
        (b"*2\r\n:1\r\n:2\r\n", b"*2\r\n:2\r\n:2\r\n", ("unordered",), False),
        (b"*2\r\n:1\r\n:2\r\n", b"~2\r\n:2\r\n:1\r\n", ("unordered",), False),
        (b"*2\r\n$0\r\n\r\n$1\r\n\0\r\n", b"*2\r\n$1\r\n\0\r\n$0\r\n\r\n", ("collated",), True),
        (b"*2\r\n$1\r\na\r\n$1\r\nb\r\n", b"*2\r\n$1\r\nb\r\n$1\r\na\r\n", ("collated",), False),
        (b"*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n", b"*4\r\n:3\r\n:4\r\n:1\r\n:2\r\n", ("pairs",), True),
        (b"*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n", b"*4\r\n:3\r\n:2\r\n:1\r\n:4\r\n", ("pairs",), False),
        (b":100\r\n", b":99\r\n", ("within", "1"), True),
        (b":100\r\n", b":98\r\n", ("within", "1"), False),
        (b":-1\r\n", b":-2\r\n", ("within", "1"), False),
        (b"$1\r\na\r\n", b"$2\r\nbc\r\n", ("shape",), True),
        (b"$1\r\na\r\n", b"$-1\r\n", ("shape",), False),
        (b"-ERR a\r\n", b"+OK\r\n", ("kind",), False),
    ],
)
def test_comparisons(left, right, how, equal):
    assert same(left, right, how) is equal
