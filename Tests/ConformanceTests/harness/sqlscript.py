"""Golden `.slt` scripts: read, run against two SQL servers, differences collected. Format: Tests/Golden/README.md."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from .kvscript import Difference
from .pgwire import Session
from .processes import SQLServerProcess

MODES = ("simple", "extended", "binary")


@dataclass
class Step:
    line: int
    text: str
    session: str = "main"
    kind: str = "statement"  # statement, multi, psql, wait
    unordered: bool = False
    shape: bool = False
    asynchronous: bool = False
    parameters: list[str | None] | None = None
    types: list[int] | None = None
    copy: bytes | None = None


@dataclass
class Script:
    path: Path
    steps: list[Step]
    modes: tuple[str, ...] = MODES

    @property
    def name(self) -> str:
        return f"{self.path.parent.name}/{self.path.stem}"


def read_script(path: Path) -> Script:
    steps: list[Step] = []
    modes = MODES
    lines = path.read_text().splitlines()
    pending: dict[str, object] = {}
    statement: list[str] = []
    start, session = 0, "main"
    i = 0
    while i < len(lines):
        line, i = lines[i], i + 1
        if not statement:
            if not line.strip() or line.startswith("#"):
                continue
            prefix = re.match(r"([a-z])>\s*(.*)$", line)
            session = prefix[1] if prefix else "main"
            line = prefix[2] if prefix else line
            start = i
            if line.startswith("@"):
                name, _, rest = line[1:].partition(" ")
                rest = rest.strip()
                if name == "modes":
                    modes = tuple(rest.split())
                elif name in ("unordered", "shape"):
                    pending[name] = True
                elif name == "async":
                    pending["asynchronous"] = True
                elif name == "params":
                    pending["parameters"] = [None if p == "NULL" else p for p in rest.split(",")]
                elif name == "types":
                    pending["types"] = [int(p) for p in rest.split(",")]
                elif name == "copy":
                    data = []
                    while lines[i] != "\\.":
                        data.append(lines[i])
                        i += 1
                    i += 1
                    pending["copy"] = "".join(piece + "\n" for piece in data).encode()
                elif name == "multi":
                    end = lines.index("@end", i)
                    steps.append(Step(start, "\n".join(lines[i:end]), session, "multi", **pending))
                    i, pending = end + 1, {}
                elif name in ("psql", "wait"):
                    steps.append(Step(start, rest, session, name))
                else:
                    raise ValueError(f"{path.name}:{i}: unknown directive @{name}")
                continue
        statement.append(line)
        if line.rstrip().endswith(";"):
            # The semicolon stays: it is part of what is parsed, and of positions.
            steps.append(Step(start, "\n".join(statement), session, **pending))
            statement, pending = [], {}
    if statement:
        raise ValueError(f"{path.name}:{start}: the statement never ends with a semicolon")
    if not steps:
        raise ValueError(f"{path} has no steps")
    return Script(path, steps, modes)


@dataclass
class Side:
    """One server, a database of its own for the script, and the script's sessions."""

    server: SQLServerProcess
    database: str
    mode: str
    sessions: dict[str, Session] = field(default_factory=dict)

    def session(self, name: str) -> Session:
        if name not in self.sessions:
            self.sessions[name] = self._connect(self.database)
        return self.sessions[name]

    def _connect(self, database: str) -> Session:
        return Session(self.server.port, self.server.user, database, self.server.password)

    def __enter__(self) -> "Side":
        administration = self._connect("postgres")
        try:
            events = administration.simple(f"CREATE DATABASE {self.database}")
        finally:
            administration.close()
        if ("tag", "CREATE DATABASE") not in events:
            raise AssertionError(f"CREATE DATABASE answered {events}")
        return self

    def __exit__(self, *_: object) -> None:
        for session in self.sessions.values():
            session.close()
        # A leftover database is not an error here: the server and its directory go with the test run.

    def run(self, step: Step) -> list[tuple]:
        if step.kind == "psql":
            return _psql(self.server, self.database, step.text)
        session = self.session(step.session)
        if step.kind == "wait":
            return session.events()
        if step.asynchronous:
            session.start_simple(step.text)
            return []
        if step.kind == "multi" or self.mode == "simple":
            events = session.simple(step.text)
        else:
            events = session.extended(step.text, step.parameters, step.types, binary=self.mode == "binary")
        if events and events[-1][0] == "copy in":
            sync = step.kind != "multi" and self.mode != "simple"
            if step.copy is not None:
                events += session.copy_data(step.copy, sync=sync)
            else:
                events += session.copy_fail("no data in the script", sync=sync)
            if events[-1][0] == "copy in":  # two COPYs in one query
                events += session.copy_fail("only one COPY has data")
        return events


