"""The list of people who wait for a call: nobody is on it twice, and nobody falls off it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import func, insert, select

from smsgateway.feedback import callbacks
from smsgateway.feedback.callbacks import Reason, Settled
from smsgateway.feedback.tables import callback_request
from smsgateway.register import facilities
from smsgateway.register.phones import ensure_phone
from smsgateway.register.tables import caregiver, facility, household, person
from smsgateway.staff.tables import audit
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database

MOTHER = "+22376000001"
FATHER = "+22376000002"


class List:
    """Two centres, two phones, and the list of calls."""

    def __init__(self, database: Database, clock: FixedClock) -> None:
        self.database, self.clock = database, clock
        with database.begin() as connection:
            for code in ("C1", "C2"):
                connection.execute(
                    insert(facility),
                    {"code": code, "name": f"Centre {code}", "kind": "cscom", "region": "Bamako"},
                )
            self.phones = [ensure_phone(connection, one, clock.now()) for one in (MOTHER, FATHER)]

    def ask(
        self, key: str, *, phone: int = 0, reason: Reason = Reason.STUCK, centre: int | None = 1
    ) -> int:
        with self.database.begin() as connection:
            return callbacks.request(
                connection,
                phone_id=self.phones[phone],
                facility_id=centre,
                reason=reason,
                now=self.clock.now(),
                idempotency_key=key,
            )

    def waiting(self, centre: int | None = None) -> list[int]:
        with self.database.read() as connection:
            return [one.id for one in callbacks.open_requests(connection, centre)]

    def settle(self, request_id: int, outcome: Settled = Settled.REACHED) -> bool:
        with self.database.begin() as connection:
            return callbacks.settle(connection, request_id, self.clock.now(), outcome)


@pytest.fixture
def calls(database: Database, clock: FixedClock) -> List:
    return List(database, clock)


def test_who_asks_twice_is_called_once(calls: List) -> None:
    assert calls.ask("a") == calls.ask("b")
    assert len(calls.waiting()) == 1


def test_each_reason_and_each_phone_is_a_call_of_its_own(calls: List) -> None:
    asked = [calls.ask("a"), calls.ask("b", reason=Reason.LOSS), calls.ask("c", phone=1)]
    assert calls.waiting() == asked


def test_a_repeated_callback_finds_its_request_even_after_it_was_settled(calls: List) -> None:
    first = calls.ask("a")
    assert calls.settle(first)
    assert calls.ask("a") == first
    assert calls.waiting() == []


def test_who_was_called_may_ask_again(calls: List) -> None:
    first = calls.ask("a")
    calls.settle(first)
    assert calls.waiting() == []
    assert calls.ask("b") != first


def test_a_request_is_settled_once_and_leaves_a_trace(calls: List) -> None:
    asked = calls.ask("a")
    assert calls.settle(asked, Settled.GIVEN_UP)
    assert not calls.settle(asked)
    assert not calls.settle(asked + 1)
    with calls.database.read() as connection:
        (trace,) = connection.execute(select(audit)).all()
    assert (trace.action, trace.subject) == ("callback.settled", f"callback_request:{asked}")
    assert trace.details == {"outcome": "given_up"}


def test_the_longest_waiting_stands_first_and_a_centre_sees_its_own(calls: List) -> None:
    second = calls.ask("b", centre=2)
    calls.clock.move(-timedelta(hours=1))
    first = calls.ask("a", phone=1)
    nobodys = calls.ask("c", phone=1, reason=Reason.WRONG_NUMBER, centre=None)
    assert calls.waiting() == [first, nobodys, second]
    assert calls.waiting(2) == [second]
    with calls.database.read() as connection:
        shown = callbacks.open_requests(connection)[0]
    assert (shown.msisdn, shown.facility, shown.reason) == (FATHER, "Centre C1", Reason.STUCK)
    assert shown.requested_at == calls.clock.now()


def test_two_requests_at_the_same_moment_are_one(calls: List) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(calls.ask, "abcd"))) == 1
    with calls.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(callback_request)) == 1


def test_the_centre_of_a_line_is_that_of_its_youngest_entry_else_of_its_household(
    calls: List,
) -> None:
    with calls.database.begin() as connection:
        assert facilities.of_phone(connection, MOTHER) is None
        for number, centre in enumerate((2, 1, 2), start=1):
            connection.execute(
                insert(person),
                {
                    "facility_id": centre,
                    "first_name": "Awa",
                    "sex": "F",
                    "birth_date": date(2026, 5, 9),
                    "died_on": date(2026, 6, 9) if number == 3 else None,
                    "created_at": calls.clock.now(),
                },
            )
            connection.execute(
                insert(caregiver), {"person_id": number, "phone_id": calls.phones[0]}
            )
        assert facilities.of_phone(connection, MOTHER) == 1
        connection.execute(
            insert(household),
            {
                "external_id": "H1",
                "facility_id": 2,
                "head_name": "Père (démo)",
                "phone_id": calls.phones[1],
            },
        )
        assert facilities.of_phone(connection, FATHER) == 2
