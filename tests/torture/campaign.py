"""The campaign: messages go in, everything is tormented, peace returns, the accounts are made."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from smsgateway.messaging import channels, outbox
from smsgateway.messaging.claim import LEASE
from smsgateway.messaging.classes import MessageClass
from smsgateway.messaging.outbox import NewMessage
from smsgateway.messaging.receipts import LONGEST_WINDOW
from smsgateway.messaging.states import State
from smsgateway.messaging.tables import delivery_report, message
from smsgateway.register.phones import ensure_phones
from smsgateway.storage.engine import Database
from torture.account import Account, account
from torture.stage import Stage, stage

BATCH = 250
EQUAL_TEXTS = 5
"""One batch in so many has one text for all its recipients."""

BETWEEN_KILLS_S = (1.0, 5.0)
LEAST_KILLS = 3
TORMENT_SHARE = 0.6
"""Of the time that a campaign may take; in the rest what is open has to come to its end."""

QUIET_S = 9.0
"""When no receipt has come for so long, the simulator has posted them all: it tries a last time
eight seconds after the try before."""

GOOD_FOR = timedelta(days=365)


@dataclass(frozen=True)
class Result:
    """What the campaign showed."""

    account: Account
    kills: dict[str, int]
    seconds: float
    output: str


def run(
    *, messages: int, seed: int, backend: str, patience_s: float, say: Callable[[str], None]
) -> Result:
    """Play one campaign. What is still open after `patience_s` is a fault of its account."""
    began = time.monotonic()
    ends_at = began + patience_s
    with stage(backend, seed) as played:
        played.start_surroundings(seed)
        played.await_web()
        _torment(played, messages, began + patience_s * TORMENT_SHARE, say)
        played.misbehave({})
        played.restart_unarmed()
        say("peace: what is open is brought to its end")
        _make_peace(played, ends_at)
        result = account(played.database, played.ledger)
        output = played.output.read_text("utf-8", "replace")
    return Result(result, played.kills, time.monotonic() - began, output)


def _torment(played: Stage, messages: int, ends_at: float, say: Callable[[str], None]) -> None:
    """Put messages in and torment until all of them have been tried, or the time is over."""
    written, next_kill = 0, time.monotonic() + BETWEEN_KILLS_S[0]
    while written < messages or time.monotonic() < ends_at:
        played.revive(armed=True)
        with suppress(DBAPIError):
            _act_as_operator(played)
            if written < messages and _count(played.database, State.QUEUED) < 4 * BATCH:
                size = min(BATCH, messages - written)
                _write(played, written, size)
                written += size
                say(f"{written} of {messages} messages written")
            elif written == messages and _is_through(played):
                return
        if time.monotonic() >= next_kill:
            played.kill_something()
            if played.draw.random() < 0.5:
                played.clock.jump(played.draw.choice([-60, 30, 400, 3_600]))
            next_kill = time.monotonic() + played.draw.uniform(*BETWEEN_KILLS_S)
        time.sleep(0.1)


def _is_through(played: Stage) -> bool:
    """Whether something was killed and all messages have been tried."""
    enough = sum(played.kills.values()) >= LEAST_KILLS
    return enough and not _open(played.database, State.UNKNOWN)


def _make_peace(played: Stage, ends_at: float) -> None:
    """Nothing is killed any more; time runs on until no receipt and no message is open."""
    _await_receipts(played, ends_at)
    while _open(played.database) or _unsettled(played.database):
        if time.monotonic() > ends_at:
            return  # what is still open is a fault of the account
        played.revive(armed=False)
        _act_as_operator(played)
        if not _open(played.database, State.UNKNOWN):
            wait = LONGEST_WINDOW if not _unsettled(played.database) else LEASE
            played.clock.jump(wait.total_seconds())
        time.sleep(0.5)


def _await_receipts(played: Stage, ends_at: float) -> None:
    """Let the simulator post what it still has to, which it does by the machine's clock."""
    before, quiet_since = -1, time.monotonic()
    while time.monotonic() < min(quiet_since + QUIET_S, ends_at):
        played.revive(armed=False)
        if (posted := _reports(played.database)) != before:
            before, quiet_since = posted, time.monotonic()
        time.sleep(0.2)


def _act_as_operator(played: Stage) -> None:
    """Resume what waits for a person; make up the phones of those who asked for no more."""
    with played.database.begin() as connection:
        for name in channels.paused(connection):
            standing = channels.standing(connection, name, played.clock.now() + timedelta(hours=1))
            if standing is channels.Standing.CLOSED:
                channels.resume(connection, name)


def _write(played: Stage, start: int, size: int) -> None:
    now = played.clock.now()
    equal = (start // BATCH) % EQUAL_TEXTS == 0
    numbers = [f"+2237{n:07}" for n in range(start, start + size)]
    with played.database.begin() as connection:
        phones = ensure_phones(connection, dict.fromkeys(numbers, "fr"), now)
        new = [
            _new(played.draw, one, phones[one], f"equal {start}" if equal else f"for {one}", now)
            for one in numbers
        ]
        outbox.add(connection, new, now)


def _new(draw: random.Random, msisdn: str, phone_id: int, body: str, now: datetime) -> NewMessage:
    return NewMessage(
        dedupe_key=f"torture:{msisdn}",
        message_class=draw.choice(list(MessageClass)),
        phone_id=phone_id,
        msisdn=msisdn,
        language="fr",
        template="torture",
        body=body,
        encoding="gsm7",
        segments=1,
        due_at=now,
        expires_at=now + GOOD_FOR,
    )


def _open(database: Database, *but: State) -> int:
    states = {State.PLANNED, State.QUEUED, State.SUBMITTING, State.UNKNOWN} - set(but)
    return sum(_count(database, state) for state in states)


def _count(database: Database, state: State) -> int:
    query = select(func.count()).select_from(message).where(message.c.state == state)
    with database.read() as connection:
        return connection.scalar(query) or 0


def _reports(database: Database) -> int:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(delivery_report)) or 0


def _unsettled(database: Database) -> int:
    query = select(func.count()).select_from(delivery_report)
    with database.read() as connection:
        return connection.scalar(query.where(delivery_report.c.settled_at.is_(None))) or 0
