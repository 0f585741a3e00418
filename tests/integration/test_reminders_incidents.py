"""What went wrong elsewhere must not happen here: a test for each incident, named after it."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from reminder_world import MOTHER, RULES_FILE, World
from sqlalchemy import func, select, update

from smsgateway.messaging import outbox
from smsgateway.messaging.states import State, may_follow, receipt_may_set
from smsgateway.messaging.tables import message
from smsgateway.reminders import activation, escalation, release
from smsgateway.reminders.activation import AboveCap
from smsgateway.reminders.due import waiting_phones
from smsgateway.reminders.tables import reminder

THURSDAY = date(2026, 11, 26)


@pytest.fixture
def world(database, settings, clock):
    return World(database, settings, clock)


def test_cht_core_10802_a_stuck_task_that_resets_a_reminder_sends_nothing_again(world):
    """The same SMS went up to 1,900 times in seven days."""
    world.child(visit_on=THURSDAY)
    world.run()
    world.send()
    for _ in range(50):
        with world.database.begin() as connection:
            connection.execute(update(reminder).values(state="planned", due_at=world.now))
        world.release()

    assert len(world.messages()) == 1


def test_cht_core_6125_a_due_query_has_a_limit(world):
    for number in range(12):
        world.child(visit_on=THURSDAY, phones=(f"+2237000{number:04}",))
    world.plan()

    with world.database.begin() as connection:
        assert len(waiting_phones(connection, world.now, 5)) == 5
    assert [len(world.release(limit=5)) for _ in range(4)] == [5, 5, 2, 0]


def test_cht_core_6584_failing_rows_do_not_fill_the_queue(world):
    """Ten families without words stand first: they back off, and the eleventh hears at once."""
    for number in range(10):
        world.child(visit_on=THURSDAY, phones=(f"+2237100{number:04}",), language="bm")
    world.child("Awa", visit_on=THURSDAY)
    world.plan()

    released = sum(len(world.release(limit=4)) for _ in range(4))

    assert released == 1
    later = [row.due_at for row in world.reminders("planned") if row.failures]
    assert later == [world.now + release.PUT_OFF] * 10


def test_dhis2_20576_what_is_not_due_is_not_read(world, monkeypatch):
    """All notifications loaded into memory halted the server."""
    for number in range(30):
        world.child(visit_on=date(2027, 3, 4), phones=(f"+2237000{number:04}",))
    world.child(visit_on=THURSDAY)
    world.plan()
    read = []
    original = release.due_for
    monkeypatch.setattr(
        release, "due_for", lambda *args: read.extend(found := original(*args)) or found
    )

    world.release()

    assert len(read) == 1


def test_ird_a_crash_between_reminder_and_message_keeps_neither(world, monkeypatch):
    """Two databases with a commit each sent again; here one transaction holds both."""
    world.child(visit_on=THURSDAY)
    world.plan()
    add = outbox.add

    def add_and_die(*args, **kwargs):
        add(*args, **kwargs)
        raise SystemExit("killed")

    monkeypatch.setattr(outbox, "add", add_and_die)
    with pytest.raises(SystemExit):
        world.release()
    monkeypatch.undo()

    assert world.messages() == []
    assert {row.state for row in world.reminders()} == {"planned"}


def test_dhis2_17948_rules_that_change_are_weighed_and_capped(world):
    """Notifications went out indiscriminately after a rule had changed."""
    world.only_announce()
    world.child(visit_on=THURSDAY)
    world.plan()

    before = world.reminders()

    chasing = json.loads(RULES_FILE.read_text(encoding="utf-8"))
    with pytest.raises(AboveCap):
        activation.activate(
            world.database, world.schedule, chasing, world.now, world.settings, cap=1
        )

    assert world.reminders() == before


def test_rapidpro_a_visit_today_that_is_registered_at_ten_is_told_at_once(world):
    """A registration at 10:00 for a message of 08:00 was dropped silently."""
    world.at("2026-11-26 10:00")
    world.child(visit_on=THURSDAY)

    assert world.run() == [
        ("Vaccin pour Awa : jeudi 26/11, Asacobafa. Venez avec l'enfant et le carnet.")
    ]


def test_rapidpro_a_date_does_not_take_the_time_of_its_entry(world):
    """A date typed at 23:40 made messages leave at 23:40."""
    world.at("2026-11-20 23:40")
    world.child(visit_on=THURSDAY)
    world.plan()

    opened = {row.due_at.astimezone(world.settings.timezone).hour for row in world.reminders()}
    assert opened == {8}


def test_rapidpro_what_comes_too_late_is_recorded(world):
    world.child(visit_on=THURSDAY)
    world.plan()
    world.at("2026-11-26 18:00")
    world.release()

    told = {(row.rule, row.state, row.reason) for row in world.reminders()}
    assert ("before_3", "expired", "too_late") in told
    assert ("before_1", "expired", "too_late") in told


def test_courier_a_late_sent_does_not_take_back_delivered():
    assert not receipt_may_set(State.DELIVERED, State.SENT)
    assert not may_follow(State.DELIVERED, State.SENT)


def test_after_three_days_down_everything_is_merged_sent_in_hours_or_recorded(world):
    """CHT forgets after 7 days, CommCare after 48 hours, DHIS2 after one."""
    for name, days in (("Awa", 2), ("Bakary", 3), ("Fanta", 9)):
        world.child(name, visit_on=date(2026, 11, 23) + timedelta(days=days))
    world.plan()
    world.at("2026-11-26 06:00")  # since Monday nothing has run

    world.review()
    assert world.run() == []  # nobody is woken: it is six in the morning
    world.at("2026-11-26 08:00")
    world.review()
    texts = world.run()

    assert len(texts) == 1 and "Bakary" in texts[0]
    expired = {row.visit_id for row in world.reminders("expired")}
    assert expired  # what Awa's family was to be told on the 22nd and the 24th
    world.at("2026-12-10 09:00")
    world.review()
    world.plan()
    assert escalation.escalate(world.database, world.now, world.today) == 2


def test_an_outage_of_weeks_sends_no_flood(world):
    for number in range(5):
        world.child(f"Awa {number}", visit_on=THURSDAY + timedelta(days=number))
    world.plan()
    world.at("2026-12-09 09:00")
    world.review()
    world.plan()
    world.release()

    with world.database.read() as connection:
        count = connection.scalar(select(func.count()).select_from(message))
    assert count == 1  # one message about five children who were missed
    assert {row.msisdn for row in world.messages()} == {MOTHER}
