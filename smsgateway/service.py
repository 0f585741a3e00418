"""What every process of the service holds: settings, database, Redis, clock, words.

Built once at the start of a process and handed on; nothing below reaches for a global.
"""

from __future__ import annotations

from dataclasses import dataclass

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisGone
from redis.retry import Retry

from smsgateway.paths import locales_dir
from smsgateway.settings import Settings
from smsgateway.storage.clock import Clock, SystemClock
from smsgateway.storage.engine import Database
from smsgateway.text.catalogue import Catalogue

REDIS_TIMEOUT_S = 1.0
"""A Redis that does not answer within this is down: a caller waits for the screen."""

CALLER_PATIENCE_S = 4.0
"""How long a statement may take when somebody holds a phone to see its outcome."""


@dataclass(frozen=True)
class Service:
    """The parts that a process works with."""

    settings: Settings
    database: Database
    redis: Redis
    clock: Clock
    catalogue: Catalogue

    @classmethod
    def build(
        cls, settings: Settings, clock: Clock | None = None, *, patience_s: float | None = None
    ) -> Service:
        """Connects lazily: a database or Redis that is down shows at its first use.

        `patience_s`: how long a statement may take or wait; for processes with callers on the line.
        """
        return cls(
            settings=settings,
            database=Database(settings.database_url, patience_s=patience_s),
            redis=connect_redis(settings),
            clock=clock or SystemClock(),
            catalogue=Catalogue.load(locales_dir()),
        )

    def close(self) -> None:
        self.database.dispose()
        self.redis.close()


def connect_redis(settings: Settings, *, timeout: float | None = REDIS_TIMEOUT_S) -> Redis:
    """A client of the server at `REDIS_URL`, else of the embedded one. None waits without end.

    A connection that has died is replaced once and at once; the library's own back-off would keep
    a caller waiting for seconds.
    """
    once = Retry(NoBackoff(), 1, supported_errors=(RedisGone,))
    if settings.redis_url:
        return Redis.from_url(
            settings.redis_url,
            socket_timeout=timeout,
            socket_connect_timeout=REDIS_TIMEOUT_S,
            retry=once,
        )
    return Redis(
        unix_socket_path=str(settings.redis_socket),
        socket_timeout=timeout,
        socket_connect_timeout=REDIS_TIMEOUT_S,
        retry=once,
    )
