"""The rules that make reminders of a visit, as data.

The defaults follow the trials on vaccination reminders: one a few days before, so that the family
can arrange itself, and one on the eve.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from smsgateway.calendars.hours import Hours, closes_on, next_open, opens_on


@dataclass(frozen=True, slots=True)
class Rule:
    """Says when a visit is announced: `offset_days` from its date, when sending hours open.

    What it says expires at the end of the sending hours of the visit's date.
    """

    id: str
    offset_days: int


@dataclass(frozen=True, slots=True)
class Window:
    """From when a reminder may be sent, and the moment at which it is too late."""

    due_at: datetime
    expires_at: datetime


RULES = (Rule("before_3", -3), Rule("before_1", -1))

BY_ID = {rule.id: rule for rule in RULES}

REPEAT_AFTER = timedelta(days=7)
"""A rule that has spoken for a visit speaks again only when the date has moved by this much."""

LEAD = timedelta(days=1 - min(rule.offset_days for rule in RULES))
"""How long before its date a visit must be planned for every rule to have its turn."""


def window(rule: Rule, visit_date: date, hours: Hours, zone: ZoneInfo) -> Window | None:
    """When `rule` speaks about a visit; None when sending never opens in time."""
    opening = opens_on(visit_date + timedelta(days=rule.offset_days), hours, zone)
    due_at = next_open(opening, hours, zone)
    expires_at = closes_on(visit_date, hours, zone)
    return Window(due_at, expires_at) if due_at < expires_at else None
