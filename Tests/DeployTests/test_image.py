"""The image by itself: small, without a shell, fast to start, and clear about what it was not given."""

from __future__ import annotations

import json
import os
import subprocess
import time

import pytest
from harness.engine import cpu_seconds, engine, eventually, image, listening_ports, resident_bytes
from harness.manifests import DEPLOY

MEGABYTE = 1_000_000


@pytest.fixture
def started(containers):
    """Starts roles in containers of their own and removes them afterwards."""
    names = []

    def start(*arguments: str, options: tuple[str, ...] = ()) -> str:
        name = engine(
            "run", "--detach", "--read-only", "--cap-drop=ALL", "--network=none", "--no-healthcheck",
            "--sysctl", "net.ipv4.ip_unprivileged_port_start=0", *options, image(), *arguments,
        ).stdout.strip()
        names.append(name)
        return name

    yield start
    for name in names:
        engine("rm", "--force", name)


def state(container: str) -> dict:
    return json.loads(engine("inspect", container).stdout)[0]["State"]


def health(container: str, url: str) -> subprocess.CompletedProcess:
    return engine("exec", container, "/usr/bin/emporium", "health", url, check=False)


def assert_healthy(container: str, url: str) -> None:
    done = health(container, url)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_is_at_most_90_megabytes(containers):
    size = json.loads(engine("image", "inspect", image()).stdout)[0]["Size"]
    print(f"{size / MEGABYTE:.1f} MB")
    assert size <= 90 * MEGABYTE


def test_it_says_what_it_is_and_runs_as_nobody_in_particular(containers):
    config = json.loads(engine("image", "inspect", image()).stdout)[0]["Config"]
    assert config["User"] == "65532:65532"
    labels = config["Labels"]
    for name in ("title", "description", "licenses", "version", "revision", "created", "base.name"):
        assert labels.get(f"org.opencontainers.image.{name}"), name


def test_it_has_no_shell(containers):
    for shell in ("/bin/sh", "/bin/bash", "/busybox/sh"):
        done = engine(
            "run", "--rm", "--network=none", "--no-healthcheck", "--entrypoint", shell, image(), "-c", "true",
            check=False,
        )
        assert done.returncode in (125, 126, 127), shell


def test_its_bill_of_materials_names_every_library(containers, tmp_path):
    if not (DEPLOY.parent / "Package.resolved").exists():
        pytest.skip("no Package.resolved: nothing was built here")
    output = tmp_path / "bill.spdx.json"
    done = subprocess.run(
        [str(DEPLOY / "sbom"), "--image", image(), "--output", str(output)],
        capture_output=True, text=True, check=False,
    )
    assert done.returncode == 0, done.stderr
    bill = json.loads(output.read_text())
    names = {package["name"] for package in bill["packages"]}
    linked = {"libssl-dev", "liblua5.1-0-dev"}
    assert {"emporium", "swift", "libc6", "hummingbird", "swift-nio", "react"} | linked <= names
    identifiers = [entry["SPDXID"] for entry in bill["files"] + bill["packages"]]
    assert len(identifiers) == len(set(identifiers))
    for relationship in bill["relationships"][1:]:
        assert relationship["spdxElementId"] in identifiers and relationship["relatedSpdxElement"] in identifiers


