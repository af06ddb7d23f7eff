"""Rendered manifests as Pods under podman: no control plane, but the same images, arguments, settings and limits.

    Deployment, StatefulSet ──▶ one Pod named like its Service (so that names resolve)
    ConfigMap               ──▶ written into the Pod's environment
    Secret                  ──▶ podman's secret of the same name
    PersistentVolumeClaim   ──▶ podman's volume

What podman does not do is left out, and is all that is: Services and their load balancing, NetworkPolicies, HTTP
probes (it would run curl inside of the container), sysctls of Pods (given by the network namespace's settings below).
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path

import yaml

from .engine import engine
from .manifests import DEPLOY, container, rendered, workloads

NETWORK = "emporium-pods"
WEB_PORT = 18090


def pod(name: str, workload: dict, maps: dict[str, dict], image: str) -> dict:
    """The Pod that a Deployment or StatefulSet would have made."""
    template = workload["spec"]["template"]
    spec = json.loads(json.dumps(template["spec"]))
    (only,) = spec["containers"]
    assert only["image"].startswith("localhost/emporium:")
    only["image"] = image
    for source in only.pop("envFrom", []):
        values = maps[source["configMapRef"]["name"]]
        known = {entry["name"] for entry in only.setdefault("env", [])}
        only["env"] += [{"name": key, "value": value} for key, value in values.items() if key not in known]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe", "lifecycle"):
        only.pop(probe, None)
    for key in ("serviceAccountName", "topologySpreadConstraints", "automountServiceAccountToken"):
        spec.pop(key, None)
    spec["securityContext"].pop("sysctls", None)
    for volume in spec.get("volumes", []):
        if "secret" in volume:
            volume["secret"].setdefault("optional", False)  # podman 4 does not expect its absence
    for claim in workload["spec"].get("volumeClaimTemplates", []):
        spec.setdefault("volumes", []).append(
            {"name": claim["metadata"]["name"], "persistentVolumeClaim": {"claimName": f"emporium-pods-{name}"}}
        )
    # podman publishes every declared port on the host; here only the page is.
    (port,) = only.pop("ports")
    if name == "web-gateway":
        only["ports"] = [port | {"hostPort": WEB_PORT, "hostIP": "127.0.0.1"}]
    spec["restartPolicy"] = "Always"
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": template["metadata"]["labels"]},
        "spec": spec,
    }


class Pods:
    def __init__(self, folder: str):
        self.folder = folder
        self.workloads = workloads(folder)
        self.secrets: list[str] = []

    def __enter__(self) -> Pods:
        self.remove()
        engine("network", "create", NETWORK)
        maps = {document["metadata"]["name"]: document.get("data", {}) for document in rendered(self.folder, "ConfigMap")}
        for secret in rendered(self.folder, "Secret"):
            self.make_secret(secret)
        image = os.environ["EMPORIUM_IMAGE"]
        try:
            # Data servers first: a cluster would restart what starts too early, and so would podman; it is only slower.
            for name in sorted(self.workloads, key=lambda name: ("data" not in name, name)):
                self.play(pod(name, self.workloads[name], maps, image))
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.remove()

    def make_secret(self, secret: dict) -> None:
        """podman reads a Secret that a Pod mounts from one of its own that holds the manifest as JSON."""
        manifest = {
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": secret["metadata"]["name"]},
            # kustomize breaks long values into lines.
            "data": {key: "".join(value.split()) for key, value in secret["data"].items()},
        }
        subprocess.run(
            [str(DEPLOY / "engine"), "secret", "create", secret["metadata"]["name"], "-"],
            input=json.dumps(manifest), text=True, check=True, stdout=subprocess.DEVNULL,
        )

    def play(self, manifest: dict) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "pod.yaml"
            file.write_text(yaml.safe_dump(manifest))
            engine("kube", "play", "--network", NETWORK, str(file))

    def container(self, name: str) -> str:
        return f"{name}-{container(self.workloads[name])['name']}"

    def remove(self) -> None:
        engine("pod", "rm", "--force", "--ignore", "--time", "1", *self.workloads, check=False, timeout=180)
        engine("volume", "rm", "--force", *(f"emporium-pods-{name}" for name in self.workloads), check=False)
        for secret in rendered(self.folder, "Secret"):
            engine("secret", "rm", secret["metadata"]["name"], check=False)
        engine("network", "rm", "--force", NETWORK, check=False)
