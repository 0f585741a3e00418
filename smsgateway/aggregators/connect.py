"""Opening a connection to a gateway, straight or by way of the environment's proxy.

Whatever fails here fails before a byte of a message is out: it may be sent again.
"""

from __future__ import annotations

import os
import socket
import ssl
from base64 import b64encode
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

from requests.utils import (
    DEFAULT_CA_BUNDLE_PATH,
    get_auth_from_url,
    get_environ_proxies,
    select_proxy,
)

from smsgateway.aggregators.wire import BrokenAnswer, Deadlines, exchange
from smsgateway.messaging.port import Misconfigured, Unavailable

_PORTS = {"http": 80, "https": 443}


def proxy_for(url: str) -> str | None:
    """The address of the proxy that the environment names for `url`. Raises Misconfigured."""
    proxy = select_proxy(url, get_environ_proxies(url))
    if proxy is None:
        return None
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    if not proxy.startswith("http://"):
        raise Misconfigured("a proxy that does not speak plain HTTP is not supported")
    return proxy


def proxy_authorization(proxy: str) -> str | None:
    """The header for a proxy whose address holds a name and a password."""
    name, password = get_auth_from_url(proxy)
    return f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}" if name else None


def open_connection(address: str, proxy: str | None, timeout_s: float) -> socket.socket:
    """A connection to `address` (scheme and host), with TLS where it says https.

    `timeout_s` is for each step. Raises Unavailable.
    """
    to = urlsplit(address)
    first = urlsplit(proxy) if proxy else to
    try:
        connection = socket.create_connection((first.hostname or "", _port(first)), timeout_s)
    except (OSError, ValueError) as error:
        raise Unavailable(type(error).__name__) from error
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if to.scheme == "https":
            if proxy:
                _tunnel(connection, to, proxy, timeout_s)
            connection = _trusting().wrap_socket(connection, server_hostname=to.hostname)
    except (OSError, BrokenAnswer) as error:
        connection.close()
        raise Unavailable(type(error).__name__) from error
    return connection


def _tunnel(connection: socket.socket, to: SplitResult, proxy: str, timeout_s: float) -> None:
    """Have a proxy pass on what follows. Raises OSError and BrokenAnswer."""
    target = f"{to.hostname}:{_port(to)}"
    request = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n"
    if authorization := proxy_authorization(proxy):
        request += f"Proxy-Authorization: {authorization}\r\n"
    times = Deadlines(timeout_s, timeout_s)
    answer = exchange(connection, f"{request}\r\n".encode(), times, has_body=False)
    if answer.status != 200 or answer.is_last:
        raise BrokenAnswer(f"the proxy answers {answer.status}")


def _port(parts: SplitResult) -> int:
    return parts.port or _PORTS[parts.scheme]


def _trusting() -> ssl.SSLContext:
    return _context(os.environ.get("REQUESTS_CA_BUNDLE") or DEFAULT_CA_BUNDLE_PATH)


@lru_cache(maxsize=4)
def _context(trusted: str) -> ssl.SSLContext:
    """Kept: to read the authorities' certificates takes longer than a call."""
    return ssl.create_default_context(cafile=trusted)
