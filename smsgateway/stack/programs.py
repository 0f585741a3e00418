"""What a supervisor runs: the programs of the service, the same ones that the Procfile lists."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

from smsgateway.messaging.bell import QueueName

QUEUES = tuple(queue.value for queue in QueueName)
"""One worker process each: a worker on several queues loses the job it holds when it dies."""


@dataclass(frozen=True)
class Program:
    """One process to keep running.

    `ready` tells when it can do its work. A `foundation` is started before the others, which wait
    until it is ready, and stopped after them.
    """

    name: str
    command: tuple[str, ...]
    ready: Callable[[], bool] | None = None
    foundation: bool = False


def command_of(*words: str) -> tuple[str, ...]:
    """The command line of `smsgateway WORDS` under this interpreter.

    `-P` keeps the working directory out of the import path: a stray `wsgi.py` there is not ours.
    """
    return (sys.executable, "-P", "-m", "smsgateway", *words)


def service_programs(web_ready: Callable[[], bool]) -> list[Program]:
    """The web server, a worker for each queue and the clock."""
    return [
        Program("web", command_of("serve"), ready=web_ready),
        *(Program(queue, command_of("worker", "--queue", queue)) for queue in QUEUES),
        Program("clock", command_of("clock")),
    ]
