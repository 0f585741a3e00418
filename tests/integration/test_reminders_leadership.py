"""One clock leads; what fails backs off alone; how far the clock lags is told."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from processes import wait_until
from reminder_world import World
from sqlalchemy import select

from smsgateway.register.changes import mark_facilities
from smsgateway.register.tables import plan_mark
from smsgateway.reminders import planner, release
from smsgateway.reminders.leadership import LEASE, leadership
from smsgateway.reminders.ticks import Tick, Ticks
from smsgateway.storage.engine import Database
from smsgateway.web.health import look
from smsgateway.web.metrics import ClockFigures
from workers import clock as clock_process

THURSDAY = date(2026, 11, 26)
FATHER = "+22370000002"


@pytest.fixture
def world(database, settings, clock):
    return World(database, settings, clock)


def test_one_clock_leads_and_another_follows_when_it_gives_up(database, clock):
    first, second = leadership(database), leadership(database)

    assert (first.holds(clock.now()), second.holds(clock.now())) == (True, False)
    assert first.holds(clock.now())
    first.give_up()
    assert second.holds(clock.now())
    assert not first.holds(clock.now())
    second.give_up()


def test_a_clock_that_died_with_its_connection_is_followed(postgresql_database, clock):
    url = postgresql_database.url.render_as_string(hide_password=False)
    dying = Database(url)
    first, second = leadership(dying), leadership(postgresql_database)
    assert first.holds(clock.now())

    first._connection.invalidate()

    wait_until(lambda: second.holds(clock.now()), "the server to notice")
    assert not first.holds(clock.now())
    second.give_up()
    dying.dispose()


def test_a_clock_that_falls_silent_loses_its_lease(sqlite_database, clock):
    first, second = leadership(sqlite_database), leadership(sqlite_database)
    assert first.holds(clock.now())

    clock.move(LEASE)

    assert second.holds(clock.now())
    assert not first.holds(clock.now())


def test_a_lease_from_a_clock_that_ran_ahead_holds_nobody_up(sqlite_database, clock):
    first, second = leadership(sqlite_database), leadership(sqlite_database)
    clock.move(timedelta(days=1))
    assert first.holds(clock.now())

    clock.move(-timedelta(days=1))

    assert second.holds(clock.now())


def test_without_the_database_nobody_leads_and_nothing_is_raised(clock):
    away = leadership(Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing"))

    assert not away.holds(clock.now())
    away.give_up()


def test_a_clock_that_does_not_lead_looks_after_its_own_machine_alone(service, world):
    world.child(visit_on=THURSDAY)
    done = []
    mine = Tick("mine", timedelta(0), lambda now, go_on: done.append(now), local=True)

    Ticks(service, world.schedule, [mine]).round(world.now, lambda: True, leads=False)

    assert (done, world.messages()) == ([world.now], [])


def test_the_clock_process_hands_the_lead_on_when_it_stops(service, world):
    stop = threading.Event()
    stop.set()
    clock_process.run(service, world.schedule, stop)

    assert leadership(service.database).holds(world.now)


def test_a_person_whose_plan_fails_again_and_again_is_tried_less_and_less(world, monkeypatch):
    world.child(visit_on=THURSDAY)

    def broken(*args, **kwargs):
        raise RuntimeError("a fault in the planner")

    monkeypatch.setattr(planner, "plan_people", broken)
    waits = []
    for _ in range(4):
        world.plan()
        with world.database.read() as connection:
            marked_at = connection.scalar(select(plan_mark.c.marked_at))
        waits.append(marked_at - world.now)
        world.clock.move(marked_at - world.now)

    assert waits == [planner.PUT_OFF * factor for factor in (1, 2, 4, 8)]


def test_a_phone_for_which_the_release_fails_blocks_nobody(world, monkeypatch):
    """Not a missing word, which is foreseen, but a fault of the service itself."""
    world.child("Awa", visit_on=THURSDAY)
    world.child("Bakary", visit_on=THURSDAY, phones=(FATHER,))
    world.plan()
    write = release.write

    def broken_for_awa(family, *args):
        if family.first.first_name == "Awa":
            raise RuntimeError("a fault in the wording")
        return write(family, *args)

    monkeypatch.setattr(release, "write", broken_for_awa)

    assert len(world.release()) == 1
    assert world.release() == []
    assert world.messages()[0].msisdn == FATHER
    monkeypatch.undo()
    world.clock.move(release.PUT_OFF)
    assert len(world.release()) == 1


def test_how_far_the_clock_lags_is_told(service, world):
    world.child(visit_on=THURSDAY)
    Ticks(service, world.schedule).round(world.now, lambda: True)
    world.child("Bakary", visit_on=THURSDAY)
    world.clock.move(timedelta(seconds=90))

    figures = {
        (sample.name, sample.labels["tick"]): sample.value
        for metric in ClockFigures(service.database, service.clock, service.settings).collect()
        for sample in metric.samples
    }
    ready = look(service)

    assert figures["smsgateway_clock_lag_seconds", "plan"] == 90
    assert figures["smsgateway_clock_lag_seconds", "release"] == 0
    assert figures["smsgateway_clock_tick_age_seconds", "release"] == 90
    assert ready.ticks_age_s["plan"] == 90


def test_a_facility_whose_people_wait_for_new_plans_is_a_lag_too(service, world):
    place = world.facility()
    world.child(visit_on=THURSDAY, facility_id=place)
    Ticks(service, world.schedule).round(world.now, lambda: True)
    with world.database.begin() as connection:
        mark_facilities(connection, [place], world.now)
    world.clock.move(timedelta(seconds=30))

    lags = {
        sample.labels["tick"]: sample.value
        for metric in ClockFigures(service.database, service.clock, service.settings).collect()
        for sample in metric.samples
        if sample.name == "smsgateway_clock_lag_seconds"
    }

    assert lags["plan"] == 30
