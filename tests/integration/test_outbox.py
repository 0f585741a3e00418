"""The outbox: in once, taken once, stopped in time; on both databases."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from messaging_world import ALL_DAY, OFFICE_HOURS, history, msisdn, put, row, state, states
from sqlalchemy import Column, ForeignKey, MetaData, String, Table, event, insert, update

from smsgateway.messaging import optouts, outbox
from smsgateway.messaging.claim import LEASE, begin_call, claim, give_back
from smsgateway.messaging.classes import MessageClass
from smsgateway.messaging.outbox import NewMessage
from smsgateway.messaging.recovery import recover
from smsgateway.messaging.states import State
from smsgateway.messaging.tables import message, message_history
from smsgateway.messaging.transitions import ForbiddenTransition, move
from smsgateway.register import closures
from smsgateway.register.tables import facility
from smsgateway.storage.bulk import insert_rows
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database


def taken(database: Database, clock: FixedClock, **options: object) -> list[int]:
    with database.begin() as connection:
        one = claim(connection, "main", clock.now(), ALL_DAY, **options)  # type: ignore[arg-type]
    return [held.id for held in one.messages]


def test_a_message_with_a_known_key_is_written_once(database: Database, clock: FixedClock) -> None:
    first = put(database, clock, dedupe_key="visit:1")
    new = row(database, first)
    again = NewMessage(
        **{
            name: getattr(new, name)
            for name in NewMessage.__dataclass_fields__
            if name != "message_class"
        },
        message_class=MessageClass.REMINDER,
    )
    with database.begin() as connection:
        assert outbox.add(connection, [again, again], clock.now()) == []
    assert states(database) == {"queued": 1}


def test_of_many_new_messages_the_known_are_left_out(database: Database, clock: FixedClock) -> None:
    known = row(database, put(database, clock, dedupe_key="key:7"))
    with database.begin() as connection:
        ids = outbox.add(
            connection,
            [
                NewMessage(
                    dedupe_key=f"key:{n}",
                    message_class="notice",
                    phone_id=known.phone_id,
                    msisdn=known.msisdn,
                    language="fr",
                    template="test",
                    body=str(n),
                    encoding="gsm7",
                    segments=1,
                    due_at=clock.now(),
                    expires_at=clock.now() + timedelta(days=1),
                )
                for n in range(2500)
            ],
            clock.now(),
        )
    assert len(ids) == len(set(ids)) == 2499
    assert known.id not in ids


def test_a_later_message_is_planned_and_queued_by_the_recovery(
    database: Database, clock: FixedClock
) -> None:
    later = put(database, clock, due_at=clock.now() + timedelta(hours=1))
    recover(database, clock.now())
    assert state(database, later) == "planned"
    clock.move(timedelta(hours=1))
    assert recover(database, clock.now()).sendable
    assert history(database, later) == [(None, "planned", None), ("planned", "queued", None)]


def test_replies_go_first_then_reminders_then_bulk_and_within_a_class_the_oldest(
    database: Database, clock: FixedClock
) -> None:
    order = [
        MessageClass.CAMPAIGN,
        MessageClass.NOTICE,
        MessageClass.REMINDER,
        MessageClass.REPLY,
        MessageClass.REPLY,
    ]
    ids = []
    for message_class in order:
        ids.append(put(database, clock, message_class=message_class))
        clock.move(timedelta(seconds=1))
    assert taken(database, clock) == [ids[3], ids[4], ids[2], ids[1], ids[0]]


def test_a_message_is_taken_by_one_worker_of_many(database: Database, clock: FixedClock) -> None:
    ids = {put(database, clock, to=msisdn(n)) for n in range(60)}
    results: list[list[int]] = []

    def work() -> None:
        while one := taken(database, clock, limit=7):
            results.append(one)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    everything = [one for result in results for one in result]
    assert sorted(everything) == sorted(ids)


def test_what_is_expired_is_not_sent(database: Database, clock: FixedClock) -> None:
    late = put(database, clock)
    clock.move(timedelta(days=2))
    assert taken(database, clock) == []
    assert history(database, late)[-1] == ("queued", "expired", "too_late")


def test_an_expired_message_ends_even_when_nobody_sends(
    database: Database, clock: FixedClock
) -> None:
    waiting, planned = put(database, clock), put(database, clock, due_at=clock.now() + timedelta(1))
    clock.move(timedelta(days=3))
    recover(database, clock.now())
    assert [state(database, one) for one in (waiting, planned)] == ["expired", "expired"]


def test_a_phone_that_said_stop_gets_answers_alone(database: Database, clock: FixedClock) -> None:
    reminder = put(database, clock)
    planned = put(database, clock, due_at=clock.now() + timedelta(hours=1))
    answer = put(database, clock, message_class=MessageClass.REPLY)
    other = put(database, clock, to="+22370000002")
    with database.begin() as connection:
        optouts.stop(connection, "+22370000001", clock.now())
    assert [state(database, one) for one in (reminder, planned)] == ["cancelled", "cancelled"]
    assert taken(database, clock) == [answer, other]


def test_what_staff_have_sent_by_hand_stops_with_the_rest(
    database: Database, clock: FixedClock
) -> None:
    key = f"{outbox.BY_HAND}1"
    sent = put(database, clock, message_class=MessageClass.REPLY, dedupe_key=key)
    with database.begin() as connection:
        optouts.stop(connection, "+22370000001", clock.now())
    assert state(database, sent) == "cancelled"


def test_what_is_queued_after_a_stop_is_cancelled_at_hand_over(
    database: Database, clock: FixedClock
) -> None:
    with database.begin() as connection:
        optouts.stop(connection, "+22370000001", clock.now())
    late = put(database, clock)
    assert taken(database, clock) == []
    assert history(database, late)[-1] == ("queued", "cancelled", "opted_out")


def test_a_stop_holds_for_what_a_worker_has_taken_but_not_begun(
    database: Database, clock: FixedClock
) -> None:
    stopped, other = put(database, clock), put(database, clock, to="+22370000002")
    with database.begin() as connection:
        one = claim(connection, "main", clock.now(), ALL_DAY)
    with database.begin() as connection:
        optouts.stop(connection, "+22370000001", clock.now())
    with database.begin() as connection:
        begun = begin_call(connection, one.lease, one.messages, clock.now())
    assert begun == {other}
    with database.begin() as connection:
        give_back(connection, one.lease, [stopped], clock.now())
    assert taken(database, clock) == []
    assert state(database, stopped) == "cancelled"


@pytest.mark.parametrize(
    ("message_class", "goes_at_night"),
    [
        (MessageClass.REPLY, True),
        (MessageClass.REMINDER, False),
        (MessageClass.NOTICE, False),
        (MessageClass.CAMPAIGN, False),
    ],
)
def test_only_answers_go_out_at_night(
    database: Database, clock: FixedClock, message_class: MessageClass, goes_at_night: bool
) -> None:
    clock.move(timedelta(hours=12))
    one = put(database, clock, message_class=message_class)
    with database.begin() as connection:
        result = claim(connection, "main", clock.now(), OFFICE_HOURS)
    assert bool(result.messages) is goes_at_night
    if not goes_at_night:
        assert row(database, one).due_at == clock.now() + timedelta(hours=11)
        assert state(database, one) == "queued"


def test_a_facility_has_its_own_hours(database: Database, clock: FixedClock) -> None:
    with database.begin() as connection:
        facility_id = connection.execute(
            insert(facility).returning(facility.c.id),
            {
                "code": "F",
                "name": "F",
                "kind": "cscom",
                "region": "Bamako",
                "sending_hours": "10:30-11:00",
            },
        ).scalar_one()
    one = put(database, clock, facility_id=facility_id)
    with database.begin() as connection:
        assert not claim(connection, "main", clock.now(), OFFICE_HOURS).messages
    assert row(database, one).due_at == clock.now() + timedelta(minutes=90)


def test_a_lease_that_is_over_without_a_call_goes_back(
    database: Database, clock: FixedClock
) -> None:
    one = put(database, clock)
    taken(database, clock)
    recover(database, clock.now())
    assert state(database, one) == "submitting"
    clock.move(LEASE)
    assert recover(database, clock.now()).handed_back == 1
    assert history(database, one)[-1] == ("submitting", "queued", "lease_over")
    assert taken(database, clock) == [one]


def test_a_lease_that_is_over_after_the_call_began_leaves_an_unknown(
    database: Database, clock: FixedClock
) -> None:
    one = put(database, clock)
    with database.begin() as connection:
        held = claim(connection, "main", clock.now(), ALL_DAY)
    with database.begin() as connection:
        begin_call(connection, held.lease, held.messages, clock.now())
    clock.move(LEASE)
    assert recover(database, clock.now()).unknown == 1
    clock.move(timedelta(days=1))
    recover(database, clock.now())
    assert state(database, one) == "unknown"
    clock.move(timedelta(days=2))
    recover(database, clock.now())
    assert history(database, one)[-1] == ("unknown", "expired", "no_receipt")


def test_a_worker_that_lost_its_lease_may_not_begin(database: Database, clock: FixedClock) -> None:
    one = put(database, clock)
    with database.begin() as connection:
        slow = claim(connection, "main", clock.now(), ALL_DAY)
    clock.move(LEASE)
    recover(database, clock.now())
    with database.begin() as connection:
        quick = claim(connection, "main", clock.now(), ALL_DAY)
        assert begin_call(connection, slow.lease, slow.messages, clock.now()) == frozenset()
        assert begin_call(connection, quick.lease, quick.messages, clock.now()) == {one}
        assert begin_call(connection, quick.lease, quick.messages, clock.now()) == frozenset()


@pytest.mark.parametrize(
    ("message_class", "options", "later", "begins"),
    [
        (MessageClass.REPLY, {}, LEASE, False),
        (MessageClass.REPLY, {"expires_in": timedelta(minutes=2)}, timedelta(minutes=2), False),
        (MessageClass.REMINDER, {}, timedelta(minutes=2), False),
        (MessageClass.REPLY, {}, timedelta(minutes=2), True),
    ],
    ids=["the lease ran out", "expired", "the closing came", "an answer after the closing"],
)
def test_what_changed_since_the_claim_is_seen_before_each_call(
    database: Database,
    clock: FixedClock,
    message_class: MessageClass,
    options: dict[str, timedelta],
    later: timedelta,
    begins: bool,
) -> None:
    clock.move(timedelta(hours=8, minutes=59))
    expires_at = clock.now() + options.get("expires_in", timedelta(days=1))
    one = put(database, clock, message_class=message_class, expires_at=expires_at)
    with database.begin() as connection:
        held = claim(connection, "main", clock.now(), OFFICE_HOURS)
    assert [each.id for each in held.messages] == [one]
    clock.move(later)
    with database.begin() as connection:
        begun = begin_call(connection, held.lease, held.messages, clock.now())
    assert begun == ({one} if begins else set())


@pytest.fixture
def place(database: Database) -> int:
    """A health centre."""
    row = {"code": "c1", "name": "Banconi", "kind": "cscom", "region": "Bamako"}
    with database.begin() as connection:
        return int(connection.execute(insert(facility).values(row)).inserted_primary_key[0])


@pytest.mark.parametrize("everywhere", [True, False], ids=["a holiday", "the centre is closed"])
def test_on_a_closed_day_nothing_leaves_but_answers(
    database: Database, clock: FixedClock, place: int, everywhere: bool
) -> None:
    """Also what was put off, or queued by hand, on the eve."""
    tomorrow = clock.now() + timedelta(days=1)
    with database.begin() as connection:
        closed = None if everywhere else place
        closures.close(connection, tomorrow.date(), "Maouloud", clock.now(), facility_id=closed)
    waits = put(database, clock, due_at=tomorrow, facility_id=place)
    answer = put(database, clock, due_at=tomorrow, message_class=MessageClass.REPLY)
    elsewhere = put(database, clock, due_at=tomorrow)
    clock.move(timedelta(days=1))
    with database.begin() as connection:
        outbox.queue_due(connection, clock.now(), 10)
        held = claim(connection, "main", clock.now(), OFFICE_HOURS)

    assert {one.id for one in held.messages} == ({answer} if everywhere else {answer, elsewhere})
    assert row(database, waits).due_at == clock.now().replace(hour=8) + timedelta(days=1)


def test_what_is_held_over_midnight_does_not_leave_on_the_closed_day(
    database: Database, clock: FixedClock
) -> None:
    clock.move(timedelta(hours=14, minutes=59))
    with database.begin() as connection:
        closures.close(connection, (clock.now() + LEASE).date(), "Maouloud", clock.now())
    put(database, clock)
    with database.begin() as connection:
        held = claim(connection, "main", clock.now(), ALL_DAY)
    clock.move(timedelta(minutes=2))
    with database.begin() as connection:
        assert begin_call(connection, held.lease, held.messages, clock.now()) == frozenset()


def test_a_claim_has_as_many_statements_for_many_messages_as_for_few(
    database: Database, clock: FixedClock, place: int
) -> None:
    def statements(messages: int) -> int:
        for number in range(messages):
            put(database, clock, facility_id=place if number % 2 else None)
        seen: list[str] = []
        with database.begin() as connection:
            event.listen(connection, "before_cursor_execute", lambda *call: seen.append(call[2]))
            assert len(claim(connection, "main", clock.now(), OFFICE_HOURS).messages) == messages
        return len(seen)

    assert statements(2) == statements(9)


def test_a_change_that_the_table_forbids_is_a_fault_of_the_code(
    database: Database, clock: FixedClock
) -> None:
    one = put(database, clock)
    with database.begin() as connection, pytest.raises(ForbiddenTransition):
        move(connection, [one], State.UNKNOWN, State.QUEUED, clock.now())


def test_another_channel_has_its_own_messages(database: Database, clock: FixedClock) -> None:
    put(database, clock, channel="other")
    assert taken(database, clock) == []


def test_thousands_are_claimed_in_batches_of_the_limit(
    database: Database, clock: FixedClock
) -> None:
    put(database, clock)
    with database.begin() as connection:
        connection.execute(update(message).values(body="first"))
    for n in range(9):
        put(database, clock, to=msisdn(n))
    assert [len(taken(database, clock, limit=4)) for _ in range(4)] == [4, 4, 2, 0]


def test_many_rows_are_written_also_with_a_key_to_a_table_that_is_not_loaded(
    database: Database, clock: FixedClock
) -> None:
    """Its type is unknown then: a clock, say, knows nothing of campaigns."""
    one = put(database, clock)
    alone = Table(
        "message_history",
        MetaData(),
        Column("message_id", ForeignKey("message.id")),
        Column("to_state", String),
        Column("at", message_history.c.at.type),
    )
    rows = [{"message_id": one, "to_state": to, "at": clock.now()} for to in ("queued", "sent")]
    with database.begin() as connection:
        insert_rows(connection, insert(alone), rows)

    assert [to for _, to, _ in history(database, one)] == ["queued", "queued", "sent"]
