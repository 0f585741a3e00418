"""`reminders plan --dry-run`: counts, costs and examples, and nothing stored."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from reminder_world import World
from sqlalchemy import delete, select

from smsgateway.commands.reminders import reminders
from smsgateway.register.tables import plan_mark
from smsgateway.reminders.preview import preview
from smsgateway.storage.clock import SystemClock

THURSDAY = date(2026, 11, 26)


@pytest.fixture
def world(database, settings, clock):
    world = World(database, settings, clock)
    world.only_announce()
    return world


def look(world, **options):
    options = {"days": 7, "limit": 100, "everyone": False} | options
    return preview(
        world.database, world.catalogue, world.schedule, world.now, world.settings, **options
    )


def marked(world):
    with world.database.read() as connection:
        return connection.scalars(select(plan_mark.c.person_id)).all()


def test_it_shows_each_day_merged_and_priced_and_stores_nothing(world):
    children = [world.child(name, visit_on=THURSDAY) for name in ("Awa", "Bakary")]

    seen = look(world)

    assert (seen.planned.people, seen.planned.opened, seen.planned.new) == (2, 2, 4)
    found = {day.day: (day.reminders, day.messages, day.segments) for day in seen.days}
    assert found.pop(date(2026, 11, 23)) == (2, 1, 1)
    assert found.pop(date(2026, 11, 25)) == (2, 1, 1)
    assert set(found.values()) == {(0, 0, 0)}
    assert seen.examples[0].startswith("Vaccins pour Awa, Bakary : jeudi 26/11")
    assert (world.visits(), world.reminders(), world.messages()) == ([], [], [])
    assert marked(world) == children


def test_what_is_due_at_night_is_shown_on_the_morning_on_which_it_goes_out(world):
    world.child(visit_on=THURSDAY)
    world.at("2026-11-23 20:00")

    found = {day.day: day.messages for day in look(world).days}

    assert found.pop(date(2026, 11, 24)) == 1
    assert found.pop(date(2026, 11, 25)) == 1
    assert set(found.values()) == {0}


def test_what_the_limit_leaves_out_is_counted(world):
    for name in ("Awa", "Bakary", "Fanta"):
        world.child(name, visit_on=THURSDAY)

    assert look(world, limit=2).waiting == 1


def test_everyone_is_planned_without_being_marked(world):
    world.child(visit_on=THURSDAY)
    with world.database.begin() as connection:
        connection.execute(delete(plan_mark))

    assert look(world).planned.people == 0
    assert look(world, everyone=True).planned.people == 1
    assert marked(world) == []


def test_messages_without_words_are_counted(world):
    world.child(visit_on=THURSDAY, language="bm")

    assert sum(day.unwritable for day in look(world).days) == 2


def test_the_command_shows_it_and_then_plans(world, monkeypatch):
    monkeypatch.setenv("SMSGATEWAY_VAR", str(world.settings.var_dir))
    monkeypatch.setenv("DATABASE_URL", world.database.url.render_as_string(hide_password=False))
    today = SystemClock().now().date()
    world.at(f"{today} 00:00")
    world.child(visit_on=today + timedelta(days=4))

    monkeypatch.setenv("SMS_PRICES", "*=XOF 12.5")

    shown = CliRunner().invoke(reminders, ["plan", "--dry-run"])
    assert shown.exit_code == 0, shown.output
    assert "to be confirmed by the Centre National d'Immunisation" in shown.output
    assert "1 people planned: 1 visits opened" in shown.output
    assert "For example:\n  Vaccin pour Awa" in shown.output
    assert "By SMS_PRICES: ~ XOF 25\n" in shown.output
    assert "Nothing was stored or sent." in shown.output
    assert world.visits() == []

    done = CliRunner().invoke(reminders, ["plan"])
    assert done.exit_code == 0, done.output
    assert len(world.visits("open")) == 1
