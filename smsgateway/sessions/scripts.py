"""Lua scripts in Redis, run by their digest: one round trip, and nothing comes in between."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from typing import Any

from redis import Redis
from redis.exceptions import ConnectionError as RedisGone
from redis.exceptions import NoScriptError, ResponseError

Argument = bytes | str | int


class Scripts:
    """Runs scripts on one server, over a connection that each thread keeps.

    A call costs half of what it does through the client, whose pool takes a connection and gives
    it back for every command.
    """

    def __init__(self, redis: Redis) -> None:
        self._pool = redis.connection_pool
        self._kept = threading.local()

    def ask(self, *command: Argument) -> Any:
        """The answer to a command. Raises RedisError.

        A connection that has died since its last use is replaced once, so a script must bear
        being run twice.
        """
        try:
            return self._ask(*command)
        except RedisGone:
            return self._ask(*command)

    def _ask(self, *command: Argument) -> Any:
        connection = self._connection()
        try:
            connection.send_command(*command)
            return connection.read_response()
        except ResponseError:
            raise
        except BaseException:
            connection.disconnect()  # or the next command would read this one's answer
            raise

    def _connection(self) -> Any:
        """This thread's connection; it is closed when the thread is gone. The pool is not asked
        for it: it would hold it, and count it, for ever."""
        if not hasattr(self._kept, "connection"):
            pool = self._pool
            self._kept.connection = pool.connection_class(**pool.connection_kwargs)
        return self._kept.connection


class Script:
    """One script on one server."""

    def __init__(self, scripts: Scripts, source: str) -> None:
        self._scripts = scripts
        self._source = source
        self._digest = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()

    def __call__(self, keys: Sequence[bytes | str], args: Sequence[Argument]) -> Any:
        """What the script returns. A server that does not know it yet is told it."""
        rest = (len(keys), *keys, *args)
        try:
            return self._scripts.ask("EVALSHA", self._digest, *rest)
        except NoScriptError:
            return self._scripts.ask("EVAL", self._source, *rest)
