"""Consent that is taken back holds at once, for what was planned and for what waits to be sent."""

from __future__ import annotations

from datetime import timedelta

import pytest
from reminder_world import MOTHER, World

from smsgateway.register import consents
from smsgateway.register.consents import Agreement
from smsgateway.reminders import withdrawal

VISIT_IN = timedelta(days=3)


@pytest.fixture
def world(database, settings, clock):
    return World(database, settings, clock)


def withdraw(world, child):
    with world.database.begin() as connection:
        withdrawal.withdraw(connection, child, world.today, world.now, channel="ussd")


def agree(world, child, phone_id=None):
    agreement = Agreement(
        phone_id=phone_id,
        wording="paper/1",
        language="fr",
        channel="command",
        given_on=world.today,
        given_at=world.now,
    )
    with world.database.begin() as connection:
        consents.record(connection, child, agreement)


def taken_back(world, child):
    with world.database.read() as connection:
        return consents.is_withdrawn(connection, child)


@pytest.mark.parametrize("was_written", [True, False])
def test_nothing_that_was_planned_is_sent(world, was_written):
    child = world.child(visit_on=world.today + VISIT_IN)
    if was_written:
        agree(world, child)
    world.plan()

    withdraw(world, child)

    assert world.run() == []
    assert taken_back(world, child)
    assert {(row.state, row.reason) for row in world.reminders()} == {
        ("cancelled", "consent_withdrawn")
    }


def test_a_message_that_waits_in_the_outbox_is_stopped(world):
    child = world.child(visit_on=world.today + VISIT_IN)
    assert len(world.run()) == 1

    withdraw(world, child)

    assert [row.state for row in world.messages()] == ["cancelled"]
    assert world.run() == []


def test_a_message_about_two_children_is_written_again_about_the_other(world):
    awa = world.child("Awa", visit_on=world.today + VISIT_IN)
    world.child("Issa", visit_on=world.today + VISIT_IN)
    [both] = world.run()
    assert "Awa" in both

    withdraw(world, awa)

    [one] = world.run()
    assert "Issa" in one
    assert "Awa" not in one


def test_who_agrees_again_on_the_same_day_is_written_to_again(world):
    child = world.child(visit_on=world.today + VISIT_IN)
    [phone_id] = {row.id for row in world.phones()}
    agree(world, child, phone_id)
    withdraw(world, child)
    assert world.run() == []

    agree(world, child, phone_id)

    assert not taken_back(world, child)
    assert len(world.run()) == 1


def test_taking_back_twice_is_written_down_once(world):
    child = world.child(visit_on=world.today + VISIT_IN, phones=(MOTHER,))
    withdraw(world, child)
    world.clock.move(timedelta(hours=1))
    withdraw(world, child)

    with world.database.read() as connection:
        [one] = consents.of_person(connection, child)
    assert one.withdrawn_at == world.now - timedelta(hours=1)


def test_a_paper_is_written_down_once_however_often_it_is_told(world):
    child = world.child(visit_on=world.today + VISIT_IN)
    agree(world, child)
    withdraw(world, child)
    agree(world, child)
    agree(world, child)

    with world.database.read() as connection:
        [one] = consents.of_person(connection, child)
    assert (one.wording, one.withdrawn_at) == ("paper/1", None)
