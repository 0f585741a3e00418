"""HTTP/1.1 over an open connection, no more of it than a call to a gateway needs (RFC 9112).

A request leaves in one piece, and its answer has to be whole within a time. `http.client` knows a
time for each read alone, so that a server which sends a byte now and then holds a call for ever;
and it reads the few lines of a head as if they were an e-mail, which was half of what a call cost.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

MOST_HEAD = 64 * 1024
"""Bytes of an answer before its body."""

MOST_BYTES = 4 * 1024 * 1024
"""Bytes of a body."""

_PIECE = 64 * 1024
_BODILESS = frozenset({204, 304})

_STATUS_LINE = re.compile(r"HTTP/1\.([01]) (\d{3})(?: (.*))?")
_END_OF_LINE = re.compile(rb"\r?\n")
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_LENGTH = re.compile(r"\d{1,15}", re.ASCII)
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}")


class BrokenAnswer(Exception):
    """What came back is no answer, or not a whole one."""


class Deadlines(NamedTuple):
    """Seconds for one answer: between two pieces of it, and for the whole of it."""

    silence_s: float
    whole_s: float


class Answer(NamedTuple):
    """An answer as it came. The names of `headers` are in lower case; of several by one name all
    are there, joined by commas. `is_last` when the connection can carry no other."""

    status: int
    reason: str
    headers: Mapping[str, str]
    content: bytes
    is_last: bool


def exchange(
    connection: socket.socket, request: bytes, deadlines: Deadlines, *, has_body: bool = True
) -> Answer:
    """Send a request and read its answer; a granted CONNECT `has_body` none, whatever it says.

    Raises OSError and BrokenAnswer; the request may then have been received, and the connection is
    of no further use.
    """
    incoming = _Incoming(connection, deadlines)
    incoming.settle_time()
    connection.sendall(request)
    version, status, reason, headers = _head(incoming)
    while 100 <= status < 200:
        version, status, reason, headers = _head(incoming)
    content, has_end = _body(incoming, status, headers) if has_body else (b"", True)
    options = _words(headers.get("connection", ""))
    closes = "close" in options or (version == "0" and "keep-alive" not in options)
    return Answer(status, reason, headers, content, closes or not has_end or bool(incoming.buffer))


class _Incoming:
    """What comes in, piece by piece; `buffer` holds what has not been used."""

    def __init__(self, connection: socket.socket, deadlines: Deadlines) -> None:
        self.buffer = bytearray()
        self._connection = connection
        self._silence_s = deadlines.silence_s
        self._until = time.monotonic() + deadlines.whole_s

    def settle_time(self) -> None:
        """Give the connection the time that is left for its next step. Raises TimeoutError."""
        left_s = self._until - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("the answer was not whole in time")
        timeout_s = min(self._silence_s, left_s)
        if self._connection.gettimeout() != timeout_s:  # to set it is a system call
            self._connection.settimeout(timeout_s)

    def has_more(self) -> bool:
        """Wait for another piece; False at the end of the connection."""
        self.settle_time()
        piece = self._connection.recv(_PIECE)
        self.buffer += piece
        return bool(piece)

    def up_to(self, end: re.Pattern[bytes], most: int) -> bytes:
        """What comes before `end`, which is used up as well."""
        while not (found := end.search(self.buffer)):
            if len(self.buffer) > most or not self.has_more():
                raise BrokenAnswer("no end in sight")
        before = bytes(self.buffer[: found.start()])
        del self.buffer[: found.end()]
        return before

    def exactly(self, length: int) -> bytes:
        while len(self.buffer) < length:
            if not self.has_more():
                raise BrokenAnswer("the answer breaks off")
        taken = bytes(self.buffer[:length])
        del self.buffer[:length]
        return taken

    def rest(self) -> bytes:
        """Everything up to the end of the connection."""
        while len(self.buffer) <= MOST_BYTES and self.has_more():
            pass
        if len(self.buffer) > MOST_BYTES:
            raise BrokenAnswer("the answer is too long")
        taken = bytes(self.buffer)
        self.buffer.clear()
        return taken


def _head(incoming: _Incoming) -> tuple[str, int, str, Mapping[str, str]]:
    first, *lines = incoming.up_to(_END_OF_HEAD, MOST_HEAD).decode("latin-1").split("\n")
    match = _STATUS_LINE.fullmatch(first.rstrip())
    if match is None:
        raise BrokenAnswer("no status line")
    return match[1], int(match[2]), (match[3] or "").strip(), _fields(lines)


def _fields(lines: Sequence[str]) -> Mapping[str, str]:
    """Header lines by name; what is no header line says nothing."""
    fields: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            name, value = name.strip().lower(), value.strip()
            fields[name] = f"{fields[name]}, {value}" if name in fields else value
    return fields


def _body(incoming: _Incoming, status: int, headers: Mapping[str, str]) -> tuple[bytes, bool]:
    """The body, and whether its end was known without the end of the connection."""
    if status in _BODILESS:
        return b"", True
    if coding := headers.get("transfer-encoding"):
        if _words(coding) != {"chunked"}:
            raise BrokenAnswer("an unknown transfer coding")
        return _chunks(incoming), True
    if "content-length" not in headers:
        return incoming.rest(), False
    lengths = _words(headers["content-length"])
    length = lengths.pop() if len(lengths) == 1 else ""
    if not _LENGTH.fullmatch(length) or int(length) > MOST_BYTES:
        raise BrokenAnswer("no length to believe")
    return incoming.exactly(int(length)), True


def _chunks(incoming: _Incoming) -> bytes:
    content = bytearray()
    while size := _chunk_size(incoming):
        if len(content) + size > MOST_BYTES:
            raise BrokenAnswer("the answer is too long")
        content += incoming.exactly(size)
        if incoming.up_to(_END_OF_LINE, 2):
            raise BrokenAnswer("a chunk is longer than it says")
    while incoming.up_to(_END_OF_LINE, MOST_HEAD):
        pass  # trailers
    return bytes(content)


def _chunk_size(incoming: _Incoming) -> int:
    line = incoming.up_to(_END_OF_LINE, MOST_HEAD).partition(b";")[0].strip()
    if not _CHUNK_SIZE.fullmatch(line):
        raise BrokenAnswer("a chunk without a size")
    return int(line, 16)


def _words(value: str) -> set[str]:
    return {word.strip().lower() for word in value.split(",") if word.strip()}
