"""Lists, sets and SORT for the fuzzer: mostly over keys of their own, so that values grow past their small forms."""

from __future__ import annotations

BYTES = ("bytes",)
BAG = ("unordered",)
COLLATED = ("collated",)
# Commands that answer at random when an argument is missing.
RANDOM = {b"SPOP", b"SRANDMEMBER"}
BLOCKING = {b"BLPOP", b"BRPOP", b"BLMOVE", b"BRPOPLPUSH", b"BLMPOP"}


def _list(g) -> bytes:
    return g.pick(b"L1", b"L2", b"L3", b"L4") if g.random.random() < 0.8 else g.key()


def _set(g) -> bytes:
    return g.pick(b"S1", b"S2", b"S3", b"S4", b"S5") if g.random.random() < 0.8 else g.key()


def _element(g) -> bytes:
    r = g.random.random()
    if r < 0.5:
        return b"%d" % g.random.randint(0, 30)
    if r < 0.8:
        return g.pick(b"a", b"bb", b"ccc", b"dddd", b"", b"item")
    return g.value()


def _elements(g) -> list[bytes]:
    """A few of any kind; sometimes many of one length, or of many."""
    r = g.random.random()
    if r < 0.8:
        return g.some(lambda: _element(g), 1, 5)
    size = g.random.randint(50, 300)
    if r < 0.9:
        width = g.pick(1, 5, 20, 21)
        return [b"%0*d" % (width, g.random.randint(0, 9)) for _ in range(size)]
    return [b"%d" % (g.random.randint(0, 10) ** g.random.randint(1, 20)) for _ in range(size)]


def _index(g) -> bytes:
    return b"%d" % g.random.randint(-300, 300) if g.random.random() < 0.5 else g.pick(b"0", b"-1", b"1", g.integer())


def _few(g) -> bytes:
    return b"%d" % g.random.randint(-3, 5) if g.random.random() < 0.9 else g.integer()


def _end(g) -> bytes:
    return g.pick(b"LEFT", b"RIGHT", b"left", b"Right") if g.random.random() < 0.97 else b"MIDDLE"


def _position_options(g) -> list[bytes]:
    options = []
    for name in (b"RANK", b"COUNT", b"MAXLEN", b"rank"):
        if g.random.random() < 0.25:
            options += [name, _few(g)]
    return options


def _keys_with_count(g, key, high: int = 3) -> list[bytes]:
    keys = [key(g) for _ in range(g.random.randint(1, high))]
    count = b"%d" % len(keys) if g.random.random() < 0.95 else _few(g)
    return [count, *keys]


def _multi_pop(g) -> list[bytes]:
    return [*_keys_with_count(g, _list), _end(g), *g.pick([], [], [b"COUNT", _few(g)], [b"COUNT", b"200"])]


def _number(g) -> bytes:
    """Members for sets of integers, around the bounds of their widths."""
    r = g.random.random()
    if r < 0.6:
        return b"%d" % g.random.randint(-50, 50)
    return g.pick(b"32767", b"32768", b"-32769", b"2147483648", b"-2147483649", b"9223372036854775807", g.integer())


def _member(g) -> bytes:
    return _number(g) if g.random.random() < 0.75 else _element(g)


def _members(g) -> list[bytes]:
    r = g.random.random()
    if r < 0.9:
        return g.some(lambda: _number(g), 1, 5) if r < 0.6 else g.some(lambda: _member(g), 1, 5)
    start = g.random.randint(0, 1000)
    return [b"%d" % (start + i) for i in range(g.pick(60, 200, 513))]


def _limit(g) -> list[bytes]:
    return [b"LIMIT", _few(g), b"%d" % g.random.randint(-1, 10)]


def _sort(g) -> list[bytes]:
    # Without BY and GET the order is total. What is compared by weights has ties, and LIMIT then chooses differently.
    options = g.pick([], [], [b"ALPHA"], [b"alpha", b"DESC"], [b"DESC"], [b"ASC"])
    if g.random.random() < 0.3:
        options = options + _limit(g)
    elif g.random.random() < 0.3:
        options = options + [b"GET", g.pick(b"#", b"k*", b"h*->f1", b"nothing", b"*->")]
    return options


def _sort_by(g) -> list[bytes]:
    return g.pick([b"BY", b"k*"], [b"BY", b"h*->f1"], [b"BY", b"nosort"], [b"BY", b"k*", b"DESC"])


