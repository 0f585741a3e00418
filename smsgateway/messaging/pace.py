"""How fast a channel may be used: so many segments a second, all processes together.

A token bucket as one moment: when everything handed over so far will have been paid for. It is in
Redis, where all processes see it. Without Redis each process keeps to the rate by itself, because
what is lost then is speed, or the gateway's patience, and no message.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import NamedTuple

from redis import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

BURST_S = 0.2
"""What an idle channel may hand over at once, in seconds of its rate, and one call more."""

REDIS_REST_S = 5.0
"""How long a Redis that did not answer is left alone."""

_SCRIPT = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local paid = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now - ARGV[2])
local count = 0
for place = 4, #ARGV do
  if ARGV[3] == '0' and paid > now then break end
  paid = paid + ARGV[place] / ARGV[1]
  count = count + 1
end
redis.call('SET', KEYS[1], string.format('%.6f', paid), 'PX', math.ceil((paid - now + 1) * 1000))
return {count, string.format('%.6f', paid - now)}
"""
"""KEYS: the bucket. ARGV: rate, burst in seconds, 1 when urgent, then segments of each call."""


class Grant(NamedTuple):
    """How many of the calls may be made now, and after how many seconds to ask for the next."""

    calls: int
    wait_s: float


class Pace:
    """The pace of one channel; without a rate everything may go at once."""

    def __init__(
        self, channel: str = "", rate: float | None = None, redis: Redis | None = None
    ) -> None:
        """`rate` in segments a second."""
        self._key = f"pace:{channel}"
        self._rate = rate
        self._redis = redis
        self._script = redis.register_script(_SCRIPT) if redis is not None else None
        self._paid = 0.0
        self._redis_rests_until = 0.0

    def grant(self, segments: Sequence[int], *, urgent: bool = False) -> Grant:
        """How many of these calls, by their segments, may be made now, in order.

        Urgent ones all may, and the others wait the longer for it. A call that is larger than the
        burst goes when its turn comes and is paid for afterwards.
        """
        if self._rate is None or not segments:
            return Grant(len(segments), 0.0)
        if self._script is not None and time.monotonic() >= self._redis_rests_until:
            try:
                arguments = [self._rate, BURST_S, int(urgent), *segments]
                calls, wait_s = self._script(keys=[self._key], args=arguments)
                return Grant(int(calls), max(float(wait_s), 0.0))
            except RedisError:
                logger.warning("Redis is down: this process keeps to the pace by itself")
                self._redis_rests_until = time.monotonic() + REDIS_REST_S
        return self._alone(segments, self._rate, urgent)

    def _alone(self, segments: Sequence[int], rate: float, urgent: bool) -> Grant:
        now = time.monotonic()
        paid = max(self._paid, now - BURST_S)
        calls = 0
        for one in segments:
            if paid > now and not urgent:
                break
            paid += one / rate
            calls += 1
        self._paid = paid
        return Grant(calls, max(paid - now, 0.0))
