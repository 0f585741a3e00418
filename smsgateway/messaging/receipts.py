"""Delivery reports: stored as they come, settled afterwards.

They may come twice, out of order, with words that nobody has documented, before our own commit of
the send, or for a send whose answer was lost. So a report that finds no message is parked and tried
again for about an hour; after some tries it may also find an ambiguous send by number and time.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Integer, Row, Select, cast, insert, or_, select, update

from smsgateway.failpoints import reach
from smsgateway.messaging.classes import TREATMENT
from smsgateway.messaging.optouts import stop
from smsgateway.messaging.port import DeliveryReport, Reason
from smsgateway.messaging.states import State, receipt_may_set
from smsgateway.messaging.tables import delivery_report, message
from smsgateway.messaging.transitions import Change, record
from smsgateway.storage.engine import Database
from smsgateway.storage.given import Given
from smsgateway.storage.listed import listed

logger = logging.getLogger(__name__)

FIRST_DELAY = timedelta(seconds=2)
"""Doubled with each try: the last of MOST_TRIES comes about 70 minutes after the report."""

MOST_TRIES = 12

TRIES_BY_ID_ALONE = 7
"""For the first two minutes only the id counts: it may belong to a send not yet committed."""

LONGEST_WINDOW = max(treatment.receipt_window for treatment in TREATMENT.values())

LIMIT = 500

_BEFORE_ACCEPTANCE = (State.PLANNED, State.QUEUED, State.SUBMITTING)


def rows_of(
    aggregator: str,
    channel: str,
    reports: Sequence[DeliveryReport],
    raw: Mapping[str, Any],
    now: datetime,
) -> list[dict[str, Any]]:
    """Reports as `store` keeps them, with the payload they came in."""
    return [
        {
            "aggregator": aggregator,
            "channel": channel,
            "aggregator_message_id": _cut(report.aggregator_message_id, 80),
            "reference": report.reference,
            "msisdn": _cut(report.msisdn, 16),
            "status": report.status[:40],
            "state": report.state,
            "reason": _cut(report.reason, 40),
            "raw": dict(raw),
            "received_at": now,
            "retry_at": now,
        }
        for report in reports
    ]


def store(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep reports, to be settled later."""
    if rows:
        connection.execute(insert(delivery_report), rows)


def settle_parked(database: Database, now: datetime, limit: int = LIMIT) -> int:
    """Settle the reports that are due, in one transaction; how many were looked at."""
    with database.begin() as connection:
        settled = settle_due(connection, now, limit)
        reach("receipts.settling")
    reach("receipts.settled")
    return settled


