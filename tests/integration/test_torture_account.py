"""The accounts of the fault campaign find what must not be; here it is made to be."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import insert, update
from torture import outgoing
from torture.account import Accepted, account
from torture.journal import Call, Journal, Sms, Stop
from torture.people import hold_against

from smsgateway.messaging.classes import MessageClass
from smsgateway.messaging.states import State
from smsgateway.messaging.tables import inbound_message, message
from smsgateway.messaging.transitions import Change, record
from smsgateway.sessions.tables import dialogue_step
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database

AWA = "+22370000001"

STOPPED_AT = 1_000.0


@pytest.fixture
def written(sqlite_database: Database, clock: FixedClock) -> int:
    """A message that was sent; its id."""
    (number,) = outgoing.write(
        sqlite_database, {AWA: "text"}, clock.now(), random.Random(1), (MessageClass.REMINDER,)
    )
    put_into(sqlite_database, State.SENT)
    return number


def put_into(database: Database, state: State) -> None:
    with database.begin() as connection:
        connection.execute(update(message).values(state=state))


def taken(times: int, at: float = 0.0) -> list[Accepted]:
    return [Accepted(AWA, "text", at)] * times


@pytest.mark.parametrize(
    ("state", "times", "faults"),
    [
        (State.SENT, 1, []),
        (State.SENT, 2, ["repeated"]),
        (State.DELIVERED, 0, ["delivered, and never accepted"]),
        (State.QUEUED, 0, ["left in queued"]),
        (State.CANCELLED, 0, []),
        (State.CANCELLED, 1, ["cancelled, and accepted"]),
        (State.EXPIRED, 0, ["expired without a doubt"]),
    ],
)
def test_a_message_is_held_against_the_ledger(
    sqlite_database: Database, written: int, state: State, times: int, faults: list[str]
) -> None:
    put_into(sqlite_database, state)
    found = account(sqlite_database, taken(times))
    assert found.faults == {what: [written] for what in faults}


def test_of_two_alike_the_one_whose_answer_was_lost_is_the_one_taken_for_accepted(
    sqlite_database: Database, clock: FixedClock, written: int
) -> None:
    other, classes = {AWA: "other"}, (MessageClass.REMINDER,)
    outgoing.write(sqlite_database, other, clock.now(), random.Random(2), classes)
    lost = Change(written, State.SUBMITTING, State.UNKNOWN)
    with sqlite_database.begin() as connection:
        connection.execute(update(message).values(body="text", state=State.SENT))
        record(connection, [lost], clock.now())
    found = account(sqlite_database, taken(1))
    assert (found.faults, found.mistaken) == ({}, 1)


def test_what_nobody_wrote_is_found(sqlite_database: Database) -> None:
    assert list(account(sqlite_database, taken(1)).faults) == ["accepted, and not in SQL"]


@pytest.mark.parametrize(
    ("stop", "faults", "late"),
    [
        (Stop(AWA, STOPPED_AT), ["accepted after a STOP"], 0),
        (Stop(AWA, STOPPED_AT, until=STOPPED_AT + 2), [], 0),
        (Stop(AWA, STOPPED_AT + 5), [], 0),
    ],
    ids=["nothing more", "until OUI", "before"],
)
def test_a_stop_is_held_against_the_ledger(
    sqlite_database: Database,
    clock: FixedClock,
    written: int,
    stop: Stop,
    faults: list[str],
    late: int,
) -> None:
    ledger = taken(1, STOPPED_AT + 3)
    with sqlite_database.read() as connection:
        found = hold_against(Journal(stops=[stop]), connection, ledger, clock.now())
    assert (list(found.faults), len(found.late)) == (faults, late)


def test_a_call_that_was_under_way_at_a_stop_is_no_fault_but_is_told(
    sqlite_database: Database, clock: FixedClock, written: int
) -> None:
    stop = Stop(AWA, STOPPED_AT, begun=frozenset([written]))
    with sqlite_database.read() as connection:
        ledger = taken(1, STOPPED_AT + 3)
        found = hold_against(Journal(stops=[stop]), connection, ledger, clock.now())
    assert (dict(found.faults), found.late) == ({}, [AWA])


@pytest.mark.parametrize(
    ("steps", "promised", "faults"),
    [
        (1, "C'est noté.", []),
        (0, None, []),
        (0, "C'est noté.", ["be called: promised and not done", "be called: 0 of them on a line"]),
        (2, None, ["be called: done 2 times in one call"]),
    ],
)
def test_a_call_is_held_against_its_effects(
    sqlite_database: Database,
    clock: FixedClock,
    steps: int,
    promised: str | None,
    faults: list[str],
) -> None:
    with sqlite_database.begin() as connection:
        for number in range(steps):
            row = {
                "session_key": "ussd:africastalking:one",
                "transcript": str(number),
                "reply": "",
                "final": 1,
                "effects": ["callback"],
                "created_at": clock.now(),
            }
            connection.execute(insert(dialogue_step).values(row))
    journal = Journal(calls=[Call("one", AWA, "be called", promised)])
    with sqlite_database.read() as connection:
        found = hold_against(journal, connection, [], clock.now())
    expected = faults or (["be called: 0 of them on a line"] if promised else [])
    assert list(found.faults) == expected


@pytest.mark.parametrize(
    ("outcome", "fault"),
    [("unknown", "an SMS has 0 replies"), ("fault", "an SMS could not be handled")],
)
def test_an_sms_is_held_against_its_replies(
    sqlite_database: Database, clock: FixedClock, outcome: str, fault: str
) -> None:
    row = {
        "aggregator": "africastalking",
        "channel": "main",
        "aggregator_message_id": "1",
        "msisdn": AWA,
        "body": "bonjour",
        "raw": {},
        "received_at": clock.now(),
        "handled_at": clock.now(),
        "outcome": outcome,
    }
    with sqlite_database.begin() as connection:
        connection.execute(insert(inbound_message).values(row))
        found = hold_against(Journal(sms=[Sms("1"), Sms("2")]), connection, [], clock.now())
    assert dict(found.faults) == {fault: ["1"], "an SMS is in SQL 0 times": ["2"]}
