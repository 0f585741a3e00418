"""Waking a worker. SQL holds the work; a bell that is not heard costs time and nothing else."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer

from smsgateway.failpoints import reach
from smsgateway.gateway_settings import MAIN_CHANNEL

logger = logging.getLogger(__name__)


class QueueName(StrEnum):
    """The queues; each has one worker process of its own."""

    REPLIES = "replies"
    """Answers that a person is waiting for."""
    SENDING = "sending"
    """Everything else that goes out; the order comes from SQL."""
    BACKGROUND = "background"
    """Delivery reports, which are settled after they were answered."""


SERIALIZER = JSONSerializer
"""Jobs carry ids and names: JSON says that, and unlike a pickle it cannot run code."""

JOB_TIMEOUT_S = 3_600
"""A distant backstop: each call has its own deadline, and a drain ends after ten minutes."""

_FAILURE_TTL_S = 24 * 3600

_ONCE_S = 30
"""How long a bell that nobody answered keeps others of its kind from ringing."""


Rings = Mapping[str, list[int] | None]
"""Queue -> message ids that wait for a worker once the transaction is committed; None: all due."""


class Bell:
    """Rings for workers over Redis; never raises when Redis is down, for the clock rings again."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def ring(
        self,
        queue: str = QueueName.SENDING,
        message_ids: Sequence[int] | None = None,
        channel: str = MAIN_CHANNEL,
    ) -> None:
        """Have these messages sent; without ids, everything that is due. Ring after the commit."""
        if message_ids is None:
            self._once(queue, "workers.sending.drain", channel)
        elif message_ids:
            self._enqueue(queue, "workers.sending.send_messages", list(message_ids), channel)

    def ring_each(self, rings: Iterable[Rings]) -> None:
        """Ring for what several effects have written."""
        for one in rings:
            for queue, message_ids in one.items():
                self.ring(queue, message_ids)

    def ring_inbound(self) -> None:
        """Have inbound messages answered."""
        self._once(QueueName.REPLIES, "workers.inbound.answer")

    def ring_receipts(self) -> None:
        """Have delivery reports settled."""
        self._once(QueueName.BACKGROUND, "workers.inbound.settle_receipts")

    def answered(self, job: str, *args: str) -> None:
        """A job of `_once` begins: from now on a new ring is for new work, and must be heard."""
        try:
            self._redis.delete(_key(job, args))
            reach("bell.answered")
        except RedisError:
            logger.warning("Redis is down: a bell for %s stays silent for a while", job)

    def _once(self, queue: str, job: str, *args: str) -> None:
        """Ring unless the same bell has been rung and not been answered yet."""
        try:
            if self._redis.set(_key(job, args), 1, nx=True, ex=_ONCE_S):
                reach("bell.rung_for")
                self._put(queue, job, args)
        except RedisError:
            logger.warning("Redis is down: the clock will ring for %s", job)

    def _enqueue(self, queue: str, job: str, *args: Any) -> None:
        try:
            self._put(queue, job, args)
        except RedisError:
            logger.warning("Redis is down: the clock will ring for %s", job)

    def _put(self, queue: str, job: str, args: Sequence[Any]) -> None:
        Queue(queue, connection=self._redis, serializer=SERIALIZER).enqueue_call(
            job,
            args=list(args),
            timeout=JOB_TIMEOUT_S,
            result_ttl=0,
            failure_ttl=_FAILURE_TTL_S,
        )
        reach("bell.rung")


class Seldom:
    """Rings at most once in so many seconds of this process; rings in between are left out."""

    def __init__(self, ring: Callable[[], None], every_s: float) -> None:
        self._ring = ring
        self._every_s = every_s
        self._next = 0.0

    def __call__(self) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + self._every_s
            self._ring()


def _key(job: str, args: Sequence[str]) -> str:
    return ":".join(("bell", job, *args))
