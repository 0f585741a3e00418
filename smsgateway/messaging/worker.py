"""The process behind `smsgateway worker`: RQ's SimpleWorker on one queue.

One queue only, because a worker on several takes jobs with LPOP and loses the one it holds when it
dies. No scheduler and no RQ retry: the lease in SQL is the retry. The jobs are loaded by name,
because the service does not import the workers that stand on it.
"""

from __future__ import annotations

import contextlib
import logging
from importlib import import_module
from threading import Event
from types import FrameType
from typing import Any, Protocol

from redis import ConnectionPool, Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker

from smsgateway.messaging.bell import SERIALIZER, QueueName

logger = logging.getLogger(__name__)

WORKER_TTL_S = 20
"""A worker that is silent for this long (and a minute) is dead to RQ; it asks Redis every 5 s."""


class WorkerParts(Protocol):
    """What this module itself needs of the service; the jobs take the whole of it."""

    @property
    def redis(self) -> Redis: ...


class StoppableWorker(SimpleWorker):
    """Tells the job under way to come to an end when the process is asked to stop.

    It stops as well while Redis is down, where RQ would end with an exception.
    """

    stopping: Event
    max_connection_wait_time = 5.0
    """Seconds between two tries to reach a Redis that is down: it is awaited by people."""

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        self.stopping.set()
        with contextlib.suppress(RedisError):
            super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def teardown(self) -> None:
        with contextlib.suppress(RedisError):
            super().teardown()  # type: ignore[no-untyped-call]


def run_worker(service: WorkerParts, queue: str, *, burst: bool = False) -> None:
    """Work on `queue` until SIGTERM or Ctrl-C; with `burst`, until it is empty.

    The job under way ends after its calls in flight are settled, and gives back the rest.
    """
    stopping = Event()
    import_module("workers.process").hold(service, stopping)
    if queue == QueueName.SENDING:
        import_module("workers.sending").start()
    worker = _worker(service.redis, queue)
    worker.stopping = stopping
    worker.work(burst=burst, logging_level="WARNING", with_scheduler=False)


def _worker(redis: Redis, queue: str) -> StoppableWorker:
    connection = _patient(redis)
    return StoppableWorker(
        [Queue(queue, connection=connection, serializer=SERIALIZER)],
        connection=connection,
        serializer=SERIALIZER,
        worker_ttl=WORKER_TTL_S,
        log_job_description=False,
    )


def _patient(redis: Redis) -> Redis:
    """A connection of its own: RQ waits on it for jobs, longer than others wait for an answer."""
    pool = redis.connection_pool
    options: dict[str, Any] = {**pool.connection_kwargs, "socket_timeout": None}
    return Redis(connection_pool=ConnectionPool(connection_class=pool.connection_class, **options))
