"""PostgreSQL's protocol 3.0 as a test needs it: everything a server says, as comparable plain values.

One `Session` is one connection. `simple`, `extended` and `copy` return the list of events up to ReadyForQuery:
("columns", …), ("row", …), ("tag", …), ("error", {field: text}), ("notice", …), ("ready", "I"|"T"|"E"), …
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import socket
import struct

# File, line and routine are the server's own business; so is the internal spelling of an internal query.
_OWN_FIELDS = {"F", "L", "R"}
FIELD_NAMES = {
    "S": "severity",
    "V": "severity*",
    "C": "sqlstate",
    "M": "message",
    "D": "detail",
    "H": "hint",
    "P": "position",
    "p": "internal position",
    "q": "internal query",
    "W": "context",
    "s": "schema",
    "t": "table",
    "c": "column",
    "d": "data type",
    "n": "constraint",
}


class ConnectionEnded(Exception):
    pass


class Session:
    def __init__(
        self,
        port: int,
        user: str = "postgres",
        database: str = "postgres",
        password: str | None = None,
        timeout: float = 20.0,
        parameters: dict[str, str] | None = None,
    ) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(timeout)
        self.buffer = bytearray()
        self.parameters: dict[str, str] = {}
        self.backend_key: tuple[int, int] | None = None
        self.password = password
        settings = {"user": user, "database": database, **(parameters or {})}
        body = (
            (3 << 16).to_bytes(4, "big")
            + b"".join(k.encode() + b"\0" + v.encode() + b"\0" for k, v in settings.items())
            + b"\0"
        )
        self.socket.sendall(struct.pack("!i", len(body) + 4) + body)
        self.start_events = self._authenticate(user)

    # Frames.

    def message(self) -> tuple[bytes, bytes]:
        while True:
            if len(self.buffer) >= 5:
                length = struct.unpack_from("!i", self.buffer, 1)[0]
                if len(self.buffer) >= length + 1:
                    kind, body = bytes(self.buffer[:1]), bytes(self.buffer[5 : length + 1])
                    del self.buffer[: length + 1]
                    return kind, body
            data = self.socket.recv(1 << 16)
            if not data:
                raise ConnectionEnded("the server closed the connection")
            self.buffer += data

    def send(self, *messages: tuple[bytes, bytes]) -> None:
        self.socket.sendall(b"".join(kind + struct.pack("!i", len(body) + 4) + body for kind, body in messages))

    # Start-up.

    def _authenticate(self, user: str) -> list[tuple]:
        events: list[tuple] = []
        scram: _Scram | None = None
        while True:
            kind, body = self.message()
            if kind == b"R":
                code = struct.unpack_from("!i", body)[0]
                secret = self.password or ""
                if code == 3:
                    self.send((b"p", secret.encode() + b"\0"))
                elif code == 5:
                    inner = hashlib.md5((secret + user).encode()).hexdigest()
                    self.send((b"p", b"md5" + hashlib.md5(inner.encode() + body[4:8]).hexdigest().encode() + b"\0"))
                elif code == 10:
                    scram = _Scram(secret)
                    first = scram.first()
                    self.send((b"p", b"SCRAM-SHA-256\0" + struct.pack("!i", len(first)) + first))
                elif code == 11:
                    self.send((b"p", scram.final(body[4:])))
                elif code == 12:
                    scram.verify(body[4:])
                events.append(("authentication", code))
            elif kind == b"K":
                self.backend_key = struct.unpack("!ii", body)
            elif kind == b"S":
                name, value = body.split(b"\0")[:2]
                self.parameters[name.decode()] = value.decode()
            elif kind == b"Z":
                return events
            elif kind == b"E":
                events.append(("error", fields(body)))
                raise ConnectionError(fields(body))
            else:
                events.append(("notice", fields(body)) if kind == b"N" else ("other", kind, body))

    # What came back.

    def events(self) -> list[tuple]:
        """Everything up to and with ReadyForQuery; stops before it at CopyInResponse."""
        found: list[tuple] = []
        try:
            while True:
                event = self.event()
                found.append(event)
                if event[0] in ("ready", "copy in"):
                    return found
        except ConnectionEnded:
            return [*found, ("connection closed",)]
        except (TimeoutError, ConnectionResetError) as error:
            return [*found, (type(error).__name__,)]

    def event(self) -> tuple:
        kind, body = self.message()
        if kind == b"T":
            return ("columns", *_columns(body))
        if kind == b"D":
            return ("row", *_row(body))
        if kind == b"C":
            return ("tag", body[:-1].decode())
        if kind in b"EN":
            return ("error" if kind == b"E" else "notice", fields(body))
        if kind == b"Z":
            return ("ready", body.decode())
        if kind == b"S":
            name, value = body.split(b"\0")[:2]
            self.parameters[name.decode()] = value.decode()
            return ("parameter", name.decode(), value.decode())
        if kind == b"t":
            return ("parameter types", *struct.unpack(f"!{struct.unpack_from('!h', body)[0]}i", body[2:]))
        if kind in b"GH":
            formats = struct.unpack(f"!{struct.unpack_from('!h', body, 1)[0]}h", body[3:])
            return ("copy in" if kind == b"G" else "copy out", body[0], *formats)
        if kind == b"d":
            return ("copy data", body)
        if kind == b"A":
            return ("notification", body[4:])
        names = {
            b"1": "parsed",
            b"2": "bound",
            b"3": "closed",
            b"n": "no data",
            b"I": "empty",
            b"c": "copy done",
            b"s": "suspended",
        }
        return (names.get(kind, f"unknown message {kind!r}"),) if kind in names else ("unknown message", kind, body)

    # What one asks.

    def simple(self, text: str | bytes) -> list[tuple]:
        self.send((b"Q", (text if isinstance(text, bytes) else text.encode()) + b"\0"))
        return self.events()

    def start_simple(self, text: str) -> None:
        self.send((b"Q", text.encode() + b"\0"))

    def extended(
        self,
        text: str,
        parameters: list[str | None] | None = None,
        types: list[int] | None = None,
        binary: bool = False,
        maximum_rows: int = 0,
    ) -> list[tuple]:
        """Parse, Describe statement, Bind, Describe portal, Execute, Sync in one packet."""
        values = parameters or []
        bind = b"\0\0" + struct.pack("!hh", 0, len(values))
        for value in values:
            encoded = None if value is None else value.encode()
            bind += struct.pack("!i", -1) if encoded is None else struct.pack("!i", len(encoded)) + encoded
        bind += struct.pack("!hh", 1, 1) if binary else struct.pack("!h", 0)
        oids = types or []
        self.send(
            (b"P", b"\0" + text.encode() + b"\0" + struct.pack(f"!h{len(oids)}i", len(oids), *oids)),
            (b"D", b"S\0"),
            (b"B", bind),
            (b"D", b"P\0"),
            (b"E", b"\0" + struct.pack("!i", maximum_rows)),
            (b"S", b""),
        )
        return self.events()

    def copy_data(self, data: bytes, chunk: int = 7, sync: bool = False) -> list[tuple]:
        """Sends the data in odd pieces, so that no row is whole in its message, and ends it. In the extended protocol a
        Sync has to follow: the one that came with Execute was read, and ignored, in copy mode."""
        pieces = [data[i : i + chunk] for i in range(0, len(data), chunk)] if len(data) < 20_000 else [data]
        self.send(*((b"d", piece) for piece in pieces), (b"c", b""), *([(b"S", b"")] if sync else []))
        return self.events()

    def copy_fail(self, reason: str, sync: bool = False) -> list[tuple]:
        self.send((b"f", reason.encode() + b"\0"), *([(b"S", b"")] if sync else []))
        return self.events()

    def close(self) -> None:
        try:
            self.send((b"X", b""))
        except OSError:
            pass
        self.socket.close()


def fields(body: bytes) -> dict[str, str]:
    found = {}
    for part in body.split(b"\0"):
        if part:
            code = chr(part[0])
            if code not in _OWN_FIELDS:
                found[FIELD_NAMES.get(code, code)] = part[1:].decode(errors="backslashreplace")
    return found


def _columns(body: bytes) -> list[tuple]:
    """name, has a table, attribute number, type OID, size, modifier, format. A user table's OID is the server's own."""
    found, position = [], 2
    for _ in range(struct.unpack_from("!h", body)[0]):
        end = body.index(b"\0", position)
        name = body[position:end].decode(errors="backslashreplace")
        table, attribute, oid, size, modifier, form = struct.unpack_from("!ihihih", body, end + 1)
        position = end + 19
        found.append((name, table != 0, attribute, oid, size, modifier, form))
    return found


def _row(body: bytes) -> list[bytes | None]:
    values, position = [], 2
    for _ in range(struct.unpack_from("!h", body)[0]):
        length = struct.unpack_from("!i", body, position)[0]
        position += 4
        values.append(None if length < 0 else body[position : position + length])
        position += max(length, 0)
    return values


class _Scram:
    """RFC 5802 and 7677, the client's half; `verify` checks that the server knows the password too."""

    def __init__(self, password: str) -> None:
        self.password = password.encode()
        self.nonce = base64.b64encode(os.urandom(18)).decode()

    def first(self) -> bytes:
        self.first_bare = f"n=,r={self.nonce}"
        return f"n,,{self.first_bare}".encode()

    def final(self, challenge: bytes) -> bytes:
        parts = dict(part.split("=", 1) for part in challenge.decode().split(","))
        assert parts["r"].startswith(self.nonce), "the server answered another client's nonce"
        salted = hashlib.pbkdf2_hmac("sha256", self.password, base64.b64decode(parts["s"]), int(parts["i"]))
        key = hmac.digest(salted, b"Client Key", "sha256")
        without_proof = f"c=biws,r={parts['r']}"
        text = f"{self.first_bare},{challenge.decode()},{without_proof}".encode()
        signature = hmac.digest(hashlib.sha256(key).digest(), text, "sha256")
        proof = bytes(a ^ b for a, b in zip(key, signature))
        self.server_signature = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), text, "sha256")
        return f"{without_proof},p={base64.b64encode(proof).decode()}".encode()

    def verify(self, answer: bytes) -> None:
        assert answer == b"v=" + base64.b64encode(self.server_signature), "the server does not know the password"