COMMANDS = [
    (b"LPUSH", lambda g: [_list(g), *_elements(g)], BYTES),
    (b"RPUSH", lambda g: [_list(g), *_elements(g)], BYTES),
    (b"RPUSH", lambda g: [_list(g), *_elements(g)], BYTES),
    (b"LPUSHX", lambda g: [_list(g), *_elements(g)], BYTES),
    (b"RPUSHX", lambda g: [_list(g), *_elements(g)], BYTES),
    (b"LPOP", lambda g: [_list(g), *g.pick([], [], [_few(g)])], BYTES),
    (b"RPOP", lambda g: [_list(g), *g.pick([], [], [_few(g)])], BYTES),
    (b"LLEN", lambda g: [_list(g)], BYTES),
    (b"LRANGE", lambda g: [_list(g), _index(g), _index(g)], BYTES),
    (b"LRANGE", lambda g: [_list(g), b"0", b"-1"], BYTES),
    (b"LINDEX", lambda g: [_list(g), _index(g)], BYTES),
    (b"LSET", lambda g: [_list(g), _index(g), _element(g)], BYTES),
    (b"LSET", lambda g: [_list(g), _index(g), _element(g)], BYTES),
    (b"LINSERT", lambda g: [_list(g), g.pick(b"BEFORE", b"AFTER", b"after"), _element(g), _element(g)], BYTES),
    (b"LINSERT", lambda g: [_list(g), g.pick(b"BEFORE", b"AFTER", b"OVER"), _element(g), _element(g)], BYTES),
    (b"LREM", lambda g: [_list(g), _few(g), _element(g)], BYTES),
    (b"LTRIM", lambda g: [_list(g), b"%d" % g.random.randint(-3, 3), b"-%d" % g.random.randint(1, 4)], BYTES),
    (b"LTRIM", lambda g: [_list(g), b"0", b"1000"], BYTES),
    (b"LTRIM", lambda g: [_list(g), _index(g), _index(g)], BYTES),
    (b"LPOS", lambda g: [_list(g), _element(g), *_position_options(g)], BYTES),
    (b"LMOVE", lambda g: [_list(g), _list(g), _end(g), _end(g)], BYTES),
    (b"RPOPLPUSH", lambda g: [_list(g), _list(g)], BYTES),
    (b"LMPOP", _multi_pop, BYTES),
    (b"BLPOP", lambda g: [*g.some(lambda: _list(g), 1, 3), g.pick(b"0.001", b"0.002", b"-1", b"abc")], BYTES),
    (b"BRPOP", lambda g: [*g.some(lambda: _list(g), 1, 3), g.pick(b"0.001", b"0.002", b"-1", b"1e30")], BYTES),
    (b"BLMOVE", lambda g: [_list(g), _list(g), _end(g), _end(g), b"0.001"], BYTES),
    (b"BRPOPLPUSH", lambda g: [_list(g), _list(g), b"0.001"], BYTES),
    (b"BLMPOP", lambda g: [b"0.001", *_multi_pop(g)], BYTES),
    (b"SADD", lambda g: [_set(g), *_members(g)], BYTES),
    (b"SADD", lambda g: [_set(g), *_members(g)], BYTES),
    (b"SADD", lambda g: [_set(g), *_members(g)], BYTES),
    (b"SREM", lambda g: [_set(g), *_members(g)], BYTES),
    (b"SREM", lambda g: [_set(g), *_members(g)], BYTES),
    (b"SISMEMBER", lambda g: [_set(g), _member(g)], BYTES),
    (b"SMISMEMBER", lambda g: [_set(g), *_members(g)], BYTES),
    (b"SMEMBERS", lambda g: [_set(g)], BAG),
    (b"SCARD", lambda g: [_set(g)], BYTES),
    (b"SPOP", lambda g: [_set(g), g.pick(b"100000", b"0", b"-1", b"abc")], BAG),
    (b"SRANDMEMBER", lambda g: [_set(g), g.pick(b"100000", b"0", b"abc", b"-9223372036854775808")], BAG),
    (b"SMOVE", lambda g: [_set(g), _set(g), _member(g)], BYTES),
    (b"SUNION", lambda g: g.some(lambda: _set(g), 1, 3), BAG),
    (b"SINTER", lambda g: g.some(lambda: _set(g), 1, 3), BAG),
    (b"SDIFF", lambda g: g.some(lambda: _set(g), 1, 3), BAG),
    (b"SUNIONSTORE", lambda g: g.some(lambda: _set(g), 2, 4), BYTES),
    (b"SINTERSTORE", lambda g: g.some(lambda: _set(g), 2, 4), BYTES),
    (b"SDIFFSTORE", lambda g: g.some(lambda: _set(g), 2, 4), BYTES),
    (b"SINTERCARD", lambda g: [*_keys_with_count(g, _set), *g.pick([], [b"LIMIT", _few(g)])], BYTES),
    (b"SORT", lambda g: [g.pick(_list, _set)(g), *_sort(g)], COLLATED),
    (b"SORT", lambda g: [g.pick(_list, _set)(g), *_sort(g), b"STORE", _list(g)], BYTES),
    (b"SORT", lambda g: [g.pick(_list, _list, _set)(g), *_sort_by(g)], BAG),
    # Keys of lists only: a set that keeps its own order has another in each server.
    (b"SORT", lambda g: [g.pick(b"L1", b"L2"), b"BY", b"nosort", *_limit(g), *g.pick([], [b"DESC"])], BYTES),
    (b"SORT_RO", lambda g: [g.pick(_list, _set)(g), *_sort(g)], COLLATED),
]

VALUE_CHECKS = {
    b"list": [(("LRANGE", "KEY", "0", "-1"), BYTES)],
    b"set": [(("SMEMBERS", "KEY"), BAG)],
}
