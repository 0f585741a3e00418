"""HTTP over connections that are kept, knowing one thing that `requests` does not tell: whether a
request that failed had begun to leave.

Before the first byte is out, nothing can have been accepted and the message may be sent again.
After it, nobody knows. An exception alone cannot tell a connection reset while the TLS session was
set up from one that was reset while the gateway was reading.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from smsgateway.messaging.port import AmbiguousSend, Unavailable

TIMEOUT_S = (3.05, 9.05)
"""To connect, and between two bytes of the answer: the SDK's own figures."""

MOST_IDLE_S = 20.0
"""A connection idle for longer is not used again: gateways and balancers close theirs after about
a minute, and a request written into a connection that is being closed is an answer lost."""

_departure = threading.local()


class _Watched(HTTPConnection):
    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        _departure.begun = True
        super().send(data)


class _WatchedTLS(_Watched, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTLS


class _WatchingAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}


class Transport:
    """A pooled `requests.Session` for one gateway; safe for several threads.

    Sends the same bytes as `requests.post`, keeps no cookies and follows no redirects.
    """

    def __init__(self, connections: int, timeout: tuple[float, float] = TIMEOUT_S) -> None:
        self._timeout = timeout
        self._session = requests.Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = _WatchingAdapter(pool_connections=1, pool_maxsize=connections)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, adapter)
        self._last_used = time.monotonic()
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
        self._drop_idle_connections()
        _departure.begun = False
        try:
            return self._session.request(
                method,
                url,
                headers=dict(headers),
                data=data,
                params=params,
                timeout=self._timeout,
                allow_redirects=False,
            )
        except (requests.RequestException, HTTPError, OSError) as error:
            kind = type(error).__name__
            if _departure.begun:
                raise AmbiguousSend(kind) from error
            raise Unavailable(kind) from error

    def close(self) -> None:
        self._session.close()

    def _drop_idle_connections(self) -> None:
        with self._lock:
            now = time.monotonic()
            if now - self._last_used > MOST_IDLE_S:
                self._session.close()
            self._last_used = now
