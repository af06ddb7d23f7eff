"""Golden `.kv` scripts: read, run in lockstep against two servers, differences collected.

The format is told in Tests/Golden/README.md. A script stores no expectations: what the reference server answers in the
same run is what ours has to answer, byte for byte unless a directive says that this reply may differ in a named way.
"""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from .resp import Aggregate, Closed, Leaf, RawClient, decode, encode

DEFAULT_CLIENT = "main"


@dataclass
class Step:
    line: int
    source: str
    client: str = DEFAULT_CLIENT
    kind: str = "command"  # command, raw, inline, scan, sleep, connect, pipeline, expect-closed, replies
    payload: bytes = b""
    arguments: list[bytes] = field(default_factory=list)
    comparison: tuple[str, ...] = ("bytes",)
    steps: list["Step"] = field(default_factory=list)
    replies: int = 1


@dataclass
class Script:
    path: Path
    steps: list[Step]
    protocols: tuple[int, ...] = (2, 3)

    @property
    def name(self) -> str:
        return f"{self.path.parent.name}/{self.path.stem}"


@dataclass
class Difference:
    line: int
    source: str
    expected: str
    got: str
    place: str = ""

    def __str__(self) -> str:
        return f"line {self.line}: {self.source}{self.place}\n    expected  {self.expected}\n    got       {self.got}"


# Reading.

_ESCAPES = {"n": b"\n", "r": b"\r", "t": b"\t", "b": b"\b", "a": b"\a", "\\": b"\\", '"': b'"', "'": b"'", "0": b"\0"}


def unescape(text: str) -> bytes:
    """redis-cli's escapes inside double quotes: \\n \\r \\t \\b \\a \\xHH; any other escaped character is itself."""
    out = bytearray()
    i = 0
    while i < len(text):
        if text[i] == "\\" and i + 1 < len(text):
            hexadecimal = re.match(r"x([0-9a-fA-F]{2})", text[i + 1 :])
            if hexadecimal:
                out.append(int(hexadecimal[1], 16))
                i += 4
                continue
            out += _ESCAPES.get(text[i + 1], text[i + 1].encode())
            i += 2
            continue
        out += text[i].encode()
        i += 1
    return bytes(out)


def split_arguments(text: str) -> list[bytes]:
    """Words as redis-cli reads them, and `repeat(text, n)` for an argument too long to write down."""
    arguments, i = [], 0
    while True:
        while i < len(text) and text[i].isspace():
            i += 1
        if i == len(text):
            return arguments
        repeated = re.match(r'repeat\("((?:[^"\\]|\\.)*)",\s*(\d+)\)', text[i:])
        if repeated:
            arguments.append(unescape(repeated[1]) * int(repeated[2]))
            i += repeated.end()
        elif text[i] == '"':
            quoted = re.match(r'"((?:[^"\\]|\\.)*)"(?=\s|$)', text[i:])
            if not quoted:
                raise ValueError(f"unbalanced quotes: {text}")
            arguments.append(unescape(quoted[1]))
            i += quoted.end()
        elif text[i] == "'":
            quoted = re.match(r"'((?:[^'\\]|\\.)*)'(?=\s|$)", text[i:])
            if not quoted:
                raise ValueError(f"unbalanced quotes: {text}")
            arguments.append(quoted[1].replace("\\'", "'").encode())
            i += quoted.end()
        else:
            word = re.match(r"\S+", text[i:])[0]
            arguments.append(word.encode())
            i += len(word)


