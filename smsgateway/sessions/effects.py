"""Writing down what a step decided: one SQL row, unique on session and transcript, with effects.

The row and the effects are one transaction, committed before the session moves on in Redis. Of
two copies of a callback one inserts the row; the other finds it and answers with its reply. A
crash after the commit is the same case: the repeated callback finds the row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from smsgateway.dialogue.fields import Value
from smsgateway.dialogue.session import Effect, Reply, Session, Turn
from smsgateway.messaging.bell import Rings as Rings
from smsgateway.service import Service
from smsgateway.sessions.tables import dialogue_step


@dataclass(frozen=True)
class EffectContext:
    """What an effect's handler is given; it writes through `connection` and commits nothing."""

    connection: Connection
    service: Service
    msisdn: str
    now: datetime
    idempotency_key: str

    @property
    def channel(self) -> str:
        """How the person speaks with us, `ussd` or `sms`: what every session's key begins with."""
        return self.idempotency_key.partition(":")[0]

    @property
    def today(self) -> date:
        """The local date."""
        return self.now.astimezone(self.service.settings.timezone).date()


Handler = Callable[[EffectContext, Mapping[str, Value]], Rings]


def write_step(
    service: Service,
    handlers: Mapping[str, Handler],
    turn: Turn,
    *,
    session_key: str,
    transcript: str,
    msisdn: str,
    now: datetime,
) -> tuple[Turn, list[Rings]]:
    """Write a turn's effects once; `transcript` is the digest that names the step.

    Returns the turn that counts (ours, or the one another copy wrote first, without effects) and
    what to ring for.
    """
    try:
        with service.database.begin() as connection:
            connection.execute(insert(dialogue_step), _row(turn, session_key, transcript, now))
            context = EffectContext(connection, service, msisdn, now, f"{session_key}:{transcript}")
            rings = [handlers[one.kind](context, one.payload) for one in turn.effects]
            return turn, rings
    except IntegrityError:
        written = _written(service, session_key, transcript)
        if written is None:
            raise
        return written, []


def _row(turn: Turn, session_key: str, transcript: str, now: datetime) -> dict[str, object]:
    return {
        "session_key": session_key,
        "transcript": transcript,
        "state": turn.session.pack() if turn.session else None,
        "reply": turn.reply.text,
        "final": int(turn.reply.final),
        "effects": [_kind(effect) for effect in turn.effects],
        "created_at": now,
    }


def _kind(effect: Effect) -> str:
    """The kind alone is kept: what an effect wrote stands in the tables of its own room."""
    return effect.kind


def _written(service: Service, session_key: str, transcript: str) -> Turn | None:
    query = select(dialogue_step).where(
        dialogue_step.c.session_key == session_key, dialogue_step.c.transcript == transcript
    )
    with service.database.read() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return None
    session = Session.unpack(row.state) if row.state else None
    return Turn(session, Reply(row.reply, bool(row.final), ""))
