"""The HyperLogLog family for the fuzzer; GET compares the bytes."""

from __future__ import annotations

BYTES = ("bytes",)


def _elements(g) -> list[bytes]:
    r = g.random.random()
    if r < 0.6:
        return g.some(g.value)
    # Many at once, so that sparse ones grow and become dense.
    return [b"e%d" % g.random.randrange(100_000) for _ in range(g.pick(20, 100, 500))]


def _sketch(g) -> bytes:
    """Few keys, so that they grow; sometimes any."""
    return g.pick(b"p1", b"p2", b"p3") if g.random.random() < 0.8 else g.key()


COMMANDS = [
    (b"PFADD", lambda g: [_sketch(g), *_elements(g)], BYTES),
    (b"PFADD", lambda g: [_sketch(g)], BYTES),
    (b"PFCOUNT", lambda g: [_sketch(g)], BYTES),
    (b"PFCOUNT", lambda g: g.some(lambda: _sketch(g)), BYTES),
    (b"PFMERGE", lambda g: g.some(lambda: _sketch(g)), BYTES),
    (b"PFDEBUG", lambda g: [g.pick(b"ENCODING", b"DECODE", b"TODENSE"), _sketch(g)], BYTES),
    (b"GET", lambda g: [_sketch(g)], BYTES),
    (b"DEL", lambda g: [_sketch(g)], BYTES),
]
