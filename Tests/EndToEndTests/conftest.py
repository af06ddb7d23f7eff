"""The fixtures of the end-to-end tests.

One shop serves all tests of a session (`shop`); a test that stops or breaks its shop starts one of its own
(`start_shop`). When a test fails, the end of the shop's log is part of the report.
"""

import csv

import pytest
from shop_under_test import TREE, Buyer, Shop


@pytest.fixture(scope="session")
def shop(tmp_path_factory):
    shop = Shop(tmp_path_factory.mktemp("shop"))
    yield shop
    status = shop.process.poll()
    assert status is None, f"the shop ended with {status} while tests were running:\n{shop.log_tail()}"
    assert shop.stop() == 0, shop.log_tail()


@pytest.fixture
def start_shop(tmp_path):
    """Starts shops that end with the test."""
    shops = []

    def start(*options: str) -> Shop:
        directory = tmp_path / f"shop{len(shops)}"
        directory.mkdir()
        shops.append(Shop(directory, *options))
        return shops[-1]

    yield start
    for shop in shops:
        if shop.process.poll() is None:
            shop.process.kill()
            shop.process.wait()


@pytest.fixture
def buyer(shop):
    """A new visitor who has loaded the page once, so that the session exists."""
    buyer = Buyer(shop)
    response = buyer.get("/")
    assert response.status_code == 200, f"GET / answered {response.status_code}: {response.text[:500]}"
    assert buyer.session_id, f"GET / set no session cookie: {dict(response.headers)}"
    return buyer


@pytest.fixture(scope="session")
def catalog() -> list[dict]:
    """The products as the product service should give them, read from the shipped CSV."""
    with open(TREE / "Catalog/products.csv", newline="", encoding="utf-8") as file:
        rows = [{name: value or None for name, value in row.items()} for row in csv.DictReader(file)]
    for row in rows:
        row.update(price=float(row["price"]), rating=float(row["rating"]), reviews=int(row["reviews"]))
    return rows


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """Adds the end of the shop's log to a failed test's report."""
    report = (yield).get_result()
    shop = item.funcargs.get("shop") if hasattr(item, "funcargs") else None
    if report.failed and isinstance(shop, Shop):
        report.sections.append(("the shop's log", shop.log_tail()))
