"""The stream family for the fuzzer: entries over several nodes, groups that read, claim and lose them.

Identifiers are told, never drawn from the clock; they grow with a counter that the generator carries. Delivery times are
masked where they are shown, and idle times asked for are either nothing or far from what passes in a run.
"""

from __future__ import annotations

BYTES = ("bytes",)
# The first of two integers in a row is a time: idle in XPENDING, delivery in XINFO FULL; thirteen digits are one anyway.
TIMES = ("masked", r":\d+(?=\r\n:\d+\r\n)|:\d{13}(?=\r\n)")
IDLE = ("masked", r"idle\r\n:\d+")


def _key(g) -> bytes:
    return g.random.choice([b"x0", b"x1", b"x2", b"x3", b"x4"]) if g.random.random() < 0.93 else g.key()


def _group(g) -> bytes:
    return g.random.choice([b"g1", b"g1", b"g2", b"g3", b"", b"no\x00ne"]) if g.random.random() < 0.5 else b"g1"


def _consumer(g) -> bytes:
    return g.random.choice([b"alice", b"bob", b"c\x00", b"", b"zed"])


def _clock(g, step: int = 0) -> int:
    g.stream_clock = getattr(g, "stream_clock", 10) + step
    return g.stream_clock


def _old_id(g) -> bytes:
    """An identifier that may well be in a stream."""
    r = g.random.random()
    now = _clock(g)
    ms = max(0, now - (g.random.randint(0, 30) if r < 0.6 else g.random.randint(0, 600)))
    r = g.random.random()
    if r < 0.6:
        return b"%d-%d" % (ms, g.random.randint(0, 2))
    if r < 0.9:
        return b"%d" % ms
    return g.pick(b"0", b"0-0", b"0-1", b"18446744073709551615", b"18446744073709551615-18446744073709551615", _odd_id(g))


def _odd_id(g) -> bytes:
    return g.pick(
        b"", b"-", b"+", b"$", b">", b"*", b"abc", b"1-", b"-1", b"1-*", b"1--1", b"1--01", b"+1", b" 7-1", b"007-1", b"1-2-3",
        b"18446744073709551616", b"1-18446744073709551615", b"5-1\x00x", b"1.5", b"(", b"1-+3", b"9" * 130,
    )  # fmt: skip


def _new_id(g) -> bytes:
    r = g.random.random()
    if r < 0.55:
        return b"%d-*" % _clock(g, g.random.choice([0, 0, 1, 1, 1, 3, 300 if r < 0.02 else 1]))
    if r < 0.9:
        return b"%d-%d" % (_clock(g, g.random.choice([0, 1, 2])), g.random.randint(0, 4))
    if 0.95 <= r < 0.9505:
        return b"18446744073709551615-*"
    other = _old_id(g) if r < 0.95 else _odd_id(g)
    # The clock's identifiers differ between servers.
    return b"1-1" if other == b"*" else other


def _bound(g) -> bytes:
    r = g.random.random()
    if r < 0.4:
        return g.pick(b"-", b"+")
    if r < 0.6:
        return b"(" + _old_id(g)
    return _old_id(g) if r < 0.97 else _odd_id(g)


def _value(g) -> bytes:
    r = g.random.random()
    if r < 0.3:
        return b"%d" % g.random.choice([0, 1, -1, 127, 128, -128, 4095, 4096, -4096, -4097, 32767, 32768, 1 << 23, -(1 << 23) - 1])
    if r < 0.4:
        return g.integer()
    if r < 0.9:
        return b"v" * g.random.choice([0, 1, 3, 10, 20, 62, 63, 64, 126, 127, 128])
    return b"w" * g.random.choice([500, 1000, 2000, 4095, 4096, 5000])


FIELD_SETS = [[b"a", b"b"], [b"a", b"b"], [b"a", b"b"], [b"a"], [b"b", b"a"], [b"1", b"20000", b"-3"], [b""], [b"f" * 70, b"a"]]


