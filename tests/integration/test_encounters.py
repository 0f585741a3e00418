"""Contacts that took place, told by command or by file: nobody is called for them any more."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert, select, update

from smsgateway.cli import cli
from smsgateway.register.tables import encounter, facility, person, plan_mark, pregnancy
from smsgateway.storage.clock import SystemClock
from smsgateway.storage.engine import Database

Run = Callable[..., Result]


@pytest.fixture
def run(
    sqlite_database: Database, redis_socket: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Run:
    """A woman is followed, whose pregnancy is P-1 in the files of her centre, and the child A-1."""
    monkeypatch.setenv("SMSGATEWAY_VAR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", sqlite_database.url.render_as_string())
    monkeypatch.setenv("REDIS_URL", f"unix://{redis_socket}")
    monkeypatch.setenv("COLUMNS", "140")
    now = SystemClock().now()
    lmp = now.date() - timedelta(weeks=19)
    rows = (
        (facility, {"code": "C-1", "name": "Centre", "kind": "cscom", "region": "Bamako"}),
        (person, {"first_name": "Awa", "sex": "F", "facility_id": 1, "created_at": now}),
        (
            person,
            {
                "external_id": "A-1",
                "first_name": "Issa",
                "sex": "M",
                "birth_date": now.date(),
                "facility_id": 1,
                "created_at": now,
            },
        ),
        (
            pregnancy,
            {
                "person_id": 1,
                "external_id": "P-1",
                "lmp_date": lmp,
                "edd_date": lmp + timedelta(days=280),
                "dating": "lmp",
                "registered_on": lmp,
                "recorded_via": "import",
                "created_at": now,
            },
        ),
    )
    with sqlite_database.begin() as connection:
        for table, row in rows:
            connection.execute(insert(table), row)
    return lambda *arguments: CliRunner().invoke(cli, list(arguments))


def held(database: Database) -> list[tuple[object, ...]]:
    columns = encounter.c.person_id, encounter.c.calendar, encounter.c.code, encounter.c.facility_id
    with database.read() as connection:
        return [tuple(row) for row in connection.execute(select(*columns))]


def test_a_contact_is_written_down_once(run: Run, sqlite_database: Database) -> None:
    for _ in range(2):
        assert run("encounters", "record", "P-1", "cpn2").output == "Written down.\n"

    assert held(sqlite_database) == [(1, "antenatal", "CPN2", 1)]
    with sqlite_database.read() as connection:
        assert connection.scalars(select(plan_mark.c.person_id)).all() == [1]


def test_the_next_pregnancy_has_contacts_of_its_own(run: Run, sqlite_database: Database) -> None:
    now = SystemClock().now()
    lmp = now.date() - timedelta(weeks=9)
    second = {
        "person_id": 1,
        "external_id": "P-2",
        "lmp_date": lmp,
        "edd_date": lmp + timedelta(days=280),
        "dating": "lmp",
        "registered_on": lmp,
        "recorded_via": "import",
        "created_at": now,
    }
    early = run("encounters", "record", "P-1", "CPN1", "--on", f"{lmp - timedelta(weeks=6)}")
    assert early.output == "Written down.\n"
    with sqlite_database.begin() as connection:
        ended = {"ended_on": lmp - timedelta(weeks=4), "outcome": "loss"}
        connection.execute(update(pregnancy).values(ended))
        connection.execute(insert(pregnancy), second)

    for _ in range(2):
        assert run("encounters", "record", "P-2", "CPN1").output == "Written down.\n"

    between = run("encounters", "record", "P-2", "CPN2", "--on", f"{lmp - timedelta(days=1)}")
    assert "must not be after" in between.output
    assert held(sqlite_database) == [(1, "antenatal", "CPN1", 1)] * 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(("P-2", "CPN2"), "has the identifier or card P-2", id="nobody"),
        pytest.param(("P-1", "CPN99"), "is a contact of no calendar", id="no such contact"),
        pytest.param(("P-1", "CPN2", "--on", "2999-01-01"), "is still to come", id="to come"),
        pytest.param(("P-1", "CPN2", "--on", "2020-01-01"), "must not be before", id="long ago"),
        pytest.param(("A-1", "CPN2"), "is followed for a pregnancy", id="a child"),
        pytest.param(("P-1", "CPN2", "--facility", "C-9"), "no facility C-9", id="nowhere"),
    ],
)
def test_what_cannot_be_written_down_is_said_in_a_sentence(
    run: Run, sqlite_database: Database, arguments: tuple[str, ...], sentence: str
) -> None:
    refused = run("encounters", "record", *arguments)

    assert refused.exit_code != 0
    assert sentence in refused.output
    assert held(sqlite_database) == []


def test_a_file_of_contacts_is_imported_and_changes_nothing_the_second_time(
    run: Run, sqlite_database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "contacts.csv"
    held_on = SystemClock().now().date() - timedelta(weeks=2)
    file.write_text(
        "identifiant;type;contact;date de visite;centre\n"
        f"P-1;CPN;CPN 2;{held_on};C-1\n"
        f"P-1;CPN;CPON1;{held_on};C-1\n"
        f"P-9;CPN;CPN1;{held_on};C-1\n"
        f"P-1;postnatal;CPON1;{held_on};C-9\n"
        "P-1;CPN;CPN1;2020-01-01;C-1\n",
        encoding="utf-8",
    )

    first = json.loads(run("import", "encounters", str(file), "--json").output)
    again = json.loads(run("import", "encounters", str(file), "--json").output)

    assert held(sqlite_database) == [(1, "antenatal", "CPN2", 1)]
    assert (first["created"], again["created"], again["unchanged"]) == (1, 0, 1)
    assert [(one["line"], one["column"]) for one in first["problems"]] == [
        (3, "code"),
        (4, "person_id"),
        (5, "facility_code"),
        (6, "date"),
    ]


def test_a_consent_is_taken_back_and_given_again_by_command(run: Run) -> None:
    assert "Nothing was written down" in run("consents", "list", "P-1").output
    assert run("consents", "withdraw", "P-1").exit_code == 0
    assert "unwritten" in run("consents", "list", "P-1").output
    assert run("consents", "record", "P-1", "--wording", "paper/1").exit_code == 0
    assert "paper/1" in run("consents", "list", "P-1").output
    assert "has the identifier" in run("consents", "withdraw", "P-7").output
