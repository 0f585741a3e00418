"""Rules that change are weighed first: what they would add is shown, and a cap holds them back."""

from __future__ import annotations

import json
from datetime import date

import pytest
from click.testing import CliRunner
from reminder_world import RULES_FILE, World, keep_announcements
from sqlalchemy import select

from smsgateway.commands.reminders import reminders as command
from smsgateway.reminders import activation, rulebook
from smsgateway.reminders.activation import AboveCap
from smsgateway.reminders.rules_file import RulesError, read_rules
from smsgateway.reminders.tables import rulebook as kept_rules

THURSDAY = date(2026, 11, 26)
SHIPPED = json.loads(RULES_FILE.read_text(encoding="utf-8"))


@pytest.fixture
def world(database, settings, clock):
    world = World(database, settings, clock)
    world.only_announce()
    for number in range(6):
        world.child(f"Awa {number}", visit_on=THURSDAY, phones=(f"+2237000000{number // 2}",))
    world.plan()
    return world


def test_rules_that_are_the_same_add_nothing(world):
    data = json.loads(RULES_FILE.read_text(encoding="utf-8"))
    keep_announcements(data)

    weight = activation.weigh(
        world.database, world.schedule, read_rules(data), world.now, world.settings
    )

    assert (weight.people, weight.added, weight.messages) == (6, 0, 0)


def test_it_counts_what_rules_would_add_merged_for_each_phone_and_stores_nothing(world):
    before = world.reminders()

    weight = activation.weigh(
        world.database, world.schedule, read_rules(SHIPPED), world.now, world.settings
    )

    assert (weight.people, weight.added, weight.messages, weight.soon) == (6, 12, 6, 0)
    assert weight.by_rule == {"missed_2": 6, "missed_7": 6}
    assert weight.examples[0] == "missed_2: 2026-11-28, about the visit of 2026-11-26"
    assert world.reminders() == before


def activate(world, cap):
    return activation.activate(
        world.database, world.schedule, SHIPPED, world.now, world.settings, cap
    )


def test_above_the_cap_nothing_changes_and_the_count_is_told(world):
    with pytest.raises(AboveCap, match="would add 6 messages; the cap is 5"):
        activate(world, 5)

    with world.database.read() as connection:
        assert len(connection.execute(select(kept_rules)).all()) == 1
        assert len(rulebook.active(connection).rules) == len(read_announcements().rules)


def read_announcements():
    data = json.loads(RULES_FILE.read_text(encoding="utf-8"))
    keep_announcements(data)
    return read_rules(data)


def test_within_the_cap_the_rules_are_in_force(world):
    activate(world, 6)

    with world.database.read() as connection:
        assert rulebook.active(connection) == read_rules(SHIPPED)


def test_the_command_shows_refuses_and_activates(world, monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", world.database.url.render_as_string(hide_password=False))
    file = tmp_path / "rules.json"
    file.write_text(json.dumps(SHIPPED | {"version": "2027"}), encoding="utf-8")

    def run(*arguments):
        return CliRunner().invoke(command, [*arguments])

    shown = run("plan", "--dry-run", "--rules", str(file))
    refused = run("activate", str(file), "--cap", "0")
    done = run("activate", str(file), "--cap", "1000")

    assert "missed_7" in shown.stdout and "Nothing was stored or sent." in shown.stdout
    assert refused.exit_code == 1 and "the cap is 0" in refused.stderr
    assert done.exit_code == 0 and "These rules are in force" in done.stdout


def test_a_wrong_file_is_refused_in_a_sentence(world, monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", world.database.url.render_as_string(hide_password=False))
    file = tmp_path / "rules.json"
    file.write_text(json.dumps(SHIPPED | {"daily_cap": 0}), encoding="utf-8")

    refused = CliRunner().invoke(command, ["activate", str(file), "--cap", "10"])

    assert refused.exit_code == 1
    assert "daily_cap is 0: it must be from 1 to 10" in refused.stderr


def test_other_rules_need_another_version_because_plans_know_them_by_it(world):
    activate(world, 6)
    activate(world, 6)
    others = SHIPPED | {"daily_cap": 1}

    with pytest.raises(RulesError, match="has been in force with other rules"):
        activation.activate(
            world.database, world.schedule, others, world.now, world.settings, cap=100
        )

    with world.database.read() as connection:
        assert rulebook.active(connection) == read_rules(SHIPPED)
