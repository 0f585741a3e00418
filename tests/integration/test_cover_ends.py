"""The end of a card, or of paid contributions, is told in good time, once, and to who may know."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from reminder_world import RULES_FILE
from sqlalchemy import insert, select, update

from smsgateway import failpoints
from smsgateway.calendars.schedule import shipped
from smsgateway.enrolment import news
from smsgateway.enrolment.statuses import Status
from smsgateway.enrolment.tables import cover_notice, enrolment, scheme
from smsgateway.failpoints import FailPoint
from smsgateway.interchange.importer import Importer
from smsgateway.interchange.kind import Context
from smsgateway.interchange.kinds import KINDS
from smsgateway.messaging.tables import message
from smsgateway.paths import locales_dir
from smsgateway.register import phones
from smsgateway.register.tables import facility, household, person
from smsgateway.reminders import rulebook
from smsgateway.reminders.cover_ends import tell_ends
from smsgateway.reminders.preview import preview
from smsgateway.settings import Settings
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database
from smsgateway.text.catalogue import LANGUAGES, Catalogue

TODAY = date(2026, 11, 23)
OWN, SHARED, WATCHER = "+22376000001", "+22376000002", "+22376000003"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load(locales_dir())


class Office:
    """A scheme's office that sends files, and the clock that tells of their ends."""

    def __init__(
        self, database: Database, catalogue: Catalogue, clock: FixedClock, settings: Settings
    ) -> None:
        self.database, self.catalogue = database, catalogue
        self.clock, self.settings = clock, settings

    @property
    def today(self) -> date:
        return self.clock.now().date()

    def sends(self, number: str = "000122112026", **values: Any) -> None:
        record = {
            "scheme": "RAMED",
            "file_number": number,
            "holder_name": "Fanta Traoré",
            "holder_birth_year": 1984,
            "status": Status.CARTE_REMISE.value,
            "status_date": TODAY,
            "phone": OWN,
        }
        context = Context(now=self.clock.now(), today=self.today)
        outcomes = Importer(self.database, KINDS["enrolments"], context).store([record | values])
        assert "Problem" not in str(outcomes)

    def household(self, *died: str) -> None:
        with self.database.begin() as connection:
            line = phones.ensure_phone(connection, SHARED, self.clock.now())
            place = {"code": "C", "name": "Asacobafa", "kind": "cscom", "region": "Bamako"}
            place_id = connection.execute(insert(facility).values(place)).inserted_primary_key[0]
            home = {"external_id": "H1", "facility_id": place_id, "head_name": "Traoré"}
            home |= {"phone_id": line}
            home_id = connection.execute(insert(household).values(home)).inserted_primary_key[0]
            for name in died:
                one = {"household_id": home_id, "facility_id": place_id, "first_name": name}
                one |= {"sex": "F", "died_on": TODAY, "created_at": self.clock.now()}
                connection.execute(insert(person).values(one))

    def day(self, moment: date, hour: int = 9) -> None:
        """Move to a day, and tick as often as there is something to look at."""
        self.clock.move(timedelta(days=(moment - self.today).days))
        self.clock.move(timedelta(hours=hour - self.clock.now().hour))
        self.tick()

    def tick(self) -> int:
        looked_at = 0
        while some := tell_ends(self.database, self.catalogue, self.clock.now(), self.settings):
            looked_at += some
        return looked_at

    def told(self, msisdn: str | None = None) -> Sequence[str]:
        query = select(message.c.body).where(message.c.template.startswith("cover_"))
        if msisdn:
            query = query.where(message.c.msisdn == msisdn)
        with self.database.read() as connection:
            return connection.scalars(query.order_by(message.c.id)).all()

    def rows(self, table: Any) -> Sequence[Any]:
        with self.database.read() as connection:
            return connection.execute(select(table).order_by(table.c.id)).all()

    def noted(self) -> list[tuple[str, str | None]]:
        """Contact and why it was not told, of each notice."""
        return [(row.contact, row.reason) for row in self.rows(cover_notice)]


@pytest.fixture
def office(
    database: Database, catalogue: Catalogue, clock: FixedClock, settings: Settings
) -> Office:
    return Office(database, catalogue, clock, settings)


def test_the_end_of_a_ramed_card_is_told_three_times_and_towards_another_cover(
    office: Office,
) -> None:
    end = TODAY + timedelta(days=60)
    office.sends(valid_until=end)
    for days in range(62):
        office.day(TODAY + timedelta(days=days))

    assert office.noted() == [("FIN_60", None), ("FIN_30", None), ("FIN_7", None)]
    first, *others = office.told()
    assert first == (
        "Fanta : carte RAMED valable jusqu'au 22/01/2027, non renouvelable. "
        "D'ici là, demandez l'AMV ou le RAMU au service social."
    )
    assert others == [first, first]


