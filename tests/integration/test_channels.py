"""Ways out that close: by hand, for want of money, and when another takes over; and their pace."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from click.testing import CliRunner
from messaging_world import ALL_DAY, history, msisdn, put, row, sender, state, states
from redis import Redis
from rq import Queue

import workers.process
from smsgateway.aggregators.balances import resume_refilled
from smsgateway.aggregators.base import Balance
from smsgateway.aggregators.loopback import Loopback
from smsgateway.cli import cli
from smsgateway.messaging import channels
from smsgateway.messaging.bell import SERIALIZER
from smsgateway.messaging.channels import Standing
from smsgateway.messaging.classes import MessageClass
from smsgateway.messaging.fallback import divert
from smsgateway.messaging.pace import BURST_S, Pace
from smsgateway.messaging.port import (
    AmbiguousSend,
    BadCredentials,
    Capabilities,
    ChannelClosed,
    Outcome,
    OutOfCredit,
    Reason,
    Unavailable,
)
from smsgateway.messaging.sender import Sender
from smsgateway.service import Service
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database
from workers import sending


def close(database: Database, clock: FixedClock, refusal: ChannelClosed, times: int = 1) -> None:
    with database.begin() as connection:
        for _ in range(times):
            channels.pause(connection, "main", [refusal], clock.now())


def standing(database: Database, clock: FixedClock, name: str = "main") -> Standing:
    with database.read() as connection:
        return channels.standing(connection, name, clock.now())


def test_what_a_person_paused_opens_by_hand_alone(database: Database, clock: FixedClock) -> None:
    one = put(database, clock)
    with database.begin() as connection:
        channels.pause_by_hand(connection, "main", clock.now())
    close(database, clock, Unavailable("a call that was still under way"))
    with database.begin() as connection:
        channels.resume_misconfigured(connection)
        channels.prove_well(connection, "main")
    clock.move(timedelta(hours=1))
    sender(database, clock).drain()
    assert state(database, one) == "queued"
    with database.begin() as connection:
        assert channels.resume(connection, "main") is True
        assert channels.resume(connection, "main") is False
    sender(database, clock).drain()
    assert state(database, one) == "sent"


class Account(Loopback):
    """A gateway whose balance can be asked; an exception stands for one that does not answer."""

    money: Balance | ChannelClosed | None = None

    def balance(self) -> Balance | None:
        if isinstance(self.money, ChannelClosed):
            raise self.money
        return self.money


@pytest.mark.parametrize(
    ("money", "opens"),
    [
        (Balance(Decimal("0.01"), "XOF"), True),
        (Balance(Decimal(0), "XOF"), False),
        (Balance(Decimal(-3), "XOF"), False),
        (Unavailable("503"), False),
        (None, False),
    ],
    ids=["money", "nothing", "debts", "no answer", "not told"],
)
def test_a_channel_opens_when_the_balance_returns(
    database: Database, clock: FixedClock, money: Balance | ChannelClosed | None, opens: bool
) -> None:
    close(database, clock, OutOfCredit("InsufficientBalance"))
    account = Account()
    account.money = money
    assert resume_refilled(database, {"main": account}) == (["main"] if opens else [])
    assert (standing(database, clock) is Standing.OPEN) is opens


def test_a_balance_opens_no_channel_that_is_closed_for_something_else(
    database: Database, clock: FixedClock
) -> None:
    close(database, clock, BadCredentials("401"))
    account = Account()
    account.money = Balance(Decimal(100), "XOF")
    assert resume_refilled(database, {"main": account}) == []
    assert standing(database, clock) is Standing.CLOSED


@pytest.mark.parametrize(
    ("refusal", "times", "moves"),
    [
        (BadCredentials("401"), 1, True),
        (OutOfCredit("405"), 1, True),
        (Unavailable("down"), 1, False),
        (Unavailable("down"), 3, True),
    ],
    ids=["credentials", "balance", "a short trouble", "a long one"],
)
def test_what_waits_for_a_channel_that_stays_closed_goes_another_way(
    database: Database, clock: FixedClock, refusal: ChannelClosed, times: int, moves: bool
) -> None:
    due, later = put(database, clock), put(database, clock, due_at=clock.now() + timedelta(hours=1))
    close(database, clock, refusal, times)
    with database.begin() as connection:
        assert divert(connection, "main", "backup", clock.now()) == ([due] if moves else [])
    assert row(database, due).channel == ("backup" if moves else "main")
    assert row(database, later).channel == "main"


def test_nothing_goes_to_another_way_that_is_closed_too(
    database: Database, clock: FixedClock
) -> None:
    put(database, clock)
    close(database, clock, BadCredentials("401"))
    with database.begin() as connection:
        channels.pause_by_hand(connection, "backup", clock.now())
        assert divert(connection, "main", "backup", clock.now()) == []


def test_what_may_have_been_sent_is_never_sent_another_way(
    database: Database, clock: FixedClock
) -> None:
    ids = [put(database, clock, to=msisdn(n), body=f"text {n}") for n in range(6)]
    gateway = Loopback(failures=[AmbiguousSend("cut")], capabilities=Capabilities(parallel_calls=1))
    sender(database, clock, gateway).drain()
    assert states(database) == {"unknown": 1, "queued": 5}
    close(database, clock, BadCredentials("401"))
    with database.begin() as connection:
        moved = divert(connection, "main", "backup", clock.now())
    assert len(moved) == 5
    other = Loopback()
    Sender(database, other, clock, ALL_DAY, "backup").drain()
    assert states(database) == {"unknown": 1, "sent": 5}
    assert {sms.reference for sms in other.accepted()} == set(moved) < set(ids)


@pytest.fixture
def two_ways(service: Service) -> Iterator[Service]:
    """The service with a loopback as its fallback."""
    settings = replace(
        service.settings,
        channels={"main": "africastalking", "backup": "loopback"},
        fallbacks={"main": "backup"},
    )
    yield replace(service, settings=settings)
    workers.process._held = None


def test_the_sending_job_lets_the_fallback_take_over(
    two_ways: Service, database: Database, clock: FixedClock
) -> None:
    one = put(database, clock)
    answer = put(database, clock, to=msisdn(2), message_class=MessageClass.REPLY)
    close(database, clock, BadCredentials("401"))
    workers.process.hold(two_ways, threading.Event())
    sending.send_messages([answer])
    sending.drain()
    assert row(database, one).channel == row(database, answer).channel == "backup"
    sending.drain("backup")
    assert states(database) == {"sent": 2}


def no_route(msisdn: str, outcome: Outcome = Outcome.DEFERRED) -> Loopback:
    return Loopback(refusals={msisdn: (outcome, Reason.NO_ROUTE)})


def test_whom_a_channel_has_no_route_to_is_tried_by_its_fallback_at_once(
    database: Database, clock: FixedClock
) -> None:
    stranger, other = put(database, clock, to=msisdn(1)), put(database, clock, to=msisdn(2))
    main = Sender(database, no_route(msisdn(1)), clock, ALL_DAY, fallback="backup")
    main.drain()
    assert main.rerouted == [stranger]
    assert (state(database, stranger), state(database, other)) == ("queued", "sent")
    assert standing(database, clock) is Standing.OPEN
    backup = Loopback()
    Sender(database, backup, clock, ALL_DAY, "backup").drain()
    assert [sms.reference for sms in backup.accepted()] == [stranger]
    assert history(database, stranger) == [
        (None, "queued", None),
        ("queued", "submitting", None),
        ("submitting", "queued", Reason.NO_ROUTE),
        ("queued", "submitting", None),
        ("submitting", "sent", None),
    ]


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.REJECTED])
def test_only_what_was_surely_not_accepted_and_may_pass_takes_another_route(
    database: Database, clock: FixedClock, outcome: Outcome
) -> None:
    one = put(database, clock, to=msisdn(1))
    main = Sender(database, no_route(msisdn(1), outcome), clock, ALL_DAY, fallback="backup")
    main.drain()
    assert main.rerouted == []
    assert row(database, one).channel == "main"
    assert state(database, one) == ("unknown" if outcome is Outcome.UNKNOWN else "failed")


@pytest.mark.parametrize("fallback", [None, "backup"])
def test_without_an_open_fallback_the_channel_tries_again_later(
    database: Database, clock: FixedClock, fallback: str | None
) -> None:
    one = put(database, clock, to=msisdn(1))
    with database.begin() as connection:
        channels.pause_by_hand(connection, "backup", clock.now())
    Sender(database, no_route(msisdn(1)), clock, ALL_DAY, fallback=fallback).drain()
    found = row(database, one)
    assert (found.channel, found.due_at) == ("main", clock.now() + timedelta(minutes=1))


def test_what_its_fallback_has_no_route_to_either_waits_there(
    database: Database, clock: FixedClock
) -> None:
    one = put(database, clock, to=msisdn(1))
    Sender(database, no_route(msisdn(1)), clock, ALL_DAY, fallback="backup").drain()
    Sender(database, no_route(msisdn(1)), clock, ALL_DAY, "backup").drain()
    found = row(database, one)
    assert (found.channel, found.state) == ("backup", "queued")
    assert found.due_at > clock.now()


@pytest.mark.parametrize("job", ["drain", "send_messages"])
def test_the_sending_job_wakes_the_fallback_for_whom_there_was_no_route(
    two_ways: Service, database: Database, clock: FixedClock, redis: Redis, job: str
) -> None:
    one = put(database, clock, to=msisdn(1), message_class=MessageClass.REPLY)
    process = workers.process.hold(two_ways, threading.Event())
    process.senders["main"].gateway = no_route(msisdn(1))
    if job == "drain":
        sending.drain()
    else:
        sending.send_messages([one])
    queue = "sending" if job == "drain" else "replies"
    (rung,) = Queue(queue, connection=redis, serializer=SERIALIZER).jobs
    rung.func(*rung.args)
    assert state(database, one) == "sent"
    assert row(database, one).channel == "backup"


def test_a_pace_lets_through_its_rate_and_a_small_burst() -> None:
    pace = Pace("main", 1_000.0)
    allowed = pace.grant([1] * 5_000).calls
    assert BURST_S * 1_000 <= allowed < 1_000
    assert pace.grant([1]).wait_s >= 0


def test_a_call_larger_than_the_burst_goes_in_its_turn_and_is_paid_for_afterwards() -> None:
    pace = Pace("main", 10.0)
    assert pace.grant([100, 1]).calls == 1
    refused = pace.grant([1])
    assert refused.calls == 0 and 5 < refused.wait_s <= 10


def test_answers_do_not_wait_and_the_others_wait_for_them() -> None:
    pace = Pace("main", 10.0)
    assert pace.grant([1] * 50, urgent=True).calls == 50
    assert pace.grant([1]).calls == 0
    assert pace.grant([1], urgent=True).calls == 1


def test_processes_share_one_pace_through_redis(redis: Redis) -> None:
    one, other = Pace("main", 10.0, redis), Pace("main", 10.0, redis)
    assert one.grant([20]).calls == 1
    assert other.grant([1]).calls == 0
    assert Pace("backup", 10.0, redis).grant([1]).calls == 1


def test_without_redis_a_process_keeps_the_pace_by_itself() -> None:
    nobody = Redis(unix_socket_path="/nowhere/redis.sock")
    pace = Pace("main", 10.0, nobody)
    assert pace.grant([20]).calls == 1
    assert pace.grant([1]).calls == 0


def test_a_channel_without_a_rate_knows_no_pace() -> None:
    assert Pace().grant([1] * 1_000) == (1_000, 0.0)


def test_a_paced_drain_sends_everything(
    database: Database, clock: FixedClock, redis: Redis
) -> None:
    for n in range(60):
        put(database, clock, to=msisdn(n), body=f"text {n}")
    gateway = Loopback()
    one = Sender(database, gateway, clock, ALL_DAY, pace=Pace("main", 200.0, redis))
    one.drain()
    assert states(database) == {"sent": 60}


@pytest.fixture
def command(service: Service) -> CliRunner:
    return CliRunner(
        env={
            "SMSGATEWAY_VAR": str(service.settings.var_dir),
            "DATABASE_URL": service.settings.database_url,
            "REDIS_URL": service.settings.redis_url or "",
        }
    )


def test_the_command_pauses_lists_and_resumes(
    command: CliRunner, database: Database, clock: FixedClock
) -> None:
    put(database, clock)
    assert "open" in command.invoke(cli, ["channel", "list"]).output
    assert command.invoke(cli, ["channel", "pause", "main"]).exit_code == 0
    assert standing(database, clock) is Standing.CLOSED
    assert "by_hand" in command.invoke(cli, ["channel", "list"]).output
    assert "is open" in command.invoke(cli, ["channel", "resume", "main"]).output
    assert standing(database, clock) is Standing.OPEN
    refused = command.invoke(cli, ["channel", "pause", "nowhere"])
    assert refused.exit_code == 2 and "main" in refused.output
