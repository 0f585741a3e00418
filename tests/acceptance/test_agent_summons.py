"""A worker summons somebody for the doctor by keypad, and says what came of it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update
from town import CODE, LANGUAGES, Town, compare, key_of, played

from smsgateway.calendars.schedule import shipped
from smsgateway.consultations.tables import home_visit, summons
from smsgateway.messaging.tables import message
from smsgateway.register.session_tables import closure
from smsgateway.register.tables import person, phone
from smsgateway.reminders import defaulters
from smsgateway.reminders.planner import plan_marked
from smsgateway.reminders.release import release_due
from smsgateway.reminders.tables import reminder
from smsgateway.service import Service
from smsgateway.staff.tables import audit
from smsgateway.web.handset import Handset

REASONS = ("Croissance", "Fièvre", "growth", "fever")


@pytest.fixture
def town(service: Service) -> Town:
    return Town(service)


def at_work(town: Town, *keys: str) -> Handset:
    """A worker's line, past the PIN."""
    worker = town.people.workers[0]
    town.speaks(worker.msisdn, "fr")
    handset = town.handset(worker.msisdn)
    handset.dial(CODE)
    handset.send("9", worker.pin, *keys)
    return handset


def summoned(town: Town) -> str:
    """The first child of the story is summoned until tomorrow, for a fever; the voucher."""
    card = town.people.phones[0].children[0].carnet_number
    screen = at_work(town, "4", "1", card, "2", "2").screen
    found = re.search(r"bon : (\d{6})", screen)
    assert found, screen
    return found[1]


def row(town: Town) -> tuple[object, ...]:
    columns = summons.c.closed_at.is_not(None), summons.c.seen_on, summons.c.reason
    with town.service.database.read() as connection:
        return tuple(connection.execute(select(*columns)).one())


