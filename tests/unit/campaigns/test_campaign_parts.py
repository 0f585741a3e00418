"""Weeks, references and the names of audiences and notices."""

from __future__ import annotations

from datetime import date

from smsgateway.campaigns.audiences import week_ahead
from smsgateway.campaigns.references import LENGTH, LETTERS, new_reference


def test_the_week_ahead_has_seven_days_whatever_the_day() -> None:
    assert week_ahead(date(2026, 11, 22)) == date(2026, 11, 28)
    assert week_ahead(date(2026, 12, 31)) == date(2027, 1, 6)


def test_a_reference_can_be_read_out() -> None:
    references = {new_reference() for _ in range(200)}
    assert len(references) > 190
    assert all(len(one) == LENGTH and set(one) <= set(LETTERS) for one in references)
    assert not set(LETTERS) & set("01ILOQUV")
