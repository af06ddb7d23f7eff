"""What can be said about the manifests without a cluster: schemas, and that they say what the contract says."""

from __future__ import annotations

import re
import subprocess

import pytest
import yaml
from harness.manifests import DEPLOY, NAME, OVERLAYS, ROOT, container, environment, rendered, rendered_text, workloads

SERVICES = ["api-gateway", "cart", "checkout", "content", "payment", "product", "web-gateway"]
DATA = {
    "cart-data": 6379,
    "cart-data-replica": 6379,
    "product-data": 5432,
    "session-data": 6379,
    "session-data-replica": 6379,
}
OUTSIDE = "outside"

# The table of the contract: who talks to whom, and on which port.
CONTRACT = {
    (OUTSIDE, "web-gateway", 80),
    ("web-gateway", "api-gateway", 80),
    ("web-gateway", "session-data", 6379),
    ("api-gateway", "cart", 80),
    ("api-gateway", "checkout", 80),
    ("api-gateway", "content", 80),
    ("api-gateway", "payment", 80),
    ("api-gateway", "product", 80),
    ("cart", "cart-data", 6379),
    ("checkout", "api-gateway", 80),
    ("product", "product-data", 5432),
    ("cart-data-replica", "cart-data", 6379),
    ("session-data-replica", "session-data", 6379),
}


