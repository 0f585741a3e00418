"""Calendars beside vaccination: pregnancies, what comes after a birth, and closed days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from reminder_world import MOTHER, World
from sqlalchemy import select, update

from smsgateway.calendars.contacts import CalendarKind
from smsgateway.register import closures, encounters, pregnancies, stockouts
from smsgateway.register.phones import ensure_phone
from smsgateway.register.pregnancies import Birth, Dating, NewPregnancy
from smsgateway.register.tables import facility, pregnancy

TODAY = date(2026, 11, 23)
IN_THREE_DAYS = TODAY + timedelta(days=3)
THURSDAY = IN_THREE_DAYS


@pytest.fixture
def world(database, settings, clock):
    return World(database, settings, clock)


def expecting(world, *, contact_on, week=20, phone=MOTHER):
    """A woman whose contact of that week of pregnancy is due on that day; her id."""
    with world.database.begin() as connection:
        new = NewPregnancy(
            first_name="Kadia",
            facility_id=world_facility(connection),
            phone_id=ensure_phone(connection, phone, world.now),
            lmp_date=contact_on - timedelta(weeks=week),
            dating=Dating.LMP,
            registered_on=world.today,
            recorded_via="test",
            idempotency_key=f"{phone} {contact_on}",
        )
        return pregnancies.add(connection, new, world.now)


def world_facility(connection):
    return connection.scalar(select(facility.c.id))


def open_pregnancy(world, woman):
    with world.database.read() as connection:
        return pregnancies.open_of_people(connection, [woman])[woman].id


@pytest.fixture
def woman(world):
    world.facility()
    return expecting(world, contact_on=IN_THREE_DAYS)


def test_an_antenatal_contact_is_announced_as_a_visit_and_no_more(world, woman):
    assert world.run() == ["Votre visite : jeudi 26/11, Asacobafa. Venez avec votre carnet."]
    [visit] = world.visits("open")
    assert (visit.calendar, visit.doses) == ("antenatal", "CPN2")


def test_who_registers_late_begins_at_the_next_contact(world):
    world.facility()
    expecting(world, contact_on=TODAY - timedelta(days=1))
    world.plan()

    [visit] = world.visits("open")
    assert (visit.doses, visit.visit_date) == ("CPN3", TODAY + timedelta(weeks=6, days=-1))


def test_a_centre_that_holds_four_contacts_calls_for_these(world):
    world.facility(anc_model="CPN4")
    expecting(world, contact_on=IN_THREE_DAYS, week=24)
    world.plan()

    assert world.visits("open")[0].doses == "CPN2"


def test_a_missed_contact_is_chased_and_gives_way_to_the_next_one(world, woman):
    world.run()
    world.at("2026-11-28 08:00")
    world.review()
    [text] = world.run()
    assert text.startswith("Nous ne vous avons pas vue le jeudi 26/11. Venez cette semaine")

    world.at(f"{IN_THREE_DAYS + timedelta(weeks=6, days=-3)} 08:00")
    world.review()
    assert len(world.run()) == 1
    assert [(row.doses, row.state) for row in world.visits()] == [
        ("CPN2", "missed"),
        ("CPN3", "open"),
    ]


def test_a_contact_that_took_place_brings_the_next_one(world, woman):
    world.plan()
    with world.database.begin() as connection:
        encounters.record(
            connection, woman, CalendarKind.ANTENATAL, ["CPN2"], world.today, world.now
        )
    world.plan()

    assert [(row.doses, row.state) for row in world.visits()] == [
        ("CPN2", "done"),
        ("CPN3", "open"),
    ]


def test_after_a_loss_nothing_is_ever_said_again(world, woman):
    world.run()  # the message waits in the outbox
    with world.database.begin() as connection:
        found = open_pregnancy(world, woman)
        pregnancies.record_loss(connection, found, world.today, world.now)
    assert world.release() == []

    world.plan()

    assert [row.state for row in world.messages()] == ["cancelled"]
    assert {row.reason for row in world.reminders("cancelled")} == {"loss"}
    for days in range(1, 60, 7):
        world.clock.move(timedelta(days=days))
        world.mark(woman)
        assert world.run() == []


def test_a_loss_that_nobody_has_planned_for_holds_what_is_due(world, woman):
    """Between the loss and the new plan the release looks at the mark."""
    world.plan()
    with world.database.begin() as connection:
        found = open_pregnancy(world, woman)
        pregnancies.record_loss(connection, found, world.today, world.now)

    assert world.release() == []


def test_a_birth_ends_the_antenatal_calendar_and_begins_two_others(world, woman):
    world.plan()
    with world.database.begin() as connection:
        found = open_pregnancy(world, woman)
        birth = Birth(first_name="Awa", sex="F", birth_date=world.today)
        child = pregnancies.record_birth(connection, found, birth, world.now)
    world.plan()

    assert {(row.person_id, row.calendar, row.state) for row in world.visits()} == {
        (woman, "antenatal", "dropped"),
        (woman, "postnatal", "open"),
        (child, "vaccination", "open"),
    }


def test_dates_that_are_corrected_move_the_visit(world, woman):
    world.plan()
    with world.database.begin() as connection:
        lmp = IN_THREE_DAYS - timedelta(weeks=20) + timedelta(days=10)
        connection.execute(update(pregnancy).values(lmp_date=lmp))
    world.mark(woman)
    world.plan()

    [visit] = world.visits("open")
    assert visit.visit_date == IN_THREE_DAYS + timedelta(days=10)


def test_a_visit_is_not_on_a_closed_day(world):
    world.child(visit_on=THURSDAY)
    world.plan()
    with world.database.begin() as connection:
        closures.close(connection, THURSDAY, "fête", world.now)
    world.plan()

    [visit] = world.visits("open")
    assert visit.visit_date == THURSDAY + timedelta(days=1)


def test_nobody_is_called_for_what_is_out_of_stock(world):
    place = world.facility()
    world.child(visit_on=THURSDAY)
    world.plan()
    for dose in ("PENTA", "PNEUMO", "ROTA", "VPO1"):
        with world.database.begin() as connection:
            stockouts.put_out(connection, place, dose, world.now)
    world.plan()
    assert world.release() == []
    assert [row.state for row in world.visits() if row.visit_date == THURSDAY] == ["dropped"]

    with world.database.begin() as connection:
        stockouts.bring_back(connection, place, "PENTA", world.now)
    world.plan()

    assert world.visits("open")[0].doses == "PENTA1"
    assert len(world.release()) == 1
