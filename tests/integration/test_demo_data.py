"""The demonstration shows the same on whatever day it is loaded."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from smsgateway.calendars.schedule import shipped
from smsgateway.campaigns.estimate import estimate
from smsgateway.enrolment.lookup import Found, find
from smsgateway.enrolment.statuses import Status
from smsgateway.enrolment.tables import enrolment
from smsgateway.interchange.demo_data import AlreadyLoaded, DemoSummary, Situation, load_demo
from smsgateway.messaging.tables import message
from smsgateway.register import children, phones
from smsgateway.register.tables import facility, household, person
from smsgateway.reminders.next_visit import next_visit
from smsgateway.reminders.planner import plan_marked
from smsgateway.reminders.release import release_due
from smsgateway.service import Service
from smsgateway.staff import pins
from smsgateway.staff.tables import staff
from smsgateway.storage.engine import Database

MONDAY = date(2026, 11, 23)
WEEK = [
    pytest.param(MONDAY + timedelta(days=n), id=f"{MONDAY + timedelta(n):%A}") for n in range(7)
]

EXPECTED = {
    Situation.DUE_IN_3_DAYS: ("upcoming", 3),
    Situation.DUE_TOMORROW: ("upcoming", 1),
    Situation.LATE: ("late", None),
    Situation.COMPLETE: ("complete", None),
}


@pytest.fixture
def demo(database: Database) -> DemoSummary:
    return load_demo(database, MONDAY)


@pytest.mark.parametrize("today", [*WEEK, pytest.param(date(2028, 2, 29), id="a leap day")])
def test_every_child_is_in_its_situation_on_any_day(sqlite_database: Database, today: date) -> None:
    summary = load_demo(sqlite_database, today)
    shown = [child for one in summary.phones for child in one.children]
    assert {child.situation for child in shown} == set(Situation)
    with sqlite_database.read() as connection:
        for child in shown:
            found = children.by_carnet(connection, child.carnet_number)
            assert found is not None
            assert f"{found.birth_date:%d%m}" == child.birthday
            visit = next_visit(connection, found.id, today, shipped())
            assert visit is not None
            state, ahead = EXPECTED[child.situation]
            assert visit.state == state
            if ahead is not None:
                assert visit.day == today + timedelta(days=ahead)


def test_reminders_are_due_today_and_who_said_stop_gets_none(
    service: Service, demo: DemoSummary
) -> None:
    now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    plan_marked(service.database, shipped(), now, service.settings, 1_000)
    batches = release_due(service.database, service.catalogue, now, service.settings)
    sent = [one for batch in batches for one in batch]
    with service.database.read() as connection:
        rows = connection.execute(select(message).where(message.c.id.in_(sent))).all()
        expected = estimate(
            connection,
            service.catalogue,
            service.settings.encoding_policies,
            _main_facility(connection),
            "due_within_week",
            "notice_within_week",
            MONDAY,
        )
    reminded = [row.msisdn for row in rows]
    due = {Situation.DUE_IN_3_DAYS, Situation.DUE_TOMORROW}
    for one in demo.phones:
        is_due = any(child.situation in due for child in one.children)
        assert (one.msisdn in reminded) or one.opted_out or not is_due
        assert not (one.opted_out and one.msisdn in reminded)
    assert {row.language for row in rows} == {"fr", "bm"}
    family = demo.phones[1]
    assert reminded.count(family.msisdn) <= 2
    assert expected.recipients >= 4


def _main_facility(connection: Any) -> int:
    return int(
        connection.execute(select(facility.c.id).where(facility.c.code == "DEMO-01")).scalar_one()
    )


def test_every_status_can_be_looked_up(database: Database, demo: DemoSummary) -> None:
    statuses = set()
    with database.read() as connection:
        for file in demo.files:
            found = find(
                connection,
                scheme=None,
                file_number=file.file_number,
                birth_year=file.birth_year,
                msisdn="+22370000001",
                now=datetime(2026, 11, 23, tzinfo=UTC),
            )
            assert isinstance(found, Found)
            assert found.file.status_on(MONDAY) == file.status
            statuses.add(found.file.status_on(MONDAY))
    assert statuses == set(Status)


def test_workers_have_the_pins_that_are_shown(database: Database, demo: DemoSummary) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    for worker in demo.workers:
        with database.begin() as connection:
            verdict = pins.verify(connection, worker.msisdn, worker.pin, now, worker.msisdn)
        assert isinstance(verdict, pins.Verified)
        assert verdict.staff.facility_name == demo.facility


def test_families_speak_french_or_bambara_or_have_not_been_asked(
    database: Database, demo: DemoSummary
) -> None:
    assert {one.language for one in demo.phones} == {"fr", "bm", None}
    with database.read() as connection:
        for one in demo.phones:
            profile = phones.profile(connection, one.msisdn)
            assert profile is not None
            assert (profile.language, profile.opted_out) == (one.language, one.opted_out)


def test_everything_is_marked_as_demonstration(database: Database, demo: DemoSummary) -> None:
    names = {
        facility: facility.c.name,
        household: household.c.head_name,
        person: person.c.last_name,
        enrolment: enrolment.c.holder_name,
    }
    with database.read() as connection:
        for table, column in names.items():
            unmarked = select(func.count()).where(~table.c.is_demo | ~column.endswith("(démo)"))
            assert connection.execute(unmarked).scalar_one() == 0
        workers = connection.execute(select(staff.c.name)).scalars()
        assert all(name.endswith("(démo)") for name in workers)


def test_two_loads_make_the_same_people(database: Database, sqlite_database: Database) -> None:
    first = load_demo(database, MONDAY)
    if database is sqlite_database:
        with pytest.raises(AlreadyLoaded):
            load_demo(database, MONDAY)
    else:
        assert load_demo(sqlite_database, MONDAY) == first
