"""What a family answers to a numbered reminder: 1 they come, 2 there is a problem, 3 wrong number.

A digit by itself means nothing: it answers the last numbered message that went to the phone in the
last ten days. Everything is written in the transaction of the caller, who takes each SMS once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, update

from smsgateway.feedback import callbacks
from smsgateway.feedback.callbacks import Reason
from smsgateway.messaging.correspondence import Said
from smsgateway.messaging.states import State
from smsgateway.messaging.tables import message
from smsgateway.messaging.templates import TEMPLATES
from smsgateway.register import changes
from smsgateway.register.tables import caregiver, facility, phone
from smsgateway.reminders.rules import DIGITS, Answer
from smsgateway.reminders.tables import reminder, visit
from smsgateway.text.catalogue import SOURCE, Catalogue
from smsgateway.text.routes import USUAL_LETTERS, Routes
from smsgateway.text.templates import render

ANSWERABLE = timedelta(days=10)
"""An answer to an older message answers something else, or nothing."""

NUMBERED = frozenset(one.id for one in TEMPLATES.values() if one.numbered)
"""Messages that offer the digits."""

MAY_HAVE_ARRIVED = (State.SUBMITTING, State.SENT, State.DELIVERED, State.UNKNOWN, State.FAILED)
"""A receipt that says "failed" may be wrong: the phone has just answered."""

REPLIES = {
    Answer.COMING: "resp_coming",
    Answer.PROBLEM: "resp_problem",
    Answer.WRONG_NUMBER: "resp_wrong_number",
}


@dataclass(frozen=True, slots=True)
class _Last:
    """The message that a digit answers, and when it went out."""

    id: int
    sent_at: datetime
    facility_id: int | None


_sent_at = func.coalesce(message.c.accepted_at, message.c.created_at)

_LAST = (
    select(message.c.id, _sent_at.label("sent_at"), message.c.facility_id)
    .where(message.c.template.in_(NUMBERED), message.c.state.in_(MAY_HAVE_ARRIVED))
    .order_by(_sent_at.desc(), message.c.id.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class NumberedReminders:
    """Answers to reminders, for the room where inbound messages are handled."""

    catalogue: Catalogue
    routes: Routes = USUAL_LETTERS

    def last_numbered(
        self, connection: Connection, phone_id: int, now: datetime
    ) -> datetime | None:
        """When the message went out that a digit from this phone would answer; None without one."""
        last = _last(connection, phone_id, now)
        return None if last is None else last.sent_at

    def answer(
        self, connection: Connection, phone_id: int, digit: int, now: datetime
    ) -> Said | None:
        """Act on a digit; what to say in the phone's language, or None when it answers nothing."""
        said = DIGITS.get(str(digit))
        last = _last(connection, phone_id, now) if said else None
        if said is None or last is None:
            return None
        _act(connection, phone_id, last, said, now)
        return self._reply(connection, phone_id, last, said)

    def _reply(self, connection: Connection, phone_id: int, last: _Last, answer: Answer) -> Said:
        line = connection.execute(
            select(phone.c.msisdn, phone.c.language, phone.c.encoding).where(phone.c.id == phone_id)
        ).one()
        place = connection.scalar(select(facility.c.name).where(facility.c.id == last.facility_id))
        template = TEMPLATES[REPLIES[answer]]
        language = line.language or SOURCE
        policy = self.routes.policy_for(line.msisdn, line.encoding)
        values = {"cscom": place or ""}
        rendered = render(template, self.catalogue, language, values, policy)
        return Said(rendered, language, template.id)


def _act(connection: Connection, phone_id: int, last: _Last, said: Answer, now: datetime) -> None:
    """Keep the answer, and do what it asks for."""
    people = _keep(connection, last.id, said, now)
    if said is Answer.PROBLEM:
        _ask_for_a_call(connection, phone_id, last, Reason.PROBLEM, now)
    elif said is Answer.WRONG_NUMBER:
        _suspend(connection, phone_id, people, now)
        _ask_for_a_call(connection, phone_id, last, Reason.WRONG_NUMBER, now)
    changes.mark(connection, people, now)


def _last(connection: Connection, phone_id: int, now: datetime) -> _Last | None:
    mine = _LAST.where(message.c.phone_id == phone_id, _sent_at > now - ANSWERABLE)
    row = connection.execute(mine).one_or_none()
    return None if row is None else _Last(row.id, row.sent_at, row.facility_id)


def _keep(connection: Connection, message_id: int, said: Answer, now: datetime) -> Sequence[int]:
    """Write the answer to the reminders of a message; the people they are about."""
    answered = (
        update(reminder)
        .where(reminder.c.message_id == message_id)
        .values(answer=said, answered_at=now)
        .returning(reminder.c.visit_id)
    )
    visits = connection.scalars(answered).all()
    people = select(visit.c.person_id).where(visit.c.id.in_(visits)).distinct()
    return connection.scalars(people.order_by(visit.c.person_id)).all()


def _suspend(connection: Connection, phone_id: int, people: Sequence[int], now: datetime) -> None:
    """Reach nobody about these people on this phone, until staff have looked at it."""
    connection.execute(
        update(caregiver)
        .where(
            caregiver.c.phone_id == phone_id,
            caregiver.c.person_id.in_(people),
            caregiver.c.suspended_at.is_(None),
        )
        .values(suspended_at=now)
    )


def _ask_for_a_call(
    connection: Connection, phone_id: int, last: _Last, reason: Reason, now: datetime
) -> None:
    """A worker calls: about the problem, or to find out whose number it is."""
    callbacks.request(
        connection,
        phone_id=phone_id,
        facility_id=last.facility_id,
        reason=reason,
        now=now,
        idempotency_key=f"reminder:{last.id}:{reason}",
    )
