"""Weeks, references and the names of audiences and notices."""

from __future__ import annotations

from datetime import date

import pytest

from smsgateway.campaigns.audiences import end_of_week
from smsgateway.campaigns.references import LENGTH, LETTERS, new_reference


@pytest.mark.parametrize(
    ("day", "sunday"),
    [
        pytest.param(date(2026, 11, 23), date(2026, 11, 29), id="on Monday"),
        pytest.param(date(2026, 11, 29), date(2026, 11, 29), id="on Sunday"),
        pytest.param(date(2026, 12, 31), date(2027, 1, 3), id="over New Year"),
    ],
)
def test_a_week_ends_on_sunday(day: date, sunday: date) -> None:
    assert end_of_week(day) == sunday


def test_a_reference_can_be_read_out() -> None:
    references = {new_reference() for _ in range(200)}
    assert len(references) > 190
    assert all(len(one) == LENGTH and set(one) <= set(LETTERS) for one in references)
    assert not set(LETTERS) & set("01ILOQUV")