def tell(town: Town) -> list[str]:
    """Plan and release; what families and workers read about it."""
    service = town.service
    plan_marked(service.database, shipped("mali"), service.clock.now(), service.settings, 10_000)
    batches = release_due(
        service.database, service.catalogue, service.clock.now(), service.settings
    )
    ids = [one for batch in batches for one in batch]
    with service.database.read() as connection:
        bodies = connection.scalars(select(message.c.body).where(message.c.id.in_(ids)))
        return [body for body in bodies if "docteur" in body]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_worker_summons_a_child(
    town: Town, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smsgateway.consultations.summoning.secrets.randbelow", lambda _: 4711)
    worker = town.people.workers[0]
    town.speaks(worker.msisdn, language)
    card = town.people.phones[0].children[0].carnet_number

    transcript = played(town.handset(worker.msisdn), "9", worker.pin, "4", "1", card, "2", "3")
    again = played(town.handset(worker.msisdn), "9", worker.pin, "5", "1", "3", "2", "2")

    compare(f"summons_{language}", f"{transcript}\n{again}")


def test_the_family_is_told_and_never_why(town: Town) -> None:
    voucher = summoned(town)

    texts = tell(town)

    assert texts
    assert not any(word in text for text in texts for word in (*REASONS, voucher))
    assert row(town) == (False, None, "fever")


def made(town: Town, key: str) -> str:
    """The screen that ends a summons of the first child, for a fever."""
    card = town.people.phones[0].children[0].carnet_number
    return at_work(town, "4", "1", card, "2", key).screen


@pytest.mark.parametrize(("key", "told"), [("1", False), ("2", True)], ids=["today", "tomorrow"])
def test_in_the_evening_no_sms_is_promised_for_today(town: Town, key: str, told: bool) -> None:
    town.service.clock.move(timedelta(hours=12))  # type: ignore[attr-defined]

    screen = made(town, key)

    assert ("La famille recoit un SMS." in screen) is told
    assert ("Pas de SMS à temps : prévenez la famille." in screen) is not told
    tell(town)
    with town.service.database.read() as connection:
        states = connection.scalars(
            select(reminder.c.state).where(reminder.c.rule == "cons_notice")
        ).all()
    assert ("planned" in states) is told


def test_on_a_closed_day_no_sms_is_promised_for_today(town: Town) -> None:
    with town.service.database.begin() as connection:
        day = {"day": town.now.date(), "reason": "fête", "confirmed": True}
        connection.execute(insert(closure).values(day))

    assert "prévenez la famille" in made(town, "1")


def test_a_family_that_takes_no_messages_is_promised_none(town: Town) -> None:
    with town.service.database.begin() as connection:
        connection.execute(update(phone).values(opted_out_at=town.now))

    assert "prévenez la famille" in made(town, "2")


def test_who_is_summoned_already_keeps_the_voucher(town: Town) -> None:
    voucher = summoned(town)
    card = town.people.phones[0].children[0].carnet_number

    assert voucher in at_work(town, "4", "1", card, "1", "4").screen
    assert row(town) == (False, None, "fever")


def test_somebody_is_found_by_the_telephone_of_the_family(town: Town) -> None:
    family = town.people.phones[1]
    handset = at_work(town, "4", "2", family.msisdn.removeprefix("+223"))
    name = family.children[0].first_name

    handset.send(key_of(handset.screen, name))

    assert handset.screen.startswith(name)
    assert at_work(town, "4", "2", "76000000").screen.startswith("Personne n'est inscrit ainsi")
    assert at_work(town, "4", "1", "999999").screen.startswith("Personne n'est inscrit ainsi")


def test_nobody_of_another_centre_is_found(town: Town) -> None:
    with town.service.database.read() as connection:
        own = connection.scalar(
            select(person.c.facility_id).where(
                person.c.carnet_number == town.people.phones[0].children[0].carnet_number
            )
        )
        card = connection.scalar(
            select(person.c.carnet_number)
            .where(person.c.facility_id != own, person.c.carnet_number.is_not(None))
            .limit(1)
        )
    assert card is not None
    assert at_work(town, "4", "1", card).screen.startswith("Personne n'est inscrit ainsi")


def test_who_came_is_waited_for_no_more(town: Town) -> None:
    summoned(town)

    assert at_work(town, "5", "1", "1").screen.startswith("C'est noté.")

    assert row(town) == (True, town.now.date(), "fever")
    assert at_work(town, "5").screen == "Aucune convocation en attente."
    with town.service.database.read() as connection:
        acts = connection.scalars(
            select(audit.c.action).where(audit.c.subject == "summons:1").order_by(audit.c.id)
        )
        assert list(acts) == ["summons.made", "summons.closed"]


def test_who_did_not_come_is_looked_for_at_once(town: Town) -> None:
    summoned(town)
    tell(town)
    town.service.clock.move(timedelta(days=2))  # type: ignore[attr-defined]

    assert "Enfants non venus" in at_work(town, "5", "1", "2").screen

    with town.service.database.read() as connection:
        [one] = defaulters.listed(connection)
    assert (one.calendar, one.first_name) == (
        "consultation",
        town.people.phones[0].children[0].first_name,
    )


@pytest.mark.parametrize(
    ("keys", "found", "closed"),
    [(["1"], "seen", True), (["2"], "absent", False), (["3", "1"], "moved", True)],
)
def test_a_visit_at_home(town: Town, keys: list[str], found: str, closed: bool) -> None:
    summoned(town)

    assert at_work(town, "5", "1", "3", *keys).screen.startswith("C'est noté.")

    with town.service.database.read() as connection:
        assert connection.scalars(select(home_visit.c.found)).all() == [found]
        moved = connection.scalars(
            select(person.c.first_name).where(person.c.moved_on.is_not(None))
        ).all()
    assert row(town)[0] is closed
    assert len(moved) == (found == "moved")


def test_that_a_family_has_moved_is_asked_once_more(town: Town) -> None:
    summoned(town)
    name = town.people.phones[0].children[0].first_name
    handset = at_work(town, "5", "1", "3", "3")

    assert handset.screen.startswith(f"{name} : parti ailleurs ?")
    assert handset.send("2").startswith(f"{name}, à la maison")

    assert row(town)[0] is False
    with town.service.database.read() as connection:
        assert connection.scalars(select(home_visit.c.found)).all() == []
