"""Every script of Tests/Golden/kv against ours and redis-server in one run: replies equal byte for byte.

Each script runs in RESP2 and RESP3, step by step, and once more with its commands joined into pipelines.
"""

import pytest
from harness import ledger
from harness.kvscript import read_script, run
from harness.processes import REPOSITORY

SCRIPTS = [read_script(path) for path in sorted((REPOSITORY / "Tests" / "Golden" / "kv").rglob("*.kv"))]
CASES = [
    pytest.param(script, protocol, pipelined, id=f"{script.name}-resp{protocol}{'-pipelined' if pipelined else ''}")
    for script in SCRIPTS
    for protocol, pipelined in [(2, False), (3, False), (2, True)]
    if protocol in script.protocols
]


def test_there_are_scripts():
    assert len(SCRIPTS) >= 20


@pytest.mark.parametrize("script, protocol, pipelined", CASES)
def test_script(script, protocol, pipelined, redis_server, emporium_kv):
    differences = run(script, redis_server.port, emporium_kv.port, protocol, pipelined)
    assert emporium_kv.is_alive(), f"the server died:\n{emporium_kv.output()}"
    ledger.check(f"kv/{script.name} resp{protocol}{' pipelined' if pipelined else ''}", differences)
