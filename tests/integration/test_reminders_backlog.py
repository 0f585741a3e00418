"""After days without a clock: in order, merged, batch by batch, and nothing in silence."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from reminder_world import World

from smsgateway.reminders import escalation, release, rulebook

MONDAY = date(2026, 11, 23)
PHONES = 40


@pytest.fixture
def world(database, settings, clock, monkeypatch):
    """Batches of four phones."""
    monkeypatch.setattr(release, "BATCH", 4)
    return World(database, settings, clock)


def fall_behind(world: World, children_a_phone: int) -> None:
    """Visits lie on the seven days after Monday, when a clock ran for the last time; on Thursday it
    runs again."""
    for number in range(children_a_phone * PHONES):
        day = MONDAY + timedelta(days=(5 * number) % 7 + 1)
        world.child(visit_on=day, phones=(f"+2237000{number % PHONES:04}",))
    world.plan()
    world.at("2026-11-26 09:00")
    world.review()
    world.plan()


def test_the_earliest_visits_are_told_first_over_all_batches(world):
    fall_behind(world, children_a_phone=1)

    world.release()

    day_of = {row.message_id: row.visit_date for row in world.reminders("released")}
    days = [day_of[row.id] for row in world.messages()]
    assert len(days) > 3 * release.BATCH and len(set(days)) > 3
    assert days == sorted(days)


def test_a_round_takes_the_most_urgent_and_leaves_the_rest_to_the_next(world):
    fall_behind(world, children_a_phone=1)

    first = world.release(limit=10)
    later = world.release()

    assert 0 < len(first) <= 10 and later
    assert world.release() == []


def test_families_stay_below_the_cap_and_nothing_is_left_in_silence(world):
    fall_behind(world, children_a_phone=3)

    world.release()

    with world.database.read() as connection:
        cap = rulebook.active(connection).daily_cap
    assert max(Counter(row.msisdn for row in world.messages()).values()) <= cap
    due = [row for row in world.reminders() if row.due_at <= world.now]
    assert due and all(row.state == "released" or row.reason for row in due)
    world.at("2026-12-20 09:00")
    world.review()
    world.plan()
    assert escalation.escalate(world.database, world.now, world.today) == 3 * PHONES
