"""Handing messages over: what each answer of a gateway leads to, on both databases."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from messaging_world import (
    OFFICE_HOURS,
    history,
    msisdn,
    put,
    row,
    sender,
    sent_texts,
    state,
    states,
)
from psycopg.pq import TransactionStatus
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from smsgateway.aggregators.loopback import Loopback
from smsgateway.messaging import channels
from smsgateway.messaging.classes import MessageClass
from smsgateway.messaging.port import (
    AmbiguousSend,
    BadCredentials,
    Capabilities,
    ChannelClosed,
    OutboundSms,
    Outcome,
    OutOfCredit,
    Reason,
    SenderRefused,
    SendResult,
    Throttled,
    Unavailable,
)
from smsgateway.messaging.recovery import recover
from smsgateway.messaging.settle import settle
from smsgateway.messaging.tables import channel
from smsgateway.register.phones import profile
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database

AMINATA = "+22370000001"


def test_what_is_due_is_sent_with_its_history(database: Database, clock: FixedClock) -> None:
    one = put(database, clock)
    gateway = Loopback()
    assert sender(database, clock, gateway).drain() is False
    sent = row(database, one)
    assert (sent.state, sent.aggregator_message_id) == ("sent", "loop-1")
    assert (sent.accepted_at, sent.attempts, sent.lease) == (clock.now(), 1, None)
    assert history(database, one) == [
        (None, "queued", None),
        ("queued", "submitting", None),
        ("submitting", "sent", None),
    ]


def test_a_drain_goes_on_until_nothing_is_due(database: Database, clock: FixedClock) -> None:
    for n in range(620):
        put(database, clock, to=msisdn(n))
    gateway = Loopback()
    sender(database, clock, gateway).drain()
    assert states(database) == {"sent": 620}
    assert [len(call) for call in gateway.calls] == [100] * 5 + [100, 20]


def test_named_messages_are_sent_and_no_others(database: Database, clock: FixedClock) -> None:
    named, other = put(database, clock), put(database, clock, to=msisdn(2))
    assert sender(database, clock).send([named, 12345]) == 1
    assert (state(database, named), state(database, other)) == ("sent", "queued")


def test_more_named_messages_than_one_claim_holds_are_all_sent(
    database: Database, clock: FixedClock
) -> None:
    ids = [put(database, clock, to=msisdn(n)) for n in range(510)]
    assert sender(database, clock).send(ids) == 510
    assert states(database) == {"sent": 510}


def in_transaction(connection: Any) -> bool:
    """Asks the driver's connection itself, of either database."""
    if isinstance(connection, sqlite3.Connection):
        return connection.in_transaction
    return bool(connection.info.transaction_status != TransactionStatus.IDLE)


def test_no_transaction_is_open_while_the_gateway_is_called(
    database: Database, clock: FixedClock
) -> None:
    opened: list[Any] = []
    for engine in (database.engine, database._reader):
        engine.dispose()
        event.listen(engine, "connect", lambda connection, _: opened.append(connection))

    class Watching(Loopback):
        def send(self, batch: Sequence[OutboundSms]) -> list[SendResult]:
            assert opened and not any(in_transaction(one) for one in opened)
            return super().send(batch)

    one = put(database, clock)
    sender(database, clock, Watching()).drain()
    assert state(database, one) == "sent"


@pytest.mark.parametrize(
    ("outcome", "reason", "after"),
    [
        (Outcome.REJECTED, Reason.INVALID_NUMBER, "failed"),
        (Outcome.DEFERRED, Reason.GATEWAY, "queued"),
        (Outcome.UNKNOWN, Reason.ANSWER_LOST, "unknown"),
    ],
)
def test_a_refused_recipient_does_not_touch_the_others_of_its_call(
    database: Database, clock: FixedClock, outcome: Outcome, reason: Reason, after: str
) -> None:
    refused, other = put(database, clock, to=AMINATA), put(database, clock, to=msisdn(2))
    sender(database, clock, Loopback(refusals={AMINATA: (outcome, reason)})).drain()
    assert (state(database, refused), state(database, other)) == (after, "sent")
    assert history(database, refused)[-1] == ("submitting", after, reason)


def test_a_passing_refusal_is_tried_for_hours_until_the_message_expires(
    database: Database, clock: FixedClock
) -> None:
    one = put(database, clock, expires_at=clock.now() + timedelta(hours=6))
    refusing = Loopback(refusals={AMINATA: (Outcome.DEFERRED, Reason.GATEWAY)})
    waits = []
    while state(database, one) == "queued":
        sender(database, clock, refusing).drain()
        due_at = row(database, one).due_at
        if due_at > clock.now():
            waits.append((due_at - clock.now()).total_seconds() / 60)
            clock.move(due_at - clock.now())
    assert waits == [1, 4, 16, 64, 120, 120, 120]
    assert history(database, one)[-1] == ("queued", "expired", "too_late")


