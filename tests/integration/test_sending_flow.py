"""How messages flow through a sender: fair, in order, many at a time, and with few statements."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from messaging_world import ALL_DAY, msisdn, put, sender, sent_texts, state, states
from sqlalchemy import event, insert

from smsgateway.aggregators.loopback import Loopback
from smsgateway.campaigns.tables import campaign
from smsgateway.messaging import optouts
from smsgateway.messaging.claim import CLAIM_LIMIT, claim
from smsgateway.messaging.classes import MessageClass
from smsgateway.messaging.due import channels_with_work, lanes
from smsgateway.messaging.port import Capabilities, OutboundSms, SendResult
from smsgateway.register.tables import facility, phone
from smsgateway.staff.tables import staff
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database


def campaigns(database: Database, clock: FixedClock, count: int) -> list[int]:
    """Campaigns to which messages can belong; their ids."""
    now = clock.now()
    with database.begin() as connection:
        facility_id = connection.execute(
            insert(facility).returning(facility.c.id),
            {"code": "F", "name": "F", "kind": "cscom", "region": "Bamako"},
        ).scalar_one()
        phone_id = connection.execute(
            insert(phone).returning(phone.c.id), {"msisdn": "+22379999999", "created_at": now}
        ).scalar_one()
        staff_id = connection.execute(
            insert(staff).returning(staff.c.id),
            {
                "name": "S",
                "phone_id": phone_id,
                "facility_id": facility_id,
                "role": "nurse",
                "created_at": now,
            },
        ).scalar_one()
        return [
            connection.execute(
                insert(campaign).returning(campaign.c.id),
                {
                    "reference": f"R{n}",
                    "idempotency_key": f"K{n}",
                    "facility_id": facility_id,
                    "staff_id": staff_id,
                    "audience": "all",
                    "template": "test",
                    "on_date": now.date(),
                    "recipients": 0,
                    "segments": 0,
                    "created_at": now,
                },
            ).scalar_one()
            for n in range(count)
        ]


def taken(database: Database, clock: FixedClock, limit: int) -> list[str]:
    with database.begin() as connection:
        one = claim(connection, "main", clock.now(), ALL_DAY, limit=limit)
    return [held.body for held in one.messages]


def test_campaigns_take_turns_however_large_and_old_one_is(
    database: Database, clock: FixedClock
) -> None:
    large, small, last = campaigns(database, clock, 3)
    for name, campaign_id, count in (("large", large, 60), ("small", small, 10), ("last", last, 4)):
        for n in range(count):
            put(
                database,
                clock,
                to=msisdn(n),
                body=name,
                message_class=MessageClass.CAMPAIGN,
                campaign_id=campaign_id,
            )
        clock.move(timedelta(minutes=1))
    assert Counter(taken(database, clock, 12)) == {"large": 4, "small": 4, "last": 4}
    assert Counter(taken(database, clock, 12)) == {"large": 6, "small": 6}
    assert Counter(taken(database, clock, 50)) == {"large": 50}


def test_what_is_more_urgent_goes_before_all_turns(database: Database, clock: FixedClock) -> None:
    for campaign_id in campaigns(database, clock, 2):
        for n in range(5):
            put(
                database,
                clock,
                to=msisdn(n),
                body="bulk",
                message_class=MessageClass.CAMPAIGN,
                campaign_id=campaign_id,
            )
    for n in range(3):
        put(database, clock, to=msisdn(n), body="reminder")
    put(database, clock, body="reply", message_class=MessageClass.REPLY)
    assert taken(database, clock, 6) == [
        "reply",
        "reminder",
        "reminder",
        "reminder",
        "bulk",
        "bulk",
    ]


def test_only_channels_with_something_due_have_work(database: Database, clock: FixedClock) -> None:
    put(database, clock, channel="other")
    with database.read() as connection:
        assert channels_with_work(connection, clock.now()) == ["other"]
        assert lanes(connection, "main", clock.now()) == []
        early = clock.now() - timedelta(seconds=1)
        assert channels_with_work(connection, early) == []


class Gated(Loopback):
    """Holds the calls for one text back until it is told to go on; counts the others."""

    def __init__(self, held_back: str, others: int) -> None:
        super().__init__(capabilities=Capabilities(parallel_calls=4))
        self.held_back = held_back
        self.others_done = threading.Event()
        self._left = threading.Semaphore(others)

    def send(self, batch: Sequence[OutboundSms]) -> list[SendResult]:
        if batch[0].body == self.held_back:
            assert self.others_done.wait(30), "the slow call held up the others"
        elif self._left.acquire(blocking=False) and not self._left._value:
            self.others_done.set()
        return super().send(batch)


def test_a_drain_goes_on_past_a_whole_claim_of_which_nothing_may_be_sent(
    database: Database, clock: FixedClock
) -> None:
    for n in range(CLAIM_LIMIT + 1):
        put(database, clock, to=msisdn(n), expires_at=clock.now() + timedelta(seconds=1))
    last = put(database, clock, message_class=MessageClass.CAMPAIGN)
    clock.move(timedelta(seconds=1))
    sender(database, clock).drain()
    assert states(database) == {"expired": CLAIM_LIMIT + 1, "sent": 1}
    assert state(database, last) == "sent"


def test_a_slow_call_holds_up_nobody_but_itself(database: Database, clock: FixedClock) -> None:
    put(database, clock, body="slow")
    for n in range(40):
        put(database, clock, to=msisdn(n), body=f"text {n}")
    gateway = Gated("slow", others=40)
    sender(database, clock, gateway).drain()
    assert states(database) == {"sent": 41}
    assert sent_texts(gateway)[-1] == "slow"


def test_a_message_costs_a_small_part_of_a_statement(database: Database, clock: FixedClock) -> None:
    for n in range(1_500):
        put(database, clock, to=msisdn(n), body=f"text {n}")
    statements: list[str] = []
    for engine in (database.engine, database._reader):
        event.listen(
            engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2])
        )
    gateway = Loopback(capabilities=Capabilities(parallel_calls=128))
    sender(database, clock, gateway).drain()
    assert states(database) == {"sent": 1_500}
    writes = [one for one in statements if not one.startswith("BEGIN")]
    assert len(writes) < 0.2 * 1_500, Counter(one.split()[0] for one in writes)


def test_a_stop_holds_for_everything_but_the_calls_under_way(
    database: Database, clock: FixedClock
) -> None:
    """Twenty messages to one phone, one line: while the first call is made, its user says STOP."""

    class StopDuringTheFirstCall(Loopback):
        def send(self, batch: Sequence[OutboundSms]) -> list[SendResult]:
            with database.begin() as connection:
                optouts.stop(connection, msisdn(1), clock.now())
            return super().send(batch)

    for n in range(20):
        put(database, clock, to=msisdn(1), body=f"text {n}")
    answer = put(database, clock, to=msisdn(1), body="answer", message_class=MessageClass.REPLY)
    gateway = StopDuringTheFirstCall(capabilities=Capabilities(parallel_calls=1))
    sender(database, clock, gateway).drain()
    assert sent_texts(gateway) == ["answer"]
    assert states(database) == {"sent": 1, "cancelled": 20}
    assert answer


def test_a_drain_stops_in_the_middle_when_its_time_is_over(
    database: Database, clock: FixedClock
) -> None:
    class Slow(Loopback):
        def send(self, batch: Sequence[OutboundSms]) -> list[SendResult]:
            clock.move(timedelta(minutes=3))
            return super().send(batch)

    for n in range(20):
        put(database, clock, to=msisdn(n), body=f"text {n}")
    one = sender(database, clock, Slow(capabilities=Capabilities(parallel_calls=1)))
    assert one.drain() is True
    found: dict[str, Any] = dict(states(database))
    assert 0 < found["sent"] < 20 and found["sent"] + found["queued"] == 20
    while one.drain():
        pass
    assert states(database) == {"sent": 20}