def _pairs(g) -> list[bytes]:
    fields = g.random.choice(FIELD_SETS)
    return [word for field in fields for word in (field, _value(g))]


def _trim(g) -> list[bytes]:
    sign = g.pick([], [b"="], [b"~"], [b"~"])
    r = g.random.random()
    if r < 0.5:
        words = [g.pick(b"MAXLEN", b"maxlen"), *sign, b"%d" % g.random.choice([0, 1, 3, 7, 10, 20, 50, 100])]
    elif r < 0.93:
        words = [b"MINID", *sign, _old_id(g)]
    else:
        words = [g.pick(b"MAXLEN", b"MINID"), *sign, g.integer()]
    if g.random.random() < (0.4 if sign == [b"~"] else 0.03):
        words += [b"LIMIT", g.pick(b"0", b"1", b"5", b"10", b"40", b"-1", b"x")]
    if g.random.random() < 0.02:
        words += g.pick([b"MAXLEN", b"5"], [b"MINID", b"1"], [b"LIMIT"], [b"BAD"])
    return words


def _count(g) -> list[bytes]:
    r = g.random.random()
    return [] if r < 0.6 else [b"COUNT", b"%d" % g.random.randint(-1, 20)] if r < 0.95 else [b"COUNT", g.integer()]


def _add(g) -> list[bytes]:
    trim = _trim(g) if g.random.random() < 0.2 else []
    make = g.pick([], [], [], [b"NOMKSTREAM"])
    return [_key(g), *make, *trim, _new_id(g), *_pairs(g)]


def _streams(g, special: bytes) -> list[bytes]:
    number = g.random.choice([1, 1, 1, 2, 3])
    words = [_key(g) for _ in range(number)]
    words += [special if g.random.random() < 0.6 else _old_id(g) for _ in range(number)]
    return words[:-1] if g.random.random() < 0.02 else words


def _group_options(g) -> list[bytes]:
    return g.pick([], [], [], [], [b"NOACK"], [b"BAD"] if g.random.random() < 0.1 else [])


def _read_group(g) -> list[bytes]:
    return [b"GROUP", _group(g), _consumer(g), *_count(g), *_group_options(g), b"STREAMS", *_streams(g, b">")]


def _claim_options(g) -> list[bytes]:
    words: list[bytes] = []
    for chance, option in [
        (0.3, [b"FORCE"]), (0.3, [b"JUSTID"]), (0.3, [b"IDLE", g.pick(b"0", b"100000000", b"-5", b"x")]),
        (0.2, [b"TIME", g.pick(b"1000000000", b"-1", b"99999999999999", b"x")]), (0.2, [b"RETRYCOUNT", g.pick(b"0", b"7", b"-3", b"x")]),
        (0.1, [b"LASTID", _old_id(g)]), (0.02, [b"BAD"]), (0.02, [b"IDLE"]),
    ]:  # fmt: skip
        if g.random.random() < chance:
            words += option
    return words


def _min_idle(g) -> bytes:
    return g.pick(b"0", b"0", b"0", b"50000000", b"-1", g.integer() if g.random.random() < 0.05 else b"0")


def _auto_claim(g) -> list[bytes]:
    options = g.pick([], [], [b"JUSTID"], [b"COUNT", b"%d" % g.random.randint(0, 6)], [b"COUNT", b"2", b"JUSTID"])
    return [_key(g), _group(g), _consumer(g), _min_idle(g), _bound(g), *options]


def _pending(g) -> list[bytes]:
    idle = g.pick([], [], [b"IDLE", g.pick(b"0", b"50000000", b"x" if g.random.random() < 0.1 else b"0")])
    return [_key(g), _group(g), *idle, _bound(g), _bound(g), b"%d" % g.random.randint(-1, 20), *g.pick([], [], [_consumer(g)])]


def _create(g) -> list[bytes]:
    options = g.pick([], [b"MKSTREAM"], [b"MKSTREAM"], [b"ENTRIESREAD", g.integer()], [b"MKSTREAM", b"ENTRIESREAD", b"3"])
    return [b"CREATE", _key(g), _group(g), g.pick(b"$", b"0", b"0", _old_id(g)), *options]


