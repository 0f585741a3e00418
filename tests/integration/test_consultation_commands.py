"""`smsgateway consultations` as an operator runs it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert, update

from smsgateway.cli import cli
from smsgateway.consultations.tables import summons
from smsgateway.register.phones import ensure_phone
from smsgateway.register.tables import caregiver, facility, person
from smsgateway.storage.clock import SystemClock
from smsgateway.storage.engine import Database

MOTHER = "+22376000001"

Run = Callable[..., Result]


@pytest.fixture
def run(
    sqlite_database: Database, redis_socket: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Two children are followed: Awa with the card 1001, whose mother has a phone, and Issa."""
    monkeypatch.setenv("SMSGATEWAY_VAR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", sqlite_database.url.render_as_string())
    monkeypatch.setenv("REDIS_URL", f"unix://{redis_socket}")
    monkeypatch.setenv("COLUMNS", "140")
    now = SystemClock().now()
    with sqlite_database.begin() as connection:
        place = {"code": "C-1", "name": "Centre", "kind": "cscom", "region": "Bamako"}
        connection.execute(insert(facility), place)
        for name, card in (("Awa", "1001"), ("Issa", None)):
            child = {
                "external_id": f"id-{name}",
                "carnet_number": card,
                "first_name": name,
                "sex": "F",
                "facility_id": 1,
                "birth_date": now.date(),
                "created_at": now,
            }
            connection.execute(insert(person), child)
        phone_id = ensure_phone(connection, MOTHER, now)
        connection.execute(insert(caregiver), {"person_id": 1, "phone_id": phone_id})
    return lambda *arguments: CliRunner().invoke(cli, ["consultations", *arguments])


def listed(run: Run) -> list[dict[str, str]]:
    return list(csv.DictReader(run("list", "--facility", "C-1", "--csv").output.splitlines()))


def test_somebody_is_summoned_listed_visited_and_seen(run: Run) -> None:
    by = SystemClock().now().date() + timedelta(days=3)

    made = run("summon", "1001", "--reason", "fever", "--by", by.isoformat(), "--voucher", "B-7")

    assert (made.exit_code, "voucher B-7" in made.output) == (0, True)
    [one] = listed(run)
    assert (one["voucher"], one["first_name"], one["by"]) == ("B-7", "Awa", by.isoformat())
    assert (one["phone"], one["reason"]) == (MOTHER, "fever")
    assert run("visit", "B-7", "absent").exit_code == 0
    assert listed(run)[0]["home_visits"] == "1"
    assert "Awa" in run("list").output
    assert run("seen", "B-7").output == "Seen.\n"
    assert listed(run) == []


def test_a_number_is_drawn_where_there_is_no_paper(run: Run) -> None:
    assert run("summon", "id-Issa", "--reason", "growth").exit_code == 0

    assert len(listed(run)[0]["voucher"]) == 6


def test_what_cannot_be_done_says_what_to_do(run: Run) -> None:
    run("summon", "1001", "--reason", "fever", "--voucher", "B-7")

    for arguments, sentence in (
        (("summon", "nobody", "--reason", "fever"), "Nobody who is followed"),
        (("summon", "1001", "--reason", "other"), "They are summoned already"),
        (("summon", "id-Issa", "--reason", "other", "--voucher", "B-7"), "Give another --voucher"),
        (("summon", "1001", "--reason", "other", "--by", "2020-01-01"), "has gone by"),
        (("summon", "id-Issa", "--reason", "other", "--voucher", " "), "is no voucher"),
        (("summon", "id-Issa", "--reason", "other", "--voucher", "7" * 17), "is no voucher"),
        (("seen", "B-8"), "see `smsgateway consultations list`"),
        (("seen", "B-7", "--on", "2999-01-01"), "is still to come"),
        (("seen", "B-7", "--on", "2020-01-01"), "2020-01-01 is too early"),
        (("visit", "B-7", "absent", "--on", "2020-01-01"), "2020-01-01 is too early"),
        (("visit", "B-7", "absent", "--on", "2999-01-01"), "is still to come"),
        (("list", "--facility", "C-9"), "There is no facility C-9"),
    ):
        refused = run(*arguments)
        assert refused.exit_code != 0
        assert sentence in refused.output
    [one] = listed(run)
    assert one["home_visits"] == "0"


def test_nobody_is_seen_before_the_birth(run: Run, sqlite_database: Database) -> None:
    run("summon", "1001", "--reason", "fever", "--voucher", "B-7")
    today = SystemClock().now().date()
    with sqlite_database.begin() as connection:
        earlier = SystemClock().now() - timedelta(days=9)
        connection.execute(update(summons).values(summoned_at=earlier))
        born = today - timedelta(days=4)
        connection.execute(update(person).where(person.c.id == 1).values(birth_date=born))

    refused = run("seen", "B-7", "--on", (born - timedelta(days=1)).isoformat())

    assert (refused.exit_code, f"can have been is {born}" in refused.output) == (1, True)
    assert run("seen", "B-7", "--on", born.isoformat()).output == "Seen.\n"


def test_a_summons_whose_notice_comes_too_late_says_so(run: Run) -> None:
    assert "No SMS leaves in time" in run("summon", "id-Issa", "--reason", "fever").output
    assert "The clock writes to them" in run("summon", "1001", "--reason", "fever").output


def test_a_paper_that_has_served_summons_nobody_again(run: Run) -> None:
    run("summon", "1001", "--reason", "fever", "--voucher", "B-7")
    run("seen", "B-7")

    refused = run("summon", "1001", "--reason", "fever", "--voucher", "B-7")

    assert refused.exit_code == 1
    assert "The voucher B-7 has served already. Give another --voucher" in refused.output
    assert listed(run) == []
