"""The web server: granian with a few processes of a few threads each."""

from __future__ import annotations

import logging
import os
from functools import partial
from importlib import import_module
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from smsgateway.settings import Settings
from smsgateway.stack.lifeline import die_with_parent
from smsgateway.stack.logs import configure_logging

TARGET = "wsgi:app"

THREADS = 16
"""Requests at work at once in a process: as many as its pool of database connections lends."""

BACKLOG = 1024
"""Connections that wait; an operator's gateway opens many at once and gives up after seconds."""

KILL_AFTER_S = 7
"""Less than the supervisor's deadline, so that a worker stuck in its start is killed by granian,
which was seen to wait for such a worker without end."""


def serve(settings: Settings, target: str = TARGET) -> None:
    """Serve the application that `target` names until SIGTERM or SIGINT."""
    server = Granian(
        target,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=settings.web_workers,
        blocking_threads=THREADS,
        backlog=BACKLOG,
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_AFTER_S,
        log_level=LogLevels(settings.log_level.lower()),
    )
    logging.getLogger("_granian").addFilter(_is_news)
    loader = partial(_load, os.getpid(), settings.log_level, target)
    server.serve(target_loader=loader, wrap_loader=False)


def _is_news(record: logging.LogRecord) -> bool:
    """Granian advises against more threads than cores; ours mostly wait for a database."""
    return "Python threads" not in record.getMessage()


def _load(parent: int, log_level: str, target: str) -> Any:
    """Runs in each worker process: the application, which is loaded by name."""
    die_with_parent(parent)
    configure_logging(log_level)
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)
