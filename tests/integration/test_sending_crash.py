"""A worker killed with -9 between any two of its steps: nothing lost, nothing sent twice.

A real worker process under RQ, a real Redis, a real database, and a little HTTP gateway that counts
what it accepted. Each kill strikes at a named place; then a second worker takes over.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from messaging_world import TinyGateway, msisdn, put, states, tiny_gateway
from redis import Redis
from sqlalchemy import select

from smsgateway.messaging.bell import Bell
from smsgateway.messaging.claim import LEASE
from smsgateway.messaging.classes import MessageClass
from smsgateway.messaging.port import DeliveryReport
from smsgateway.messaging.receipts import MOST_TRIES, rows_of, settle_parked, store
from smsgateway.messaging.recovery import recover
from smsgateway.messaging.states import State
from smsgateway.messaging.tables import message
from smsgateway.settings import Settings
from smsgateway.storage.clock import SystemClock
from smsgateway.storage.engine import Database

MESSAGES = 8

WORKER = """
from smsgateway.messaging.worker import run_worker
from smsgateway.service import Service
from smsgateway.settings import Settings

run_worker(Service.build(Settings.from_env()), "sending", burst=True)
"""


@pytest.fixture
def gateway() -> Iterator[TinyGateway]:
    with tiny_gateway() as running:
        yield running


class Workers:
    """Starts worker processes on the database and Redis of the test."""

    def __init__(self, settings: Settings, database: Database, gateway: TinyGateway) -> None:
        self._environment = {
            **os.environ,
            "SMSGATEWAY_VAR": str(settings.var_dir),
            "DATABASE_URL": database.url.render_as_string(hide_password=False),
            "REDIS_URL": settings.redis_url or "",
            "AFRICASTALKING_API_KEY": "key-for-tests-alone",
            "AFRICASTALKING_BASE_URL": gateway.url,
        }
        self._folder = settings.var_dir

    def run(self, *, dies_at: str | None = None) -> subprocess.Popen[bytes]:
        """A worker until the queue is empty, or until it reaches a fail point."""
        armed = {"SMSGATEWAY_FAILPOINTS": f"{dies_at}=kill"} if dies_at else {}
        return subprocess.Popen(
            [sys.executable, "-c", WORKER], env={**self._environment, **armed}, cwd=_ROOT
        )


_ROOT = Path(__file__).parents[2]


@pytest.fixture
def workers(settings: Settings, database: Database, redis: Redis, gateway: TinyGateway) -> Workers:
    return Workers(settings, database, gateway)


@pytest.fixture
def waiting(database: Database) -> set[str]:
    """Messages that wait, each with its own text; their texts."""
    clock = SystemClock()
    texts = {f"text {n}" for n in range(MESSAGES)}
    for n, text in enumerate(sorted(texts)):
        put(database, clock, to=msisdn(n), body=text, message_class=MessageClass.REPLY)  # type: ignore[arg-type]
    return texts


def recover_later(database: Database) -> None:
    recover(database, SystemClock().now() + LEASE)


def texts_of(gateway: TinyGateway) -> set[str]:
    return {text for _, text in gateway.accepted}


@pytest.mark.parametrize("place", ["sender.claimed", "sender.marking"])
def test_a_kill_before_the_mark_sends_everything_once_later(
    database: Database, workers: Workers, gateway: TinyGateway, waiting: set[str], place: str
) -> None:
    assert workers.run(dies_at=place).wait(60) == -signal.SIGKILL
    assert states(database) == {"submitting": MESSAGES}
    assert workers.run().wait(60) == 0
    assert not gateway.accepted, "a lease that still runs belongs to its worker"
    recover_later(database)
    assert workers.run().wait(60) == 0
    assert states(database) == {"sent": MESSAGES}
    assert texts_of(gateway) == waiting
    assert set(gateway.accepted.values()) == {1}


@pytest.mark.parametrize("place", ["sender.marked", "sender.calling", "sender.settling"])
def test_a_kill_after_the_mark_never_sends_again(
    database: Database,
    workers: Workers,
    gateway: TinyGateway,
    waiting: set[str],
    place: str,
) -> None:
    assert workers.run(dies_at=place).wait(60) == -signal.SIGKILL
    assert (gateway.accepted.total() == 0) is (place != "sender.settling")
    recover_later(database)
    assert workers.run().wait(60) == 0
    assert states(database) == {"unknown": MESSAGES}
    assert set(gateway.accepted.values()) <= {1}


def test_a_kill_after_the_settling_loses_no_answer_that_was_settled(
    database: Database, workers: Workers, gateway: TinyGateway, waiting: set[str]
) -> None:
    assert workers.run(dies_at="sender.settled").wait(60) == -signal.SIGKILL
    recover_later(database)
    assert workers.run().wait(60) == 0
    found = states(database)
    assert found["sent"] > 0 and found["sent"] + found["unknown"] == MESSAGES
    assert set(gateway.accepted.values()) == {1}


def test_a_kill_in_the_middle_of_a_call_never_sends_twice_and_receipts_settle_it(
    database: Database, workers: Workers, gateway: TinyGateway, waiting: set[str]
) -> None:
    process = workers.run()
    gateway.before_answer = lambda: os.kill(process.pid, signal.SIGKILL)
    assert process.wait(60) == -signal.SIGKILL
    gateway.before_answer = lambda: None
    recover_later(database)
    assert workers.run().wait(60) == 0
    assert set(gateway.accepted.values()) == {1}, "nothing was sent twice"
    found = states(database)
    assert found["unknown"] + found["sent"] == MESSAGES, "nothing was lost"
    assert found["unknown"] >= gateway.accepted.total() - found["sent"] > 0
    _report_everything(database, gateway)
    found = states(database)
    assert found["delivered"] == gateway.accepted.total()
    assert found["delivered"] + found["unknown"] == MESSAGES


def test_a_term_ends_the_worker_with_nothing_in_its_hands(
    database: Database, workers: Workers, gateway: TinyGateway, waiting: set[str]
) -> None:
    process = workers.run()
    asked = threading.Lock()  # once: a second signal a second later asks RQ to drop everything
    gateway.before_answer = lambda: (
        process.send_signal(signal.SIGTERM) if asked.acquire(blocking=False) else None
    )
    assert process.wait(60) == 0
    gateway.before_answer = lambda: None
    found = states(database)
    assert found["sent"] == gateway.accepted.total() > 0
    assert found["sent"] + found["queued"] == MESSAGES


def test_losing_redis_delays_and_never_repeats(
    database: Database, workers: Workers, gateway: TinyGateway, redis: Redis, waiting: set[str]
) -> None:
    Bell(redis).ring()
    redis.flushall()
    assert workers.run().wait(60) == 0
    redis.flushall()
    assert workers.run().wait(60) == 0
    assert states(database) == {"sent": MESSAGES}
    assert set(gateway.accepted.values()) == {1}


def _report_everything(database: Database, gateway: TinyGateway) -> None:
    """The gateway reports everything that it accepted, with ids that a dead worker never read."""
    now = SystemClock().now()
    with database.begin() as connection:
        learnt = set(
            connection.scalars(
                select(message.c.msisdn).where(message.c.aggregator_message_id.is_not(None))
            )
        )
        known = {
            row.msisdn: row.aggregator_message_id
            for row in connection.execute(
                select(message.c.msisdn, message.c.aggregator_message_id).where(
                    message.c.msisdn.in_(learnt)
                )
            )
        }
        for number, _ in gateway.accepted:
            report = DeliveryReport(
                known.get(number, f"late-{number}"), number, "Success", State.DELIVERED
            )
            store(connection, rows_of("africastalking", "main", [report], {}, now))
    for _ in range(MOST_TRIES):
        now += timedelta(hours=2)
        settle_parked(database, now)
