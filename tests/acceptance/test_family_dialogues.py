"""What families do by keypad for their children and pregnancies, and what it leaves in the
register. Transcripts as in test_dialogues."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, func, select
from town import CODE, LANGUAGES, STRANGER, Town, compare, key_of, played

from flows.registration import CONSENT_WORDING
from smsgateway.calendars.antenatal import edd_of
from smsgateway.feedback.tables import callback_request
from smsgateway.interchange.demo_data import DemoChild, DemoPhone, Situation
from smsgateway.register import children, closures, phones, pregnancies, registration
from smsgateway.register.consents import Agreement
from smsgateway.register.tables import (
    caregiver,
    consent,
    dose_claim,
    facility,
    person,
    plan_mark,
    pregnancy,
)
from smsgateway.service import Service
from smsgateway.text.dates import spoken_day
from smsgateway.web.handset import Handset

CODE_OF_CENTRE = "DEMO-01"


@pytest.fixture
def town(service: Service) -> Town:
    return Town(service)


def speaking(town: Town, language: str, msisdn: str = STRANGER) -> Handset:
    """The handset of a caller who has chosen a language."""
    handset = town.handset(msisdn)
    handset.dial(CODE)
    handset.send(LANGUAGES[language])
    return town.handset(msisdn)


def family(town: Town, situation: Situation) -> tuple[DemoPhone, DemoChild]:
    """A phone with one child, in this situation."""
    return next(
        (owner, owner.children[0])
        for owner in town.people.phones
        if len(owner.children) == 1 and owner.children[0].situation is situation
    )


def typed(day: date) -> str:
    return f"{day:%d%m%y}"


def to_the_centre(handset: Handset) -> str:
    """From the list of regions to the main centre, by its code; what both sides say."""
    key = key_of(handset.screen, "Code") if "Code" in handset.screen else "1"
    first = handset.send(key)
    return f"> {key}\n{first}\n> {CODE_OF_CENTRE}\n{handset.send(CODE_OF_CENTRE)}\n"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_parent_registers_a_child(town: Town, language: str) -> None:
    born = town.now.date() - timedelta(days=10)
    handset = speaking(town, language)
    transcript = played(handset, "2", "3", "awa", "1", "99", typed(born))
    transcript += to_the_centre(handset)
    transcript += f"> 1\n{handset.send('1')}\n(fin)\n"
    again = town.handset()
    transcript += "\n== " + played(again, "2", "3", "Áwa", "1", typed(born), "1")
    compare(f"registration_{language}", transcript)
    with town.service.database.read() as connection:
        [child] = children.of_phone(connection, STRANGER)
        agreed = connection.execute(select(consent).where(consent.c.person_id == child.id)).one()
        assert connection.scalar(
            select(plan_mark.c.person_id).where(plan_mark.c.person_id == child.id)
        )
    assert (child.first_name, child.sex, child.birth_date) == ("Awa", "F", born)
    assert (agreed.wording, agreed.language, agreed.channel) == ("child/1", language, "ussd")
    assert agreed.given_at == town.now


def test_a_registration_is_at_most_nine_screens_by_code(town: Town) -> None:
    handset = speaking(town, "fr")
    screens = [handset.dial(CODE)]
    keys = ("2", "3", "Awa", "1", typed(town.now.date()), "1", CODE_OF_CENTRE, "1")
    screens += [handset.send(key) for key in keys]
    assert not handset.open
    assert len(screens) == 9


def test_a_name_with_an_apostrophe_is_a_name(town: Town) -> None:
    handset = speaking(town, "fr")
    handset.dial(CODE)
    assert handset.send("2", "3", "n'dèye").startswith("N'Dèye : ")


def test_a_child_registered_by_keypad_opens_no_other_child_of_the_line(town: Town) -> None:
    """Whoever holds the phone may register a child, and knows its birthday then."""
    owner = next(owner for owner in town.people.phones if len(owner.children) > 1)
    handset = speaking(town, "fr", owner.msisdn)
    town.speaks(owner.msisdn, "fr")
    born = town.now.date() - timedelta(days=1)
    handset.dial(CODE)
    handset.send("2", "3", "Inconnu", "1", typed(born))
    to_the_centre(handset)
    handset.send("1")
    handset.dial(CODE)
    seen = handset.send("2", "1", f"{born:%d%m}")
    assert seen.startswith("Inconnu : ")
    assert not any(child.first_name in seen for child in owner.children)
    handset.dial(CODE)
    listed = handset.send("2", "1", f"{owner.children[0].birth_date:%d%m}")
    assert all(name in listed for name in ("Inconnu", owner.children[0].first_name))


def test_a_line_that_stopped_its_sms_is_promised_no_reminders(town: Town) -> None:
    handset = speaking(town, "fr")
    handset.dial(CODE)
    handset.send("5", "4", "1")
    handset.dial(CODE)
    handset.send("2", "3", "Awa", "1", typed(town.now.date()))
    to_the_centre(handset)
    said = handset.send("1")
    assert "Les rappels viennent par SMS" not in said
    assert said.endswith("Pour les rappels, reprenez-les.")
    with town.service.database.read() as connection:
        assert len(children.of_phone(connection, STRANGER)) == 1


def test_a_line_that_registers_many_is_sent_to_a_person(town: Town) -> None:
    handset = speaking(town, "fr")
    with town.service.database.begin() as connection:
        for number in range(registration.MOST_A_DAY):
            told(connection, f"Awa {number}", town)
    handset.dial(CODE)
    assert handset.send("2", "3", "Issa", "2", typed(town.now.date())).startswith("Beaucoup")
    handset.send("00", "3", "2", "Fanta", "3", "4")
    to_the_centre(handset)
    assert handset.send("1").startswith("Beaucoup")
    assert handset.send("1").startswith("Un agent peut vous appeler")


def told(connection: Connection, first_name: str, town: Town) -> None:
    """A child told of by the stranger's keypad."""
    today = town.now.date()
    phone_id = phones.ensure_phone(connection, STRANGER, town.now)
    centre = connection.scalar(select(facility.c.id).where(facility.c.code == CODE_OF_CENTRE))
    new = registration.NewChild(
        first_name=first_name, sex="F", birth_date=today, facility_id=int(centre or 0)
    )
    agreed = Agreement(
        phone_id=phone_id,
        wording=CONSENT_WORDING,
        language="fr",
        channel="ussd",
        given_on=today,
        given_at=town.now,
    )
    registration.add_child(connection, new, agreed, town.now)