def test_a_refusal_with_a_last_attempt_fails_at_it(database: Database, clock: FixedClock) -> None:
    class TwiceAtMost(Loopback):
        def send(self, batch: list[OutboundSms]) -> list[SendResult]:  # type: ignore[override]
            return [
                SendResult(sms.reference, Outcome.DEFERRED, Reason.GATEWAY, most_attempts=2)
                for sms in batch
            ]

    one = put(database, clock)
    sender(database, clock, TwiceAtMost()).drain()
    assert state(database, one) == "queued"
    clock.move(timedelta(minutes=1))
    sender(database, clock, TwiceAtMost()).drain()
    assert state(database, one) == "failed"


def test_a_phone_that_opted_out_at_the_gateway_is_opted_out_here(
    database: Database, clock: FixedClock
) -> None:
    refused = put(database, clock)
    later = put(database, clock, due_at=clock.now() + timedelta(hours=1))
    refusing = Loopback(refusals={AMINATA: (Outcome.REJECTED, Reason.OPTED_OUT)})
    sender(database, clock, refusing).drain()
    with database.read() as connection:
        known = profile(connection, AMINATA)
    assert known and known.opted_out
    assert (state(database, refused), state(database, later)) == ("failed", "cancelled")


@pytest.mark.parametrize(
    ("refusal", "pause"),
    [
        (BadCredentials("401"), None),
        (SenderRefused("InvalidSenderId"), None),
        (OutOfCredit("InsufficientBalance"), timedelta(minutes=15)),
        (Unavailable("503"), timedelta(seconds=15)),
        (Throttled("429", retry_after=timedelta(minutes=5)), timedelta(minutes=5)),
    ],
    ids=["credentials", "sender id", "balance", "unavailable", "throttled"],
)
def test_a_channel_that_refuses_everything_pauses_and_burns_nothing(
    database: Database, clock: FixedClock, refusal: ChannelClosed, pause: timedelta | None
) -> None:
    for n in range(30):
        put(database, clock, to=msisdn(n), body=f"text {n}")
    gateway = Loopback(failures=[refusal] * 4)
    sender(database, clock, gateway).drain()
    assert states(database) == {"queued": 30}
    with database.read() as connection:
        paused = connection.execute(select(channel)).one()
    assert paused.paused_reason == refusal.reason
    assert paused.resumes_at == (None if pause is None else clock.now() + pause)
    sender(database, clock, gateway).drain()
    assert gateway.accepted() == []


def test_a_paused_channel_proves_itself_with_one_message_first(
    database: Database, clock: FixedClock
) -> None:
    gateway = Loopback(failures=[AmbiguousSend("read timeout")] * 4)
    for n in range(40):
        put(database, clock, to=msisdn(n), body=f"text {n}")
    sender(database, clock, gateway).drain()
    assert states(database) == {"unknown": 4, "queued": 36}
    gateway.failures = [AmbiguousSend("read timeout")]
    clock.move(timedelta(seconds=15))
    sender(database, clock, gateway).drain()
    assert states(database) == {"unknown": 5, "queued": 35}
    clock.move(timedelta(seconds=15))
    sender(database, clock, gateway).drain()
    assert gateway.accepted() == []
    clock.move(timedelta(seconds=15))
    sender(database, clock, gateway).drain()
    assert states(database) == {"unknown": 5, "sent": 35}


@pytest.mark.parametrize(
    "reason", [Reason.INSUFFICIENT_BALANCE, Reason.SENDER_ID, Reason.RISK_HOLD]
)
def test_a_recipient_refused_for_the_accounts_sake_pauses_the_channel(
    database: Database, clock: FixedClock, reason: Reason
) -> None:
    one = put(database, clock)
    gateway = Loopback(refusals={AMINATA: (Outcome.DEFERRED, reason)})
    sender(database, clock, gateway).drain()
    other = put(database, clock, to=msisdn(2))
    sender(database, clock, gateway).drain()
    assert (state(database, one), state(database, other)) == ("queued", "queued")


def test_the_gravest_refusal_of_a_wave_decides(database: Database, clock: FixedClock) -> None:
    for n in range(2):
        put(database, clock, to=msisdn(n), body=f"text {n}")
    gateway = Loopback(failures=[Unavailable("503"), BadCredentials("401")])
    sender(database, clock, gateway).drain()
    with database.read() as connection:
        assert connection.scalar(select(channel.c.paused_reason)) == Reason.CREDENTIALS


