"""A worker writes down who came, by keypad: doses of a child, a contact of a woman."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select
from town import CODE, LANGUAGES, Town, compare, key_of, played

from smsgateway.calendars.schedule import shipped
from smsgateway.interchange.demo_data import Situation
from smsgateway.register.tables import encounter, immunization, person
from smsgateway.reminders import defaulters
from smsgateway.reminders.planner import plan_marked
from smsgateway.reminders.tables import defaulter, reminder, visit
from smsgateway.service import Service
from smsgateway.staff.tables import audit
from smsgateway.web.handset import Handset


@pytest.fixture
def town(service: Service) -> Town:
    return Town(service)


def at_work(town: Town, language: str = "fr") -> Handset:
    """The line of a worker of the centre of the story."""
    worker = town.people.workers[0]
    town.speaks(worker.msisdn, language)
    return town.handset(worker.msisdn)


def child_id(town: Town, situation: Situation) -> int:
    """The first child of the story in that situation."""
    card = next(
        child.carnet_number
        for owner in town.people.phones
        for child in owner.children
        if child.situation is situation
    )
    with town.service.database.read() as connection:
        found = connection.scalar(select(person.c.id).where(person.c.carnet_number == card))
    assert found is not None
    return found


def beginning(town: Town, person_id: int) -> str:
    """What a worker types of a first name."""
    with town.service.database.read() as connection:
        name = connection.scalar(select(person.c.first_name).where(person.c.id == person_id))
    assert name is not None
    return name[:4]


def came(town: Town, handset: Handset, person_id: int, *keys: str) -> str:
    """From the first screen to what was written down of somebody, found by the first name."""
    name = beginning(town, person_id)
    handset.dial(CODE)
    handset.send("9", town.people.workers[0].pin)
    screen = handset.send("3")
    if "début du prénom" in screen:
        screen = handset.send(name)
    while name not in screen:
        screen = handset.send("98")
    handset.send(key_of(screen, name))
    return handset.send(*keys)


def plan(town: Town) -> None:
    plan_marked(
        town.service.database, shipped("mali"), town.now, town.service.settings, limit=10_000
    )


def doses_of(town: Town, person_id: int) -> int:
    with town.service.database.read() as connection:
        return (
            connection.scalar(
                select(func.count()).where(
                    immunization.c.person_id == person_id,
                    immunization.c.given_on == town.now.date(),
                )
            )
            or 0
        )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_worker_writes_down_the_doses_of_a_visit(town: Town, language: str) -> None:
    late = child_id(town, Situation.LATE)
    handset = at_work(town, language)

    transcript = played(handset, "9", town.people.workers[0].pin, "3")
    name = beginning(town, late)
    while name not in handset.screen:
        transcript += f"> 98\n{handset.send('98')}\n"
    for key in (key_of(handset.screen, name), "1", "2"):
        transcript += f"> {key}\n{handset.send(key)}\n"

    compare(f"arrival_{language}", f"{transcript}(fin)\n")
    assert doses_of(town, late) > 0


def test_who_was_seen_is_called_no_more_and_looked_for_no_more(town: Town) -> None:
    late = child_id(town, Situation.LATE)
    with town.service.database.begin() as connection:
        place = connection.scalar(select(person.c.facility_id).where(person.c.id == late))
        row = {
            "person_id": late,
            "facility_id": place,
            "calendar": "vaccination",
            "since": town.now.date() - timedelta(days=9),
            "missed": "RR2",
            "reason": "unanswered",
            "opened_at": town.now,
        }
        connection.execute(insert(defaulter).values(row))
        missed = connection.scalar(select(visit.c.id).where(visit.c.person_id == late))

    came(town, at_work(town), late, "1")
    plan(town)

    with town.service.database.read() as connection:
        waiting = connection.scalar(
            select(func.count()).where(reminder.c.visit_id == missed, reminder.c.state == "planned")
        )
        state = connection.scalar(select(visit.c.state).where(visit.c.id == missed))
        looked_for = [one.person_id for one in defaulters.listed(connection)]
        acts = connection.scalars(select(audit.c.subject).where(audit.c.action == "visit.recorded"))
        assert list(acts) == [f"person:{late}"]
    assert (waiting, state) == (0, "done")
    assert late not in looked_for


def test_a_dose_that_was_not_given_is_left_out(town: Town) -> None:
    due = child_id(town, Situation.DUE_TOMORROW)
    town.service.clock.move(timedelta(days=1))  # type: ignore[attr-defined]
    handset = at_work(town)

    came(town, handset, due, "2")
    first = handset.screen.splitlines()[1].split(". ")[1]
    left = handset.send("1")

    assert first not in left
    handset.send("1")
    with town.service.database.read() as connection:
        given = connection.scalars(
            select(immunization.c.vaccine).where(
                immunization.c.person_id == due,
                immunization.c.given_on == town.service.clock.now().date(),
            )
        ).all()
    assert given
    assert first not in given


def test_a_contact_of_a_woman_is_held_once_however_often_it_is_told(town: Town) -> None:
    with town.service.database.begin() as connection:
        one = connection.execute(
            select(visit.c.id, visit.c.person_id).where(visit.c.calendar == "antenatal").limit(1)
        ).one()
        connection.execute(
            visit.update().where(visit.c.id == one.id).values(visit_date=town.now.date())
        )
    for _ in range(2):
        assert came(town, at_work(town), one.person_id, "1").startswith("C'est noté.")

    with town.service.database.read() as connection:
        held = connection.execute(select(encounter.c.person_id, encounter.c.calendar)).all()
    assert [tuple(row) for row in held] == [(one.person_id, "antenatal")]


def test_the_same_name_is_found_among_many_by_how_it_begins(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.agent_arrivals.MOST_LISTED", 2)
    handset = at_work(town)
    handset.dial(CODE)

    assert "début du prénom" in handset.send("9", town.people.workers[0].pin, "3")
    assert handset.send("Zz").startswith("Personne de ce prénom")
    late = child_id(town, Situation.LATE)
    assert beginning(town, late) in handset.send("1", beginning(town, late).upper())


def test_a_worker_sees_the_families_of_the_own_centre_alone(town: Town) -> None:
    with town.service.database.begin() as connection:
        worker = connection.execute(select(person.c.facility_id).limit(1)).scalar_one()
        connection.execute(visit.update().values(visit_date=town.now.date()))
        names = connection.scalars(
            select(person.c.first_name)
            .join(visit, visit.c.person_id == person.c.id)
            .where(visit.c.facility_id != worker)
        ).all()
        own = connection.scalars(
            select(person.c.first_name)
            .join(visit, visit.c.person_id == person.c.id)
            .where(visit.c.facility_id == worker)
        ).all()
    stranger = next(name for name in names if not any(name[:4] == one[:4] for one in own))
    handset = at_work(town)
    handset.dial(CODE)
    screen = handset.send("9", town.people.workers[0].pin, "3")
    if "début du prénom" in screen:
        assert handset.send(stranger).startswith("Personne de ce prénom")
    else:
        assert stranger not in screen
