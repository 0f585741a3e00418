"""The campaign: messages go in, everything is tormented, peace returns, the accounts are made."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from smsgateway.messaging import channels
from smsgateway.messaging.claim import LEASE
from smsgateway.messaging.port import OutOfCredit
from smsgateway.messaging.receipts import LONGEST_WINDOW
from smsgateway.messaging.states import State
from smsgateway.messaging.tables import delivery_report, inbound_message, message
from smsgateway.storage.engine import Database
from torture import outgoing
from torture.account import Account, account, read
from torture.carrier import Carrier
from torture.crowd import Crowd
from torture.families import settle_in
from torture.people import PeopleAccount, hold_against, long_due
from torture.stage import PATH, Stage, stage

MOST_A_BATCH = 250
EQUAL_TEXTS = 5
"""One batch in so many has one text for all its recipients."""

BETWEEN_KILLS_S = (1.0, 5.0)
LEAST_KILLS = 3
JUMPS_S = [-60, -60, 30, 30, 400, 400, 3_600, 3_600, 43_200]
"""Of the clock; after the longest one it is evening, or morning."""

TORMENT_SHARE = 0.6
"""Of the time that a campaign may take; in the rest what is open has to come to its end."""

QUIET_S = 5.0
"""When no receipt has come for so long, the simulator has posted them all: it tries a last time
four seconds after the try before."""


@dataclass(frozen=True)
class Result:
    """What the campaign showed."""

    written: int
    """Messages that were put in, beside those that the service wrote itself."""
    account: Account
    people: PeopleAccount
    kills: dict[str, int]
    """By process."""
    struck: dict[str, int]
    """By fail point; also those that nothing has passed."""
    seconds: float
    output: str

    @property
    def holds(self) -> bool:
        """Whether nothing was found that must not be."""
        return not (self.account.faults or self.people.faults)


def run(
    *,
    messages: int,
    people: int,
    seed: int,
    aims: int,
    backend: str,
    patience_s: float,
    say: Callable[[str], None],
) -> Result:
    """Play one campaign, in which each process is aimed at from `aims` fail points. What is still
    open after `patience_s` is a fault of its account."""
    began = time.monotonic()
    ends_at = began + patience_s
    with stage(backend, seed, aims) as played:
        crowd = _gather(played, people, seed)
        played.start_surroundings(seed)
        played.await_web()
        crowd.come()
        try:
            torment_ends_at = began + patience_s * TORMENT_SHARE
            written = _torment(played, crowd, messages, torment_ends_at, say)
        finally:
            crowd.go()
        played.misbehave({})
        played.restart_unarmed()
        say("peace: what is open is brought to its end")
        _make_peace(played, ends_at)
        ledger = read(played.ledger)
        result = account(played.database, ledger)
        with played.database.read() as connection:
            met = hold_against(crowd.journal, connection, ledger, played.clock.now())
        met.counts |= crowd.carrier.counts
        output = played.output.read_text("utf-8", "replace")
        strikes = played.strikes
        struck = {place: strikes[place] for place in sorted(played.places | strikes.keys())}
    return Result(written, result, met, played.kills, struck, time.monotonic() - began, output)


def _gather(played: Stage, people: int, seed: int) -> Crowd:
    """Half of the people are strangers, most others have a child whose visit is near, and a few
    are workers."""
    strangers = [f"+2236500{n:04}" for n in range(people // 2)]
    announced = [f"+2236600{n:04}" for n in range(people // 4)]
    missed = [f"+2236700{n:04}" for n in range(people // 4)]
    workers = [f"+2236800{n:04}" for n in range(max(people // 20, 1))]
    codes = settle_in(played.database, workers, announced, missed, played.clock.now())
    return Crowd(
        Carrier(played.web_port, PATH),
        played.database,
        played.clock,
        seed=seed,
        strangers=strangers,
        announced=announced,
        missed=missed,
        workers=codes,
    )


def _torment(
    played: Stage, crowd: Crowd, messages: int, ends_at: float, say: Callable[[str], None]
) -> int:
    """Put messages in and torment until all of them have been tried and everybody has acted, or
    the time is over. Returns how many went in: fewer on a machine that is too slow."""
    written, next_kill = 0, time.monotonic() + BETWEEN_KILLS_S[0]
    batch = min(MOST_A_BATCH, messages // (2 * EQUAL_TEXTS))
    while time.monotonic() < ends_at:
        played.revive(armed=True)
        with suppress(DBAPIError):
            _act_as_operator(played)
            if written < messages and _count(played.database, State.QUEUED) < 4 * batch:
                size = min(batch, messages - written)
                _write(played, written, size, equal=(written // batch) % EQUAL_TEXTS == 0)
                written += size
                say(f"{written} of {messages} messages written")
            elif written == messages and crowd.is_done and _is_through(played):
                break
        if time.monotonic() >= next_kill:
            with suppress(DBAPIError):
                played.kill_something()
            if played.draw.random() < 0.5:
                played.clock.jump(played.draw.choice(JUMPS_S))
            next_kill = time.monotonic() + played.draw.uniform(*BETWEEN_KILLS_S)
        time.sleep(0.1)
    return written


def _is_through(played: Stage) -> bool:
    """Whether something was killed and all messages have been tried."""
    enough = sum(played.kills.values()) >= LEAST_KILLS
    return enough and not _open(played.database, State.UNKNOWN)


def _make_peace(played: Stage, ends_at: float) -> None:
    """Nothing is killed any more; time runs on until nothing is open: no message, no receipt, no
    SMS, no reminder."""
    _await_receipts(played, ends_at)
    while time.monotonic() < ends_at:  # what is still open then is a fault of the account
        played.revive(armed=False)
        with suppress(DBAPIError):
            _act_as_operator(played)
        unsettled, unknown = _unsettled(played.database), _count(played.database, State.UNKNOWN)
        working = _open(played.database, State.UNKNOWN) or _unheard(played.database)
        if not working and (unsettled or unknown):
            wait = LEASE if unsettled else LONGEST_WINDOW
            played.clock.jump(wait.total_seconds())
        elif not working and not _long_due(played):
            return
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
    """Resume what waits for a person; an empty account is left to the clock."""
    with played.database.begin() as connection:
        for name, reason in channels.paused(connection).items():
            if reason == OutOfCredit.reason:
                continue
            standing = channels.standing(connection, name, played.clock.now() + timedelta(hours=1))
            if standing is channels.Standing.CLOSED:
                channels.resume(connection, name)


def _write(played: Stage, start: int, size: int, *, equal: bool) -> None:
    numbers = [f"+2237{n:07}" for n in range(start, start + size)]
    bodies = {one: f"equal {start}" if equal else f"for {one}" for one in numbers}
    outgoing.write(played.database, bodies, played.clock.now(), played.draw)


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


def _long_due(played: Stage) -> bool:
    with played.database.read() as connection:
        return bool(long_due(connection, played.clock.now()))


def _unheard(database: Database) -> int:
    query = select(func.count()).select_from(inbound_message)
    with database.read() as connection:
        return connection.scalar(query.where(inbound_message.c.handled_at.is_(None))) or 0
