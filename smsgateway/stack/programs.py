"""What a supervisor runs: the programs of the service, the same ones that the Procfile lists."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from smsgateway.messaging.bell import QueueName

QUEUES = tuple(queue.value for queue in QueueName)
"""One worker process each: a worker on several queues loses the job it holds when it dies."""


class Stage(IntEnum):
    """When a program starts. A stage begins when the one before is ready, and stops before it."""

    STORE = 0
    """What the others keep things in."""
    LISTEN = 1
    """What is called from outside: before anything is sent, because a receipt may come within a
    second and a gateway need not send it twice, and until the last worker has handed back."""
    WORK = 2


@dataclass(frozen=True)
class Program:
    """One process to keep running. `ready` tells when it can do its work."""

    name: str
    command: tuple[str, ...]
    stage: Stage
    ready: Callable[[], bool] | None = None


def command_of(*words: str) -> tuple[str, ...]:
    """The command line of `smsgateway WORDS` under this interpreter.

    `-P` keeps the working directory out of the import path: a stray `wsgi.py` there is not ours.
    """
    return (sys.executable, "-P", "-m", "smsgateway", *words)


def service_programs(
    web_ready: Callable[[], bool], command: Callable[..., tuple[str, ...]] = command_of
) -> list[Program]:
    """The web server, a worker for each queue and the clock; `command` makes a command line of the
    words of each."""
    return [
        Program("web", command("serve"), Stage.LISTEN, web_ready),
        *(Program(queue, command("worker", "--queue", queue), Stage.WORK) for queue in QUEUES),
        Program("clock", command("clock"), Stage.WORK),
    ]
