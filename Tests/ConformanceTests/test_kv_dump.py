"""DUMP and RESTORE between ours and redis-server: what one writes the other reads, and damage never passes.

EMPORIUM_FUZZ_COMMANDS and EMPORIUM_FUZZ_SEED as in test_kv_fuzz.py.
"""

from __future__ import annotations

import os
import random
import struct
import time

from harness.kvscript import brief, same
from harness.resp import RawClient, decode
from test_kv_fuzz import VALUE_CHECKS, Generator

COMMANDS = int(os.environ.get("EMPORIUM_FUZZ_COMMANDS", "50000"))
SEED = int(os.environ.get("EMPORIUM_FUZZ_SEED", str(time.time_ns() % 1_000_000_000)))


def _table() -> list[int]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ 0x95AC9329AC4BC9B5 if value & 1 else value >> 1
        table.append(value)
    return table


TABLE = _table()


def sealed(body: bytes, version: int = 10) -> bytes:
    """A payload with the right version and checksum behind it."""
    body += struct.pack("<H", version)
    checksum = 0
    for byte in body:
        checksum = TABLE[(checksum ^ byte) & 0xFF] ^ checksum >> 8
    return body + struct.pack("<Q", checksum)


def filled(redis_server, emporium_kv, count: int, seed: int):
    """Both servers with the same keys of all types."""
    generator = Generator(seed)
    clients = [RawClient(server.port, timeout=20) for server in (redis_server, emporium_kv)]
    for client in clients:
        client.call("FLUSHALL")
    for _ in range(count):
        words, _ = generator.command()
        for client in clients:
            client.call(*words)
    return generator, *clients


# Where the order of the elements is each server's own, or times of delivery are in the value.
UNORDERED = {b"hashtable", b"stream"}


def depends_on_history(encoding: bytes, payload: bytes) -> bool:
    """A list of several nodes is cut where it grew and shrank; their number is the second byte."""
    return encoding in UNORDERED or (encoding == b"quicklist" and payload[1] > 1)


def test_each_reads_what_the_other_wrote(redis_server, emporium_kv):
    print(f"\nseed {SEED}")
    _, real, ours = filled(redis_server, emporium_kv, 3000, SEED)
    compared = 0
    for leaf in decode(real.call("KEYS", "*")).items:
        key = leaf.text
        payloads = [decode(client.call("DUMP", key)).text for client in (real, ours)]
        encoding = decode(real.call("OBJECT", "ENCODING", key)).text
        if not depends_on_history(encoding, payloads[0]):
            assert payloads[0] == payloads[1], f"{key!r}, {encoding!r}"
            compared += 1
        for client, payload in ((real, payloads[1]), (ours, payloads[0])):
            assert client.call("RESTORE", "copy", "0", payload, "REPLACE") == b"+OK\r\n", (key, encoding)
        for words, comparison in VALUE_CHECKS[decode(real.call("TYPE", key)).text]:
            expected = real.call(*(key if word == "KEY" else word for word in words))
            for client in (real, ours):
                got = client.call(*("copy" if word == "KEY" else word for word in words))
                assert same(expected, got, comparison), f"{key!r}: {brief(expected)} became {brief(got)}"
        assert real.call("OBJECT", "ENCODING", "copy") == ours.call("OBJECT", "ENCODING", "copy")
    assert compared > 5


def test_damaged_payloads_are_bad_data_or_a_value(redis_server, emporium_kv):
    """Bytes changed, cut and doubled, with a checksum that is right: an error or a sound value, never a crash."""
    print(f"\nseed {SEED}")
    _, real, ours = filled(redis_server, emporium_kv, 2000, SEED)
    r = random.Random(SEED)
    payloads = [decode(ours.call("DUMP", leaf.text)).text[:-10] for leaf in decode(ours.call("KEYS", "*")).items]
    payloads += [decode(real.call("DUMP", leaf.text)).text[:-10] for leaf in decode(real.call("KEYS", "*")).items]
    outcomes: dict[bytes, int] = {}
    for _ in range(COMMANDS // 5):
        body = bytearray(r.choice(payloads))
        for _ in range(r.randint(1, 4)):
            place = r.randrange(len(body) + 1)
            how = r.random()
            if how < 0.6 and place < len(body):
                body[place] = r.choice([r.randrange(256), 0, 0xFF, 0x80, body[place] ^ 1 << r.randrange(8)])
            elif how < 0.7:
                del body[place : place + r.randint(1, 5)]
            elif how < 0.8:
                body[place:place] = r.randbytes(r.randint(1, 5))
            elif how < 0.9:
                body[place:] = b""
            elif body:
                body[0] = r.choice([0, 1, 2, 3, 4, 5, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 6, 7, 30])
        reply = ours.call("RESTORE", "copy", "0", sealed(bytes(body)), "REPLACE")
        outcomes[reply] = outcomes.get(reply, 0) + 1
        if reply == b"+OK\r\n":
            # Whatever was accepted can be walked, written and read again.
            payload = decode(ours.call("DUMP", "copy")).text
            assert ours.call("RESTORE", "again", "0", payload, "REPLACE") == b"+OK\r\n", bytes(body)
            for words, _ in VALUE_CHECKS[decode(ours.call("TYPE", "copy")).text]:
                ours.call(*("copy" if word == "KEY" else word for word in words))
    assert set(outcomes) <= {b"+OK\r\n", b"-ERR Bad data format\r\n"}, outcomes
    print(outcomes)
