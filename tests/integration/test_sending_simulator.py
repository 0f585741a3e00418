"""The whole way round with the simulator: sent over HTTP, accepted or not, reported, settled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from messaging_world import put, row, sender
from redis import Redis
from sqlalchemy import func, select
from tiny_application import eventually

from smsgateway.aggregators.africastalking import AfricasTalking
from smsgateway.messaging.channels import Standing, standing
from smsgateway.messaging.receipts import MOST_TRIES, settle_parked
from smsgateway.messaging.tables import delivery_report
from smsgateway.paths import locales_dir
from smsgateway.service import Service
from smsgateway.settings import Settings
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database
from smsgateway.text.catalogue import Catalogue
from smsgateway.web.simulator.app import create_app
from smsgateway.web.simulator.config import CallbackUrls, Config
from smsgateway.web.simulator.outcomes import OUTCOMES
from smsgateway.web.simulator.server import Server, running
from smsgateway.web.simulator.simulator import Simulator
from smsgateway.web.webhooks import sms

IN_THE_END = {
    "ok": "delivered",
    "code-100": "delivered",
    "code-101": "delivered",
    "code-102": "delivered",
    "code-401": "queued, paused",
    "code-402": "queued, paused",
    "code-403": "failed",
    "code-404": "failed",
    "code-405": "queued, paused",
    "code-406": "failed",
    "code-407": "queued",
    "code-409": "failed",
    "code-499": "failed",
    "code-500": "queued",
    "code-501": "queued",
    "code-502": "queued",
    "http-400": "queued",
    "http-401": "queued, paused",
    "http-429": "queued, paused",
    "http-500": "queued, paused",
    "http-502": "unknown, paused",
    "http-503": "queued, paused",
    "http-504": "unknown, paused",
    "slow": "delivered, paused",
    "cut-before": "unknown, paused",
    "cut-after": "delivered, paused",
    "charset": "delivered",
    "wrong-type": "delivered",
    "string-codes": "delivered",
    "no-cost": "delivered",
    "empty": "queued, paused",
    "lost": "sent",
    "receipts-in-order": "delivered",
    "receipts-out-of-order": "delivered",
    "receipts-twice": "delivered",
    "receipt-early": "delivered",
    "receipt-never": "sent",
    "receipt-failed": "failed",
    "receipt-rejected": "failed",
    "receipt-absent": "sent",
    "receipt-expired": "failed",
    "receipt-failed-then-success": "delivered",
    "receipt-unknown-word": "sent",
    "receipt-unknown-id": "sent",
}
"""What becomes of a message for each outcome of the simulator; `paused` is the channel after it."""


@pytest.fixture
def simulator(
    settings: Settings, sqlite_database: Database, redis: Redis, clock: FixedClock
) -> Iterator[tuple[Simulator, str]]:
    """The simulator with its callbacks going to our own webhooks, and its address."""
    service = Service(settings, sqlite_database, redis, clock, Catalogue.load(locales_dir()))
    app = Flask("webhooks")
    app.register_blueprint(sms.blueprint(service))
    with running(Server(app, "127.0.0.1", 0)) as listening:
        base = f"{listening.url}/webhooks/africastalking/main/{settings.webhook_tokens[0]}"
        config = Config(callbacks=CallbackUrls.below(base), delivery_delay_s=0.02)
        played = Simulator(config)
        with running(Server(create_app(played), "127.0.0.1", 0)) as server:
            yield played, server.url
        played.close()


def test_every_outcome_of_the_simulator_has_an_end_here() -> None:
    assert set(IN_THE_END) == set(OUTCOMES)


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_message_ends_as_the_gateway_let_it(
    simulator: tuple[Simulator, str], sqlite_database: Database, clock: FixedClock, name: str
) -> None:
    played, url = simulator
    outcome = OUTCOMES[name]
    one = put(sqlite_database, clock, to=f"+223{outcome.ending or '70000001'}")
    gateway = AfricasTalking("sandbox", "key", base_url=url, timeout=(1.0, 1.0))
    sender(sqlite_database, clock, gateway).drain()
    accepted = played.gateway.ledger.summary()["accepted"]
    expected = len(outcome.receipts) * accepted
    eventually(lambda: _reports(sqlite_database) == expected)
    with sqlite_database.read() as connection:
        paused = standing(connection, "main", clock.now()) is not Standing.OPEN
    for _ in range(MOST_TRIES):
        settle_parked(sqlite_database, clock.now())
        clock.move(timedelta(hours=2))
    state = row(sqlite_database, one).state
    assert (f"{state}, paused" if paused else state) == IN_THE_END[name]


def _reports(database: Database) -> int:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(delivery_report)) or 0
