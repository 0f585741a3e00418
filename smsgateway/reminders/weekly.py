"""Once a week the workers of a centre are told by SMS whom they have to look for.

Written with a key of the week, so that a clock that runs twice, late or beside another one tells
it once; a centre with nobody to look for hears nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, exists, func, select

from smsgateway.calendars.hours import Hours, next_open
from smsgateway.messaging import outbox
from smsgateway.messaging.outbox import NewMessage
from smsgateway.messaging.reminder_templates import TO_LOOK_FOR
from smsgateway.messaging.tables import message
from smsgateway.register.tables import facility, person, phone
from smsgateway.reminders.tables import defaulter
from smsgateway.settings import Settings
from smsgateway.staff.roles import Role
from smsgateway.staff.tables import staff
from smsgateway.storage.engine import Database
from smsgateway.text.catalogue import SOURCE, Catalogue
from smsgateway.text.orthography import fold
from smsgateway.text.placeholders import Value
from smsgateway.text.routes import Routes
from smsgateway.text.segments import measure
from smsgateway.text.templates import render

GOOD_FOR = timedelta(days=3)
"""A summary that could not be sent for so long is stale."""

BATCH = 200
"""Centres in one transaction."""

NAMES_READ = 40
"""More never fit into the message."""


@dataclass(frozen=True, slots=True)
class _Centre:
    id: int
    sending_hours: str | None


@dataclass(frozen=True, slots=True)
class _Worker:
    id: int
    phone_id: int
    msisdn: str
    language: str
    encoding: str | None


@dataclass(frozen=True, slots=True)
class _Week:
    """The ISO week of a moment, where people live."""

    label: str

    def key(self, facility_id: int, staff_id: int) -> str:
        return f"absent:{self.label}:{facility_id}:{staff_id}"


def tell_workers(
    database: Database,
    catalogue: Catalogue,
    settings: Settings,
    now: datetime,
    *,
    after: int = 0,
    limit: int = BATCH,
) -> tuple[int, int | None]:
    """Write this week's summaries of up to `limit` centres with an id above `after`.

    Returns how many messages are new, and the id to go on from (None: that was all).
    """
    year, number, _ = now.astimezone(settings.timezone).isocalendar()
    week = _Week(f"{year}w{number:02}")
    with database.begin() as connection:
        centres = _centres(connection, after, limit)
        new = [
            one
            for centre in centres
            for one in _summaries(connection, catalogue, settings, centre, week, now)
        ]
        added = outbox.add(connection, new, now)
    return len(added), centres[-1].id if len(centres) == limit else None


def _centres(connection: Connection, after: int, limit: int) -> list[_Centre]:
    listed = exists().where(
        defaulter.c.facility_id == facility.c.id, defaulter.c.closed_at.is_(None)
    )
    query = select(facility.c.id, facility.c.sending_hours).where(facility.c.id > after, listed)
    rows = connection.execute(query.order_by(facility.c.id).limit(limit))
    return [_Centre(row.id, row.sending_hours) for row in rows]


def _summaries(
    connection: Connection,
    catalogue: Catalogue,
    settings: Settings,
    centre: _Centre,
    week: _Week,
    now: datetime,
) -> Iterable[NewMessage]:
    """One for each worker of a centre who has not been told this week."""
    keys = {one: week.key(centre.id, one.id) for one in _workers(connection, centre.id)}
    told = select(message.c.dedupe_key).where(message.c.dedupe_key.in_(keys.values()))
    already = set(connection.scalars(told))
    waiting = [one for one in keys if keys[one] not in already]
    if not waiting:
        return []
    count, names = _listed(connection, centre.id)
    code = next(iter(settings.ussd_service_codes), "USSD")
    values: dict[str, Value | None] = {"n": count, "names": names or "...", "ussd": code}
    hours = Hours.parse(centre.sending_hours) if centre.sending_hours else settings.sending_hours
    due_at = next_open(now, hours, settings.timezone)
    routes = settings.encoding_policies
    return [
        _summary(catalogue, routes, one, values, keys[one], due_at, centre.id) for one in waiting
    ]


def _workers(connection: Connection, facility_id: int) -> list[_Worker]:
    rows = connection.execute(
        select(staff.c.id, staff.c.phone_id, phone.c.msisdn, phone.c.language, phone.c.encoding)
        .join_from(staff, phone, phone.c.id == staff.c.phone_id)
        .where(
            staff.c.facility_id == facility_id,
            staff.c.role.in_([Role.AGENT, Role.HEAD]),
            phone.c.opted_out_at.is_(None),
        )
        .order_by(staff.c.id)
    )
    return [
        _Worker(row.id, row.phone_id, row.msisdn, row.language or SOURCE, row.encoding)
        for row in rows
    ]


def _listed(connection: Connection, facility_id: int) -> tuple[int, str]:
    """How many are to be looked for, and as many first names as fit, whole."""
    mine = (defaulter.c.facility_id == facility_id, defaulter.c.closed_at.is_(None))
    count = connection.execute(select(func.count()).where(*mine)).scalar_one()
    names = connection.scalars(
        select(person.c.first_name)
        .join_from(defaulter, person, person.c.id == defaulter.c.person_id)
        .where(*mine, person.c.first_name != "")
        .order_by(defaulter.c.since, defaulter.c.person_id)
        .limit(NAMES_READ)
    ).all()
    room = TO_LOOK_FOR.placeholders["names"].maximum
    shown = ""
    for name in names:
        longer = f"{shown}, {name}" if shown else name
        if measure(fold(longer, TO_LOOK_FOR.policy)).units > room:
            break
        shown = longer
    return count, shown


def _summary(
    catalogue: Catalogue,
    routes: Routes,
    worker: _Worker,
    values: Mapping[str, Value | None],
    key: str,
    due_at: datetime,
    facility_id: int,
) -> NewMessage:
    policy = routes.policy_for(worker.msisdn, worker.encoding)
    rendered = render(TO_LOOK_FOR, catalogue, worker.language, values, policy)
    return NewMessage(
        dedupe_key=key,
        message_class=TO_LOOK_FOR.message_class,
        phone_id=worker.phone_id,
        msisdn=worker.msisdn,
        language=worker.language,
        template=TO_LOOK_FOR.id,
        body=rendered.body,
        encoding=rendered.encoding,
        segments=rendered.segments,
        due_at=due_at,
        expires_at=due_at + GOOD_FOR,
        facility_id=facility_id,
    )
