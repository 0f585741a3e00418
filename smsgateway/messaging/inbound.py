"""Inbound SMS: stored as they came (`incoming`), answered here, each once.

The few words of `smsgateway.text.keywords` mean the same in any situation. What is none of them
continues a dialogue, answers the last numbered message, or begins a dialogue, in this order;
anything else gets one sentence of help. Two machines must never talk to each other: a sender that
is no phone number is not answered, and a phone gets so many answers an hour and no more.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from smsgateway.failpoints import reach
from smsgateway.messaging import outbox
from smsgateway.messaging.answers import Contact, write
from smsgateway.messaging.bell import Rings
from smsgateway.messaging.common_words import COMMON, moment_said, obey
from smsgateway.messaging.correspondence import (
    Dialogues,
    Heard,
    Overtaken,
    Responses,
    Said,
    Spoken,
    bare_digit,
)
from smsgateway.messaging.tables import inbound_message, message
from smsgateway.register import phones
from smsgateway.storage.engine import Database
from smsgateway.text.catalogue import Catalogue
from smsgateway.text.keywords import Keyword, Recognised, recognise
from smsgateway.text.msisdn import InvalidMsisdn, parse_msisdn
from smsgateway.text.routes import USUAL_LETTERS, Routes

logger = logging.getLogger(__name__)

ANSWERS_AN_HOUR = 6
"""To one phone; a person seldom needs more, and a machine that answers ours gets no more."""

STEPS_AN_HOUR = 30
"""Of the dialogues with one phone: a registration takes nine, a machine might go on for ever."""

LIMIT = 200

TRIES = 3
"""How often an SMS is heard again because another of its phone was faster; then it waits."""

DIALOGUE = "dialogue"
"""The outcome of an SMS that a dialogue has answered, and what such answers are known by."""

_DEDUPE = "inbound"


@dataclass(slots=True)
class Answered:
    """`handled` SMS were acted on; `message_ids` are the answers, to be sent; `rings` say what else
    waits for a worker."""

    handled: int = 0
    message_ids: list[int] = field(default_factory=list)
    rings: list[Rings] = field(default_factory=list)


class Inbox:
    """Acts on stored SMS. `dialogues` and `responses` answer what is none of the common words."""

    def __init__(
        self,
        database: Database,
        catalogue: Catalogue,
        contact: Contact,
        *,
        routes: Routes = USUAL_LETTERS,
        dialogues: Dialogues | None = None,
        responses: Responses | None = None,
    ) -> None:
        self._database = database
        self._catalogue = catalogue
        self._contact = contact
        self._routes = routes
        self._dialogues = dialogues
        self._responses = responses

    def answer_stored(self, now: datetime, limit: int = LIMIT) -> Answered:
        """Act on up to `limit` SMS that wait, oldest first.

        Each in a transaction of its own. One that cannot be handled is set aside with a log line
        and holds up nobody else's STOP.
        """
        waiting = (
            select(inbound_message)
            .where(inbound_message.c.handled_at.is_(None))
            .order_by(inbound_message.c.received_at, inbound_message.c.id)
            .limit(limit)
        )
        with self._database.read() as connection:
            rows = connection.execute(waiting).all()
        answered = Answered(len(rows))
        for row in rows:
            try:
                self._answer(row, now, answered)
            except (OperationalError, InterfaceError):
                raise
            except Exception as error:
                logger.error(
                    "inbound message %d could not be handled: %s",
                    row.id,
                    type(error).__name__,
                    exc_info=None if isinstance(error, SQLAlchemyError) else error,
                )
                with self._database.begin() as connection:
                    _take(connection, row, "fault", now)
        return answered

    def _answer(self, row: Row[Any], now: datetime, answered: Answered) -> None:
        """Act on one SMS; adds to `answered` what it wrote, once that is committed."""
        recognised = recognise(row.body)
        try:
            msisdn = parse_msisdn(row.msisdn)
        except InvalidMsisdn:
            with self._database.begin() as connection:
                _take(connection, row, "no_phone", now)
            return
        for _ in range(TRIES):
            spoken = self._hear(row, msisdn, recognised, now)
            try:
                with self._database.begin() as connection:
                    ids, rings = self._write(connection, row, msisdn, recognised, spoken, now)
            except Overtaken:
                continue
            reach("inbound.answered")
            answered.message_ids += ids
            answered.rings += rings
            return
        logger.warning("inbound message %d waits: its phone writes too fast", row.id)

    def _hear(
        self, row: Row[Any], msisdn: str, recognised: Recognised | None, now: datetime
    ) -> Spoken | None:
        """What a dialogue answers; STOP and the other common words never ask one."""
        keyword = recognised.keyword if recognised else None
        if self._dialogues is None or keyword in COMMON:
            return None
        heard = Heard(row.id, msisdn, row.body, begins_menu=keyword is Keyword.MENU)
        return self._dialogues.hear(heard, now)

    def _write(
        self,
        connection: Connection,
        row: Row[Any],
        msisdn: str,
        recognised: Recognised | None,
        spoken: Spoken | None,
        now: datetime,
    ) -> tuple[list[int], list[Rings]]:
        """Mark the SMS as handled, do what it asks and write the answer: one transaction."""
        outcome = DIALOGUE if spoken else recognised.keyword if recognised else "unknown"
        if not _take(connection, row, outcome, now, forget=spoken is not None and spoken.sensitive):
            return [], []
        phone_id = phones.ensure_phone(connection, msisdn, now)
        kind, most = (DIALOGUE, STEPS_AN_HOUR) if spoken else (_DEDUPE, ANSWERS_AN_HOUR)
        enough = _answered_lately(connection, kind, phone_id, now) >= most
        rings: list[Rings] = []
        if spoken is None:
            said = self._act(connection, row, phone_id, msisdn, recognised, now)
        elif not enough:
            said = spoken.said
            rings = spoken.write(connection)
        if enough:
            logger.warning("inbound message %d gets no answer: its phone had enough", row.id)
            return [], rings
        reply = outbox.reply(
            said.rendered,
            dedupe_key=f"{kind}:{row.id}",
            phone_id=phone_id,
            msisdn=msisdn,
            language=said.language,
            template=said.template,
            now=now,
        )
        return outbox.add(connection, [reply], now), rings

    def _act(
        self,
        connection: Connection,
        row: Row[Any],
        phone_id: int,
        msisdn: str,
        recognised: Recognised | None,
        now: datetime,
    ) -> Said:
        """Do what a common word says, or answer a digit."""
        if self._responses and (number := bare_digit(row.body)) is not None:
            said = self._responses.answer(connection, phone_id, number, now)
            if said is not None:
                return said
        if self._dialogues and recognised and recognised.keyword is Keyword.STOP:
            self._dialogues.leave(connection, phone_id)
        moment = moment_said(row.sent_at, row.received_at)
        step = obey(connection, msisdn, recognised, moment, now)
        policy = self._routes.policy_for(msisdn, step.encoding)
        rendered = write(step.answer, self._catalogue, step.language, self._contact, policy)
        return Said(rendered, step.language, step.answer)


def _take(
    connection: Connection, row: Row[Any], outcome: str, now: datetime, *, forget: bool = False
) -> bool:
    """Mark the SMS as handled; False when another process was first. `forget` what it says."""
    forgotten: dict[str, Any] = {"body": "", "raw": {}} if forget else {}
    taken = connection.execute(
        update(inbound_message)
        .where(inbound_message.c.id == row.id, inbound_message.c.handled_at.is_(None))
        .values(handled_at=now, outcome=outcome, **forgotten)
        .returning(inbound_message.c.id)
    )
    return taken.one_or_none() is not None


def _answered_lately(connection: Connection, kind: str, phone_id: int, now: datetime) -> int:
    return connection.execute(
        select(func.count())
        .select_from(message)
        .where(
            message.c.phone_id == phone_id,
            message.c.created_at > now - timedelta(hours=1),
            message.c.dedupe_key.startswith(f"{kind}:"),
        )
    ).scalar_one()