def test_without_consent_nothing_is_kept(town: Town) -> None:
    handset = speaking(town, "fr")
    handset.dial(CODE)
    handset.send("2", "3", "Awa", "1", typed(town.now.date()))
    to_the_centre(handset)
    assert handset.send("2") == "D'accord. Rien n'a été gardé."
    with town.service.database.read() as connection:
        assert children.of_phone(connection, STRANGER) == []


def test_a_registration_sent_again_makes_one_child(town: Town) -> None:
    handset = speaking(town, "fr")
    handset.dial(CODE)
    handset.send("2", "3", "Awa", "1", typed(town.now.date()))
    to_the_centre(handset)
    last = handset.send("1")
    assert [handset.retry() for _ in range(3)] == [last] * 3
    with town.service.database.read() as connection:
        assert len(children.of_phone(connection, STRANGER)) == 1


def test_a_centre_is_found_in_lists_in_nine_screens_too(town: Town) -> None:
    handset = speaking(town, "fr")
    handset.dial(CODE)
    handset.send("2", "3", "Awa", "1", typed(town.now.date()))
    regions = handset.screen
    places = handset.send(key_of(regions, "Gao"))
    chosen = next(line.partition(". ")[2] for line in places.split("\n") if line.startswith("1. "))
    assert handset.send("1").startswith(f"Awa, 23/11/2026, {chosen}.")
    assert handset.send("1").startswith(f"C'est noté : Awa, {chosen}.")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_dose_that_was_given_already(town: Town, language: str) -> None:
    owner, child = family(town, Situation.LATE)
    town.speaks(owner.msisdn, language)
    given = town.now.date() - timedelta(days=2)
    handset = town.handset(owner.msisdn)
    transcript = played(handset, "2", "1", child.birthday, "1", typed(child.birth_date))
    transcript += f"> 1\n{handset.send('1')}\n"
    transcript += f"> 1\n{handset.send('1')}\n> {typed(given)}\n{handset.send(typed(given))}\n"
    transcript += f"> 2\n{handset.send('2')}\n(fin)\n"
    transcript += "\n== " + played(town.handset(owner.msisdn), "2", "1", child.birthday)
    compare(f"dose_told_{language}", transcript)
    with town.service.database.read() as connection:
        claims = connection.execute(select(dose_claim)).all()
    assert claims
    assert {(one.given_on, one.place, one.state) for one in claims} == {
        (given, "other_centre", "told")
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_number_is_written_to_no_more(town: Town, language: str) -> None:
    owner, child = family(town, Situation.DUE_TOMORROW)
    town.speaks(owner.msisdn, language)
    transcript = played(town.handset(owner.msisdn), "2", "4", "1")
    compare(f"wrong_number_{language}", transcript)
    with town.service.database.read() as connection:
        assert children.of_phone(connection, owner.msisdn) == []
        reasons = connection.scalars(select(callback_request.c.reason)).all()
        suspended = connection.scalars(
            select(caregiver.c.person_id).where(caregiver.c.suspended_at.is_not(None))
        ).all()
        marked = set(connection.scalars(select(plan_mark.c.person_id)))
    assert reasons == ["wrong_number"]
    assert set(suspended) <= marked
    after = town.handset(owner.msisdn)
    after.dial(CODE)
    assert child.first_name not in after.send("2", "1", child.birthday)


def registered(town: Town, msisdn: str = STRANGER, months: str = "4") -> tuple[Handset, str]:
    """A woman who has registered by keypad, and the code that she was given."""
    handset = speaking(town, "fr", msisdn)
    handset.dial(CODE)
    handset.send("3", "2", "Fanta", "3", months)
    to_the_centre(handset)
    last = handset.send("1")
    assert not handset.open
    return handset, last.rstrip(".").split()[-1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_woman_registers_and_asks_for_her_next_visit(town: Town, language: str) -> None:
    lmp = town.now.date() - timedelta(days=100)
    handset = speaking(town, language)
    transcript = played(handset, "3", "2", "fanta", "1", typed(lmp))
    transcript += to_the_centre(handset)
    transcript += f"> 1\n{handset.send('1')}\n(fin)\n"
    proof = f"{edd_of(lmp):%d%m}"
    assert proof in handset.screen
    transcript += "\n== " + played(town.handset(), "3", "1", "0101", "1", "1", proof)
    compare(f"pregnancy_{language}", transcript)
    with town.service.database.read() as connection:
        [found] = pregnancies.open_of_phone(connection, STRANGER, town.now.date())
        agreed = connection.execute(
            select(consent).where(consent.c.person_id == found.person_id)
        ).one()
    assert (found.first_name, found.lmp_date, found.dating) == ("Fanta", lmp, "lmp")
    assert (agreed.wording, agreed.language) == ("mother_and_child/1", language)


@pytest.mark.parametrize(
    ("keys", "days", "dating"),
    [
        pytest.param(("2", "100627"), 199 - 280, "edd", id="by the expected date"),
        pytest.param(("3", "4"), -121, "gestation", id="by months"),
    ],
)
def test_a_pregnancy_is_dated_by_what_she_knows(
    town: Town, keys: tuple[str, str], days: int, dating: str
) -> None:
    handset = speaking(town, "fr")
    handset.dial(CODE)
    handset.send("3", "2", "Fanta", *keys)
    to_the_centre(handset)
    handset.send("1")
    assert not handset.open
    with town.service.database.read() as connection:
        [found] = pregnancies.open_of_phone(connection, STRANGER, town.now.date())
    assert (found.dating, (found.lmp_date - town.now.date()).days) == (dating, days)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_birth_begins_the_childs_calendar(town: Town, language: str) -> None:
    _, proof = registered(town, months="9")
    town.speaks(STRANGER, language)
    born = town.now.date() - timedelta(days=1)
    transcript = played(town.handset(), "3", "3", proof, typed(born), "2", "1", "issa")
    birthday = f"{born:%d%m}"
    transcript += "\n== " + played(town.handset(), "2", "1", birthday)
    compare(f"birth_{language}", transcript)
    with town.service.database.read() as connection:
        [child] = children.of_phone(connection, STRANGER)
        assert pregnancies.open_of_phone(connection, STRANGER, town.now.date()) == []
        agreed = select(func.count()).select_from(consent).where(consent.c.person_id == child.id)
        assert connection.scalar(agreed) == 1
    assert (child.first_name, child.sex, child.birth_date) == ("Issa", "M", born)


def test_a_newborn_without_a_name_is_followed(town: Town) -> None:
    _, proof = registered(town, months="9")
    born = town.now.date()
    handset = town.handset()
    handset.dial(CODE)
    handset.send("3", "3", proof, typed(born), "1", "2")
    assert not handset.open
    again = town.handset()
    again.dial(CODE)
    assert again.send("2", "1", f"{born:%d%m}").startswith("Bébé : ")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_loss_is_said_without_proof_and_ends_everything(town: Town, language: str) -> None:
    registered(town)
    town.speaks(STRANGER, language)
    compare(f"loss_{language}", played(town.handset(), "3", "4", "1"))
    with town.service.database.read() as connection:
        told = select(pregnancy).where(pregnancy.c.recorded_via == "ussd")
        ended = connection.execute(told).one()
        call = connection.execute(select(callback_request)).one()
        marked = set(connection.scalars(select(plan_mark.c.person_id)))
        centre = connection.scalar(select(facility.c.id).where(facility.c.code == CODE_OF_CENTRE))
    assert (ended.outcome, ended.ended_on) == ("loss", town.now.date())
    assert (call.reason, call.facility_id) == ("loss", centre)
    assert ended.person_id in marked


def test_a_loss_on_a_line_of_several_women_is_left_to_the_call(town: Town) -> None:
    registered(town, months="2")
    registered(town, months="7")
    handset = town.handset()
    handset.dial(CODE)
    handset.send("3", "4", "1")
    with town.service.database.read() as connection:
        line = phones.ensure_phone(connection, STRANGER, town.now)
        still_open = (
            select(pregnancy.c.id)
            .join(caregiver, caregiver.c.person_id == pregnancy.c.person_id)
            .where(caregiver.c.phone_id == line, pregnancy.c.ended_on.is_(None))
        )
        assert len(connection.scalars(still_open).all()) == 2
        assert pregnancies.open_of_phone(connection, STRANGER, town.now.date()) == []
        assert connection.scalars(select(callback_request.c.reason)).all() == ["loss"]


def test_the_number_alone_tells_nothing_of_a_pregnancy(town: Town) -> None:
    registered(town)
    known, stranger = town.handset(), speaking(town, "fr", "+22376000099")
    keys = ("3", "1", "0101")
    screens = []
    for handset in (known, stranger):
        screens.append((handset.dial(CODE), [handset.send(key) for key in keys]))
    assert screens[0] == screens[1]
    assert "Fanta" not in str(screens)


def test_a_woman_who_is_not_found_may_register_herself_and_a_mother_her_child(town: Town) -> None:
    """The day of a pregnancy is asked for a visit and for a birth: who is not found wants another
    thing after each."""
    handset = speaking(town, "fr")
    for wish, then in (("1", "Votre prénom ?"), ("3", "Inscrire un enfant. Son prénom ?")):
        handset.dial(CODE)
        assert handset.send("3", wish, "0101", "3").startswith(then)


def test_five_wrong_days_lock_the_line(town: Town) -> None:
    _, proof = registered(town)
    handset = town.handset()
    handset.dial(CODE)
    handset.send("3", "1", "0101")
    for _ in range(4):
        handset.send("1", "1", "0101")
    locked = handset.send("1", "1", proof)
    assert locked == "Trop d'essais. Réessayez dans une heure."
    child = town.handset()
    child.dial(CODE)
    assert child.send("2", "1", "0101") == locked, "one lock for every proof"


def test_two_families_with_one_name_stay_apart(town: Town) -> None:
    """The same first name and day of birth on another line is another child."""
    born = town.now.date()
    for msisdn in ("+22376000001", "+22376000002"):
        handset = speaking(town, "fr", msisdn)
        handset.dial(CODE)
        handset.send("2", "3", "Awa", "1", typed(born))
        to_the_centre(handset)
        handset.send("1")
    with town.service.database.read() as connection:
        count = select(func.count()).select_from(person)
        same = person.c.first_name == "Awa", person.c.birth_date == born
        assert connection.scalar(count.where(*same, ~person.c.is_demo)) == 2


def test_the_women_of_the_demonstration_see_their_next_visit(town: Town) -> None:
    for woman in town.people.women:
        town.speaks(woman.msisdn, "fr")
        handset = town.handset(woman.msisdn)
        handset.dial(CODE)
        first_name = woman.name.split()[0]
        assert handset.send("3", "1", woman.proof).startswith(f"{first_name} : prochaine visite")


def test_screens_keep_off_the_days_on_which_a_centre_is_closed(town: Town) -> None:
    """As the reminders of the same visits do."""
    owner, child = family(town, Situation.DUE_TOMORROW)
    woman = town.people.women[0]
    tomorrow, contact = (town.now.date() + timedelta(days=ahead) for ahead in (1, 20))
    with town.service.database.begin() as connection:
        for day in (tomorrow, contact):
            closures.close(connection, day, "fermé", town.now)
    screens = []
    for msisdn, keys in (
        (owner.msisdn, ("2", "1", child.birthday)),
        (woman.msisdn, ("3", "1", woman.proof)),
    ):
        town.speaks(msisdn, "fr")
        handset = town.handset(msisdn)
        handset.dial(CODE)
        screens.append(handset.send(*keys))
    assert "prochain vaccin le jeudi 26/11" in screens[0]
    assert f"prochaine visite le {spoken_day(contact + timedelta(days=1), 'fr')}" in screens[1]
