"""The ledger of known differences: what ours does not answer as the real server does, one line each, checked both ways.

A difference that the ledger does not name fails its test. A line whose difference is gone fails it too, so the
list can only tell the truth. `UPDATE_GOLDEN=1` rewrites the lines of the scripts that ran; the diff is the review.

    script <tab> the step, on one line <tab> why
"""

from __future__ import annotations

import os

from .kvscript import Difference
from .processes import REPOSITORY

LEDGER = REPOSITORY / "Tests" / "Golden" / "known-differences.tsv"
HEAD = "# script\tstep\twhy ours differs from the real server (see ConformanceTests/harness/ledger.py)\n"


def _step(difference: Difference) -> str:
    return " ".join(difference.source.split())[:200]


def read() -> dict[str, dict[str, str]]:
    known: dict[str, dict[str, str]] = {}
    if LEDGER.exists():
        for line in LEDGER.read_text().splitlines():
            if line and not line.startswith("#"):
                script, step, why = line.split("\t")
                known.setdefault(script, {})[step] = why
    return known


def write(known: dict[str, dict[str, str]]) -> None:
    lines = [f"{script}\t{step}\t{why}\n" for script in sorted(known) for step, why in sorted(known[script].items())]
    LEDGER.write_text(HEAD + "".join(lines))


def check(case: str, differences: list[Difference]) -> None:
    """Fails for what is new and for what is settled. `case` names the script and how it was run."""
    found = {_step(difference): difference for difference in differences}
    if os.environ.get("UPDATE_GOLDEN") == "1":
        known = read()
        old = known.pop(case, {})
        if found:
            known[case] = {step: old.get(step, "not yet") for step in found}
        write(known)
        return
    known = read().get(case, {})
    new = [difference for step, difference in found.items() if step not in known]
    settled = [step for step in known if step not in found]
    report = "\n".join(str(difference) for difference in new)
    assert not new, f"{len(new)} answers differ from the real server's\n{report}"
    assert not settled, "no longer different, take them off known-differences.tsv:\n" + "\n".join(settled)
