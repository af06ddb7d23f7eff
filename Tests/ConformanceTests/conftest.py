"""Servers that several tests share: one pair (ours, the reference) per test module, started on first use."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from harness.processes import EmporiumKV, EmporiumSQL, PostgreSQLServer, RedisServer  # noqa: E402


@pytest.fixture(scope="module")
def redis_server():
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="module")
def emporium_kv():
    with EmporiumKV() as server:
        yield server
        assert server.is_alive(), f"the server under test died:\n{server.output()}"


@pytest.fixture(scope="session")
def postgresql():
    with PostgreSQLServer() as server:
        yield server


@pytest.fixture(scope="module")
def emporium_sql():
    with EmporiumSQL() as server:
        yield server
        assert server.is_alive(), f"the server under test died:\n{server.output()}"
