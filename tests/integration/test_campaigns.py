"""A worker writes to the families expected this week: each phone once, and nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from smsgateway.campaigns.estimate import estimate
from smsgateway.campaigns.launch import Campaign, NotAllowed, launch
from smsgateway.campaigns.tables import campaign
from smsgateway.messaging.tables import message
from smsgateway.paths import locales_dir
from smsgateway.register.phones import opt_out, set_language
from smsgateway.register.tables import caregiver, facility, person, phone
from smsgateway.reminders.tables import visit
from smsgateway.staff.tables import audit, staff
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database
from smsgateway.text.catalogue import Catalogue
from smsgateway.text.routes import Routes

TODAY = date(2026, 11, 23)
AUDIENCE = "due_within_week"
NOTICE = "notice_within_week"
OURS, OTHERS = 1, 2
MOTHER, FATHER, AUNT, ELSEWHERE, WORKER = range(1, 6)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue.load(locales_dir())


@pytest.fixture
def families(database: Database, clock: FixedClock) -> Database:
    """Two facilities: at ours a mother with two children (one expected on Wednesday, one late), of
    whom the father has one too; an aunt with a child due after that week; a child elsewhere."""
    with database.begin() as connection:
        for code in ("C1", "C2"):
            connection.execute(
                insert(facility),
                {"code": code, "name": f"Centre {code}", "kind": "cscom", "region": "Bamako"},
            )
        for number in (MOTHER, FATHER, AUNT, ELSEWHERE, WORKER):
            connection.execute(
                insert(phone), {"msisdn": f"+2237600000{number}", "created_at": clock.now()}
            )
        add_child(connection, "Awa", OURS, TODAY + timedelta(days=2), MOTHER, FATHER)
        add_child(connection, "Adama", OURS, TODAY - timedelta(days=40), MOTHER)
        add_child(connection, "Sira", OURS, TODAY + timedelta(days=7), AUNT)
        add_child(connection, "Issa", OTHERS, TODAY, ELSEWHERE)
        connection.execute(
            insert(staff),
            {
                "name": "Agent (démo)",
                "phone_id": WORKER,
                "facility_id": OURS,
                "role": "agent",
                "created_at": clock.now(),
            },
        )
    return database


def add_child(connection: Any, name: str, facility_id: int, visit_date: date, *phones: int) -> None:
    person_id = connection.execute(
        insert(person).returning(person.c.id),
        {
            "facility_id": facility_id,
            "first_name": name,
            "sex": "F",
            "birth_date": date(2026, 5, 1),
            "created_at": datetime(2026, 5, 1, tzinfo=UTC),
        },
    ).scalar_one()
    for phone_id in phones:
        connection.execute(insert(caregiver), {"person_id": person_id, "phone_id": phone_id})
    connection.execute(
        insert(visit),
        {
            "person_id": person_id,
            "facility_id": facility_id,
            "visit_date": visit_date,
            "doses": "RR1",
            "state": "open",
            "calendar": "vaccination",
            "made_with": "test",
            "planned_at": datetime(2026, 11, 1, tzinfo=UTC),
        },
    )


ROUTES = Routes()

Send = Callable[..., Campaign]


@pytest.fixture
def send(families: Database, clock: FixedClock, catalogue: Catalogue) -> Send:
    def run(key: str = "session:4", facility_id: int = OURS, today: date = TODAY) -> Campaign:
        with families.begin() as connection:
            return launch(
                connection,
                catalogue,
                ROUTES,
                staff_id=1,
                facility_id=facility_id,
                audience=AUDIENCE,
                template=NOTICE,
                today=today,
                now=clock.now(),
                idempotency_key=key,
            )

    return run


def messages(database: Database) -> list[Any]:
    with database.read() as connection:
        return list(connection.execute(select(message).order_by(message.c.phone_id)))


def count(database: Database, table: Any) -> int:
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_each_phone_gets_one_message_and_the_worker_a_reference(
    send: Send, families: Database, clock: FixedClock
) -> None:
    sent = send()
    mother, father, reply = messages(families)
    assert [mother.phone_id, father.phone_id, reply.phone_id] == [MOTHER, FATHER, WORKER]
    assert "Awa, Adama" in mother.body
    assert "Awa" in father.body
    assert "Adama" not in father.body
    assert {mother.message_class, father.message_class} == {"notice"}
    assert {mother.campaign_id, father.campaign_id} == {sent.id}
    assert mother.dedupe_key == f"notice:{NOTICE}:{OURS}:{MOTHER}:20261123"
    assert mother.expires_at == datetime(2026, 11, 30, tzinfo=UTC)
    assert reply.message_class == "reply"
    assert sent.reference in reply.body
    assert "2" in reply.body
    assert sent.message_ids == [reply.id, mother.id, father.id]


def test_the_estimate_is_what_is_sent(
    send: Send, families: Database, clock: FixedClock, catalogue: Catalogue
) -> None:
    with families.begin() as connection:
        set_language(connection, "+22376000002", "bm", clock.now())
    with families.read() as connection:
        expected = estimate(connection, catalogue, ROUTES, OURS, AUDIENCE, NOTICE, TODAY)
    send()
    mother, father, _ = messages(families)
    assert expected.recipients == 2
    assert expected.segments == mother.segments + father.segments
    assert expected.segments_by_language == {"fr": mother.segments, "bm": father.segments}
    assert expected.sample == mother.body != father.body


def test_who_said_stop_is_left_out(
    send: Send, families: Database, clock: FixedClock, catalogue: Catalogue
) -> None:
    with families.begin() as connection:
        opt_out(connection, "+22376000001", clock.now())
    with families.read() as connection:
        left = estimate(connection, catalogue, ROUTES, OURS, AUDIENCE, NOTICE, TODAY)
    assert left.recipients == 1
    send()
    assert [one.phone_id for one in messages(families)] == [FATHER, WORKER]


@pytest.mark.parametrize("column", ["died_on", "moved_on"])
def test_nobody_is_written_to_about_a_child_who_died_or_moved(
    send: Send, families: Database, column: str
) -> None:
    with families.begin() as connection:
        connection.execute(update(person).values({column: TODAY}))
    send()
    assert [one.phone_id for one in messages(families)] == [WORKER]


def test_the_same_confirmation_sends_once_however_often_it_comes(
    send: Send, families: Database
) -> None:
    with ThreadPoolExecutor(4) as pool:
        sent = list(pool.map(lambda _: send(), range(4)))
    assert len({(one.id, one.reference, tuple(one.message_ids)) for one in sent}) == 1
    assert (count(families, campaign), count(families, message), count(families, audit)) == (
        1,
        3,
        1,
    )


def test_two_confirmations_are_two_campaigns_with_references_of_their_own(send: Send) -> None:
    first, second = send("a"), send("b")
    assert first.id != second.id
    assert first.reference != second.reference


def totals(database: Database) -> list[tuple[int, int]]:
    """Recipients and segments of each campaign."""
    with database.read() as connection:
        query = select(campaign.c.recipients, campaign.c.segments).order_by(campaign.c.id)
        return [(row.recipients, row.segments) for row in connection.execute(query)]


def notices(database: Database) -> list[int]:
    return [one.phone_id for one in messages(database) if one.message_class == "notice"]


def test_a_second_launch_of_a_day_writes_only_to_phones_without_the_notice(
    send: Send, families: Database, catalogue: Catalogue
) -> None:
    send("a")
    with families.begin() as connection:
        add_child(connection, "Oumou", OURS, TODAY, AUNT)
    with families.read() as connection:
        left = estimate(connection, catalogue, ROUTES, OURS, AUDIENCE, NOTICE, TODAY)
    again = send("b")
    assert left.recipients == len(again.notice_ids) == 1
    assert notices(families) == [MOTHER, FATHER, AUNT]
    assert [recipients for recipients, _ in totals(families)] == [2, 1]


def test_when_everybody_has_the_notice_of_today_nobody_is_left(
    send: Send, families: Database, catalogue: Catalogue
) -> None:
    send("a")
    with families.read() as connection:
        left = estimate(connection, catalogue, ROUTES, OURS, AUDIENCE, NOTICE, TODAY)
    send("b")
    assert (left.recipients, left.segments, left.sample) == (0, 0, "")
    assert totals(families)[1] == (0, 0)


def test_three_launches_at_once_write_to_each_phone_once(send: Send, families: Database) -> None:
    with ThreadPoolExecutor(3) as pool:
        sent = list(pool.map(send, ("a", "b", "c")))
    assert notices(families) == [MOTHER, FATHER]
    assert sorted(len(one.notice_ids) for one in sent) == [0, 0, 2]
    assert sorted(recipients for recipients, _ in totals(families)) == [0, 0, 2]


def test_a_launch_that_another_one_overtakes_counts_what_it_wrote(
    send: Send, families: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have read the same recipients before either wrote."""
    monkeypatch.setattr("smsgateway.campaigns.estimate._written_to", lambda *_: set())
    send("a")
    overtaken = send("b")
    assert notices(families) == [MOTHER, FATHER]
    assert overtaken.notice_ids == []
    assert totals(families)[1] == (0, 0)
    with families.read() as connection:
        [reply] = connection.execute(
            select(message.c.body).where(message.c.id.in_(overtaken.reply_ids))
        ).scalars()
    assert " 0 personnes" in reply


