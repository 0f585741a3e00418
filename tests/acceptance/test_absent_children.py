"""A worker's list of children whom nobody has brought, by keypad behind the PIN."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, or_, select
from town import CODE, LANGUAGES, Town, compare, played

from flows.agent_lookups import FINDINGS, SILENCES
from smsgateway.register.tables import person, phone
from smsgateway.reminders.defaulters import Located
from smsgateway.reminders.escalation import Silence
from smsgateway.reminders.tables import defaulter
from smsgateway.service import Service
from smsgateway.staff.tables import audit, staff


@pytest.fixture
def town(service: Service) -> Town:
    return Town(service)


@pytest.fixture
def absent(town: Town) -> None:
    """Seven children of the worker's centre and one of another are on the list."""
    worker = town.people.workers[0]
    now = town.service.clock.now()
    with town.service.database.begin() as connection:
        place = connection.scalar(
            select(staff.c.facility_id)
            .join_from(staff, phone, phone.c.id == staff.c.phone_id)
            .where(phone.c.msisdn == worker.msisdn)
        )
        born = person.c.birth_date.is_not(None)
        mine = select(person).where(person.c.facility_id == place, born).order_by(person.c.id)
        other = select(person).where(person.c.facility_id != place, born).order_by(person.c.id)
        children = [*connection.execute(mine.limit(7)), *connection.execute(other.limit(1))]
        assert len(children) == 8
        for child in children:
            row = {
                "person_id": child.id,
                "facility_id": child.facility_id,
                "calendar": "vaccination",
                "since": now.date() - timedelta(days=9),
                "missed": "PENTA1,VPO1",
                "reason": "unanswered",
                "opened_at": now,
            }
            connection.execute(insert(defaulter).values(row))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_worker_looks_for_a_child_who_was_not_brought(
    town: Town, absent: None, language: str
) -> None:
    worker = town.people.workers[0]
    town.speaks(worker.msisdn, language)
    handset = town.handset(worker.msisdn)

    transcript = played(handset, "9", worker.pin, "2", "98", "6", "1")

    compare(f"absent_{language}", transcript)
    with town.service.database.read() as connection:
        located = connection.scalars(
            select(defaulter.c.located).where(defaulter.c.located.is_not(None))
        ).all()
        acts = connection.scalars(
            select(audit.c.action).where(audit.c.action == "defaulter_located")
        ).all()
    assert (located, acts) == (["yes"], ["defaulter_located"])


def gone(town: Town) -> list[str]:
    """The first names of those who have died or moved away, as the register has it."""
    with town.service.database.read() as connection:
        known = select(person.c.first_name).where(
            or_(person.c.died_on.is_not(None), person.c.moved_on.is_not(None))
        )
        return list(connection.scalars(known))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("key", "column"), [("3", "moved_on"), ("4", "died_on")])
def test_what_cannot_be_undone_is_asked_once_more(
    town: Town, absent: None, language: str, key: str, column: str
) -> None:
    worker = town.people.workers[0]
    town.speaks(worker.msisdn, language)
    handset = town.handset(worker.msisdn)
    before = gone(town)

    transcript = played(handset, "9", worker.pin, "2", "98", "6", key)
    assert gone(town) == before
    assert "Ibrahim" in handset.screen
    refused = handset.send("2")
    assert gone(town) == before
    transcript += f"> 2\n{refused}\n> {key}\n{handset.send(key)}\n> 1\n{handset.send('1')}\n"

    compare(f"absent_{column}_{language}", transcript)
    assert sorted(gone(town)) == sorted([*before, "Ibrahim"])
    with town.service.database.read() as connection:
        day = connection.scalar(
            select(person.c[column])
            .join_from(defaulter, person, person.c.id == defaulter.c.person_id)
            .where(defaulter.c.located.is_not(None))
        )
    assert day == town.now.date()


def test_without_anybody_to_look_for_it_says_so(town: Town) -> None:
    worker = town.people.workers[0]
    town.speaks(worker.msisdn, "fr")
    handset = town.handset(worker.msisdn)
    handset.dial(CODE)

    assert handset.send("9", worker.pin, "2") == "Aucun enfant à chercher."


def test_what_was_found_out_stands_in_place_of_the_silence(town: Town, absent: None) -> None:
    worker = town.people.workers[0]
    town.speaks(worker.msisdn, "fr")
    keys = ("9", worker.pin, "2", "1")
    first, second = town.handset(worker.msisdn), town.handset(worker.msisdn)
    first.dial(CODE)

    assert "(pas de réponse)" in first.send(*keys)
    first.send("2")

    second.dial(CODE)
    assert "(introuvable)" in second.send(*keys)


def test_every_reason_and_finding_has_its_words() -> None:
    assert set(SILENCES) == set(Silence)
    assert set(FINDINGS) == set(Located)
