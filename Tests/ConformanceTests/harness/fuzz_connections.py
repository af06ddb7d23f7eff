"""What holds other commands, for the fuzzer: transactions, scripts, and the databases that a connection chooses among.

`Queue` compares what EXEC answers, each reply in the way of its command.
"""

from __future__ import annotations

from .kvscript import same
from .resp import reply_end

BYTES = ("bytes",)
# Mostly the first, so that keys meet.
DATABASES = (b"0", b"0", b"0", b"1", b"2")


def _script(g) -> list[bytes]:
    """A script that runs one command of any family; how its reply is compared is that command's."""
    words, comparison = g.command_of_data()
    g.comparison = comparison
    body = g.pick(
        b"return redis.call(unpack(ARGV))",
        b"return redis.pcall(unpack(ARGV))",
        b"local r = redis.pcall(unpack(ARGV)) if type(r) == 'table' and r.err then return redis.error_reply(r.err) end return r",
    )
    return [body, b"0", *words]


COMMANDS = [
    *[(b"MULTI", lambda g: [], BYTES)] * 6,
    *[(b"EXEC", lambda g: [], BYTES)] * 12,
    (b"DISCARD", lambda g: [], BYTES),
    (b"WATCH", lambda g: g.some(g.key), BYTES),
    (b"UNWATCH", lambda g: [], BYTES),
    (b"SELECT", lambda g: [g.pick(*DATABASES, b"99", b"x") if g.random.random() < 0.1 else g.pick(*DATABASES)], BYTES),
    (b"SELECT", lambda g: [b"0"], BYTES),
    (b"MOVE", lambda g: [g.key(), g.pick(*DATABASES)], BYTES),
    (b"COPY", lambda g: [g.key(), g.key(), b"DB", g.pick(*DATABASES), *g.pick([], [b"REPLACE"])], BYTES),
    (b"SWAPDB", lambda g: [g.pick(*DATABASES), g.pick(*DATABASES)], BYTES),
    *[(b"EVAL", _script, None)] * 8,
]


class Queue:
    """How the commands of the open transaction are compared, learned from the real server's answers."""

    def __init__(self) -> None:
        self.comparisons: list[tuple[str, ...]] = []

    def same(self, words: list[bytes], expected: bytes, got: bytes, comparison: tuple[str, ...]) -> bool:
        name = words[0].upper()
        if expected == b"+QUEUED\r\n":
            self.comparisons.append(comparison)
        elif name == b"EXEC" and expected[:1] == b"*" and expected != b"*-1\r\n":
            left, right = _elements(expected), _elements(got) if got[:1] == b"*" else []
            ways, self.comparisons = self.comparisons, []
            return len(left) == len(right) == len(ways) and all(map(same, left, right, ways))
        elif name in (b"EXEC", b"DISCARD", b"MULTI") and expected[:1] != b"-" or expected.startswith(b"-EXECABORT"):
            self.comparisons = []
        return same(expected, got, comparison)


def _elements(reply: bytes) -> list[bytes]:
    position, found = reply.index(b"\r\n") + 2, []
    while position < len(reply):
        end = reply_end(reply, position)
        found.append(reply[position:end])
        position = end
    return found
