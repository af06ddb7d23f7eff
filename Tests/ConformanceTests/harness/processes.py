"""Servers under test and their peers, as child processes on ports of our own.

    EmporiumKV  RedisServer       both: .port, .pid, .start(), .stop(), .kill(), .resident_bytes()
    EmporiumSQL PostgreSQLServer

Every server gets a temporary directory that is removed with it. A server that does not answer in time fails the test
with the server's own output. Nothing outlives the test process: children die with their parent
(PR_SET_PDEATHSIG), and a janitor removes the directories.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
FIRST_PORT = int(os.environ.get("EMPORIUM_TEST_FIRST_PORT", "17600"))
LAST_PORT = FIRST_PORT + 199
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def emporium_binary() -> Path:
    """The executable under test: EMPORIUM_BIN, else the release build of this repository."""
    path = Path(os.environ.get("EMPORIUM_BIN", REPOSITORY / ".build" / "release" / "emporium")).absolute()
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist: build it (swift build -c release) or set EMPORIUM_BIN")
    return path


def free_port() -> int:
    """A port of the test range that nobody listens on. Each call goes on from the last, so neighbours differ."""
    for _ in range(LAST_PORT - FIRST_PORT + 1):
        free_port.last = FIRST_PORT + (free_port.last - FIRST_PORT + 1) % (LAST_PORT - FIRST_PORT + 1)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", free_port.last))
                return free_port.last
            except OSError:
                continue
    raise RuntimeError(f"no free port in {FIRST_PORT}-{LAST_PORT}")


free_port.last = FIRST_PORT + os.getpid() % 200


def die_with_parent(how: signal.Signals) -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, int(how))


class _Janitor:
    """A shell that outlives us by a second and removes our directories, should we be killed before we do it ourselves.
    It reads their names and learns of our end by the end of its input."""

    process: subprocess.Popen | None = None

    @classmethod
    def remember(cls, directory: Path) -> None:
        if cls.process is None:
            script = 'while IFS= read -r name; do set -- "$@" "$name"; done; sleep 1; [ $# -eq 0 ] || rm -rf -- "$@"'
            cls.process = subprocess.Popen(["sh", "-c", script], stdin=subprocess.PIPE, start_new_session=True)
        cls.process.stdin.write(f"{directory}\n".encode())
        cls.process.stdin.flush()


class ServerProcess:
    """One server process with a directory of its own."""

    name = "server"
    start_timeout = 20.0

    def __init__(self) -> None:
        self.port = free_port()
        self.directory = Path(tempfile.mkdtemp(prefix=f"emporium-test-{self.name}-"))
        self.process: subprocess.Popen | None = None
        _Janitor.remember(self.directory)
        atexit.register(self.dispose)

    # What a subclass says about itself.

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    def answers(self) -> bool:
        raise NotImplementedError

    # Whom it runs as: nothing, or Popen's user and group.
    identity: dict[str, object] = {}
    stop_signal = signal.SIGTERM

    # Life.

    def start(self) -> "ServerProcess":
        self.log = open(self.directory / "output.log", "ab")
        self.process = subprocess.Popen(
            self.command(),
            env=self.environment(),
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: die_with_parent(self.stop_signal),
            **self.identity,
        )
        deadline = time.monotonic() + self.start_timeout
        while True:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended with {self.process.returncode} at start:\n{self.output()}")
            if self.answers():
                return self
            if time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"{self.name} did not answer in {self.start_timeout} s:\n{self.output()}")
            time.sleep(0.01)

    @property
    def pid(self) -> int:
        return self.process.pid

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def output(self) -> str:
        path = self.directory / "output.log"
        return path.read_text(errors="replace")[-4000:] if path.exists() else ""

    def resident_bytes(self) -> int:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        return 0

    def stop(self, timeout: float = 10.0) -> int:
        """Asks politely, waits, and returns the exit status; one that does not end is killed and fails the test."""
        if not self.is_alive():
            return self.process.returncode if self.process else 0
        self.process.send_signal(self.stop_signal)
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise RuntimeError(f"{self.name} did not stop within {timeout} s of {self.stop_signal.name}") from None

    def kill(self) -> None:
        if self.is_alive():
            self.process.kill()
            self.process.wait()

    def dispose(self) -> None:
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> "ServerProcess":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.dispose()


class KVServerProcess(ServerProcess):
    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as client:
                client.settimeout(1)
                client.sendall(b"PING\r\n")
                return client.recv(64).startswith((b"+PONG", b"-NOAUTH"))
        except OSError:
            return False


class EmporiumKV(KVServerProcess):
    name = "cart-data"

    def __init__(self, replica_of: int | None = None, *arguments: str) -> None:
        super().__init__()
        self.replica_of = replica_of
        self.arguments = list(arguments)

    def command(self) -> list[str]:
        command = [str(emporium_binary()), "cart-data", "--bind", "127.0.0.1", "--port", str(self.port)]
        command += ["--data-dir", str(self.directory)]
        if self.replica_of is not None:
            command += ["--replicaof", "127.0.0.1", str(self.replica_of)]
        return command + self.arguments


class RedisServer(KVServerProcess):
    name = "redis-server"

    def __init__(self, replica_of: int | None = None, *arguments: str) -> None:
        super().__init__()
        self.replica_of = replica_of
        self.arguments = list(arguments)

    def command(self) -> list[str]:
        executable = shutil.which("redis-server")
        if executable is None:
            raise FileNotFoundError("redis-server is not installed (Debian: apt-get install redis-server)")
        command = [executable, "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.directory)]
        command += ["--save", "", "--appendonly", "no", "--daemonize", "no", "--repl-diskless-sync-delay", "0"]
        command += ["--enable-debug-command", "yes"]
        if self.replica_of is not None:
            command += ["--replicaof", "127.0.0.1", str(self.replica_of)]
        return command + self.arguments


class SQLServerProcess(ServerProcess):
    user = "postgres"
    database = "postgres"
    password = "s3cret pass"
    start_timeout = 30.0

    def answers(self) -> bool:
        """What pg_isready does: a startup packet, and any answer but "the database system is starting up"."""
        body = (3 << 16).to_bytes(4, "big") + f"user\0{self.user}\0database\0{self.database}\0\0".encode()
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as client:
                client.settimeout(1)
                client.sendall((len(body) + 4).to_bytes(4, "big") + body)
                answer = client.recv(1024)
                return answer[:1] == b"R" or (answer[:1] == b"E" and b"57P03" not in answer)
        except OSError:
            return False


class EmporiumSQL(SQLServerProcess):
    name = "product-data"

    def command(self) -> list[str]:
        command = [str(emporium_binary()), "product-data", "--bind", "127.0.0.1", "--port", str(self.port)]
        return command + ["--data-dir", str(self.directory), "--no-catalog"]

    def environment(self) -> dict[str, str]:
        return super().environment() | {
            "POSTGRES_USER": self.user,
            "POSTGRES_PASSWORD": self.password,
            "POSTGRES_DB": self.database,
        }


def postgresql_bindir() -> Path:
    for candidate in [os.environ.get("POSTGRESQL_BINDIR"), "/usr/lib/postgresql/15/bin"]:
        if candidate and (Path(candidate) / "postgres").exists():
            return Path(candidate)
    executable = shutil.which("pg_config")
    if executable:
        found = Path(subprocess.run([executable, "--bindir"], capture_output=True, text=True).stdout.strip())
        if (found / "postgres").exists():
            return found
    raise FileNotFoundError("PostgreSQL 15 is not installed (Debian: apt-get install postgresql-15)")


class PostgreSQLServer(SQLServerProcess):
    """PostgreSQL with the locale and encoding that ours promises; trust on loopback, no fsync: it is only asked."""

    name = "postgresql"
    stop_signal = signal.SIGINT
    settings = ("fsync=off", "autovacuum=off", "timezone=UTC", "log_timezone=UTC", "max_connections=50")

    def __init__(self, authentication: str = "trust") -> None:
        super().__init__()
        secret = self.directory / "password"
        secret.write_text(self.password + "\n")
        if os.geteuid() == 0:
            # PostgreSQL will not run as root: there it is the user that the package made.
            self.identity = {"user": "postgres", "group": "postgres", "extra_groups": []}
            shutil.chown(self.directory, "postgres")
            shutil.chown(secret, "postgres")
        subprocess.run(
            [
                str(postgresql_bindir() / "initdb"),
                "-D",
                str(self.directory / "data"),
                "-U",
                self.user,
                "--locale=C",
                "--encoding=UTF8",
                f"--auth={authentication}",
                f"--pwfile={secret}",
                "--no-sync",
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.directory,
            **self.identity,
        )

    def command(self) -> list[str]:
        command = [str(postgresql_bindir() / "postgres"), "-D", str(self.directory / "data"), "-p", str(self.port)]
        for setting in (*self.settings, "listen_addresses=127.0.0.1", f"unix_socket_directories={self.directory}"):
            command += ["-c", setting]
        return command

    def kill(self) -> None:
        if self.is_alive():
            # Killed outright, it would leave its children and shared memory behind.
            self.process.send_signal(signal.SIGQUIT)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                pass
        super().kill()