def test_contributions_are_told_a_week_and_a_day_before(office: Office) -> None:
    end = TODAY + timedelta(days=7)
    office.sends(scheme="AMV", paid_until=end)
    for days in range(9):
        office.day(TODAY + timedelta(days=days))

    assert office.noted() == [("COTISATION_7", None), ("COTISATION_1", None)]
    assert office.told()[0] == (
        "Fanta : cotisation AMV payée jusqu'au 30/11/2026. D'ici là, allez payer à votre mutuelle."
    )


def test_of_a_scheme_whose_renewal_nobody_established_nothing_is_promised(office: Office) -> None:
    office.sends(scheme="AMO", valid_until=TODAY + timedelta(days=7))
    office.tick()
    [text] = office.told()
    assert text.endswith("jusqu'au 30/11/2026. D'ici là, allez là où vous l'avez recue.")


def test_a_scheme_that_takes_over_is_named(office: Office) -> None:
    with office.database.begin() as connection:
        amo = update(scheme).where(scheme.c.code == "AMO")
        connection.execute(amo.values(successor="RAMU"))
    try:
        office.sends(scheme="AMO", valid_until=TODAY + timedelta(days=7))
        office.tick()
        assert "demandez RAMU au service social" in office.told()[0]
    finally:
        with office.database.begin() as connection:
            connection.execute(amo.values(successor=None))


def test_after_three_days_down_the_newest_alone_is_told(office: Office) -> None:
    """Down from the 33rd day before the end to the 29th: two contacts' windows, one message."""
    end = TODAY + timedelta(days=33)
    office.sends(valid_until=end)
    office.day(end - timedelta(days=29))

    assert sorted(office.noted()) == [("FIN_30", None), ("FIN_60", "too_late")]
    assert len(office.told()) == 1


def test_what_no_tick_came_for_is_written_down_as_missed(office: Office) -> None:
    end = TODAY + timedelta(days=7)
    office.sends(scheme="AMV", paid_until=end)
    office.day(end + timedelta(days=2))

    assert office.noted() == [("COTISATION_7", "too_late"), ("COTISATION_1", "too_late")]
    assert office.told() == []


def test_a_phone_gets_one_notice_a_day_whatever_the_number_of_its_files(office: Office) -> None:
    for number in ("000122112026", "000222112026", "000322112026"):
        office.sends(number, valid_until=TODAY + timedelta(days=7))
    counts = []
    for days in range(4):
        office.day(TODAY + timedelta(days=days))
        counts.append(len(office.told()))

    assert counts == [1, 2, 3, 3]


def test_card_and_contributions_of_one_file_do_not_come_on_one_day(office: Office) -> None:
    end = TODAY + timedelta(days=7)
    office.sends(scheme="AMV", valid_until=end, paid_until=end)
    office.tick()
    assert len(office.told()) == 1
    office.day(TODAY + timedelta(days=1))
    assert len(office.told()) == 2


def test_the_lines_of_file_household_and_watchers_are_told_each_once(office: Office) -> None:
    office.household()
    office.sends(valid_until=TODAY + timedelta(days=30), household_id="H1")
    with office.database.begin() as connection:
        file_id = connection.scalar(select(enrolment.c.id))
        for number in (WATCHER, OWN):
            line = phones.ensure_phone(connection, number, office.clock.now())
            news.watch(connection, file_id, line, "fr", office.clock.now())
    office.tick()

    assert [len(office.told(one)) for one in (OWN, SHARED, WATCHER)] == [1, 1, 1]


def test_it_is_said_in_the_language_of_the_phone_and_never_to_one_that_said_stop(
    office: Office,
) -> None:
    office.household()
    with office.database.begin() as connection:
        phones.ensure_phone(connection, OWN, office.clock.now())
        phones.set_language(connection, OWN, "bm", office.clock.now())
        phones.opt_out(connection, SHARED, office.clock.now())
    office.sends(valid_until=TODAY + timedelta(days=30), household_id="H1")
    office.tick()

    assert [one[:19] for one in office.told()] == ["Fanta: RAMED kariti"]


@pytest.mark.parametrize(
    "status", [Status.REJETE, Status.SUSPENDU, Status.EXPIRE, Status.EN_TRAITEMENT]
)
def test_nothing_is_said_of_a_file_that_is_not_valid(office: Office, status: Status) -> None:
    office.sends(status=status.value, valid_until=TODAY + timedelta(days=7))
    office.tick()
    assert office.noted() == []


def test_nothing_is_said_of_a_holder_who_has_died(office: Office) -> None:
    office.household("Fanta")
    office.sends(valid_until=TODAY + timedelta(days=7), household_id="H1")
    office.tick()
    assert office.told() == []


def test_another_death_in_the_household_leaves_the_file_as_it_is(office: Office) -> None:
    office.household("Awa")
    office.sends(valid_until=TODAY + timedelta(days=7), household_id="H1")
    office.tick()
    assert len(office.told()) == 2


