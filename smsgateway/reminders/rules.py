"""Rules that make reminders of a visit: what a rule says, to whom, from when and until when.

Rules are data (`rulebooks/README.md` documents their file). The defaults follow the trials on
vaccination reminders: one a few days before, so that the family can arrange itself, one on the eve,
and two after a missed visit.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from smsgateway.calendars.contacts import CalendarKind
from smsgateway.calendars.hours import Hours, closes_on, next_open, opens_on
from smsgateway.messaging.classes import MessageClass


class Recipient(StrEnum):
    """Whom a rule speaks to."""

    MOTHER = "mother"
    OTHER_CARER = "other_carer"
    HEALTH_WORKER = "health_worker"
    FACILITY = "facility"
    HOUSEHOLD = "household"
    """The lines that may know of a file of social protection."""


class Answer(StrEnum):
    """What a family says to a numbered message."""

    COMING = "coming"
    """They came, or will."""
    PROBLEM = "problem"
    WRONG_NUMBER = "wrong_number"


DIGITS = {"1": Answer.COMING, "2": Answer.PROBLEM, "3": Answer.WRONG_NUMBER}
"""The digits under which every numbered message offers its answers."""


@dataclass(frozen=True, slots=True)
class Window:
    """From when a reminder may be sent, and the moment at which it is too late."""

    due_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Rule:
    """Speaks `offset_days` from the date of a visit, at the local time `at` or, without one, when
    sending hours open.

    With `late_days` it may still be sent that many days after its day; else it expires at the end
    of the sending hours of the visit's date. `template` is the message for one person, `on_eve`
    the one that says "tomorrow". It is silent for a family that has answered one of `unless`.
    """

    code: str
    calendar: CalendarKind
    offset_days: int
    template: str
    on_eve: str | None = None
    at: time | None = None
    late_days: int | None = None
    message_class: MessageClass = MessageClass.REMINDER
    recipients: frozenset[Recipient] = frozenset({Recipient.MOTHER, Recipient.OTHER_CARER})
    unless: frozenset[Answer] = frozenset()
    numbered: bool = False

    @property
    def chases(self) -> bool:
        """Whether it speaks of a visit that was missed."""
        return self.offset_days > 0


@dataclass(frozen=True)
class Rulebook:
    """The rules in force. `daily_cap`: messages to one phone on one day, answers not counted;
    `escalate_after`: calendar -> days after a missed visit until somebody looks for the family."""

    id: str
    version: str
    rules: tuple[Rule, ...]
    daily_cap: int
    escalate_after: dict[CalendarKind, int] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Identifies what a stored plan was made with, at most 40 characters."""
        return f"{self.id} {self.version}"[:40]

    def of(self, calendar: CalendarKind) -> tuple[Rule, ...]:
        """The rules of a calendar, in the order in which they speak."""
        return tuple(rule for rule in self.rules if rule.calendar is calendar)

    def find(self, code: str) -> Rule | None:
        """The rule of that code; None when it is no longer in force."""
        return next((rule for rule in self.rules if rule.code == code), None)

    def lead(self, calendar: CalendarKind) -> timedelta:
        """How long before its date a visit must be planned for every rule to have its turn."""
        return timedelta(days=1 - min((rule.offset_days for rule in self.of(calendar)), default=0))

    def speaks_to(self) -> frozenset[Recipient]:
        """Everybody to whom some rule speaks."""
        return frozenset().union(*(rule.recipients for rule in self.rules))


REPEAT_AFTER = timedelta(days=7)
"""A rule that has spoken for a visit speaks again only when the date has moved by this much."""


def window(
    rule: Rule,
    visit_date: date,
    hours: Hours,
    zone: ZoneInfo,
    closed: Collection[date] = frozenset(),
) -> Window | None:
    """When `rule` speaks about a visit; None when sending never opens in time."""
    day = visit_date + timedelta(days=rule.offset_days)
    wish = opens_on(day, hours, zone)
    if rule.at is not None:
        wish = max(wish, datetime.combine(day, rule.at, zone).astimezone(UTC))
    due_at = next_open(wish, hours, zone, closed)
    last = visit_date if rule.late_days is None else day + timedelta(days=rule.late_days)
    expires_at = closes_on(last, hours, zone)
    return Window(due_at, expires_at) if due_at < expires_at else None
