"""Subscriptions to the tips of a topic, given and taken back by keypad."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, select, update

from smsgateway.messaging import outbox
from smsgateway.messaging.tables import message
from smsgateway.messaging.tip_templates import TIPS
from smsgateway.register.tables import phone
from smsgateway.storage.upsert import insert_new
from smsgateway.topics.tables import topic_subscription

WORDING = "topic/1"
"""The text of the screen on which one subscribes. Another text is another version."""


class End(StrEnum):
    """Why a subscription ended."""

    STOPPED = "stopped"
    OPTED_OUT = "opted_out"
    """The phone said STOP; what it wants afterwards it has to say anew."""
    TOLD = "told"
    """A week after the last tip."""


def is_subscribed(connection: Connection, msisdn: str, topic: str) -> bool:
    """Whether a phone gets the tips of a topic."""
    query = (
        select(topic_subscription.c.id)
        .join_from(topic_subscription, phone, phone.c.id == topic_subscription.c.phone_id)
        .where(
            phone.c.msisdn == msisdn,
            topic_subscription.c.topic == topic,
            topic_subscription.c.ended_at.is_(None),
        )
    )
    return connection.scalar(query) is not None


def subscribe(
    connection: Connection, *, phone_id: int, topic: str, language: str, now: datetime
) -> None:
    """Send a phone the tips of a topic, the first one as soon as the hour allows.

    A phone that is subscribed stays where it is in the row of tips.
    """
    connection.execute(
        insert_new(connection, topic_subscription),
        {
            "phone_id": phone_id,
            "topic": topic,
            "wording": WORDING,
            "language": language,
            "subscribed_at": now,
            "due_at": now,
        },
    )


def unsubscribe(connection: Connection, *, phone_id: int, topic: str, now: datetime) -> None:
    """Send a phone no more tips of a topic; its reminders go on."""
    connection.execute(
        update(topic_subscription)
        .where(
            topic_subscription.c.phone_id == phone_id,
            topic_subscription.c.topic == topic,
            topic_subscription.c.ended_at.is_(None),
        )
        .values(ended_at=now, why_ended=End.STOPPED)
    )


def end_all(connection: Connection, *, phone_id: int, now: datetime) -> None:
    """Send a phone no more tips at all, nor those that wait: they would hurt whoever reads them."""
    mine = topic_subscription.c.phone_id == phone_id, topic_subscription.c.ended_at.is_(None)
    connection.execute(
        update(topic_subscription).where(*mine).values(ended_at=now, why_ended=End.STOPPED)
    )
    waiting = connection.scalars(
        select(message.c.id).where(
            message.c.phone_id == phone_id,
            message.c.template.in_([tip.id for tips in TIPS.values() for tip in tips]),
            message.c.state.in_(outbox.WAITING),
        )
    ).all()
    outbox.cancel(connection, waiting, now, reason="loss")
