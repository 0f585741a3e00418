"""What a family is told when it asks for the next visit of its child."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from reminder_world import World

from smsgateway.reminders.next_visit import next_visit

THURSDAY = date(2026, 11, 26)
SIX_WEEKS = ("PENTA1", "VPO1", "PNEUMO1", "ROTA1")


@pytest.fixture
def world(database, settings, clock):
    return World(database, settings, clock)


def ask(world, child, today=None):
    with world.database.read() as connection:
        return next_visit(connection, child, today or world.today, world.schedule)


def test_a_visit_to_come_has_its_day_doses_and_place(world):
    place = world.facility("Session du mardi", session_days="tue")
    child = world.child(visit_on=THURSDAY, facility_id=place)

    visit = ask(world, child)

    assert (visit.state, visit.date) == ("upcoming", date(2026, 12, 1))
    assert visit.doses == ("PENTA1", "PNEUMO1", "ROTA1", "VPO1")
    assert visit.facility.name == "Session du mardi"


def test_a_dose_whose_session_is_still_to_come_is_not_late(world):
    """Due on Thursday, asked on the Saturday, and the session is on Tuesday."""
    place = world.facility("Session du mardi", session_days="tue")
    child = world.child(visit_on=THURSDAY, facility_id=place)

    assert ask(world, child, THURSDAY + timedelta(days=2)).state == "upcoming"


def test_a_late_visit_tells_the_session_that_was_missed_and_the_next_one(world):
    place = world.facility("Session du mardi", session_days="tue")
    child = world.child(visit_on=THURSDAY, facility_id=place)

    visit = ask(world, child, date(2026, 12, 3))

    assert (visit.state, visit.date) == ("late", date(2026, 12, 1))
    assert visit.session == date(2026, 12, 8)


def test_a_child_with_everything_is_complete(world):
    child = world.child(visit_on=date(2025, 1, 1))
    given = [
        (SIX_WEEKS, date(2025, 1, 1)),
        (("PENTA2", "VPO2", "PNEUMO2", "ROTA2"), date(2025, 2, 1)),
        (("PENTA3", "VPO3", "PNEUMO3", "ROTA3", "VPI1"), date(2025, 3, 5)),
        (("RR1", "VAA", "MENA"), date(2025, 9, 1)),
        (("RR2",), date(2026, 3, 1)),
    ]
    for vaccines, day in given:
        for vaccine in vaccines:
            world.dose(child, vaccine, day)

    visit = ask(world, child)

    assert visit.state == "complete"
    with pytest.raises(LookupError):
        _ = visit.date


def test_a_child_who_is_too_old_for_the_rest_has_nothing_due(world):
    child = world.child(visit_on=date(2018, 1, 1))
    for vaccines, day in ((("RR1", "VAA", "MENA"), "2020-01-01"), (("RR2",), "2021-01-01")):
        for vaccine in vaccines:
            world.dose(child, vaccine, date.fromisoformat(day))

    assert ask(world, child).state == "none_due"


def test_nobody_is_told_about_a_child_who_died_or_does_not_exist(world):
    child = world.child(visit_on=THURSDAY)
    world.change(child, died_on=world.today)

    assert ask(world, child) is None
    assert ask(world, 999) is None
