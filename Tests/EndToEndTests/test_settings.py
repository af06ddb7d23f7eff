"""Settings by option, environment and file: which one wins, what is refused, and the table in docs/configuration.md."""

import os
import re
import subprocess

import pytest
import requests
from shop_under_test import TREE, executable


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [executable(), *arguments], capture_output=True, text=True, timeout=20, env=os.environ | variables
    )


def description(*arguments: str, **variables: str) -> dict:
    """What `GET /` of a payment service tells that was started like this."""
    process = subprocess.Popen(
        [executable(), "payment", "--port", "0", *arguments],
        stderr=subprocess.PIPE, text=True, env=os.environ | variables,
    )
    try:
        for line in process.stderr:
            if address := re.search(r"answers at (http://\S+)", line):
                return requests.get(address[1], timeout=5).json()
        pytest.fail("it ended without an address")
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stderr.close()


def test_option_before_environment_before_file_before_default(tmp_path):
    file = tmp_path / "settings"
    file.write_text("# All of this shop's services.\n\nSERVICE_NAME=from-file\n")
    everywhere = {"SERVICE_NAME": "from-environment", "EMPORIUM_CONFIG": str(file)}
    option = ("--set", "SERVICE_NAME=from-option")
    assert description(*option, **everywhere)["name"] == "from-option"
    assert description(**everywhere)["name"] == "from-environment"
    # An empty value counts as none.
    assert description(**everywhere | {"SERVICE_NAME": ""})["name"] == "from-file"
    assert description("--config", str(file))["name"] == "from-file"
    assert description()["name"] == "payment"


def test_a_secret_may_lie_in_a_file_that_any_place_names(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("never-" * 4 + "\n")
    settings = tmp_path / "settings"
    settings.write_text(f"SESSION_SECRETS_FILE={secret}\n")
    for arguments, variables in [
        (["--set", f"SESSION_SECRETS_FILE={secret}"], {}),
        ([], {"SESSION_SECRETS_FILE": str(secret)}),
        (["--config", str(settings)], {}),
    ]:
        # The port is refused after the secret was read; one that cannot be read is refused first (see below).
        done = run("cart", *arguments, "--set", "SERVICE_PORT_CART_DATA=x", **variables)
        assert "SERVICE_PORT_CART_DATA: 'x'" in done.stderr, done.stderr


@pytest.mark.parametrize(
    "text, complaint",
    [
        ("SERVICE_NAEM=x", ":1: no setting is called 'SERVICE_NAEM'"),
        ("\nSERVICE_NAME", ":2: 'SERVICE_NAME' is not NAME=value"),
        ("SESSION_SECRETS_FILE=/nowhere/secret", "SESSION_SECRETS_FILE: cannot read '/nowhere/secret'"),
    ],
)
def test_a_file_that_says_nonsense_is_one_clear_line(tmp_path, text, complaint):
    file = tmp_path / "settings"
    file.write_text(text)
    done = run("payment", "--config", str(file))
    assert done.returncode != 0
    assert complaint in done.stderr and len(done.stderr.strip().splitlines()) == 1, done.stderr


@pytest.mark.parametrize(
    "arguments, complaint",
    [
        (["--config", "/nowhere/settings"], "EMPORIUM_CONFIG: cannot read '/nowhere/settings'"),
        (["--set", "SERVICE_NAEM=x"], "--set: no setting is called 'SERVICE_NAEM'"),
        (["--set", "SERVICE_NAME"], "--set: 'SERVICE_NAME' is not NAME=value"),
    ],
)
def test_an_option_that_says_nonsense_is_one_clear_line(arguments, complaint):
    done = run("payment", *arguments)
    assert done.returncode != 0
    assert complaint in done.stderr and len(done.stderr.strip().splitlines()) == 1, done.stderr


def test_the_table_of_settings_is_the_code_s():
    written = (TREE / "docs/configuration.md").read_text()
    assert written == run("settings").stdout, "run: .build/release/emporium settings >docs/configuration.md"


def test_every_name_that_the_code_asks_for_is_in_the_table():
    table = (TREE / "docs/configuration.md").read_text()
    asked = set()
    for source in [*(TREE / "Sources/Shop").rglob("*.swift"), *(TREE / "Sources/emporium").glob("*.swift")]:
        asked |= set(re.findall(r'\.(?:string|int|seconds|list)\("([A-Z][A-Z_]+)"', source.read_text()))
    assert len(asked) > 20
    assert {name for name in asked if f"`{name}`" not in table} == set()


@pytest.mark.parametrize(
    "fault, path, body, status, sound",
    [
        ("basic-bug", "search", {"query": "tea"}, 500, ("documents", ["f95e2475"])),
        ("sql-syntax-error", "documents", ["f95e2475"], 502, ("search", {"query": "tea"})),
    ],
)
def test_a_variant_s_fault_is_seen_where_it_is_and_nowhere_else(start_shop, fault, path, body, status, sound):
    shop = start_shop("--set", f"PRODUCT_FAULT={fault}")
    answer = requests.post(f"{shop.url}/api/v1/product/{path}", json=body, timeout=10)
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    if fault == "basic-bug":
        assert answer.elapsed.total_seconds() >= 1
    path, body = sound
    assert requests.post(f"{shop.url}/api/v1/product/{path}", json=body, timeout=10).status_code == 200
    # A bug is no reason to be taken out of the Service.
    assert requests.get(f"{shop.addresses['product']}/readyz", timeout=5).status_code == 200


def test_a_fault_that_nobody_knows_is_one_clear_line():
    done = run("product", "--set", "PRODUCT_FAULT=x")
    assert done.stderr == "Error: PRODUCT_FAULT: 'x' is none of basic-bug, sql-syntax-error\n"
