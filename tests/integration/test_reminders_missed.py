"""After a missed visit: two more messages, with digits to answer, until somebody is seen."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from reminder_world import MOTHER, World

THURSDAY = date(2026, 11, 26)
SIX_WEEKS = ("PENTA1", "VPO1", "PNEUMO1", "ROTA1")


@pytest.fixture
def world(database, settings, clock):
    return World(database, settings, clock)


@pytest.fixture
def missed(world):
    """A child who was announced for Thursday and has not come by the Saturday after."""
    child = world.child(visit_on=THURSDAY)
    world.run()
    world.at("2026-11-25 08:00")
    world.run()
    world.send()
    world.at("2026-11-27 00:30")
    world.review()
    world.at("2026-11-28 08:00")
    return child


def test_two_and_seven_days_after_a_missed_visit_the_family_is_asked(world, missed):
    assert world.run() == [
        (
            "Awa n'a pas eu son vaccin du jeudi 26/11. Venez : Asacobafa. "
            "Répondez 1 je viens, 2 un problème, 3 mauvais numéro."
        )
    ]
    world.at("2026-12-03 08:00")
    assert world.run() == [
        (
            "Awa attend encore son vaccin : Asacobafa. "
            "Répondez 1 je viens, 2 un problème (on vous appelle), 3 mauvais numéro."
        )
    ]


def test_what_is_said_after_a_missed_visit_expires_after_14_days(world, missed):
    world.plan()

    last = {row.rule: row.expires_at for row in world.reminders("planned")}

    assert last == {
        "missed_2": datetime(2026, 12, 12, 18, tzinfo=UTC),
        "missed_7": datetime(2026, 12, 17, 18, tzinfo=UTC),
    }


def test_who_is_seen_is_not_chased(world, missed):
    for vaccine in SIX_WEEKS:
        world.dose(missed, vaccine, date(2026, 11, 27))

    assert world.run() == []
    assert [row.state for row in world.visits()] == ["done", "open"]


def test_who_came_and_lacks_a_dose_is_not_chased_either(world, missed):
    world.dose(missed, "PENTA1", date(2026, 11, 27))

    assert world.run() == []
    [visit] = world.visits("open")
    assert visit.seen_on == world.today
    assert visit.doses == "PNEUMO1,ROTA1,VPO1"


def test_a_dose_recorded_while_the_message_waits_takes_it_back(world, missed):
    assert len(world.run()) == 1
    for vaccine in SIX_WEEKS:
        world.dose(missed, vaccine, world.today)

    world.plan()

    assert [row.state for row in world.messages()] == ["sent", "sent", "cancelled"]


def test_children_of_a_family_who_missed_different_days_share_a_message(world):
    world.child("Awa", visit_on=THURSDAY)
    world.child("Bakary", visit_on=THURSDAY - timedelta(days=1))
    world.plan()
    world.at("2026-11-28 08:00")
    world.review()

    texts = world.run()

    assert len(texts) == 2  # one names a day, and each child missed another
    world.at("2026-12-03 08:00")
    world.review()
    assert world.run() == [
        (
            "Bakary, Awa attendent encore leurs vaccins : Asacobafa. "
            "Répondez 1 je viens, 2 un problème, 3 mauvais numéro."
        )
    ]


def test_a_phone_gets_no_more_messages_on_a_day_than_the_rules_allow(world):
    world.use_rules(lambda data: data.update(daily_cap=1))
    world.child("Awa", visit_on=THURSDAY)
    world.child("Fanta", visit_on=THURSDAY, facility_id=world.facility("Asacodji"))
    world.plan()

    assert len(world.release()) == 1
    assert world.release() == []
    world.at("2026-11-24 08:00")
    assert len(world.release()) == 1
    assert {row.msisdn for row in world.messages()} == {MOTHER}


def test_answers_are_not_counted_against_the_cap_and_other_phones_are_not_held_up(world):
    world.use_rules(lambda data: data.update(daily_cap=1))
    world.child("Awa", visit_on=THURSDAY, phones=(MOTHER, "+22370000002"))

    assert len(world.run()) == 2