@pytest.mark.parametrize(
    "arguments, port, url",
    [
        (["cart-data", "--bind", "0.0.0.0", "--port", "6379"], 6379, "redis://127.0.0.1:6379"),
        (["product-data", "--bind", "0.0.0.0", "--port", "5432"], 5432, "postgres://postgres@127.0.0.1:5432/products"),
        (["payment"], 80, "http://127.0.0.1:80/readyz"),
    ],
    ids=["cart-data", "product-data", "payment"],
)
def test_a_role_answers_within_a_second_in_40_megabytes(started, arguments, port, url):
    times, work = [], []
    for _ in range(3):  # the best of three: other work on the machine is not the image's fault
        container = started(*arguments)
        seen = time.monotonic()
        process = state(container)["Pid"]

        def listens(process=process):
            assert port in listening_ports(process)

        eventually(listens, within=30, every=0.01)
        times.append(time.monotonic() - seen)
        work.append(cpu_seconds(process))
        assert_healthy(container, url)
    time.sleep(1)
    resident = resident_bytes(process)
    print(f"{arguments[0]}: {min(times):.3f} s, {min(work):.2f} CPU-s, {resident / MEGABYTE:.1f} MB")
    assert resident <= 40 * MEGABYTE
    assert min(work) < 1
    load = os.getloadavg()[0]
    if min(times) >= 1 and load > 2 * os.cpu_count():
        pytest.skip(f"a second of the clock is not judged at a load of {load:.0f}; it took {min(work):.2f} CPU-seconds")
    assert min(times) < 1


def refused(*arguments: str, **environment: str) -> str:
    """Runs a role that cannot start; the one line that it says."""
    options = [option for name, value in environment.items() for option in ("--env", f"{name}={value}")]
    done = engine(
        "run", "--rm", "--read-only", "--network=none", "--no-healthcheck",
        "--sysctl", "net.ipv4.ip_unprivileged_port_start=0", *options, image(), *arguments, check=False,
    )
    said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    assert done.returncode != 0, said
    # argument-parser adds where help is to be had.
    said = [line for line in said if not line.lstrip().startswith(("Usage:", "See '"))]
    assert len(said) == 1, said
    return said[0]


def test_a_missing_secret_is_one_clear_line(containers):
    line = refused("web-gateway", SESSION_SECRETS_FILE="/run/secrets/absent")
    assert "SESSION_SECRETS" in line and "/run/secrets/absent" in line


def test_a_missing_password_file_is_one_clear_line(containers):
    line = refused("product", SERVICE_PASSWORD_PRODUCT_DATA_FILE="/run/secrets/absent")
    assert "SERVICE_PASSWORD_PRODUCT_DATA" in line and "/run/secrets/absent" in line


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1"])
def test_a_wrong_port_is_one_clear_line(containers, port):
    line = refused("cart", SERVICE_PORT_CART_DATA=port, SESSION_SECRETS="0123456789abcdef")
    assert "SERVICE_PORT_CART_DATA" in line and f"'{port}'" in line


@pytest.mark.parametrize(
    "role, data", [("cart", "CART_DATA"), ("product", "PRODUCT_DATA"), ("web-gateway", "SESSION_DATA")]
)
def test_without_its_data_server_a_service_is_alive_and_not_ready(started, role, data):
    container = started(
        role,
        options=(
            "--env", f"SERVICE_HOST_{data}=127.0.0.1", "--env", f"SERVICE_PORT_{data}=1",
            "--env", "SESSION_SECRETS=0123456789abcdef",
        ),
    )
    eventually(lambda: assert_healthy(container, "http://127.0.0.1:80/healthz"), within=5)
    for _ in range(3):
        done = health(container, "http://127.0.0.1:80/readyz")
        assert done.returncode == 1
        assert "503" in done.stdout + done.stderr
    assert state(container)["Running"]
    log = engine("logs", container)
    name = data.lower().replace("_", "-")
    about = [line for line in (log.stdout + log.stderr).splitlines() if f"not ready: {name} is unavailable" in line]
    assert len(about) == 1, f"{log.stdout}{log.stderr}"


def test_a_role_stops_within_two_seconds(started):
    for arguments in (["payment"], ["cart-data", "--bind", "0.0.0.0", "--port", "6379"]):
        container = started(*arguments)
        eventually(lambda: assert_running(container), within=5)
        time.sleep(0.5)
        start = time.monotonic()
        engine("stop", "--time", "10", container)
        assert time.monotonic() - start < 4  # the engine itself takes one or two
        assert state(container)["ExitCode"] == 0


def assert_running(container: str) -> None:
    assert state(container)["Running"]
