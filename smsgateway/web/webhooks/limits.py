"""How often callbacks may come for one number: a counter in Redis, and no limit while it is down.

Redis holds a keyed digest in place of the number.
"""

from __future__ import annotations

import hashlib
import logging

from redis import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

WINDOW_S = 60


class RateLimit:
    """At most `most` calls in a minute, which begins with the first of them."""

    def __init__(self, redis: Redis, name: str, most: int, secret: str) -> None:
        self._redis = redis
        self._name = name
        self._most = most
        self._key = hashlib.blake2b(secret.encode(), digest_size=32).digest()

    def allows(self, number: str) -> bool:
        """Count a call about `number`, and say whether it is within the limit; without a number
        there is nothing to count."""
        if not number:
            return True
        digest = hashlib.blake2b(number.encode(), key=self._key, digest_size=16).hexdigest()
        key = f"limit:{self._name}:{digest}"
        try:
            with self._redis.pipeline() as pipeline:
                pipeline.incr(key)
                pipeline.expire(key, WINDOW_S, nx=True)
                calls = pipeline.execute()[0]
        except RedisError:
            logger.warning("Redis is down: calls are not limited")
            return True
        return int(calls) <= self._most
