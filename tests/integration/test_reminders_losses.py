"""Never a text after a loss: a newborn that dies, a twin, a mother, a misfortune told by keypad."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from reminder_world import MOTHER, World
from sqlalchemy import insert, select, update

from smsgateway.interchange.importer import Importer
from smsgateway.interchange.kind import Context
from smsgateway.interchange.kinds import KINDS
from smsgateway.register import lines, losses, pregnancies
from smsgateway.register.phones import ensure_phone
from smsgateway.register.pregnancies import Birth, Dating, NewPregnancy
from smsgateway.register.tables import caregiver, person
from smsgateway.topics import subscriptions, weekly

FATHER = "+22370000002"
BORN = date(2026, 11, 22)


@pytest.fixture
def world(database, settings, clock):
    return World(database, settings, clock)


def delivers(world, *names, phone=MOTHER, woman="Kadia"):
    """A woman gives birth to a child, and registers its twins apart; her id and theirs."""
    place = world.facility()
    with world.database.begin() as connection:
        line = ensure_phone(connection, phone, world.now)
        new = NewPregnancy(
            first_name=woman,
            facility_id=place,
            phone_id=line,
            lmp_date=BORN - timedelta(weeks=39),
            dating=Dating.LMP,
            registered_on=BORN - timedelta(weeks=10),
            recorded_via="test",
            idempotency_key=woman,
        )
        mother = pregnancies.add(connection, new, world.now)
        found = pregnancies.open_of_people(connection, [mother])[mother].id
        birth = Birth(names[0], "F", BORN)
        children = [pregnancies.record_birth(connection, found, birth, world.now)]
        for name in names[1:]:
            twin = {"first_name": name, "sex": "F", "birth_date": BORN, "created_at": world.now}
            twin |= {"facility_id": place}
            key = connection.execute(insert(person).values(twin)).inserted_primary_key
            children.append(key[0])
            connection.execute(insert(caregiver).values(person_id=key[0], phone_id=line))
    world.mark(*children)
    return mother, *children


def dies(world, one):
    """As an import or the list of those to look for writes it down."""
    world.change(one, died_on=world.today)
    with world.database.begin() as connection:
        losses.mark_families(connection, [one], world.now)


def open_visits(world):
    return {(row.person_id, row.calendar) for row in world.visits("open")}


def test_the_death_of_a_newborn_ends_the_mothers_contacts_too(world):
    mother, child = delivers(world, "Awa")
    world.run()  # the notice for the third day waits in the outbox
    assert (mother, "postnatal") in open_visits(world)

    dies(world, child)
    assert world.release() == []
    world.plan()

    assert open_visits(world) == set()
    assert {row.state for row in world.messages()} == {"cancelled"}
    for _ in range(8):
        world.clock.move(timedelta(days=6))
        world.mark(mother, child)
        assert world.run() == []


@pytest.mark.parametrize("which", [0, 1], ids=["first-born", "registered-apart"])
def test_of_twins_the_one_that_lives_is_followed_and_nothing_is_said_of_the_birth(world, which):
    _mother, *twins = delivers(world, "Awa", "Sira")
    world.plan()
    dies(world, twins[which])
    world.plan()

    assert open_visits(world) == {(twins[1 - which], "vaccination")}


def test_the_death_of_an_elder_child_leaves_the_contacts_after_a_birth(world):
    elder = world.child("Moussa", visit_on=date(2026, 1, 10))
    mother, child = delivers(world, "Awa")
    world.plan()
    dies(world, elder)
    world.plan()

    assert open_visits(world) == {(mother, "postnatal"), (child, "vaccination")}


def test_a_newborn_that_an_import_says_has_died_ends_them_as_well(world):
    _mother, child = delivers(world, "Awa")
    with world.database.begin() as connection:
        connection.execute(update(person).where(person.c.id == child).values(external_id="E1"))
    world.plan()
    record = {"external_id": "E1", "first_name": "Awa", "sex": "F", "birth_date": BORN}
    record |= {"facility_code": "Asacobafa", "died_on": world.today}
    context = Context(now=world.now, today=world.today)
    Importer(world.database, KINDS["children"], context).store([record])
    world.plan()

    assert open_visits(world) == set()


def test_when_a_mother_dies_whoever_keeps_her_telephone_cares_for_the_child(world):
    mother, child = delivers(world, "Awa")
    with world.database.begin() as connection:
        line = ensure_phone(connection, FATHER, world.now)
        connection.execute(
            insert(caregiver).values(person_id=child, phone_id=line, relation="père")
        )

    def only_mothers(data):
        for rule in data["rules"]:
            if rule["code"] == "before_1":
                rule["recipients"] = ["mother"]

    world.use_rules(only_mothers)
    world.plan()
    dies(world, mother)
    world.plan()

    assert open_visits(world) == {(child, "vaccination")}
    waiting = [row.rule for row in world.reminders("planned")]
    assert waiting.count("missed_2") == 2
    assert "before_1" not in waiting


def test_a_misfortune_told_after_the_birth_silences_newborn_and_mother(world):
    delivers(world, "Awa")
    elder = world.child("Moussa", visit_on=world.today - timedelta(weeks=1))
    world.plan()
    with world.database.begin() as connection:
        line = ensure_phone(connection, MOTHER, world.now)
        losses.hold(connection, line, world.today, world.now)
    world.plan()

    spoken_of = {row.visit_id for row in world.reminders("planned")}
    people = {row.person_id for row in world.visits() if row.id in spoken_of}
    assert people == {elder}

    with world.database.begin() as connection:
        assert lines.resume(connection, line, world.now) == 2
    world.plan()
    assert {row.calendar for row in world.visits("open")} == {"vaccination", "postnatal"}
    assert len({row.visit_id for row in world.reminders("planned")}) == 3


def test_after_a_misfortune_no_tip_is_sent_nor_one_that_waits(world):
    with world.database.begin() as connection:
        line = ensure_phone(connection, MOTHER, world.now)
        subscriptions.subscribe(
            connection, phone_id=line, topic="feeding", language="fr", now=world.now
        )
    weekly.write_due(world.database, world.catalogue, world.settings.encoding_policies, world.now)
    with world.database.begin() as connection:
        subscriptions.end_all(connection, phone_id=line, now=world.now)
        assert not subscriptions.is_subscribed(connection, MOTHER, "feeding")

    assert [row.state for row in world.messages()] == ["cancelled"]


def test_of_several_women_on_a_line_none_is_written_to_until_staff_have_called(world):
    world.facility()
    women = []
    with world.database.begin() as connection:
        line = ensure_phone(connection, MOTHER, world.now)
        for name in ("Kadia", "Fanta"):
            new = NewPregnancy(
                first_name=name,
                facility_id=connection.scalar(select(person.c.facility_id)) or 1,
                phone_id=line,
                lmp_date=world.today - timedelta(weeks=19, days=4),
                dating=Dating.LMP,
                registered_on=world.today,
                recorded_via="test",
                idempotency_key=name,
            )
            women.append(pregnancies.add(connection, new, world.now))
        losses.hold(connection, line, world.today, world.now)
    assert world.run() == []
