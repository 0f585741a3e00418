"""The process behind `smsgateway clock`: a round of small ticks, again and again.

Any number of clocks may run: one leads, and the others look after their own machine alone. Should
two lead for a moment, every tick claims its rows, so that the second finds them taken.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from redis.exceptions import RedisError

from smsgateway import housekeeping
from smsgateway.aggregators.balances import resume_refilled
from smsgateway.aggregators.registry import aggregators_of
from smsgateway.calendars.model import Schedule
from smsgateway.enrolment import news
from smsgateway.messaging.bell import Bell
from smsgateway.reminders.cover_ends import tell_ends
from smsgateway.reminders.leadership import leadership
from smsgateway.reminders.ticks import GoOn, Tick, Ticks
from smsgateway.service import Service
from smsgateway.sessions import conversations
from smsgateway.sessions.tally import Tally
from smsgateway.topics import weekly
from smsgateway.web.webhooks.intake import Intake

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
    ticks = ticks_of(service, schedule)
    lead = leadership(service.database)
    while not stop.is_set():
        now = service.clock.now()
        ticks.round(now, lambda: not stop.is_set(), leads=lead.holds(now))
        stop.wait(interval)
    lead.give_up()
    logger.info("the clock stops")


def ticks_of(service: Service, schedule: Schedule) -> Ticks:
    """The ticks of a clock, with the tips of the week, files whose status people wait for or whose
    end is near, and what lies outside SQL: callbacks that were spooled while it was down, the
    counts of dialogues, conversations that are over, and accounts without money."""
    aggregators = aggregators_of(service.settings)
    intake = Intake(service, aggregators)

    def replay(_now: datetime, _go_on: GoOn) -> None:
        taken = intake.replay()
        if taken:
            logger.info("took in %d callbacks from the spool", taken)

    tally = Tally(service.redis, service.database)

    def count(now: datetime, _go_on: GoOn) -> None:
        try:
            tally.move(now)
        except RedisError as error:
            logger.warning("the counts wait for Redis: %s", type(error).__name__)

    def forget(now: datetime, _go_on: GoOn) -> None:
        with service.database.begin() as connection:
            conversations.forget_ended(connection, now)

    bell = Bell(service.redis)

    def refill(_now: datetime, _go_on: GoOn) -> None:
        for channel in resume_refilled(service.database, aggregators):
            bell.ring(channel=channel)

    def tell(now: datetime, go_on: GoOn) -> None:
        routes = service.settings.encoding_policies
        while weekly.write_due(service.database, service.catalogue, routes, now) and go_on():
            bell.ring()

    return Ticks(
        service,
        schedule,
        [
            Tick("tips", timedelta(minutes=1), tell),
            Tick("enrolments", timedelta(minutes=1), news_of_files(service, bell)),
            Tick("ends", timedelta(minutes=1), ends_of_cover(service, bell)),
            Tick("spool", timedelta(seconds=5), replay, local=True),
            Tick("counts", timedelta(seconds=30), count),
            Tick("conversations", timedelta(minutes=10), forget),
            Tick("balance", timedelta(minutes=1), refill),
            Tick("housekeeping", timedelta(minutes=10), forgetting(service)),
        ],
    )


def news_of_files(service: Service, bell: Bell) -> Callable[[datetime, GoOn], None]:
    """The work that tells people of changes to the files they wait for."""
    settings = service.settings

    def tell(now: datetime, go_on: GoOn) -> None:
        routes, today = settings.encoding_policies, now.astimezone(settings.timezone).date()
        while news.tell_changes(service.database, service.catalogue, routes, today, now):
            bell.ring()
            if not go_on():
                return

    return tell


def ends_of_cover(service: Service, bell: Bell) -> Callable[[datetime, GoOn], None]:
    """The work that tells families of cards and contributions that come to an end."""

    def tell(now: datetime, go_on: GoOn) -> None:
        while tell_ends(service.database, service.catalogue, now, service.settings):
            bell.ring()
            if not go_on():
                return

    return tell


def forgetting(service: Service) -> Callable[[datetime, GoOn], None]:
    """The work that forgets what was kept long enough."""

    def tidy(now: datetime, go_on: GoOn) -> None:
        if forgotten := housekeeping.tidy(service.database, service.settings, now, go_on):
            logger.info("forgot %d rows that were kept long enough", forgotten)

    return tidy