def _psql(server: SQLServerProcess, database: str, command: str) -> list[tuple]:
    words = shlex.split(command)
    done = subprocess.run(
        ["psql", "-X", "-h", "127.0.0.1", "-p", str(server.port), "-U", server.user, "-d", database, *words],
        capture_output=True,
        timeout=30,
        env=os.environ | {"PGPASSWORD": server.password or "", "LC_ALL": "C.UTF-8"},
    )
    hide = lambda data: (
        data.decode(errors="backslashreplace").replace(database, "<database>").replace(str(server.port), "<port>")
    )  # noqa: E731
    return [
        ("psql", done.returncode),
        *(("out", line) for line in hide(done.stdout).splitlines()),
        *(("err", line) for line in hide(done.stderr).splitlines()),
    ]


def _normalised(events: list[tuple], step: Step) -> list[tuple]:
    if step.unordered:
        rows = Counter(event for event in events if event[0] == "row")
        return [event for event in events if event[0] != "row"] + [("rows", frozenset(rows.items()))]
    if step.shape:
        return [("row", len(event) - 1) if event[0] == "row" else event for event in events]
    return events


def _text(events: list[tuple]) -> str:
    parts = []
    for event in events:
        if event[0] == "columns":
            parts.append("columns " + ", ".join(f"{c[0]}:{c[3]}/{c[4]}/{c[5]}{'' if c[1] else '-'}" for c in event[1:]))
        elif event[0] == "row":
            parts.append(
                "("
                + ", ".join(
                    "NULL" if v is None else repr(v)[2:-1] if isinstance(v, bytes) else str(v) for v in event[1:]
                )
                + ")"
            )
        elif event[0] in ("error", "notice"):
            parts.append(f"{event[0]} " + ", ".join(f"{k}={v!r}" for k, v in event[1].items()))
        elif event[0] in ("out", "err"):
            parts.append(f"{event[0]} {event[1]}")
        else:
            parts.append(" ".join(str(item) for item in event))
    return "\n              ".join(parts)


def _parted(expected: list[tuple], got: list[tuple]) -> tuple[str, str]:
    """The two from where they part, at most 12 events: enough to see, short enough to read."""
    start = next((i for i, (a, b) in enumerate(zip(expected, got)) if a != b), min(len(expected), len(got)))
    mark = f"[after {start} equal] " if start else ""
    return tuple(mark + (_text(side[start : start + 12]) or "nothing") for side in (expected, got))


def run(script: Script, reference: SQLServerProcess, ours: SQLServerProcess, mode: str) -> list[Difference]:
    database = re.sub(r"[^a-z0-9]", "_", f"t_{script.name}_{mode}_{run.counter}".lower())
    run.counter += 1
    differences: list[Difference] = []
    with Side(reference, database, mode) as left, Side(ours, database, mode) as right:
        for step in script.steps:
            if step.kind == "psql" and mode != "simple":
                continue
            if (step.parameters or step.types) and mode == "simple":
                continue
            outcomes: list[list[tuple]] = [[], []]

            def perform(index: int, side: Side) -> None:
                try:
                    outcomes[index] = side.run(step)
                except (OSError, EOFError) as error:
                    outcomes[index] = [(f"{type(error).__name__}: {error}",)]
                    side.sessions.pop(step.session, None)

            helper = threading.Thread(target=perform, args=(0, left))
            helper.start()
            perform(1, right)
            helper.join()
            expected, got = (_normalised(outcome, step) for outcome in outcomes)
            if expected != got:
                differences.append(Difference(step.line, step.text, *_parted(expected, got)))
            if outcomes[1] and outcomes[1][-1][0] in ("connection closed", "TimeoutError", "ConnectionResetError"):
                right.sessions.pop(step.session, None)
    return differences


run.counter = 0
