"""The process behind `smsgateway clock`: a round of small ticks, again and again.

Any number of clocks may run: every tick claims its rows, so a second clock finds them taken.
"""

from __future__ import annotations

import logging
import threading

from smsgateway.calendars.model import Schedule
from smsgateway.reminders.ticks import Ticks
from smsgateway.service import Service

logger = logging.getLogger(__name__)

INTERVAL_S = 0.5
"""How long the clock sleeps between two rounds."""


def run(
    service: Service, schedule: Schedule, stop: threading.Event, interval: float = INTERVAL_S
) -> None:
    """Tick until `stop` is set; a round under way ends after its current batch."""
    logger.info("the clock runs with the schedule %s", schedule.label)
    if schedule.notice:
        logger.warning("schedule %s: %s", schedule.label, schedule.notice)
    ticks = Ticks(service, schedule)
    while not stop.is_set():
        ticks.round(service.clock.now(), lambda: not stop.is_set())
        stop.wait(interval)
    logger.info("the clock stops")
