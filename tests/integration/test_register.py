"""Phones, children and the marks that ask for a new plan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, select, update

from smsgateway.calendars.forecast import GivenDose
from smsgateway.calendars.hours import Hours
from smsgateway.register import changes, children, phones
from smsgateway.register.phones import PhoneProfile
from smsgateway.register.tables import (
    caregiver,
    facility,
    immunization,
    person,
    phone,
    plan_mark,
)
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database

MOTHER = "+22376000001"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def family(database: Database) -> Database:
    """A mother with three children, the eldest of whom has died; the others have doses or none."""
    with database.begin() as connection:
        connection.execute(
            insert(facility),
            {
                "code": "C1",
                "name": "Asacobafa",
                "kind": "cscom",
                "region": "Bamako",
                "district": "Kalaban-Coro",
                "session_days": "tue,thu",
                "sending_hours": "09:00-17:00",
            },
        )
        phone_id = phones.ensure_phone(connection, MOTHER, NOW)
        for number, year in ((1, 2020), (2, 2024), (3, 2026)):
            connection.execute(
                insert(person),
                {
                    "facility_id": 1,
                    "first_name": f"Enfant {number}",
                    "sex": "F",
                    "birth_date": date(year, 5, 9),
                    "carnet_number": f"100{number}",
                    "created_at": NOW,
                },
            )
            connection.execute(insert(caregiver), {"person_id": number, "phone_id": phone_id})
        connection.execute(update(person).where(person.c.id == 1).values(died_on=date(2021, 1, 1)))
        for vaccine, day in (("PENTA1", date(2024, 6, 20)), ("BCG", date(2024, 5, 9))):
            connection.execute(
                insert(immunization),
                {"person_id": 2, "vaccine": vaccine, "given_on": day, "recorded_at": NOW},
            )
    return database


def test_a_child_comes_with_its_facility_and_its_doses_in_order(family: Database) -> None:
    with family.read() as connection:
        child = children.by_carnet(connection, " 10-02 ")
    assert child is not None
    assert (child.id, child.first_name, child.birth_date) == (2, "Enfant 2", date(2024, 5, 9))
    assert child.doses == [
        GivenDose("BCG", date(2024, 5, 9)),
        GivenDose("PENTA1", date(2024, 6, 20)),
    ]
    assert child.facility.district == "Kalaban-Coro"
    assert child.facility.session_days == {1, 3}
    assert child.facility.sending_hours == Hours(time(9), time(17))


def test_children_of_a_phone_are_the_living_the_eldest_first(family: Database) -> None:
    with family.read() as connection:
        assert [one.id for one in children.of_phone(connection, MOTHER)] == [2, 3]
        assert [one.id for one in children.by_ids(connection, [3, 1, 2])] == [2, 3]
        assert children.of_phone(connection, "+22376000009") == []
        assert children.by_carnet(connection, "1001") is None
        assert children.by_carnet(connection, "") is None


@pytest.mark.parametrize(
    "look_up",
    [
        pytest.param(lambda connection: children.by_carnet(connection, "1002"), id="by carnet"),
        pytest.param(lambda connection: children.of_phone(connection, MOTHER), id="of a phone"),
        pytest.param(lambda connection: phones.profile(connection, MOTHER), id="profile"),
    ],
)
def test_a_look_up_is_one_statement(family: Database, look_up: Callable[[Connection], Any]) -> None:
    statements: list[str] = []
    with family.read() as connection:
        event.listen(
            connection, "before_cursor_execute", lambda _c, _k, sql, *_rest: statements.append(sql)
        )
        assert look_up(connection)
    assert len(statements) == 1


def test_what_others_say_of_a_language_never_replaces_what_was_chosen(
    database: Database, clock: FixedClock
) -> None:
    with database.begin() as connection:
        assert phones.profile(connection, MOTHER) is None
        phone_id = phones.ensure_phone(connection, MOTHER, clock.now())
        assert phones.profile(connection, MOTHER) == PhoneProfile(phone_id, None, False)
        assert phones.ensure_phone(connection, MOTHER, clock.now(), "bm") == phone_id
        assert phones.profile(connection, MOTHER) == PhoneProfile(phone_id, "bm", False)
        phones.set_language(connection, MOTHER, "fr", clock.now())
        phones.ensure_phone(connection, MOTHER, clock.now(), "bm")
        ids = phones.ensure_phones(connection, {MOTHER: "bm", "+22376000002": "bm"}, clock.now())
        assert ids[MOTHER] == phone_id
        assert phones.profile(connection, MOTHER) == PhoneProfile(phone_id, "fr", False)
        assert phones.profile(connection, "+22376000002") == PhoneProfile(
            ids["+22376000002"], "bm", False
        )


def test_a_phone_that_was_never_seen_can_say_stop_and_come_back(
    database: Database, clock: FixedClock
) -> None:
    with database.begin() as connection:
        phones.opt_out(connection, MOTHER, clock.now())
        first = phones.profile(connection, MOTHER)
        assert first is not None
        assert first.opted_out
        phones.opt_in(connection, MOTHER, clock.now())
        assert phones.profile(connection, MOTHER) == PhoneProfile(first.id, None, False)


@pytest.mark.parametrize("hours", [(9, 12), (12, 9)], ids=["in order", "the first delayed"])
def test_the_last_stop_gives_its_date(database: Database, hours: tuple[int, int]) -> None:
    with database.begin() as connection:
        for hour in hours:
            phones.opt_out(connection, MOTHER, NOW.replace(hour=hour))
        last = connection.execute(select(phone.c.opted_out_at)).scalar_one()
    assert last == NOW.replace(hour=12)


def test_of_stop_and_start_the_one_said_last_holds_whichever_comes_first(
    database: Database,
) -> None:
    early, late, later = (NOW.replace(hour=hour) for hour in (9, 10, 11))

    def opted_out() -> bool:
        known = phones.profile(connection, MOTHER)
        return known is not None and known.opted_out

    with database.begin() as connection:
        phones.opt_in(connection, MOTHER, later, said_at=late)
        assert phones.opt_out(connection, MOTHER, later, said_at=early) is False
        assert not opted_out()
        assert phones.opt_out(connection, MOTHER, later, said_at=later) is True
        phones.opt_in(connection, MOTHER, later, said_at=late)
        assert opted_out()


def marked(connection: Connection) -> dict[int, datetime]:
    rows = connection.execute(select(plan_mark.c.person_id, plan_mark.c.marked_at))
    return {row.person_id: row.marked_at for row in rows}


@pytest.mark.parametrize(
    ("act", "people"),
    [
        pytest.param(lambda c: changes.mark(c, [2, 2, 3], NOW), {2, 3}, id="people"),
        pytest.param(lambda c: changes.mark(c, [], NOW), set(), id="nobody"),
        pytest.param(lambda c: phones.opt_out(c, MOTHER, NOW), {1, 2, 3}, id="a stop"),
        pytest.param(lambda c: phones.opt_in(c, MOTHER, NOW), {1, 2, 3}, id="taking up again"),
    ],
)
def test_what_changes_a_plan_leaves_a_mark(
    family: Database, act: Callable[[Connection], None], people: set[int]
) -> None:
    with family.begin() as connection:
        act(connection)
        assert marked(connection) == dict.fromkeys(people, NOW)


def test_a_mark_is_renewed(family: Database) -> None:
    later = NOW.replace(hour=12)
    with family.begin() as connection:
        changes.mark(connection, [2], NOW)
        changes.mark(connection, [2], later)
        assert marked(connection) == {2: later}
