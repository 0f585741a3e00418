"""A doctor summons a child: told, reminded, chased, looked for, seen; the reason is never said."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from reminder_world import MOTHER, World
from sqlalchemy import insert, select

from smsgateway.consultations import summoning
from smsgateway.consultations.summoning import AlreadySummoned, Found, NoSummons, Reason
from smsgateway.consultations.tables import home_visit
from smsgateway.register.phones import ensure_phone
from smsgateway.reminders import arrivals, defaulters, escalation
from smsgateway.reminders.arrivals import NotExpected
from smsgateway.staff.tables import staff

WORKER = "+22370000099"
BY = date(2026, 11, 27)


@pytest.fixture
def world(database, settings, clock):
    return World(database, settings, clock)


@pytest.fixture
def child(world):
    """A child without a vaccination visit in sight, and a worker of its centre."""
    child = world.child(visit_on=date(2027, 3, 4))
    place = world.facility()
    with world.database.begin() as connection:
        connection.execute(
            insert(staff).values(
                name="Moussa",
                phone_id=ensure_phone(connection, WORKER, world.now),
                facility_id=place,
                role="agent",
                created_at=world.now,
            )
        )
    world.plan()
    return child


def summon(world, child, voucher="B-17", by_date=BY):
    with world.database.begin() as connection:
        return summoning.summon(connection, child, Reason.GROWTH, by_date, voucher, world.now)


def seen(world):
    with world.database.begin() as connection:
        summoning.seen(connection, "B-17", world.today, world.now)


def test_the_family_and_the_worker_are_told_at_once_and_not_why(world, child):
    summon(world, child)

    texts = world.run()

    notice = (
        "Le docteur attend Awa au plus tard le vendredi 27/11 : Asacobafa. "
        "Venez avec le bon et le carnet."
    )
    assert texts == [notice, notice]
    assert {row.msisdn for row in world.messages()} == {MOTHER, WORKER}


def test_nobody_came_so_the_family_is_reminded_chased_and_looked_for(world, child):
    summon(world, child)
    world.run()
    world.at("2026-11-26 08:00")
    assert len(world.run()) == 1
    world.at("2026-11-29 08:00")
    world.review()
    [text] = world.run()
    assert text.startswith("Le docteur attend encore Awa : Asacobafa.")
    world.at("2026-12-01 08:00")
    escalation.escalate(world.database, world.now, world.today)

    with world.database.read() as connection:
        [one] = defaulters.listed(connection)
    assert (one.calendar, one.since) == ("consultation", BY)


def test_who_is_seen_hears_no_more_and_leaves_the_list(world, child):
    summon(world, child)
    world.run()
    world.at("2026-12-01 08:00")
    world.review()
    world.plan()
    escalation.escalate(world.database, world.now, world.today)

    seen(world)

    assert world.run() == []
    with world.database.read() as connection:
        assert list(defaulters.listed(connection)) == []
    assert [row.state for row in world.visits() if row.calendar == "consultation"] == ["done"]


def test_a_child_who_was_seen_at_home_is_seen(world, child):
    summon(world, child)
    with world.database.begin() as connection:
        summoning.visit_home(connection, "B-17", Found.ABSENT, world.today, world.now)
        summoning.visit_home(connection, "B-17", Found.SEEN, world.today, world.now)
        visits = connection.scalars(select(home_visit.c.found).order_by(home_visit.c.id)).all()

    assert visits == ["absent", "seen"]
    assert world.run() == []
    with pytest.raises(NoSummons):
        seen(world)


def test_the_same_voucher_summons_once_and_a_second_one_waits(world, child):
    assert summon(world, child) == summon(world, child)

    with pytest.raises(AlreadySummoned):
        summon(world, child, voucher="B-18")
    seen(world)
    assert summon(world, child, voucher="B-18", by_date=BY + timedelta(days=7))


def test_who_comes_to_the_centre_has_followed_the_summons(world, child):
    summon(world, child)
    world.run()
    [one] = [row for row in world.visits("open") if row.calendar == "consultation"]
    with world.database.begin() as connection:
        for _ in range(2):
            arrivals.came(
                connection,
                one.id,
                one.doses.split(","),
                world.today,
                world.now,
                facility_id=one.facility_id,
                staff_id=None,
            )
    world.plan()

    assert [row.state for row in world.visits() if row.calendar == "consultation"] == ["done"]
    with world.database.begin() as connection, pytest.raises(NotExpected):
        arrivals.find(connection, one.id, one.facility_id + 1)
