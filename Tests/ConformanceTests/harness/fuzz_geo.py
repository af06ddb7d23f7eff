"""The geo family for the fuzzer: clusters of places, searches of every form and size; the order of results is compared."""

from __future__ import annotations

BYTES = ("bytes",)


def _key(g) -> bytes:
    return g.pick(b"geo1", b"geo2", b"geo3") if g.random.random() < 0.95 else g.pick(b"z1", g.key())


def _member(g) -> bytes:
    return b"p%d" % g.random.randint(0, 150) if g.random.random() < 0.98 else b""


def _point(g) -> list[bytes]:
    r = g.random.random()
    if r < 0.4:  # a grid, so that places and distances coincide
        return [b"%d" % g.random.randint(-5, 5), b"%d" % g.random.randint(-5, 5)]
    if r < 0.7:
        return [b"%.6f" % g.random.gauss(13, 2), b"%.6f" % g.random.gauss(42, 2)]
    if r < 0.95:
        return [b"%.4f" % g.random.uniform(-180, 180), b"%.4f" % g.random.uniform(-85.05, 85.05)]
    return [
        g.pick(b"180", b"-180", b"180.1", b"0", b"x"),
        g.pick(b"85.05112878", b"-85.05112878", b"85.06", b"0", b"nan"),
    ]


def _unit(g) -> bytes:
    return g.pick(b"m", b"km", b"km", b"km", b"mi", b"ft", b"KM") if g.random.random() < 0.98 else b"parsec"


def _length(g) -> bytes:
    r = g.random.random()
    if r < 0.9:
        return b"%.3f" % (10 ** g.random.uniform(-1, 5))
    return g.pick(b"0", b"1e9", b"-1", b"x", b"inf", b"111.2", b"20000")


def _options(g, stores: bool = False) -> list[bytes]:
    options: list[list[bytes]] = []
    chances = [
        (0.3, [g.pick(b"ASC", b"DESC")]),
        (0.3, [b"COUNT", b"%d" % g.random.randint(0, 12)]),
        (0.1, [b"ANY"]),
    ]
    if not stores or g.random.random() < 0.05:
        chances += [(0.3, [b"WITHDIST"]), (0.2, [b"WITHHASH"]), (0.2, [b"WITHCOORD"])]
    for chance, option in chances:
        if g.random.random() < chance:
            options.append(option)
    g.random.shuffle(options)
    return [word for option in options for word in option]


def _search(g, stores: bool = False) -> list[bytes]:
    center = g.pick([b"FROMMEMBER", _member(g)], [b"FROMLONLAT", *_point(g)])
    shape = g.pick([b"BYRADIUS", _length(g), _unit(g)], [b"BYBOX", _length(g), _length(g), _unit(g)])
    parts = [center, shape, _options(g, stores)]
    g.random.shuffle(parts)
    return [word for part in parts for word in part]


def _destination(g) -> list[bytes]:
    return g.pick([], [], [], [g.pick(b"STORE", b"STOREDIST"), b"geo4"])


def _around(g, center: list[bytes], may_store: bool) -> list[bytes]:
    destination = _destination(g) if may_store else []
    return [_key(g), *center, _length(g), _unit(g), *_options(g, bool(destination)), *destination]


def _places(g, high: int) -> list[bytes]:
    return [word for _ in range(g.random.randint(1, high)) for word in (*_point(g), _member(g))]


COMMANDS = [
    (b"GEOADD", lambda g: [_key(g), *_places(g, 4)], BYTES),
    (b"GEOADD", lambda g: [_key(g), *_places(g, 20)], BYTES),
    (b"GEOADD", lambda g: [_key(g), *g.pick([b"NX"], [b"XX"], [b"CH"], [b"XX", b"CH"]), *_places(g, 4)], BYTES),
    (b"GEOPOS", lambda g: [_key(g), *g.some(lambda: _member(g), 0, 4)], BYTES),
    (b"GEOHASH", lambda g: [_key(g), *g.some(lambda: _member(g), 0, 4)], BYTES),
    (b"GEODIST", lambda g: [_key(g), _member(g), _member(g), *g.pick([], [_unit(g)])], BYTES),
    (b"GEOSEARCH", lambda g: [_key(g), *_search(g)], BYTES),
    (b"GEOSEARCH", lambda g: [_key(g), *_search(g)], BYTES),
    (b"GEOSEARCHSTORE", lambda g: [b"geo4", _key(g), *_search(g, True), *g.pick([], [b"STOREDIST"])], BYTES),
    (b"GEORADIUS", lambda g: _around(g, _point(g), True), BYTES),
    (b"GEORADIUS_RO", lambda g: _around(g, _point(g), False), BYTES),
    (b"GEORADIUSBYMEMBER", lambda g: _around(g, [_member(g)], True), BYTES),
    (b"GEORADIUSBYMEMBER_RO", lambda g: _around(g, [_member(g)], False), BYTES),
    (b"ZREM", lambda g: [_key(g), *g.some(lambda: _member(g), 1, 8)], BYTES),
    (b"ZRANGE", lambda g: [b"geo4", b"0", b"-1", b"WITHSCORES"], BYTES),
]
