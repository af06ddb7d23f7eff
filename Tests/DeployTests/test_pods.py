"""The rendered Kubernetes base, really run: as Pods under podman, because a control plane is not to be had here."""

from __future__ import annotations

import shutil

import pytest
from harness.buyer import buy
from harness.engine import engine, eventually
from harness.pods import NETWORK, WEB_PORT, Pods


@pytest.fixture(scope="module")
def pods(containers):
    if not shutil.which("podman"):
        pytest.skip("podman is not installed: nobody else here runs a Pod's manifest")
    with Pods("base") as pods:
        yield pods


def test_the_rendered_base_sells(pods):
    seconds = eventually(lambda: buy(WEB_PORT), within=30)
    print(f"{seconds:.1f} s from the last Pod to the first purchase")


def test_the_probes_of_the_data_servers_pass(pods):
    for name, workload in pods.workloads.items():
        probe = workload["spec"]["template"]["spec"]["containers"][0]["readinessProbe"]
        if "exec" in probe:
            command = probe["exec"]["command"]
        else:
            command = ["/usr/bin/emporium", "health", f"http://127.0.0.1:80{probe['httpGet']['path']}"]
        done = engine("exec", pods.container(name), *command, check=False)
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"


def test_k6_buys_inside_the_network_of_the_pods(pods):
    import os

    done = engine(
        "run", "--rm", "--network", NETWORK, "--read-only", "--cap-drop=ALL",
        "--env", "SERVICE_HOST_WEB_GATEWAY=web-gateway", "--env", "SERVICE_PORT_WEB_GATEWAY=80",
        "--env", "NUM_VIRTUAL_USERS=3", "--env", "DURATION=10s", "--env", "THINK_MIN=0.1", "--env", "THINK_MAX=0.5",
        os.environ["SYNTHETICS_IMAGE"], check=False, timeout=90,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output[-4000:]
    assert "0.00%" in next(line for line in output.splitlines() if "checks_failed" in line), output[-4000:]
