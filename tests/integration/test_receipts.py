"""Delivery reports: in any order, twice, early, unknown; they only raise; on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from messaging_world import history, msisdn, put, row, sender, state
from sqlalchemy import Connection, func, select, update

from smsgateway.aggregators.loopback import Loopback
from smsgateway.messaging.port import AmbiguousSend, DeliveryReport, Reason
from smsgateway.messaging.receipts import MOST_TRIES, rows_of, settle_parked, store
from smsgateway.messaging.states import State
from smsgateway.messaging.tables import delivery_report, message
from smsgateway.register.phones import profile
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database

AMINATA = "+22370000001"
SENT = DeliveryReport("loop-1", AMINATA, "Sent", State.SENT)
BUFFERED = DeliveryReport("loop-1", AMINATA, "Buffered", State.SENT, Reason.BUFFERED)
ABSENT = DeliveryReport("loop-1", AMINATA, "AbsentSubscriber", State.SENT, Reason.ABSENT)
SUCCESS = DeliveryReport("loop-1", AMINATA, "Success", State.DELIVERED)
FAILED = DeliveryReport("loop-1", AMINATA, "Failed", State.FAILED, Reason.UNDELIVERED)
NEW_WORD = DeliveryReport("loop-1", AMINATA, "Teleported", None)


def keep(
    connection: Connection,
    reports: list[DeliveryReport],
    raw: dict[str, str],
    clock: FixedClock,
) -> None:
    store(connection, rows_of("loopback", "main", reports, raw, clock.now()))


def report(database: Database, clock: FixedClock, *reports: DeliveryReport) -> None:
    for one in reports:
        with database.begin() as connection:
            keep(connection, [one], {"status": one.status}, clock)
        clock.move(timedelta(seconds=1))


def settle(database: Database, clock: FixedClock) -> None:
    settle_parked(database, clock.now())


def settle_to_the_end(database: Database, clock: FixedClock) -> None:
    """All the tries that a parked report gets."""
    for _ in range(MOST_TRIES):
        clock.move(timedelta(hours=2))
        settle(database, clock)


def unsettled(database: Database) -> int:
    with database.read() as connection:
        return (
            connection.scalar(select(func.count()).where(delivery_report.c.settled_at.is_(None)))
            or 0
        )


def sent(database: Database, clock: FixedClock) -> int:
    one = put(database, clock)
    sender(database, clock, Loopback()).drain()
    assert state(database, one) == "sent"
    return one


def ambiguous(database: Database, clock: FixedClock, to: str = AMINATA) -> int:
    one = put(database, clock, to=to)
    sender(database, clock, Loopback(failures=[AmbiguousSend("cut")])).drain()
    assert state(database, one) == "unknown"
    clock.move(timedelta(seconds=20))
    return one


@pytest.mark.parametrize(
    ("reports", "after", "reason"),
    [
        ([SUCCESS], "delivered", None),
        ([SENT, SUCCESS], "delivered", None),
        ([SUCCESS, SENT], "delivered", None),
        ([SUCCESS, FAILED], "delivered", None),
        ([SUCCESS, SUCCESS], "delivered", None),
        ([FAILED], "failed", "undelivered"),
        ([FAILED, SENT], "failed", "undelivered"),
        ([FAILED, SUCCESS], "delivered", None),
        ([BUFFERED], "sent", "buffered"),
        ([BUFFERED, ABSENT], "sent", "absent"),
        ([ABSENT, SUCCESS], "delivered", None),
        ([ABSENT, FAILED, SENT, SUCCESS, BUFFERED, FAILED], "delivered", None),
        ([NEW_WORD], "sent", None),
        ([NEW_WORD, SUCCESS, NEW_WORD], "delivered", None),
    ],
    ids=lambda value: " ".join(one.status for one in value) if isinstance(value, list) else None,
)
@pytest.mark.parametrize("at_once", [True, False], ids=["in one batch", "one by one"])
def test_reports_raise_a_message_whatever_their_order(
    database: Database,
    clock: FixedClock,
    reports: list[DeliveryReport],
    after: str,
    reason: str | None,
    at_once: bool,
) -> None:
    one = sent(database, clock)
    for single in reports:
        report(database, clock, single)
        if not at_once:
            settle(database, clock)
    settle(database, clock)
    found = row(database, one)
    assert (found.state, found.reason) == (after, reason)
    assert unsettled(database) == 0


def test_a_report_is_kept_raw_and_linked_to_its_message(
    database: Database, clock: FixedClock
) -> None:
    one = sent(database, clock)
    report(database, clock, NEW_WORD)
    settle(database, clock)
    with database.read() as connection:
        kept = connection.execute(select(delivery_report)).one()
    assert (kept.raw, kept.status, kept.state) == ({"status": "Teleported"}, "Teleported", None)
    assert kept.message_id == one


def test_each_change_by_a_report_has_its_line_of_history_and_a_repeat_has_none(
    database: Database, clock: FixedClock
) -> None:
    one = sent(database, clock)
    report(database, clock, FAILED, FAILED, SUCCESS, SUCCESS)
    settle(database, clock)
    assert history(database, one)[-2:] == [
        ("sent", "failed", "undelivered"),
        ("failed", "delivered", None),
    ]


def test_a_report_before_our_own_commit_is_parked_and_settled_after_it(
    database: Database, clock: FixedClock
) -> None:
    one = put(database, clock)
    report(database, clock, SUCCESS)
    settle(database, clock)
    assert unsettled(database) == 1
    sender(database, clock, Loopback()).drain()
    settle(database, clock)
    assert state(database, one) == "sent", "the report rests until its next try"
    clock.move(timedelta(seconds=2))
    settle(database, clock)
    assert state(database, one) == "delivered"


def test_a_report_for_nothing_is_given_up_after_an_hour_and_not_before(
    database: Database, clock: FixedClock
) -> None:
    report(database, clock, DeliveryReport("ATXid_of_others", AMINATA, "Success", State.DELIVERED))
    started = clock.now()
    while unsettled(database):
        clock.move(timedelta(seconds=1))
        with database.read() as connection:
            retry_at = connection.scalar(select(delivery_report.c.retry_at))
        assert retry_at
        if retry_at > clock.now():
            clock.move(retry_at - clock.now())
        settle(database, clock)
    assert timedelta(hours=1) < clock.now() - started < timedelta(hours=2)


def test_an_ambiguous_send_is_settled_by_number_and_time_and_learns_its_id(
    database: Database, clock: FixedClock
) -> None:
    one = ambiguous(database, clock)
    report(database, clock, DeliveryReport("ATXid_late", AMINATA, "Submitted", State.SENT))
    settle(database, clock)
    assert state(database, one) == "unknown", "the id may belong to a send not yet committed"
    settle_to_the_end(database, clock)
    found = row(database, one)
    assert (found.state, found.aggregator_message_id) == ("sent", "ATXid_late")
    report(database, clock, DeliveryReport("ATXid_late", AMINATA, "Success", State.DELIVERED))
    settle(database, clock)
    assert history(database, one)[-2:] == [
        ("unknown", "sent", None),
        ("sent", "delivered", None),
    ]


def test_two_ambiguous_sends_to_a_number_take_one_report_each(
    database: Database, clock: FixedClock
) -> None:
    first, second = ambiguous(database, clock), ambiguous(database, clock)
    for late in ("late-1", "late-2"):
        report(database, clock, DeliveryReport(late, AMINATA, "Success", State.DELIVERED))
    settle_to_the_end(database, clock)
    assert [row(database, one).aggregator_message_id for one in (first, second)] == [
        "late-1",
        "late-2",
    ]
    assert [state(database, one) for one in (first, second)] == ["delivered", "delivered"]


def test_a_report_does_not_settle_an_ambiguous_send_to_somebody_else_or_of_later(
    database: Database, clock: FixedClock
) -> None:
    report(database, clock, DeliveryReport("late", AMINATA, "Success", State.DELIVERED))
    later, other = ambiguous(database, clock), ambiguous(database, clock, msisdn(2))
    settle_to_the_end(database, clock)
    assert [state(database, one) for one in (later, other)] == ["unknown", "unknown"]


def test_a_report_without_an_id_settles_by_number(database: Database, clock: FixedClock) -> None:
    one = ambiguous(database, clock)
    report(database, clock, DeliveryReport(None, AMINATA, "Success", State.DELIVERED))
    settle_to_the_end(database, clock)
    assert state(database, one) == "delivered"


def test_reports_without_an_id_settle_each_its_own_number(
    database: Database, clock: FixedClock
) -> None:
    one, other = (ambiguous(database, clock, msisdn(n)) for n in (1, 2))
    report(
        database,
        clock,
        DeliveryReport(None, msisdn(1), "Success", State.DELIVERED),
        DeliveryReport(None, msisdn(2), "Failed", State.FAILED, Reason.UNDELIVERED),
        DeliveryReport(None, msisdn(9), "Failed", State.FAILED, Reason.OPTED_OUT),
    )
    settle_to_the_end(database, clock)
    assert [state(database, each) for each in (one, other)] == ["delivered", "failed"]
    with database.read() as connection:
        kept = connection.scalars(
            select(delivery_report.c.message_id).order_by(delivery_report.c.id)
        ).all()
    assert kept == [one, other, None]


def test_a_word_that_nobody_knows_settles_no_ambiguous_send(
    database: Database, clock: FixedClock
) -> None:
    one = ambiguous(database, clock)
    report(database, clock, DeliveryReport("late", AMINATA, "Teleported", None))
    settle_to_the_end(database, clock)
    assert state(database, one) == "unknown"


@pytest.mark.parametrize("final", ["cancelled", "expired", "delivered"])
def test_a_final_state_never_changes(database: Database, clock: FixedClock, final: str) -> None:
    one = sent(database, clock)
    with database.begin() as connection:
        connection.execute(update(message).values(state=final))
    report(database, clock, FAILED, SUCCESS)
    settle(database, clock)
    assert state(database, one) == final


def test_a_report_of_a_refusing_phone_is_an_opt_out(database: Database, clock: FixedClock) -> None:
    sent(database, clock)
    waiting = put(database, clock)
    refused = DeliveryReport("loop-1", AMINATA, "Rejected", State.FAILED, Reason.OPTED_OUT)
    report(database, clock, refused)
    settle(database, clock)
    with database.read() as connection:
        known = profile(connection, AMINATA)
    assert known and known.opted_out
    assert state(database, waiting) == "cancelled"


def test_hundreds_of_reports_are_settled_in_one_transaction(
    database: Database, clock: FixedClock
) -> None:
    for n in range(300):
        put(database, clock, to=msisdn(n))
    gateway = Loopback()
    sender(database, clock, gateway).drain()
    with database.begin() as connection:
        delivered = [
            DeliveryReport(f"loop-{n}", None, "Success", State.DELIVERED) for n in range(1, 301)
        ]
        keep(connection, delivered, {}, clock)
    assert settle_parked(database, clock.now()) == 300
    with database.read() as connection:
        assert set(connection.scalars(select(message.c.state))) == {"delivered"}


def naming(one: int, msisdn: str | None = AMINATA) -> DeliveryReport:
    """A receipt that gives back our own id of the message, and no id of the gateway's."""
    return DeliveryReport(None, msisdn, "1", State.DELIVERED, reference=one)


