"""HTTP over connections that are kept, knowing one thing that `requests` does not tell: whether a
request that failed had begun to leave.

Before the first byte is out, nothing can have been accepted and the message may be sent again.
After it, nobody knows. An exception alone cannot tell a connection reset while the TLS session was
set up from one that was reset while the gateway was reading.

`requests` composes the requests, so that they are what it would send, and names the answers; in
between go our own bytes, because the processor time of a call is what bounds a sender.
"""

from __future__ import annotations

import select
import socket
import threading
import time
import zlib
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import requests

from smsgateway.aggregators.connect import open_connection, proxy_authorization, proxy_for
from smsgateway.aggregators.wire import MOST_BYTES, Answer, BrokenAnswer, Deadlines, exchange
from smsgateway.messaging.port import AmbiguousSend

TIMEOUT_S = (3.05, 9.05)
"""To connect, and between two pieces of the answer: the SDK's own figures."""

MOST_SILENCES = 3
"""How many times as long the whole of an answer may take: a server that sends a byte now and then
would otherwise hold a line for ever."""

MOST_IDLE_S = 20.0
"""A connection idle for longer is not used again: gateways and balancers close theirs after about
a minute, and a request written into a connection that is being closed is an answer lost."""

MOST_HEADS = 256
"""Composed heads that are kept: an address with a number in it, or a token, is used once."""


class Transport:
    """Kept connections for one gateway; safe for several threads.

    Sends the same bytes as `requests.request`, keeps no cookies and follows no redirects.
    """

    def __init__(self, connections: int, timeout: tuple[float, float] = TIMEOUT_S) -> None:
        """At most `connections` are kept while they are not in use."""
        self._connect_s, silence_s = timeout
        self._deadlines = Deadlines(silence_s, MOST_SILENCES * silence_s)
        self._connections = connections
        self._composer = requests.Session()
        self._heads: dict[tuple[str, ...], _Head] = {}
        self._proxies: dict[str, str | None] = {}
        self._idle: list[_Kept] = []
        self._lock = threading.Lock()

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        data: Mapping[str, Any] | bytes | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> requests.Response:
        """One request, never repeated.

        Raises Unavailable when nothing has left, AmbiguousSend when the answer was lost, and
        Misconfigured for a proxy that cannot be spoken to.
        """
        head = self._head(method, url, headers, data)
        body = _form(data) if isinstance(data, Mapping) else data
        request = head.request(_form(params) if params else b"", body or b"")
        kept = self._connection(url)
        try:
            answer = exchange(kept.connection, request, self._deadlines)
            response = _response(url, answer)
        except (OSError, BrokenAnswer, zlib.error) as error:
            kept.connection.close()
            raise AmbiguousSend(type(error).__name__) from error
        self._keep(kept, answer)
        return response

    def close(self) -> None:
        """Close the connections that are not in use."""
        with self._lock:
            idle, self._idle = self._idle, []
        for kept in idle:
            kept.connection.close()

    def _head(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        data: Mapping[str, Any] | bytes | None,
    ) -> _Head:
        """The head of a request as `requests` composes it; kept for the next like it."""
        key = (method, url, type(data).__name__, *headers, *headers.values())
        head = self._heads.get(key)
        if head is None:
            model = self._composer.prepare_request(
                requests.Request(method, url, dict(headers), data=data)
            )
            head = _compose(model, self._proxy(url))
            if len(self._heads) >= MOST_HEADS:
                self._heads.clear()
            self._heads[key] = head
        return head

    def _connection(self, url: str) -> _Kept:
        """A connection that is open: one that was kept and is still good, else a new one.

        Raises Unavailable.
        """
        address = _address(url)
        while kept := self._take():
            if kept.address == address and kept.is_good():
                return kept
            kept.connection.close()
        return _Kept(address, open_connection(address, self._proxy(url), self._connect_s), 0.0)

    def _take(self) -> _Kept | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _keep(self, kept: _Kept, answer: Answer) -> None:
        if not answer.is_last:
            with self._lock:
                if len(self._idle) < self._connections:
                    self._idle.append(kept._replace(since=time.monotonic()))
                    return
        kept.connection.close()

    def _proxy(self, url: str) -> str | None:
        """What the environment says about a proxy to this address, asked once."""
        address = _address(url)
        if address not in self._proxies:
            self._proxies[address] = proxy_for(url)
        return self._proxies[address]


class _Head(NamedTuple):
    """The bytes of a request but for what is its own: the query, the length of the body, the body.

    `after_length` is None where the head says no length.
    """

    target: bytes
    before_length: bytes
    after_length: bytes | None

    def request(self, query: bytes, body: bytes) -> bytes:
        """The whole of a request."""
        joint = b"" if not query else b"&" if b"?" in self.target else b"?"
        start = b"".join((self.target, joint, query, self.before_length))
        if self.after_length is None:
            return start + body
        return b"".join((start, b"%d" % len(body), self.after_length, body))


class _Kept(NamedTuple):
    """A connection that waits for its next request since `since` (monotonic seconds)."""

    address: str
    connection: socket.socket
    since: float

    def is_good(self) -> bool:
        """Neither idle for too long nor closed by the other side, nor with bytes nobody asked for:
        what would make it readable."""
        if time.monotonic() - self.since > MOST_IDLE_S:
            return False
        poll = select.poll()
        poll.register(self.connection, select.POLLIN)
        return not poll.poll(0)


def _compose(model: requests.PreparedRequest, proxy: str | None) -> _Head:
    """The head of what `requests` prepared. A proxy is asked for the whole of a plain address; what
    goes to an https one it passes on unread."""
    parts = urlsplit(model.url or "")
    host = parts.netloc.rpartition("@")[2]
    target, fields = model.path_url, {"Host": host, **model.headers}
    if proxy and parts.scheme == "http":
        target = f"http://{host}{target}"
        if authorization := proxy_authorization(proxy):
            fields["Proxy-Authorization"] = authorization
    lines = "".join(
        f"{name}: {value.decode('latin-1') if isinstance(value, bytes) else value}\r\n"
        for name, value in fields.items()
    )
    before, name, after = f" HTTP/1.1\r\n{lines}\r\n".partition("Content-Length: ")
    rest = after.lstrip("0123456789").encode("latin-1") if name else None
    return _Head(
        f"{model.method} {target}".encode("latin-1"), (before + name).encode("latin-1"), rest
    )


def _form(fields: Mapping[str, Any]) -> bytes:
    """Fields as in a form or a query; those without a value are left out."""
    given = [(name, value) for name, value in fields.items() if value is not None]
    return urlencode(given, doseq=True).encode()


def _address(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _response(url: str, answer: Answer) -> requests.Response:
    """What came back, in the form that `requests` gives it.

    Raises zlib.error and BrokenAnswer.
    """
    response = requests.Response()
    response.status_code = answer.status
    response.reason = answer.reason
    response.url = url
    response.headers.update(answer.headers)
    content = answer.content
    if answer.headers.get("content-encoding", "").lower() in {"gzip", "deflate"}:
        content = _unpacked(content)
    response._content = content
    return response


def _unpacked(content: bytes) -> bytes:
    """A body as it was before gzip or deflate; it may grow no larger than one that came plain.

    Raises zlib.error and BrokenAnswer.
    """
    unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    plain = unpacking.decompress(content, MOST_BYTES)
    if not unpacking.eof:
        raise BrokenAnswer("a packed body has no end in sight")
    return plain
