"""Inbound SMS as they arrive: kept at once, each once, to be answered afterwards (`inbound`)."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from smsgateway.messaging.common_words import moment_said
from smsgateway.messaging.optouts import stop
from smsgateway.messaging.port import InboundSms
from smsgateway.messaging.tables import inbound_message
from smsgateway.storage.upsert import insert_new
from smsgateway.text.keywords import Keyword, recognise
from smsgateway.text.msisdn import InvalidMsisdn, parse_msisdn

logger = logging.getLogger(__name__)


def row_of(
    aggregator: str,
    channel: str,
    sms: InboundSms,
    raw: Mapping[str, Any],
    now: datetime,
    *,
    ours: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """An SMS as `store` keeps it, with the payload it came in.

    `ours` are the numbers that people write to us at, any when it is empty. What was written to
    another is kept, and nobody acts on it.
    """
    elsewhere = bool(ours and sms.recipient and sms.recipient not in ours)
    if elsewhere:
        logger.warning("an SMS to another number is kept and left alone")
    return {
        "aggregator": aggregator,
        "channel": channel,
        "aggregator_message_id": sms.aggregator_message_id[:80],
        "msisdn": sms.sender[:16],
        "recipient": sms.recipient[:16] if sms.recipient else None,
        "body": sms.body,
        "raw": dict(raw),
        "sent_at": sms.sent_at,
        "received_at": now,
        "handled_at": now if elsewhere else None,
        "outcome": "other_number" if elsewhere else None,
    }


def store(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep SMS; one that is here already stays as it is.

    A STOP holds from the commit on: its answer may wait for a worker, but what is queued must not
    go out meanwhile.
    In the order of their ids, so that two processes that are given the same SMS wait for each
    other and do not lock each other out.
    """
    in_order = sorted(rows, key=lambda row: (row["aggregator"], row["aggregator_message_id"]))
    insert = insert_new(connection, inbound_message)
    if others := [row for row in in_order if not is_stop(row)]:
        connection.execute(insert, others)
    for row in filter(is_stop, in_order):
        kept = connection.execute(insert.returning(inbound_message.c.id), row)
        if kept.scalar_one_or_none() is not None:
            _stop_at_once(connection, row)


def is_stop(row: Mapping[str, Any]) -> bool:
    """Whether an SMS says STOP to us: storing it waits for what others do with that phone."""
    recognised = recognise(row["body"]) if row["handled_at"] is None else None
    return recognised is not None and recognised.keyword is Keyword.STOP


def _stop_at_once(connection: Connection, row: Mapping[str, Any]) -> None:
    said = moment_said(row["sent_at"], row["received_at"])
    with suppress(InvalidMsisdn):  # a name is no phone that anything waits for
        msisdn = parse_msisdn(row["msisdn"])
        stop(connection, msisdn, row["received_at"], said_at=said.at, doubt=said.doubt)
