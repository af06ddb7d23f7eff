"""What a reviewer would otherwise look for by hand: module arrows, leftovers, dangerous words, dead links.

The arrows are the table of ARCHITECTURE.md. They are checked twice: against Package.swift's dependencies, and against
the `import` lines of every source, because a module can import what a dependency happens to bring along.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

SERVICES = ["APIGateway", "Cart", "Checkout", "Payment", "Product", "Content", "WebGateway"]
# Module: which of our own modules it may import.
ARROWS: dict[str, set[str]] = {
    "CLinux": set(),
    "CLua": set(),
    "Bytes": {"CLinux"},
    "COpenSSL": set(),
    "Net": {"Bytes", "CLinux", "COpenSSL"},
    "Telemetry": {"Bytes"},
    "RESP": {"Bytes"},
    "KVEngine": {"Bytes", "CLinux", "CLua", "RESP"},
    "KVPersistence": {"Bytes", "CLinux", "RESP", "KVEngine"},
    "KVReplication": {"Bytes", "RESP", "KVEngine", "KVPersistence", "Net"},
    "KVServer": {"Bytes", "CLinux", "RESP", "KVEngine", "KVPersistence", "KVReplication", "Net", "Telemetry"},
    "KVClient": {"Bytes", "RESP"},
    "SQLTypes": {"Bytes"},
    "SQLSyntax": set(),
    "SQLStorage": {"Bytes", "CLinux", "SQLTypes"},
    "SQLEngine": {"Bytes", "SQLTypes", "SQLSyntax", "SQLStorage"},
    "PGWire": {"Bytes"},
    "SQLServer": {"Bytes", "CLinux", "PGWire", "SQLEngine", "SQLTypes", "Net", "Telemetry"},
    "SQLClient": {"Bytes", "PGWire", "SQLTypes"},
    "Commerce": {"Telemetry"},
    "ServiceRuntime": {"Commerce", "Telemetry"},
    **{service: {"Commerce", "ServiceRuntime"} for service in SERVICES},
    "emporium": {
        "KVServer",
        "SQLServer",
        "KVClient",
        "SQLClient",
        "Net",
        "Commerce",
        "ServiceRuntime",
        "Telemetry",
        *SERVICES,
    },
}
for _service in ("Cart", "WebGateway"):
    ARROWS[_service] = ARROWS[_service] | {"KVClient"}
ARROWS["Product"] = ARROWS["Product"] | {"SQLClient"}

DATA_SERVERS = [
    "Bytes",
    "Net",
    "RESP",
    "KVEngine",
    "KVPersistence",
    "KVReplication",
    "KVServer",
    "SQLTypes",
    "SQLSyntax",
    "SQLStorage",
    "SQLEngine",
    "PGWire",
    "SQLServer",
]

# A test target depends on what it likes; so does what several of them share.
ARROWS["TestSupport"] = set()

TARGET = re.compile(r'\.(?:executableTarget|target)\(\s*name:\s*"(\w+)"(.*?)path:\s*"([^"]+)"', re.S)
IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:public\s+|internal\s+|package\s+|private\s+|fileprivate\s+)?"
    r"import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)",
    re.M,
)


def tracked(*patterns: str) -> list[Path]:
    """Files that are or would be committed: what git tracks, and new ones it does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for name in listed.stdout.splitlines() if (path := REPOSITORY / name).is_file()]


def targets() -> dict[str, tuple[Path, set[str]]]:
    """Target name: its folder, and the own modules among its dependencies."""
    manifest = (REPOSITORY / "Package.swift").read_text()
    found = {}
    for name, middle, path in TARGET.findall(manifest):
        without_products = re.sub(r"\.product\([^)]*\)", "", middle)
        found[name] = (REPOSITORY / path, set(re.findall(r'"(\w+)"', without_products)))
    return found


def imports(text: str) -> set[str]:
    return set(IMPORT.findall(_without_comments(text)))


def _without_comments(text: str) -> str:
    return re.sub(r"(?<!:)//[^\n]*", "", re.sub(r'"(?:\\.|[^"\\\n])*"', '""', text))


