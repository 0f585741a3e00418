"""One request over an open connection, and its answer, whole within a time.

`http.client` knows a time for each read alone, so that a server which sends a byte now and then
holds a call for ever; and it reads the few lines of a head as if they were an e-mail, which was
half of what a call cost. The parser here is that of Node.js (llhttp, by way of httptools).
"""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from typing import NamedTuple

from httptools import HttpParserError, HttpResponseParser

MOST_HEAD = 64 * 1024
"""Bytes of an answer before its body."""

MOST_BYTES = 4 * 1024 * 1024
"""Bytes of a body."""

_PIECE = 64 * 1024


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
    until = time.monotonic() + deadlines.whole_s
    _settle_time(connection, deadlines.silence_s, until)
    connection.sendall(request)
    reading = _Reading(has_body)
    while not reading.is_whole:
        _settle_time(connection, deadlines.silence_s, until)
        reading.take(connection.recv(_PIECE))
    return reading.answer()


def _settle_time(connection: socket.socket, silence_s: float, until: float) -> None:
    """Give the connection the time that is left for its next step. Raises TimeoutError."""
    left_s = until - time.monotonic()
    if left_s <= 0:
        raise TimeoutError("the answer was not whole in time")
    timeout_s = min(silence_s, left_s)
    if connection.gettimeout() != timeout_s:  # to set it is a system call
        connection.settimeout(timeout_s)


class _Reading:
    """An answer while it comes in. The methods `on_...` are what the parser calls."""

    def __init__(self, has_body: bool) -> None:
        self.is_whole = False
        self._has_body = has_body
        self._parser = HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(lenient_optional_cr_before_lf=True)
        self._size = 0
        self.on_message_begin()

    def on_message_begin(self) -> None:
        if self.is_whole:
            self._is_last = True  # more came than was asked for
            return
        self._reason = b""
        self._headers: dict[str, str] = {}
        self._has_head = False
        self._content = bytearray()
        self._is_last = False

    def on_status(self, reason: bytes) -> None:
        if not self.is_whole:
            self._reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.is_whole:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1").strip()
            self._headers[key] = f"{self._headers[key]}, {text}" if key in self._headers else text

    def on_headers_complete(self) -> None:
        self._has_head = True
        if not self._has_body and not self._is_interim():
            self._complete(is_last=False)

    def on_body(self, piece: bytes) -> None:
        if self.is_whole:
            self._is_last = True
        else:
            self._content += piece

    def on_message_complete(self) -> None:
        if not self.is_whole and not self._is_interim():
            self._complete(is_last=not self._parser.should_keep_alive())

    def take(self, piece: bytes) -> None:
        """Read on; an empty piece is the end of the connection. Raises BrokenAnswer."""
        if not piece:
            if not self._may_end():
                raise BrokenAnswer("the answer breaks off")
            self._complete(is_last=True)
            return
        self._size += len(piece)
        try:
            self._parser.feed_data(piece)
        except HttpParserError as error:
            if not self.is_whole:
                raise BrokenAnswer(type(error).__name__) from error
            self._is_last = True  # what came after the answer makes no sense
        if not self.is_whole and self._size > (MOST_BYTES if self._has_head else MOST_HEAD):
            raise BrokenAnswer("the answer has no end in sight")

    def answer(self) -> Answer:
        """What was read, once it is whole."""
        reason = self._reason.decode("latin-1")
        return Answer(self._status, reason, self._headers, bytes(self._content), self._is_last)

    def _is_interim(self) -> bool:
        return 100 <= self._parser.get_status_code() < 200

    def _may_end(self) -> bool:
        """Whether the end of the connection is how the end of the answer is told."""
        return self._has_head and not {"content-length", "transfer-encoding"} & self._headers.keys()

    def _complete(self, *, is_last: bool) -> None:
        self._status = self._parser.get_status_code()
        self._is_last = is_last
        self.is_whole = True
