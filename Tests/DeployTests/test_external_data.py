"""Our services over a real Redis and a real PostgreSQL: the way out for whoever outgrows ours is configuration alone."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from harness.buyer import PRODUCT, buy
from harness.engine import DATA_PORTS, WEB_PORT, Stack, eventually
from harness.manifests import DEPLOY


@pytest.fixture(scope="module")
def stack(containers):
    for needed in ("redis-server", "redis-cli", "psql"):
        if not shutil.which(needed):
            pytest.skip(f"{needed} is not installed: the stand-ins are made of it")
    subprocess.run([str(DEPLOY / "offline-images"), "--external-data"], check=True)
    files = ("--env-file", str(DEPLOY / ".env"), "--env-file", str(DEPLOY / "external-data.env"))
    with Stack(*files) as stack:
        yield stack


def redis(role: str, *arguments: str) -> str:
    command = ["redis-cli", "-p", str(DATA_PORTS[role]), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()


def test_buying_works(stack):
    print(f"{stack.seconds_to_come_up:.1f} s for all twelve containers")
    buy(WEB_PORT)


def test_carts_and_sessions_are_in_a_real_redis_and_its_replica(stack):
    for role in ("cart-data", "session-data"):
        server = redis(role, "INFO", "server")
        assert "redis_version:7.0.15" in server and "emporium" not in server
    session = redis("session-data", "RANDOMKEY")
    assert session, "the visit left no session"
    redis("cart-data", "HSET", "deploy-test", PRODUCT, "1")

    def arrived() -> None:
        assert redis("session-data-replica", "EXISTS", session) == "1"
        assert redis("cart-data-replica", "HGET", "deploy-test", PRODUCT) == "1"

    eventually(arrived, within=5)


def test_products_are_in_a_real_postgresql(stack):
    password = (DEPLOY / "secrets/postgres-password").read_text()
    done = subprocess.run(
        ["psql", "-h", "127.0.0.1", "-p", str(DATA_PORTS["product-data"]), "-U", "postgres", "-d", "products", "-At",
         "-c", "select version()", "-c", "select count(*) from products"],
        capture_output=True, text=True, check=False, timeout=10, env=os.environ | {"PGPASSWORD": password},
    )
    version, count = done.stdout.splitlines()
    assert version.startswith("PostgreSQL 15.") and "Emporium" not in version, done.stderr
    assert count == "32"
