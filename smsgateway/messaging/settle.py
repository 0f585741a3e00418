"""Writing down what a call brought: accepted, refused, to be tried again, or nobody knows.

An answer that comes after the recovery has already put its message into `unknown` still counts as
far as the table of states allows: it knows better. It never leads back to `queued`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select, update

from smsgateway.messaging.classes import TREATMENT, MessageClass
from smsgateway.messaging.optouts import stop
from smsgateway.messaging.port import Outcome, Reason, SendResult
from smsgateway.messaging.states import State, may_follow
from smsgateway.messaging.tables import message
from smsgateway.messaging.transitions import record_moved

FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=2)

_FACTOR = 4
_MOST_STEPS = 8

_STATE_OF = {
    Outcome.ACCEPTED: State.SENT,
    Outcome.REJECTED: State.FAILED,
    Outcome.DEFERRED: State.QUEUED,
    Outcome.UNKNOWN: State.UNKNOWN,
}

_KEEP = ("accepted_at", "aggregator_message_id", "cost", "currency", "due_at", "lease_until")
_WRITE = (
    update(message)
    .where(message.c.id == bindparam("b_id"))
    .values(
        state=bindparam("b_state"),
        reason=bindparam("b_reason"),
        lease=None,
        call_began_at=bindparam("b_call_began_at"),
        **{name: bindparam(f"b_{name}") for name in _KEEP},
    )
)


def retry_delay(attempts: int) -> timedelta:
    """How long to wait after `attempts` calls: 1, 4, 16, 64 minutes, then every two hours.

    There is no last attempt but the message's own expiry: an outage of hours must not lose it.
    """
    steps = min(max(attempts - 1, 0), _MOST_STEPS)
    return min(FIRST_RETRY * int(_FACTOR**steps), LONGEST_RETRY)


def settle(
    connection: Connection, lease: str, results: Sequence[SendResult], now: datetime
) -> None:
    """Write the results of calls made under `lease`, each with its history.

    A refusal because the phone opted out at the gateway is taken down as an opt-out here too.
    """
    rows = _held_under(connection, lease, [result.reference for result in results])
    writes: list[dict[str, Any]] = []
    alike: dict[tuple[State, State, Reason | None], list[int]] = defaultdict(list)
    for result in results:
        row = rows.get(result.reference)
        if row is None:
            continue
        before, after = State(row.state), _state_after(result, row.attempts)
        if not may_follow(before, after):
            continue
        writes.append(_write(row, after, result, now))
        alike[before, after, result.reason].append(row.id)
    if writes:
        connection.execute(_WRITE, writes)
    for (before, after, reason), ids in alike.items():
        record_moved(connection, ids, before, after, reason, now)
    refusing = {
        rows[result.reference].msisdn
        for result in results
        if result.reason is Reason.OPTED_OUT and result.reference in rows
    }
    for msisdn in sorted(refusing):
        stop(connection, msisdn, now)


def _state_after(result: SendResult, attempts: int) -> State:
    if result.most_attempts is not None and attempts >= result.most_attempts:
        return State.FAILED
    return _STATE_OF[result.outcome]


def _held_under(connection: Connection, lease: str, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The rows of `ids` that are still this worker's, locked until the commit."""
    return {row.id: row for row in connection.execute(_HELD, {"ids": ids, "lease": lease})}


_HELD: Select[Any] = (
    select(
        message.c.id,
        message.c.state,
        message.c.attempts,
        message.c.message_class,
        message.c.msisdn,
        message.c.due_at,
        message.c.call_began_at,
    )
    .where(
        message.c.id.in_(bindparam("ids", expanding=True)),
        message.c.lease == bindparam("lease"),
        message.c.state.in_([State.SUBMITTING, State.UNKNOWN]),
    )
    .order_by(message.c.id)
    .with_for_update()
)


def _write(row: Row[Any], state: State, result: SendResult, now: datetime) -> dict[str, Any]:
    accepted = state is State.SENT
    due_at = row.due_at
    lease_until = None
    if state is State.QUEUED:
        due_at = now + retry_delay(row.attempts)
    elif state is State.UNKNOWN:
        lease_until = now + TREATMENT[MessageClass(row.message_class)].receipt_window
    return {
        "b_id": row.id,
        "b_state": state,
        "b_reason": result.reason,
        "b_call_began_at": None if state is State.QUEUED else row.call_began_at,
        "b_accepted_at": now if accepted else None,
        "b_aggregator_message_id": result.aggregator_message_id,
        "b_cost": result.cost,
        "b_currency": result.currency,
        "b_due_at": due_at,
        "b_lease_until": lease_until,
    }
