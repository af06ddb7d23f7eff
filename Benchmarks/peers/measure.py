"""What the side-by-side runs share: the processor time of a server, rounds that alternate, medians, raw results.

The figure is server CPU-seconds per million operations. On a machine whose cores the load generator shares, throughput
measures the neighbour; the time that the server's own threads ran does not. It is read from the kernel's
schedstat of every thread, in nanoseconds; what exited children used is read from their parent's accounting.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import platform
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
# The servers are started by the same code that the conformance tests use.
sys.path.insert(0, str(REPOSITORY / "Tests" / "ConformanceTests"))

from harness.processes import die_with_parent  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")

# A ratio is steady when its standard error is this part of it: by chance alone two runs then seldom differ by a tenth. The state
# of a shared machine, which changes between runs, is not in it.
STEADY = 0.02
# More rounds than this for the sake of one ratio are not worth their time.
MOST_ROUNDS = 60


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            found += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


def cpu_seconds(pid: int) -> float:
    """Processor time of a process and everything below it, the living and the already waited for."""
    nanoseconds = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            nanoseconds += int((task / "schedstat").read_text().split()[0])
        except OSError:
            continue
    # Fields 16 and 17 of stat: user and system time of children that were waited for, in clock ticks.
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    waited_for = (int(after_name[13]) + int(after_name[14])) / TICKS
    living = 0.0
    for child in _children(pid):
        try:
            living += cpu_seconds(child)
        except OSError:
            continue  # it exited in between: its parent's account has it now
    return nanoseconds / 1e9 + waited_for + living


def resident_bytes(pid: int) -> int:
    """Private and shared memory of one process; for a tree use the proportional set of each member."""
    total = 0
    for member in [pid, *_children(pid)]:
        try:
            for line in Path(f"/proc/{member}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        except OSError:
            continue
    return total


class Together:
    """Several server processes that are measured as one: a service with its data server, a whole shop."""

    def __init__(self, name: str, members: list) -> None:
        self.name = name
        self.members = members

    @property
    def pids(self) -> list[int]:
        return [member.pid for member in self.members]


def pids_of(server: object) -> list[int]:
    return server.pids if isinstance(server, Together) else [server.pid]


def run_load(command: list[str], environment: dict[str, str] | None = None, timeout: float = 600) -> str:
    """Runs a load generator to its end and returns what it printed; its failure ends the benchmark with its words."""
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=timeout,
        env=os.environ | (environment or {}),
        preexec_fn=lambda: die_with_parent(signal.SIGKILL),
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}".rstrip())
    return done.stdout


@dataclass
class Sample:
    cpu_per_million: float
    wall_seconds: float


@dataclass
class Load:
    """One thing to measure: `run(server)` performs `operations` operations."""

    name: str
    operations: int
    run: Callable[[object], object]
    bar: float | None = None  # the highest ratio ours/peer that PERFORMANCE and the issues allow
    before: Callable[[object], object] | None = None


@dataclass
class Comparison:
    """Alternating rounds of every load on both servers; raw samples go to a JSON-lines file as they come."""

    ours: object
    peer: object
    output: Path
    rounds: int
    # Seconds for more rounds of the loads whose ratios are not steady after those.
    patience: float = 0
    facts: dict = field(default_factory=dict)
    samples: dict[str, dict[str, list[Sample]]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def record(self, kind: str, **values: object) -> None:
        with self.output.open("a") as sink:
            sink.write(json.dumps({"kind": kind, "at": time.time(), **values}) + "\n")

    def measure(self, loads: list[Load]) -> None:
        total, done = (self.rounds + 1) * len(loads), 0
        started = time.monotonic()
        with a_core_each(self.ours, self.peer):
            # One round is not counted: it makes the keys and brings code and memory near.
            for number in range(-1, self.rounds):
                for load in loads:
                    self._round(load, number)
                    done += 1
                    left = (time.monotonic() - started) / done * (total - done)
                    progress(f"round {number + 1} of {self.rounds}  {load.name:<28} about {left:4.0f} s left")
            self._steady(loads)
        progress("")

    def _round(self, load: Load, number: int) -> None:
        if load.name in self.failures:
            return
        # The order changes each round, so that neither side always runs on the warmer machine.
        sides = [self.ours, self.peer] if number % 2 == 0 else [self.peer, self.ours]
        try:
            for server in sides:
                self._sample(load, server, number)
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            # What a server cannot do yet is a row that says so.
            self.failures[load.name] = words(error)
            self.record("failure", load=load.name, message=str(error))

    def _steady(self, loads: list[Load]) -> None:
        """More rounds, always of the load whose ratio is known worst, until all are steady or patience ends."""
        deadline = time.monotonic() + self.patience
        while (left := deadline - time.monotonic()) > 0:
            doubtful = [
                load
                for load in loads
                if load.name not in self.failures
                and len(self._pairs(load)) < MOST_ROUNDS
                and relative_error(self._pairs(load)) > STEADY
            ]
            if not doubtful:
                return
            load = max(doubtful, key=lambda load: relative_error(self._pairs(load)))
            self._round(load, len(self._pairs(load)))
            progress(f"round {len(self._pairs(load))}  {load.name:<28} at most {left:4.0f} s left")

    def _pairs(self, load: Load) -> list[tuple[Sample, Sample]]:
        return list(zip(*(self.samples[load.name][side.name] for side in (self.ours, self.peer))))

    def _sample(self, load: Load, server: object, number: int) -> None:
        if load.before is not None:
            load.before(server)
        pids = pids_of(server)
        before, started = sum(map(cpu_seconds, pids)), time.monotonic()
        load.run(server)
        wall = time.monotonic() - started
        for pid in pids:
            _let_children_end(pid)
        used = sum(map(cpu_seconds, pids)) - before
        if number < 0:
            return
        sample = Sample(used * 1e6 / load.operations, wall)
        self.samples.setdefault(load.name, {}).setdefault(server.name, []).append(sample)
        self.record(
            "sample",
            load=load.name,
            server=server.name,
            round=number,
            operations=load.operations,
            cpu_seconds=used,
            wall_seconds=wall,
        )

    def report(self, loads: list[Load]) -> bool:
        """Prints the table; true when no bar is missed."""
        ours, peer = self.ours.name, self.peer.name
        print("\nserver CPU-seconds per million operations, median of the rounds (lowest–highest); ratio and its standard error\n")
        print(f"{'load':<28}{ours:>26}{peer:>26}  rounds       ratio   bar")
        met = True
        for load in loads:
            if load.name in self.failures:
                print(f"{load.name:<28}  cannot: {self.failures[load.name]}")
                met = met and load.bar is None
                continue
            left, right = (self.samples[load.name][name] for name in (ours, peer))
            ratio = _ratio(left, right)
            verdict = "" if load.bar is None else f"{load.bar:5.2f} {'met' if ratio <= load.bar else 'MISSED'}"
            met = met and (load.bar is None or ratio <= load.bar)
            pairs = self._pairs(load)
            # One round alone tells nothing of its error.
            error = relative_error(pairs) * ratio if len(pairs) > 1 else None
            certainty = "" if error is None else f"±{error:.2f}"
            print(
                f"{load.name:<28}{_spread(left):>26}{_spread(right):>26}  {len(left):6}  {ratio:5.2f} {certainty:5}  {verdict}".rstrip()
            )
            figures = {"ours": _median(left), "peer": _median(right), "ratio": ratio, "error": error}
            self.record("result", load=load.name, rounds=len(left), bar=load.bar, **figures)
        print(f"\nraw samples: {self.output}")
        return met


@contextlib.contextmanager
def a_core_each(*servers: object) -> Iterator[None]:
    """Keeps the servers on one half of the machine's cores and the load, which is this process and its children, on the
    other: a sample then does not depend on where the scheduler puts them. Halves the noise of the ratios on two cores."""
    cores = sorted(os.sched_getaffinity(0))
    half = len(cores) // 2
    if half == 0:
        yield
        return
    for server in servers:
        for pid in pids_of(server):
            _keep_on(pid, set(cores[:half]))
    os.sched_setaffinity(0, set(cores[half:]))
    try:
        yield
    finally:
        os.sched_setaffinity(0, set(cores))


def _keep_on(pid: int, cores: set[int]) -> None:
    for task in Path(f"/proc/{pid}/task").iterdir():
        # A thread that ended needs no core.
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(int(task.name), cores)
    for child in _children(pid):
        with contextlib.suppress(OSError):
            _keep_on(child, cores)


ROUNDS = "so many, however steady the ratios are then"


def parser_of(description: str, quick: str, rounds: str | None = ROUNDS) -> argparse.ArgumentParser:
    """The options that the programs have in common; `quick` and `rounds` tell what those do, None that there are no rounds."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help=quick)
    if rounds:
        parser.add_argument("--rounds", type=int, help=rounds)
    parser.add_argument("--output", type=Path, help="where the samples go as lines of JSON")
    return parser


