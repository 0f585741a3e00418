"""Release: due reminders become messages, merged per family, once, in hours, with a last look."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from reminder_world import MOTHER, World
from sqlalchemy import delete, insert, select, update

from smsgateway.calendars.hours import Hours
from smsgateway.messaging import outbox
from smsgateway.messaging.tables import message, message_history
from smsgateway.register import closures, phones
from smsgateway.register.session_tables import facility_mark
from smsgateway.register.tables import immunization, person, plan_mark
from smsgateway.reminders import release, rewording
from smsgateway.reminders.due import lock, waiting_phones
from smsgateway.reminders.tables import reminder
from smsgateway.text.catalogue import Catalogue
from smsgateway.text.orthography import Policy
from smsgateway.text.routes import Routes

THURSDAY = date(2026, 11, 26)
FATHER = "+22370000002"


@pytest.fixture
def world(database, settings, clock):
    world = World(database, settings, clock)
    world.only_announce()
    return world


def test_a_due_reminder_becomes_a_message_in_the_outbox(world):
    world.child(visit_on=THURSDAY)
    world.plan()

    [message_id] = world.release()

    [sms] = world.messages()
    assert sms.id == message_id
    assert sms.body == (
        "Vaccin pour Awa : jeudi 26/11, Asacobafa. Venez avec l'enfant et le carnet."
    )
    assert (sms.message_class, sms.state, sms.msisdn) == ("reminder", "queued", MOTHER)
    assert sms.expires_at == datetime(2026, 11, 26, 18, tzinfo=UTC)
    assert sms.facility_id is not None
    [released] = world.reminders("released")
    assert (released.rule, released.message_id) == ("before_3", message_id)
    assert [row.rule for row in world.reminders("planned")] == ["before_1"]
    assert world.release() == []


def test_the_day_before_it_says_tomorrow(world):
    world.child(visit_on=THURSDAY)
    world.run()
    world.at("2026-11-25 08:00")

    [text] = world.run()

    assert text == (
        "Demain, jeudi 26/11 : vaccin pour Awa, Asacobafa. "
        "Venez avec l'enfant et le carnet. N'oubliez pas."
    )


def test_a_centre_that_says_so_has_its_vaccines_called_free(world):
    place = world.facility("Asacodjip", free_services="antenatal,vaccination")
    world.child(visit_on=THURSDAY, facility_id=place)

    assert world.run() == [
        "Vaccin pour Awa : jeudi 26/11, Asacodjip. Venez avec l'enfant et le carnet. C'est gratuit."
    ]


def test_letters_are_those_that_the_network_carries_or_the_phone_asked_for(world):
    world.settings = replace(world.settings, encoding_policies=Routes.parse("malitel=ascii"))
    with world.database.begin() as connection:
        phones.set_encoding(connection, MOTHER, Policy.EXACT, world.now)
    world.child("Aïssé", visit_on=THURSDAY, phones=(MOTHER, "+22366000001"))

    world.run()

    bodies = {row.msisdn: (row.body[:17], row.encoding) for row in world.messages()}
    assert bodies[MOTHER] == ("Vaccin pour Aïssé", "ucs2")
    assert bodies["+22366000001"] == ("Vaccin pour Aisse", "gsm7")


def test_before_its_time_nothing_is_released(world):
    world.child(visit_on=THURSDAY)
    world.plan()
    world.at("2026-11-23 07:59")

    assert world.release() == []


def test_a_family_with_three_children_gets_one_message(world):
    for name in ("Awa", "Bakary", "Fanta"):
        world.child(name, visit_on=THURSDAY)

    [text] = world.run()

    assert text == (
        "Vaccins pour Awa, Bakary, Fanta : jeudi 26/11, Asacobafa. "
        "Venez avec les enfants et les carnets."
    )
    assert len({row.message_id for row in world.reminders("released")}) == 1


def test_names_that_do_not_all_fit_are_not_cut_short(world):
    for name in ("Aminata Djénéba", "Mohamed Lamine", "Fatoumata Binta"):
        world.child(name, visit_on=THURSDAY)

    assert world.run() == [
        "Vaccins pour vos enfants : jeudi 26/11, Asacobafa. Venez avec les enfants et les carnets."
    ]


def test_each_phone_of_a_family_gets_its_own_message(world):
    world.child(visit_on=THURSDAY, phones=(MOTHER, FATHER))

    assert len(world.run()) == 2
    assert {row.msisdn for row in world.messages()} == {MOTHER, FATHER}


def test_children_of_a_family_who_are_expected_on_different_days_share_a_message(world):
    world.child("Awa", visit_on=THURSDAY)
    world.child("Bakary", visit_on=THURSDAY - timedelta(days=1))

    assert world.run() == [
        (
            "Vaccins : Bakary mercredi 25/11, Awa jeudi 26/11. Asacobafa. "
            "Venez avec les enfants et les carnets."
        )
    ]


def test_days_that_do_not_all_fit_into_one_message_are_not_cut_short(world):
    for name, days in (("Aminata Djénéba", 0), ("Mohamed Lamine", 1), ("Fatoumata Binta", 2)):
        world.child(name, visit_on=THURSDAY - timedelta(days=days))

    assert len(world.run()) == 3


def test_different_health_centres_are_different_messages(world):
    world.child("Awa", visit_on=THURSDAY)
    world.child("Fanta", visit_on=THURSDAY, facility_id=world.facility("Asacodji"))

    assert sorted(text.split(",")[0] for text in world.run()) == [
        "Vaccin pour Awa : jeudi 26/11",
        "Vaccin pour Fanta : jeudi 26/11",
    ]


def test_the_message_is_in_the_language_of_the_phone(world):
    bambara = "{child} ka boloci don surunyara: {date}, {cscom}."
    french = "Vaccin pour {child} : {date}, {cscom}. Venez avec l'enfant et le carnet."
    world.catalogue = Catalogue({"bm": {french: bambara}})
    world.child(visit_on=THURSDAY, language="bm")

    assert world.run() == ["Awa ka boloci don surunyara: alamisadon 26/11, Asacobafa."]


def test_a_message_that_cannot_be_written_is_put_off_and_blocks_nobody(world):
    """There are no Bambara words; the French family is not kept waiting."""
    world.child("Awa", visit_on=THURSDAY, language="bm")
    world.child("Bakary", visit_on=THURSDAY, phones=(FATHER,))

    [text] = world.run()

    assert "Bakary" in text
    put_off = [row for row in world.reminders("planned") if row.rule == "before_3"]
    assert [row.due_at for row in put_off] == [world.now + release.PUT_OFF]
    world.at("2026-11-26 18:00")
    world.release()
    assert {row.reason for row in world.reminders("expired")} >= {"too_late"}


def test_a_crash_between_the_message_and_the_commit_leaves_neither(world, monkeypatch):
    world.child(visit_on=THURSDAY)
    world.plan()
    add = outbox.add

    def add_and_crash(*args, **kwargs):
        add(*args, **kwargs)
        raise SystemExit("killed")

    monkeypatch.setattr(outbox, "add", add_and_crash)
    with pytest.raises(SystemExit):
        world.release()
    monkeypatch.undo()

    assert world.messages() == []
    assert [row.state for row in world.reminders()] == ["planned", "planned"]
    assert len(world.release()) == 1
    assert len(world.messages()) == 1


def test_a_reminder_set_back_by_hand_does_not_send_again_on_the_same_day(world):
    """cht-core 10802: a stuck task reset a sent reminder, and the same SMS went 1,900 times."""
    world.child(visit_on=THURSDAY)
    world.run()
    world.send()
    for _ in range(5):
        with world.database.begin() as connection:
            connection.execute(
                update(reminder)
                .where(reminder.c.rule == "before_3")
                .values(state="planned", message_id=None)
            )
        assert world.release() == []

    assert len(world.messages()) == 1
    assert len(world.reminders("released")) == 1


@pytest.mark.parametrize("times", [1, 2], ids=["once", "twice"])
def test_a_visit_that_moves_away_and_back_on_one_day_is_still_announced(world, times):
    """The message that was stopped keeps its dedupe key; the next one has to have another."""
    child = world.child(visit_on=THURSDAY)
    world.run()
    for _ in range(times):
        world.move_visit(child, 14)
        world.run()
        world.move_visit(child, -14)
        world.run()

    states = [row.state for row in world.messages()]
    assert states == ["cancelled"] * times + ["queued"]
    [released] = world.reminders("released")
    assert released.message_id == world.messages()[-1].id
    assert world.run() == []


def test_outside_sending_hours_it_waits_for_the_opening_once(world):
    world.child(visit_on=THURSDAY)
    world.plan()
    world.at("2026-11-23 18:00")

    assert world.release() == []

    first = world.reminders("planned")[0]
    assert first.due_at == datetime(2026, 11, 24, 8, tzinfo=UTC)
    world.at("2026-11-24 08:00")
    assert len(world.release()) == 1


def test_the_hours_of_the_facility_are_kept(world):
    place = world.facility("Matin", sending_hours="06:00-07:00")
    world.child(visit_on=THURSDAY, facility_id=place)
    world.plan()

    assert world.release() == []
    world.at("2026-11-24 06:30")
    assert len(world.release()) == 1


@pytest.mark.parametrize("everywhere", [True, False], ids=["a holiday", "the centre is closed"])
def test_nothing_is_released_on_a_day_that_was_closed_since_the_planning(world, everywhere):
    """A feast that follows the moon is announced on its eve."""
    child = world.child(visit_on=THURSDAY)
    world.plan()
    place = None if everywhere else world.visits()[0].facility_id
    with world.database.begin() as connection:
        closures.close(connection, date(2026, 11, 23), "Maouloud", world.now, facility_id=place)
        connection.execute(delete(facility_mark))

    assert world.release() == []

    assert world.reminders("planned")[0].due_at == datetime(2026, 11, 24, 8, tzinfo=UTC)
    world.at("2026-11-24 08:00")
    assert len(world.release()) == 1
    assert [row.person_id for row in world.visits("open")] == [child]


def test_after_days_of_downtime_only_the_last_rule_speaks(world):
    world.child(visit_on=THURSDAY)
    world.plan()
    world.at("2026-11-26 09:00")

    assert world.run() == [
        "Vaccin pour Awa : jeudi 26/11, Asacobafa. Venez avec l'enfant et le carnet."
    ]
    [superseded] = world.reminders("expired")
    assert (superseded.rule, superseded.reason) == ("before_3", "superseded")


def test_what_expired_in_the_downtime_is_recorded_and_not_sent(world):
    world.child(visit_on=THURSDAY)
    world.plan()
    world.at("2026-11-26 18:00")

    assert world.release() == []
    assert [(row.state, row.reason) for row in world.reminders()] == [("expired", "too_late")] * 2


def test_a_reminder_whose_next_opening_is_too_late_expires_at_once(world):
    world.child(visit_on=THURSDAY)
    world.plan()
    world.at("2026-11-26 07:00")
    world.keep_hours(Hours.parse("19:00-20:00"))

    assert world.release() == []
    assert {row.reason for row in world.reminders("expired")} == {"too_late"}


def test_a_stop_after_the_planning_is_heeded_without_any_mark(world):
    world.child(visit_on=THURSDAY)
    world.plan()
    with world.database.begin() as connection:
        phones.opt_out(connection, MOTHER, world.now)
        connection.execute(delete(plan_mark))

    assert world.release() == []
    assert ("cancelled", "opted_out") in [(row.state, row.reason) for row in world.reminders()]


@pytest.mark.parametrize("field", ["died_on", "moved_on"])
def test_a_death_or_move_after_the_planning_is_heeded_without_any_mark(world, field):
    child = world.child(visit_on=THURSDAY)
    world.plan()
    with world.database.begin() as connection:
        connection.execute(update(person).where(person.c.id == child).values({field: world.today}))

    assert world.release() == []
    assert world.reminders("cancelled")[0].reason == field.removesuffix("_on")


def test_a_dose_recorded_after_the_planning_holds_the_reminder_until_the_new_plan(world):
    child = world.child(visit_on=THURSDAY)
    world.plan()
    for vaccine in ("PENTA1", "VPO1", "PNEUMO1", "ROTA1"):
        world.dose(child, vaccine)

    assert world.release() == []
    world.plan()
    assert world.release() == []
    assert [row.reason for row in world.reminders("cancelled")] == ["visit_over"] * 2


def test_a_day_that_is_closed_a_moment_before_holds_the_reminders_of_all_the_facility(world):
    """Also of those whom the mark of their facility has not reached yet."""
    place = world.facility()
    for _ in range(2):
        world.child(visit_on=THURSDAY, facility_id=place)
    world.plan()
    with world.database.begin() as connection:
        closures.close(connection, THURSDAY, "Journée de la Tabaski", world.now)

    assert world.release() == []
    world.plan(limit=1)
    assert world.release() == []
    world.plan()
    assert THURSDAY not in {row.visit_date for row in world.reminders("planned")}
    assert world.reminders("planned")


def test_a_dose_recorded_without_a_mark_is_noticed_and_marked(world):
    child = world.child(visit_on=THURSDAY)
    world.plan()
    world.clock.move(timedelta(seconds=1))
    with world.database.begin() as connection:
        connection.execute(
            insert(immunization).values(
                person_id=child, vaccine="PENTA1", given_on=world.today, recorded_at=world.now
            )
        )

    assert world.release() == []
    with world.database.read() as connection:
        assert connection.scalars(select(plan_mark.c.person_id)).all() == [child]
    world.plan()
    assert len(world.release()) == 1


def test_a_message_that_waits_is_stopped_when_the_child_dies(world):
    """Never text after a loss: also not what is already in the outbox."""
    child = world.child(visit_on=THURSDAY)
    world.run()

    world.change(child, died_on=world.today)
    world.plan()

    [sms] = world.messages()
    assert (sms.state, sms.reason) == ("cancelled", "plan_changed")
    assert {row.state for row in world.reminders()} == {"cancelled"}


def test_a_stopped_message_of_a_family_is_written_again_for_the_others(world):
    children = [world.child(name, visit_on=THURSDAY) for name in ("Awa", "Bakary", "Fanta")]
    world.run()

    world.change(children[1], moved_on=world.today)

    assert world.run() == [
        "Vaccins pour Awa, Fanta : jeudi 26/11, Asacobafa. Venez avec les enfants et les carnets."
    ]
    assert [row.state for row in world.messages()] == ["cancelled", "queued"]


def test_a_message_that_waits_is_written_again_when_its_date_moves(world):
    child = world.child(visit_on=THURSDAY)
    world.run()

    world.move_visit(child, 1)
    world.plan()
    world.at("2026-11-24 08:00")

    assert world.run() == [
        "Vaccin pour Awa : vendredi 27/11, Asacobafa. Venez avec l'enfant et le carnet."
    ]
    assert [row.state for row in world.messages()] == ["cancelled", "queued"]


def test_a_message_that_was_taken_by_a_worker_is_never_written_again(world):
    child = world.child(visit_on=THURSDAY)
    world.run()
    with world.database.begin() as connection:
        connection.execute(update(message).values(state="submitting"))

    world.move_visit(child, 1)
    world.at("2026-11-24 08:00")

    assert world.run() == []
    assert len(world.messages()) == 1


def test_tomorrow_that_waited_overnight_is_said_in_other_words(world):
    """A gateway that was down: the family reads on Thursday what was true on Wednesday."""
    world.child(visit_on=THURSDAY)
    world.plan()
    world.at("2026-11-25 08:00")
    assert world.run()[0].startswith("Demain")
    assert rewording.reword(world.database, world.now, world.settings) == 0

    world.at("2026-11-26 08:00")
    assert rewording.reword(world.database, world.now, world.settings) == 1

    assert world.run() == [
        "Vaccin pour Awa : jeudi 26/11, Asacobafa. Venez avec l'enfant et le carnet."
    ]
    assert [row.state for row in world.messages()] == ["cancelled", "queued"]


def test_phones_are_released_a_limited_number_at_a_time_and_whole(world):
    """A family is not cut in two by the limit."""
    for name in ("Awa", "Bakary", "Fanta"):
        world.child(name, visit_on=THURSDAY)
    world.child("Moussa", visit_on=THURSDAY, phones=(FATHER,))
    world.plan()

    assert len(world.release(limit=1)) == 1
    assert len(world.release(limit=1)) == 1
    assert world.release(limit=1) == []
    assert sorted(row.template for row in world.messages()) == ["rem_3d", "rem_3d_family"]


def test_a_second_clock_finds_the_family_taken(postgresql_database, settings, clock):
    """The first one holds the phone; the second leaves the whole family to it."""
    world = World(postgresql_database, settings, clock)
    for name in ("Awa", "Bakary", "Fanta"):
        world.child(name, visit_on=THURSDAY)
    world.plan()
    with world.database.begin() as connection:
        assert len(lock(connection, waiting_phones(connection, world.now, 10))) == 1
        assert world.release() == []
    assert len(world.release()) == 1


def test_the_history_of_a_message_begins_with_its_release(world):
    world.child(visit_on=THURSDAY)
    world.plan()
    [message_id] = world.release()

    with world.database.read() as connection:
        [row] = connection.execute(select(message_history)).all()
    assert (row.message_id, row.from_state, row.to_state) == (message_id, None, "queued")


def test_no_name_and_no_number_is_logged(world, caplog):
    caplog.set_level("DEBUG", logger="smsgateway")
    world.child("Awa", visit_on=THURSDAY, language="bm")
    world.run()

    assert "cannot be written" in caplog.text
    assert "Awa" not in caplog.text
    assert MOTHER not in caplog.text
