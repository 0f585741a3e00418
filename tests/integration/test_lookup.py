"""A family asks where its file is: two facts, one round trip, and a lock after five mistakes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, event, insert

from smsgateway.enrolment.lookup import Found, Locked, NotFound, find, record_failure
from smsgateway.enrolment.statuses import Status
from smsgateway.enrolment.tables import enrolment
from smsgateway.register.proofs import is_locked
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database

PHONE = "+22376000001"


@pytest.fixture
def files(database: Database) -> Database:
    """A RAMED file and an AMO file that share a number, and a RAMED+ file."""
    row = {
        "holder_name": "Titulaire (démo)",
        "holder_birth_year": 1984,
        "status": "CARTE_DISPONIBLE",
        "status_date": date(2026, 11, 1),
    }
    with database.begin() as connection:
        connection.execute(
            insert(enrolment),
            [
                row | {"scheme": "RAMED", "file_number": "000122112026"},
                row
                | {
                    "scheme": "AMO",
                    "file_number": "000122112026",
                    "status": "ACTIF",
                    "status_date": date(2026, 5, 1),
                },
                row | {"scheme": "RAMED+", "file_number": "000222112026"},
            ],
        )
    return database


def ask(
    connection: Connection,
    clock: FixedClock,
    number: str = "0001-22112026",
    year: int = 1984,
    scheme: str | None = "RAMED",
    msisdn: str = PHONE,
) -> Found | NotFound | Locked:
    return find(
        connection,
        scheme=scheme,
        file_number=number,
        birth_year=year,
        msisdn=msisdn,
        now=clock.now(),
    )


@pytest.mark.parametrize("typed", ["000122112026", "0001-22112026", " 0001 22112026", "122112026"])
def test_a_file_is_found_however_its_number_is_typed(
    files: Database, clock: FixedClock, typed: str
) -> None:
    with files.read() as connection:
        result = ask(connection, clock, typed)
    assert isinstance(result, Found)
    assert result.file.file_number == "000122112026"
    assert result.file.status is Status.CARTE_DISPONIBLE
    assert result.file.status_date == date(2026, 11, 1)


@pytest.mark.parametrize(
    ("number", "year"),
    [
        pytest.param("000322112026", 1984, id="unknown number"),
        pytest.param("000122112026", 1985, id="wrong year"),
        pytest.param("", 1984, id="no number"),
        pytest.param("\x00", 1984, id="a null character"),
        pytest.param("1" * 3000, 1984, id="three kilobytes"),
        pytest.param("000122112026", 10**30, id="a year no column can hold"),
    ],
)
def test_what_was_wrong_is_never_told(
    files: Database, clock: FixedClock, number: str, year: int
) -> None:
    with files.read() as connection:
        assert ask(connection, clock, number, year) == NotFound()


def test_without_a_scheme_the_file_with_the_latest_status_answers(
    files: Database, clock: FixedClock
) -> None:
    with files.read() as connection:
        latest = ask(connection, clock, scheme=None)
        other = ask(connection, clock, scheme="AMO")
    assert isinstance(latest, Found)
    assert latest.file.scheme == "RAMED"
    assert isinstance(other, Found)
    assert other.file.status is Status.ACTIF


def test_the_lock_counts_failures_of_this_phone_within_the_hour(
    files: Database, clock: FixedClock
) -> None:
    with files.begin() as connection:
        for number in range(5):
            assert isinstance(ask(connection, clock), Found)
            record_failure(connection, PHONE, clock.now(), f"session:{number}")
            clock.move(timedelta(minutes=1))
        assert ask(connection, clock) == Locked()
        assert ask(connection, clock, number="000922112026") == Locked()
        assert is_locked(connection, PHONE, clock.now())
        assert isinstance(ask(connection, clock, msisdn="+22376000002"), Found)
        clock.move(timedelta(minutes=55, seconds=1))
        assert isinstance(ask(connection, clock), Found)


def test_a_repeated_callback_counts_its_failure_once(files: Database, clock: FixedClock) -> None:
    with files.begin() as connection:
        for _ in range(8):
            record_failure(connection, PHONE, clock.now(), "session:2")
        assert not is_locked(connection, PHONE, clock.now())


def test_a_look_up_is_one_statement(files: Database, clock: FixedClock) -> None:
    statements: list[str] = []
    with files.read() as connection:
        event.listen(
            connection,
            "before_cursor_execute",
            lambda _c, _cursor, statement, *_rest: statements.append(statement),
        )
        ask(connection, clock)
    assert len(statements) == 1
