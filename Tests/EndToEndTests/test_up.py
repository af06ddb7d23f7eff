"""`emporium up` from the outside: what it prints, what answers, and how it refuses."""

import re
import socket
import subprocess

import psycopg
import pytest
import redis
import requests
from shop_under_test import KEY_VALUE_ROLES, ROLES, SERVICES, executable


def run(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([executable(), *arguments], capture_output=True, text=True, timeout=20)


def test_prints_one_line_per_role_and_the_page_last(shop):
    assert list(shop.addresses) == ROLES, "\n".join(shop.output)
    assert shop.url == shop.addresses["web-gateway"]
    for role in KEY_VALUE_ROLES:
        assert re.fullmatch(r"redis://127\.0\.0\.1:\d+", shop.addresses[role]), role
    for role in SERVICES:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", shop.addresses[role]), role
    assert re.fullmatch(r"postgres://postgres(:[^@]+)?@127\.0\.0\.1:\d+/products", shop.addresses["product-data"])


def test_every_printed_address_can_be_pasted(shop):
    for role in KEY_VALUE_ROLES:
        assert redis.Redis.from_url(shop.addresses[role], socket_timeout=5).ping(), role
    for role in SERVICES:
        for probe in ("healthz", "readyz"):
            response = requests.get(f"{shop.addresses[role]}/{probe}", timeout=5)
            assert response.status_code == 200, f"{role} /{probe}: {response.status_code} {response.text}"
    with psycopg.connect(shop.addresses["product-data"], connect_timeout=5) as connection:
        assert connection.execute("SELECT count(*) FROM products").fetchone() == (32,)


def test_a_fresh_shop_fits_in_150_megabytes(start_shop):
    shop = start_shop()
    status = open(f"/proc/{shop.process.pid}/status").read()
    resident = int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024
    assert resident < 150, f"{resident:.0f} MB resident"


@pytest.mark.parametrize("role", ["up", "cart-data", "session-data", "product-data", *SERVICES])
def test_every_role_has_help(role):
    result = run(role, "--help")
    assert result.returncode == 0, result.stderr
    assert "USAGE: emporium " + role in result.stdout
    assert "--bind" in result.stdout
    if role.endswith("-data"):
        assert "--data-dir" in result.stdout
    if role in ("cart-data", "session-data"):
        assert "--replicaof" in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["up", "--no-such-option"],
        ["up", "--web-port", "70000"],
        ["up", "--web-port", "x"],
        ["cart", "--port"],
        ["no-such-role"],
    ],
    ids=" ".join,
)
def test_a_bad_option_is_refused(arguments):
    result = run(*arguments)
    assert result.returncode != 0
    assert result.stderr.startswith("Error: "), result.stderr
    assert "Fatal" not in result.stderr


@pytest.mark.parametrize("role", ["up", "cart-data", "product-data", "payment"])
def test_a_taken_port_asked_for_by_name_is_one_clear_line(role):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run(role, "--web-port" if role == "up" else "--port", str(port))
    assert result.returncode != 0
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1 and str(port) in lines[0] and "in use" in lines[0], result.stderr


def test_two_shops_run_side_by_side(shop, start_shop):
    other = start_shop()
    assert set(other.addresses.values()).isdisjoint(shop.addresses.values())
    other.redis("cart-data").set("only-here", "1")
    assert shop.redis("cart-data").get("only-here") is None
    assert other.stop() == 0