def read_script(path: Path) -> Script:
    steps: list[Step] = []
    protocols: tuple[int, ...] = (2, 3)
    comparison: tuple[str, ...] = ("bytes",)
    replies = 1
    block: Step | None = None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        client = DEFAULT_CLIENT
        prefix = re.match(r"([a-z][a-z0-9]*)>\s+(.*)$", text)
        if prefix:
            client, text = prefix[1], prefix[2]
        step = Step(number, line.strip(), client)
        if text.startswith("@"):
            name, _, rest = text[1:].partition(" ")
            rest = rest.strip()
            if name == "protocols":
                protocols = tuple(int(p) for p in rest.split())
                continue
            if name == "compare":
                comparison = tuple(rest.split())
                continue
            if name == "replies":
                replies = int(rest)
                continue
            if name == "pipeline":
                block = Step(number, line.strip(), client, kind="pipeline")
                steps.append(block)
                continue
            if name == "end":
                block = None
                continue
            step.kind = name
            if name == "sleep":
                step.payload = rest.encode()
            elif name == "raw":
                step.payload = unescape(rest)
            elif name == "raw-repeat":
                count, _, piece = rest.partition(" ")
                step.kind, step.payload = "raw", unescape(piece) * int(count)
            elif name == "inline":
                step.payload = unescape(rest) + b"\r\n"
            elif name == "bytewise":
                step.arguments = split_arguments(rest)
            elif name == "scan":
                step.arguments = split_arguments(rest)
            elif name in ("connect", "closed", "quiet"):
                pass
            elif name == "receive":
                replies = int(rest or "1")
            else:
                raise ValueError(f"{path.name}:{number}: unknown directive @{name}")
        else:
            step.arguments = split_arguments(text)
            step.payload = encode(*step.arguments)
        step.comparison, step.replies = comparison, replies
        comparison, replies = ("bytes",), 1
        if block is not None:
            if step.kind not in ("command", "inline"):
                raise ValueError(f"{path.name}:{number}: only commands may stand in a pipeline")
            block.steps.append(step)
        else:
            steps.append(step)
    if not steps:
        raise ValueError(f"{path} has no steps")
    return Script(path, steps, protocols)


# Comparing.


def shape(value: Leaf | Aggregate) -> object:
    """What is left of a reply without its values: type bytes, and inside arrays the distinct shapes in order."""
    if isinstance(value, Leaf):
        return value.kind.decode() + ("null" if value.text is None else "")
    return (value.kind.decode(), tuple(shape(item) for item in value.items))


def _canonical(value: Leaf | Aggregate) -> tuple:
    if isinstance(value, Leaf):
        return ("leaf", value.sort_key())
    if value.kind in (b"%",):
        return ("map", tuple(sorted((_canonical(k), _canonical(v)) for k, v in value.pairs())))
    return (value.kind.decode(), tuple(_canonical(item) for item in value.items))


def _sorted_deep(value: Leaf | Aggregate) -> tuple:
    """The reply as a bag of bags: for nested listings whose order is a hash table's."""
    if isinstance(value, Leaf):
        return ("leaf", value.sort_key())
    return (value.kind.decode(), tuple(sorted((_sorted_deep(item) for item in value.items), key=repr)))


def same(expected: bytes, got: bytes, comparison: tuple[str, ...]) -> bool:
    if expected == got:
        return True
    how, *options = comparison
    if how == "bytes":
        return False
    try:
        left, right = decode(expected), decode(got)
    except (ValueError, IndexError):
        return False
    if how == "shape":
        return shape(left) == shape(right)
    if how == "any-order":
        return _sorted_deep(left) == _sorted_deep(right)
    if how == "kind":
        return type(left) is type(right) and left.kind == right.kind
    if how == "within":
        if not (isinstance(left, Leaf) and isinstance(right, Leaf) and left.kind == right.kind):
            return False
        try:
            a, b = float(left.text), float(right.text)
        except (TypeError, ValueError):
            return False
        # Both negative answers (-1, -2) are codes, not times: they must be equal.
        return a >= 0 and b >= 0 and abs(a - b) <= float(options[0])
    if how == "masked":
        pattern = re.compile(" ".join(options).encode())
        return pattern.sub(b"<masked>", expected) == pattern.sub(b"<masked>", got)
    if not (isinstance(left, Aggregate) and isinstance(right, Aggregate) and left.kind == right.kind):
        return False
    if how == "unordered":
        return sorted(map(_canonical, left.items)) == sorted(map(_canonical, right.items))
    if how == "collated":
        # By the order of strcoll(), which does not see what stands behind a NUL.
        cut = [[(i.kind, i.text and i.text.split(b"\0")[0]) for i in side.items] for side in (left, right)]
        return cut[0] == cut[1]
    if how == "pairs":
        return sorted((_canonical(k), _canonical(v)) for k, v in left.pairs()) == sorted(
            (_canonical(k), _canonical(v)) for k, v in right.pairs()
        ) and len(left.items) == len(right.items)
    if how == "except":
        # A map or flat list of pairs in which the values of the named keys may differ, but not in type.
        names = {name.encode() for name in options}

        def reduced(value: Aggregate) -> list:
            return [(k, v if not (isinstance(k, Leaf) and k.text in names) else shape(v)) for k, v in value.pairs()]

        return reduced(left) == reduced(right)
    raise ValueError(f"unknown comparison {how}")


