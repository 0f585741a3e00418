"""Reading what the planner has to know about a batch of people, in a few statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from smsgateway.calendars.contacts import CalendarKind
from smsgateway.consultations import summoning
from smsgateway.consultations.summoning import Summons
from smsgateway.messaging.tables import message
from smsgateway.register import children, encounters, facilities, pregnancies
from smsgateway.register.children import Child
from smsgateway.register.facilities import FacilityRow
from smsgateway.register.losses import lost_child
from smsgateway.register.openings import Opening, openings
from smsgateway.register.pregnancies import Ending, Pregnancy
from smsgateway.register.tables import facility, person, pregnancy
from smsgateway.reminders.contacts import FAMILY, Contact, contacts_of
from smsgateway.reminders.rules import REPEAT_AFTER, Answer, Recipient
from smsgateway.reminders.states import NEVER_SENT, ReminderState, VisitState, Why
from smsgateway.reminders.tables import reminder, visit
from smsgateway.storage.listed import listed


@dataclass(frozen=True, slots=True)
class Kept:
    """A reminder that exists. `visit_date` is the date that it told or will tell."""

    id: int
    occurrence: int
    rule: str
    phone_id: int
    visit_date: date
    state: ReminderState
    due_at: datetime
    expires_at: datetime
    message_id: int | None
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What a rule has said to a phone about a visit that is over.

    One that was `dropped` was a mistake, and the visit that comes instead may be the same one on
    another day; after one that came to its end, another day is news.
    """

    rule: str
    phone_id: int
    visit_date: date
    dropped: bool

    def covers(self, day: date) -> bool:
        """Whether a visit on `day` needs no announcement any more."""
        if self.dropped:
            return abs(self.visit_date - day) < REPEAT_AFTER
        return self.visit_date == day


@dataclass(frozen=True, slots=True)
class OpenVisit:
    """The open visit of a person in a calendar, with all its reminders. `seen` tells that somebody
    came, although something is still missing."""

    id: int
    facility_id: int
    occurrence: int
    day: date
    doses: tuple[str, ...]
    seen: bool
    reminders: tuple[Kept, ...]


