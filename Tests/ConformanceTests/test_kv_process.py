"""The server as a process, started as redis-server is: arguments, redis.conf, log, listeners, signals, users' files.

Each test starts ours and, where there is something to compare, the real redis-server the same way.
"""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
import redis
from harness.processes import KVServerProcess, emporium_binary, free_port
from redis.backoff import NoBackoff
from redis.retry import Retry


class ServerForm(KVServerProcess):
    """`redis-server …` of either kind in a directory of its own."""

    name = "redis-form"

    def __init__(self, kind: str, *arguments: str, files: dict[str, str] | None = None, port: bool = True) -> None:
        super().__init__()
        self.kind = kind
        self.arguments = list(arguments)
        if port:
            self.arguments += ["--port", str(self.port)]
        if kind == "real":
            # What ours is without being told.
            self.arguments += ["--save", ""]
        for name, text in (files or {}).items():
            (self.directory / name).write_text(text)

    def command(self) -> list[str]:
        return start_of(self.kind) + self.arguments

    def client(self, **options) -> redis.Redis:
        # One try: the default waits between several, for seconds, where a test expects to be refused.
        return redis.Redis(port=self.port, decode_responses=True, **{"retry": Retry(NoBackoff(), 0), **options})


def start_of(kind: str) -> list[str]:
    if kind == "ours":
        return [str(emporium_binary()), "redis-server"]
    executable = shutil.which("redis-server")
    assert executable, "redis-server is not installed"
    return [executable]


