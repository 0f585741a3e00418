"""How messages become calls, and how long is waited between two tries."""

from __future__ import annotations

from datetime import timedelta

import pytest

from smsgateway.messaging.calls import grouped
from smsgateway.messaging.claim import Held
from smsgateway.messaging.classes import MessageClass
from smsgateway.messaging.settle import retry_delay


def held(number: int, body: str, msisdn: str | None = None) -> Held:
    return Held(number, MessageClass.NOTICE, msisdn or f"+2237000{number:04}", body, 1)


def ids(messages: list[Held], most: int) -> list[list[int]]:
    return [[one.id for one in call] for call in grouped(messages, most)]


def test_equal_texts_share_a_call_up_to_the_limit() -> None:
    assert ids([held(n, "a") for n in range(5)], 2) == [[0, 1], [2, 3], [4]]


def test_different_texts_keep_their_order() -> None:
    messages = [held(1, "a"), held(2, "b"), held(3, "a"), held(4, "c")]
    assert ids(messages, 100) == [[1, 3], [2], [4]]


def test_a_number_is_never_twice_in_one_call() -> None:
    same = "+22370000001"
    messages = [held(1, "a", same), held(2, "a", same), held(3, "a"), held(4, "a", same)]
    assert ids(messages, 100) == [[1, 3], [2], [4]]


def test_nothing_makes_no_call() -> None:
    assert ids([], 100) == []


@pytest.mark.parametrize(
    ("attempts", "minutes"),
    [(0, 1), (1, 1), (2, 4), (3, 16), (4, 64), (5, 120), (6, 120), (10_000, 120)],
)
def test_tries_go_on_for_hours_with_growing_pauses(attempts: int, minutes: int) -> None:
    assert retry_delay(attempts) == timedelta(minutes=minutes)