def _set_id(g) -> list[bytes]:
    options = g.pick([], [], [b"ENTRIESREAD", b"%d" % g.random.randint(-2, 300)], [b"MKSTREAM"] if g.random.random() < 0.1 else [])
    return [b"SETID", _key(g), _group(g), g.pick(b"$", b"0", _old_id(g), _bound(g)), *options]


def _stream_set_id(g) -> list[bytes]:
    words = [_key(g), g.pick(b"%d-7" % _clock(g), b"%d-9" % _clock(g), _old_id(g))]
    if g.random.random() < 0.4:
        words += [b"ENTRIESADDED", b"%d" % g.random.randint(-1, 2000)]
    if g.random.random() < 0.4:
        words += [b"MAXDELETEDID", _old_id(g)]
    return words


def _info(g) -> list[bytes]:
    return [b"STREAM", _key(g), *g.pick([], [], [b"FULL"], [b"full", b"COUNT", b"%d" % g.random.randint(-1, 12)], [b"FULL", b"COUNT"])]


ROWS = [
    (40, b"XADD", _add, BYTES),
    (3, b"XLEN", lambda g: [_key(g)], BYTES),
    (6, b"XRANGE", lambda g: [_key(g), _bound(g), _bound(g), *_count(g)], BYTES),
    (6, b"XREVRANGE", lambda g: [_key(g), _bound(g), _bound(g), *_count(g)], BYTES),
    (6, b"XREAD", lambda g: [*_count(g), b"STREAMS", *_streams(g, b"$")], BYTES),
    (14, b"XREADGROUP", _read_group, BYTES),
    (7, b"XACK", lambda g: [_key(g), _group(g), *g.some(lambda: _old_id(g), 1, 6)], BYTES),
    (9, b"XCLAIM", lambda g: [_key(g), _group(g), _consumer(g), _min_idle(g), *g.some(lambda: _old_id(g), 1, 5), *_claim_options(g)], BYTES),
    (5, b"XAUTOCLAIM", _auto_claim, BYTES),
    (3, b"XPENDING", lambda g: [_key(g), _group(g)], BYTES),
    (6, b"XPENDING", _pending, TIMES),
    (8, b"XDEL", lambda g: [_key(g), *g.some(lambda: _old_id(g), 1, 5)], BYTES),
    (4, b"XTRIM", lambda g: [_key(g), *_trim(g)], BYTES),
    (2, b"XSETID", _stream_set_id, BYTES),
    (6, b"XGROUP", _create, BYTES),
    (3, b"XGROUP", _set_id, BYTES),
    (1, b"XGROUP", lambda g: [b"DESTROY", _key(g), _group(g)], BYTES),
    (2, b"XGROUP", lambda g: [b"CREATECONSUMER", _key(g), _group(g), _consumer(g)], BYTES),
    (2, b"XGROUP", lambda g: [b"DELCONSUMER", _key(g), _group(g), _consumer(g)], BYTES),
    (6, b"XINFO", _info, TIMES),
    (4, b"XINFO", lambda g: [b"GROUPS", _key(g)], BYTES),
    (3, b"XINFO", lambda g: [b"CONSUMERS", _key(g), _group(g)], IDLE),
    (1, b"COPY", lambda g: [_key(g), _key(g), *g.pick([], [b"REPLACE"])], BYTES),
    (1, b"RENAME", lambda g: [_key(g), _key(g)], BYTES),
    (1, b"OBJECT", lambda g: [b"ENCODING", _key(g)], BYTES),
]  # fmt: skip
# A fourth of the weights, so that the family is not all there is; what comes rarest is there once.
COMMANDS = [(name, arguments, how) for weight, name, arguments, how in ROWS for _ in range(max(1, weight // 4))]

# What must be equal at the end of a run.
CHECKS = [(("XINFO", "STREAM", "KEY", "FULL", "COUNT", "0"), TIMES), (("XRANGE", "KEY", "-", "+"), BYTES)]
