"""What the processes of the service do until they are asked to stop.

The commands run them by the machine's clock; the demonstration brings one that it can move.
"""

from __future__ import annotations

import signal
import threading
from importlib import import_module

from smsgateway.calendars.schedule import shipped
from smsgateway.messaging.worker import run_worker
from smsgateway.service import Service
from smsgateway.settings import Settings
from smsgateway.stack import valkey
from smsgateway.stack.logs import configure_logging
from smsgateway.storage.clock import Clock


def work(queue: str, clock: Clock | None = None) -> None:
    """Work on one queue of jobs. Raises StackError where there is no Redis."""
    service = Service.build(attached_settings(), clock)
    try:
        run_worker(service, queue)
    finally:
        service.close()


def tick(clock: Clock | None = None) -> None:
    """Find what is due and ring for it. Raises StackError where there is no Redis.

    The ticks are loaded by name, because the service does not import the workers that stand on it.
    """
    service = Service.build(attached_settings(), clock)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    try:
        import_module("workers.clock").run(service, shipped(), stop)
    finally:
        service.close()


def attached_settings() -> Settings:
    """Settings of a process that needs the stack's Redis, with its logging switched on. Raises
    StackError when that does not answer."""
    settings = Settings.from_env()
    configure_logging(settings.log_level)
    valkey.require(settings)
    return settings
