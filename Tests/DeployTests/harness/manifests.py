"""Kubernetes manifests as kustomize renders them."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
OVERLAYS = sorted(
    str(path.parent.relative_to(KUBERNETES)) for path in (KUBERNETES / "overlays").rglob("kustomization.yaml")
)

NAME = "app.kubernetes.io/name"


@cache
def rendered_text(folder: str) -> str:
    done = subprocess.run(
        ["kubectl", "kustomize", str(KUBERNETES / folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def rendered(folder: str, *kinds: str) -> list[dict]:
    documents = [document for document in yaml.safe_load_all(rendered_text(folder)) if document]
    return [document for document in documents if not kinds or document["kind"] in kinds]


def workloads(folder: str) -> dict[str, dict]:
    return {document["metadata"]["name"]: document for document in rendered(folder, "Deployment", "StatefulSet")}


def container(workload: dict) -> dict:
    (only,) = workload["spec"]["template"]["spec"]["containers"]
    return only


def environment(workload: dict) -> dict[str, str]:
    return {entry["name"]: entry.get("value") for entry in container(workload).get("env", [])}
