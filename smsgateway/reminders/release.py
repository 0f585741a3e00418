"""Reminders whose time has come become messages in the outbox.

The message and the reminder change in one transaction: a crash in between leaves neither. What is
no longer wanted is asked once more here, at the last moment before the outbox.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta

from sqlalchemy import Connection, bindparam, func, select, update
from sqlalchemy.exc import OperationalError

from smsgateway.messaging import outbox
from smsgateway.messaging.classes import MessageClass
from smsgateway.messaging.hours import Openings, SendingHours
from smsgateway.messaging.outbox import NewMessage
from smsgateway.messaging.tables import message
from smsgateway.register import changes
from smsgateway.reminders import rulebook
from smsgateway.reminders.due import Due, due_for, lock, waiting_phones
from smsgateway.reminders.rules import Rulebook
from smsgateway.reminders.rules_file import FURTHEST_DAYS
from smsgateway.reminders.states import NEVER_SENT, ReminderState, Why
from smsgateway.reminders.tables import reminder
from smsgateway.reminders.wording import Family, families, write
from smsgateway.settings import Settings
from smsgateway.storage.engine import Database
from smsgateway.storage.listed import listed
from smsgateway.text.catalogue import Catalogue

logger = logging.getLogger(__name__)

BATCH = 200
"""Phones in one transaction; a writer on SQLite holds everybody else up for that long."""

ROUND = 10_000
"""Due reminders that are put in order at once, and as many as one tick takes: so much that putting
a backlog in order is little beside releasing it, so little that it fits into memory."""

PUT_OFF = timedelta(minutes=15)
"""A family whose message cannot be written waits for this long, twice as long after each further
failure, and blocks nobody."""

MOST_DOUBLINGS = 6


@dataclass(slots=True)
class Sorted:
    """Due reminders by what happens to them; `outrun` are the people whose plan has to be made
    anew although nobody has marked them."""

    ready: list[Due] = field(default_factory=list)
    ended: dict[tuple[ReminderState, Why], list[int]] = field(
        default_factory=lambda: defaultdict(list)
    )
    postponed: dict[datetime, list[int]] = field(default_factory=lambda: defaultdict(list))
    outrun: set[int] = field(default_factory=set)


def release_due(
    database: Database, catalogue: Catalogue, now: datetime, settings: Settings, limit: int = ROUND
) -> Iterator[list[int]]:
    """Write the messages of up to `limit` due reminders and of what is due for the same phones,
    in the order of the dates of the visits; batch by batch the ids of the new messages, to ring
    for.

    Nothing is sent before the transaction of its batch is committed. Safe in several processes at
    once.
    """
    with database.read() as connection:
        waiting = waiting_phones(connection, now, limit)
    for start in range(0, len(waiting), BATCH):
        batch = waiting[start : start + BATCH]
        yield release_phones(database, catalogue, batch, now, settings)


def release_phones(
    database: Database,
    catalogue: Catalogue,
    phone_ids: Sequence[int],
    now: datetime,
    settings: Settings,
) -> list[int]:
    """Write the messages of what is due for these phones; the ids of the new messages.

    Phones that another process holds are left to it. When something unforeseen happens the phones
    are taken one by one, and the one it happens to is put off, alone.
    """
    try:
        with database.begin() as connection:
            held = lock(connection, phone_ids)
            return _release(connection, held, catalogue, now, settings)
    except OperationalError:
        raise
    except Exception:
        logger.exception("releasing for %d phones together failed; one by one", len(phone_ids))
    return [
        new for one in phone_ids for new in _release_one(database, one, catalogue, now, settings)
    ]


def _release_one(
    database: Database, phone_id: int, catalogue: Catalogue, now: datetime, settings: Settings
) -> list[int]:
    try:
        with database.begin() as connection:
            return _release(connection, lock(connection, [phone_id]), catalogue, now, settings)
    except OperationalError:
        raise
    except Exception:
        logger.exception("what is due for phone %d cannot be released; put off", phone_id)
    with database.begin() as connection:
        _put_off(connection, [one.id for one in due_for(connection, [phone_id], now)], now)
    return []


def _release(
    connection: Connection,
    phone_ids: Sequence[int],
    catalogue: Catalogue,
    now: datetime,
    settings: Settings,
) -> list[int]:
    """What is due for phones that this transaction holds."""
    if not phone_ids:
        return []
    rules = rulebook.active(connection)
    due = due_for(connection, phone_ids, now)
    openings = openings_for(connection, due, now, settings)
    found = sort_out(due, now, openings, rules)
    ready = cap(connection, families(found.ready, rules), found, now, openings, rules)
    _end(connection, found)
    changes.mark(connection, found.outrun, now)
    return _send(connection, ready, catalogue, now, settings)


def _put_off(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    """Try these reminders again later, twice as late after each further failure."""
    failures = select(func.max(reminder.c.failures)).where(reminder.c.id.in_(listed(ids)))
    failed = connection.scalar(failures) or 0
    later = now + PUT_OFF * (1 << min(failed, MOST_DOUBLINGS))
    _update(connection, ids, due_at=later, failures=failed + 1)


def openings_for(
    connection: Connection, due: Iterable[Due], now: datetime, settings: Settings
) -> Openings:
    """When the health centres of these reminders may have something sent."""
    hours = SendingHours(settings.sending_hours, settings.timezone)
    return hours.openings(connection, {one.facility_id for one in due}, now)


def sort_out(due: Sequence[Due], now: datetime, openings: Openings, rules: Rulebook) -> Sorted:
    """Which reminders go out now, which end here, and which wait for an opening or a new plan.

    One that waits for its plan is left as it is: the planner takes the mark, or the next round
    finds that it is too late.
    """
    result = Sorted()
    latest = _latest_rule(due, rules)
    for one in due:
        opening = openings.next(now, one.facility_id, one.hours).begins
        if one.expires_at <= now or (opening > now and opening >= one.expires_at):
            result.ended[ReminderState.EXPIRED, Why.TOO_LATE].append(one.id)
        elif one.stop is not None:
            result.ended[ReminderState.CANCELLED, one.stop].append(one.id)
        elif rules.find(one.rule) is None:
            result.ended[ReminderState.CANCELLED, Why.RULE_OFF].append(one.id)
        elif one.marked:
            continue
        elif one.outrun:
            result.outrun.add(one.person_id)
        elif latest[one.visit_id, one.phone_id] != one.id:
            result.ended[ReminderState.EXPIRED, Why.SUPERSEDED].append(one.id)
        elif opening > now:
            result.postponed[opening].append(one.id)
        else:
            result.ready.append(one)
    return result


def _latest_rule(due: Iterable[Due], rules: Rulebook) -> dict[tuple[int, int], int]:
    """After an outage several rules of a visit may be due for a phone: the last one speaks."""

    def turn(one: Due) -> tuple[int, int]:
        rule = rules.find(one.rule)
        return (rule.offset_days if rule else -FURTHEST_DAYS, one.id)

    return {(one.visit_id, one.phone_id): one.id for one in sorted(due, key=turn)}


def cap(
    connection: Connection,
    ready: Sequence[Family],
    found: Sorted,
    now: datetime,
    openings: Openings,
    rules: Rulebook,
) -> list[Family]:
    """As many families' messages as each phone may still get today; the others are put into
    `found.postponed`, for the opening of the next day."""
    zone = openings.hours.zone
    midnight = datetime.combine(now.astimezone(zone), time.min, zone)
    phones = {one.first.phone_id for one in ready}
    had: Counter[int] = Counter(had_since(connection, phones, midnight))
    allowed = []
    for family in ready:
        phone_id = family.first.phone_id
        if had[phone_id] < rules.daily_cap:
            had[phone_id] += 1
            allowed.append(family)
        else:
            first, tomorrow = family.first, midnight + timedelta(days=1)
            morning = openings.next(tomorrow, first.facility_id, first.hours).begins
            found.postponed[morning].extend(one.id for one in family.reminders)
    return allowed


def had_since(
    connection: Connection, phone_ids: Collection[int], midnight: datetime
) -> dict[int, int]:
    """How many messages these phones were given today that nobody had asked for."""
    rows = connection.execute(
        select(message.c.phone_id, func.count())
        .where(
            message.c.phone_id.in_(listed(phone_ids)),
            message.c.created_at >= midnight,
            message.c.message_class != MessageClass.REPLY,
            message.c.state.not_in(NEVER_SENT),
        )
        .group_by(message.c.phone_id)
    )
    return {row[0]: row[1] for row in rows}


def _end(connection: Connection, found: Sorted) -> None:
    for (state, why), ids in found.ended.items():
        _update(connection, ids, state=state, reason=why)
    for opening, ids in found.postponed.items():
        _update(connection, ids, due_at=opening)


def _send(
    connection: Connection,
    ready: Sequence[Family],
    catalogue: Catalogue,
    now: datetime,
    settings: Settings,
) -> list[int]:
    """Write the messages and tie each reminder to its own; a family that fails is put off."""
    today = now.astimezone(settings.timezone).date()
    messages: _Messages = {}
    for family in ready:
        try:
            new = write(family, catalogue, settings.encoding_policies, now, today)
        except (LookupError, ValueError):
            ids = [one.id for one in family.reminders]
            logger.exception("the message of the reminders %s cannot be written", ids)
            _put_off(connection, ids, now)
        else:
            messages[new.dedupe_key] = (family, new)
    return _enqueue(connection, _under_living_keys(connection, messages), now)


_Messages = dict[str, tuple[Family, NewMessage]]
"""Families and their messages, by the dedupe key of the message."""


def _enqueue(connection: Connection, messages: _Messages, now: datetime) -> list[int]:
    """One whose message was stopped this very moment stays planned for the next round."""
    added = outbox.add(connection, [new for _, new in messages.values()], now)
    known = connection.execute(
        select(message.c.dedupe_key, message.c.id).where(
            message.c.dedupe_key.in_(messages), message.c.state.not_in(NEVER_SENT)
        )
    )
    released = [
        {"reminder_id": one.id, "in_message": message_id}
        for key, message_id in known
        for one in messages[key][0].reminders
    ]
    if released:
        connection.execute(_RELEASE, released)
    return added


_RELEASE = (
    update(reminder)
    .where(reminder.c.id == bindparam("reminder_id"), reminder.c.state == ReminderState.PLANNED)
    .values(state=ReminderState.RELEASED, message_id=bindparam("in_message"), reason=None)
)


def _under_living_keys(connection: Connection, messages: _Messages) -> _Messages:
    """The same, each under the first generation of its key that no stopped message has."""
    result: _Messages = {}
    asked, generation = messages, 1
    while asked:
        stopped = select(message.c.dedupe_key).where(
            message.c.dedupe_key.in_(asked), message.c.state.in_(NEVER_SENT)
        )
        dead = set(connection.scalars(stopped))
        result |= {key: one for key, one in asked.items() if key not in dead}
        generation += 1
        again = [(family, new) for key, (family, new) in asked.items() if key in dead]
        asked = {f"{new.dedupe_key}:{generation}": (family, new) for family, new in again}
    return {key: (family, replace(new, dedupe_key=key)) for key, (family, new) in result.items()}


def _update(connection: Connection, ids: Sequence[int], **values: object) -> None:
    """Only what is still planned changes."""
    connection.execute(
        update(reminder)
        .where(reminder.c.id.in_(listed(ids)), reminder.c.state == ReminderState.PLANNED)
        .values(values)
    )
