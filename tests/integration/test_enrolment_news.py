"""Whoever waits for a file is told of each change of its status, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select, update

from smsgateway.enrolment import news
from smsgateway.enrolment.statuses import Status
from smsgateway.enrolment.tables import enrolment, enrolment_history, enrolment_watch
from smsgateway.enrolment.wording import STATUS_WORDS
from smsgateway.interchange.importer import Importer
from smsgateway.interchange.kind import Context
from smsgateway.interchange.kinds import KINDS
from smsgateway.messaging.tables import message
from smsgateway.messaging.templates import TEMPLATES
from smsgateway.paths import locales_dir
from smsgateway.register import phones
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database
from smsgateway.text.catalogue import LANGUAGES, Catalogue
from smsgateway.text.routes import Routes
from smsgateway.text.templates import render

WAITING = "+22376000001"
TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load(locales_dir())


class Office:
    """A scheme's office that sends files, and a clock that tells of their changes."""

    def __init__(self, database: Database, catalogue: Catalogue, clock: FixedClock) -> None:
        self.database, self._catalogue, self._clock = database, catalogue, clock

    def sends(self, status: Status, status_date: date = TODAY) -> None:
        record = {
            "scheme": "RAMED",
            "file_number": "000122112026",
            "holder_name": "Fanta Traoré",
            "holder_birth_year": 1984,
            "status": status.value,
            "status_date": status_date,
        }
        context = Context(now=self._clock.now(), today=TODAY)
        Importer(self.database, KINDS["enrolments"], context).store([record])

    def tick(self) -> int:
        now = self._clock.now()
        return news.tell_changes(self.database, self._catalogue, Routes(), TODAY, now)

    def told(self) -> Sequence[str]:
        query = select(message.c.body).where(message.c.template == "enr_changed")
        with self.database.read() as connection:
            return connection.scalars(query.order_by(message.c.id)).all()

    def watched(self) -> None:
        with self.database.begin() as connection:
            phone_id = phones.ensure_phone(connection, WAITING, self._clock.now(), "fr")
            file_id = connection.execute(select(enrolment.c.id)).scalar_one()
            news.watch(connection, file_id, phone_id, "fr", self._clock.now())


@pytest.fixture
def office(database: Database, catalogue: Catalogue, clock: FixedClock) -> Office:
    one = Office(database, catalogue, clock)
    one.sends(Status.EN_TRAITEMENT)
    one.watched()
    return one


def test_a_change_by_import_is_told_once(office: Office) -> None:
    assert office.tick() == 0
    office.sends(Status.CARTE_DISPONIBLE)
    office.sends(Status.CARTE_DISPONIBLE)
    assert [office.tick(), office.tick()] == [1, 0]
    assert office.told() == ["Du nouveau. Fanta, RAMED : carte prete. Pour arreter : STOP."]
    office.sends(Status.CARTE_REMISE)
    office.tick()
    assert len(office.told()) == 2


def test_a_new_date_of_the_same_status_is_no_news(office: Office) -> None:
    office.sends(Status.EN_TRAITEMENT, TODAY - timedelta(days=1))
    assert office.tick() == 1
    assert office.told() == []
    office.sends(Status.IMMATRICULE)
    office.tick()
    assert len(office.told()) == 1


def test_several_changes_since_the_last_time_are_told_as_the_latest(office: Office) -> None:
    office.sends(Status.IMMATRICULE)
    office.sends(Status.CARTE_DISPONIBLE)
    office.tick()
    assert len(office.told()) == 1
    assert "carte prete" in office.told()[0]


def test_a_message_written_before_a_crash_is_not_written_again(office: Office) -> None:
    """The watch did not move on: the key of the message stops a second one."""
    office.sends(Status.CARTE_DISPONIBLE)
    office.tick()
    with office.database.begin() as connection:
        first = connection.execute(select(enrolment_history.c.id).limit(1)).scalar_one()
        connection.execute(update(enrolment_watch).values(seen_history_id=first))
    office.tick()
    assert len(office.told()) == 1


def test_a_stop_ends_the_watch(office: Office, clock: FixedClock) -> None:
    with office.database.begin() as connection:
        phones.opt_out(connection, WAITING, clock.now())
    office.sends(Status.CARTE_DISPONIBLE)
    office.tick()
    with office.database.read() as connection:
        assert connection.execute(select(enrolment_watch)).all() == []
    assert office.told() == []


def test_asking_again_keeps_one_watch_and_its_place(office: Office) -> None:
    office.sends(Status.CARTE_DISPONIBLE)
    office.watched()
    office.tick()
    assert len(office.told()) == 1


def test_every_watch_is_reached_in_batches(
    office: Office, database: Database, catalogue: Catalogue, clock: FixedClock
) -> None:
    with database.begin() as connection:
        file_id = connection.execute(select(enrolment.c.id)).scalar_one()
        for number in range(5):
            phone_id = phones.ensure_phone(connection, f"+2237601000{number}", clock.now())
            news.watch(connection, file_id, phone_id, "bm", clock.now())
    office.sends(Status.CARTE_DISPONIBLE)
    now = clock.now()
    looked = [
        news.tell_changes(database, catalogue, Routes(), TODAY, now, limit=4) for _ in range(3)
    ]
    assert looked == [4, 2, 0]
    assert len(office.told()) == 6


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_every_status_fit_uncut(catalogue: Catalogue, language: str) -> None:
    for status in Status:
        words = catalogue.text(STATUS_WORDS[status], language)
        values = {"name": "Fanta", "scheme": "RAMED+", "status": words}
        body = render(TEMPLATES["enr_changed"], catalogue, language, values).body
        whole = render(
            TEMPLATES["enr_changed"], catalogue, language, {**values, "status": "@"}
        ).body
        assert len(body) >= len(whole) - 1 + len(words), status


def test_a_watch_on_a_file_without_history_hears_of_the_first(
    database: Database, catalogue: Catalogue, clock: FixedClock
) -> None:
    office = Office(database, catalogue, clock)
    row: dict[str, object] = {"scheme": "RAMED", "file_number": "000122112026"}
    row |= {"holder_name": "Fanta Traoré"}
    row |= {"holder_birth_year": 1984, "status": "EN_TRAITEMENT", "status_date": TODAY}
    with database.begin() as connection:
        connection.execute(insert(enrolment), row)
    office.watched()
    office.sends(Status.CARTE_DISPONIBLE)
    office.tick()
    assert len(office.told()) == 1
