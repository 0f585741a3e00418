"""A second pregnancy has its whole series of contacts, whatever was held and said in the first."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from reminder_world import MOTHER, World
from sqlalchemy import select, update

from smsgateway.calendars.contacts import CalendarKind
from smsgateway.interchange.importer import Importer
from smsgateway.interchange.kind import Context
from smsgateway.interchange.kinds import KINDS
from smsgateway.interchange.tabular import open_table
from smsgateway.register import encounters, pregnancies
from smsgateway.register.encounters import NotPossible
from smsgateway.register.phones import ensure_phone
from smsgateway.register.pregnancies import Birth, Dating, NewPregnancy
from smsgateway.register.tables import encounter, facility, pregnancy
from smsgateway.reminders import arrivals

ANTENATAL = [f"CPN{number}" for number in range(1, 9)]
POSTNATAL = ["CPON1", "CPON2", "CPON3"]
SECOND = timedelta(days=500)
"""From the beginning of the first pregnancy to that of the second."""


@pytest.fixture
def world(database, settings, clock):
    world = World(database, settings, clock)
    world.facility()
    world.only_announce()
    return world


def expect(world, *, weeks=4, phone=MOTHER):
    """Register the pregnancy of a woman in that week of it; her id."""
    with world.database.begin() as connection:
        new = NewPregnancy(
            first_name="Kadia",
            facility_id=connection.scalar(select(facility.c.id)),
            phone_id=ensure_phone(connection, phone, world.now),
            lmp_date=world.today - timedelta(weeks=weeks),
            dating=Dating.LMP,
            registered_on=world.today,
            recorded_via="test",
            idempotency_key=f"{phone} {world.today}",
        )
        return pregnancies.add(connection, new, world.now)


def give_birth(world, woman):
    with world.database.begin() as connection:
        found = pregnancies.open_of_people(connection, [woman])[woman]
        birth = Birth(first_name="", sex="F", birth_date=world.today)
        pregnancies.record_birth(connection, found.id, birth, world.now)


def hold(world, woman, calendar, *codes, on=None):
    with world.database.begin() as connection:
        encounters.record(connection, woman, calendar, codes, on or world.today, world.now)


def open_visit(world, woman, calendar):
    found = [row for row in world.visits("open") if row.person_id == woman]
    return next((row for row in found if row.calendar == calendar), None)


def go_to(world, day):
    world.at(f"{day} 08:00")


def follow(world, woman, calendar, days_before):
    """Go from visit to visit, held on their day, until none is open: their codes, and how many of
    them were announced so many days before."""
    codes, announced = [], 0
    world.plan()
    while visit := open_visit(world, woman, calendar):
        codes.append(visit.doses)
        go_to(world, max(world.today, visit.visit_date - timedelta(days=days_before)))
        world.review()
        world.run()
        announced += sum(
            row.visit_id == visit.id and row.state == "released" for row in world.reminders()
        )
        go_to(world, visit.visit_date)
        hold(world, woman, calendar, visit.doses)
        world.plan()
    return codes, announced


def began(world, woman):
    with world.database.read() as connection:
        hers = select(pregnancy.c.lmp_date).where(pregnancy.c.person_id == woman)
        return sorted(connection.scalars(hers))


def held(world):
    """First day of the pregnancy and code of all that is written down, in their order."""
    with world.database.read() as connection:
        rows = connection.execute(
            select(pregnancy.c.lmp_date, encounter.c.code)
            .join_from(encounter, pregnancy, pregnancy.c.id == encounter.c.pregnancy_id)
            .order_by(pregnancy.c.lmp_date, encounter.c.code)
        )
        return [tuple(row) for row in rows]


def test_each_pregnancy_has_its_whole_series_of_visits_and_reminders(world):
    told = []
    for _ in range(2):
        woman = expect(world)
        told.append(follow(world, woman, CalendarKind.ANTENATAL, 3))
        give_birth(world, woman)
        told.append(follow(world, woman, CalendarKind.POSTNATAL, 1))
        world.clock.move(timedelta(days=200))

    assert told[:2] == told[2:]
    assert told[0] == (ANTENATAL, len(ANTENATAL))
    assert told[1] == (POSTNATAL, len(POSTNATAL))
    first, second = began(world, woman)
    assert held(world) == sorted(
        (lmp, code) for lmp in (first, second) for code in ANTENATAL + POSTNATAL
    )


def test_who_comes_today_is_seen_for_the_pregnancy_at_hand(world):
    woman = expect(world)
    hold(world, woman, CalendarKind.ANTENATAL, "CPN1", "CPN2")
    give_birth(world, woman)
    world.plan()
    world.clock.move(SECOND)
    expect(world, weeks=12)
    world.plan()
    visit = open_visit(world, woman, "antenatal")
    assert visit.doses == "CPN1"

    for _ in range(2):
        with world.database.begin() as connection:
            arrivals.came(
                connection,
                visit.id,
                ("CPN1",),
                world.today,
                world.now,
                facility_id=visit.facility_id,
                staff_id=None,
            )
    world.plan()

    assert open_visit(world, woman, "antenatal").doses == "CPN2"
    first, second = began(world, woman)
    assert held(world) == [(first, "CPN1"), (first, "CPN2"), (second, "CPN1")]


def test_a_visit_of_the_first_does_not_become_one_of_the_second(world):
    """Both changes reach the planner together, as from a file."""
    woman = expect(world, weeks=11)
    world.plan()
    [before] = world.visits("open")
    world.clock.move(SECOND)
    with world.database.begin() as connection:
        ended = before.visit_date + timedelta(days=1)
        connection.execute(update(pregnancy).values(ended_on=ended, outcome="loss"))
    expect(world, weeks=11)
    world.plan()

    visits = [(row.doses, row.state) for row in world.visits() if row.person_id == woman]
    assert visits == [("CPN1", "dropped"), ("CPN1", "open")]
    [now] = world.visits("open")
    assert now.visit_date == before.visit_date + SECOND
    assert len(world.release()) == 0
    go_to(world, now.visit_date - timedelta(days=3))
    assert len(world.run()) == 1


def test_a_contact_after_a_birth_is_of_the_birth_before_it(world):
    woman = expect(world, weeks=39)
    give_birth(world, woman)
    born = world.today
    world.clock.move(timedelta(days=45))
    expect(world, weeks=2)
    hold(world, woman, CalendarKind.POSTNATAL, "CPON4")
    hold(world, woman, CalendarKind.ANTENATAL, "CPN1")
    world.clock.move(timedelta(weeks=37))
    hold(world, woman, CalendarKind.POSTNATAL, "CPON1")  # nobody has told of the birth yet
    hold(world, woman, CalendarKind.POSTNATAL, "CPON3", on=born + timedelta(days=10))

    first, second = began(world, woman)
    assert held(world) == [
        (first, "CPON3"),
        (first, "CPON4"),
        (second, "CPN1"),
        (second, "CPON1"),
    ]


def test_no_antenatal_contact_is_between_two_pregnancies(world):
    woman = expect(world, weeks=39)
    give_birth(world, woman)
    born = world.today
    with (
        world.database.read() as connection,
        pytest.raises(NotPossible, match=f"after {born}, when the pregnancy ended"),
    ):
        encounters.check(connection, woman, CalendarKind.ANTENATAL, born + timedelta(days=1))


def test_one_file_tells_of_two_pregnancies_of_two_women(world, tmp_path):
    women = []
    for phone in (MOTHER, "+22370000002"):
        women.append(expect(world, phone=phone))
    for woman in women:
        give_birth(world, woman)
    early = world.today
    world.clock.move(SECOND)
    for phone in (MOTHER, "+22370000002"):
        expect(world, phone=phone)
    with world.database.begin() as connection:
        for row in connection.execute(select(pregnancy).order_by(pregnancy.c.id)).all():
            name = f"P-{row.id}"
            mine = update(pregnancy).where(pregnancy.c.id == row.id)
            connection.execute(mine.values(external_id=name))
    rows = [
        f"P-{number};CPN;CPN1;{day}"
        for number, day in enumerate([early] * 2 + [world.today] * 2, 1)
    ]
    file = tmp_path / "contacts.csv"
    file.write_text("\n".join(["identifiant;type;contact;date de visite", *rows]))

    outcomes = [load(world, file) for _ in range(2)]

    assert outcomes == [({"created": 4}, []), ({"unchanged": 4}, [])]
    first, second = began(world, women[0])
    assert held(world) == [(first, "CPN1")] * 2 + [(second, "CPN1")] * 2


def load(world, file):
    problems = []
    context = Context(now=world.now, today=world.today)
    importer = Importer(world.database, KINDS["encounters"], context, on_problem=problems.append)
    with open_table(file) as table:
        report = importer.run(table)
    return {outcome.value: count for outcome, count in report.outcomes.items() if count}, problems


def test_a_pregnancy_dated_anew_keeps_what_was_imported(world, tmp_path):
    expect(world, weeks=12)
    with world.database.begin() as connection:
        connection.execute(update(pregnancy).values(external_id="P-1"))
    file = tmp_path / "contacts.csv"
    day: date = world.today - timedelta(weeks=11)
    file.write_text(f"identifiant;type;contact;date de visite\nP-1;CPN;CPN1;{day}")
    assert load(world, file) == ({"created": 1}, [])
    with world.database.begin() as connection:
        connection.execute(update(pregnancy).values(lmp_date=day + timedelta(days=3)))

    assert load(world, file) == ({"unchanged": 1}, [])