@dataclass(frozen=True, slots=True)
class Motherhood:
    """What is known of a woman's pregnancies: the open one, the last birth, and whether the last
    one ended in a loss, or its child has died. `id` is that of the open one, else of the last."""

    id: int
    pregnancy: Pregnancy | None = None
    delivered_on: date | None = None
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose plans are to be made; `stop` tells why nothing is planned for them any more.

    `visits`, `told` (what was said about earlier visits) and `held` (the codes of contacts that
    took place, in the pregnancy at hand where they belong to one) are kept apart by calendar.
    """

    id: int
    facility: FacilityRow | None
    stop: Why | None
    contacts: tuple[Contact, ...] = ()
    opening: Opening = field(default_factory=Opening)
    anc_model: str | None = None
    child: Child | None = None
    motherhood: Motherhood | None = None
    visits: Mapping[CalendarKind, OpenVisit] = field(default_factory=dict)
    told: Mapping[CalendarKind, Sequence[Told]] = field(default_factory=dict)
    held: Mapping[CalendarKind, frozenset[str]] = field(default_factory=dict)
    summons: Summons | None = None


HORIZON = timedelta(days=400)
"""How far ahead closed days and extra sessions are looked at; no calendar has a longer gap that
anybody is told of."""

_PEOPLE = select(
    person.c.id, person.c.facility_id, person.c.died_on, person.c.moved_on, facility.c.anc_model
).join_from(person, facility, facility.c.id == person.c.facility_id)


def read_people(
    connection: Connection,
    ids: Sequence[int],
    today: date,
    recipients: Collection[Recipient] = FAMILY,
) -> list[Person]:
    """The people with these ids, as they are in this transaction, with whoever of `recipients` is
    written to about them."""
    rows = connection.execute(_PEOPLE.where(person.c.id.in_(listed(ids)))).all()
    places = {row.facility_id for row in rows}
    living = {child.id: child for child in children.by_ids(connection, ids)}
    contacts = contacts_of(connection, {row.id: row.facility_id for row in rows}, recipients)
    facility_rows = facilities.by_ids(connection, places)
    opening = openings(connection, sorted(places), today - REPEAT_AFTER, today + HORIZON)
    mothers = _motherhoods(connection, ids)
    open_visits, told = _open_visits(connection, ids), _told(connection, ids)
    held = encounters.of_people(connection, ids, [one.id for one in mothers.values()])
    summoned = summoning.open_of_people(connection, ids)
    consulted = summoning.seen_codes(connection, ids)
    return [
        Person(
            id=row.id,
            facility=facility_rows.get(row.facility_id),
            stop=_stop(row),
            contacts=tuple(contacts[row.id]),
            opening=opening[row.facility_id],
            anc_model=row.anc_model,
            child=living.get(row.id),
            motherhood=mothers.get(row.id),
            visits=open_visits[row.id],
            told=told[row.id],
            held=held[row.id] | {CalendarKind.CONSULTATION: consulted.get(row.id, frozenset())},
            summons=summoned.get(row.id),
        )
        for row in rows
    ]


def _motherhoods(connection: Connection, ids: Sequence[int]) -> dict[int, Motherhood]:
    """Of those people who have or had a pregnancy."""
    ended = connection.execute(
        select(pregnancy.c.id, pregnancy.c.person_id, pregnancy.c.ended_on, pregnancy.c.outcome)
        .add_columns(lost_child().label("bereaved"))
        .where(pregnancy.c.person_id.in_(listed(ids)), pregnancy.c.ended_on.is_not(None))
        .order_by(pregnancy.c.ended_on, pregnancy.c.id)
    )
    found: dict[int, Motherhood] = {}
    for row in ended:
        born = row.outcome == Ending.BIRTH and not row.bereaved
        found[row.person_id] = Motherhood(row.id, None, row.ended_on if born else None, not born)
    for person_id, one in pregnancies.open_of_people(connection, ids).items():
        found[person_id] = Motherhood(one.id, one)
    return found


def after_recall(one: Person, message_ids: set[int]) -> Person:
    """The same person when these messages were stopped: their reminders are planned again."""
    return replace(
        one,
        visits={kind: _after_recall(visit, message_ids) for kind, visit in one.visits.items()},
    )


def _after_recall(one: OpenVisit, message_ids: set[int]) -> OpenVisit:
    reminders = tuple(
        replace(kept, state=ReminderState.PLANNED, message_id=None)
        if kept.message_id in message_ids
        else kept
        for kept in one.reminders
    )
    return replace(one, reminders=reminders)


def _stop(row: Any) -> Why | None:
    if row.died_on is not None:
        return Why.DIED
    return Why.MOVED if row.moved_on is not None else None


def _open_visits(
    connection: Connection, ids: Sequence[int]
) -> dict[int, dict[CalendarKind, OpenVisit]]:
    """Locked, so that what is decided on them still holds when it is written."""
    rows = connection.execute(
        select(visit)
        .where(visit.c.person_id.in_(listed(ids)), visit.c.state == VisitState.OPEN)
        .order_by(visit.c.id)
        .with_for_update()
    ).all()
    reminders = _reminders(connection, [row.id for row in rows])
    found: dict[int, dict[CalendarKind, OpenVisit]] = defaultdict(dict)
    for row in rows:
        found[row.person_id][CalendarKind(row.calendar)] = OpenVisit(
            id=row.id,
            facility_id=row.facility_id,
            occurrence=row.occurrence,
            day=row.visit_date,
            doses=tuple(row.doses.split(",")),
            seen=row.seen_on is not None,
            reminders=tuple(reminders[row.id]),
        )
    return found


def _reminders(connection: Connection, visit_ids: Sequence[int]) -> dict[int, list[Kept]]:
    found: dict[int, list[Kept]] = defaultdict(list)
    rows = connection.execute(
        select(reminder)
        .where(reminder.c.visit_id.in_(listed(visit_ids)))
        .order_by(reminder.c.occurrence, reminder.c.id)
        .with_for_update()
    )
    for row in rows:
        found[row.visit_id].append(
            Kept(
                id=row.id,
                occurrence=row.occurrence,
                rule=row.rule,
                phone_id=row.phone_id,
                visit_date=row.visit_date,
                state=ReminderState(row.state),
                due_at=row.due_at,
                expires_at=row.expires_at,
                message_id=row.message_id,
                answer=Answer(row.answer) if row.answer else None,
            )
        )
    return found


def _told(connection: Connection, ids: Sequence[int]) -> dict[int, dict[CalendarKind, list[Told]]]:
    """What was said about the visits of these people that are over."""
    found: dict[int, dict[CalendarKind, list[Told]]] = defaultdict(lambda: defaultdict(list))
    rows = connection.execute(
        select(visit.c.person_id, visit.c.calendar, visit.c.state)
        .add_columns(reminder.c.rule, reminder.c.phone_id, reminder.c.visit_date)
        .join_from(reminder, visit, visit.c.id == reminder.c.visit_id)
        .join(message, message.c.id == reminder.c.message_id)
        .where(
            visit.c.person_id.in_(listed(ids)),
            visit.c.state != VisitState.OPEN,
            reminder.c.state == ReminderState.RELEASED,
            message.c.state.not_in(NEVER_SENT),
        )
    )
    for row in rows:
        told = Told(row.rule, row.phone_id, row.visit_date, row.state == VisitState.DROPPED)
        found[row.person_id][CalendarKind(row.calendar)].append(told)
    return found
