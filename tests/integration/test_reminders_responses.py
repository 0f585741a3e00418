"""A digit answers the last numbered message, and what it says is acted on."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from reminder_world import MOTHER, World
from sqlalchemy import select

from smsgateway.feedback import callbacks
from smsgateway.register.tables import caregiver, phone
from smsgateway.reminders.responses import NumberedReminders
from smsgateway.text.catalogue import Catalogue

THURSDAY = date(2026, 11, 26)
FATHER = "+22370000002"


@pytest.fixture
def world(database, settings, clock):
    return World(database, settings, clock)


@pytest.fixture
def asked(world):
    """A child whose mother and father were asked on Saturday why nobody came on Thursday."""
    child = world.child(visit_on=THURSDAY, phones=(MOTHER, FATHER))
    world.plan()
    world.at("2026-11-28 08:00")
    world.review()
    assert len(world.run()) == 2
    world.send()
    return child


def answer(world, digit, number=MOTHER):
    with world.database.begin() as connection:
        phone_id = connection.scalar(select(phone.c.id).where(phone.c.msisdn == number))
        return reminders_of(world).answer(connection, phone_id, digit, world.now)


def reminders_of(world):
    return NumberedReminders(world.catalogue)


def waiting(world):
    with world.database.read() as connection:
        return [(one.msisdn, one.reason) for one in callbacks.open_requests(connection)]


def test_one_is_thanked_and_remembered(world, asked):
    assert answer(world, 1).rendered.body == "Merci. Nous vous attendons : Asacobafa."

    answers = {(row.answer, row.answered_at) for row in world.reminders("released")}
    assert answers == {("coming", world.now), (None, None)}
    world.at("2026-12-03 08:00")
    assert len(world.run()) == 2


def test_two_asks_for_a_call_and_is_not_chased_again(world, asked):
    assert answer(world, 2).rendered.body == "C'est noté. On vous appelle bientot."

    assert waiting(world) == [(MOTHER, "problem")]
    world.plan()
    assert [row.reason for row in world.reminders("cancelled")] == ["answered"]
    world.at("2026-12-03 08:00")
    assert len(world.run()) == 1
    assert world.messages()[-1].msisdn == FATHER


def test_three_stops_everything_about_this_child_on_this_phone_alone(world, asked):
    world.child("Bakary", visit_on=date(2026, 12, 3))
    said = answer(world, 3).rendered.body

    assert said == "C'est noté. Vous ne recevrez plus ces rappels. Merci."
    assert waiting(world) == [(MOTHER, "wrong_number")]
    with world.database.read() as connection:
        suspended = select(caregiver.c.person_id).where(caregiver.c.suspended_at.is_not(None))
        assert connection.scalars(suspended).all() == [asked]
    world.plan()
    assert {row.reason for row in world.reminders("cancelled")} == {"wrong_number"}
    world.at("2026-12-03 08:00")
    world.run()
    later = [row.body for row in world.messages()[2:] if row.msisdn == MOTHER]
    assert len(later) == 1 and "Bakary" in later[0]


def test_a_wrong_number_holds_also_for_what_was_planned_before_it_was_said(world, asked):
    """The last look before sending sees it, although the plan has not been made anew."""
    world.at("2026-12-03 08:00")
    answer(world, 3)
    world.settle_marks()

    world.release()

    assert [row.msisdn for row in world.messages()[2:]] == [FATHER]


def test_an_answer_given_twice_is_acted_on_once(world, asked):
    answer(world, 2)
    answer(world, 2)

    assert waiting(world) == [(MOTHER, "problem")]


@pytest.mark.parametrize("digit", [0, 4, 9])
def test_another_digit_answers_nothing(world, asked, digit):
    assert answer(world, digit) is None


def test_after_ten_days_a_digit_answers_nothing(world, asked):
    world.clock.move(timedelta(days=10))

    assert answer(world, 1) is None


def test_a_reminder_before_the_visit_offers_no_digits(world):
    world.child(visit_on=THURSDAY)
    world.run()
    world.send()

    assert answer(world, 1) is None


def test_a_message_that_was_stopped_before_it_went_is_not_answered(world, asked):
    with world.database.begin() as connection:
        phone_id = connection.scalar(select(phone.c.id).where(phone.c.msisdn == MOTHER))
        before = reminders_of(world).last_numbered(connection, phone_id, world.now)
    world.at("2026-12-03 08:00")
    world.run()

    with world.database.read() as connection:
        assert reminders_of(world).last_numbered(connection, phone_id, world.now) == before


def test_the_answer_is_in_the_language_of_the_phone(world):
    world.child(visit_on=THURSDAY, language="bm", phones=())
    world.child("Awa", visit_on=THURSDAY)
    world.plan()
    world.at("2026-11-28 08:00")
    world.review()
    world.run()
    world.send()
    world.speaks(MOTHER, "bm")
    world.catalogue = Catalogue({"bm": {"Merci. Nous vous attendons : {cscom}.": "{cscom}."}})

    assert answer(world, 1).language == "bm"
