"""TLS: real clients through it, certificates asked for and not, protocols, bad and slow handshakes, replicas both ways."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import time
from pathlib import Path

import pytest
import redis
from harness.processes import free_port
from test_kv_process import ServerForm, run_once, until


def openssl(directory: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory) -> Path:
    """An authority, a server's and a client's certificate, and one of somebody else."""
    directory = tmp_path_factory.mktemp("tls")
    for authority in ("ca", "other-ca"):
        openssl(directory, "genrsa", "-out", f"{authority}.key", "2048")
        openssl(
            directory, "req", "-x509", "-new", "-key", f"{authority}.key", "-out", f"{authority}.crt", "-days", "2",
            "-subj", f"/CN={authority}", "-addext", "basicConstraints=critical,CA:TRUE",
        )
    (directory / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    for name, authority in (("server", "ca"), ("client", "ca"), ("stranger", "other-ca")):
        openssl(directory, "genrsa", "-out", f"{name}.key", "2048")
        openssl(directory, "req", "-new", "-key", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        openssl(
            directory, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.crt", "-CAkey", f"{authority}.key",
            "-CAcreateserial", "-out", f"{name}.crt", "-days", "2", "-extfile", "names",
        )
    openssl(directory, "rsa", "-aes256", "-passout", "pass:open", "-in", "server.key", "-out", "locked.key")
    return directory


def options(certificates: Path, port: int, **more: str) -> list[str]:
    settings = {
        "tls-port": str(port),
        "tls-cert-file": str(certificates / "server.crt"),
        "tls-key-file": str(certificates / "server.key"),
        "tls-ca-cert-file": str(certificates / "ca.crt"),
    }
    settings |= {"tls-" + name.replace("_", "-"): value for name, value in more.items()}
    return [word for name, value in settings.items() for word in (f"--{name}", value)]


class TLSServer(ServerForm):
    def __init__(self, kind: str, certificates: Path, *arguments: str, **settings: str) -> None:
        self.tls_port = free_port()
        self.certificates = certificates
        super().__init__(kind, *arguments, *options(certificates, self.tls_port, **settings))

    def tls_client(self, name: str | None = "client", **more) -> redis.Redis:
        identity = {}
        if name:
            identity = {
                "ssl_certfile": str(self.certificates / f"{name}.crt"),
                "ssl_keyfile": str(self.certificates / f"{name}.key"),
            }
        return redis.Redis(
            port=self.tls_port, ssl=True, ssl_ca_certs=str(self.certificates / "ca.crt"), decode_responses=True,
            **identity, **more,
        )


def test_redis_py_and_big_values(certificates):
    with TLSServer("ours", certificates) as server:
        client = server.tls_client()
        assert client.ping()
        value = "x" * (3 << 20)
        client.set("big", value)
        assert client.get("big") == value
        pipeline = client.pipeline(transaction=False)
        for index in range(5000):
            pipeline.set(f"k{index}", "v" * 100)
            pipeline.get(f"k{index}")
        assert pipeline.execute()[-1] == "v" * 100
        subscriber = client.pubsub()
        subscriber.subscribe("c")
        assert subscriber.get_message(timeout=5)["type"] == "subscribe"
        server.client().publish("c", "across")
        assert subscriber.get_message(timeout=5)["data"] == "across"


def test_redis_cli(certificates):
    with TLSServer("ours", certificates) as server:
        said = subprocess.run(
            ["redis-cli", "--tls", "-p", str(server.tls_port), "--cacert", certificates / "ca.crt", "--cert",
             certificates / "client.crt", "--key", certificates / "client.key", "SET", "a", "b"],
            capture_output=True, text=True, timeout=20,
        )
        assert said.stdout.strip() == "OK", said.stderr


@pytest.mark.parametrize("mode, nobody, stranger", [("yes", False, False), ("optional", True, False), ("no", True, True)])
def test_who_must_show_a_certificate(mode, nobody, stranger, certificates):
    for kind in ("real", "ours"):
        with TLSServer(kind, certificates, auth_clients=mode) as server:
            for name, is_allowed in ((None, nobody), ("stranger", stranger), ("client", True)):
                client = server.tls_client(name, retry=None)
                if is_allowed:
                    assert client.ping()
                else:
                    with pytest.raises((redis.ConnectionError, ssl.SSLError, OSError)):
                        client.ping()


def handshake(server: TLSServer, version: ssl.TLSVersion, ciphers: str | None = None) -> tuple[str, str]:
    context = ssl.create_default_context(cafile=str(server.certificates / "ca.crt"))
    context.minimum_version = context.maximum_version = version
    if ciphers:
        context.set_ciphers(ciphers)
    with socket.create_connection(("127.0.0.1", server.tls_port), 10) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as wrapped:
            wrapped.sendall(b"PING\r\n")
            assert wrapped.recv(100) == b"+PONG\r\n"
            return wrapped.version(), wrapped.cipher()[0]


def test_protocols_and_ciphers(certificates):
    with TLSServer("ours", certificates, auth_clients="no", protocols="TLSv1.2") as server:
        assert handshake(server, ssl.TLSVersion.TLSv1_2)[0] == "TLSv1.2"
        with pytest.raises((ssl.SSLError, OSError)):
            handshake(server, ssl.TLSVersion.TLSv1_3)
    with TLSServer("ours", certificates, auth_clients="no", ciphers="ECDHE-RSA-AES256-GCM-SHA384") as server:
        assert handshake(server, ssl.TLSVersion.TLSv1_2)[1] == "ECDHE-RSA-AES256-GCM-SHA384"
        with pytest.raises((ssl.SSLError, OSError)):
            handshake(server, ssl.TLSVersion.TLSv1_2, "ECDHE-RSA-AES128-GCM-SHA256")
        assert handshake(server, ssl.TLSVersion.TLSv1_3)[0] == "TLSv1.3"
    with TLSServer("ours", certificates, auth_clients="no", ciphersuites="TLS_CHACHA20_POLY1305_SHA256") as server:
        assert handshake(server, ssl.TLSVersion.TLSv1_3)[1] == "TLS_CHACHA20_POLY1305_SHA256"


def test_a_key_with_a_password(certificates):
    key = str(certificates / "locked.key")
    with TLSServer("ours", certificates, key_file=key, key_file_pass="open") as server:
        assert server.tls_client().ping()


@pytest.mark.parametrize(
    "settings",
    [{"cert_file": "nosuch.crt"}, {"key_file": "nosuch.key"}, {"ca_cert_file": ""}, {"protocols": "SSLv9"},
     {"ciphers": "nonsense"}, {"cert_file": ""}],
)
def test_a_start_without_good_files_fails(settings, certificates, tmp_path):
    for kind in ("real", "ours"):
        done = run_once(kind, tmp_path, "--port", "0", *options(certificates, free_port(), **settings))
        assert done.returncode == 1
        assert "Failed to configure TLS. Check logs for more info." in done.stdout


def test_bad_handshakes_do_no_harm(certificates):
    with TLSServer("ours", certificates, auth_clients="no") as server:
        address = ("127.0.0.1", server.tls_port)
        for garbage in (b"PING\r\n", b"*1\r\n$4\r\nPING\r\n", b"\x16\x03\x01\xff\xff" + b"\0" * 600, os.urandom(4000)):
            with socket.create_connection(address, 10) as client:
                answer = b""
                try:
                    client.sendall(garbage)
                    client.shutdown(socket.SHUT_WR)
                    while chunk := client.recv(4096):
                        answer += chunk
                except OSError:
                    # The server may have ended it already.
                    pass
                assert b"PONG" not in answer
        half = socket.create_connection(address, 10)
        half.sendall(b"\x16\x03\x01\x02\x00\x01\x00")
        assert server.tls_client(None).ping(), "others are served while one is slow"
        started = time.monotonic()
        half.settimeout(30)
        assert half.recv(100) == b"", "a handshake that does not go on is ended"
        assert time.monotonic() - started < 20
        half.close()
        # A record broken in the middle of a session ends that session only.
        context = ssl.create_default_context(cafile=str(certificates / "ca.crt"))
        plain = socket.create_connection(address, 10)
        wrapped = context.wrap_socket(plain, server_hostname="localhost")
        wrapped.sendall(b"PING\r\n")
        assert wrapped.recv(100) == b"+PONG\r\n"
        raw = socket.socket(fileno=os.dup(wrapped.fileno()))
        raw.sendall(b"\x17\x03\x03\x00\x20" + b"\x55" * 32)
        raw.settimeout(10)
        try:
            while raw.recv(4096):
                pass
        except ConnectionResetError:
            pass
        raw.close()
        wrapped.close()
        assert server.tls_client(None).ping()
        assert server.is_alive()


def test_requests_in_small_pieces(certificates):
    with TLSServer("ours", certificates, auth_clients="no") as server:
        context = ssl.create_default_context(cafile=str(certificates / "ca.crt"))
        with socket.create_connection(("127.0.0.1", server.tls_port), 10) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as wrapped:
                for byte in b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$2\r\nbc\r\n":
                    wrapped.sendall(bytes([byte]))
                assert wrapped.recv(100) == b"+OK\r\n"


def test_new_certificates_while_it_runs(certificates):
    with TLSServer("ours", certificates, auth_clients="no") as server:
        client = server.client()
        kept = server.tls_client(None)
        assert kept.ping()
        with pytest.raises(redis.ResponseError, match="Unable to update TLS configuration"):
            client.config_set("tls-cert-file", "nosuch.crt")
        assert server.tls_client(None).ping()
        client.config_set(
            "tls-cert-file", str(certificates / "stranger.crt"), "tls-key-file", str(certificates / "stranger.key")
        )
        with pytest.raises((redis.ConnectionError, ssl.SSLError)):
            server.tls_client(None, retry=None).ping()
        assert kept.ping(), "a session lives on with what it began with"


@pytest.mark.parametrize("primary_kind, replica_kind", [("ours", "ours"), ("real", "ours"), ("ours", "real")])
def test_replication_through_tls(primary_kind, replica_kind, certificates):
    with TLSServer(primary_kind, certificates, replication="yes") as primary:
        primary.client().set("before", "1")
        arguments = ["--replicaof", "127.0.0.1", str(primary.tls_port)]
        with TLSServer(replica_kind, certificates, *arguments, replication="yes") as replica:
            follower = replica.client()
            until(lambda: follower.info()["master_link_status"] == "up", 20)
            assert follower.get("before") == "1"
            primary.client().set("after", "2" * 100_000)
            until(lambda: follower.get("after") == "2" * 100_000)
