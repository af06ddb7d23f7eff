"""The benchmarks as a program: ended at any moment they leave nothing behind, and what is missing is named."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
BENCHMARKS = REPOSITORY / "Benchmarks"
MARK = "EMPORIUM_BENCHMARK_MARK"


def marked_processes(mark: str, directory: Path) -> list[int]:
    """Whatever was started, directly or not, with the mark in its environment or in the directory (redis-server writes
    its title over its environment), and has not ended."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            is_marked = f"{MARK}={mark}".encode() in (entry / "environ").read_bytes()
            if is_marked or os.readlink(entry / "cwd").startswith(f"{directory}/"):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def names_of(pids: list[int]) -> set[str]:
    names = set()
    for pid in pids:
        try:
            names.add(Path(f"/proc/{pid}/comm").read_text().strip())
        except OSError:
            continue
    return names


def until(condition, seconds: float):
    deadline = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return value


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_when_it_is_ended(ending, tmp_path):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    mark = str(uuid.UUID(int=random.Random(seed).getrandbits(128)))
    # Temporary files go where they can be counted; the path stays short for unix sockets.
    directory = Path(tempfile.mkdtemp(prefix="bench-"))
    directory.chmod(0o755)
    environment = os.environ | {MARK: mark, "TMPDIR": str(directory), "BENCH": "kv", "QUICK": "1"}
    environment["BENCH_RESULTS"] = str(tmp_path)
    process = subprocess.Popen([sys.executable, str(BENCHMARKS / "bench")], env=environment, stdout=subprocess.PIPE)
    try:
        running = until(lambda: {"redis-server", "emporium"} <= names_of(marked_processes(mark, directory)), 60)
        assert running, "the servers were never seen"
        time.sleep(random.Random(seed + 1).uniform(0, 3))
        process.send_signal(ending)
        process.wait(20)
        gone = until(lambda: not marked_processes(mark, directory), 10)
        assert gone, f"left running: {names_of(marked_processes(mark, directory))}"
        assert until(lambda: not list(directory.iterdir()), 10), f"left lying: {list(directory.iterdir())}"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        shutil.rmtree(directory, ignore_errors=True)


def test_a_suite_that_does_not_exist_is_named():
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / "bench")],
        env=os.environ | {"BENCH": "kv,telepathy"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr == "BENCH=telepathy: there are kv, sql, http, shop\n"


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("kv", "redis-server is missing (Debian: apt-get install redis-server redis-tools)"),
        ("gateways", "wrk is missing (Debian: apt-get install wrk)"),
    ],
)
def test_a_missing_peer_is_named_with_its_package(program, words, tmp_path):
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / "peers" / f"{program}.py"), "--quick"],
        env=os.environ | {"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stderr.strip() == words
