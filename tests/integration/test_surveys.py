"""How visits went: one voice a week, and no figure that would give a person away."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, insert, select

from smsgateway.feedback import surveys
from smsgateway.feedback.surveys import FEWEST, QUESTIONS, Grade, Summary
from smsgateway.feedback.tables import survey_answer
from smsgateway.register.phones import ensure_phone
from smsgateway.register.tables import facility
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database

MONDAY = date(2026, 11, 23)
HAPPY = dict.fromkeys(QUESTIONS, Grade.WELL)


@pytest.fixture
def places(database: Database) -> Database:
    with database.begin() as connection:
        for code in ("A", "B"):
            connection.execute(
                insert(facility),
                {"code": code, "name": f"Centre {code}", "kind": "cscom", "region": "Bamako"},
            )
    return database


def say(
    connection: Connection,
    clock: FixedClock,
    phone: int,
    place: int = 1,
    day: date = MONDAY,
    **grades: Grade,
) -> bool:
    return surveys.record(
        connection,
        phone_id=ensure_phone(connection, f"+223760000{phone:02}", clock.now()),
        facility_id=place,
        grades=HAPPY | grades,
        today=day,
        now=clock.now(),
    )


def test_a_phone_speaks_once_a_week_of_a_place(places: Database, clock: FixedClock) -> None:
    with places.begin() as connection:
        assert say(connection, clock, 1, welcome=Grade.BADLY)
        assert not say(connection, clock, 1, day=MONDAY + timedelta(days=6))
        assert say(connection, clock, 1, place=2)
        assert say(connection, clock, 1, day=MONDAY + timedelta(days=7))
        weeks = connection.execute(
            select(survey_answer.c.facility_id, survey_answer.c.week, survey_answer.c.welcome)
        ).all()
    assert sorted(weeks) == [
        (1, MONDAY, Grade.BADLY),
        (1, MONDAY + timedelta(days=7), Grade.WELL),
        (2, MONDAY, Grade.WELL),
    ]


def test_few_answers_are_not_told(places: Database, clock: FixedClock) -> None:
    with places.begin() as connection:
        for phone in range(FEWEST - 1):
            say(connection, clock, phone)
        assert surveys.summaries(connection, MONDAY) == [Summary("Centre A", None, None)]


def test_enough_answers_are_told_as_shares_of_each_place(
    places: Database, clock: FixedClock
) -> None:
    with places.begin() as connection:
        for phone in range(10):
            say(connection, clock, phone, waiting=Grade.BADLY if phone < 4 else Grade.WELL)
            say(connection, clock, phone, place=2)
            say(connection, clock, phone, place=2, day=MONDAY - timedelta(days=7))
        first, second = surveys.summaries(connection, MONDAY)
        assert surveys.summaries(connection, MONDAY, facility_id=2) == [second]
        assert surveys.summaries(connection, MONDAY + timedelta(days=1)) == []
    assert (first.facility, first.answers, second.answers) == ("Centre A", 10, 10)
    assert first.shares is not None
    assert first.shares["waiting"] == {Grade.WELL: 0.6, Grade.SO_SO: 0.0, Grade.BADLY: 0.4}
    assert first.shares["welcome"][Grade.WELL] == 1.0
