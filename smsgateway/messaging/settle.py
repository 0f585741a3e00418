"""Writing down what a call brought: accepted, refused, to be tried again, or nobody knows.

An answer that comes after the recovery has already put its message into `unknown` still counts as
far as the table of states allows: it knows better. It never leads back to `queued`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, cast, select, update

from smsgateway.messaging.classes import TREATMENT, MessageClass
from smsgateway.messaging.optouts import stop
from smsgateway.messaging.port import Outcome, Reason, SendResult
from smsgateway.messaging.states import State, may_follow
from smsgateway.messaging.tables import message
from smsgateway.messaging.transitions import move, record_moved
from smsgateway.storage.given import Given
from smsgateway.storage.listed import listed

FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=2)

_FACTOR = 4
_MOST_STEPS = 8

_STATE_OF = {
    Outcome.REJECTED: State.FAILED,
    Outcome.DEFERRED: State.QUEUED,
    Outcome.UNKNOWN: State.UNKNOWN,
}

_CALLED = (State.SUBMITTING, State.UNKNOWN)
"""Where a message can be whose call was begun and whose answer is not written down."""

_RELEASED = {"lease": None, "lease_until": None}

_LONGEST_ID, _LONGEST_CURRENCY, _MOST_COST = 80, 3, 10**8
"""What the columns of the outbox take."""

_Values = tuple[tuple[str, datetime | None], ...]
"""Names of columns, and what is written there."""


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
    accepted = [one for one in results if one.outcome is Outcome.ACCEPTED]
    others = [one for one in results if one.outcome is not Outcome.ACCEPTED]
    if accepted:
        _settle_accepted(connection, lease, accepted, now)
    if others:
        _settle_others(connection, lease, others, now)


def _settle_accepted(
    connection: Connection, lease: str, results: Sequence[SendResult], now: datetime
) -> None:
    """In one statement, however many: this is what nearly every call brings."""
    missing = len(results)
    for before in _CALLED:
        if missing:
            missing -= len(_accept(connection, lease, before, results, now))


def _accept(
    connection: Connection,
    lease: str,
    before: State,
    results: Sequence[SendResult],
    now: datetime,
) -> Sequence[int]:
    """Take those that are in `before` to `sent`; their ids."""
    given = Given({one.reference: _told(one) for one in results})
    ids = connection.scalars(
        update(message)
        .where(message.c.id == given.id, message.c.lease == lease, message.c.state == before)
        .values(
            state=State.SENT,
            reason=None,
            accepted_at=now,
            aggregator_message_id=given.text(0),
            cost=cast(given.text(1), message.c.cost.type),
            currency=given.text(2),
            **_RELEASED,
        )
        .returning(message.c.id)
    ).all()
    record_moved(connection, ids, before, State.SENT, None, now)
    return ids


def _told(result: SendResult) -> tuple[str | None, str | None, str | None]:
    """Id, cost and currency as far as the outbox can hold them: what one odd answer says must not
    keep the others from being written down."""
    told_id, cost, currency = result.aggregator_message_id, result.cost, result.currency
    is_cost = cost is not None and cost.is_finite() and abs(cost) < _MOST_COST
    return (
        told_id if _fits(told_id, _LONGEST_ID) else None,
        str(cost) if is_cost else None,
        currency if _fits(currency, _LONGEST_CURRENCY) else None,
    )


def _fits(text: str | None, longest: int) -> bool:
    return text is not None and len(text) <= longest and text.isprintable()


def _settle_others(
    connection: Connection, lease: str, results: Sequence[SendResult], now: datetime
) -> None:
    rows = _held_under(connection, lease, [result.reference for result in results])
    alike: dict[tuple[State, State, Reason | None, _Values], list[int]] = defaultdict(list)
    for result in results:
        row = rows.get(result.reference)
        if row is None:
            continue
        before, after = State(row.state), _state_after(result, row.attempts)
        if may_follow(before, after):
            alike[before, after, result.reason, _values(row, after, now)].append(row.id)
    for (before, after, reason, values), ids in alike.items():
        move(connection, ids, before, after, now, reason=reason, values=_RELEASED | dict(values))
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


def _values(row: Row[Any], after: State, now: datetime) -> _Values:
    """What else changes with the state: when to try again, or how long to wait for a receipt."""
    if after is State.QUEUED:
        return (("due_at", now + retry_delay(row.attempts)), ("call_began_at", None))
    if after is State.UNKNOWN:
        window = TREATMENT[MessageClass(row.message_class)].receipt_window
        return (("lease_until", now + window),)
    return ()


def _held_under(connection: Connection, lease: str, ids: Sequence[int]) -> dict[int, Any]:
    """The rows of `ids` that are still this worker's, locked until the commit."""
    held = (
        select(
            message.c.id,
            message.c.state,
            message.c.attempts,
            message.c.message_class,
            message.c.msisdn,
        )
        .where(
            message.c.id.in_(listed(ids)),
            message.c.lease == lease,
            message.c.state.in_(_CALLED),
        )
        .order_by(message.c.id)
        .with_for_update()
    )
    return {row.id: row for row in connection.execute(held)}
