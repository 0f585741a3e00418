"""What families told waits for a worker: doses to confirm, lines to call."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from town import CODE, LANGUAGES, Town, compare, played

from smsgateway.feedback import callbacks
from smsgateway.feedback.callbacks import Reason
from smsgateway.feedback.tables import callback_request
from smsgateway.register import claims
from smsgateway.register.phones import ensure_phone
from smsgateway.register.tables import dose_claim, immunization, person, plan_mark
from smsgateway.service import Service
from smsgateway.staff.tables import audit, staff


@pytest.fixture
def town(service: Service) -> Town:
    return Town(service)


@pytest.fixture
def told(town: Town) -> int:
    """A family of the worker's centre says that two doses were given yesterday; the child."""
    card = town.people.phones[0].children[0].carnet_number
    with town.service.database.begin() as connection:
        child = connection.scalar(select(person.c.id).where(person.c.carnet_number == card))
        assert child is not None
        claims.tell(
            connection,
            child,
            ("PENTA1", "VPO1"),
            town.now.date() - timedelta(days=1),
            phone_id=ensure_phone(connection, town.people.phones[0].msisdn, town.now),
            place=None,
            now=town.now,
        )
        connection.execute(plan_mark.delete())
    return child


@pytest.fixture
def waiting(town: Town) -> int:
    """A family of the worker's centre waits for a call, and one of another; the first request."""
    with town.service.database.begin() as connection:
        mine = connection.scalar(select(staff.c.facility_id).limit(1))
        requests = [
            callbacks.request(
                connection,
                phone_id=ensure_phone(connection, number, town.now),
                facility_id=place,
                reason=Reason.PROBLEM,
                now=town.now,
                idempotency_key=number,
            )
            for number, place in (("+22376000001", mine), ("+22376000002", None))
        ]
    return requests[0]


def by_worker(town: Town, language: str, *keys: str) -> str:
    worker = town.people.workers[0]
    town.speaks(worker.msisdn, language)
    return played(town.handset(worker.msisdn), "9", worker.pin, *keys)


def given(town: Town, child: int) -> list[str]:
    with town.service.database.read() as connection:
        yesterday = town.now.date() - timedelta(days=1)
        query = select(immunization.c.vaccine).where(
            immunization.c.person_id == child, immunization.c.given_on == yesterday
        )
        return sorted(connection.scalars(query))


def states(town: Town) -> set[str]:
    with town.service.database.read() as connection:
        return set(connection.scalars(select(dose_claim.c.state)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_family_told_is_recorded_once_the_card_was_seen(
    town: Town, told: int, language: str
) -> None:
    transcript = by_worker(town, language, "7", "1", "1", "1")

    compare(f"agent_claims_{language}", transcript)
    assert (given(town, told), states(town)) == (["PENTA1", "VPO1"], {"confirmed"})
    with town.service.database.read() as connection:
        assert connection.scalars(select(plan_mark.c.person_id)).all() == [told]
        assert connection.scalars(
            select(audit.c.subject).where(audit.c.action == "claim.settled")
        ).all() == [f"person:{told}"]


def test_what_is_not_on_the_card_is_refused_and_called_for_again(town: Town, told: int) -> None:
    by_worker(town, "fr", "7", "1", "2")

    assert (given(town, told), states(town)) == ([], {"refused"})
    with town.service.database.read() as connection:
        assert connection.scalars(select(plan_mark.c.person_id)).all() == [told]


def test_a_claim_of_another_centre_is_not_shown(town: Town, told: int) -> None:
    with town.service.database.begin() as connection:
        mine = connection.scalar(select(staff.c.facility_id).limit(1))
        connection.execute(
            update(person).where(person.c.id == told).values(facility_id=(mine or 0) + 1)
        )

    assert "Aucun vaccin à confirmer." in by_worker(town, "fr", "7")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_worker_calls_and_takes_the_line_off_the_list(
    town: Town, waiting: int, language: str
) -> None:
    transcript = by_worker(town, language, "8", "1", "1", "1")

    compare(f"agent_calls_{language}", transcript)
    with town.service.database.read() as connection:
        rows = connection.execute(
            select(
                callback_request.c.id, callback_request.c.outcome, callback_request.c.staff_id
            ).where(callback_request.c.settled_at.is_not(None))
        ).all()
    assert [tuple(row) for row in rows] == [(waiting, "reached", 1)]


def test_a_line_that_a_colleague_has_called_is_gone(town: Town, waiting: int) -> None:
    worker = town.people.workers[0]
    town.speaks(worker.msisdn, "fr")
    handset = town.handset(worker.msisdn)
    handset.dial(CODE)
    handset.send("9", worker.pin, "8")
    by_worker(town, "fr", "8", "1", "2")

    assert handset.send("1") == "C'est déjà réglé."
