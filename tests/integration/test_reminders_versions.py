"""A newer version of the schedule plans everybody anew: by difference, in bites, no burst."""

from __future__ import annotations

import json
from datetime import date, timedelta
from importlib import resources

import pytest
from click.testing import CliRunner
from reminder_world import World

from smsgateway.calendars.schedule import load
from smsgateway.commands.reminders import reminders
from smsgateway.reminders import review

THURSDAY = date(2026, 11, 26)
FAMILIES = 6


@pytest.fixture
def world(database, settings, clock):
    return World(database, settings, clock)


def newer(change=lambda series: None):
    """The shipped file under a newer version, its series as `change` leaves them."""
    file = resources.files("smsgateway.calendars") / "schedules" / "mali.json"
    data = json.loads(file.read_text(encoding="utf-8"))
    data["schedules"][0]["version"] = "2027"
    change({one["code"]: one for one in data["schedules"][0]["series"]})
    return data


def seven_weeks(series):
    """The first visit a week later, that of every first dose."""
    for code in ("VPO", "PENTA", "PNEUMO", "ROTA"):
        row = next(one for one in series[code]["doses"] if one["number"] == 1)
        row |= {"age": "7 weeks", "min_age": "7 weeks"}


def families(world):
    for number in range(FAMILIES):
        world.child(visit_on=THURSDAY, phones=[f"+2237000010{number}"])
    world.plan()


def replanned(world, data, bite=1_000):
    """The clock's review and planner with another schedule; how many each bite marked."""
    world.schedule = load(data).pick()
    bites = []
    while marked := review.mark_outdated(world.database, world.planning(), world.now, bite):
        bites.append(marked)
        while world.plan().people:
            pass
    return bites


def test_a_version_that_changes_nothing_says_nothing_new(world):
    families(world)
    world.release()
    world.send()
    before = [(row.rule, row.due_at) for row in world.reminders()]

    assert replanned(world, newer()) == [FAMILIES]
    assert [(row.rule, row.due_at) for row in world.reminders()] == before
    assert world.release() == []
    assert {row.made_with.split(" | ")[0] for row in world.visits("open")} == {"mali 2027"}


def test_people_are_marked_in_bites(world):
    families(world)
    assert replanned(world, newer(), bite=4) == [4, 2]


def test_a_version_that_moves_visits_moves_what_is_unsent_and_adds_nothing(world):
    families(world)
    count = len(world.reminders())
    replanned(world, newer(seven_weeks))

    assert len(world.reminders()) == count
    assert {row.visit_date for row in world.visits("open")} == {THURSDAY + timedelta(days=7)}
    assert {row.visit_date for row in world.reminders("planned")} == {THURSDAY + timedelta(days=7)}
    assert world.release() == []


def test_who_was_told_the_old_day_is_told_the_new_one_once_when_it_is_near(world):
    families(world)
    world.release()
    world.send()
    replanned(world, newer(seven_weeks))
    assert world.release() == []

    world.at("2026-11-30 09:00")  # three days before the new day
    assert len(world.release()) == FAMILIES
    assert world.release() == []


def test_a_dry_run_shows_what_another_schedule_would_send_and_stores_nothing(
    world, monkeypatch, tmp_path
):
    families(world)
    before = (world.reminders(), world.visits())
    file = tmp_path / "newer.json"
    file.write_text(json.dumps(newer(seven_weeks)), encoding="utf-8")
    monkeypatch.setenv("DATABASE_URL", world.database.url.render_as_string(hide_password=False))
    words = ["plan", "--schedule", str(file), "--everyone"]

    shown = CliRunner().invoke(reminders, [*words, "--dry-run", "--days", "1"])

    assert "version 2027: to be confirmed" in shown.output
    assert f"{FAMILIES} people planned" in shown.output
    assert "Nothing was stored or sent." in shown.output
    assert (world.reminders(), world.visits()) == before
    assert CliRunner().invoke(reminders, words).exit_code == 2


def test_a_schedule_that_is_wrong_is_refused_in_one_sentence(world, monkeypatch, tmp_path):
    file = tmp_path / "wrong.json"
    file.write_text("{}", encoding="utf-8")
    monkeypatch.setenv("DATABASE_URL", world.database.url.render_as_string(hide_password=False))
    shown = CliRunner().invoke(reminders, ["plan", "--dry-run", "--schedule", str(file)])

    assert shown.exit_code == 1
    assert "format must be smsgateway-schedules-1" in shown.output