def brief(data: bytes, limit: int = 300) -> str:
    text = repr(data)[1:]
    return text if len(text) <= limit else f"{text[:limit]}… ({len(data)} bytes)"


# Running.


def _named(step: Step) -> set[str]:
    words = b" ".join(step.arguments)
    names = {name.decode() for name in re.findall(rb"\{(?:id|addr):([a-z0-9]+)\}", words)}
    return names.union(*(_named(inner) for inner in step.steps))


class Side:
    """One server with the script's clients."""

    def __init__(self, port: int, protocol: int, steps: list[Step]) -> None:
        self.port, self.protocol = port, protocol
        # Those that are named in arguments say their number at once: the server then knows them, and a subscriber of
        # RESP2 could not answer later.
        self.named = {name for step in steps for name in _named(step)}
        self.clients: dict[str, RawClient] = {}
        self.identifiers: dict[str, bytes] = {}

    def client(self, name: str) -> RawClient:
        if name not in self.clients:
            client = RawClient(self.port)
            self.clients[name] = client
            if self.protocol == 3:
                client.call("HELLO", "3")
            if name in self.named:
                self.identifiers[name] = client.call("CLIENT", "ID")[1:-2]
        return self.clients[name]

    def payload(self, step: Step) -> bytes:
        """What to send: `{id:b}` and `{addr:b}` are what this server calls the client `b`."""
        if not any(b"{id:" in word or b"{addr:" in word for word in step.arguments):
            return step.payload

        def called(match: re.Match) -> bytes:
            client = self.client(match[2].decode())
            if match[1] == b"addr":
                return b"%s:%d" % (client.socket.getsockname()[0].encode(), client.socket.getsockname()[1])
            return self.identifiers[match[2].decode()]

        return encode(*(re.sub(rb"\{(id|addr):([a-z0-9]+)\}", called, word) for word in step.arguments))

    def reconnect(self, name: str) -> None:
        if name in self.clients:
            self.clients.pop(name).close()
        self.client(name)

    def close(self) -> None:
        for client in self.clients.values():
            client.close()


def _receive(client: RawClient) -> bytes:
    try:
        return client.reply()
    except Closed as closed:
        return f"<connection closed: {closed}>".encode()
    except TimeoutError as error:
        return f"<{error}>".encode()
    except ValueError as error:
        client.closed = True
        return f"<{error}>".encode()


def _scan_all(client: RawClient, arguments: list[bytes]) -> tuple[set, bytes]:
    """Follows the cursor to its end. SCAN key-less: the cursor is argument 1; HSCAN and family: argument 2."""
    position = 1 if arguments[0].upper() == b"SCAN" else 2
    found: set = set()
    cursor, rounds = b"0", 0
    while True:
        reply = client.call(*arguments[:position], cursor, *arguments[position:])
        if not reply.startswith(b"*2\r\n"):
            return found, reply
        value = decode(reply)
        cursor = value.items[0].text
        items = value.items[1]
        keys = items.pairs() if position == 2 and arguments[0].upper() != b"SSCAN" else [(i,) for i in items.items]
        found |= {tuple(leaf.text for leaf in key) for key in keys}
        rounds += 1
        if cursor == b"0":
            return found, b"<cursor came back to 0>"
        if rounds > 100_000:
            return found, b"<the cursor never came back to 0>"


