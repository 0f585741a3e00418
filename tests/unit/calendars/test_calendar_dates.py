"""Calendar arithmetic the way CDSi does it."""

import json
from datetime import date
from pathlib import Path

import pytest

from smsgateway.calendars.dates import Interval, add

RULES = json.loads((Path(__file__).parent / "calendar_rules.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule['from']} + {rule['offset']}")
def test_the_rules_of_the_cdsi_specification_hold(rule):
    start = date.fromisoformat(rule["from"])

    assert add(start, Interval.parse(rule["offset"])) == date.fromisoformat(rule["expected"])


@pytest.mark.parametrize(
    ("start", "interval", "expected"),
    [
        pytest.param("2024-02-29", "1 year", "2025-03-01", id="leap day in a common year"),
        pytest.param("2024-02-29", "4 years", "2028-02-29", id="leap day to leap day"),
        pytest.param("2025-10-31", "4 months", "2026-03-01", id="end of October over the new year"),
        pytest.param("2025-12-31", "2 months", "2026-03-01", id="end of December"),
        pytest.param("2025-03-31", "-1 month", "2025-03-01", id="back to a day that is not there"),
        pytest.param("2025-01-15", "-1 month", "2024-12-15", id="back over the new year"),
    ],
)
def test_a_day_that_does_not_exist_becomes_the_first_of_the_next_month(start, interval, expected):
    day = add(date.fromisoformat(start), Interval.parse(interval))

    assert day == date.fromisoformat(expected)


@pytest.mark.parametrize("text", ["", "6", "weeks", "six weeks", "6 fortnights", "1.5 months"])
def test_an_interval_that_is_not_a_number_and_a_unit_is_refused(text):
    with pytest.raises(ValueError, match="a number and a unit"):
        Interval.parse(text)


def test_an_interval_is_written_as_it_is_read():
    assert [str(Interval.parse(text)) for text in ("1 month", "6 weeks", "-4 days")] == [
        "1 month",
        "6 weeks",
        "-4 days",
    ]
