"""What the clock does: small pieces of work, each of which may be done twice without harm.

SQL is the truth. A tick finds what is due there, works through it in short transactions, and rings
for the workers after the commit. Everything that a lost bell, a dead worker or a restart has left
behind is found again by the next round, whichever process runs it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from redis import Redis
from sqlalchemy import select
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from smsgateway.calendars.model import Schedule
from smsgateway.failpoints import reach
from smsgateway.messaging import due, receipts, recovery
from smsgateway.messaging.bell import Bell
from smsgateway.messaging.tables import inbound_message
from smsgateway.reminders import escalation, planner, release, review, rewording, weekly
from smsgateway.reminders.planning import Planning
from smsgateway.reminders.tables import clock_tick
from smsgateway.settings import Settings
from smsgateway.storage.engine import Database
from smsgateway.storage.upsert import insert_or_update
from smsgateway.text.catalogue import Catalogue

logger = logging.getLogger(__name__)

GoOn = Callable[[], bool]
"""Answers False when the process has been asked to stop."""

MOST_ROUNDS = 20
"""Batches in one tick; what is left waits for the next, so that no tick starves the others."""

HEARTBEAT = timedelta(seconds=5)
"""How often the time of the last round is written down; readiness looks at it."""


_UNANSWERED = select(inbound_message.c.id).where(inbound_message.c.handled_at.is_(None)).limit(1)


class ClockParts(Protocol):
    """What ticks need of the service."""

    @property
    def settings(self) -> Settings: ...
    @property
    def database(self) -> Database: ...
    @property
    def redis(self) -> Redis: ...
    @property
    def catalogue(self) -> Catalogue: ...


@dataclass(slots=True)
class Tick:
    """A piece of work, and how often it is looked for. `work` returns when little is left. One that
    is `local`, about this machine alone, is done by every clock, not by the leading one alone."""

    name: str
    every: timedelta
    work: Callable[[datetime, GoOn], None]
    local: bool = False
    last: datetime | None = field(default=None, init=False)

    def is_due(self, now: datetime) -> bool:
        """Also when the machine's clock was set back, or nothing would run until it catches up."""
        return self.last is None or not self.last <= now < self.last + self.every


class Ticks:
    """The ticks of one clock process."""

    def __init__(self, parts: ClockParts, schedule: Schedule, others: Sequence[Tick] = ()) -> None:
        self._parts = parts
        self._schedule = schedule
        self._bell = Bell(parts.redis)
        second, moment = timedelta(seconds=1), timedelta(seconds=5)
        self._ticks = [
            Tick("review", timedelta(minutes=1), self.review),
            Tick("plan", second, self.plan),
            Tick("release", second, self.release),
            Tick("escalate", timedelta(minutes=1), self.escalate),
            Tick("absent", timedelta(minutes=10), self.absent),
            Tick("recover", moment, self.recover),
            Tick("receipts", moment, self.receipts),
            Tick("ring", moment, self.ring),
            *others,
        ]
        self._beaten: datetime | None = None
        self._worked: dict[str, datetime] = {}

    def round(self, now: datetime, go_on: GoOn, *, leads: bool = True) -> None:
        """Do what is due; what is local alone where another clock leads. A tick that fails is
        logged and does not keep the others from theirs."""
        for tick in self._ticks:
            if (leads or tick.local) and go_on() and tick.is_due(now):
                tick.last = now
                try:
                    tick.work(now, go_on)
                    reach("ticks.worked")
                    self._worked[tick.name] = now
                except OperationalError as error:
                    logger.warning("the tick %s waits for the database: %s", tick.name, error.orig)
                except Exception:
                    logger.exception("the tick %s failed; it is tried again", tick.name)
        if leads:
            self._beat(now)

    def review(self, now: datetime, go_on: GoOn) -> None:
        """Mark people whose plan time or a new schedule has overtaken."""
        today = now.astimezone(self._parts.settings.timezone).date()
        database = self._parts.database
        with database.read() as connection:
            planning = Planning.of(connection, self._schedule, self._parts.settings)
        for _ in range(MOST_ROUNDS):
            marked = review.mark_reviews(database, now, today)
            marked += review.mark_outdated(database, planning, now)
            if not marked or not go_on():
                break
        rewording.reword(database, now, self._parts.settings)

    def plan(self, now: datetime, go_on: GoOn) -> None:
        """Make the plans of the marked people."""
        for _ in range(MOST_ROUNDS):
            done = planner.plan_marked(
                self._parts.database, self._schedule, now, self._parts.settings
            )
            if done.people:
                logger.info("planned: %s", done)
            if done.people < planner.BATCH or not go_on():
                return

    def release(self, now: datetime, go_on: GoOn) -> None:
        """Write the messages of the reminders whose time has come, and ring for them."""
        parts = self._parts
        for ids in release.release_due(parts.database, parts.catalogue, now, parts.settings):
            if ids:
                reach("ticks.released")
                logger.info("released %d messages", len(ids))
                self._bell.ring()
            if not go_on():
                return

    def escalate(self, now: datetime, go_on: GoOn) -> None:
        """Put on the list whom reminders have not brought."""
        today = now.astimezone(self._parts.settings.timezone).date()
        for _ in range(MOST_ROUNDS):
            listed = escalation.escalate(self._parts.database, now, today)
            if listed:
                logger.info("put %d people on the list of those to look for", listed)
            if listed < escalation.BATCH or not go_on():
                return

    def absent(self, now: datetime, go_on: GoOn) -> None:
        """Tell workers whom they have to look for, centre by centre."""
        parts, after, told = self._parts, 0, 0
        while go_on():
            new, following = weekly.tell_workers(
                parts.database, parts.catalogue, parts.settings, now, after=after
            )
            told += new
            if following is None:
                break
            after = following
        if told:
            logger.info("told %d workers whom they have to look for", told)
            self._bell.ring()

    def recover(self, now: datetime, go_on: GoOn) -> None:
        """Take back what dead workers held, and queue what was planned for now."""
        if recovery.recover(self._parts.database, now).sendable:
            self._bell.ring()

    def receipts(self, now: datetime, go_on: GoOn) -> None:
        """Settle delivery reports that came before their message, or that nobody was woken for."""
        receipts.settle_parked(self._parts.database, now)

    def ring(self, now: datetime, go_on: GoOn) -> None:
        """Ring for what is due, or waits for an answer, although no bell was heard."""
        with self._parts.database.read() as connection:
            channels = due.channels_with_work(connection, now)
            unanswered = connection.scalar(_UNANSWERED)
        for channel in channels:
            self._bell.ring(channel=channel)
        if unanswered:
            self._bell.ring_inbound()

    def _beat(self, now: datetime) -> None:
        if self._beaten is not None and self._beaten <= now < self._beaten + HEARTBEAT:
            return
        try:
            with self._parts.database.begin() as connection:
                statement = insert_or_update(connection, clock_tick, ["name"], ["ticked_at"])
                rows = [{"name": "clock", "ticked_at": now}]
                rows += [{"name": n, "ticked_at": at} for n, at in self._worked.items()]
                connection.execute(statement, rows)
            self._beaten = now
        except SQLAlchemyError as error:
            logger.warning("the clock cannot write its heartbeat: %s", type(error).__name__)
