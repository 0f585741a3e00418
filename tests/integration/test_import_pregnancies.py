"""Importing pregnancies: dated three ways, tied to what women told on the phone, ended once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from smsgateway.interchange.importer import Importer, Report
from smsgateway.interchange.kind import Context, Outcome, Problem
from smsgateway.interchange.kinds import KINDS
from smsgateway.interchange.tabular import open_table
from smsgateway.register import phones, pregnancies
from smsgateway.register.pregnancies import Dating, NewPregnancy
from smsgateway.register.tables import consent, facility, plan_mark, pregnancy
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database

TODAY = date(2026, 11, 23)
LMP = date(2026, 6, 1)
HEADER = "identifiant;prénom;téléphone;langue;ddr;dpa;semaines;inscrite le;centre;date consentement"
ROWS = (
    "G1;Awa;76000005;bambara;01/06/2026;;;23/11/2026;C1;23/11/2026",
    "G2;Fanta;76000006;;;08/03/2027;;23/11/2026;C1;",
    "G3;Kadia;;;;;25;23/11/2026;C1;",
)

Load = Callable[..., tuple[Report, list[Problem]]]


@pytest.fixture
def load(database: Database, clock: FixedClock, tmp_path: Path) -> Load:
    """Imports rows of pregnancies, at a centre that is known."""
    with database.begin() as connection:
        row = {"code": "C1", "name": "Asacobafa", "kind": "cscom", "region": "Bamako"}
        connection.execute(insert(facility), row)

    def run(*rows: str, header: str = HEADER) -> tuple[Report, list[Problem]]:
        path = tmp_path / "file.csv"
        path.write_text("\n".join((header, *rows)), encoding="utf-8")
        problems: list[Problem] = []
        context = Context(now=clock.now(), today=TODAY)
        importer = Importer(database, KINDS["pregnancies"], context, on_problem=problems.append)
        with open_table(path) as table:
            return importer.run(table), problems

    return run


def test_three_ways_of_dating_give_the_same_dates(load: Load, database: Database) -> None:
    report, problems = load(*ROWS)
    assert (report.outcomes[Outcome.CREATED], problems) == (3, [])
    with database.read() as connection:
        rows = connection.execute(select(pregnancy).order_by(pregnancy.c.external_id)).all()
        [found] = pregnancies.open_of_phone(connection, "+22376000005", TODAY)
        agreed = connection.execute(select(consent)).one()
        assert set(connection.execute(select(plan_mark.c.person_id)).scalars()) == {1, 2, 3}
    assert [row.dating for row in rows] == list(Dating)
    assert {(row.lmp_date, row.edd_date) for row in rows} == {(LMP, date(2027, 3, 8))}
    assert found.first_name == "Awa"
    assert (agreed.person_id, agreed.language) == (found.person_id, "bm")


def test_a_second_import_changes_nothing(load: Load, database: Database) -> None:
    load(*ROWS)
    with database.begin() as connection:
        connection.execute(plan_mark.delete())
    report, _ = load(*ROWS)
    assert report.outcomes[Outcome.UNCHANGED] == 3
    with database.read() as connection:
        assert connection.execute(select(plan_mark)).all() == []


def test_what_she_told_on_the_phone_becomes_the_centres_record(
    load: Load, database: Database, clock: FixedClock
) -> None:
    with database.begin() as connection:
        phone_id = phones.ensure_phone(connection, "+22376000005", clock.now())
        new = NewPregnancy(
            first_name="Awa",
            facility_id=1,
            phone_id=phone_id,
            lmp_date=date(2026, 6, 15),
            dating=Dating.GESTATION,
            registered_on=TODAY,
            recorded_via="ussd",
            idempotency_key="s:1",
        )
        woman = pregnancies.add(connection, new, clock.now())
    report, _ = load(ROWS[0])
    assert report.outcomes[Outcome.UPDATED] == 1
    with database.read() as connection:
        row = connection.execute(select(pregnancy)).one()
    assert (row.person_id, row.external_id, row.lmp_date) == (woman, "G1", LMP)


def test_a_next_pregnancy_is_that_of_the_same_woman(load: Load, database: Database) -> None:
    load(ROWS[0])
    with database.begin() as connection:
        connection.execute(update(pregnancy).values(ended_on=TODAY, outcome="birth"))
    load(ROWS[0], ROWS[0].replace("G1", "G9"))
    with database.read() as connection:
        rows = connection.execute(select(pregnancy.c.person_id, pregnancy.c.ended_on)).all()
    assert {row.person_id for row in rows} == {1}
    assert [row.ended_on for row in rows] == [TODAY, None], "an empty cell reopens nothing"


@pytest.mark.parametrize(
    ("row", "column", "rule"),
    [
        pytest.param(
            "G1;Awa;;;;;;23/11/2026;C1;", "lmp", "one of lmp and edd and gestation_weeks must not "
            "be empty", id="no date",
        ),
        pytest.param(
            "G1;Awa;;;;;60;23/11/2026;C1;", "gestation_weeks",
            "it must be a whole number from 1 to 44", id="too many weeks",
        ),
        pytest.param(
            "G1;Awa;;;01/06/2025;;;23/11/2026;C1;", "registered_on",
            "it must be within the pregnancy that is dated here", id="registered after the end",
        ),
        pytest.param(
            "G1;Awa;;;01/06/2026;;;23/11/2026;C9;", "facility_code",
            "nothing has this code: import the facilities first", id="unknown centre",
        ),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_is_named(load: Load, row: str, column: str, rule: str) -> None:
    _, problems = load(row)
    assert [(one.column, one.rule) for one in problems] == [(column, rule)]


def test_an_ending_comes_with_its_outcome(load: Load, database: Database) -> None:
    header = HEADER + ";date de fin;issue"
    _, problems = load(f"{ROWS[0]};20/11/2026;", header=header)
    assert [one.rule for one in problems] == ["ended_on and outcome go together"]
    load(f"{ROWS[0]};20/11/2026;perte", header=header)
    with database.read() as connection:
        assert connection.execute(select(pregnancy.c.outcome)).scalar_one() == "loss"