def test_pauses_grow_while_the_gateway_stays_away_and_are_forgotten_when_it_is_back(
    database: Database, clock: FixedClock
) -> None:
    put(database, clock)
    pauses = []
    for _ in range(8):
        with database.begin() as connection:
            channels.pause(connection, "main", [Unavailable("down")], clock.now())
            resumes_at = connection.scalar(select(channel.c.resumes_at))
        assert resumes_at
        pauses.append((resumes_at - clock.now()).total_seconds())
    assert pauses == [15, 30, 60, 120, 240, 480, 600, 600]
    clock.move(timedelta(minutes=10))
    sender(database, clock).drain()
    with database.read() as connection:
        assert channels.standing(connection, "main", clock.now()) is channels.Standing.OPEN
        assert connection.scalar(select(channel.c.failures)) == 0


def test_a_start_tries_again_what_waited_for_a_person(
    database: Database, clock: FixedClock
) -> None:
    with database.begin() as connection:
        channels.pause(connection, "main", [BadCredentials("401")], clock.now())
        channels.resume_misconfigured(connection)
        assert channels.standing(connection, "main", clock.now()) is channels.Standing.OPEN


def test_a_fault_in_the_adapter_is_ambiguous_and_closes_the_channel(
    database: Database, clock: FixedClock
) -> None:
    first, second = put(database, clock), put(database, clock, message_class=MessageClass.NOTICE)
    gateway = Loopback(failures=[KeyError("surprise")], capabilities=Capabilities(parallel_calls=1))
    sender(database, clock, gateway).drain()
    assert (state(database, first), state(database, second)) == ("unknown", "queued")


def test_answers_that_the_database_does_not_take_at_once_are_not_lost(
    database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    troubles = [OperationalError("UPDATE", {}, Exception("database is locked")) for _ in range(3)]

    def settle_with_trouble(*arguments: Any) -> None:
        settle(*arguments)
        if troubles:
            raise troubles.pop()

    monkeypatch.setattr("smsgateway.messaging.handover.settle", settle_with_trouble)
    monkeypatch.setattr("smsgateway.messaging.handover.SETTLE_PAUSES_S", (0, 0, 0))
    one = put(database, clock)
    gateway = Loopback()
    sender(database, clock, gateway).drain()
    assert troubles == []
    assert state(database, one) == "sent"
    assert len(gateway.accepted()) == 1


def test_a_sender_that_is_stopped_gives_back_what_it_has_not_begun(
    database: Database, clock: FixedClock
) -> None:
    for n in range(20):
        put(database, clock, to=msisdn(n), body=f"text {n}")
    stopping = threading.Event()

    class Stopping(Loopback):
        def send(self, batch: object) -> list[SendResult]:
            stopping.set()
            return super().send(batch)  # type: ignore[arg-type]

    gateway = Stopping()
    working = sender(database, clock, gateway)
    working.stopping = stopping
    working.drain()
    assert states(database) == {"sent": 4, "queued": 16}
    sender(database, clock, gateway).drain()
    assert len(sent_texts(gateway)) == 20 == len(set(sent_texts(gateway)))


def test_an_answer_that_comes_after_the_lease_was_over_still_counts(
    database: Database, clock: FixedClock
) -> None:
    class Slow(Loopback):
        def send(self, batch: object) -> list[SendResult]:
            clock.move(timedelta(minutes=10))
            recover(database, clock.now())
            return super().send(batch)  # type: ignore[arg-type]

    one = put(database, clock)
    sender(database, clock, Slow()).drain()
    assert [line[1] for line in history(database, one)] == [
        "queued",
        "submitting",
        "unknown",
        "sent",
    ]


def test_a_proof_of_refusal_after_the_lease_was_over_does_not_lead_back_to_the_queue(
    database: Database, clock: FixedClock
) -> None:
    class SlowAndThenRefused(Loopback):
        def send(self, batch: object) -> list[SendResult]:
            clock.move(timedelta(minutes=10))
            recover(database, clock.now())
            raise Unavailable("503")

    one = put(database, clock)
    sender(database, clock, SlowAndThenRefused()).drain()
    assert state(database, one) == "unknown"


def test_reminders_wait_for_the_morning_while_answers_go(
    database: Database, clock: FixedClock
) -> None:
    clock.move(timedelta(hours=12))
    reminder = put(database, clock)
    answer = put(database, clock, message_class=MessageClass.REPLY)
    sender(database, clock, hours=OFFICE_HOURS).drain()
    assert (state(database, reminder), state(database, answer)) == ("queued", "sent")
    clock.move(timedelta(hours=11))
    sender(database, clock, hours=OFFICE_HOURS).drain()
    assert state(database, reminder) == "sent"
