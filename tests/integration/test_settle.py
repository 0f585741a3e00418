"""Writing down answers: many in one statement, each as it was, and only where it may."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest
from messaging_world import ALL_DAY, history, msisdn, put, row, state, states
from sqlalchemy import event, update

from smsgateway.messaging.claim import begin_call, claim
from smsgateway.messaging.port import Outcome, Reason, SendResult
from smsgateway.messaging.recovery import recover
from smsgateway.messaging.settle import settle
from smsgateway.messaging.states import State
from smsgateway.messaging.tables import message
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database


def called(database: Database, clock: FixedClock, count: int) -> tuple[str, list[int]]:
    """Messages whose call was begun, and the lease under which."""
    ids = [put(database, clock, to=msisdn(n), body=f"text {n}") for n in range(count)]
    with database.begin() as connection:
        taken = claim(connection, "main", clock.now(), ALL_DAY)
        begin_call(connection, taken.lease, taken.messages, clock.now())
    return taken.lease, ids


def settled(
    database: Database, clock: FixedClock, lease: str, results: Sequence[SendResult]
) -> list[str]:
    """The statements that it took."""
    statements: list[str] = []
    listening = (database.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    with database.begin() as connection:
        event.listen(*listening)
        settle(connection, lease, results, clock.now())
        event.remove(*listening)
    return statements


def test_answers_of_one_kind_take_two_statements_however_many(
    database: Database, clock: FixedClock
) -> None:
    lease, ids = called(database, clock, 200)
    results = [SendResult(one, Outcome.ACCEPTED, None, f"AT{one}") for one in ids]
    assert len(settled(database, clock, lease, results)) == 2
    assert states(database) == {"sent": 200}
    assert [row(database, one).aggregator_message_id for one in ids] == [f"AT{one}" for one in ids]


@pytest.mark.parametrize("cost", ["20", "0.8000", "0.0001", "12345678.1234", None])
@pytest.mark.parametrize("told_id", ["ATXid_1", 'it\'s "so" é ɛ \\ {}', None])
def test_what_the_gateway_told_is_written_as_it_told_it(
    database: Database, clock: FixedClock, told_id: str | None, cost: str | None
) -> None:
    lease, (one,) = called(database, clock, 1)
    amount = None if cost is None else Decimal(cost)
    result = SendResult(one, Outcome.ACCEPTED, None, told_id, amount, cost and "XOF")
    settled(database, clock, lease, [result])
    written = row(database, one)
    assert (written.aggregator_message_id, written.cost) == (told_id, amount)
    assert (written.currency, written.accepted_at) == (cost and "XOF", clock.now())
    assert (written.lease, written.lease_until, written.call_began_at) == (None, None, clock.now())


@pytest.mark.parametrize(
    ("told_id", "cost", "currency"),
    [
        ("\0", Decimal(20), "XOF"),
        ("\ud800", Decimal(20), "XOF"),
        ("x" * 81, Decimal(20), "XOF"),
        ("AT2", Decimal("1e9"), "XOF"),
        ("AT2", Decimal("NaN"), "XOF"),
        ("AT2", Decimal(20), "FRANCS"),
        ("AT2", Decimal(20), "\0"),
    ],
    ids=["nul", "half a letter", "long id", "dear", "no number", "long currency", "odd currency"],
)
def test_an_odd_answer_does_not_keep_the_others_from_being_written_down(
    database: Database, clock: FixedClock, told_id: str, cost: Decimal, currency: str
) -> None:
    lease, (good, odd) = called(database, clock, 2)
    results = [
        SendResult(good, Outcome.ACCEPTED, None, "AT1", Decimal(20), "XOF"),
        SendResult(odd, Outcome.ACCEPTED, None, told_id, cost, currency),
    ]
    settled(database, clock, lease, results)
    assert states(database) == {"sent": 2}
    rows = [row(database, one) for one in (good, odd)]
    first, second = [(one.aggregator_message_id, one.cost, one.currency) for one in rows]
    assert first == ("AT1", 20, "XOF")
    assert [value is None for value in second].count(True) == 1, "the rest of it is kept"


def test_answers_of_every_kind_are_settled_side_by_side(
    database: Database, clock: FixedClock
) -> None:
    lease, (taken, refused, later, lost, last, silent) = called(database, clock, 6)
    results = [
        SendResult(taken, Outcome.ACCEPTED),
        SendResult(refused, Outcome.REJECTED, Reason.INVALID_NUMBER),
        SendResult(later, Outcome.DEFERRED, Reason.GATEWAY),
        SendResult(lost, Outcome.UNKNOWN, Reason.ANSWER_LOST),
        SendResult(last, Outcome.DEFERRED, Reason.GATEWAY, most_attempts=1),
    ]
    settled(database, clock, lease, results)
    for one, after, reason in (
        (taken, "sent", None),
        (refused, "failed", Reason.INVALID_NUMBER),
        (later, "queued", Reason.GATEWAY),
        (lost, "unknown", Reason.ANSWER_LOST),
        (last, "failed", Reason.GATEWAY),
    ):
        assert row(database, one).reason == reason
        assert history(database, one)[-1] == ("submitting", after, reason)
        assert state(database, one) == after
    assert row(database, later).due_at == clock.now() + timedelta(minutes=1)
    assert row(database, lost).lease_until > clock.now() + timedelta(hours=1)
    assert state(database, silent) == "submitting", "nobody has answered for it"


def test_answers_on_both_sides_of_the_recovery_are_settled_together(
    database: Database, clock: FixedClock
) -> None:
    lease, (early, late) = called(database, clock, 2)
    with database.begin() as connection:
        ahead = clock.now() + timedelta(hours=1)
        connection.execute(update(message).where(message.c.id == early).values(lease_until=ahead))
    clock.move(timedelta(minutes=10))
    recover(database, clock.now())
    assert (state(database, early), state(database, late)) == ("submitting", "unknown")
    settled(database, clock, lease, [SendResult(one, Outcome.ACCEPTED) for one in (early, late)])
    assert [history(database, one)[-1] for one in (early, late)] == [
        ("submitting", "sent", None),
        ("unknown", "sent", None),
    ]


@pytest.mark.parametrize("outcome", list(Outcome))
def test_an_answer_under_another_lease_changes_nothing(
    database: Database, clock: FixedClock, outcome: Outcome
) -> None:
    _, (one,) = called(database, clock, 1)
    before = row(database, one), history(database, one)
    settled(database, clock, "of another", [SendResult(one, outcome, Reason.GATEWAY)])
    assert (row(database, one), history(database, one)) == before


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("found", sorted(set(State) - {State.SUBMITTING, State.UNKNOWN}))
def test_an_answer_changes_nothing_where_no_call_is_open(
    database: Database, clock: FixedClock, found: State, outcome: Outcome
) -> None:
    """Even if a lease had been left behind there."""
    lease, (one,) = called(database, clock, 1)
    with database.begin() as connection:
        connection.execute(update(message).values(state=found))
    before = row(database, one), history(database, one)
    settled(database, clock, lease, [SendResult(one, outcome, Reason.GATEWAY)])
    assert (row(database, one), history(database, one)) == before