def run(script: Script, expected_port: int, got_port: int, protocol: int, pipelined: bool = False) -> list[Difference]:
    """Runs the script on both servers, a step at a time. `pipelined` sends runs of plain commands as one batch."""
    reference, ours = (Side(port, protocol, script.steps) for port in (expected_port, got_port))
    differences: list[Difference] = []
    steps = _joined(script.steps) if pipelined else script.steps
    try:
        for side in (reference, ours):
            reply = side.client("harness").call("FLUSHALL")
            if reply != b"+OK\r\n":
                raise AssertionError(f"FLUSHALL before the script answered {brief(reply)}")
        for step in steps:
            differences += _run_step(step, reference, ours)
        # The first client's connection must still be in order: a reply too many would show here.
        left, right = (brief(bytes(side.client(DEFAULT_CLIENT).buffer)) for side in (reference, ours))
        if left != right:
            differences.append(Difference(0, "bytes left over at the end", left, right))
    finally:
        reference.close()
        ours.close()
    return differences


def _joined(steps: list[Step]) -> list[Step]:
    """Runs of plain commands of one client become pipelines; everything else stays as it is."""
    result: list[Step] = []
    for step in steps:
        last = result[-1] if result else None
        if step.kind == "command" and step.replies == 1:
            if last is None or last.kind != "pipeline" or last.client != step.client or last.source != "joined":
                result.append(Step(step.line, "joined", step.client, kind="pipeline"))
            result[-1].steps.append(step)
        else:
            result.append(step)
    return result


def _run_step(step: Step, reference: Side, ours: Side) -> list[Difference]:
    sides = (reference, ours)
    if step.kind == "sleep":
        time.sleep(float(step.payload))
        return []
    if step.kind == "connect":
        for side in sides:
            side.reconnect(step.client)
        return []
    clients = [side.client(step.client) for side in sides]
    if step.kind in ("raw",):
        outcomes = []
        for client in clients:
            sender = threading.Thread(target=client.send, args=(step.payload,))
            sender.start()
            outcomes.append(client.everything(at_least=len(outcomes[0][0]) if outcomes else 0))
            sender.join()
        # On a busy machine the first may have been silent for a while without having said everything.
        most = max(len(data) for data, _ in outcomes)
        for index, client in enumerate(clients):
            data, closed = outcomes[index]
            if len(data) < most and not closed:
                more, closed = client.everything(at_least=most - len(data))
                outcomes[index] = (data + more, closed)
        return _differences(step, *(data + (b"<closed>" if closed else b"") for data, closed in outcomes))
    if step.kind == "quiet":
        return _differences(step, *(client.everything()[0] for client in clients))
    if step.kind == "receive":
        received = [[_receive(client) for _ in range(step.replies)] for client in clients]
        return [difference for pair in zip(*received) for difference in _differences(step, *pair)]
    if step.kind == "closed":
        return _differences(step, *(_receive(client) for client in clients))
    if step.kind == "scan":
        left, right = (_scan_all(client, step.arguments) for client in clients)
        if left == right:
            return []
        return [Difference(step.line, step.source, _scan_text(left), _scan_text(right))]
    if step.kind == "bytewise":
        payload = encode(*step.arguments)
        for i in range(len(payload)):
            for client in clients:
                client.send(payload[i : i + 1])
            time.sleep(0.0005)
        return _differences(step, *(_receive(client) for client in clients))
    if step.kind == "pipeline":
        for side, client in zip(sides, clients):
            client.send(b"".join(side.payload(inner) for inner in step.steps))
        differences = []
        for inner in step.steps:
            differences += _differences(inner, *(_receive(client) for client in clients))
        return differences
    differences = []
    for side, client in zip(sides, clients):
        client.send(side.payload(step))
    for _ in range(step.replies):
        differences += _differences(step, *(_receive(client) for client in clients))
    return differences


def _scan_text(outcome: tuple[set, bytes]) -> str:
    found, last = outcome
    return f"{len(found)} items {sorted(found)[:20]!r}, last {brief(last)}"


def _differences(step: Step, expected: bytes, got: bytes) -> list[Difference]:
    if same(expected, got, step.comparison):
        return []
    source = step.source if step.comparison == ("bytes",) else f"{step.source}  [{' '.join(step.comparison)}]"
    # Long replies: show where they part, not how they begin.
    start = 0
    if max(len(expected), len(got)) > 300:
        start = next((i for i, (a, b) in enumerate(zip(expected, got)) if a != b), min(len(expected), len(got)))
        start = max(start - 60, 0)
    place = f"  (from byte {start})" if start else ""
    return [Difference(step.line, source, brief(expected[start:]), brief(got[start:]), place)]
