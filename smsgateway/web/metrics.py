"""Figures about messages, read from SQL when Prometheus asks, so that all web processes agree."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from threading import Lock

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from smsgateway.housekeeping import overdue_since
from smsgateway.messaging import unread
from smsgateway.messaging.states import State
from smsgateway.messaging.tables import channel, delivery_report, inbound_message, message
from smsgateway.register.session_tables import facility_mark
from smsgateway.register.tables import plan_mark
from smsgateway.reminders.states import ReminderState
from smsgateway.reminders.tables import clock_tick, reminder
from smsgateway.settings import Settings
from smsgateway.storage.clock import Clock
from smsgateway.storage.engine import Database

KEPT_S = 30.0
"""How long figures are kept: counting reads every message, and nobody needs it more often."""


class KeptFigures(Collector, ABC):
    """Figures from SQL that are kept for a moment."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._lock = Lock()
        self._kept: Sequence[Metric] = ()
        self._kept_until = 0.0

    def describe(self) -> Iterable[Metric]:
        """Nothing ahead of time: a registry would otherwise collect to find out."""
        return ()

    def collect(self) -> Iterable[Metric]:
        with self._lock:
            if time.monotonic() >= self._kept_until:
                self._kept = self._read()
                self._kept_until = time.monotonic() + KEPT_S
            return self._kept

    @abstractmethod
    def _read(self) -> list[Metric]:
        """The figures as they are now."""


class MessageFigures(KeptFigures):
    """Counts by state and class, what waits, and channels that are paused."""

    def _read(self) -> list[Metric]:
        now = self._clock.now()
        due = (message.c.state == State.QUEUED, message.c.due_at <= now)
        by_state = select(message.c.state, message.c.message_class, func.count())
        with self._database.read() as connection:
            counts = connection.execute(
                by_state.group_by(message.c.state, message.c.message_class)
            ).all()
            oldest = connection.scalar(select(func.min(message.c.due_at)).where(*due))
            receipts = connection.scalar(
                select(func.count()).where(delivery_report.c.settled_at.is_(None))
            )
            inbound = connection.scalar(
                select(func.count()).where(inbound_message.c.handled_at.is_(None))
            )
            unread_ones = unread.counted(connection)
            channels = connection.execute(select(channel.c.name, channel.c.paused_at)).all()
        messages = _gauge("messages", "Messages by state and class.", "state", "class")
        for state, message_class, count in counts:
            messages.add_metric([state, message_class], count)
        paused = _gauge("channel_paused", "1 for a channel that is paused.", "channel")
        for name, paused_at in channels:
            paused.add_metric([name], int(paused_at is not None))
        unreadable = _gauge(
            "callbacks_unread", "Callbacks that nobody could make sense of.", "kind"
        )
        for kind, count in unread_ones.items():
            unreadable.add_metric([kind], count)
        age = (now - oldest).total_seconds() if oldest else 0
        return [
            messages,
            paused,
            unreadable,
            _value("oldest_due_age_seconds", "How long the oldest due message has waited.", age),
            _value("receipts_unsettled", "Delivery reports not yet settled.", receipts or 0),
            _value("inbound_unanswered", "Inbound messages not yet handled.", inbound or 0),
        ]


class ClockFigures(KeptFigures):
    """When each tick of the clock last did its work, and how far plans, releases and what is to be
    forgotten lag behind."""

    def __init__(self, database: Database, clock: Clock, settings: Settings) -> None:
        super().__init__(database, clock)
        self._settings = settings

    def _read(self) -> list[Metric]:
        now = self._clock.now()
        marked = [
            select(func.min(table.c.marked_at)).where(table.c.marked_at <= now)
            for table in (plan_mark, facility_mark)
        ]
        due = select(func.min(reminder.c.due_at)).where(
            reminder.c.state == ReminderState.PLANNED, reminder.c.due_at <= now
        )
        with self._database.read() as connection:
            ticks = connection.execute(select(clock_tick.c.name, clock_tick.c.ticked_at)).all()
            waiting = [since for since in map(connection.scalar, marked) if since is not None]
            oldest = {
                "plan": min(waiting, default=None),
                "release": connection.scalar(due),
                "housekeeping": overdue_since(connection, self._settings, now),
            }
        ages = _gauge("clock_tick_age_seconds", "Since a tick last did its work.", "tick")
        for name, ticked_at in ticks:
            ages.add_metric([name], (now - ticked_at).total_seconds())
        lags = _gauge("clock_lag_seconds", "How long the oldest work of a tick waits.", "tick")
        for name, since in oldest.items():
            lags.add_metric([name], (now - since).total_seconds() if since else 0)
        return [ages, lags]


def _gauge(name: str, help_: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"smsgateway_{name}", help_, labels=labels)


def _value(name: str, help_: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"smsgateway_{name}", help_, value=value)
