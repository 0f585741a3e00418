"""A pregnancy from its registration to a birth or a loss, and doses that a family tells of."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, func, insert, select, update

from smsgateway.calendars.antenatal import LONGEST
from smsgateway.calendars.forecast import GivenDose
from smsgateway.register import children, claims, phones, pregnancies
from smsgateway.register.pregnancies import Birth, Dating, NewPregnancy
from smsgateway.register.tables import (
    caregiver,
    consent,
    dose_claim,
    facility,
    immunization,
    person,
    plan_mark,
    pregnancy,
)
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database

WOMAN = "+22376000001"
TODAY = date(2026, 11, 23)
LMP = date(2026, 6, 1)


@pytest.fixture
def centre(database: Database, clock: FixedClock) -> Database:
    """A centre and a phone that is known."""
    with database.begin() as connection:
        row = {"code": "C1", "name": "Asacobafa", "kind": "cscom", "region": "Bamako"}
        connection.execute(insert(facility), row)
        phones.ensure_phone(connection, WOMAN, clock.now())
    return database


def expecting(connection: Connection, clock: FixedClock, key: str = "s:1", lmp: date = LMP) -> int:
    new = NewPregnancy(
        first_name="Awa",
        facility_id=1,
        phone_id=1,
        lmp_date=lmp,
        dating=Dating.LMP,
        registered_on=TODAY,
        recorded_via="ussd",
        idempotency_key=key,
    )
    return pregnancies.add(connection, new, clock.now())


def marked(connection: Connection) -> set[int]:
    people = set(connection.execute(select(plan_mark.c.person_id)).scalars())
    connection.execute(plan_mark.delete())
    return people


def test_a_pregnancy_is_found_by_the_womans_own_phone(centre: Database, clock: FixedClock) -> None:
    with centre.begin() as connection:
        woman = expecting(connection, clock)
        assert marked(connection) == {woman}
        assert expecting(connection, clock) == woman, "the same key writes once"
        [found] = pregnancies.open_of_phone(connection, WOMAN, TODAY)
        assert (found.person_id, found.lmp_date, found.edd_date) == (woman, LMP, date(2027, 3, 8))
        assert found.facility.name == "Asacobafa"
        assert pregnancies.open_of_people(connection, [woman]) == {woman: found}
        assert pregnancies.open_of_phone(connection, "+22376000009", TODAY) == []
        assert children.of_phone(connection, WOMAN) == []


def test_two_women_of_one_name_on_one_phone_stay_two(centre: Database, clock: FixedClock) -> None:
    with centre.begin() as connection:
        first = expecting(connection, clock, "s:1")
        assert expecting(connection, clock, "s:2", LMP + timedelta(days=9)) == first, "told twice"
        [found] = pregnancies.open_of_phone(connection, WOMAN, TODAY)
        assert found.lmp_date == LMP + timedelta(days=9)
        assert expecting(connection, clock, "s:3", LMP + timedelta(days=90)) != first
        assert len(pregnancies.open_of_phone(connection, WOMAN, TODAY)) == 2


def test_a_pregnancy_that_nobody_ended_is_not_found_after_its_time(
    centre: Database, clock: FixedClock
) -> None:
    with centre.begin() as connection:
        expecting(connection, clock)
        late = LMP + LONGEST + timedelta(days=1)
        assert pregnancies.open_of_phone(connection, WOMAN, late - timedelta(days=1))
        assert pregnancies.open_of_phone(connection, WOMAN, late) == []


def test_a_birth_begins_the_childs_calendar_once(centre: Database, clock: FixedClock) -> None:
    birth = Birth(first_name="", sex="F", birth_date=TODAY)
    with centre.begin() as connection:
        woman = expecting(connection, clock)
        agreed = {"person_id": woman, "phone_id": 1, "given_on": TODAY, "wording": "pregnancy/1"}
        connection.execute(insert(consent), agreed | {"language": "bm", "channel": "ussd"})
        [found] = pregnancies.open_of_phone(connection, WOMAN, TODAY)
        marked(connection)
        child = pregnancies.record_birth(connection, found.id, birth, clock.now())
        assert marked(connection) == {woman, child}
        assert pregnancies.record_birth(connection, found.id, birth, clock.now()) is None
        assert not pregnancies.record_loss(connection, found.id, TODAY, clock.now())
        assert pregnancies.open_of_phone(connection, WOMAN, TODAY) == []
        [born] = children.of_phone(connection, WOMAN)
        assert (born.id, born.first_name, born.birth_date, born.sex) == (child, "", TODAY, "F")
        row = connection.execute(select(person).where(person.c.id == child)).one()
        assert (row.mother_id, row.facility_id) == (woman, 1)
        line = connection.execute(select(caregiver).where(caregiver.c.person_id == child)).one()
        assert (line.phone_id, line.relation) == (1, pregnancies.MOTHER)
        given = connection.execute(select(consent).where(consent.c.person_id == child)).one()
        assert (given.wording, given.language) == ("pregnancy/1", "bm")


def test_a_woman_may_be_followed_again_after_a_birth(centre: Database, clock: FixedClock) -> None:
    with centre.begin() as connection:
        woman = expecting(connection, clock, "s:1")
        [found] = pregnancies.open_of_phone(connection, WOMAN, TODAY)
        pregnancies.record_birth(connection, found.id, Birth("Issa", "M", TODAY), clock.now())
        assert expecting(connection, clock, "s:2") == woman


def test_a_loss_ends_everything_and_asks_for_an_empty_plan(
    centre: Database, clock: FixedClock
) -> None:
    with centre.begin() as connection:
        woman = expecting(connection, clock)
        [found] = pregnancies.open_of_phone(connection, WOMAN, TODAY)
        marked(connection)
        assert pregnancies.record_loss(connection, found.id, TODAY, clock.now())
        assert marked(connection) == {woman}
        assert not pregnancies.record_loss(connection, found.id, TODAY, clock.now())
        assert pregnancies.open_of_people(connection, [woman]) == {}
        ended = connection.execute(select(pregnancy.c.ended_on, pregnancy.c.outcome)).one()
        assert tuple(ended) == (TODAY, "loss")


def test_a_line_said_to_be_wrong_finds_nobody(centre: Database, clock: FixedClock) -> None:
    with centre.begin() as connection:
        expecting(connection, clock)
        connection.execute(update(caregiver).values(suspended_at=clock.now()))
        assert pregnancies.open_of_phone(connection, WOMAN, TODAY) == []


@pytest.fixture
def child(centre: Database, clock: FixedClock) -> int:
    with centre.begin() as connection:
        row = {"facility_id": 1, "first_name": "Issa", "sex": "M", "created_at": clock.now()}
        returning = insert(person).returning(person.c.id)
        return int(connection.execute(returning, row | {"birth_date": LMP}).scalar_one())


def told(connection: Connection, child: int, clock: FixedClock, *vaccines: str) -> None:
    day = date(2026, 7, 14)
    claims.tell(connection, child, vaccines, day, phone_id=1, place="Kati", now=clock.now())


def test_doses_that_a_family_told_of_count_until_staff_refuse_them(
    centre: Database, clock: FixedClock, child: int
) -> None:
    record = {"person_id": child, "vaccine": "BCG", "given_on": LMP, "recorded_at": clock.now()}
    doses = [GivenDose("BCG", LMP), GivenDose("PENTA1", date(2026, 7, 14))]
    with centre.begin() as connection:
        connection.execute(insert(immunization), record)
        for _ in range(2):
            told(connection, child, clock, "PENTA1")
        assert marked(connection) == {child}
        assert children.by_ids(connection, [child])[0].doses == doses
        connection.execute(update(dose_claim).values(state=claims.ClaimState.REFUSED))
        assert children.by_ids(connection, [child])[0].doses == doses[:1]


def test_a_record_confirms_what_was_told(centre: Database, clock: FixedClock, child: int) -> None:
    record = {"person_id": child, "recorded_at": clock.now(), "given_on": date(2026, 7, 14)}
    with centre.begin() as connection:
        told(connection, child, clock, "PENTA1", "VPO1", "ROTA1")
        connection.execute(insert(immunization), record | {"vaccine": "PENTA"})
        connection.execute(
            insert(immunization), record | {"vaccine": "VPO1", "given_on": date(2026, 7, 15)}
        )
        claims.confirm_recorded(connection, [child], clock.now())
        still = dose_claim.c.state == claims.ClaimState.TOLD
        assert connection.execute(select(dose_claim.c.vaccine).where(still)).scalars().all() == [
            "ROTA1"
        ]
        assert connection.scalar(select(func.count()).select_from(dose_claim)) == 3
        assert len(children.by_ids(connection, [child])[0].doses) == 3


def test_what_a_centre_recorded_is_not_changed_by_what_she_tells(
    centre: Database, clock: FixedClock
) -> None:
    with centre.begin() as connection:
        woman = expecting(connection, clock, "s:1")
        connection.execute(update(pregnancy).values(external_id="G1"))
        assert expecting(connection, clock, "s:2", LMP + timedelta(days=9)) == woman
        [found] = pregnancies.open_of_phone(connection, WOMAN, TODAY)
        assert found.lmp_date == LMP


def test_who_registers_on_a_line_said_to_be_wrong_is_reached_again(
    centre: Database, clock: FixedClock
) -> None:
    with centre.begin() as connection:
        first = expecting(connection, clock, "s:1")
        connection.execute(update(caregiver).values(suspended_at=clock.now()))
        second = expecting(connection, clock, "s:2")
        assert second != first
        [found] = pregnancies.open_of_phone(connection, WOMAN, TODAY)
        assert found.person_id == second
