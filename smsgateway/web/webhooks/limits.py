"""How often one number may call: a counter in Redis, and no limit while Redis is down."""

from __future__ import annotations

import logging

from redis import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

WINDOW_S = 60

_LONGEST_NUMBER = 32


class RateLimit:
    """At most `most` calls in a minute, which begins with the first of them."""

    def __init__(self, redis: Redis, name: str, most: int) -> None:
        self._redis = redis
        self._name = name
        self._most = most

    def allows(self, number: str) -> bool:
        """Count a call of `number`, and say whether it is within the limit."""
        key = f"limit:{self._name}:{number[:_LONGEST_NUMBER]}"
        try:
            with self._redis.pipeline() as pipeline:
                pipeline.incr(key)
                pipeline.expire(key, WINDOW_S, nx=True)
                calls = pipeline.execute()[0]
        except RedisError:
            logger.warning("Redis is down: calls are not limited")
            return True
        return int(calls) <= self._most
