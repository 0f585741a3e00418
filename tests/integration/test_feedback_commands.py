"""`smsgateway callbacks`, `complaints` and `surveys` as an operator runs them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert, select

from smsgateway.cli import cli
from smsgateway.feedback import callbacks, complaints, surveys
from smsgateway.feedback.callbacks import Reason
from smsgateway.feedback.complaints import Kind
from smsgateway.feedback.surveys import FEWEST, QUESTIONS, Grade
from smsgateway.messaging.tables import message
from smsgateway.paths import locales_dir
from smsgateway.register.phones import ensure_phone
from smsgateway.register.tables import facility
from smsgateway.storage.clock import SystemClock
from smsgateway.storage.engine import Database
from smsgateway.text.catalogue import Catalogue
from smsgateway.text.routes import Routes

MOTHER = "+22376000001"

Run = Callable[..., Result]


@pytest.fixture
def run(
    sqlite_database: Database, redis_socket: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Run:
    monkeypatch.setenv("SMSGATEWAY_VAR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", sqlite_database.url.render_as_string())
    monkeypatch.setenv("REDIS_URL", f"unix://{redis_socket}")
    monkeypatch.setenv("COLUMNS", "120")
    with sqlite_database.begin() as connection:
        for code in ("C-1", "C-2"):
            connection.execute(
                insert(facility),
                {"code": code, "name": f"Centre {code}", "kind": "cscom", "region": "Bamako"},
            )
        ensure_phone(connection, MOTHER, SystemClock().now())
    return lambda *arguments: CliRunner().invoke(cli, list(arguments))


@pytest.fixture
def ticket(sqlite_database: Database, run: Run) -> str:
    with sqlite_database.begin() as connection:
        return complaints.file(
            connection,
            Catalogue.load(locales_dir()),
            Routes(),
            phone_id=1,
            facility_id=1,
            kind=Kind.MONEY,
            language="fr",
            now=SystemClock().now(),
            idempotency_key="a",
        ).ticket


def test_a_call_is_listed_until_it_is_done(run: Run, sqlite_database: Database) -> None:
    with sqlite_database.begin() as connection:
        request = callbacks.request(
            connection,
            phone_id=1,
            facility_id=1,
            reason=Reason.STUCK,
            now=SystemClock().now(),
            idempotency_key="a",
        )
    assert MOTHER in run("callbacks", "list", "--facility", "c1").output
    assert MOTHER not in run("callbacks", "list", "--facility", "C-2").output
    assert run("callbacks", "done", str(request)).exit_code == 0
    assert MOTHER not in run("callbacks", "list").output
    again = run("callbacks", "done", str(request), "--given-up")
    assert again.exit_code == 1
    assert f"Nobody waits under {request}." in again.output


def test_a_complaint_is_taken_up_and_answered(
    run: Run, ticket: str, sqlite_database: Database
) -> None:
    listed = run("complaints", "list")
    assert ticket in listed.output
    assert MOTHER not in listed.output
    assert run("complaints", "take", ticket).exit_code == 0
    assert "in_progress" in run("complaints", "list", "--facility", "C-1").output
    assert run("complaints", "answer", ticket, "--text", "C'est réglé.").exit_code == 0
    assert ticket not in run("complaints", "list").output
    with sqlite_database.read() as connection:
        bodies = connection.scalars(select(message.c.body).order_by(message.c.id)).all()
    assert bodies[-1].endswith("C'est réglé.")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        pytest.param(("take", "1"), "No complaint has this ticket.", id="unknown"),
        pytest.param(("answer", "1", "--text", "Oui"), "No complaint has", id="answer to nobody"),
        pytest.param(("answer", "1", "--text", " "), "1 to 250 characters", id="empty"),
        pytest.param(("list", "--facility", "X"), "No facility has the code X.", id="facility"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    run: Run, arguments: tuple[str, ...], reason: str
) -> None:
    result = run("complaints", *arguments)
    assert result.exit_code == 1
    assert reason in result.output


def test_surveys_are_bars_and_too_few_answers_are_none(run: Run, sqlite_database: Database) -> None:
    assert "No answers yet." in run("surveys").output
    now = SystemClock().now()
    with sqlite_database.begin() as connection:
        for number in range(FEWEST):
            grades = dict.fromkeys(QUESTIONS, Grade.WELL)
            if number == 0:
                grades["waiting"] = Grade.SO_SO
            phone_id = ensure_phone(connection, f"+2237600001{number}", now)
            for place in (1, 2) if number else (1,):
                surveys.record(
                    connection,
                    phone_id=phone_id,
                    facility_id=place,
                    grades=grades,
                    today=now.date(),
                    now=now,
                )
    first, *questions, second = run("surveys").output.splitlines()
    assert first == f"Centre C-1: {FEWEST} answers"
    assert questions[1] == "  waiting    " + "█" * 16 + "▒" * 4 + "  80% well"
    assert second == f"Centre C-2: fewer than {FEWEST} answers"
    assert run("surveys", "--facility", "C-2").output.splitlines() == [second]
