"""Workers prove who they are by a PIN: three tries between all their sessions, then a lock."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert, select

from smsgateway.cli import cli
from smsgateway.messaging.tables import message
from smsgateway.register.tables import facility
from smsgateway.staff import accounts, pins
from smsgateway.staff.accounts import Invitation, Post, UnknownFacility, UnknownWorker
from smsgateway.staff.pins import NotStaff, PinLocked, Standing, Verified, WrongPin
from smsgateway.staff.roles import Role
from smsgateway.staff.tables import audit, staff
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database

PHONE = "+22376000009"
PIN = "7391"
POST = Post("Agent (démo)", "C1")


def add_facility(database: Database) -> None:
    with database.begin() as connection:
        connection.execute(
            insert(facility),
            {"code": "C1", "name": "Asacobafa", "kind": "cscom", "region": "Bamako"},
        )


@pytest.fixture
def invitation(database: Database, clock: FixedClock) -> Invitation:
    """A worker who has been invited and has no PIN yet."""
    add_facility(database)
    with database.begin() as connection:
        return accounts.invite(connection, PHONE, clock.now(), POST)


@pytest.fixture
def worker(database: Database, clock: FixedClock, invitation: Invitation) -> Database:
    """The database of a worker who has chosen PIN."""
    assert isinstance(choose(database, clock, invitation.code, "first"), Verified)
    return database


def choose(database: Database, clock: FixedClock, code: str, key: str) -> pins.Verdict:
    with database.begin() as connection:
        return pins.choose(connection, PHONE, code, PIN, clock.now(), key)


def verify(database: Database, clock: FixedClock, pin: str, key: str) -> pins.Verdict:
    with database.begin() as connection:
        return pins.verify(connection, PHONE, pin, clock.now(), key)


def standing(database: Database, clock: FixedClock) -> Standing | None:
    with database.read() as connection:
        return pins.standing(connection, PHONE, clock.now())


def actions(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.execute(select(audit.c.action).order_by(audit.c.id)).scalars())


def test_an_invitation_leads_to_a_pin_and_the_pin_to_the_worker(
    database: Database, clock: FixedClock, invitation: Invitation
) -> None:
    assert standing(database, clock) is Standing.INVITED
    assert isinstance(choose(database, clock, invitation.code, "a"), Verified)
    assert standing(database, clock) is Standing.READY
    verdict = verify(database, clock, PIN, "b")
    assert isinstance(verdict, Verified)
    assert (verdict.staff.id, verdict.staff.facility_name) == (invitation.staff_id, "Asacobafa")
    assert verdict.staff.role is Role.AGENT
    assert actions(database) == ["staff.invited", "pin.verified", "pin.chosen", "pin.verified"]


def test_neither_pin_nor_code_is_stored_in_clear(worker: Database, invitation: Invitation) -> None:
    with worker.read() as connection:
        row = connection.execute(select(staff)).one()
    assert row.pin_hash.startswith("$argon2id$")
    assert row.invite_hash is None
    assert PIN not in row.pin_hash
    assert invitation.code not in repr(row)


def test_three_wrong_pins_lock_and_the_right_one_no_longer_opens(
    worker: Database, clock: FixedClock
) -> None:
    verdicts = [verify(worker, clock, "0000", f"s:{step}") for step in range(3)]
    assert verdicts == [WrongPin(2), WrongPin(1), PinLocked()]
    assert verify(worker, clock, PIN, "s:4") == PinLocked()
    assert standing(worker, clock) is Standing.LOCKED
    assert "pin.locked" in actions(worker)


def test_a_right_pin_gives_the_tries_back(worker: Database, clock: FixedClock) -> None:
    verify(worker, clock, "0000", "a")
    verify(worker, clock, "0000", "b")
    assert isinstance(verify(worker, clock, PIN, "c"), Verified)
    assert verify(worker, clock, "0000", "d") == WrongPin(2)


def test_a_callback_that_comes_eight_times_counts_one_try(
    worker: Database, clock: FixedClock
) -> None:
    with ThreadPoolExecutor(8) as pool:
        verdicts = list(pool.map(lambda _: verify(worker, clock, "0000", "same"), range(8)))
    assert verdicts == [WrongPin(2)] * 8


def test_parallel_sessions_share_three_tries(worker: Database, clock: FixedClock) -> None:
    guesses = [f"{number:04}" for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        verdicts = list(pool.map(lambda pin: verify(worker, clock, pin, f"key:{pin}"), guesses))
    assert sum(isinstance(verdict, WrongPin) for verdict in verdicts) == 2
    assert verdicts.count(PinLocked()) == 14


def test_wrong_codes_lock_an_invitation(
    database: Database, clock: FixedClock, invitation: Invitation
) -> None:
    wrong = "000000" if invitation.code != "000000" else "111111"
    verdicts = [choose(database, clock, wrong, f"s:{step}") for step in range(3)]
    assert verdicts == [WrongPin(2), WrongPin(1), PinLocked()]
    assert choose(database, clock, invitation.code, "s:4") == PinLocked()


def test_a_code_works_once_and_a_repeated_callback_is_told_the_same(
    database: Database, clock: FixedClock, invitation: Invitation
) -> None:
    assert isinstance(choose(database, clock, invitation.code, "a"), Verified)
    assert isinstance(choose(database, clock, invitation.code, "a"), Verified)
    assert choose(database, clock, invitation.code, "b") == NotStaff()


def test_an_invitation_ends_after_three_days(
    database: Database, clock: FixedClock, invitation: Invitation
) -> None:
    clock.move(timedelta(days=3))
    assert standing(database, clock) is None
    assert choose(database, clock, invitation.code, "a") == NotStaff()


def test_a_new_invitation_ends_the_old_pin_and_a_lock(worker: Database, clock: FixedClock) -> None:
    for step in range(3):
        verify(worker, clock, "0000", f"s:{step}")
    with worker.begin() as connection:
        again = accounts.invite(connection, PHONE, clock.now())
    assert standing(worker, clock) is Standing.INVITED
    assert verify(worker, clock, PIN, "old") == NotStaff()
    assert isinstance(choose(worker, clock, again.code, "new"), Verified)


def test_unlocking_keeps_the_pin(worker: Database, clock: FixedClock) -> None:
    for step in range(3):
        verify(worker, clock, "0000", f"s:{step}")
    with worker.begin() as connection:
        accounts.unlock(connection, PHONE, clock.now())
    assert isinstance(verify(worker, clock, PIN, "after"), Verified)


def test_a_phone_of_nobody_has_nothing_to_prove(database: Database, clock: FixedClock) -> None:
    assert standing(database, clock) is None
    assert verify(database, clock, PIN, "a") == NotStaff()
    assert choose(database, clock, "123456", "a") == NotStaff()
    with database.begin() as connection:
        with pytest.raises(UnknownWorker):
            accounts.unlock(connection, PHONE, clock.now())
        with pytest.raises(UnknownFacility):
            accounts.invite(connection, PHONE, clock.now(), POST)


def test_a_pin_that_is_not_four_digits_is_a_mistake_of_the_program(
    database: Database, clock: FixedClock
) -> None:
    with database.begin() as connection, pytest.raises(ValueError, match="four digits"):
        pins.choose(connection, PHONE, "123456", "12a4", clock.now(), "a")


@pytest.mark.parametrize("pin", ["1234", "0000", "7777", "1984", "2026"])
def test_pins_that_everybody_guesses_are_too_easy(pin: str) -> None:
    assert pins.too_easy(pin)
    assert not pins.too_easy(PIN)


class TestCommand:
    """`smsgateway staff` as an operator runs it."""

    @pytest.fixture
    def run(
        self,
        sqlite_database: Database,
        redis_socket: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> Callable[..., Result]:
        monkeypatch.setenv("SMSGATEWAY_VAR", str(tmp_path))
        monkeypatch.setenv("DATABASE_URL", sqlite_database.url.render_as_string())
        monkeypatch.setenv("REDIS_URL", f"unix://{redis_socket}")
        monkeypatch.setenv("USSD_SERVICE_CODES", "*123#")
        add_facility(sqlite_database)
        return lambda *arguments: CliRunner().invoke(cli, ["staff", *arguments])

    def test_inviting_sends_the_code_by_sms_and_prints_neither_code_nor_number(
        self, run: Callable[..., Result], sqlite_database: Database
    ) -> None:
        result = run("invite", "76 00 00 09", "--name", "Agent (démo)", "--facility", "C1")
        assert result.exit_code == 0, result.output
        with sqlite_database.read() as connection:
            row = connection.execute(select(message)).one()
        assert (row.msisdn, row.message_class, row.state) == (PHONE, "reply", "queued")
        code = row.body.split()[-1]
        assert len(code) == 6
        assert "*123#" in row.body
        assert code not in result.output
        assert "76000009" not in result.output
        listed = run("list")
        assert "invited" in listed.output
        assert "Agent (démo)" in listed.output

    @pytest.mark.parametrize("role", list(Role))
    def test_a_post_is_given_by_its_word(
        self, run: Callable[..., Result], sqlite_database: Database, role: Role
    ) -> None:
        post = ("--name", "Agent (démo)", "--facility", "C1", "--role", role.value)
        assert run("invite", "76000009", *post).exit_code == 0
        with sqlite_database.read() as connection:
            assert connection.scalar(select(staff.c.role)) == role

    @pytest.mark.parametrize(
        ("arguments", "reason"),
        [
            pytest.param(("invite", "76000009"), "give a name and a facility", id="unknown worker"),
            pytest.param(("unlock", "76000009"), "No worker has this phone", id="unlock nobody"),
            pytest.param(
                ("invite", "76000009", "--name", "x", "--facility", "C9"),
                "no facility with the code C9",
                id="unknown facility",
            ),
            pytest.param(
                ("invite", "76000009", "--name", "x"), "together", id="a name without a facility"
            ),
            pytest.param(("unlock", "12"), "Invalid value", id="not a number"),
        ],
    )
    def test_what_cannot_be_done_is_said_in_a_sentence(
        self, run: Callable[..., Result], arguments: tuple[str, ...], reason: str
    ) -> None:
        result = run(*arguments)
        assert result.exit_code != 0
        assert reason in result.output
