"""Paths, rendered manifests, and one Compose stack for the tests that need a running shop."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from harness.engine import Stack  # noqa: E402


@pytest.fixture(scope="session")
def containers():
    """Skips where no container can be started; deploy/test says why."""
    reason = os.environ.get("DEPLOY_SKIP_CONTAINERS")
    if reason:
        pytest.skip(reason)
    if "EMPORIUM_IMAGE" not in os.environ:
        pytest.skip("run through deploy/test, which builds the image")


@pytest.fixture(scope="module")
def stack(containers):
    with Stack() as stack:
        yield stack
