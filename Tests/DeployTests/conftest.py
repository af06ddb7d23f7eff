"""Paths, rendered manifests, and one Compose stack for the tests that need a running shop."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from harness.engine import Stack, engine  # noqa: E402
from harness.manifests import DEPLOY  # noqa: E402


@pytest.fixture(scope="session")
def containers():
    """Skips where no container can be started; deploy/test says why."""
    reason = os.environ.get("DEPLOY_SKIP_CONTAINERS")
    if reason:
        pytest.skip(reason)
    if "EMPORIUM_IMAGE" not in os.environ:
        pytest.skip("run through deploy/test, which builds the image")
    if Path("/run/systemd/system").is_dir() or not engine("--version").stdout.startswith("podman"):
        yield
        return
    # Containers come and go in these tests without deploy/compose, which otherwise has it run.
    caretaker = subprocess.Popen([str(DEPLOY / "offline/caretaker")], env=Stack.environment)
    yield
    caretaker.terminate()
    caretaker.wait()


@pytest.fixture(scope="module")
def stack(containers):
    with Stack() as stack:
        yield stack