def begin(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Reads the options, and sees to it that whatever is started from now on is also ended."""
    options = parser.parse_args()
    leave_cleanly_when_told()
    if options.output is None:
        name = time.strftime(f"{Path(sys.argv[0]).stem}-%Y%m%d-%H%M%S.jsonl")
        options.output = REPOSITORY / "Benchmarks" / "results" / name
    options.output.parent.mkdir(parents=True, exist_ok=True)
    return options


def compare(ours: object, peer: object, options: argparse.Namespace, patience: float) -> Comparison:
    """A comparison of five rounds when it should be quick; else of ten, and `patience` seconds more for the loads whose ratio
    is not steady by then. A sample is as long either way: many short ones that alternate say more than a few long ones, since
    what disturbs them lasts longer than they do."""
    if options.rounds:
        return Comparison(ours, peer, options.output, options.rounds)
    if options.quick:
        return Comparison(ours, peer, options.output, rounds=5)
    return Comparison(ours, peer, options.output, rounds=10, patience=patience)


def choose(things: list, only: str | None, parser: argparse.ArgumentParser) -> list:
    """Those whose name begins like a word of `only` (separated by commas); all without it. A word that fits none is an error."""
    if not only:
        return things
    beginnings = [word.strip().lower() for word in only.split(",")]
    for beginning in beginnings:
        if not any(thing.name.lower().startswith(beginning) for thing in things):
            parser.error(f"nothing is called {beginning!r}; there are {', '.join(thing.name for thing in things)}")
    return [thing for thing in things if thing.name.lower().startswith(tuple(beginnings))]


def _median(samples: list[Sample]) -> float:
    return statistics.median(sample.cpu_per_million for sample in samples)


def _ratio(ours: list[Sample], peer: list[Sample]) -> float:
    """Of all rounds together. On a shared machine it repeats better than medians, minima or trimmed means: between three runs
    its differences were the smallest of eight ways over 63 loads."""
    return sum(sample.cpu_per_million for sample in ours) / sum(sample.cpu_per_million for sample in peer)


def relative_error(pairs: list[tuple[Sample, Sample]]) -> float:
    """The standard error of the ratio, as a part of it; infinite while there is one round alone."""
    if len(pairs) < 2:
        return math.inf
    return statistics.stdev(math.log(ours.cpu_per_million / peer.cpu_per_million) for ours, peer in pairs) / len(pairs) ** 0.5


def _spread(samples: list[Sample]) -> str:
    values = [sample.cpu_per_million for sample in samples]
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


def _let_children_end(pid: int, patience: float = 3.0) -> None:
    """After a load a server of processes has children that are about to exit; wait until their number is steady."""
    deadline, before = time.monotonic() + patience, 0
    while time.monotonic() < deadline and (now := len(_children(pid))) != before:
        before = now
        time.sleep(0.1)


def progress(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{text}")
        sys.stderr.flush()
    elif text:
        print(text, file=sys.stderr, flush=True)


def words(error: Exception) -> str:
    """One line of an error: the first one that names a failure, else the last."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    telling = (line for line in lines if any(word in line.lower() for word in ("error", "non-2xx", "fail", "fatal")))
    return next(telling, lines[-1]).strip()[:200]


def machine() -> dict[str, object]:
    """What a reader has to know to judge the figures."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    tracked = Path("/proc/sys/net/netfilter/nf_conntrack_count")
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "load_average": round(os.getloadavg()[0], 2),
        "tracked_connections": int(tracked.read_text()) if tracked.exists() else 0,
    }


def introduce(facts: dict[str, object]) -> None:
    print(", ".join(f"{key} {value}" for key, value in facts.items()))
    if facts["load_average"] > 0.7 * (os.cpu_count() or 1):
        print(
            "The machine is busy: other work runs beside this benchmark, and caches and clocks are shared. Ratios of "
            "alternating rounds bear that better than the absolute figures."
        )
    if facts["tracked_connections"] > 0:
        print(
            "A firewall, or containers', looks at every packet, on loopback too (`nft list ruleset`): that costs both sides "
            "the same, and brings the ratios of small requests nearer to 1."
        )


def leave_cleanly_when_told() -> None:
    """Every polite signal unwinds the stack, so that each server and directory is cleaned up. After SIGKILL the
    servers go with their parent, and the harness's janitor removes the directories."""
    polite = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def leave(*_: object) -> None:
        for number in polite:
            signal.signal(number, signal.SIG_IGN)  # once is enough: cleaning up must not be interrupted
        sys.exit(130)

    for number in polite:
        signal.signal(number, leave)
