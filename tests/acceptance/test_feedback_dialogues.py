"""What people tell the service by keypad, as they meet it."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from town import LANGUAGES, STRANGER, Town, compare, played

from smsgateway.feedback import callbacks
from smsgateway.feedback.tables import callback_request
from smsgateway.register.tables import facility
from smsgateway.service import Service


@pytest.fixture
def town(service: Service) -> Town:
    return Town(service)


@pytest.mark.parametrize("language", LANGUAGES)
def test_being_called_back_and_emergency_numbers(town: Town, language: str) -> None:
    caller = town.people.phones[0].msisdn
    town.speaks(caller, language)
    transcript = [
        played(town.handset(caller), "5", "5", "1"),
        "\n== Après trois mauvaises touches\n",
        played(town.handset(), LANGUAGES[language], "8", "8", "8", "2", "1"),
        "\n== Urgences\n",
        played(town.handset(caller), "5", "6"),
    ]
    compare(f"callback_{language}", "".join(transcript))
    with town.service.database.read() as connection:
        waiting = callbacks.open_requests(connection)
        own = connection.scalar(select(facility.c.name).where(facility.c.code == "DEMO-01"))
    assert [(one.msisdn, one.facility) for one in waiting] == [(caller, own), (STRANGER, None)]


def test_who_does_not_want_a_call_gets_none(town: Town) -> None:
    handset = town.handset()
    handset.dial("*123#")
    assert handset.send("2", "5", "5", "2").startswith("Bienvenue.")
    with town.service.database.read() as connection:
        assert connection.execute(select(callback_request)).all() == []
