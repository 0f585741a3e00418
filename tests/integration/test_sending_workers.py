"""The bell and the worker processes' jobs: what is rung for is done, by whoever is awake."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from messaging_world import TinyGateway, msisdn, put, state, states, tiny_gateway
from redis import Redis
from rq import Queue
from sqlalchemy import select

import workers.process
from smsgateway.cli import cli
from smsgateway.messaging import incoming, optouts
from smsgateway.messaging.bell import SERIALIZER, Bell, QueueName
from smsgateway.messaging.channels import Standing, pause, standing
from smsgateway.messaging.classes import MessageClass
from smsgateway.messaging.port import BadCredentials, DeliveryReport, InboundSms
from smsgateway.messaging.receipts import rows_of, store
from smsgateway.messaging.states import State
from smsgateway.messaging.tables import delivery_report, inbound_message, message
from smsgateway.messaging.worker import run_worker
from smsgateway.service import Service
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database
from workers.process import NotHeld

AMINATA = "+22370000001"


@pytest.fixture
def gateway() -> Iterator[TinyGateway]:
    with tiny_gateway() as running:
        yield running


@pytest.fixture(autouse=True)
def own_signals() -> Iterator[None]:
    """RQ takes the signals of the process it runs in; the test runner gets its own back."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def working(service: Service, gateway: TinyGateway) -> Service:
    """The service with the tiny gateway as its aggregator."""
    return replace(service, settings=replace(service.settings, africastalking_base_url=gateway.url))


def jobs(redis: Redis, queue: str) -> list[tuple[str, list[object]]]:
    found = Queue(queue, connection=redis, serializer=SERIALIZER).jobs
    return [(job.func_name, list(job.args)) for job in found]


def test_rung_messages_are_sent_by_the_worker_of_the_queue(
    working: Service, database: Database, clock: FixedClock, redis: Redis
) -> None:
    rung = put(database, clock, message_class=MessageClass.REPLY)
    other = put(database, clock, to=msisdn(2))
    Bell(redis).ring(QueueName.REPLIES, [rung])
    run_worker(working, QueueName.REPLIES, burst=True)
    assert (state(database, rung), state(database, other)) == ("sent", "queued")


def test_the_sending_worker_begins_with_what_is_due_though_nobody_rang(
    working: Service, database: Database, clock: FixedClock
) -> None:
    for n in range(3):
        put(database, clock, to=msisdn(n))
    run_worker(working, QueueName.SENDING, burst=True)
    assert states(database) == {"sent": 3}


def test_the_sending_worker_tries_again_what_waited_for_new_settings(
    working: Service, database: Database, clock: FixedClock
) -> None:
    one = put(database, clock)
    with database.begin() as connection:
        pause(connection, "main", [BadCredentials("401")], clock.now())
    run_worker(working, QueueName.SENDING, burst=True)
    assert state(database, one) == "sent"
    with database.read() as connection:
        assert standing(connection, "main", clock.now()) is Standing.OPEN


def test_an_inbound_message_is_answered_and_the_answer_sent_by_one_bell(
    working: Service, database: Database, clock: FixedClock, redis: Redis, gateway: TinyGateway
) -> None:
    with database.begin() as connection:
        sms = InboundSms("77", AMINATA, "36077", "STOP")
        row = incoming.row_of("africastalking", "main", sms, {}, clock.now())
        incoming.store(connection, [row])
    Bell(redis).ring_inbound()
    run_worker(working, QueueName.REPLIES, burst=True)
    assert [number for number, _ in gateway.accepted] == [AMINATA]
    with database.read() as connection:
        assert connection.scalar(select(inbound_message.c.outcome)) == "stop"
        assert connection.scalar(select(message.c.state)) == "sent"


def test_receipts_are_settled_by_the_background_worker(
    working: Service, database: Database, clock: FixedClock, redis: Redis
) -> None:
    one = put(database, clock)
    run_worker(working, QueueName.SENDING, burst=True)
    with database.begin() as connection:
        report = DeliveryReport("ATXid_1", AMINATA, "Success", State.DELIVERED)
        store(connection, rows_of("africastalking", "main", [report], {}, clock.now()))
    Bell(redis).ring_receipts()
    run_worker(working, QueueName.BACKGROUND, burst=True)
    assert state(database, one) == "delivered"
    with database.read() as connection:
        assert connection.scalar(select(delivery_report.c.settled_at)) == clock.now()


