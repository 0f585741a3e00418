"""HTTP over connections that are kept, knowing one thing that `requests` does not tell: whether a
request that failed had begun to leave.

Before the first byte is out, nothing can have been accepted and the message may be sent again.
After it, nobody knows. An exception alone cannot tell a connection reset while the TLS session was
set up from one that was reset while the gateway was reading.

`requests` composes the requests, and `http.client` makes them: at 64 connections that takes a fifth
of the processor time, which is what bounds a sender. Its own sending is kept for proxies.
"""

from __future__ import annotations

import os
import select
import ssl
import threading
import time
import zlib
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import requests
from requests.utils import DEFAULT_CA_BUNDLE_PATH, get_environ_proxies

from smsgateway.messaging.port import AmbiguousSend, Unavailable

TIMEOUT_S = (3.05, 9.05)
"""To connect, and between two bytes of the answer: the SDK's own figures."""

MOST_IDLE_S = 20.0
"""A connection idle for longer is not used again: gateways and balancers close theirs after about
a minute, and a request written into a connection that is being closed is an answer lost."""

MOST_HEADS = 256
"""Composed heads that are kept: an address with a number in it, or a token, is used once."""

MOST_BYTES = 4 * 1024 * 1024
"""Of an answer; the rest is not read."""


class Transport:
    """Kept connections for one gateway; safe for several threads.

    Sends the same bytes as `requests.request`, keeps no cookies and follows no redirects.
    """

    def __init__(self, connections: int, timeout: tuple[float, float] = TIMEOUT_S) -> None:
        """At most `connections` are kept while they are not in use."""
        self._timeout = timeout
        self._connections = connections
        self._composer = requests.Session()
        self._heads: dict[tuple[str, ...], _Request] = {}
        self._proxies: dict[str, Mapping[str, str]] = {}
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

        Raises Unavailable when nothing has left, AmbiguousSend when the answer was lost.
        """
        composed = self._compose(method, url, headers, data, params)
        if proxies := self._proxies_for(url):
            return self._by_proxy(composed, f"{_address(url)}{composed.target}", proxies)
        kept = self._connection(url)
        try:
            kept.connection.request(composed.method, composed.target, composed.body, composed.head)
            response = kept.connection.getresponse()
            answer = _answer(url, response, _content(response))
        except (OSError, HTTPException, zlib.error) as error:
            kept.connection.close()
            raise AmbiguousSend(type(error).__name__) from error
        self._keep(kept, response)
        return answer

    def close(self) -> None:
        """Close the connections that are not in use."""
        with self._lock:
            idle, self._idle = self._idle, []
        for kept in idle:
            kept.connection.close()

    def _compose(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        data: Mapping[str, Any] | bytes | None,
        params: Mapping[str, Any] | None,
    ) -> _Request:
        """The request as `requests` composes it. What is the same in each is kept."""
        body = _form(data) if isinstance(data, Mapping) else data
        key = (method, url, type(data).__name__, *headers, *headers.values())
        composed = self._heads.get(key)
        if composed is None:
            model = self._composer.prepare_request(
                requests.Request(method, url, dict(headers), data=data)
            )
            composed = _Request(method, model.path_url, dict(model.headers), None)
            if len(self._heads) >= MOST_HEADS:
                self._heads.clear()
            self._heads[key] = composed
        if params:
            joint = "&" if "?" in composed.target else "?"
            query = _form(params).decode()
            composed = composed._replace(target=f"{composed.target}{joint}{query}")
        if body is None:
            return composed
        head = {**composed.head, "Content-Length": str(len(body))}
        return composed._replace(body=body, head=head)

    def _connection(self, url: str) -> _Kept:
        """A connection that is open: one that was kept and is still good, else a new one.

        Raises Unavailable.
        """
        address = _address(url)
        while kept := self._take():
            if kept.address == address and kept.is_good():
                return kept
            kept.connection.close()
        connection = _connection(address, self._timeout[0])
        try:
            connection.connect()
        except (OSError, HTTPException) as error:
            connection.close()
            raise Unavailable(type(error).__name__) from error
        connection.sock.settimeout(self._timeout[1])
        return _Kept(address, connection, 0.0)

    def _take(self) -> _Kept | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _keep(self, kept: _Kept, response: HTTPResponse) -> None:
        if not response.will_close:
            with self._lock:
                if len(self._idle) < self._connections:
                    self._idle.append(kept._replace(since=time.monotonic()))
                    return
        kept.connection.close()

    def _proxies_for(self, url: str) -> Mapping[str, str]:
        """What the environment says about proxies to this address, asked once."""
        address = _address(url)
        if address not in self._proxies:
            self._proxies[address] = get_environ_proxies(url)
        return self._proxies[address]

    def _by_proxy(
        self, composed: _Request, url: str, proxies: Mapping[str, str]
    ) -> requests.Response:
        """By way of a proxy, which `requests` knows how to speak to; on failure nobody knows how
        far the request came."""
        request = requests.Request(composed.method, url, composed.head, data=composed.body)
        with requests.Session() as session:
            try:
                return session.send(
                    session.prepare_request(request),
                    timeout=self._timeout,
                    allow_redirects=False,
                    proxies=dict(proxies),
                )
            except (requests.ConnectTimeout, requests.exceptions.ProxyError) as error:
                raise Unavailable(type(error).__name__) from error
            except requests.RequestException as error:
                raise AmbiguousSend(type(error).__name__) from error


class _Request(NamedTuple):
    """A request as it goes on the wire; `target` is the path with the query."""

    method: str
    target: str
    head: dict[str, str]
    body: bytes | None


class _Kept(NamedTuple):
    """A connection that waits for its next request since `since` (monotonic seconds)."""

    address: str
    connection: HTTPConnection
    since: float

    def is_good(self) -> bool:
        """Neither idle for too long nor closed by the other side, nor with bytes nobody asked for:
        what would make it readable."""
        if time.monotonic() - self.since > MOST_IDLE_S or self.connection.sock is None:
            return False
        poll = select.poll()
        poll.register(self.connection.sock, select.POLLIN)
        return not poll.poll(0)


def _form(fields: Mapping[str, Any]) -> bytes:
    """Fields as in a form or a query; those without a value are left out."""
    given = [(name, value) for name, value in fields.items() if value is not None]
    return urlencode(given, doseq=True).encode()


def _address(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _connection(address: str, timeout_s: float) -> HTTPConnection:
    scheme, _, netloc = address.partition("://")
    host = netloc.rpartition("@")[2]
    if scheme == "https":
        trusted = os.environ.get("REQUESTS_CA_BUNDLE") or DEFAULT_CA_BUNDLE_PATH
        context = ssl.create_default_context(cafile=trusted)
        return HTTPSConnection(host, timeout=timeout_s, context=context)
    return HTTPConnection(host, timeout=timeout_s)


def _content(response: HTTPResponse) -> bytes:
    """The whole body. Raises HTTPException when it breaks off or does not end."""
    content = response.read(MOST_BYTES)
    if response.length or (response.length is None and response.read(1)):
        raise HTTPException("the answer is not whole")
    return content


def _answer(url: str, response: HTTPResponse, content: bytes) -> requests.Response:
    """What came back, in the form that `requests` gives it."""
    answer = requests.Response()
    answer.status_code = response.status
    answer.reason = response.reason
    answer.url = url
    answer.headers.update(response.headers.items())
    if response.getheader("Content-Encoding", "").strip().lower() in {"gzip", "deflate"}:
        content = zlib.decompress(content, wbits=zlib.MAX_WBITS | 32)
    answer._content = content
    return answer
