"""The planner: from marks to visits and reminders, by difference of what has not been sent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from reminder_world import MOTHER, World
from sqlalchemy import insert, select, update

from smsgateway.calendars.hours import Hours
from smsgateway.register import changes, closures, phones
from smsgateway.register.tables import consent, facility, immunization, plan_mark
from smsgateway.reminders import planner, review
from smsgateway.reminders.people import Told
from smsgateway.reminders.tables import visit

THURSDAY = date(2026, 11, 26)


@pytest.fixture
def world(database, settings, clock):
    world = World(database, settings, clock)
    world.only_announce()
    return world


def marks(world):
    with world.database.read() as connection:
        return connection.execute(select(plan_mark)).all()


def test_a_child_gets_one_open_visit_and_a_reminder_for_each_rule(world):
    world.child(visit_on=THURSDAY)

    done = world.plan()

    assert (done.people, done.opened, done.new) == (1, 1, 2)
    [visit] = world.visits("open")
    assert (visit.visit_date, visit.doses) == (THURSDAY, "PENTA1,PNEUMO1,ROTA1,VPO1")
    assert visit.review_on == THURSDAY + timedelta(days=1)
    assert visit.made_with.startswith(world.schedule.label)
    assert [(row.rule, row.due_at, row.expires_at) for row in world.reminders("planned")] == [
        (
            "before_3",
            datetime(2026, 11, 23, 8, tzinfo=UTC),
            datetime(2026, 11, 26, 18, tzinfo=UTC),
        ),
        (
            "before_1",
            datetime(2026, 11, 25, 8, tzinfo=UTC),
            datetime(2026, 11, 26, 18, tzinfo=UTC),
        ),
    ]
    assert marks(world) == []


def test_the_visit_is_moved_to_the_next_session_and_the_facility_has_its_own_hours(world):
    place = world.facility("Session du mardi", session_days="tue", sending_hours="10:00-12:30")
    world.child(visit_on=THURSDAY, facility_id=place)

    world.plan()

    [visit] = world.visits("open")
    assert visit.visit_date == date(2026, 12, 1)
    first, _ = world.reminders("planned")
    assert first.due_at == datetime(2026, 11, 28, 10, tzinfo=UTC)
    assert first.expires_at == datetime(2026, 12, 1, 12, 30, tzinfo=UTC)


def test_no_reminder_is_planned_for_a_closed_day(world):
    """The eve of the visit is a holiday: the family hears of it in the morning."""
    world.child(visit_on=THURSDAY)
    with world.database.begin() as connection:
        closures.close(connection, date(2026, 11, 25), "Maouloud", world.now)

    world.plan()

    due = {row.rule: row.due_at for row in world.reminders("planned")}
    assert due["before_3"] == datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert due["before_1"] == datetime(2026, 11, 26, 8, tzinfo=UTC)


def test_planning_again_changes_nothing(world):
    child = world.child(visit_on=THURSDAY, phones=(MOTHER, "+22370000002"))
    world.plan()
    before = world.reminders(), [row[:-1] for row in world.visits()]

    world.mark(child)
    done = world.plan()

    assert (done.people, done.opened, done.new, done.changed, done.cancelled) == (1, 0, 0, 0, 0)
    assert (world.reminders(), [row[:-1] for row in world.visits()]) == before


def test_without_a_mark_nobody_is_planned(world):
    world.child(visit_on=THURSDAY)
    world.plan()

    assert world.plan() == planner.Planned()


def test_marks_are_taken_a_limited_number_at_a_time_and_the_oldest_first(world):
    first = world.child("Awa", visit_on=THURSDAY)
    world.clock.move(timedelta(seconds=1))
    world.child("Bakary", visit_on=THURSDAY)
    world.child("Fanta", visit_on=THURSDAY)

    assert world.plan(limit=1).people == 1
    assert [row.person_id for row in world.visits()] == [first]
    assert world.plan(limit=5).people == 2


def test_a_mark_that_comes_while_the_plan_is_made_is_not_lost(postgresql_database, settings, clock):
    """The planner holds the mark; the change waits for it and marks again."""
    world = World(postgresql_database, settings, clock)
    child = world.child(visit_on=THURSDAY)
    with ThreadPoolExecutor(1) as pool:
        with world.database.begin() as connection:
            ids = planner.take_marks(connection, world.now, 10)
            planner.plan_people(connection, ids, world.schedule, world.now, world.settings)
            waiting = pool.submit(world.dose, child, "PENTA1")
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.3)
        waiting.result(timeout=5)

    assert [row.person_id for row in marks(world)] == [child]


def test_a_second_planner_finds_the_marks_taken(postgresql_database, settings, clock):
    world = World(postgresql_database, settings, clock)
    world.child(visit_on=THURSDAY)

    with world.database.begin() as connection:
        assert len(planner.take_marks(connection, world.now, 10)) == 1
        assert world.plan() == planner.Planned()


def test_a_dose_recorded_ends_the_visit_and_the_next_one_is_planned(world):
    child = world.child(visit_on=THURSDAY)
    world.plan()

    for vaccine in ("PENTA1", "VPO1", "PNEUMO1", "ROTA1"):
        world.dose(child, vaccine)
    world.plan()

    assert [row.state for row in world.visits()] == ["done", "open"]
    [visit] = world.visits("open")
    assert visit.doses == "PENTA2,PNEUMO2,ROTA2,VPO2"
    assert visit.visit_date == THURSDAY + timedelta(weeks=4)
    reasons = [(row.state, row.reason) for row in world.reminders()]
    assert reasons == [("cancelled", "visit_over")] * 2 + [("planned", None)] * 2


def test_a_visit_of_which_a_dose_is_missing_stays_open(world):
    child = world.child(visit_on=THURSDAY)
    world.plan()

    world.dose(child, "PENTA1")
    world.plan()

    [visit] = world.visits()
    assert (visit.state, visit.visit_date) == ("open", THURSDAY)
    assert visit.doses == "PNEUMO1,ROTA1,VPO1"


@pytest.mark.parametrize("field", ["died_on", "moved_on"])
def test_who_died_or_moved_away_has_no_visit_and_no_reminder_any_more(world, field):
    child = world.child(visit_on=THURSDAY)
    world.plan()

    world.change(child, **{field: world.today})
    world.plan()

    assert [row.state for row in world.visits()] == ["dropped"]
    assert {(row.state, row.reason) for row in world.reminders()} == {
        ("cancelled", field.removesuffix("_on"))
    }
    assert world.release() == []


def test_who_opts_out_gets_no_reminder_until_opting_in_again(world):
    child = world.child(visit_on=THURSDAY)
    world.plan()
    with world.database.begin() as connection:
        phones.opt_out(connection, MOTHER, world.now)
        changes.mark(connection, [child], world.now)
    world.plan()

    assert {(row.state, row.reason) for row in world.reminders()} == {("cancelled", "opted_out")}
    assert [row.state for row in world.visits()] == ["open"]

    with world.database.begin() as connection:
        phones.opt_in(connection, MOTHER, world.now)
        changes.mark(connection, [child], world.now)
    world.plan()

    assert [(row.state, row.reason) for row in world.reminders()] == [("planned", None)] * 2


def test_a_child_without_a_phone_has_a_visit_for_the_lists(world):
    world.child(visit_on=THURSDAY, phones=())

    assert world.plan().new == 0
    assert len(world.visits("open")) == 1


@pytest.mark.parametrize(("days", "spoken"), [(2, 1), (6, 1), (7, 2), (-7, 2)])
def test_a_rule_speaks_again_only_when_the_date_moves_by_a_week(world, days, spoken):
    """The date moves after the first rule has spoken."""
    visit_on = date(2026, 12, 10)
    world.at("2026-12-07 08:00")
    child = world.child(visit_on=visit_on)
    assert len(world.run()) == 1
    world.send()

    if days < 0:
        world.at("2026-11-28 09:00")
    world.move_visit(child, days)
    world.plan()

    before_3 = [row for row in world.reminders() if row.rule == "before_3"]
    assert len(before_3) == spoken
    assert world.visits("open")[0].visit_date == visit_on + timedelta(days=days)
    [eve] = [row for row in world.reminders() if row.rule == "before_1"]
    assert eve.visit_date == visit_on + timedelta(days=days)
    assert world.visits("open")[0].occurrence == spoken


def test_many_small_moves_are_measured_from_the_date_that_was_told(world):
    world.at("2026-12-07 08:00")
    child = world.child(visit_on=date(2026, 12, 10))
    assert len(world.run()) == 1
    world.send()

    for _ in range(2):
        world.move_visit(child, 3)
        world.plan()
    assert [row.rule for row in world.reminders("planned")] == ["before_1"]

    world.move_visit(child, 3)
    world.plan()
    assert sorted(row.rule for row in world.reminders("planned")) == ["before_1", "before_3"]


def test_a_missed_visit_stays_late_without_a_new_reminder(world):
    """The sessions of every week would otherwise call the family every week."""
    place = world.facility("Session du jeudi", session_days="thu")
    child = world.child(visit_on=THURSDAY, facility_id=place)
    assert len(world.run()) == 1
    world.at("2026-11-25 08:00")
    assert len(world.run()) == 1

    world.at("2026-11-27 06:00")
    assert review.mark_reviews(world.database, world.now, world.today) == 1
    assert world.run() == []

    [visit] = world.visits("open")
    assert visit.visit_date == THURSDAY
    assert visit.person_id == child
    assert review.mark_reviews(world.database, world.now, world.today) == 0


def test_a_missed_visit_gives_way_to_the_visit_of_the_next_dose(world):
    """The 10-week visit is missed; VPI1 is due at 14 weeks and takes the missing doses along."""
    child = world.child(visit_on=THURSDAY - timedelta(weeks=4))
    for vaccine in ("PENTA1", "VPO1", "PNEUMO1", "ROTA1"):
        world.dose(child, vaccine, THURSDAY - timedelta(weeks=4))
    world.plan()
    world.at("2026-11-27 06:00")
    review.mark_reviews(world.database, world.now, world.today)
    world.plan()
    vpi1 = THURSDAY + timedelta(weeks=4)
    [late] = world.visits("open")
    assert (late.visit_date, late.review_on) == (THURSDAY, vpi1 - timedelta(days=4))

    world.at(f"{late.review_on} 06:00")
    assert review.mark_reviews(world.database, world.now, world.today) == 1
    world.plan()

    assert [row.state for row in world.visits()] == ["missed", "open"]
    [coming] = world.visits("open")
    assert coming.visit_date == vpi1
    assert coming.doses == "PENTA2,PNEUMO2,ROTA2,VPI1,VPO2"
    assert [row.rule for row in world.reminders("planned")][-2:] == ["before_3", "before_1"]


def test_a_plan_that_cannot_be_made_is_put_off_and_blocks_nobody(world, caplog):
    """Two facilities; the session days of one cannot be read."""
    broken = world.facility("Illisible", session_days="tue")
    bad = world.child("Awa", visit_on=THURSDAY, facility_id=broken)
    world.child("Bakary", visit_on=THURSDAY)
    with world.database.begin() as connection:
        connection.execute(
            update(facility).where(facility.c.id == broken).values(session_days="mardi")
        )

    done = world.plan()

    assert (done.people, done.failed, done.opened) == (2, 1, 1)
    assert [row.person_id for row in marks(world)] == [bad]
    assert world.plan() == planner.Planned()
    world.clock.move(planner.PUT_OFF)
    assert world.plan().failed == 1
    assert "Awa" not in caplog.text


def test_an_unknown_vaccine_in_the_record_does_not_stop_the_plan(world):
    child = world.child(visit_on=THURSDAY)
    world.dose(child, "COVID1")

    assert world.plan().opened == 1


def test_another_version_of_the_schedule_marks_the_open_visits(world):
    world.child(visit_on=THURSDAY)
    world.plan()
    assert review.mark_outdated(world.database, world.planning(), world.now) == 0

    world.schedule = replace(world.schedule, version="2027")

    assert review.mark_outdated(world.database, world.planning(), world.now) == 1
    world.plan()
    assert review.mark_outdated(world.database, world.planning(), world.now) == 0


def test_other_rules_mark_the_open_visits(world):
    world.child(visit_on=THURSDAY)
    world.plan()

    world.use_rules(lambda data: data.update(version="2027"))

    assert review.mark_outdated(world.database, world.planning(), world.now) == 1
    assert world.plan().new == 2
    assert review.mark_outdated(world.database, world.planning(), world.now) == 0


def test_hours_that_change_move_what_is_planned(world):
    child = world.child(visit_on=date(2026, 12, 10))
    world.plan()

    world.keep_hours(Hours.parse("09:30-16:00"))
    world.mark(child)
    done = world.plan()

    assert done.changed == 2
    assert [
        (row.due_at.hour, row.due_at.minute, row.expires_at.hour) for row in world.reminders()
    ] == [(9, 30, 16)] * 2


def test_a_dose_of_the_register_that_was_removed_reopens_the_visit(world):
    child = world.child(visit_on=THURSDAY)
    for vaccine in ("PENTA1", "VPO1", "PNEUMO1", "ROTA1"):
        world.dose(child, vaccine)
    world.plan()

    with world.database.begin() as connection:
        connection.execute(immunization.delete().where(immunization.c.given_on == world.today))
        changes.mark(connection, [child], world.now)
    world.plan()

    assert [row.state for row in world.visits()] == ["dropped", "open"]
    assert world.visits("open")[0].visit_date == THURSDAY


def rename_doses(world, child):
    """What a new version of the schedule with other codes makes of the open visit."""
    with world.database.begin() as connection:
        connection.execute(update(visit).where(visit.c.state == "open").values(doses="OLD1,OLD2"))
    world.mark(child)


def move_and_return(world, child):
    world.change(child, moved_on=world.today)
    world.plan()
    world.change(child, moved_on=None)


REOPENED = pytest.mark.parametrize(
    "reopen",
    [
        pytest.param(move_and_return, id="a move that was a mistake"),
        pytest.param(rename_doses, id="codes of another schedule version"),
    ],
)


@REOPENED
def test_what_was_told_about_a_visit_is_not_told_again_when_it_is_opened_anew(world, reopen):
    child = world.child(visit_on=THURSDAY)
    assert len(world.run()) == 1
    world.send()

    reopen(world, child)

    assert world.run() == []
    assert [row.state for row in world.visits()] == ["dropped", "open"]
    world.at("2026-11-25 08:00")
    [text] = world.run()
    assert text.startswith("Demain")


@REOPENED
def test_what_was_stopped_before_anybody_read_it_is_told_by_the_visit_opened_anew(world, reopen):
    child = world.child(visit_on=THURSDAY)
    world.run()

    reopen(world, child)

    assert len(world.run()) == 1
    assert [row.state for row in world.messages()] == ["cancelled", "queued"]


@pytest.mark.parametrize(("days", "spoken"), [(6, False), (7, True)], ids=["six", "seven"])
def test_a_visit_opened_anew_on_another_day_is_told_when_that_is_a_week_off(world, days, spoken):
    child = world.child(visit_on=THURSDAY)
    world.run()
    world.send()
    move_and_return(world, child)
    world.move_visit(child, days)
    world.plan()

    rules = {row.rule for row in world.reminders("planned")}

    assert rules == ({"before_3", "before_1"} if spoken else {"before_1"})


def test_after_a_visit_that_was_kept_the_next_one_is_told_although_it_is_near():
    done = Told("before_3", 1, THURSDAY, dropped=False)

    assert done.covers(THURSDAY)
    assert not done.covers(THURSDAY + timedelta(days=5))


def agree(world, child, *, withdrawn=False, wording="v1"):
    with world.database.begin() as connection:
        connection.execute(
            insert(consent).values(
                person_id=child,
                given_on=world.today,
                wording=wording,
                channel="ussd",
                withdrawn_at=world.now if withdrawn else None,
            )
        )
    world.mark(child)


def test_without_consent_nothing_is_planned_and_the_visit_stays_for_the_lists(world):
    child = world.child(visit_on=THURSDAY)
    world.plan()
    agree(world, child, withdrawn=True)
    world.plan()

    assert {row.reason for row in world.reminders()} == {"consent_withdrawn"}
    assert len(world.visits("open")) == 1
    assert world.release() == []


def test_a_consent_that_is_withdrawn_holds_also_before_the_next_plan(world):
    child = world.child(visit_on=THURSDAY)
    world.plan()
    agree(world, child, withdrawn=True)
    world.settle_marks()

    assert world.release() == []
    assert {row.reason for row in world.reminders("cancelled")} == {"consent_withdrawn"}


def test_who_agrees_anew_is_written_to_again(world):
    child = world.child(visit_on=THURSDAY)
    agree(world, child, withdrawn=True)
    agree(world, child, wording="v2")

    assert len(world.run()) == 1