def settle_due(connection: Connection, now: datetime, limit: int = LIMIT) -> int:
    """Apply up to `limit` due reports to their messages; those without one are parked again."""
    reports = connection.execute(
        select(delivery_report)
        .where(delivery_report.c.settled_at.is_(None), delivery_report.c.retry_at <= now)
        .order_by(delivery_report.c.retry_at, delivery_report.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if reports:
        _apply(connection, reports, now)
    return len(reports)


@dataclass(slots=True)
class _Standing:
    """A message while reports are applied to it."""

    id: int
    channel: str
    msisdn: str
    state: State
    reason: str | None
    aggregator_message_id: str | None
    accepted_at: datetime | None
    touched: bool = False
    now_accepted_at: datetime | None = None
    """Set when it is a report that tells of the acceptance."""
    learnt_id: str | None = None
    """The gateway's id, when it is a report that tells it."""


def _apply(connection: Connection, reports: Sequence[Row[Any]], now: datetime) -> None:
    found = _named(connection, reports)
    by_id = {(one.channel, one.aggregator_message_id): one for one in found}
    by_reference = {one.id: one for one in found}
    changes: list[Change] = []
    settled: dict[int, int] = {}
    parked: list[Row[Any]] = []
    for report in sorted(reports, key=lambda report: (report.received_at, report.id)):
        name = (report.channel, report.aggregator_message_id)
        one = by_id.get(name) if report.aggregator_message_id else None
        one = one or _referred(report, by_reference.get(report.reference))
        by_number = report.state and report.reference is None
        if one is None and by_number and report.attempts >= TRIES_BY_ID_ALONE:
            one = _by_number(connection, report, found)
            if one is not None:
                found.append(one)
                if report.aggregator_message_id:  # else it would answer for all without an id
                    by_id[name] = one
        if one is None:
            parked.append(report)
        else:
            changes += _raise(one, report)
            settled[report.id] = one.id
    _write(connection, found)
    record(connection, changes, now)
    _settle(connection, settled, now)
    _park(connection, parked, now)
    refusing = {one.msisdn for one in found if one.touched and one.reason == Reason.OPTED_OUT}
    for msisdn in sorted(refusing):
        stop(connection, msisdn, now)


def _named(connection: Connection, reports: Sequence[Row[Any]]) -> list[_Standing]:
    """The messages that the reports name, by the gateway's id or ours, locked until the commit."""
    ids = {report.aggregator_message_id for report in reports} - {None}
    references = {report.reference for report in reports} - {None}
    named = [message.c.aggregator_message_id.in_(ids)] if ids else []
    named += [message.c.id.in_(references)] if references else []
    if not named:
        return []
    query = _STANDING.where(or_(*named)).order_by(message.c.id).with_for_update()
    return [_standing(row) for row in connection.execute(query)]


def _referred(report: Row[Any], one: _Standing | None) -> _Standing | None:
    """The message of our own id, when what else the report says is true of it: a gateway may
    outlive the database that numbered its messages. While the send is not settled yet, its receipt
    waits for it."""
    if one is None or one.channel != report.channel or one.state in _BEFORE_ACCEPTANCE:
        return None
    return one if report.msisdn in (None, one.msisdn) else None


def _by_number(
    connection: Connection, report: Row[Any], found: Sequence[_Standing]
) -> _Standing | None:
    """The oldest send without an id to the report's number, which takes on the report's id.

    Its answer was lost or told no id, so number and time are all there is. A send
    is given to one id only; later reports with that id find it by id.
    """
    row = connection.execute(
        _STANDING.where(
            message.c.msisdn == report.msisdn,
            message.c.channel == report.channel,
            message.c.state.in_([State.UNKNOWN, State.SENT]),
            message.c.aggregator_message_id.is_(None),
            message.c.call_began_at <= report.received_at,
            message.c.call_began_at > report.received_at - LONGEST_WINDOW,
            message.c.id.not_in([one.id for one in found]),
        )
        .order_by(message.c.call_began_at, message.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if row is None:
        return None
    one = _standing(row)
    one.learnt_id = report.aggregator_message_id
    one.touched = True
    return one


def _standing(row: Row[Any]) -> _Standing:
    return _Standing(
        row.id,
        row.channel,
        row.msisdn,
        State(row.state),
        row.reason,
        row.aggregator_message_id,
        row.accepted_at,
    )


def _raise(one: _Standing, report: Row[Any]) -> list[Change]:
    """Apply a report to its message: upwards, or a newer reason for `sent`, else not at all."""
    if report.state is None:
        logger.warning("receipt %d has a status that is not known: %r", report.id, report.status)
        return []
    before, after = one.state, State(report.state)
    if not receipt_may_set(before, after):
        if before is after is State.SENT and report.reason:
            one.reason, one.touched = report.reason, True
        return []
    one.state, one.reason, one.touched = after, report.reason, True
    if one.accepted_at is None:
        one.accepted_at = one.now_accepted_at = report.received_at
    return [Change(one.id, before, after, report.reason)]


def _write(connection: Connection, found: Sequence[_Standing]) -> None:
    """What the reports made of the messages, in one statement for all that fared alike."""
    alike: dict[tuple[State, str | None, datetime | None, str | None], list[int]]
    alike = defaultdict(list)
    for one in found:
        if one.touched:
            alike[one.state, one.reason, one.now_accepted_at, one.learnt_id].append(one.id)
    for (state, reason, accepted_at, learnt_id), ids in alike.items():
        values: dict[str, Any] = {"state": state, "reason": reason}
        values |= {"lease": None, "lease_until": None}
        if accepted_at is not None:
            values["accepted_at"] = accepted_at
        if learnt_id is not None:
            values["aggregator_message_id"] = learnt_id
        connection.execute(update(message).where(message.c.id.in_(listed(ids))).values(values))


def _settle(connection: Connection, settled: Mapping[int, int], now: datetime) -> None:
    """Write down which report has found which message."""
    if settled:
        given = Given({report: [str(one)] for report, one in settled.items()})
        connection.execute(
            update(delivery_report)
            .where(delivery_report.c.id == given.id)
            .values(
                message_id=cast(given.text(0), Integer),
                settled_at=now,
                attempts=delivery_report.c.attempts + 1,
            )
        )


def _park(connection: Connection, reports: Sequence[Row[Any]], now: datetime) -> None:
    """Reports without a message: put off until their next try, or given up."""
    alike: dict[int, list[int]] = defaultdict(list)
    for report in reports:
        alike[report.attempts].append(report.id)
    for attempts, ids in alike.items():
        values = {"attempts": attempts + 1, "retry_at": now + FIRST_DELAY * 2**attempts}
        if attempts + 1 >= MOST_TRIES:
            logger.warning("receipts %s found no message and are given up", ids)
            values["settled_at"] = now
        of_these = delivery_report.c.id.in_(listed(ids))
        connection.execute(update(delivery_report).where(of_these).values(values))


_STANDING: Select[Any] = select(
    message.c.id,
    message.c.msisdn,
    message.c.channel,
    message.c.state,
    message.c.reason,
    message.c.aggregator_message_id,
    message.c.accepted_at,
)


def _cut(text: str | None, length: int) -> str | None:
    return text[:length] if text else None
