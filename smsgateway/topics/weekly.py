"""The tip of the week: subscriptions whose time has come get a message in the outbox.

The message and the step forward are one transaction, and the message's key names subscription and
tip: a crash or a second clock tells nobody the same tip twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from smsgateway.messaging import outbox
from smsgateway.messaging.outbox import NewMessage
from smsgateway.messaging.tip_templates import TIPS
from smsgateway.register.tables import phone
from smsgateway.storage.engine import Database
from smsgateway.text.catalogue import Catalogue
from smsgateway.text.routes import Routes
from smsgateway.text.templates import render
from smsgateway.topics.subscriptions import End
from smsgateway.topics.tables import topic_subscription

BATCH = 500

INTERVAL = timedelta(days=7)
"""From one tip to the next, counted from when it was written: an outage brings no flood."""

LIFETIME = timedelta(days=3)
"""A tip that could not be sent for so long is left out."""


def write_due(
    database: Database, catalogue: Catalogue, routes: Routes, now: datetime, limit: int = BATCH
) -> int:
    """Write the tips of up to `limit` subscriptions that are due; how many were looked at.

    The class of a tip keeps it within sending hours. Ring when it is not zero.
    """
    with database.begin() as connection:
        rows = connection.execute(_DUE.limit(limit), {"now": now}).all()
        by_end = {end: [row for row in rows if _end_of(row) is end] for end in (None, *End)}
        ready = by_end.pop(None)
        outbox.add(connection, [_message(row, catalogue, routes, now) for row in ready], now)
        _update(connection, ready, told=topic_subscription.c.told + 1, due_at=now + INTERVAL)
        for end, ended in by_end.items():
            _update(connection, ended, ended_at=now, why_ended=end)
    return len(rows)


_DUE = (
    select(
        topic_subscription,
        phone.c.msisdn,
        phone.c.language.label("spoken"),
        phone.c.encoding,
        phone.c.opted_out_at,
    )
    .join_from(topic_subscription, phone, phone.c.id == topic_subscription.c.phone_id)
    .where(topic_subscription.c.ended_at.is_(None), topic_subscription.c.due_at <= bindparam("now"))
    .order_by(topic_subscription.c.due_at, topic_subscription.c.id)
    .with_for_update(of=topic_subscription, skip_locked=True)
)


def _end_of(row: Row[Any]) -> End | None:
    """Why a subscription that is due ends here; None: it gets its next tip."""
    if row.opted_out_at is not None:
        return End.OPTED_OUT
    return End.TOLD if row.told >= len(TIPS.get(row.topic, ())) else None


def _message(row: Row[Any], catalogue: Catalogue, routes: Routes, now: datetime) -> NewMessage:
    template = TIPS[row.topic][row.told]
    language = row.spoken or row.language
    policy = routes.policy_for(row.msisdn, row.encoding)
    rendered = render(template, catalogue, language, {}, policy)
    return NewMessage(
        dedupe_key=f"tip:{row.id}:{row.told}",
        message_class=template.message_class,
        phone_id=row.phone_id,
        msisdn=row.msisdn,
        language=language,
        template=template.id,
        body=rendered.body,
        encoding=rendered.encoding,
        segments=rendered.segments,
        due_at=now,
        expires_at=now + LIFETIME,
    )


def _update(connection: Connection, rows: Sequence[Row[Any]], **values: object) -> None:
    connection.execute(
        update(topic_subscription)
        .where(topic_subscription.c.id.in_([row.id for row in rows]))
        .values(values)
    )