def run_once(kind: str, directory: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess:
    return subprocess.run(
        start_of(kind) + list(arguments), cwd=directory, input=stdin, capture_output=True, text=True, timeout=20
    )


# Starts that fail

BAD_STARTS = {
    "unknown directive": (["a.conf"], "# comment\nport 0\n\nfoo bar\n"),
    "unknown option": (["--port", "0", "--foo", "bar", "baz"], ""),
    "option without value": (["--port"], ""),
    "word before options": (["-foo"], ""),
    "unbalanced quotes": (["a.conf"], 'port "0\n'),
    "too many words": (["a.conf"], "port 0\nport 1 2\n"),
    "no number": (["a.conf", "--port", "0"], "timeout abc\n"),
    "out of range": (["a.conf"], "databases 0\n"),
    "neither yes nor no": (["a.conf"], "protected-mode maybe\n"),
    "none of the words": (["a.conf"], "maxmemory-policy all\n"),
    "no memory": (["a.conf"], "maxmemory 1x\n"),
    "not octal": (["a.conf"], "unixsocketperm 999\n"),
    "bad limits": (["a.conf"], "client-output-buffer-limit normal 0 0\n"),
    "bad save": (["a.conf"], "save 1\n"),
    "unknown command renamed": (["a.conf"], "port 0\nrename-command nosuch x\n"),
    "name taken": (["a.conf"], "port 0\nrename-command get set\n"),
    "sentinel directive": (["a.conf"], "port 0\nsentinel monitor x\n"),
    "user without a name": (["a.conf"], "port 0\nuser\n"),
    "user twice": (["a.conf"], "port 0\nuser a on\nuser a off\n"),
    "replicaof alone": (["a.conf"], "replicaof 127.0.0.1\n"),
}


@pytest.mark.parametrize("case", BAD_STARTS)
def test_a_bad_configuration_is_redis_s_fatal_error(case, tmp_path):
    arguments, text = BAD_STARTS[case]
    (tmp_path / "a.conf").write_text(text)
    real, ours = (run_once(kind, tmp_path, *arguments) for kind in ("real", "ours"))
    assert (ours.returncode, ours.stderr) == (real.returncode, real.stderr)
    assert ours.returncode == 1


def plain(log: str) -> list[str]:
    """The lines of a log without process number and time, and without warnings about the machine."""
    lines = [re.sub(r"^\d+:(\w) \d\d \w{3} \d{4} \d\d:\d\d:\d\d\.\d{3} ", r"\1 ", line) for line in log.splitlines()]
    lines = [re.sub(r"^\d+:signal-handler \(\d+\) ", "M # ", line) for line in lines]
    lines = [re.sub(r"pid=\d+", "pid=N", line) for line in lines]
    return [line for line in lines if "WARNING" not in line and line]


@pytest.mark.parametrize("arguments", [["nosuch.conf"], ["--port", "0"], ["--bind", "nosuch.invalid", "--port", "1"]])
def test_a_start_that_fails_says_so_in_the_log(arguments, tmp_path):
    real, ours = (run_once(kind, tmp_path, *arguments) for kind in ("real", "ours"))
    assert ours.returncode == real.returncode == 1
    assert plain(ours.stdout) == plain(real.stdout)


@pytest.mark.parametrize(
    "text", ["appendonly yes", "save 900 1", "cluster-enabled yes", "syslog-enabled yes", "loadmodule x.so"]
)
def test_what_is_not_provided_is_refused_in_one_line(text, tmp_path):
    (tmp_path / "a.conf").write_text(text + "\n")
    ours = run_once("ours", tmp_path, "a.conf")
    assert ours.returncode == 1
    assert re.search(r"not provided", ours.stderr)
    assert ours.stderr.startswith("\n*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***\n")


def test_version_help_and_sentinel(tmp_path):
    ours = run_once("ours", tmp_path, "--version")
    assert ours.returncode == 0 and ours.stdout.startswith("Redis server v=7.0.15 ")
    for flag in ("-h", "--help"):
        assert "Usage:" in run_once("ours", tmp_path, flag).stderr
    assert run_once("ours", tmp_path, "--sentinel").returncode == 1


def test_the_executable_is_what_it_is_called(tmp_path):
    for name in ("redis-server", "emporium-redis-server"):
        (tmp_path / name).symlink_to(emporium_binary())
        called = subprocess.run([tmp_path / name, "-v"], capture_output=True, text=True, timeout=20)
        assert called.returncode == 0 and called.stdout.startswith("Redis server v=7.0.15 ")
    (tmp_path / "redis-sentinel").symlink_to(emporium_binary())
    called = subprocess.run([tmp_path / "redis-sentinel", "x.conf"], capture_output=True, text=True, timeout=20)
    assert called.returncode != 0 and "not provided" in called.stderr


# Configuration

CONF = """\
# A comment that stays.
timeout 100

maxmemory-policy allkeys-lru
include more.conf
slave-read-only yes
notify-keyspace-events "KEA"
client-output-buffer-limit pubsub 1mb 1mb 10
user alice on >secret ~a* +get
# The end.
"""


def test_redis_conf_is_read(tmp_path):
    files = {"r.conf": CONF, "more.conf": "tcp-keepalive 77\nmaxmemory 100mb\n"}
    for kind in ("real", "ours"):
        with ServerForm(kind, "r.conf", "--hz", "50", "--loglevel", "verbose", files=files) as server:
            client = server.client()
            wanted = "timeout tcp-keepalive maxmemory-policy maxmemory notify-keyspace-events hz loglevel".split()
            found = client.config_get(*wanted)
            assert found["timeout"] == "100" and found["tcp-keepalive"] == "77" and found["maxmemory"] == "104857600"
            if kind == "real":
                real = found
    assert found == real


@pytest.fixture
def started_from_stdin(tmp_path):
    port = free_port()
    process = subprocess.Popen(
        start_of("ours") + ["-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=tmp_path
    )
    process.stdin.write(f"port {port}\ntimeout 33\n")
    process.stdin.close()
    yield process, port
    process.kill()
    process.wait()


def until(condition, seconds: float = 10.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if condition():
                return
        except (OSError, redis.RedisError):
            pass
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


def test_configuration_from_standard_input(started_from_stdin):
    process, port = started_from_stdin
    client = redis.Redis(port=port, decode_responses=True)
    until(client.ping)
    assert client.config_get("timeout") == {"timeout": "33"}


# Values that tell about the machine, the build or the way it was started.
OF_THE_MACHINE = {"dir", "port", "logfile", "save", "pidfile"}


def test_config_get_shows_all_names_and_defaults():
    with ServerForm("real") as real_server, ServerForm("ours") as our_server:
        real, ours = (server.client().config_get("*") for server in (real_server, our_server))
        assert set(ours) == set(real)
        different = {name: (real[name], ours[name]) for name in real if real[name] != ours[name]}
        assert set(different) <= OF_THE_MACHINE, different
        assert ours["dir"] == str(our_server.directory)


def test_config_rewrite_keeps_the_file_s_shape():
    written = {}
    for kind in ("real", "ours"):
        with ServerForm(kind, "r.conf", files={"r.conf": CONF, "more.conf": "tcp-keepalive 77\n"}) as server:
            client = server.client()
            client.config_set("timeout", 5, "maxmemory", "64mb", "tcp-keepalive", 60)
            client.config_set("slowlog-max-len", 7)
            client.config_set("requirepass", 'a "b"')
            client.auth('a "b"')
            client.execute_command("ACL SETUSER bob on nopass +@all ~*")
            client.config_rewrite()
            text = (server.directory / "r.conf").read_text()
            written[kind] = text.replace(str(server.directory), "DIR").replace(str(server.port), "PORT").splitlines()
    ours, real = written["ours"], written["real"]
    # The part that was there stands in its order.
    assert [line for line in CONF.splitlines() if line.startswith("#")] == [
        line for line in ours if line.startswith("#") and "Generated" not in line
    ]
    assert ours[: ours.index("# The end.")] == real[: real.index("# The end.")]
    # At the end stands what the command line said; --save was said to the real one only.
    # Redis always adds its default percentiles, too.
    assert set(ours) == set(real) - {'save ""', "latency-tracking-info-percentiles 50 99 99.9"}


def test_a_rewritten_file_can_be_started_from():
    with ServerForm("ours", "r.conf", files={"r.conf": CONF, "more.conf": ""}) as server:
        server.client().config_set("timeout", 5, "acllog-max-len", 9)
        server.client().config_rewrite()
        text = re.sub(r"(?m)^(dir|port) .*\n", "", (server.directory / "r.conf").read_text())
    with ServerForm("ours", "r.conf", files={"r.conf": text, "more.conf": ""}) as server:
        assert server.client().config_get("timeout", "acllog-max-len") == {"timeout": "5", "acllog-max-len": "9"}
        assert server.client().acl_users() == ["alice", "default"]


def test_renamed_commands():
    for kind in ("real", "ours"):
        text = 'rename-command CONFIG ""\nrename-command get fetch\n'
        with ServerForm(kind, "r.conf", files={"r.conf": text}) as server:
            client = server.client()
            client.set("k", "v")
            assert client.execute_command("FETCH", "k") == "v"
            for words in (["GET", "k"], ["CONFIG", "GET", "*"]):
                with pytest.raises(redis.ResponseError, match="unknown command"):
                    client.execute_command(*words)


# Users' files


def test_the_users_file():
    for kind in ("real", "ours"):
        users = "user default on nopass ~* &* +@all\nuser alice on >secret ~a* resetchannels -@all +get\n"
        with ServerForm(kind, "--aclfile", "users.acl", files={"users.acl": users}) as server:
            client = server.client()
            assert client.acl_users() == ["alice", "default"]
            other = server.client(username="alice", password="secret")
            other.get("a1")
            client.execute_command("ACL SETUSER bob on nopass ~* &* +@all")
            assert client.acl_save()
            lines = (server.directory / "users.acl").read_text().splitlines()
            assert sorted(line.split()[1] for line in lines) == ["alice", "bob", "default"]
            (server.directory / "users.acl").write_text("user bob off\nuser carl on nopass ~* +@all\n")
            assert client.acl_load()
            assert client.acl_users() == ["bob", "carl", "default"]
            # Connections of users that were there before are ended.
            with pytest.raises((redis.ConnectionError, redis.AuthenticationError)):
                other.connection_pool.disconnect()
                other.get("a1")
            (server.directory / "users.acl").write_text("user x on\nhello\nuser y +nosuch\nuser x off\n")
            with pytest.raises(redis.ResponseError, match="no change to the previously active ACL rules") as error:
                client.acl_load()
            message = str(error.value).replace(str(server.directory) + "/", "")
            if kind == "real":
                expected = message
            assert client.acl_users() == ["bob", "carl", "default"]
    assert message == expected


def test_users_in_both_places_are_refused(tmp_path):
    (tmp_path / "users.acl").write_text("")
    (tmp_path / "a.conf").write_text("aclfile users.acl\nuser a on\nport 1\nbind 127.0.0.1\n")
    ours = run_once("ours", tmp_path, "a.conf")
    assert ours.returncode == 1 and "not both" in ours.stdout


# Listeners


def answers(family: int, address) -> bool:
    with socket.socket(family) as client:
        client.settimeout(5)
        client.connect(address)
        client.sendall(b"PING\r\n")
        return client.recv(100) == b"+PONG\r\n"


def test_several_addresses_and_one_that_is_missing():
    with ServerForm("ours", "--bind", "127.0.0.1", "-203.0.113.7", "-::1") as server:
        assert answers(socket.AF_INET, ("127.0.0.1", server.port))
        if socket.has_ipv6:
            assert answers(socket.AF_INET6, ("::1", server.port))
            line = redis.Redis(host="::1", port=server.port).client_list()[0]
            assert line["addr"].startswith("[::1]:")
        with pytest.raises(OSError):
            answers(socket.AF_INET, ("127.0.0.2", server.port))


def test_an_address_that_must_be_there(tmp_path):
    ours = run_once("ours", tmp_path, "--bind", "127.0.0.1", "203.0.113.7", "--port", str(free_port()))
    assert ours.returncode == 1 and "Failed listening on port" in ours.stdout


def test_unix_socket():
    for kind in ("real", "ours"):
        with ServerForm(kind, "--unixsocket", "s.sock", "--unixsocketperm", "700") as server:
            path = server.directory / "s.sock"
            assert path.stat().st_mode & 0o777 == 0o700
            client = redis.Redis(unix_socket_path=str(path), decode_responses=True)
            assert client.ping()
            assert client.client_list()[0]["addr"].endswith("s.sock:0")
            assert client.client_info()["laddr"].endswith("s.sock:0")
            server.stop()
            assert not path.exists()


def test_unix_socket_alone():
    with ServerForm("ours", "--unixsocket", "s.sock") as server:
        arguments = ["--unixsocket", "t.sock", "--port", "0"]
        process = subprocess.Popen(start_of("ours") + arguments, cwd=server.directory, stdout=subprocess.DEVNULL)
        try:
            until(lambda: redis.Redis(unix_socket_path=str(server.directory / "t.sock")).ping())
        finally:
            process.terminate()
            assert process.wait(10) == 0


def test_the_port_can_change_while_it_runs():
    for kind in ("real", "ours"):
        with ServerForm(kind) as server:
            client, port = server.client(), free_port()
            assert client.config_set("port", port)
            assert client.ping(), "a connection lives on"
            assert answers(socket.AF_INET, ("127.0.0.1", port))
            with pytest.raises(OSError):
                answers(socket.AF_INET, ("127.0.0.1", server.port))
            with socket.socket() as holder:
                holder.bind(("127.0.0.1", free_port()))
                holder.listen()
                with pytest.raises(redis.ResponseError) as error:
                    client.config_set("port", holder.getsockname()[1])
            assert "Unable to listen on this port" in str(error.value)
            assert client.config_get("port") == {"port": str(port)}
            assert answers(socket.AF_INET, ("127.0.0.1", port))
            client.config_set("bind", "127.0.0.1")
            assert answers(socket.AF_INET, ("127.0.0.1", port))
            with pytest.raises(redis.ResponseError, match="Failed to bind to specified addresses"):
                client.config_set("bind", "203.0.113.7")
            assert answers(socket.AF_INET, ("127.0.0.1", port))


def outer_address() -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("198.51.100.1", 9))
            return probe.getsockname()[0]
        except OSError:
            return None


def test_protected_mode():
    address = outer_address()
    if not address or address.startswith("127."):
        pytest.skip("this machine has no address but loopback")
    said = []
    for kind in ("real", "ours"):
        with ServerForm(kind) as server:
            with socket.create_connection((address, server.port), 5) as client:
                said.append(client.recv(4096))
                assert client.recv(1) == b""
            server.client().config_set("protected-mode", "no")
            assert answers(socket.AF_INET, (address, server.port))
            server.client().config_set("protected-mode", "yes", "requirepass", "x")
            with socket.create_connection((address, server.port), 5) as client:
                client.sendall(b"PING\r\n")
                assert client.recv(100).startswith(b"-NOAUTH")
    assert said[0] == said[1]


# Limits


def test_idle_clients_are_closed():
    with ServerForm("ours", "--timeout", "1") as server:
        with socket.create_connection(("127.0.0.1", server.port), 10) as idle, socket.create_connection(
            ("127.0.0.1", server.port), 10
        ) as subscriber:
            subscriber.sendall(b"SUBSCRIBE c\r\n")
            assert subscriber.recv(100)
            assert idle.recv(1) == b""
            subscriber.sendall(b"PING\r\n")
            assert b"pong" in subscriber.recv(100)


def test_maxclients():
    with ServerForm("ours", "--maxclients", "2") as server:
        kept = [socket.create_connection(("127.0.0.1", server.port), 5) for _ in range(2)]
        for client in kept:
            client.sendall(b"PING\r\n")
            assert client.recv(10) == b"+PONG\r\n"
        with socket.create_connection(("127.0.0.1", server.port), 5) as third:
            assert third.recv(100) == b"-ERR max number of clients reached\r\n"
        for client in kept:
            client.close()


# Life of the process


def test_log_and_exit_of_a_whole_life():
    logs = []
    for kind in ("real", "ours"):
        with ServerForm(kind, "--pidfile", "server.pid", "--logfile", "server.log") as server:
            assert (server.directory / "server.pid").read_text().strip() == str(server.pid)
            assert server.stop() == 0
            assert not (server.directory / "server.pid").exists()
            logs.append(plain((server.directory / "server.log").read_text().replace(str(server.port), "PORT")))
    assert logs[0] == logs[1]


@pytest.mark.parametrize("how", ["SIGTERM", "SIGINT", "SHUTDOWN", "SHUTDOWN NOSAVE NOW"])
def test_ways_to_stop(how):
    with ServerForm("ours") as server:
        if how.startswith("SIG"):
            server.process.send_signal(signal.Signals[how])
        else:
            with pytest.raises(redis.ConnectionError):
                server.client(retry=None).execute_command(how)
        assert server.process.wait(10) == 0
        assert "ready to exit, bye bye" in server.output()


def test_daemon():
    directory_of = ServerForm("ours")
    port = directory_of.port
    started = run_once(
        "ours", directory_of.directory, "--port", str(port), "--daemonize", "yes", "--pidfile", "d.pid", "--logfile", "d.log"
    )
    assert started.returncode == 0
    client = redis.Redis(port=port, decode_responses=True)
    until(client.ping)
    pid = int((directory_of.directory / "d.pid").read_text())
    assert pid == client.info()["process_id"]
    client.shutdown(nosave=True)
    until(lambda: not Path(f"/proc/{pid}").exists())
    directory_of.dispose()


def test_a_port_that_is_taken(tmp_path):
    with ServerForm("ours") as server:
        second = run_once("ours", tmp_path, "--port", str(server.port))
        assert second.returncode == 1
        assert f"Failed listening on port {server.port} (TCP), aborting." in second.stdout
