"""The sorted set family for the fuzzer. Sets of equal scores have keys of their own: only there is BYLEX defined."""

from __future__ import annotations

BYTES = ("bytes",)
BAG = ("unordered",)
PAIRS = ("pairs",)

# By type: what shows a whole value, and how that is compared.
VALUE_CHECKS = {b"zset": [(("ZRANGE", "KEY", "0", "-1", "WITHSCORES"), BYTES), (("ZCARD", "KEY"), BYTES)]}
# With fewer words these would answer at random.
RANDOM = {b"ZRANDMEMBER"}


def _key(g) -> bytes:
    r = g.random.random()
    return g.pick(b"z1", b"z2", b"z3", b"z4", b"z5") if r < 0.9 else g.key()


def _lex_key(g) -> bytes:
    return g.pick(b"lex1", b"lex2", b"lex3")


def _plain_key(g) -> bytes:
    return g.pick(b"plain1", b"plain2", b"plain3")


def _member(g) -> bytes:
    r = g.random.random()
    if r < 0.5:
        return b"m%d" % g.random.randint(0, 12)
    if r < 0.9:
        return b"member:%04d" % g.random.randint(0, 300)
    return g.pick(b"", b"\x00", b"\xff", b"1", b"2", b"M" * 64, b"M" * 65, b"17", b"-5", b"a\x00b")


def _score(g) -> bytes:
    r = g.random.random()
    if r < 0.5:
        return b"%d" % g.random.randint(-20, 300)
    if r < 0.65:
        return b"%d" % (g.random.randint(-5, 5) * 10 ** g.random.randint(0, 22))
    if r < 0.85:
        return b"%.*f" % (g.random.randint(0, 12), g.random.uniform(-1000, 1000))
    if r < 0.9:
        return b"%r" % g.random.uniform(-1e300, 1e300) if r < 0.87 else b"%.17g" % g.random.uniform(0, 1e-5)
    return g.float()


def _bound(g) -> bytes:
    r = g.random.random()
    if r < 0.15:
        return g.pick(b"-inf", b"+inf", b"(-inf", b"(inf")
    return g.pick(b"", b"", b"(") + _score(g)


def _lex_bound(g) -> bytes:
    r = g.random.random()
    if r < 0.2:
        return g.pick(b"-", b"+")
    if r < 0.95:
        return g.pick(b"[", b"(") + _member(g)
    return g.pick(b"", b"a", b"-x", b"[", b"(")


def _rank(g) -> bytes:
    r = g.random.random()
    return b"%d" % g.random.randint(-40, 40) if r < 0.9 else g.integer()


def _pairs(g, score=_score, high: int = 4) -> list[bytes]:
    return [word for _ in range(g.random.randint(1, high)) for word in (score(g), _member(g))]


def _add_options(g) -> list[bytes]:
    if g.random.random() < 0.6:
        return []
    return [w for w in (b"NX", b"XX", b"GT", b"LT", b"CH", b"INCR") if g.random.random() < 0.2]


def _limit(g) -> list[bytes]:
    return [] if g.random.random() < 0.6 else [b"LIMIT", b"%d" % g.random.randint(-1, 5), b"%d" % g.random.randint(-1, 9)]


def _scores(g) -> list[bytes]:
    return g.pick([], [b"WITHSCORES"])


def _range(g, key) -> list[bytes]:
    kind = g.pick(b"", b"", b"BYSCORE", b"BYSCORE", b"REV")
    if kind == b"BYSCORE":
        return [key(g), _bound(g), _bound(g), b"BYSCORE", *g.pick([], [b"REV"]), *_limit(g)]
    return [key(g), _rank(g), _rank(g), *([kind] if kind else [])]


def _lex_range(g) -> list[bytes]:
    return [_lex_key(g), _lex_bound(g), _lex_bound(g)]


def _sources(g, weighed: bool = True) -> list[bytes]:
    keys = [g.pick(_key, _key, _lex_key, _plain_key)(g) for _ in range(g.random.randint(1, 3))]
    count = b"%d" % len(keys) if g.random.random() < 0.97 else g.integer()
    options: list[bytes] = []
    if weighed and g.random.random() < 0.4:
        options += [b"WEIGHTS", *[_score(g) for _ in keys]]
    if weighed and g.random.random() < 0.4:
        options += [b"AGGREGATE", g.pick(b"SUM", b"MIN", b"MAX", b"sum")]
    return [count, *keys, *options]


def _pop_many(g) -> list[bytes]:
    keys = g.some(lambda: _key(g), 1, 3)
    return [b"%d" % len(keys), *keys, g.pick(b"MIN", b"MAX"), *g.pick([], [b"COUNT", b"%d" % g.random.randint(0, 5)])]


