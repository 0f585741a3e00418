"""TCP ports: whether one is free, and which one to take."""

from __future__ import annotations

import socket

from smsgateway.stack.errors import StackError


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now.

    Asked without SO_REUSEPORT: granian sets it, and two services would silently share a port.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def require_free(host: str, port: int) -> None:
    """Raises StackError when nothing can listen on `host`:`port`."""
    if not is_free(host, port):
        raise StackError(
            f"Port {port} on {host} cannot be used, most likely because another program "
            "listens there: stop that program, or set PORT (and HOST) to something else."
        )


def pick(host: str, preferred: int | None = None) -> int:
    """`preferred` when it is given and free, else a free port that the system chooses."""
    if preferred is not None and is_free(host, preferred):
        return preferred
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
    return port
