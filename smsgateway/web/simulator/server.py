"""The HTTP server: threads, connections kept alive, and connections that break on purpose.

A fake gateway is measured by pooled clients, so connections must stay open; and it has to break
one where an answer is due. werkzeug's server closes every connection and waits 10 ms after each
answer; granian hands no connection to the application and keeps waiting pages in the same few
threads as the API. So this is a small WSGI server on the standard library's, one thread a
connection.
"""

from __future__ import annotations

import logging
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

logger = logging.getLogger(__name__)

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

MAX_BODY_BYTES = 4 * 1024 * 1024
IDLE_TIMEOUT_S = 75.0
"""How long a connection may stay open without a request, or a client may stall in one."""


class ConnectionCut(Exception):
    """Raised while an answer is made: close the connection instead of answering."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_TIMEOUT_S
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024
    server: Server

    def _serve(self) -> None:
        body = self._body()
        if body is None:
            return
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None
        ) -> None:
            started[:] = [(status, headers)]

        result = self.server.app(self._environ(body), start_response)
        try:
            self._answer(started, iter(result))
        except ConnectionCut:
            self._abandon()
        finally:
            close = getattr(result, "close", None)
            if close is not None:
                close()

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = _serve

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal():
            self.send_error(411)
        elif int(length) > MAX_BODY_BYTES:
            self.send_error(413)
        else:
            body = self.rfile.read(int(length))
            if len(body) == int(length):
                return body
        self.close_connection = True
        return None

    def _environ(self, body: bytes) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        host, port = self.server.server_address[:2]
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": str(host),
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in self.headers.items():
            key = "HTTP_" + name.upper().replace("-", "_")
            if key not in {"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"}:
                environ[key] = f"{environ[key]},{value}" if key in environ else value
        return environ

    def _answer(
        self, started: list[tuple[str, list[tuple[str, str]]]], chunks: Iterator[bytes]
    ) -> None:
        first = next(chunks, b"")
        status, headers = started[0]
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers:
            self.send_header(name, value)
        if not any(name.lower() == "content-length" for name, _ in headers):
            self.close_connection = True
            self.send_header("Connection", "close")
        self.end_headers()
        self._write(first)
        for chunk in chunks:
            self._write(chunk)
        self.wfile.flush()

    def _write(self, chunk: bytes) -> None:
        if self.command != "HEAD":
            self.wfile.write(chunk)
        if self.close_connection:
            self.wfile.flush()

    def _abandon(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def handle_expect_100(self) -> bool:
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def version_string(self) -> str:
        return "africastalking-simulator"

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: requests are in the page's log, without secrets."""


class Server(ThreadingHTTPServer):
    """Serves `app` on `host` and `port` (0: any free one)."""

    request_queue_size = 256
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, app: WsgiApp, host: str, port: int) -> None:
        self.app = app
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host, port), _Handler)

    @property
    def url(self) -> str:
        """The address to open, `http://127.0.0.1:8001`."""
        host, port = self.server_address[:2]
        name = f"[{host!s}]" if self.address_family == socket.AF_INET6 else str(host)
        return f"http://{name}:{port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no fault; anything else is logged."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            logger.exception("a request to the simulator failed")


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """Serve in a thread of this process while the block runs."""
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
