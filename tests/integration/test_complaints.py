"""A complaint gets a ticket, one SMS, and one answer; nobody else can follow it up."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select

from smsgateway.feedback import complaints
from smsgateway.feedback.complaints import (
    MOST_A_DAY,
    TICKET_DIGITS,
    AlreadyAnswered,
    Complaint,
    Filed,
    Kind,
    Status,
    TooMany,
    UnknownTicket,
    Unsayable,
)
from smsgateway.feedback.tables import complaint
from smsgateway.messaging.tables import message
from smsgateway.messaging.templates import ANSWER_LENGTH
from smsgateway.paths import locales_dir
from smsgateway.register.phones import ensure_phone
from smsgateway.register.tables import facility
from smsgateway.staff.tables import audit
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database
from smsgateway.text.catalogue import Catalogue
from smsgateway.text.routes import Routes

MOTHER = "+22376000001"
NEIGHBOUR = "+22376000002"


class Box:
    """The complaints of a mother about one centre."""

    def __init__(self, database: Database, clock: FixedClock) -> None:
        self.database, self.clock = database, clock
        self.catalogue = Catalogue.load(locales_dir())
        with database.begin() as connection:
            connection.execute(
                insert(facility),
                {"code": "C1", "name": "Asacobafa", "kind": "cscom", "region": "Bamako"},
            )
            self.phone_id = ensure_phone(connection, MOTHER, clock.now())
            ensure_phone(connection, NEIGHBOUR, clock.now())

    def file(self, key: str, centre: int | None = 1, language: str = "fr") -> Filed:
        with self.database.begin() as connection:
            return complaints.file(
                connection,
                self.catalogue,
                Routes(),
                phone_id=self.phone_id,
                facility_id=centre,
                kind=Kind.MONEY,
                language=language,
                now=self.clock.now(),
                idempotency_key=key,
            )

    def take_up(self, ticket: str) -> None:
        with self.database.begin() as connection:
            complaints.take_up(connection, ticket, self.clock.now())

    def answer(self, ticket: str, text: str = "Nous avons parlé au chef du centre.") -> list[int]:
        with self.database.begin() as connection:
            return complaints.answer(
                connection, self.catalogue, Routes(), ticket, text, self.clock.now()
            )

    def seen(self, ticket: str, msisdn: str = MOTHER) -> Complaint | None:
        with self.database.read() as connection:
            return complaints.follow_up(connection, msisdn, ticket)

    def waiting(self, centre: int | None = None) -> list[str]:
        with self.database.read() as connection:
            return [one.ticket for one in complaints.unanswered(connection, centre)]

    def sms(self) -> list[tuple[str, str]]:
        with self.database.read() as connection:
            rows = connection.execute(select(message).order_by(message.c.id))
            return [(row.message_class, row.body) for row in rows]


@pytest.fixture
def box(database: Database, clock: FixedClock) -> Box:
    return Box(database, clock)


def test_a_complaint_gets_a_ticket_that_goes_out_by_sms(box: Box) -> None:
    filed = box.file("a")
    assert len(filed.ticket) == TICKET_DIGITS
    assert filed.ticket.isdigit()
    ((message_class, body),) = box.sms()
    assert message_class == "reply"
    assert filed.ticket in body
    assert len(filed.reply_ids) == 1


def test_the_ticket_comes_in_the_language_of_the_complaint(box: Box) -> None:
    box.file("a", language="bm")
    assert "I ni ce" in box.sms()[0][1]


def test_a_repeated_callback_finds_its_ticket_and_writes_nothing(box: Box) -> None:
    filed = box.file("a")
    assert box.file("a") == Filed(filed.ticket, [])
    assert len(box.sms()) == 1
    assert box.waiting() == [filed.ticket]


def test_the_same_step_at_the_same_moment_is_one_complaint(box: Box) -> None:
    with ThreadPoolExecutor(4) as pool:
        tickets = {filed.ticket for filed in pool.map(box.file, "aaaa")}
    assert box.waiting() == list(tickets)
    assert len(box.sms()) == 1


def test_a_ticket_that_is_taken_is_drawn_again(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["1000001", "1000001", "1000002"])
    monkeypatch.setattr(complaints, "_new_ticket", lambda: next(drawn))
    assert [box.file(key).ticket for key in "ab"] == ["1000001", "1000002"]


def test_a_phone_may_complain_so_often_a_day_and_again_the_next(box: Box) -> None:
    for number in range(MOST_A_DAY):
        box.file(f"{number}")
    with pytest.raises(TooMany):
        box.file("more")
    assert len(box.sms()) == MOST_A_DAY
    assert box.file("0").reply_ids == []
    box.clock.move(timedelta(days=1))
    assert box.file("more").reply_ids


def test_only_the_phone_that_complained_can_follow_it_up(box: Box) -> None:
    ticket = box.file("a").ticket
    assert box.seen(ticket, NEIGHBOUR) is None
    assert box.seen("1234567") is None
    found = box.seen(ticket)
    assert found is not None
    assert (found.kind, found.status, found.facility) == (Kind.MONEY, Status.RECEIVED, "Asacobafa")


def test_a_complaint_moves_on_until_its_answer_goes_out(box: Box) -> None:
    ticket = box.file("a").ticket
    box.take_up(ticket)
    box.take_up(ticket)
    found = box.seen(ticket)
    assert found is not None
    assert found.status is Status.IN_PROGRESS
    box.clock.move(timedelta(hours=2))
    (message_id,) = box.answer(ticket)
    found = box.seen(ticket)
    assert found is not None
    assert (found.status, found.status_at) == (Status.ANSWERED, box.clock.now())
    assert found.answer == "Nous avons parlé au chef du centre."
    assert box.sms()[-1][1] == (
        f"Réponse à votre plainte {ticket} : Nous avons parlé au chef du centre."
    )
    assert box.waiting() == []
    with box.database.read() as connection:
        actions = connection.scalars(select(audit.c.action).order_by(audit.c.id)).all()
        assert connection.scalar(select(func.max(message.c.id))) == message_id
    assert actions == ["complaint.in_progress", "complaint.answered"]


def test_a_complaint_is_answered_once_even_by_two_at_a_time(box: Box) -> None:
    ticket = box.file("a").ticket

    def try_to(number: int) -> list[int]:
        try:
            return box.answer(ticket, f"Réponse {number}")
        except AlreadyAnswered:
            return []

    with ThreadPoolExecutor(4) as pool:
        answers = [one for one in pool.map(try_to, range(4)) if one]
    assert len(answers) == 1
    assert len(box.sms()) == 2
    with pytest.raises(AlreadyAnswered):
        box.take_up(ticket)


@pytest.mark.parametrize(
    "text", ["", "  \n ", "x" * (ANSWER_LENGTH + 1), "ŋ" * (ANSWER_LENGTH // 2 + 1)]
)
def test_an_answer_that_cannot_be_sent_whole_is_refused(box: Box, text: str) -> None:
    ticket = box.file("a").ticket
    with pytest.raises(Unsayable):
        box.answer(ticket, text)
    assert box.waiting() == [ticket]
    assert len(box.sms()) == 1


def test_an_unknown_ticket_is_said_to_be_one(box: Box) -> None:
    with pytest.raises(UnknownTicket):
        box.answer("1234567")


def test_a_centre_sees_the_complaints_about_itself_oldest_first(box: Box) -> None:
    first = box.file("a", centre=None).ticket
    box.clock.move(timedelta(minutes=1))
    second = box.file("b").ticket
    assert box.waiting() == [first, second]
    assert box.waiting(1) == [second]


def test_a_crash_before_the_commit_leaves_neither_complaint_nor_sms(box: Box) -> None:
    with pytest.raises(RuntimeError), box.database.begin() as connection:
        complaints.file(
            connection,
            box.catalogue,
            Routes(),
            phone_id=box.phone_id,
            facility_id=1,
            kind=Kind.CARE,
            language="fr",
            now=box.clock.now(),
            idempotency_key="a",
        )
        raise RuntimeError
    assert box.sms() == []
    with box.database.read() as connection:
        assert connection.execute(select(complaint)).all() == []
