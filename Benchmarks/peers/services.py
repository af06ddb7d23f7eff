"""The shop's services and their peers as processes for a benchmark: started on free ports, gone at the end.

    Role("product", …)      one `emporium <role>`        Nginx(…)      a proxy with upstream keep-alive
    WholeShop()             `emporium up`                FlaskShop()   gunicorn over redis-server and PostgreSQL
    Floor(…)                answers canned bytes: what sockets and the kernel cost
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

from measure import REPOSITORY
from harness.processes import (  # noqa: E402  (the path is set by measure)
    EmporiumKV,
    EmporiumSQL,
    PostgreSQLServer,
    RedisServer,
    ServerProcess,
    emporium_binary,
    free_port,
)

PICTURES = REPOSITORY / "Catalog" / "pictures"
CATALOG = REPOSITORY / "Catalog" / "products.csv"
SECRET = "a secret for benchmarks"


def answers_http(port: int, path: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=1) as answer:
            return answer.status == 200
    except OSError:
        return False


class HTTPProcess(ServerProcess):
    probe = "/healthz"

    def answers(self) -> bool:
        return answers_http(self.port, self.probe)


class Role(HTTPProcess):
    """One service of the shop; `variables` are its environment."""

    def __init__(self, role: str, **variables: object) -> None:
        self.name = role
        self.variables = {name: str(value) for name, value in variables.items()}
        super().__init__()

    def command(self) -> list[str]:
        return [str(emporium_binary()), self.name, "--bind", "127.0.0.1", "--port", str(self.port)]

    def environment(self) -> dict[str, str]:
        return super().environment() | {"LOG_LEVEL": "warning", "SESSION_SECRET": SECRET} | self.variables


class Floor(HTTPProcess):
    name = "floor"
    probe = "/"

    def __init__(self, request_bytes: int, reply: str) -> None:
        super().__init__()
        self.arguments = [str(request_bytes), reply]
        self.executable = build_tool("floor")

    def command(self) -> list[str]:
        return [str(self.executable), str(self.port), *self.arguments]

    def answers(self) -> bool:
        import socket

        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False


def build_tool(product: str) -> Path:
    """A program of the Benchmarks package, built when it is missing or old."""
    package = REPOSITORY / "Benchmarks"
    command = ["swift", "build", "-c", "release", "--static-swift-stdlib"]
    done = subprocess.run([*command, "--product", product], cwd=package, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} --product {product} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    shown = subprocess.run([*command, "--show-bin-path"], cwd=package, check=True, capture_output=True, text=True)
    return Path(shown.stdout.strip()) / product


class Nginx(HTTPProcess):
    """A proxy in front of one upstream, as a careful operator sets it up: keep-alive both ways, one worker, no log."""

    name = "nginx"

    def __init__(self, upstream: int, probe: str) -> None:
        super().__init__()
        if shutil.which("nginx") is None:
            raise FileNotFoundError("nginx is not installed (Debian: apt-get install nginx-light)")
        self.probe = probe
        (self.directory / "nginx.conf").write_text(
            f"""
            daemon off; worker_processes 1; pid {self.directory}/pid; error_log {self.directory}/error.log;
            events {{ worker_connections 1024; }}
            http {{
                access_log off; client_body_temp_path {self.directory}/body; proxy_temp_path {self.directory}/proxy;
                fastcgi_temp_path {self.directory}/f; uwsgi_temp_path {self.directory}/u; scgi_temp_path {self.directory}/s;
                keepalive_requests 100000000;
                upstream service {{ server 127.0.0.1:{upstream}; keepalive 64; keepalive_requests 100000000; }}
                server {{
                    listen 127.0.0.1:{self.port};
                    location / {{ proxy_pass http://service/; proxy_http_version 1.1; proxy_set_header Connection ""; }}
                }}
            }}
            """
        )

    def command(self) -> list[str]:
        return ["nginx", "-p", str(self.directory), "-c", str(self.directory / "nginx.conf")]


class FlaskShop(HTTPProcess):
    """gunicorn alone; its data servers are given to it."""

    name = "Flask + gunicorn"

    def __init__(self, redis: ServerProcess, postgresql: ServerProcess) -> None:
        super().__init__()
        self.redis, self.postgresql = redis, postgresql

    def command(self) -> list[str]:
        gunicorn = Path(sys.executable).parent / "gunicorn"
        if not gunicorn.exists():
            raise FileNotFoundError("gunicorn is not installed (pip install -r Tests/requirements.txt)")
        options = ["--workers", "2", "--threads", "8", "--bind", f"127.0.0.1:{self.port}", "--log-level", "warning"]
        return [str(gunicorn), *options, "--keep-alive", "60", "--chdir", str(Path(__file__).parent), "flask_shop:app"]

    def environment(self) -> dict[str, str]:
        database = f"host=127.0.0.1 port={self.postgresql.port} user={self.postgresql.user} dbname=products"
        page = REPOSITORY / "Sources" / "Storefront" / "dist" / "index.html"
        return super().environment() | {
            "REDIS_PORT": str(self.redis.port),
            "POSTGRES_DSN": f"{database} password='{self.postgresql.password}'",
            "PICTURES": str(PICTURES),
            "PAGE": str(page),
            "SESSION_SECRET": SECRET,
        }


class WholeShop(ServerProcess):
    """`emporium up`; `port` is the web gateway's."""

    name = "emporium up"
    ports = ("--cart-data-port", "--cart-data-replica-port", "--session-data-port", "--session-data-replica-port")

    def command(self) -> list[str]:
        command = [str(emporium_binary()), "up", "--web-port", str(self.port)]
        for option in (*self.ports, "--product-data-port"):
            command += [option, str(free_port())]
        # The services take this port and the five behind it, or the next free ones.
        return [*command, "--service-port", str(free_port())]

    def environment(self) -> dict[str, str]:
        return super().environment() | {"LOG_LEVEL": "warning", "PAYMENT_DELAY_MIN": "0", "PAYMENT_DELAY_MAX": "0"}

    def answers(self) -> bool:
        return answers_http(self.port, "/")


def fill_catalog(server: ServerProcess) -> None:
    """The shop's own products, in a PostgreSQL or in ours."""
    statements = re.findall(r'"""\n(.*?)"""', (REPOSITORY / "Sources/emporium/CatalogSeed.swift").read_text(), re.DOTALL)
    table = next(statement for statement in statements if "CREATE TABLE" in statement)
    columns = "id, name, category, price, rating, reviews, filename, description, alcoholic, temperature, type"
    copy = f"\\copy products ({columns}) from '{CATALOG}' with (format csv, header)"
    for database, statements in ((server.database, ["create database products"]), ("products", [table, copy])):
        command = ["psql", "-v", "ON_ERROR_STOP=1", "-q", "-h", "127.0.0.1", "-p", str(server.port), "-U", server.user]
        command += ["-d", database, *(word for statement in statements for word in ("-c", statement))]
        subprocess.run(command, check=True, env=os.environ | {"PGPASSWORD": server.password})


__all__ = [
    "CATALOG", "EmporiumKV", "EmporiumSQL", "FlaskShop", "Floor", "Nginx", "PICTURES", "PostgreSQLServer",
    "RedisServer", "Role", "SECRET", "WholeShop", "build_tool", "fill_catalog", "free_port",
]  # fmt: skip
