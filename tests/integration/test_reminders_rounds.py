"""Rounds of the ministry's campaigns: who is called, when, once, and what a moved date changes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from reminder_world import MOTHER, World
from sqlalchemy import func, insert, select

from smsgateway.commands.calendar import calendar
from smsgateway.register import campaign_days, closures
from smsgateway.register.phones import ensure_phone
from smsgateway.register.session_tables import facility_mark
from smsgateway.register.tables import caregiver, immunization, person, plan_mark

TUESDAY = date(2026, 12, 1)
EVE = "2026-11-30 08:30"
VACCINES = (
    *("BCG", "VPO0", "VPO1", "VPO2", "VPO3", "PENTA1", "PENTA2", "PENTA3", "PNEUMO1", "PNEUMO2"),
    *("PNEUMO3", "ROTA1", "ROTA2", "ROTA3", "VPI1", "RR1", "VAA", "MENA"),
)


@pytest.fixture
def world(database, settings, clock):
    return World(database, settings, clock)


def child(world, name="Awa", *, born=date(2025, 12, 1), sex="F", place=None, phone=MOTHER):
    """A child whose doses have all been given in time."""
    place = world.facility() if place is None else place
    with world.database.begin() as connection:
        row = {"first_name": name, "sex": sex, "birth_date": born, "facility_id": place}
        row |= {"created_at": world.now}
        one = connection.execute(insert(person).values(row)).inserted_primary_key[0]
        line = ensure_phone(connection, phone, world.now)
        connection.execute(insert(caregiver).values(person_id=one, phone_id=line))
    ages = {"0": 0, "1": 42, "2": 70, "3": 98}
    for vaccine in VACCINES:
        age = ages.get(vaccine[-1], 0) if vaccine not in {"RR1", "VAA", "MENA", "VPI1"} else 290
        world.dose(one, vaccine, born + timedelta(days=98 if vaccine == "VPI1" else age))
    return one


def hold(world, *days, campaign="SIAN", place=None):
    with world.database.begin() as connection:
        campaign_days.add(connection, campaign, days, world.now, facility_id=place)


def take_back(world, day, campaign="SIAN"):
    with world.database.begin() as connection:
        assert campaign_days.remove(connection, campaign, day, world.now)


def plan_all(world):
    while world.plan().people:
        pass


def released(world):
    """What is released now."""
    ids = set(world.release())
    return [row.body for row in world.messages() if row.id in ids]


def passes(world, until):
    """The days go by until then, each morning planned and released; what was said."""
    said = []
    while world.today < until:
        world.clock.move(timedelta(days=1))
        world.review()
        plan_all(world)
        said += released(world)
        world.send()
    return said


def rounds(world, state="open"):
    return [(r.doses, r.visit_date) for r in world.visits(state) if r.calendar == "campaign"]


def test_a_round_is_told_on_its_eve_once_and_names_neither_dose_nor_disease(world):
    child(world)
    hold(world, TUESDAY, TUESDAY + timedelta(days=1), TUESDAY + timedelta(days=2))
    said = passes(world, TUESDAY + timedelta(days=10))

    assert said == [
        "Demain, mardi 1/12 : journée santé des enfants, Asacobafa. Venez avec Awa et le carnet."
    ]
    assert rounds(world) == []


def test_a_family_with_several_children_gets_one_message(world):
    child(world, "Awa")
    child(world, "Moussa", sex="M")
    hold(world, TUESDAY)
    [text] = passes(world, TUESDAY)
    assert "Venez avec Awa, Moussa et les carnets." in text


@pytest.mark.parametrize(
    ("born", "called"),
    [
        (date(2026, 6, 1), True),
        (date(2026, 6, 2), False),
        (date(2021, 12, 2), True),
        (date(2021, 12, 1), False),
    ],
    ids=["six months", "a day younger", "the day before five", "five years"],
)
def test_the_age_on_the_first_day_decides(world, born, called):
    child(world, born=born)
    hold(world, TUESDAY, TUESDAY + timedelta(days=4))
    plan_all(world)
    assert bool(rounds(world)) is called


def test_a_round_elsewhere_calls_nobody_here(world):
    there = world.facility("Asacodjip")
    child(world)
    hold(world, TUESDAY, place=there)
    plan_all(world)
    assert rounds(world) == []


def test_who_is_expected_for_vaccines_on_the_same_day_gets_one_message_about_both(world):
    """RR2 is due at 15 months, on the day of the round."""
    child(world, born=date(2025, 9, 1))
    hold(world, TUESDAY)
    world.only_announce()
    plan_all(world)
    world.at(EVE)
    [text] = released(world)

    assert text.startswith("Demain, mardi 1/12 : vaccin pour Awa")
    assert "camp_before_1" in {row.rule for row in world.reminders("released")}


def test_a_catch_up_round_calls_only_who_lacks_a_dose(world):
    child(world, "Awa")
    late = child(world, "Moussa", sex="M", phone="+22370000002")
    with world.database.begin() as connection:
        penta3 = (immunization.c.person_id == late) & (immunization.c.vaccine == "PENTA3")
        connection.execute(immunization.delete().where(penta3))
    hold(world, TUESDAY, campaign="RATTRAPAGE")
    plan_all(world)

    people = [r.person_id for r in world.visits("open") if r.calendar == "campaign"]
    assert people == [late]


def test_a_new_date_moves_the_round_and_what_waits(world):
    child(world)
    hold(world, TUESDAY)
    plan_all(world)
    take_back(world, TUESDAY)
    later = TUESDAY + timedelta(days=9)
    hold(world, later)
    said = passes(world, later)

    assert [text[:19] for text in said] == ["Demain, jeudi 10/12"]


def test_a_round_that_is_called_off_takes_back_the_message_that_waits(world):
    child(world)
    hold(world, TUESDAY)
    plan_all(world)
    world.at(EVE)
    world.release()
    take_back(world, TUESDAY)
    plan_all(world)

    assert [row.state for row in world.messages()] == ["cancelled"]
    assert rounds(world) == []


def test_after_an_outage_a_round_is_still_told_as_long_as_it_lasts(world):
    child(world)
    hold(world, *(TUESDAY + timedelta(days=n) for n in range(3)))
    plan_all(world)
    world.at("2026-12-02 09:00")
    world.review()
    plan_all(world)
    [text] = released(world)
    [row] = world.messages()

    assert text.startswith("Journée santé des enfants : mercredi 2/12")
    assert row.expires_at.date() == date(2026, 12, 2)


def test_after_its_end_a_round_is_not_told(world):
    child(world)
    hold(world, TUESDAY)
    plan_all(world)
    world.at("2026-12-02 09:00")
    world.review()
    plan_all(world)

    assert world.release() == []
    assert rounds(world) == []


def test_two_campaigns_in_one_week_are_one_visit(world):
    child(world)
    hold(world, TUESDAY, TUESDAY + timedelta(days=3))
    hold(world, TUESDAY, TUESDAY + timedelta(days=1), campaign="CPS-PALU")
    assert len(passes(world, TUESDAY + timedelta(days=5))) == 1


def test_each_round_of_a_season_is_told(world):
    child(world)
    days = [TUESDAY + timedelta(days=28 * n) for n in range(3)]
    hold(world, *days, campaign="CPS-PALU")
    assert len(passes(world, days[-1])) == 3


def test_a_day_on_which_the_centre_is_closed_is_none_of_the_round(world):
    child(world)
    hold(world, TUESDAY, TUESDAY + timedelta(days=1))
    with world.database.begin() as connection:
        closures.close(connection, TUESDAY, "fête", world.now)
    [text] = passes(world, TUESDAY + timedelta(days=3))  # nor does it send on that day
    assert text.startswith("Journée santé des enfants : mercredi 2/12")


def test_a_round_of_a_region_marks_its_facilities_and_nobody_else(world, monkeypatch):
    here = world.facility("A", region="Ségou", district="Bla")
    near = world.facility("B", region="Ségou", district="Niono")
    far = world.facility("C", region="Kayes")
    for place in (here, near, far):
        child(world, place=place)
    world.settle_marks()
    monkeypatch.setenv("DATABASE_URL", world.database.url.render_as_string(hide_password=False))

    def run(*words):
        return CliRunner().invoke(calendar, ["campaign", "sian", "2026-12-01", *words])

    assert run("--region", "segou").output == "SIAN: 1 days noted at 2 facilities.\n"
    with world.database.read() as connection:
        assert set(connection.scalars(select(facility_mark.c.facility_id))) == {here, near}
        assert connection.scalar(select(func.count()).select_from(plan_mark)) == 0
    assert run("--district", "bla", "--remove").exit_code == 0
    assert run("--region", "nowhere").exit_code != 0
    assert run("--region", "segou", "--district", "bla").exit_code == 2
    with world.database.read() as connection:
        assert len(campaign_days.listed(connection, TUESDAY, TUESDAY)) == 1