@pytest.mark.parametrize("number", [AMINATA, None], ids=["with the number", "without"])
def test_a_receipt_that_names_our_id_settles_a_send_whose_answer_was_lost_at_once(
    database: Database, clock: FixedClock, number: str | None
) -> None:
    other, one = ambiguous(database, clock), ambiguous(database, clock)
    report(database, clock, naming(one, number))
    settle(database, clock)
    assert [state(database, each) for each in (other, one)] == ["unknown", "delivered"]


def test_a_receipt_that_names_our_id_waits_for_our_own_commit(
    database: Database, clock: FixedClock
) -> None:
    one = put(database, clock)
    with database.begin() as connection:
        connection.execute(update(message).values(state="submitting"))
    report(database, clock, naming(one))
    settle(database, clock)
    assert unsettled(database) == 1
    with database.begin() as connection:
        connection.execute(update(message).values(state="sent", accepted_at=clock.now()))
    settle_to_the_end(database, clock)
    assert state(database, one) == "delivered"


@pytest.mark.parametrize(
    "wrong",
    [{"to": "+22370000002"}, {"channel": "other"}],
    ids=["another number", "another channel"],
)
def test_a_receipt_that_names_our_id_and_somebody_else_settles_nothing(
    database: Database, clock: FixedClock, wrong: dict[str, str]
) -> None:
    one = ambiguous(database, clock)
    with database.begin() as connection:
        connection.execute(
            update(message).values(
                msisdn=wrong.get("to", AMINATA), channel=wrong.get("channel", "main")
            )
        )
    report(database, clock, naming(one))
    settle_to_the_end(database, clock)
    assert state(database, one) == "unknown"
