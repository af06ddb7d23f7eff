"""The data servers under the shop, asked with the original's own clients while a cart is in them."""

import json
import subprocess

import pytest
import redis
from shop_under_test import wait_until


def cli(*command: str) -> str:
    result = subprocess.run(
        command, capture_output=True, text=True, timeout=20, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    )
    assert result.returncode == 0 and result.stderr == "", f"{' '.join(command)}: {result.stderr}"
    return result.stdout


def test_redis_cli_shows_a_cart(shop, buyer):
    assert buyer.put("f95e2475", 2).json() == {"message": "success", "data": 1}
    shown = cli("redis-cli", "-p", str(shop.port("cart-data")), "hgetall", f"s:{buyer.sid}")
    assert shown == "f95e2475\n2\n"


def test_the_cart_outlives_the_session_and_the_session_has_five_minutes(shop, buyer):
    buyer.put("f95e2475", 1)
    assert shop.redis("cart-data").ttl(f"s:{buyer.sid}") > 300
    sessions = shop.redis("session-data")
    assert 295 <= sessions.ttl(f"s:{buyer.sid}") <= 300
    assert isinstance(json.loads(sessions.get(f"s:{buyer.sid}")), dict)


def test_use_renews_the_session(shop, buyer):
    sessions = shop.redis("session-data")
    sessions.expire(f"s:{buyer.sid}", 10)
    buyer.get("/cart")
    assert sessions.ttl(f"s:{buyer.sid}") > 290


def test_the_replicas_follow_and_refuse_writes(shop, buyer):
    buyer.put("f95e2475", 7)
    key = f"s:{buyer.sid}"
    cart = shop.redis("cart-data-replica")
    wait_until(lambda: cart.hgetall(key) == {"f95e2475": "7"}, 5, "the cart is in the replica")
    session = shop.redis("session-data-replica")
    wait_until(lambda: session.exists(key), 5, "the session is in the replica")
    for replica in (cart, session):
        with pytest.raises(redis.ReadOnlyError):
            replica.set("x", "y")
        assert replica.info("replication")["role"] == "slave"
        wait_until(lambda r=replica: r.info("replication")["master_link_status"] == "up", 5, "the link is up")
    buyer.call("DELETE", "cart/f95e2475", {"session_id": buyer.session_id})
    wait_until(lambda: not cart.exists(key), 5, "the removed cart is gone from the replica")


def test_psql_lists_the_best_products(shop):
    port = str(shop.port("product-data"))
    statement = "select name, price from products order by rating desc limit 5"
    shown = cli("psql", "-h", "127.0.0.1", "-p", port, "-U", "postgres", "-d", "products", "-A", "-t", "-c", statement)
    rows = [line.split("|") for line in shown.splitlines()]
    assert len(rows) == 5
    assert {rows[0][0], rows[1][0]} == {"Sweet Tea", "Cinnamon Tea"} and rows[0][1] == "3.5"
    assert rows[2] == ["Ethiopian Coffee", "4"]


def test_psql_draws_its_table(shop):
    port = str(shop.port("product-data"))
    statement = "select id, name, temperature from products where type = 'water'"
    shown = cli("psql", "-h", "127.0.0.1", "-p", port, "-U", "postgres", "-d", "products", "-X", "-c", statement)
    assert shown == (
        "    id    |     name     | temperature \n"
        "----------+--------------+-------------\n"
        " 16a1ca37 | Spring Water | cold\n"
        "(1 row)\n\n"
    )
