"""Inbound SMS: stored as they come, answered afterwards, each once.

Only the few words of `smsgateway.text.keywords` mean something; anything else gets one sentence of
help. Two machines must never talk to each other: a sender that is no phone number is not answered,
and a phone gets so many answers an hour and no more.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from smsgateway.messaging import outbox
from smsgateway.messaging.answers import Answer, Contact, write
from smsgateway.messaging.optouts import start, stop
from smsgateway.messaging.port import InboundSms
from smsgateway.messaging.tables import inbound_message, message
from smsgateway.register import phones
from smsgateway.storage.engine import Database
from smsgateway.storage.upsert import insert_new
from smsgateway.text.catalogue import SOURCE, Catalogue
from smsgateway.text.keywords import Keyword, Recognised, recognise
from smsgateway.text.msisdn import InvalidMsisdn, parse_msisdn

logger = logging.getLogger(__name__)

ANSWERS_AN_HOUR = 6
"""To one phone; a person seldom needs more, and a machine that answers ours gets no more."""

LIMIT = 200

_DEDUPE = "inbound"


def store(
    connection: Connection,
    aggregator: str,
    channel: str,
    sms: InboundSms,
    raw: Mapping[str, Any],
    now: datetime,
    *,
    ours: frozenset[str] = frozenset(),
) -> int | None:
    """Keep an SMS with the payload it came in; its id, or None when it is here already.

    `ours` are the numbers that people write to us at, any when it is empty. What was written to
    another is kept, and nobody acts on it.
    """
    elsewhere = bool(ours and sms.recipient and sms.recipient not in ours)
    if elsewhere:
        logger.warning("an SMS to another number is kept and left alone")
    return connection.execute(
        insert_new(connection, inbound_message).returning(inbound_message.c.id),
        {
            "aggregator": aggregator,
            "channel": channel,
            "aggregator_message_id": sms.aggregator_message_id[:80],
            "msisdn": sms.sender[:16],
            "recipient": sms.recipient[:16] if sms.recipient else None,
            "body": sms.body,
            "raw": dict(raw),
            "received_at": now,
            "handled_at": now if elsewhere else None,
            "outcome": "other_number" if elsewhere else None,
        },
    ).scalar_one_or_none()


@dataclass(frozen=True, slots=True)
class Answered:
    """`handled` SMS were acted on; `message_ids` are the answers, to be sent."""

    handled: int
    message_ids: list[int]


def answer_stored(
    database: Database,
    catalogue: Catalogue,
    contact: Contact,
    now: datetime,
    limit: int = LIMIT,
) -> Answered:
    """Act on up to `limit` SMS that wait, oldest first.

    Each in a transaction of its own. One that cannot be handled is set aside with a log line and
    holds up nobody else's STOP.
    """
    waiting = (
        select(inbound_message)
        .where(inbound_message.c.handled_at.is_(None))
        .order_by(inbound_message.c.received_at, inbound_message.c.id)
        .limit(limit)
    )
    with database.read() as connection:
        rows = connection.execute(waiting).all()
    answers: list[int] = []
    for row in rows:
        try:
            with database.begin() as connection:
                answers += handle(connection, catalogue, contact, row, now)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            logger.error(
                "inbound message %d could not be handled: %s",
                row.id,
                type(error).__name__,
                exc_info=None if isinstance(error, SQLAlchemyError) else error,
            )
            with database.begin() as connection:
                _take(connection, row, "fault", now)
    return Answered(len(rows), answers)


def handle(
    connection: Connection, catalogue: Catalogue, contact: Contact, row: Row[Any], now: datetime
) -> list[int]:
    """Act on one stored SMS and write its answer; the ids of the messages written.

    Does nothing when another process has taken it meanwhile.
    """
    recognised = recognise(row.body)
    try:
        msisdn = parse_msisdn(row.msisdn)
    except InvalidMsisdn:
        _take(connection, row, "no_phone", now)
        return []
    if not _take(connection, row, recognised.keyword if recognised else "unknown", now):
        return []
    phone_id = phones.ensure_phone(connection, msisdn, now)
    step = _act(connection, msisdn, recognised, now)
    if _answered_lately(connection, phone_id, now) >= ANSWERS_AN_HOUR:
        logger.warning("inbound message %d gets no answer: its phone had enough", row.id)
        return []
    reply = outbox.reply(
        write(step.answer, catalogue, step.language, contact),
        dedupe_key=f"{_DEDUPE}:{row.id}",
        phone_id=phone_id,
        msisdn=msisdn,
        language=step.language,
        template=step.answer,
        now=now,
    )
    return outbox.add(connection, [reply], now)


@dataclass(frozen=True, slots=True)
class _Step:
    """What to say, and in which language."""

    answer: Answer
    language: str


def _act(
    connection: Connection, msisdn: str, recognised: Recognised | None, now: datetime
) -> _Step:
    """Do what the keyword says."""
    profile = phones.profile(connection, msisdn)
    known = profile.language if profile else None
    written_in = recognised.language if recognised else None
    language = known or written_in or SOURCE
    opted_out = profile is not None and profile.opted_out
    match recognised.keyword if recognised else None:
        case Keyword.STOP:
            stop(connection, msisdn, now)
            return _Step(Answer.STOPPED, language)
        case Keyword.START:
            start(connection, msisdn, now)
            return _Step(Answer.STARTED, language)
        case Keyword.YES if opted_out:
            start(connection, msisdn, now)
            return _Step(Answer.STARTED, language)
        case Keyword.LANG_FR | Keyword.LANG_BM as keyword:
            chosen = keyword.removeprefix("lang_")
            phones.set_language(connection, msisdn, chosen, now)
            return _Step(Answer.LANGUAGE, chosen)
        case Keyword.HELP | Keyword.MENU:
            return _Step(Answer.HELP, language)
        case _:
            return _Step(Answer.NOT_UNDERSTOOD, language)


def _take(connection: Connection, row: Row[Any], outcome: str, now: datetime) -> bool:
    """Mark the SMS as handled; False when another process was first."""
    taken = connection.execute(
        update(inbound_message)
        .where(inbound_message.c.id == row.id, inbound_message.c.handled_at.is_(None))
        .values(handled_at=now, outcome=outcome)
        .returning(inbound_message.c.id)
    )
    return taken.one_or_none() is not None


def _answered_lately(connection: Connection, phone_id: int, now: datetime) -> int:
    return connection.execute(
        select(func.count())
        .select_from(message)
        .where(
            message.c.phone_id == phone_id,
            message.c.created_at > now - timedelta(hours=1),
            message.c.dedupe_key.startswith(f"{_DEDUPE}:"),
        )
    ).scalar_one()
