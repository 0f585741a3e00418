"""Files whose card, or whose paid contributions, come to an end, and what was told of it.

A file has a day on which it is looked at next (`notice_on`), so that finding what is due costs no
more than what is due. A change to a file makes that day today, and takes back what waits to be
sent and is no longer true.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select, union, update

from smsgateway.calendars.contacts import CalendarKind
from smsgateway.enrolment.statuses import COVERED, Status
from smsgateway.enrolment.tables import cover_notice, enrolment, enrolment_watch, scheme
from smsgateway.messaging import outbox
from smsgateway.messaging.tables import message
from smsgateway.register.tables import household, person, phone

CHANGED = "changed"
"""Why a notice was taken back: the file says something else now."""


@dataclass(frozen=True, slots=True)
class CoveredFile:
    """A file as its notices see it. `renewable` and `successor` are those of its scheme, None where
    nothing is established; `bereaved`: its holder has died."""

    id: int
    scheme: str
    holder_name: str
    status: Status
    valid_until: date | None
    paid_until: date | None
    renewable: bool | None
    successor: str | None
    facility_id: int | None
    bereaved: bool

    @property
    def first_name(self) -> str:
        return self.holder_name.split()[0]

    def ends(self) -> Mapping[CalendarKind, date]:
        """The last day of what is still valid, by the calendar that speaks of it; nothing of a file
        that was refused, suspended or closed."""
        if self.status not in COVERED or self.bereaved:
            return {}
        known = {
            CalendarKind.COVERAGE: self.valid_until,
            CalendarKind.CONTRIBUTION: self.paid_until,
        }
        return {kind: day for kind, day in known.items() if day is not None}


@dataclass(frozen=True, slots=True)
class Line:
    """A phone that may know of a file. `language` is None where nobody has chosen one."""

    phone_id: int
    msisdn: str
    language: str | None
    encoding: str | None


class NoticeKey(NamedTuple):
    """What is told once."""

    enrolment_id: int
    calendar: CalendarKind
    contact: str
    ends_on: date
    phone_id: int


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice that is written down. One that was taken back may be told again."""

    id: int
    taken_back: bool
    attempt: int


_holder_died = exists().where(
    person.c.household_id == enrolment.c.household_id,
    person.c.died_on.is_not(None),
    enrolment.c.holder_name.startswith(person.c.first_name + " "),
)

_DUE = (
    select(
        enrolment.c.id,
        enrolment.c.scheme,
        enrolment.c.holder_name,
        enrolment.c.status,
        enrolment.c.valid_until,
        enrolment.c.paid_until,
        scheme.c.renewable,
        scheme.c.successor,
        household.c.facility_id,
        _holder_died.label("bereaved"),
    )
    .join_from(enrolment, scheme, scheme.c.code == enrolment.c.scheme)
    .outerjoin(household, household.c.id == enrolment.c.household_id)
    .order_by(enrolment.c.notice_on, enrolment.c.id)
    .with_for_update(of=enrolment, skip_locked=True)
)


def due(connection: Connection, today: date, limit: int) -> list[CoveredFile]:
    """The first `limit` files to look at, locked until the commit."""
    rows = connection.execute(_DUE.where(enrolment.c.notice_on <= today).limit(limit)).mappings()
    return [
        CoveredFile(
            **dict(row) | {"status": Status(row["status"]), "bereaved": bool(row["bereaved"])}
        )
        for row in rows
    ]


def lines_of(connection: Connection, ids: Collection[int]) -> dict[int, list[Line]]:
    """File id -> the phones that may know of it: its own, that of its household, and those that
    have proved the file and wait for its news; none that said STOP."""
    own = select(enrolment.c.id, enrolment.c.phone_id).where(enrolment.c.id.in_(ids))
    shared = (
        select(enrolment.c.id, household.c.phone_id)
        .join(household, household.c.id == enrolment.c.household_id)
        .where(enrolment.c.id.in_(ids))
    )
    watching = select(enrolment_watch.c.enrolment_id, enrolment_watch.c.phone_id).where(
        enrolment_watch.c.enrolment_id.in_(ids)
    )
    told = union(own, shared, watching).subquery("told")
    rows = connection.execute(
        select(told.c.id, phone.c.id.label("phone_id"), phone.c.msisdn)
        .add_columns(phone.c.language, phone.c.encoding)
        .join(phone, phone.c.id == told.c.phone_id)
        .where(phone.c.opted_out_at.is_(None))
        .order_by(told.c.id, phone.c.id)
    )
    found: dict[int, list[Line]] = defaultdict(list)
    for row in rows:
        found[row.id].append(Line(row.phone_id, row.msisdn, row.language, row.encoding))
    return found


def notices_of(connection: Connection, ids: Collection[int]) -> dict[NoticeKey, Notice]:
    """What is written down about these files."""
    rows = connection.execute(select(cover_notice).where(cover_notice.c.enrolment_id.in_(ids)))
    return {
        NoticeKey(
            row.enrolment_id, CalendarKind(row.calendar), row.contact, row.ends_on, row.phone_id
        ): Notice(row.id, row.reason == CHANGED, row.attempt)
        for row in rows
    }


def told_on(connection: Connection, phone_ids: Collection[int], day: date) -> set[int]:
    """Those of the phones that were told of some end on that day."""
    rows = select(cover_notice.c.phone_id).where(
        cover_notice.c.phone_id.in_(phone_ids),
        cover_notice.c.noted_on == day,
        cover_notice.c.message_id.is_not(None),
    )
    return set(connection.scalars(rows))


def reconsider(connection: Connection, ids: Sequence[int], today: date, now: datetime) -> None:
    """Files that have changed are looked at again; a notice that waits to be sent and is no longer
    true is taken back."""
    changed = enrolment.c.id.in_(ids)
    connection.execute(update(enrolment).where(changed, _ends).values(notice_on=today))
    untrue = connection.scalars(
        select(cover_notice.c.message_id)
        .join_from(cover_notice, enrolment, enrolment.c.id == cover_notice.c.enrolment_id)
        .join(message, message.c.id == cover_notice.c.message_id)
        .where(changed, message.c.state.in_(outbox.WAITING), ~_is_true)
    ).all()
    stopped = outbox.cancel(connection, untrue, now, reason="plan_changed")
    connection.execute(
        update(cover_notice)
        .where(cover_notice.c.message_id.in_(stopped))
        .values(message_id=None, reason=CHANGED, attempt=cover_notice.c.attempt + 1)
    )


_ends = or_(enrolment.c.valid_until.is_not(None), enrolment.c.paid_until.is_not(None))


def _still(kind: CalendarKind, column: ColumnElement[date]) -> ColumnElement[bool]:
    return and_(
        cover_notice.c.calendar == kind, cover_notice.c.ends_on.is_not_distinct_from(column)
    )


_is_true = and_(
    enrolment.c.status.in_(COVERED),
    or_(
        _still(CalendarKind.COVERAGE, enrolment.c.valid_until),
        _still(CalendarKind.CONTRIBUTION, enrolment.c.paid_until),
    ),
)