COMMANDS = [
    (b"ZADD", lambda g: [_key(g), *_add_options(g), *_pairs(g)], BYTES),
    (b"ZADD", lambda g: [_key(g), *_pairs(g, high=12)], BYTES),
    (b"ZADD", lambda g: [_key(g), *_pairs(g, high=40)], BYTES),
    (b"ZADD", lambda g: [_lex_key(g), *_pairs(g, lambda g: b"7", high=40)], BYTES),
    (b"ZINCRBY", lambda g: [_key(g), _score(g), _member(g)], BYTES),
    (b"ZREM", lambda g: [_key(g), *g.some(lambda: _member(g), 1, 8)], BYTES),
    (b"ZREM", lambda g: [_lex_key(g), *g.some(lambda: _member(g), 1, 8)], BYTES),
    (b"ZCARD", lambda g: [_key(g)], BYTES),
    (b"ZCOUNT", lambda g: [_key(g), _bound(g), _bound(g)], BYTES),
    (b"ZLEXCOUNT", lambda g: _lex_range(g), BYTES),
    (b"ZSCORE", lambda g: [_key(g), _member(g)], BYTES),
    (b"ZMSCORE", lambda g: [_key(g), *g.some(lambda: _member(g))], BYTES),
    (b"ZRANK", lambda g: [g.pick(_key, _lex_key)(g), _member(g)], BYTES),
    (b"ZREVRANK", lambda g: [g.pick(_key, _lex_key)(g), _member(g)], BYTES),
    (b"ZRANGE", lambda g: [*_range(g, _key), *_scores(g)], BYTES),
    (b"ZRANGE", lambda g: [*_lex_range(g), b"BYLEX", *g.pick([], [b"REV"]), *_limit(g)], BYTES),
    (b"ZRANGEBYSCORE", lambda g: [_key(g), _bound(g), _bound(g), *_limit(g), *_scores(g)], BYTES),
    (b"ZREVRANGEBYSCORE", lambda g: [_key(g), _bound(g), _bound(g), *_scores(g), *_limit(g)], BYTES),
    (b"ZRANGEBYLEX", lambda g: [*_lex_range(g), *_limit(g)], BYTES),
    (b"ZREVRANGEBYLEX", lambda g: [*_lex_range(g), *_limit(g)], BYTES),
    (b"ZREVRANGE", lambda g: [_key(g), _rank(g), _rank(g), *_scores(g)], BYTES),
    (b"ZRANGESTORE", lambda g: [_key(g), *_range(g, _key)], BYTES),
    (b"ZREMRANGEBYRANK", lambda g: [_key(g), _rank(g), _rank(g)], BYTES),
    (b"ZREMRANGEBYSCORE", lambda g: [_key(g), _score(g), _score(g)], BYTES),
    (b"ZREMRANGEBYLEX", lambda g: _lex_range(g), BYTES),
    (b"ZPOPMIN", lambda g: [_key(g), *g.pick([], [b"%d" % g.random.randint(-1, 5)])], BYTES),
    (b"ZPOPMAX", lambda g: [_key(g), *g.pick([], [b"%d" % g.random.randint(-1, 5)])], BYTES),
    (b"ZMPOP", lambda g: _pop_many(g), BYTES),
    (b"ZUNION", lambda g: [*_sources(g), *_scores(g)], BYTES),
    (b"ZINTER", lambda g: [*_sources(g), *_scores(g)], BYTES),
    (b"ZDIFF", lambda g: [*_sources(g, weighed=False), *_scores(g)], BYTES),
    (b"ZINTERCARD", lambda g: [*_sources(g, weighed=False), *g.pick([], [b"LIMIT", g.integer()])], BYTES),
    (b"ZUNIONSTORE", lambda g: [_key(g), *_sources(g)], BYTES),
    (b"ZINTERSTORE", lambda g: [_key(g), *_sources(g)], BYTES),
    (b"ZDIFFSTORE", lambda g: [_key(g), *_sources(g, weighed=False)], BYTES),
    (b"SADD", lambda g: [_plain_key(g), *g.some(lambda: _member(g), 1, 12)], BYTES),
    (b"SADD", lambda g: [b"plain3", *g.some(lambda: b"%d" % g.random.randint(-9, 9))], BYTES),
    (b"ZRANDMEMBER", lambda g: [_key(g), b"1000"], BAG),
    (b"ZRANDMEMBER", lambda g: [_key(g), b"1000", b"WITHSCORES"], PAIRS),
    (b"TYPE", lambda g: [_key(g)], BYTES),
    (b"OBJECT", lambda g: [b"ENCODING", g.pick(_key, _lex_key)(g)], BYTES),
    (b"DEL", lambda g: [g.pick(_key, _lex_key)(g)], BYTES),
    (b"COPY", lambda g: [_key(g), _key(g), b"REPLACE"], BYTES),
    (b"RENAME", lambda g: [_key(g), _key(g)], BYTES),
]
