"""Callbacks that come at the same time share a commit: each is answered after it is on disk."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import Connection, event, func, select
from sqlalchemy.exc import DataError

from smsgateway import failpoints
from smsgateway.aggregators.base import FORM, RawRequest
from smsgateway.aggregators.registry import aggregators_of
from smsgateway.messaging import receipts
from smsgateway.messaging.bell import Bell
from smsgateway.messaging.tables import delivery_report, inbound_message, unread_callback
from smsgateway.service import Service
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database
from smsgateway.web.webhooks.intake import MOST_A_MINUTE, Intake, TooMany
from smsgateway.web.webhooks.readings import Callback, Kind, Rows


def callback(kind: Kind, at: datetime, **fields: str) -> Callback:
    return Callback(kind, "main", RawRequest(FORM, urlencode(fields).encode()), at)


def receipt(number: int, at: datetime, **others: str) -> Callback:
    fields = {"id": f"ATXid_{number}", "phoneNumber": f"+2237{number:07}", "status": "Success"}
    return callback(Kind.DELIVERY_REPORTS, at, **fields | others)


def sms(number: int, at: datetime) -> Callback:
    return callback(Kind.SMS, at, id=str(number), text="AIDE", **{"from": f"+2237{number:07}"})


def intake_of(service: Service) -> Intake:
    return Intake(service, aggregators_of(service.settings))


def rows(database: Database) -> list[int]:
    """How many receipts, inbound SMS and unread callbacks there are."""
    with database.read() as connection:
        return [
            connection.scalar(select(func.count()).select_from(table)) or 0
            for table in (delivery_report, inbound_message, unread_callback)
        ]


class Commits:
    """The commits of a database; the first waits until it may go on."""

    def __init__(self) -> None:
        self.made = 0
        self.began, self.may_go_on = threading.Event(), threading.Event()

    def __call__(self, _: Connection) -> None:
        self.made += 1
        self.began.set()
        assert self.may_go_on.wait(30)


@contextmanager
def counted_commits(database: Database) -> Iterator[Commits]:
    commits = Commits()
    event.listen(database.engine, "commit", commits)
    try:
        yield commits
    finally:
        event.remove(database.engine, "commit", commits)


def taken_behind_a_commit(
    service: Service, intake: Intake, callbacks: list[Callback]
) -> tuple[list[type], int]:
    """What `take` raised for each callback, all of which came while an SMS was being committed;
    and how many commits that took."""
    with (
        counted_commits(service.database) as commits,
        ThreadPoolExecutor(len(callbacks) + 1) as pool,
    ):
        takes = [pool.submit(intake.take, sms(9_999, callbacks[0].received_at))]
        assert commits.began.wait(30)
        for count, one in enumerate(callbacks, start=1):
            takes.append(pool.submit(intake.take, one))
            while len(intake._writer._waiting) < count:
                threading.Event().wait(0.001)
        assert not any(take.done() for take in takes)
        commits.may_go_on.set()
        return [type(take.exception(30)) for take in takes[1:]], commits.made


def test_callbacks_of_all_kinds_that_come_together_share_one_commit(
    service: Service, database: Database, clock: FixedClock
) -> None:
    now = clock.now()
    mixed = [receipt(1, now), sms(1, now), callback(Kind.SMS, now, what="?"), receipt(2, now)]
    outcomes, commits = taken_behind_a_commit(service, intake_of(service), mixed)
    assert outcomes == [type(None)] * 4
    assert commits == 2
    assert rows(database) == [2, 2, 1]


def test_the_same_sms_twice_in_a_group_is_one(
    service: Service, database: Database, clock: FixedClock
) -> None:
    twice = [sms(1, clock.now()), sms(1, clock.now())]
    outcomes, _ = taken_behind_a_commit(service, intake_of(service), twice)
    assert outcomes == [type(None)] * 2
    assert rows(database)[1] == 2, "the one that came first, and this one"


def test_one_over_the_limit_is_refused_and_the_others_of_its_group_are_kept(
    service: Service, database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MOST_A_MINUTE, Kind.DELIVERY_REPORTS, 1)  # type: ignore[arg-type]
    three = [receipt(1, clock.now()), receipt(1, clock.now()), receipt(2, clock.now())]
    outcomes, _ = taken_behind_a_commit(service, intake_of(service), three)
    assert outcomes == [type(None), TooMany, type(None)]
    assert rows(database)[0] == 2


def test_one_that_sql_does_not_take_goes_to_the_spool_and_the_others_are_kept(
    service: Service, database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = receipts.store

    def picky(connection: Connection, kept: Rows) -> None:
        if any(row["status"] == "poison" for row in kept):
            raise DataError("INSERT", {}, ValueError("poison"))
        store(connection, kept)

    monkeypatch.setattr(receipts, "store", picky)
    intake, now = intake_of(service), clock.now()
    group = [receipt(1, now), receipt(2, now, status="poison"), receipt(3, now)]
    outcomes, _ = taken_behind_a_commit(service, intake, group)
    assert outcomes == [type(None)] * 3
    assert rows(database) == [2, 1, 0]
    assert intake.replay() == 1
    assert rows(database) == [2, 1, 1], "SQL refused it again: it is kept unread"


def test_a_group_that_finds_sql_gone_is_spooled_one_by_one_and_replayed(
    service: Service, database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    away = Database(f"postgresql+psycopg://nobody@/nothing?host={tmp_path}")
    intake = intake_of(replace(service, database=away))
    now = clock.now()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(intake.take, [receipt(number, now) for number in range(40)]))
    away.dispose()
    assert rows(database)[0] == 0
    assert intake_of(service).replay() == 40
    assert rows(database)[0] == 40


def test_many_at_once_are_all_kept_and_none_twice(
    service: Service, database: Database, clock: FixedClock
) -> None:
    intake, now = intake_of(service), clock.now()
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(intake.take, [receipt(number, now) for number in range(300)]))
    with database.read() as connection:
        ids = connection.scalars(select(delivery_report.c.aggregator_message_id)).all()
    assert sorted(ids) == sorted(f"ATXid_{number}" for number in range(300))


@pytest.mark.parametrize("place", ["web.webhooks.intake.Intake._store:committing", "intake.stored"])
def test_a_fault_around_the_commit_loses_nothing(
    service: Service,
    database: Database,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    """Before the commit: spooled. After it: kept, and kept once more by the replay."""
    intake = intake_of(service)
    with monkeypatch.context() as patched:
        patched.setattr(failpoints, "_armed", failpoints.read(armed(f"{place}=break")))
        intake.take(receipt(1, clock.now()))
        intake.take(sms(1, clock.now()))
    assert intake.replay() == 2
    receipts_kept, sms_kept, _ = rows(database)
    assert receipts_kept >= 1 and sms_kept == 1


def armed(rules: str) -> dict[str, str]:
    return {"SMSGATEWAY_FAILPOINTS": rules}


def test_a_storm_of_receipts_rings_seldom_and_each_sms_always(
    service: Service, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[str] = []
    monkeypatch.setattr(Bell, "_once", lambda _, queue, job: rung.append(job))
    monkeypatch.setattr("smsgateway.web.webhooks.intake.RECEIPTS_RING_EVERY_S", 3600.0)
    intake = intake_of(service)
    for number in range(3):
        intake.take(receipt(number, clock.now()))
        intake.take(sms(number, clock.now()))
    assert rung.count("workers.inbound.settle_receipts") == 1
    assert rung.count("workers.inbound.answer") == 3
