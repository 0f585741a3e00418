"""Reminders about one child end and begin again by keypad: by its family, or with a worker."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from town import CODE, LANGUAGES, Town, compare, played

from smsgateway.register import consents
from smsgateway.register.tables import person
from smsgateway.service import Service
from smsgateway.staff.tables import audit


@pytest.fixture
def town(service: Service) -> Town:
    return Town(service)


def is_withdrawn(town: Town, card: str) -> bool:
    with town.service.database.read() as connection:
        child = connection.scalar(select(person.c.id).where(person.c.carnet_number == card))
        assert child is not None
        return consents.is_withdrawn(connection, child)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_family_stops_the_reminders_about_one_child_and_takes_them_up_again(
    town: Town, language: str
) -> None:
    family = next(one for one in town.people.phones if len(one.children) == 1)
    child = family.children[0]
    town.speaks(family.msisdn, language)
    keys = ("5", "7", child.birthday, "1")

    stopped = played(town.handset(family.msisdn), *keys)

    assert is_withdrawn(town, child.carnet_number)
    again = played(town.handset(family.msisdn), *keys)
    assert not is_withdrawn(town, child.carnet_number)
    compare(f"consent_{language}", f"{stopped}\n{again}")


def test_without_the_childs_birthday_nothing_is_shown_or_stopped(town: Town) -> None:
    family = next(one for one in town.people.phones if len(one.children) == 1)
    town.speaks(family.msisdn, "fr")
    handset = town.handset(family.msisdn)
    handset.dial(CODE)

    screen = handset.send("5", "7", "0101" if family.children[0].birthday != "0101" else "0202")

    assert screen.startswith("Enfant introuvable.")
    assert family.children[0].first_name not in screen
    assert not is_withdrawn(town, family.children[0].carnet_number)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_worker_writes_down_what_the_family_says(town: Town, language: str) -> None:
    worker = town.people.workers[0]
    town.speaks(worker.msisdn, language)
    card = town.people.phones[0].children[0].carnet_number
    keys = ("9", worker.pin, "6", "1", card, "1")

    stopped = played(town.handset(worker.msisdn), *keys)

    assert is_withdrawn(town, card)
    again = played(town.handset(worker.msisdn), *keys)
    assert not is_withdrawn(town, card)
    compare(f"agent_consent_{language}", f"{stopped}\n{again}")
    with town.service.database.read() as connection:
        staff = connection.scalars(
            select(audit.c.staff_id).where(audit.c.action == "consent.withdrawn")
        ).all()
    assert staff == [1]
