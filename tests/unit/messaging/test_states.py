"""What may follow what: every pair of states, for every cause."""

from __future__ import annotations

from itertools import product

import pytest

from smsgateway.messaging.states import State, may_follow, receipt_may_set

ALLOWED = {
    ("planned", "queued"),
    ("planned", "cancelled"),
    ("planned", "expired"),
    ("queued", "submitting"),
    ("queued", "cancelled"),
    ("queued", "expired"),
    ("submitting", "sent"),
    ("submitting", "queued"),
    ("submitting", "failed"),
    ("submitting", "unknown"),
    ("unknown", "sent"),
    ("unknown", "delivered"),
    ("unknown", "failed"),
    ("unknown", "expired"),
    ("sent", "delivered"),
    ("sent", "failed"),
    ("failed", "delivered"),
}

RAISED_BY_RECEIPT = {
    ("unknown", "sent"),
    ("unknown", "delivered"),
    ("unknown", "failed"),
    ("sent", "delivered"),
    ("sent", "failed"),
    ("failed", "delivered"),
}

PAIRS = [pytest.param(*pair, id="-".join(pair)) for pair in product(State, repeat=2)]


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_a_message_follows_the_table_of_states(before: State, after: State) -> None:
    assert may_follow(before, after) is ((before, after) in ALLOWED)


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_a_receipt_only_raises(before: State, after: State) -> None:
    assert receipt_may_set(before, after) is ((before, after) in RAISED_BY_RECEIPT)


def test_nothing_leads_from_an_ambiguous_send_back_to_a_second_one() -> None:
    reachable = {State.UNKNOWN}
    while True:
        further = {new for old in reachable for new in State if may_follow(old, new)}
        if further <= reachable:
            break
        reachable |= further
    assert reachable.isdisjoint({State.PLANNED, State.QUEUED, State.SUBMITTING})
