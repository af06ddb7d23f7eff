"""Every script of Tests/Golden/sql against ours and PostgreSQL 15 in one run.

Each script runs in the simple protocol, the extended one, and the extended one with binary results.
"""

import pytest
from harness import ledger
from harness.processes import REPOSITORY
from harness.sqlscript import read_script, run

SCRIPTS = [read_script(path) for path in sorted((REPOSITORY / "Tests" / "Golden" / "sql").rglob("*.slt"))]
CASES = [pytest.param(script, mode, id=f"{script.name}-{mode}") for script in SCRIPTS for mode in script.modes]


def test_there_are_scripts():
    assert len(SCRIPTS) >= 20


@pytest.mark.parametrize("script, mode", CASES)
def test_script(script, mode, postgresql, emporium_sql):
    differences = run(script, postgresql, emporium_sql, mode)
    assert emporium_sql.is_alive(), f"the server died:\n{emporium_sql.output()}"
    ledger.check(f"sql/{script.name} {mode}", differences)
