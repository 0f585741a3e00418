"""How often callbacks may come for one number: counters in Redis, and no limit while it is down.

Redis holds a keyed digest in place of the number.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence

from redis import Redis
from redis.exceptions import RedisError

from smsgateway.sessions.scripts import Script, Scripts

logger = logging.getLogger(__name__)

WINDOW_S = 60

_COUNT = """
local counts = {}
for place, key in ipairs(KEYS) do
  counts[place] = redis.call('INCR', key)
  if counts[place] == 1 then redis.call('EXPIRE', key, ARGV[1]) end
end
return counts
"""
"""One more call for each key, in a window that begins with the first."""


class RateLimits:
    """At most so many calls of a kind about one number in a minute, which begins with the first of
    them; no limit for a kind that is not in `most`."""

    def __init__(self, redis: Redis, most: Mapping[str, int], secret: str) -> None:
        self._count = Script(Scripts(redis), _COUNT)
        self._most = most
        self._key = hashlib.blake2b(secret.encode(), digest_size=32).digest()

    def allow(self, calls: Sequence[tuple[str, str]]) -> list[bool]:
        """Count calls, each a kind and a number, and say which are within the limit: one round
        trip. Without a number there is nothing to count."""
        allowed = [True] * len(calls)
        counted = [at for at, (kind, about) in enumerate(calls) if about and kind in self._most]
        if not counted:
            return allowed
        try:
            counts = self._count([self._name(*calls[at]) for at in counted], [WINDOW_S])
        except RedisError:
            logger.warning("Redis is down: calls are not limited")
            return allowed
        for at, count in zip(counted, counts, strict=True):
            allowed[at] = int(count) <= self._most[calls[at][0]]
        return allowed

    def _name(self, kind: str, about: str) -> str:
        digest = hashlib.blake2b(about.encode(), key=self._key, digest_size=16).hexdigest()
        return f"limit:{kind}:{digest}"