def relative(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def test_the_manifest_is_understood():
    assert {"Bytes", "KVEngine", "SQLEngine", "emporium", *SERVICES} <= set(targets())
    unknown = set(targets()) - set(ARROWS)
    assert not unknown, f"modules without a row in the table of arrows: {unknown}"


def test_this_test_sees_imports():
    text = "@testable import Bytes\n  public import struct Net.Connection\n// import Foundation\n"
    text += 'let s = "import X"\nimport Glibc\n'
    assert imports(text) == {"Bytes", "Net", "Glibc"}


@pytest.mark.parametrize("module", ARROWS)
def test_manifest_arrows(module):
    if module not in targets():
        return
    _, dependencies = targets()[module]
    assert dependencies <= ARROWS[module], f"{module} must not depend on {dependencies - ARROWS[module]}"


@pytest.mark.parametrize("module", ARROWS)
def test_import_arrows(module):
    if module not in targets():
        return
    folder, _ = targets()[module]
    wrong = []
    for source in folder.rglob("*.swift"):
        for name in imports(source.read_text()):
            if name in ARROWS and name != module and name not in ARROWS[module]:
                wrong.append(f"{relative(source)} imports {name}")
            if module in DATA_SERVERS and name.startswith("Foundation"):
                wrong.append(f"{relative(source)} imports {name}: no Foundation in the data servers")
    assert not wrong, "\n".join(wrong)


def test_nothing_imports_a_server_but_emporium_and_tests():
    wrong = [
        f"{relative(source)} imports {name}"
        for source in tracked("Sources/**.swift")
        if "Sources/emporium/" not in str(source)
        for name in imports(source.read_text())
        if name in ("KVServer", "SQLServer")
    ]
    assert not wrong, "\n".join(wrong)


# The words are put together here so that this file does not find itself.
LEFTOVERS = re.compile(r"\b(" + "|".join(["FIX" + "ME", "TO" + "DO", "XX" + "X", "HA" + "CK"]) + r")\b")


def test_no_leftovers():
    wrong = []
    for path in tracked("Sources", "Tests", "Benchmarks", "deploy", "Package.swift", "Makefile"):
        if path.suffix in (".jpeg", ".jpg", ".png", ".slt", ".kv"):
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if LEFTOVERS.search(line):
                wrong.append(f"{relative(path)}:{number}: {line.strip()[:100]}")
    assert not wrong, "\n".join(wrong)


def test_no_placeholder_files():
    wrong = [relative(path) for path in tracked("Sources", "Tests") if path.stem.lower().startswith("placeholder")]
    assert not wrong, wrong


MACHINE = re.compile(r"(?<![\w.])/(?:" + "work" + r"/\w|home/\w|Users/\w|root/\w)")


def test_no_machine_paths():
    wrong = []
    for path in tracked():
        if path.suffix in (".jpeg", ".jpg", ".png"):
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if MACHINE.search(line):
                wrong.append(f"{relative(path)}:{number}: {line.strip()[:100]}")
    assert not wrong, "\n".join(wrong)


DANGEROUS = {
    r"\btry!": "a failing call would end the process",
    r"\bfatalError\(": "ends the process: a precondition says what was broken",
    r"\bas!\s": "a wrong cast ends the process",
}


@pytest.mark.parametrize("pattern", DANGEROUS)
def test_no_dangerous_words_in_sources(pattern):
    wrong = [
        f"{relative(path)}:{number}: {line.strip()[:100]}"
        for path in tracked("Sources/**.swift")
        for number, line in enumerate(_without_comments(path.read_text()).splitlines(), 1)
        if re.search(pattern, line)
    ]
    assert not wrong, f"{DANGEROUS[pattern]}\n" + "\n".join(wrong)


@pytest.mark.parametrize("word", ["@unchecked Sendable", "nonisolated(unsafe)"])
def test_unchecked_concurrency_says_why(word):
    wrong = []
    for path in tracked("Sources/**.swift"):
        lines = path.read_text().splitlines()
        for number, line in enumerate(lines):
            if word in _without_comments(line):
                around = "\n".join(lines[max(0, number - 12) : number + 4])
                if not re.search(r"//.*\b(safe|thread|lock|confined|guarded|immutable)", around, re.I):
                    wrong.append(f"{relative(path)}:{number + 1}: {line.strip()}")
    assert not wrong, f"{word} without a comment that proves it safe\n" + "\n".join(wrong)


LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+\s+(.*)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_document_links_resolve():
    wrong = []
    for path in tracked("*.md", "**/*.md"):
        text = re.sub(r"```.*?```", "", path.read_text(), flags=re.S)
        for first, second in LINK.findall(text):
            link = first or second
            if re.match(r"[a-z]+:", link):
                continue
            name, _, anchor = link.partition("#")
            goal = (path.parent / name).resolve() if name else path
            if not goal.exists():
                wrong.append(f"{relative(path)}: {link}")
            elif anchor and goal.suffix == ".md" and anchor not in _anchors(goal.read_text()):
                wrong.append(f"{relative(path)}: {link} (no such heading)")
    assert not wrong, "\n".join(wrong)


def test_the_image_is_built_as_the_executable_is():
    flags = re.search(r"^RELEASE_FLAGS := (.*)$", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    assert flags and f"swift build {flags[1]} " in (REPOSITORY / "deploy" / "Containerfile").read_text()


def test_python_requirements_are_pinned():
    for line in (REPOSITORY / "Tests" / "requirements.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            assert re.fullmatch(r"[\w.-]+(\[[\w,]+\])?==[\w.]+", line), line
