"""The bitmap family for the fuzzer: bits, counts and fields of the strings that the other families make."""

from __future__ import annotations

BYTES = ("bytes",)


def _range(g) -> list[bytes]:
    return g.pick([], [], [g.integer()], [g.integer(), g.integer()], [g.integer(), g.integer(), _unit(g)])


def _unit(g) -> bytes:
    return g.pick(b"BIT", b"BYTE", b"bit", b"BIT", b"NIBBLE") if g.random.random() < 0.3 else g.pick(b"BIT", b"BYTE")


def _place(g) -> bytes:
    r = g.random.random()
    if r < 0.9:
        return g.pick(b"", b"#") + b"%d" % g.random.randint(0, 700)
    return g.pick(b"-1", b"#-1", b"abc", b"4294967296", b"#4294967296", b"", b"#")


def _type(g) -> bytes:
    if g.random.random() < 0.95:
        sign = g.pick(b"i", b"u")
        return sign + b"%d" % g.random.randint(1, 64 if sign == b"i" else 63)
    return g.pick(b"u64", b"i65", b"i0", b"u", b"", b"x8", b"I8", b"u08")


def _bound(g) -> bytes:
    return g.pick(b"%d" % (1 << 62), b"%d" % (-(1 << 63)), b"%d" % ((1 << 63) - 1), g.integer(), g.integer())


def _operation(g) -> list[bytes]:
    r = g.random.random()
    if r < 0.3:
        return [b"GET", _type(g), _place(g)]
    if r < 0.6:
        return [b"SET", _type(g), _place(g), _bound(g)]
    if r < 0.9:
        return [b"INCRBY", _type(g), _place(g), _bound(g)]
    return [b"OVERFLOW", g.pick(b"WRAP", b"SAT", b"FAIL", b"sat", b"fail", b"BAD" if g.random.random() < 0.1 else b"SAT")]


def _operations(g) -> list[bytes]:
    return [word for _ in range(g.random.randint(1, 4)) for word in _operation(g)]


def _gets(g) -> list[bytes]:
    return [word for _ in range(g.random.randint(1, 4)) for word in [b"GET", _type(g), _place(g)]]


COMMANDS = [
    (b"SETBIT", lambda g: [g.key(), b"%d" % g.random.randint(-1, 3000), g.pick(b"0", b"1", b"1", b"2")], BYTES),
    (b"SETBIT", lambda g: [g.key(), b"%d" % g.random.randint(0, 100), g.pick(b"0", b"1")], BYTES),
    (b"GETBIT", lambda g: [g.key(), b"%d" % g.random.randint(-1, 3000)], BYTES),
    (b"BITCOUNT", lambda g: [g.key(), *_range(g)], BYTES),
    (b"BITPOS", lambda g: [g.key(), g.pick(b"0", b"1", b"1", b"0", g.integer()), *_range(g)], BYTES),
    (
        b"BITOP",
        lambda g: [g.pick(b"AND", b"OR", b"XOR", b"NOT", b"and", b"BAD"), g.key(), *g.some(g.key)],
        BYTES,
    ),
    (b"BITFIELD", lambda g: [g.key(), *_operations(g)], BYTES),
    (b"BITFIELD", lambda g: [g.key(), *_operations(g)], BYTES),
    (b"BITFIELD_RO", lambda g: [g.key(), *g.pick(_gets(g), _gets(g), _operations(g))], BYTES),
]
