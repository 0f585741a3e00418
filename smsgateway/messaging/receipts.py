"""Delivery reports: stored as they come, settled afterwards.

They may come twice, out of order, with words that nobody has documented, before our own commit of
the send, or for a send whose answer was lost. So a report that finds no message is parked and tried
again for about an hour; after some tries it may also find an ambiguous send by number and time.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, insert, or_, select, update

from smsgateway.failpoints import reach
from smsgateway.messaging.classes import TREATMENT
from smsgateway.messaging.optouts import stop
from smsgateway.messaging.port import DeliveryReport, Reason
from smsgateway.messaging.states import State, receipt_may_set
from smsgateway.messaging.tables import delivery_report, message
from smsgateway.messaging.transitions import Change, record
from smsgateway.storage.engine import Database

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


def _apply(connection: Connection, reports: Sequence[Row[Any]], now: datetime) -> None:
    found = _named(connection, reports)
    by_id = {(one.channel, one.aggregator_message_id): one for one in found}
    by_reference = {one.id: one for one in found}
    changes: list[Change] = []
    progress = []
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
        if one is not None:
            changes += _raise(one, report)
        progress.append(_progress(report, one, now))
    _write(connection, found)
    record(connection, changes, now)
    connection.execute(_PROGRESS, progress)
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
    one.aggregator_message_id = report.aggregator_message_id
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
    one.accepted_at = one.accepted_at or report.received_at
    return [Change(one.id, before, after, report.reason)]


def _write(connection: Connection, found: Sequence[_Standing]) -> None:
    rows = [
        {
            "b_id": one.id,
            "b_state": one.state,
            "b_reason": one.reason,
            "b_aggregator_message_id": one.aggregator_message_id,
            "b_accepted_at": one.accepted_at,
        }
        for one in found
        if one.touched
    ]
    if rows:
        connection.execute(_RAISE, rows)


def _progress(report: Row[Any], one: _Standing | None, now: datetime) -> dict[str, Any]:
    """The report's own row: settled, given up, or parked for the next try."""
    given_up = one is None and report.attempts + 1 >= MOST_TRIES
    if given_up:
        logger.warning("receipt %d found no message and is given up", report.id)
    return {
        "b_id": report.id,
        "b_message_id": one.id if one else None,
        "b_settled_at": now if one or given_up else None,
        "b_attempts": report.attempts + 1,
        "b_retry_at": now + FIRST_DELAY * 2**report.attempts,
    }


_STANDING: Select[Any] = select(
    message.c.id,
    message.c.msisdn,
    message.c.channel,
    message.c.state,
    message.c.reason,
    message.c.aggregator_message_id,
    message.c.accepted_at,
)

_RAISE = (
    update(message)
    .where(message.c.id == bindparam("b_id"))
    .values(
        state=bindparam("b_state"),
        reason=bindparam("b_reason"),
        aggregator_message_id=bindparam("b_aggregator_message_id"),
        accepted_at=bindparam("b_accepted_at"),
        lease=None,
        lease_until=None,
    )
)

_PROGRESS = (
    update(delivery_report)
    .where(delivery_report.c.id == bindparam("b_id"))
    .values(
        message_id=bindparam("b_message_id"),
        settled_at=bindparam("b_settled_at"),
        attempts=bindparam("b_attempts"),
        retry_at=bindparam("b_retry_at"),
    )
)


def _cut(text: str | None, length: int) -> str | None:
    return text[:length] if text else None