def test_a_bell_that_is_not_answered_yet_is_rung_once(redis: Redis) -> None:
    bell = Bell(redis)
    for _ in range(50):
        bell.ring()
        bell.ring_inbound()
        bell.ring_receipts()
    assert jobs(redis, "sending") == [("workers.sending.drain", ["main"])]
    assert jobs(redis, "replies") == [("workers.inbound.answer", [])]
    assert jobs(redis, "background") == [("workers.inbound.settle_receipts", [])]


def test_a_bell_rings_again_once_its_job_has_begun(redis: Redis) -> None:
    bell = Bell(redis)
    bell.ring()
    bell.answered("workers.sending.drain", "main")
    bell.ring()
    assert len(jobs(redis, "sending")) == 2


def test_a_job_carries_ids_alone_and_no_ids_make_no_job(redis: Redis) -> None:
    bell = Bell(redis)
    bell.ring(QueueName.REPLIES, [3, 4])
    bell.ring(QueueName.REPLIES, [])
    assert jobs(redis, "replies") == [("workers.sending.send_messages", [[3, 4], "main"])]


def test_a_bell_without_redis_does_not_raise(tmp_path: Path) -> None:
    away = Redis.from_url(f"unix://{tmp_path}/nowhere.sock")
    bell = Bell(away)
    bell.ring()
    bell.ring(QueueName.REPLIES, [1])
    bell.ring_inbound()
    bell.answered("workers.sending.drain", "main")


def test_a_job_outside_a_worker_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers.process, "_held", None)
    with pytest.raises(NotHeld, match="smsgateway worker"):
        workers.process.current()


def test_a_worker_that_is_asked_to_stop_takes_up_nothing(
    working: Service, database: Database, clock: FixedClock
) -> None:
    one = put(database, clock)
    stopping = threading.Event()
    stopping.set()
    process = workers.process.hold(working, stopping)
    process.senders["main"].drain()
    assert state(database, one) == "queued"


@pytest.fixture
def command(service: Service, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    environment = {
        "SMSGATEWAY_VAR": str(service.settings.var_dir),
        "DATABASE_URL": service.settings.database_url,
        "REDIS_URL": service.settings.redis_url or "",
    }
    return CliRunner(env=environment)


def test_the_command_puts_a_text_into_the_outbox_and_rings(
    command: CliRunner, database: Database, redis: Redis
) -> None:
    result = command.invoke(cli, ["send", "--to", "70 00 00 01", "--text", "Dɔgɔtɔrɔso"])
    assert result.exit_code == 0, result.output
    with database.read() as connection:
        written = connection.execute(select(message)).one()
    assert (written.msisdn, written.body, written.state) == (AMINATA, "Dògòtòròso", "queued")
    assert jobs(redis, "replies") == [("workers.sending.send_messages", [[written.id], "main"])]


def test_the_command_renders_a_template_with_its_values(
    command: CliRunner, database: Database
) -> None:
    values = ["--value", "child=Awa", "--value", "date=2026-06-09", "--value", "cscom=Asacoba"]
    result = command.invoke(cli, ["send", "--to", AMINATA, "--template", "rem_3d", *values])
    assert result.exit_code == 0, result.output
    with database.read() as connection:
        body = connection.scalar(select(message.c.body))
    assert body == "Vaccin pour Awa : mardi 9/6, Asacoba. Venez avec l'enfant et le carnet."


@pytest.mark.parametrize(
    "arguments",
    [
        ["--to", AMINATA],
        ["--to", AMINATA, "--text", "a", "--template", "optout_ok"],
        ["--to", "12", "--text", "a"],
        ["--to", AMINATA, "--text", "中"],
        ["--to", AMINATA, "--template", "rem_3d"],
        ["--to", AMINATA, "--template", "rem_3d", "--value", "date=soon"],
        ["--to", AMINATA, "--template", "rem_3d", "--value", "nobody=x"],
    ],
    ids=["nothing", "both", "no number", "no letters", "no values", "no date", "no such value"],
)
def test_the_command_refuses_what_it_cannot_send_and_writes_nothing(
    command: CliRunner, database: Database, arguments: list[str]
) -> None:
    result = command.invoke(cli, ["send", *arguments])
    assert result.exit_code == 2
    assert "Error:" in result.output
    assert states(database) == {}


def test_the_command_respects_a_stop(
    command: CliRunner, database: Database, clock: FixedClock
) -> None:
    with database.begin() as connection:
        optouts.stop(connection, AMINATA, clock.now() - timedelta(days=1))
    result = command.invoke(cli, ["send", "--to", AMINATA, "--text", "a"])
    assert result.exit_code == 1
    assert "STOP" in result.output
