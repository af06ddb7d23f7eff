"""docs/commands.md: every command and subcommand of redis 7.0.15, and whether ours has it.

    EMPORIUM_BIN=… .venv/bin/python Tests/ConformanceTests/harness/commandlist.py     rewrites docs/commands.md

Made from what both servers answer to COMMAND and COMMAND DOCS, from Golden/kv-commands.tsv (what differs by nature or is
left out, with reasons) and from the ledger of differences (Golden/known-differences.tsv).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import ledger
from harness.processes import REPOSITORY, EmporiumKV, RedisServer
from harness.resp import Aggregate, RawClient, decode

PAGE = REPOSITORY / "docs" / "commands.md"
REASONS = REPOSITORY / "Tests" / "Golden" / "kv-commands.tsv"
HEAD = """\
# Commands of the key-value server

Made from the servers themselves by `Tests/ConformanceTests/harness/commandlist.py`; a test compares the two.

Measured against redis-server 7.0.15: **yes** means that replies, errors and effects are the real server's, in RESP2 and
RESP3, as far as the golden scripts and the fuzzers look ([what they are](../Tests/Golden/README.md)). Where redis promises no
order (KEYS, SCAN, members of a big set, fields of a big hash), ours has another; where it promises chance, ours is
another chance.

"""


@dataclass
class Row:
    since: str
    group: str
    summary: str


def reasons() -> dict[str, tuple[str, str]]:
    lines = [line.split("\t") for line in REASONS.read_text().splitlines() if line and not line.startswith("#")]
    return {name: (answer, why) for name, answer, why in lines}


def documented(port: int) -> dict[str, Row]:
    """Every command and subcommand that a server has, by its full name."""
    client = RawClient(port)
    listed = {leaf.text.decode() for leaf in decode(client.call("COMMAND", "LIST")).items}
    found: dict[str, Row] = {}

    def note(docs: Aggregate) -> None:
        for name, entry in docs.pairs():
            fields = {key.text: value for key, value in entry.pairs()}
            texts = [fields[key].text.decode() if key in fields else "" for key in (b"since", b"group", b"summary")]
            found[name.text.decode()] = Row(*texts)
            if b"subcommands" in fields:
                note(fields[b"subcommands"])

    note(decode(client.call("COMMAND", "DOCS")))
    return {name: row for name, row in found.items() if name in listed}


def from_ledger(names: set[str]) -> dict[str, list[str]]:
    """What the ledger says of commands: a step begins with its command's words."""
    found: dict[str, list[str]] = {}
    for script, steps in ledger.read().items():
        for step, why in steps.items() if script.startswith("kv/") else ():
            words = step.split("> ")[-1].lower().split(" ")
            name = "|".join(words[:2]) if "|".join(words[:2]) in names else words[0]
            if why not in found.setdefault(name, []):
                found[name].append(why)
    return found


def page(real: dict[str, Row], ours: dict[str, Row]) -> str:
    """The text. Raises AssertionError when the reasons do not fit the servers."""
    known, differences = reasons(), from_ledger(set(real))
    wrong = [name for name, (answer, _) in known.items() if name not in real or (answer == "no") != (name not in ours)]
    wrong += [name for name in real if name not in ours and name not in known]
    assert not wrong, f"{REASONS.name} does not say of these what is the case: {sorted(wrong)}"
    answers = {name: answer_to(name, known, differences) for name in real}
    counts = {word: sum(answer == word for answer, _ in answers.values()) for word in ("yes", "differs", "no")}
    newer = sorted(set(ours) - set(real))
    parts = [HEAD]
    parts.append(
        f"Of {len(real)} commands and subcommands of redis 7.0.15: {counts['yes']} yes, {counts['differs']} differ in what is "
        f"said below, {counts['no']} are not there. {len(newer)} are from newer versions.\n"
    )
    for group in sorted({row.group for row in real.values()}):
        parts.append(f"\n## {group}\n\n| command | since | here | |\n|---|---|---|---|\n")
        for name in sorted(name for name, row in real.items() if row.group == group):
            answer, why = answers[name]
            texts = [text for text in (why, *differences.get(name, [])) if text]
            said = "; ".join(texts) or (ours[name].summary if name in ours else "")
            parts.append(f"| `{spelled(name)}` | {real[name].since} | {answer} | {said} |\n")
    parts.append("\n## Beyond 7.0.15\n\n| command | since | |\n|---|---|---|\n")
    parts += [f"| `{spelled(name)}` | {ours[name].since} | {ours[name].summary} |\n" for name in newer]
    return "".join(parts)


def answer_to(name: str, known: dict[str, tuple[str, str]], differences: dict[str, list[str]]) -> tuple[str, str]:
    """yes, differs or no, and why; what is said of a container holds for its subcommands."""
    container = name.split("|")[0]
    if name in known or container not in known:
        return known.get(name, ("differs", "") if name in differences else ("yes", ""))
    return known[container][0], f"as {spelled(container)}"


def spelled(name: str) -> str:
    return name.upper().replace("|", " ")


def main() -> None:
    with RedisServer() as real, EmporiumKV() as ours:
        PAGE.write_text(page(documented(real.port), documented(ours.port)))
    print(f"wrote {PAGE.relative_to(REPOSITORY)}")


if __name__ == "__main__":
    main()
