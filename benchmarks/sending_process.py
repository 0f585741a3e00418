"""A process that hands over what is due and says what it took; started by benchmarks/sender.py.

Reads a line to begin, then prints one JSON line: seconds of the drain, SQL statements, most memory.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from typing import Any

from sqlalchemy import Engine, event

from smsgateway.aggregators.registry import aggregators_of
from smsgateway.messaging.hours import SendingHours
from smsgateway.messaging.sender import Sender
from smsgateway.service import Service
from smsgateway.settings import Settings


def main() -> None:
    """Drain the main channel once."""
    service = Service.build(Settings.from_env())
    settings = service.settings
    gateway = aggregators_of(settings)["main"]
    hours = SendingHours(settings.sending_hours, settings.timezone)
    sender = Sender(service.database, gateway, service.clock, hours)
    statements = 0

    @event.listens_for(Engine, "before_cursor_execute")
    def count(*_: Any) -> None:
        nonlocal statements
        statements += 1

    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    began = time.perf_counter()
    sender.drain()
    took_s = time.perf_counter() - began
    most_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([took_s, statements, most_mb]), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