@pytest.mark.parametrize("folder", ["base", *OVERLAYS])
def test_the_schemas_of_kubernetes_accept_it(folder):
    done = subprocess.run(
        ["kubernetes-validate", "-k", "1.37", "--strict", "-"],
        input=rendered_text(folder), capture_output=True, text=True, check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (done.stdout + done.stderr).count("passed for resource") == len(rendered(folder))


def test_the_schemas_would_refuse_a_typing_error():
    wrong = rendered_text("base").replace("readOnlyRootFilesystem", "readOnlyRootFileSystem")
    done = subprocess.run(
        ["kubernetes-validate", "-k", "1.37", "--strict", "-"], input=wrong, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0


def arrows_of(policies: list[dict], direction: str, other: str) -> set[tuple[str, str, int]]:
    """The arrows that `ingress` or `egress` of the policies allow, always written (from, to, port)."""
    arrows = set()
    for policy in policies:
        here = policy["spec"]["podSelector"].get("matchLabels", {}).get(NAME)
        for rule in policy["spec"].get(direction, []):
            for port in rule["ports"]:
                if here is None:
                    # For every Pod: only the name server of the cluster may be asked.
                    assert [port["port"]] == [53], policy["metadata"]["name"]
                    continue
                assert port["protocol"] == "TCP"
                for peer in rule.get(other, [None]):
                    there = OUTSIDE if peer is None or "ipBlock" in peer else peer["podSelector"]["matchLabels"][NAME]
                    arrows.add((there, here, port["port"]) if direction == "ingress" else (here, there, port["port"]))
    return arrows


def test_network_policies_allow_exactly_the_arrows_of_the_contract():
    policies = rendered("base", "NetworkPolicy")
    assert arrows_of(policies, "ingress", "from") == CONTRACT
    assert arrows_of(policies, "egress", "to") == {arrow for arrow in CONTRACT if arrow[0] != OUTSIDE}


def test_nothing_is_allowed_by_default():
    for direction in ("Ingress", "Egress"):
        assert any(
            policy["spec"]["podSelector"] == {} and direction in policy["spec"]["policyTypes"]
            and direction.lower() not in policy["spec"]
            for policy in rendered("base", "NetworkPolicy")
        )


def test_the_load_reaches_the_web_gateway_and_nothing_else():
    extra = {
        arrow
        for arrow in arrows_of(rendered("overlays/synthetics", "NetworkPolicy"), "egress", "to")
        if arrow not in CONTRACT
    }
    assert extra == {("synthetics", "web-gateway", 80)}


def test_the_roles_are_configured_to_use_exactly_the_arrows():
    """Policies that agree with the contract are no use if a role is told to call somebody else."""
    called = {(OUTSIDE, "web-gateway", 80)}
    for name, workload in workloads("base").items():
        variables = environment(workload)
        for key, host in variables.items():
            if key.startswith("SERVICE_HOST_"):
                called.add((name, host, int(variables[key.replace("HOST", "PORT")])))
        arguments = container(workload)["args"]
        if "--replicaof" in arguments:
            host, port = arguments[arguments.index("--replicaof") + 1:][:2]
            called.add((name, host, int(port)))
    assert called == CONTRACT


def test_services_have_the_names_and_ports_of_the_contract():
    services = {service["metadata"]["name"]: service["spec"] for service in rendered("base", "Service")}
    expected = {name: 80 for name in SERVICES} | DATA | {"web-gateway-external": 80}
    assert {name: spec["ports"][0]["port"] for name, spec in services.items()} == expected
    assert services["web-gateway-external"]["type"] == "LoadBalancer"
    for name in DATA:
        assert services[name]["clusterIP"] == "None"


def test_every_service_selects_its_pods():
    pods = {name: workload["spec"]["template"] for name, workload in workloads("base").items()}
    for service in rendered("base", "Service"):
        (name,) = service["spec"]["selector"].values()
        assert pods[name]["metadata"]["labels"][NAME] == name
        ports = {port["name"]: port["containerPort"] for port in container(workloads("base")[name])["ports"]}
        (port,) = service["spec"]["ports"]
        assert ports[port["targetPort"]] == port["port"]


@pytest.mark.parametrize("folder", ["base", *OVERLAYS])
def test_every_pod_keeps_to_the_restricted_standard(folder):
    for name, workload in workloads(folder).items():
        pod = workload["spec"]["template"]["spec"]
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["runAsUser"] > 0, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert pod["serviceAccountName"] == name
        context = container(workload)["securityContext"]
        assert context == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name
        resources = container(workload)["resources"]
        assert "memory" in resources["limits"] and "memory" in resources["requests"], name
    (namespace,) = rendered(folder, "Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_every_role_is_probed():
    for name, workload in workloads("base").items():
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            assert probe in container(workload), f"{name} has no {probe}"
        if name in SERVICES:
            assert container(workload)["readinessProbe"]["httpGet"]["path"] == "/readyz"
            assert container(workload)["livenessProbe"]["httpGet"]["path"] == "/healthz"


def test_every_role_may_lose_one_pod_and_services_scale():
    budgets = {budget["metadata"]["name"] for budget in rendered("base", "PodDisruptionBudget")}
    assert budgets == set(SERVICES) | set(DATA)
    scalers = {scaler["spec"]["scaleTargetRef"]["name"] for scaler in rendered("base", "HorizontalPodAutoscaler")}
    assert scalers == set(SERVICES)


def test_variants():
    spike = workloads("overlays/variants/traffic-spike")["synthetics"]
    assert (spike["spec"]["replicas"], environment(spike)["NUM_VIRTUAL_USERS"]) == (6, "150")
    usual = workloads("overlays/synthetics")["synthetics"]
    assert (usual["spec"]["replicas"], environment(usual)["NUM_VIRTUAL_USERS"]) == (3, "2")
    deaf = workloads("overlays/variants/bind-localhost")["api-gateway"]
    assert environment(deaf)["SERVICE_BIND_HOST"] == "127.0.0.1"
    for fault in ("basic-bug", "sql-syntax-error"):
        assert environment(workloads(f"overlays/variants/{fault}")["product"])["PRODUCT_FAULT"] == fault
    lost = workloads("overlays/variants/nginx-failure")["web-gateway"]
    assert environment(lost)["SERVICE_PORT_API_GATEWAY"] != "80"


def test_external_data_replaces_every_data_server_and_no_service():
    for name, workload in workloads("overlays/external-data").items():
        image = container(workload)["image"]
        if name in DATA:
            assert image.startswith(f"docker.io/library/{'postgres' if name == 'product-data' else 'redis'}:"), name
        else:
            assert image == container(workloads("base")[name])["image"]


@pytest.mark.parametrize(
    "copy, original",
    [("products.csv", ROOT / "Catalog/products.csv"), ("products.sql", DEPLOY / "external-data/products.sql")],
)
def test_copies_that_kustomize_needs_are_up_to_date(copy, original):
    assert (DEPLOY / "kubernetes/overlays/external-data" / copy).read_bytes() == original.read_bytes()


def compose() -> dict:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def test_compose_and_kubernetes_tell_the_roles_the_same():
    services = compose()["services"]
    for name, workload in workloads("base").items():
        ours = {key: str(value) for key, value in services[name].get("environment", {}).items()}
        theirs = environment(workload)
        for key, value in theirs.items():
            # Where each service is, api-gateway knows by name; files lie elsewhere in a container of Compose.
            if key.startswith("SERVICE_") and not key.endswith("_FILE") and name != "api-gateway":
                assert ours[key] == value, f"{name}: {key}"
        assert services[name]["command"] == container(workload)["args"]


def test_whoever_signs_or_verifies_sessions_is_given_the_secret():
    """One that is not would make a secret of its own, and refuse every session that another one signed."""
    sources = (ROOT / "Sources/Shop").glob("*/Service.swift")
    users = {
        re.sub("(?<=[a-z])(?=[A-Z][a-z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", source.parent.name).lower()
        for source in sources
        if "SessionSecrets.load(environment)" in source.read_text()
    }
    assert {"web-gateway", "cart"} <= users <= set(SERVICES)
    told = {name for name, workload in workloads("base").items() if "SESSION_SECRETS_FILE" in environment(workload)}
    assert told == users
    assert {
        name for name in SERVICES if "SESSION_SECRETS_FILE" in compose()["services"][name].get("environment", {})
    } == users


def test_only_what_needs_the_data_network_is_on_it():
    ours = set(SERVICES) | set(DATA)
    on_data = {name for name in ours if "data" in compose()["services"][name]["networks"]}
    needs_data = {"web-gateway", "cart", "product"} | set(DATA)
    assert on_data == needs_data
    assert {name for name in ours if "edge" in compose()["services"][name]["networks"]} == set(SERVICES)


def test_every_container_of_compose_is_restricted():
    for name, service in compose()["services"].items():
        if name.startswith("original-"):
            continue  # images that we neither build nor can change
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["restart"] == "unless-stopped", name
        for limit in ("mem_limit", "cpus", "pids_limit"):
            assert limit in service, f"{name} has no {limit}"
        if name != "synthetics":
            assert "healthcheck" in service, name


def test_hadolint_finds_nothing():
    done = subprocess.run(
        ["hadolint", str(DEPLOY / "Containerfile")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_no_secret_is_in_git():
    done = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "deploy"], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        pytest.skip("not a git work tree")
    assert [name for name in done.stdout.split() if "/secrets/" in name] == []
