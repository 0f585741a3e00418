"""What the planner would do and what would be sent, seen before anything is stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Connection, func, select

from smsgateway.calendars.hours import opens_on
from smsgateway.calendars.model import Schedule
from smsgateway.messaging.outbox import NewMessage
from smsgateway.register.tables import plan_mark
from smsgateway.reminders import cover_ends, review, rulebook
from smsgateway.reminders.due import Due, planned_between
from smsgateway.reminders.planner import BATCH, Planned, plan_people, take_marks
from smsgateway.reminders.release import openings_for, sort_out
from smsgateway.reminders.rules import Rulebook
from smsgateway.reminders.wording import families, write
from smsgateway.settings import Settings
from smsgateway.storage.engine import Database
from smsgateway.text.catalogue import Catalogue

EXAMPLES = 5
"""Texts that are shown."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Day:
    """What one day would bring; `unwritable` counts families whose message has no words."""

    day: date
    reminders: int
    messages: int
    segments: int
    unwritable: int


@dataclass(slots=True)
class Preview:
    """`waiting` counts the marked people whom the limit left out; `bill` is the number and the
    segments of each message, for what they will cost."""

    planned: Planned = field(default_factory=Planned)
    waiting: int = 0
    days: list[Day] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)
    bill: list[tuple[str, int]] = field(default_factory=list)


def preview(
    database: Database,
    catalogue: Catalogue,
    schedule: Schedule,
    now: datetime,
    settings: Settings,
    *,
    days: int,
    limit: int,
    everyone: bool,
) -> Preview:
    """Plan up to `limit` marked people (`everyone` marks all), look `days` ahead, and undo it all.

    The transaction is held meanwhile, which makes other writers on SQLite wait: hence the limit.
    """
    result = Preview()
    with database.engine.connect() as connection, connection.begin() as transaction:
        if everyone:
            review.mark_everyone(connection, now)
        result.planned = _plan(connection, schedule, now, settings, limit)
        rules = rulebook.active(connection)
        marks = select(func.count()).select_from(plan_mark)
        result.waiting = connection.execute(marks).scalar_one()
        for day, due in _days(connection, now, settings, rules, days):
            seen = _look_at(day, due, catalogue, settings, rules, result)
            ends = _ends(connection, day, catalogue, now, settings, limit)
            result.days.append(_with_ends(seen, ends, result))
        transaction.rollback()
    return result


def _plan(
    connection: Connection, schedule: Schedule, now: datetime, settings: Settings, limit: int
) -> Planned:
    planned = Planned()
    while planned.people < limit:
        ids = take_marks(connection, now, min(BATCH, limit - planned.people))
        if not ids:
            break
        planned += plan_people(connection, ids, schedule, now, settings)
    return planned


def _days(
    connection: Connection, now: datetime, settings: Settings, rules: Rulebook, days: int
) -> Iterator[tuple[date, list[Due]]]:
    """Each day and what is released on it. What is due already goes out on the first one, or, while
    sending is closed, on the day on which it opens."""
    today = now.astimezone(settings.timezone).date()
    begin = _EPOCH
    postponed: defaultdict[date, list[Due]] = defaultdict(list)
    for offset in range(days):
        day = today + timedelta(days=offset)
        midnight = datetime.combine(day + timedelta(days=1), time.min, settings.timezone)
        end = midnight.astimezone(UTC) - timedelta(microseconds=1)
        due = planned_between(connection, begin, end)
        overdue = [one for one in due if one.due_at <= now]
        openings = openings_for(connection, overdue, now, settings)
        found = sort_out(overdue, now, openings, rules)
        for opening, ids in found.postponed.items():
            until = opening.astimezone(settings.timezone).date()
            postponed[until] += [one for one in overdue if one.id in ids]
        coming = [one for one in due if one.due_at > now and one.stop is None]
        yield day, found.ready + postponed.pop(day, []) + coming
        begin = end


def _look_at(
    day: date,
    due: list[Due],
    catalogue: Catalogue,
    settings: Settings,
    rules: Rulebook,
    seen: Preview,
) -> Day:
    """Write the messages of a day for their cost, and keep a few as examples."""
    bill: list[tuple[str, int]] = []
    unwritable = 0
    for family in families(due, rules):
        try:
            routes = settings.encoding_policies
            message = write(family, catalogue, routes, family.first.due_at, day)
        except (LookupError, ValueError):
            unwritable += 1
            continue
        bill.append((family.first.msisdn, message.segments))
        if len(seen.examples) < EXAMPLES:
            seen.examples.append(message.body)
    seen.bill += bill
    return Day(day, len(due), len(bill), sum(segments for _, segments in bill), unwritable)


def _ends(
    connection: Connection,
    day: date,
    catalogue: Catalogue,
    now: datetime,
    settings: Settings,
    limit: int,
) -> list[NewMessage]:
    """The notices of a day about cards and contributions that end, of up to `limit` files."""
    moment = max(now, opens_on(day, settings.sending_hours, settings.timezone))
    return list(cover_ends.tell(connection, catalogue, moment, settings, limit).told.values())


def _with_ends(day: Day, ends: Sequence[NewMessage], seen: Preview) -> Day:
    """The same day with these notices."""
    seen.bill += [(one.msisdn, one.segments) for one in ends]
    seen.examples += [one.body for one in ends[: EXAMPLES - len(seen.examples)]]
    segments = day.segments + sum(one.segments for one in ends)
    return replace(day, messages=day.messages + len(ends), segments=segments)
