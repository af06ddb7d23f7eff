"""RESP as a test needs it: replies as the exact bytes that came, and as values where order must not matter."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass


class Closed(Exception):
    """The server closed the connection (kind "eof") or reset it (kind "reset")."""


def encode(*arguments: bytes | str | int) -> bytes:
    parts = [a if isinstance(a, bytes) else str(a).encode() for a in arguments]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts)


def reply_end(data: bytes | bytearray, start: int = 0) -> int | None:
    """Where the reply that starts at `start` ends, or None while it is incomplete. Not recursive: depth is data."""
    position = start
    pending = 1
    while pending:
        line_end = data.find(b"\r\n", position)
        if line_end < 0:
            return None
        kind = data[position : position + 1]
        head = bytes(data[position + 1 : line_end])
        position = line_end + 2
        pending -= 1
        if kind in b"+-:_#,(":
            continue
        length = int(head)
        if kind in b"$=!":
            if length >= 0:
                position += length + 2
                if position > len(data):
                    return None
        elif kind in b"*~>":
            pending += max(length, 0)
        elif kind in b"%|":
            # An attribute announces a reply that follows it.
            pending += 2 * length + (1 if kind == b"|" else 0)
        else:
            raise ValueError(f"not a RESP reply: {bytes(data[start : start + 80])!r}")
    return position


@dataclass(frozen=True)
class Aggregate:
    """An array, set, push or map; a map's items are its keys and values in turn."""

    kind: bytes
    items: tuple

    def pairs(self) -> list[tuple]:
        return [(self.items[i], self.items[i + 1]) for i in range(0, len(self.items) - 1, 2)]


@dataclass(frozen=True, order=True)
class Leaf:
    """A simple value with its type byte; `text` is None for the nulls."""

    kind: bytes
    text: bytes | None

    def sort_key(self) -> tuple:
        return (self.kind, self.text is not None, self.text or b"")


def decode(data: bytes) -> Leaf | Aggregate:
    value, _ = _decode(data, 0)
    return value


def _decode(data: bytes, position: int) -> tuple[Leaf | Aggregate, int]:
    line_end = data.index(b"\r\n", position)
    kind, head = data[position : position + 1], data[position + 1 : line_end]
    position = line_end + 2
    if kind in b"$=!":
        length = int(head)
        if length < 0:
            return Leaf(kind, None), position
        return Leaf(kind, data[position : position + length]), position + length + 2
    if kind in b"*~>%":
        count = int(head) * (2 if kind == b"%" else 1)
        if count < 0:
            return Leaf(kind, None), position
        items = []
        for _ in range(count):
            item, position = _decode(data, position)
            items.append(item)
        return Aggregate(kind, tuple(items)), position
    return Leaf(kind, None if kind == b"_" else head), position


class RawClient:
    """A socket and what came over it."""

    def __init__(self, port: int, timeout: float = 10.0) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray()
        self.timeout = timeout
        self.closed = False

    def send(self, data: bytes) -> None:
        try:
            self.socket.settimeout(self.timeout)
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            self.closed = True

    def _receive(self, timeout: float) -> bool:
        """Reads once; False when nothing came in time. Raises Closed at the end."""
        self.socket.settimeout(max(timeout, 0.0001))
        try:
            data = self.socket.recv(1 << 16)
        except (TimeoutError, BlockingIOError):
            return False
        except ConnectionResetError:
            self.closed = True
            raise Closed("reset") from None
        if not data:
            self.closed = True
            raise Closed("eof")
        self.buffer += data
        return True

    def reply(self) -> bytes:
        """The next reply's bytes; Closed when the connection ends first, TimeoutError when nothing comes."""
        deadline = time.monotonic() + self.timeout
        while True:
            end = reply_end(self.buffer) if self.buffer else None
            if end is not None:
                reply = bytes(self.buffer[:end])
                del self.buffer[:end]
                return reply
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise TimeoutError(f"no complete reply in {self.timeout} s; so far {bytes(self.buffer[:200])!r}")
            self._receive(remaining)

    def replies(self, count: int) -> list[bytes]:
        return [self.reply() for _ in range(count)]

    def call(self, *arguments: bytes | str | int) -> bytes:
        self.send(encode(*arguments))
        return self.reply()

    def everything(self, quiet: float = 0.06, at_least: int = 0, patience: float = 2.0) -> tuple[bytes, bool]:
        """All bytes until `quiet` seconds of silence or the end, and whether the connection ended. Waits up to
        `patience` seconds for the first `at_least` bytes."""
        deadline = time.monotonic() + patience
        while not self.closed:
            waiting = len(self.buffer) < at_least and time.monotonic() < deadline
            try:
                if not self._receive(deadline - time.monotonic() if waiting else quiet) and not waiting:
                    break
            except Closed:
                break
        data = bytes(self.buffer)
        self.buffer.clear()
        return data, self.closed

    def close(self) -> None:
        self.socket.close()
