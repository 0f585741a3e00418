"""Families whom no reminder has brought are put on a list, and leave it when they are seen."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta

import pytest
from click.testing import CliRunner
from reminder_world import MOTHER, World
from sqlalchemy import insert, select, update

from smsgateway.commands.reminders import reminders as command
from smsgateway.register.phones import ensure_phone
from smsgateway.register.tables import person, phone
from smsgateway.reminders import defaulters, escalation, weekly
from smsgateway.reminders.defaulters import Located, NotOnList
from smsgateway.reminders.responses import NumberedReminders
from smsgateway.reminders.tables import defaulter
from smsgateway.staff.tables import audit, staff

THURSDAY = date(2026, 11, 26)
SIX_WEEKS = ("PENTA1", "VPO1", "PNEUMO1", "ROTA1")
AGENT = "+22370000099"


@pytest.fixture
def world(database, settings, clock):
    return World(database, settings, clock)


def live_until(world, moment):
    """Let the clock do its work once a day until that local moment."""
    end = datetime.fromisoformat(moment).replace(tzinfo=world.settings.timezone)
    while world.now < end:
        world.clock.move(min(timedelta(days=1), end - world.now))
        world.review()
        world.plan()
        world.release()
        world.send()
        escalation.escalate(world.database, world.now, world.today)


def listed(world, facility_id=None):
    with world.database.read() as connection:
        return list(defaulters.listed(connection, facility_id))


@pytest.fixture
def missing(world):
    """A child of six weeks whom nobody has brought in nine days."""
    child = world.child(visit_on=THURSDAY)
    world.plan()
    live_until(world, "2026-12-04 09:00")
    assert listed(world) == []
    live_until(world, "2026-12-05 09:00")
    return child


def test_after_nine_days_the_list_says_who_what_since_when_and_whom_to_call(world, missing):
    [one] = listed(world)

    assert (one.first_name, one.months(world.today), one.since) == ("Awa", 1, THURSDAY)
    assert one.missed == ("PENTA1", "PNEUMO1", "ROTA1", "VPO1")
    assert (one.phone, one.reason, one.located) == (MOTHER, "unanswered", None)


def test_whoever_is_on_the_list_is_put_there_once(world, missing):
    assert escalation.escalate(world.database, world.now, world.today) == 0
    live_until(world, "2026-12-12 09:00")

    assert len(listed(world)) == 1


@pytest.mark.parametrize("doses", [SIX_WEEKS, ("PENTA1",)], ids=["all", "one"])
def test_a_dose_recorded_takes_a_child_off_the_list(world, missing, doses):
    for vaccine in doses:
        world.dose(missing, vaccine)
    world.plan()

    assert listed(world) == []
    live_until(world, "2026-12-12 09:00")
    assert listed(world) == []


def test_a_child_stays_on_the_list_when_the_next_visit_takes_the_doses_along(world, missing):
    world.at("2027-07-14 09:00")  # near nine months, when other vaccines are due
    world.review()
    world.plan()

    assert [row.state for row in world.visits()] == ["missed", "open"]
    [one] = listed(world)
    assert one.since == THURSDAY
    for vaccine in SIX_WEEKS:
        world.dose(missing, vaccine)
    world.plan()
    assert listed(world) == []


def test_a_date_that_is_corrected_takes_a_child_off_and_may_bring_it_back(world, missing):
    world.move_visit(missing, 20)
    world.plan()
    assert listed(world) == []

    live_until(world, "2026-12-26 09:00")
    assert [one.since for one in listed(world)] == [THURSDAY + timedelta(days=20)]


def answer(world, digit):
    with world.database.begin() as connection:
        phone_id = connection.scalar(select(phone.c.id).where(phone.c.msisdn == MOTHER))
        NumberedReminders(world.catalogue).answer(connection, phone_id, digit, world.now)


@pytest.mark.parametrize(("digit", "reason"), [(1, "coming"), (2, "problem"), (3, "wrong_number")])
def test_the_list_says_what_the_family_answered(world, digit, reason):
    world.child(visit_on=THURSDAY)
    world.plan()
    live_until(world, "2026-11-28 09:00")
    answer(world, digit)
    live_until(world, "2026-12-05 09:00")

    [one] = listed(world)
    assert one.reason == reason
    assert (one.phone is None) == (digit == 3)


def test_a_child_without_a_phone_is_on_the_list_too(world):
    world.child(visit_on=THURSDAY, phones=())
    world.plan()
    live_until(world, "2026-12-05 09:00")

    assert [(one.phone, one.reason) for one in listed(world)] == [(None, "no_phone")]


def test_who_dies_leaves_the_list(world, missing):
    world.change(missing, died_on=world.today)
    world.plan()

    assert listed(world) == []
    with world.database.read() as connection:
        assert connection.scalars(select(defaulter.c.outcome)).all() == ["dropped"]


def entry(world):
    [one] = listed(world)
    return one.id


def locate(world, found, facility_id=None):
    place = facility_id or world.facility()
    listed_as = entry(world)
    with world.database.begin() as connection:
        defaulters.locate(
            connection,
            listed_as,
            found,
            world.now,
            world.today,
            facility_id=place,
            staff_id=None,
        )


def test_a_worker_says_who_was_found_and_that_is_written_down(world, missing):
    locate(world, Located.YES)

    assert [one.located for one in listed(world)] == [Located.YES]
    with world.database.read() as connection:
        acts = connection.execute(select(audit.c.action, audit.c.details)).all()
    assert acts == [("defaulter_located", {"located": "yes"})]


@pytest.mark.parametrize(
    ("found", "column"), [(Located.MOVED, "moved_on"), (Located.DIED, "died_on")]
)
def test_a_move_or_a_death_goes_into_the_register_and_stops_everything(
    world, missing, found, column
):
    locate(world, found)
    world.plan()

    with world.database.read() as connection:
        assert connection.scalar(select(person.c[column])) == world.today
    assert listed(world) == []
    assert world.reminders("planned") == []


def test_another_centre_cannot_say_anything_about_the_child(world, missing):
    with pytest.raises(NotOnList):
        locate(world, Located.YES, world.facility("Asacodji"))


def hire(world, **values):
    place = world.facility()
    with world.database.begin() as connection:
        row = {
            "name": "Moussa",
            "phone_id": ensure_phone(connection, AGENT, world.now),
            "facility_id": place,
            "role": "agent",
            "created_at": world.now,
        }
        connection.execute(insert(staff).values(row | values))


def tell(world):
    return weekly.tell_workers(world.database, world.catalogue, world.settings, world.now)[0]


def test_workers_are_told_once_a_week_whom_to_look_for(world, missing):
    hire(world)

    assert (tell(world), tell(world)) == (1, 0)
    sms = world.messages()[-1]
    assert (sms.msisdn, sms.message_class) == (AGENT, "notice")
    assert sms.body == "Enfants non venus : 1. Awa. La liste : *123#, puis 9."
    world.clock.move(timedelta(days=7))
    assert tell(world) == 1


def test_a_centre_with_nobody_to_look_for_hears_nothing(world):
    world.facility()
    hire(world)

    assert tell(world) == 0


def test_as_many_whole_names_as_fit_are_told(world):
    for number in range(12):
        world.child(f"Mariam Fanta {number}", visit_on=THURSDAY, phones=())
    hire(world)
    world.plan()
    live_until(world, "2026-12-05 09:00")
    tell(world)

    sms = world.messages()[-1]
    assert sms.segments == 1
    assert sms.body.startswith("Enfants non venus : 12. Mariam Fanta 0, Mariam Fanta 1")
    assert "Mariam Fanta 4. La liste" in sms.body


def test_the_list_is_a_table_or_a_file(world, missing, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", world.database.url.render_as_string(hide_password=False))

    seen = CliRunner().invoke(command, ["defaulters", "--facility", "Asacobafa", "--csv"])
    assert seen.exit_code == 0, seen.output
    [row] = csv.DictReader(io.StringIO(seen.stdout))
    assert (row["first_name"], row["phone"], row["since"]) == ("Awa", MOTHER, "2026-11-26")
    assert row["missed"] == "PENTA1 PNEUMO1 ROTA1 VPO1"

    nowhere = CliRunner().invoke(command, ["defaulters", "--facility", "nowhere"])
    assert nowhere.exit_code == 1
    assert "There is no facility nowhere." in nowhere.stderr


def test_a_line_that_nobody_has_is_not_resumed(world, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", world.database.url.render_as_string(hide_password=False))
    before = world.phones()

    refused = CliRunner().invoke(command, ["resume", "76999999"])

    assert (refused.exit_code, world.phones()) == (1, before)
    assert "Nobody has the number 76999999." in refused.stderr


def test_the_dead_are_never_put_on_the_list(world):
    child = world.child(visit_on=THURSDAY)
    world.plan()
    with world.database.begin() as connection:
        connection.execute(update(person).where(person.c.id == child).values(died_on=THURSDAY))
    world.at("2026-12-10 09:00")

    assert escalation.escalate(world.database, world.now, world.today) == 0