def test_the_notice_may_come_again_on_another_day(
    send: Send, families: Database, clock: FixedClock
) -> None:
    send("a")
    clock.move(timedelta(days=1))
    send("b", today=TODAY + timedelta(days=1))
    assert notices(families) == [MOTHER, MOTHER, FATHER, FATHER, AUNT]


def test_an_exception_after_the_launch_leaves_nothing(
    families: Database, clock: FixedClock, catalogue: Catalogue
) -> None:
    with pytest.raises(ZeroDivisionError), families.begin() as connection:
        launch(
            connection,
            catalogue,
            ROUTES,
            staff_id=1,
            facility_id=OURS,
            audience=AUDIENCE,
            template=NOTICE,
            today=TODAY,
            now=clock.now(),
            idempotency_key="a",
        )
        raise ZeroDivisionError
    assert (count(families, campaign), count(families, message)) == (0, 0)


def test_another_facility_is_out_of_reach(send: Send, families: Database) -> None:
    with pytest.raises(NotAllowed, match="for this facility"):
        send(facility_id=OTHERS)
    assert messages(families) == []


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"role": "social"}, id="a post that may not send"),
        pytest.param({"locked_at": datetime(2026, 11, 1, tzinfo=UTC)}, id="a locked worker"),
    ],
)
def test_not_every_worker_may_send(
    send: Send, families: Database, values: dict[str, object]
) -> None:
    with families.begin() as connection:
        connection.execute(update(staff).values(values))
    with pytest.raises(NotAllowed):
        send()


def test_a_notice_of_sunday_evening_is_about_the_week_that_begins(
    send: Send, families: Database, clock: FixedClock
) -> None:
    clock.move(timedelta(days=6, hours=12))
    send(today=date(2026, 11, 29))
    assert messages(families)[0].expires_at == datetime(2026, 12, 6, tzinfo=UTC)
