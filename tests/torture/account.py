"""The gateway's ledger against SQL: what became of every message, and whether it may have."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row, case, func, select

from smsgateway.messaging.states import State
from smsgateway.messaging.tables import message, message_history
from smsgateway.storage.engine import Database
from torture.outgoing import TEMPLATE

OPEN = frozenset({State.PLANNED, State.QUEUED, State.SUBMITTING, State.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Accepted:
    """A line of the ledger: a text that the gateway took for a number, `at` in seconds of the
    epoch."""

    to: str
    text: str
    at: float


@dataclass
class Account:
    """Counts of messages by what became of them; each of `faults` is one that must not be."""

    messages: int = 0
    by_state: Counter[str] = field(default_factory=Counter)
    doubtful_accepted: int = 0
    """Answer lost, never settled by a receipt, and the gateway had it."""
    doubtful_not_accepted: int = 0
    """Answer lost, never settled, and the gateway did not have it: the price of never repeating."""
    settled_by_receipt: int = 0
    """Answer lost, and a receipt told what had become of it."""
    mistaken: int = 0
    """Answer lost, not accepted, and taken for accepted: a receipt with an id that nobody knows
    named its number."""
    too_late: int = 0
    """Never handed over: its own time had gone by in one of the jumps."""
    faults: dict[str, list[int]] = field(default_factory=dict)

    def fault(self, what: str, message_id: int) -> None:
        self.faults.setdefault(what, []).append(message_id)


def read(ledger: Path) -> list[Accepted]:
    """Everything that the gateway accepted."""
    with ledger.open(encoding="utf-8") as lines:
        entries = [json.loads(line) for line in lines]
    return [
        Accepted(
            entry["to"],
            entry["text"],
            datetime.fromisoformat(entry["accepted_at"]).timestamp(),
        )
        for entry in entries
    ]


@dataclass(frozen=True)
class _Evidence:
    """What the faults of a message are told by."""

    numbers: frozenset[str]
    """To which the gateway accepted anything."""
    doubted: frozenset[int]
    """Messages whose answer was lost."""
    sent: Mapping[int, int]
    """How often each message was sent, by its history."""


def account(database: Database, ledger: Sequence[Accepted]) -> Account:
    """Hold the ledger against SQL, one message after the other."""
    taken = Counter((one.to, one.text) for one in ledger)
    with database.read() as connection:
        rows = connection.execute(select(message).order_by(*_LIKELY_ACCEPTED)).all()
        evidence = _Evidence(
            frozenset(one.to for one in ledger),
            frozenset(connection.scalars(_DOUBTED)),
            {row[0]: row[1] for row in connection.execute(_SENT)},
        )
    alike = Counter((row.msisdn, row.body) for row in rows)
    result = Account(len(rows))
    for row in rows:
        _judge(result, row, _share(taken, alike, row), evidence)
    if +taken:
        result.faults["accepted, and not in SQL"] = list(range(len(+taken)))
    return result


_DOUBTED = select(message_history.c.message_id).where(message_history.c.to_state == State.UNKNOWN)

_LIKELY_ACCEPTED = (
    case(
        (message.c.state.in_([State.SENT, State.DELIVERED]), 0),
        (message.c.state.in_([State.FAILED, State.EXPIRED]), 1),
        else_=2,
    ),
    message.c.id.in_(_DOUBTED),
    message.c.id,
)
"""Of several with one text for one phone, one whose answer came has an acceptance before one whose
answer was lost."""

_SENT = (
    select(message_history.c.message_id, func.count())
    .where(message_history.c.to_state == State.SENT)
    .group_by(message_history.c.message_id)
)


def _share(taken: Counter[tuple[str, str]], alike: Counter[tuple[str, str]], row: Row[Any]) -> int:
    """How many acceptances are this message's. Of several with one text for one phone each has one
    as long as there are any, and the last has what is left."""
    key = (row.msisdn, row.body)
    alike[key] -= 1
    share = min(taken[key], 1) if alike[key] else taken[key]
    taken[key] -= share
    return share


def _judge(result: Account, row: Row[Any], times: int, evidence: _Evidence) -> None:
    """One message, which the gateway accepted so many times."""
    state, doubted = State(row.state), row.id in evidence.doubted
    result.by_state[state] += 1
    if times > 1:
        result.fault("repeated", row.id)
    if state in OPEN:
        result.fault(f"left in {state}", row.id)
    if evidence.sent.get(row.id, 0) > 1:
        result.fault("sent twice by its history", row.id)
    match state:
        case State.CANCELLED | State.QUEUED if times:
            result.fault(f"{state}, and accepted", row.id)
        case State.SENT | State.DELIVERED if not times:
            if doubted and row.msisdn in evidence.numbers:
                result.mistaken += 1
            else:
                result.fault(f"{state}, and never accepted", row.id)
        case State.EXPIRED if not doubted:
            _too_late(result, row, times)
        case State.EXPIRED if times:
            result.doubtful_accepted += 1
        case State.EXPIRED:
            result.doubtful_not_accepted += 1
        case _:
            result.settled_by_receipt += doubted


def _too_late(result: Account, row: Row[Any], times: int) -> None:
    """Expired without a doubt: only what the service wrote itself has a time that goes by."""
    if times:
        result.fault("expired unsent, and accepted", row.id)
    elif row.template == TEMPLATE:
        result.fault("expired without a doubt", row.id)
    else:
        result.too_late += 1
