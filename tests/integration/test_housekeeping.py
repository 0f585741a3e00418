"""What was kept long enough is forgotten in small steps, and nothing before its time."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from prometheus_client.registry import CollectorRegistry
from sqlalchemy import func, insert, select

from smsgateway import housekeeping
from smsgateway.housekeeping import keepings, overdue_since, tidy
from smsgateway.messaging.tables import delivery_report, inbound_message, unread_callback
from smsgateway.register.phones import ensure_phone
from smsgateway.register.tables import facility, failed_proof
from smsgateway.service import Service
from smsgateway.sessions.tables import dialogue_step
from smsgateway.staff.tables import pin_attempt, staff
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database
from smsgateway.web.metrics import ClockFigures

AMINATA = "+22370000001"
TABLES = [
    delivery_report,
    inbound_message,
    unread_callback,
    dialogue_step,
    failed_proof,
    pin_attempt,
]


def always() -> bool:
    return True


@pytest.fixture
def worker(database: Database, clock: FixedClock) -> int:
    """A health worker, whose PIN was tried."""
    with database.begin() as connection:
        centre = connection.execute(
            insert(facility).returning(facility.c.id),
            {"code": "C1", "name": "CSCOM (démo)", "kind": "cscom", "region": "Bamako"},
        ).scalar_one()
        return connection.execute(
            insert(staff).returning(staff.c.id),
            {
                "name": "Awa (démo)",
                "phone_id": ensure_phone(connection, AMINATA, clock.now()),
                "facility_id": centre,
                "role": "agent",
                "created_at": clock.now(),
            },
        ).scalar_one()


def leave_traces(database: Database, at: datetime, name: str, worker: int) -> None:
    """A row in each table that forgets, of the moment `at`."""
    came = {"channel": "main", "received_at": at}
    payload = {"aggregator": "africastalking", "raw": {}, **came}
    request = {"kind": "sms", "content_type": "", "query": "", "body": b"", "error": "?"}
    step = {"session_key": name, "transcript": "t", "reply": "END", "final": 1, "effects": []}
    rows = {
        delivery_report: {**payload, "status": "Success", "retry_at": at, "settled_at": at},
        inbound_message: {
            **payload,
            "aggregator_message_id": name,
            "msisdn": AMINATA,
            "body": "STOP",
            "handled_at": at,
        },
        unread_callback: {**request, **came},
        dialogue_step: {**step, "created_at": at},
        failed_proof: {"msisdn": AMINATA, "failed_at": at, "idempotency_key": name},
        pin_attempt: {
            "idempotency_key": name,
            "staff_id": worker,
            "right": True,
            "left": 3,
            "at": at,
        },
    }
    with database.begin() as connection:
        for table, row in rows.items():
            connection.execute(insert(table), row)


def left(database: Database) -> list[int]:
    with database.read() as connection:
        return [connection.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES]


def test_each_trace_is_forgotten_when_its_time_is_over_and_not_before(
    service: Service, database: Database, clock: FixedClock, worker: int
) -> None:
    settings = service.settings
    leave_traces(database, clock.now(), "a", worker)
    clock.move(timedelta(days=settings.steps_kept_days))
    leave_traces(database, clock.now(), "b", worker)
    assert tidy(database, settings, clock.now(), always) == 0
    clock.move(timedelta(seconds=1))
    assert tidy(database, settings, clock.now(), always) == 3
    assert left(database) == [2, 2, 2, 1, 1, 1]
    clock.move(timedelta(days=settings.raw_kept_days))
    assert tidy(database, settings, clock.now(), always) == 9
    assert tidy(database, settings, clock.now(), always) == 0


def test_a_backlog_is_forgotten_batch_by_batch_and_a_stop_is_heard(
    service: Service,
    database: Database,
    clock: FixedClock,
    worker: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(housekeeping, "BATCH", 2)
    monkeypatch.setattr(housekeeping, "MOST_BATCHES", 2)
    for number in range(5):
        leave_traces(database, clock.now(), str(number), worker)
    clock.move(timedelta(days=365))
    assert tidy(database, service.settings, clock.now(), lambda: False) == 0
    assert tidy(database, service.settings, clock.now(), always) == 4 * len(TABLES)
    assert tidy(database, service.settings, clock.now(), always) == len(TABLES)


def test_what_is_overdue_shows_as_the_lag_of_its_tick(
    service: Service, database: Database, clock: FixedClock, worker: int
) -> None:
    leave_traces(database, clock.now(), "a", worker)
    clock.move(timedelta(days=service.settings.steps_kept_days, hours=2))
    registry = CollectorRegistry()
    registry.register(ClockFigures(database, clock, service.settings))
    lag = registry.get_sample_value("smsgateway_clock_lag_seconds", {"tick": "housekeeping"})
    assert lag == timedelta(hours=2).total_seconds()
    tidy(database, service.settings, clock.now(), always)
    with database.read() as connection:
        assert overdue_since(connection, service.settings, clock.now()) is None


def test_a_round_reads_a_batch_by_an_index_and_never_a_whole_table(
    service: Service, database: Database
) -> None:
    for one in keepings(service.settings):
        indexed = {next(iter(index.columns)) for index in one.table.indexes}
        assert one.order in indexed | set(one.table.primary_key), one.table.name