def test_nothing_is_written_outside_sending_hours(office: Office) -> None:
    office.sends(valid_until=TODAY + timedelta(days=7))
    office.clock.move(timedelta(hours=12))
    assert office.tick() == 0
    assert office.told() == []


def test_a_renewal_takes_back_what_waits_and_is_told_for_its_own_end(office: Office) -> None:
    office.sends(valid_until=TODAY + timedelta(days=7))
    office.tick()
    office.sends(valid_until=TODAY + timedelta(days=30))
    office.tick()

    assert [row.state for row in office.rows(message)] == ["cancelled", "queued"]
    assert "23/12/2026" in office.told()[1]


def test_an_end_that_is_put_back_is_told_after_all(office: Office) -> None:
    for days in (7, 300, 7):
        office.sends(valid_until=TODAY + timedelta(days=days))
        office.tick()

    assert [row.state for row in office.rows(message)] == ["cancelled", "queued"]
    assert ("FIN_7", None) in office.noted()


def test_what_was_sent_is_not_told_again_when_something_else_changes(office: Office) -> None:
    office.sends(valid_until=TODAY + timedelta(days=7))
    office.tick()
    with office.database.begin() as connection:
        connection.execute(update(message).values(state="sent"))
    office.sends(valid_until=TODAY + timedelta(days=7), beneficiaries="Awa")
    assert office.tick() == 1
    assert len(office.told()) == 1


def test_a_suspension_takes_back_what_waits(office: Office) -> None:
    office.sends(valid_until=TODAY + timedelta(days=7))
    office.tick()
    office.sends(status=Status.SUSPENDU.value, valid_until=TODAY + timedelta(days=7))
    office.tick()
    assert [row.state for row in office.rows(message)] == ["cancelled"]


def test_a_message_expires_with_the_window_of_its_contact(office: Office) -> None:
    office.sends(valid_until=TODAY + timedelta(days=30))
    office.tick()
    [one] = office.rows(message)
    assert one.message_class == "notice"
    assert one.expires_at.date() == TODAY + timedelta(days=22)


@pytest.mark.parametrize(("moment", "noted"), [("committing", []), ("committed", ["FIN_7"])])
def test_a_crash_around_the_commit_loses_no_notice_and_tells_none_twice(
    office: Office, moment: str, noted: list[str]
) -> None:
    office.sends(valid_until=TODAY + timedelta(days=7))
    place = f"reminders.cover_ends.tell_ends:{moment}=break"
    failpoints.arm({"SMSGATEWAY_FAILPOINTS": place})
    try:
        with pytest.raises(FailPoint):
            office.tick()
    finally:
        failpoints.arm({})
    assert [one for one, why in office.noted() if why is None] == noted
    office.tick()
    office.tick()
    assert len(office.told()) == 1


def test_a_rule_that_is_switched_off_says_nothing(office: Office) -> None:
    data = json.loads(RULES_FILE.read_text(encoding="utf-8"))
    data["version"] = "without coverage"
    for rule in data["rules"]:
        rule["enabled"] = rule["calendar"] != "coverage"
    with office.database.begin() as connection:
        rulebook.put_in_force(connection, data, office.clock.now())
    office.sends(valid_until=TODAY + timedelta(days=7))
    office.tick()
    assert office.noted() == []


def test_files_are_reached_in_batches_and_looked_at_no_more_until_their_day(
    office: Office,
) -> None:
    for number in range(5):
        office.sends(
            f"{number:04}22112026",
            phone=f"+2237600020{number}",
            valid_until=TODAY + timedelta(days=60),
        )
    looked = [
        tell_ends(office.database, office.catalogue, office.clock.now(), office.settings, limit=2)
        for _ in range(4)
    ]
    assert looked == [2, 2, 1, 0]
    assert {row.notice_on for row in office.rows(enrolment)} == {TODAY + timedelta(days=30)}


def test_a_dry_run_shows_the_ends_and_stores_nothing(office: Office) -> None:
    office.sends(valid_until=TODAY + timedelta(days=31))
    seen = preview(
        office.database,
        office.catalogue,
        shipped(),
        office.clock.now(),
        office.settings,
        days=3,
        limit=10,
        everyone=False,
    )
    assert [day.messages for day in seen.days] == [1, 1, 0]
    assert "carte RAMED valable" in seen.examples[0]
    assert office.noted() == []
    assert office.told() == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_name_in_other_letters_leaves_a_file(office: Office, language: str) -> None:
    with office.database.begin() as connection:
        phones.ensure_phone(connection, OWN, office.clock.now())
        phones.set_language(connection, OWN, language, office.clock.now())
    office.sends(holder_name="محمد", valid_until=TODAY + timedelta(days=7))
    office.tick()
    assert "RAMED" in office.told()[0]
