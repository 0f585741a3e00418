"""The gateway's ledger against SQL: what became of every message, and whether it may have."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select

from smsgateway.messaging.states import State
from smsgateway.messaging.tables import message, message_history
from smsgateway.storage.engine import Database

OPEN = frozenset({State.PLANNED, State.QUEUED, State.SUBMITTING, State.UNKNOWN})


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
    faults: dict[str, list[int]] = field(default_factory=dict)

    def fault(self, what: str, message_id: int) -> None:
        self.faults.setdefault(what, []).append(message_id)


def accepted(ledger: Path) -> Counter[tuple[str, str]]:
    """How often the gateway accepted each number and text."""
    with ledger.open(encoding="utf-8") as lines:
        entries = [json.loads(line) for line in lines]
    return Counter((entry["to"], entry["text"]) for entry in entries)


def account(database: Database, ledger: Path) -> Account:
    """Hold the ledger against SQL, one message after the other."""
    taken = accepted(ledger)
    with database.read() as connection:
        rows = connection.execute(select(message)).all()
        doubted = set(
            connection.scalars(
                select(message_history.c.message_id).where(
                    message_history.c.to_state == State.UNKNOWN
                )
            )
        )
        calls = dict(
            connection.execute(
                select(message_history.c.message_id, func.count())
                .where(message_history.c.to_state == State.SENT)
                .group_by(message_history.c.message_id)
            ).all()
        )
    result = Account(len(rows))
    for row in rows:
        state, times = State(row.state), taken.pop((row.msisdn, row.body), 0)
        result.by_state[state] += 1
        if times > 1:
            result.fault("repeated", row.id)
        if state in OPEN:
            result.fault(f"left in {state}", row.id)
        if state in (State.SENT, State.DELIVERED) and not times:
            result.fault(f"{state}, and never accepted", row.id)
        if state in (State.CANCELLED, State.QUEUED) and times:
            result.fault(f"{state}, and accepted", row.id)
        if calls.get(row.id, 0) > 1:
            result.fault("sent twice by its history", row.id)
        _doubt(result, row.id, state, times, row.id in doubted)
    if taken:
        result.faults["accepted, and not in SQL"] = list(range(len(taken)))
    return result


def _doubt(result: Account, message_id: int, state: State, times: int, doubted: bool) -> None:
    """An expired message was either in doubt or never begun; nothing else may be lost."""
    if state is not State.EXPIRED:
        result.settled_by_receipt += doubted
    elif not doubted:
        result.fault("expired without a doubt", message_id)
    elif times:
        result.doubtful_accepted += 1
    else:
        result.doubtful_not_accepted += 1
