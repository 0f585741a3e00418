"""Sending hours: computed once, in local time, also when the clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsgateway.calendars.hours import Hours, closes_on, is_open, next_open, opens_on

OFFICE = Hours(time(8), time(18))
BAMAKO = ZoneInfo("Africa/Bamako")
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
CASABLANCA = ZoneInfo("Africa/Casablanca")


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        pytest.param("2026-11-23 03:00", "2026-11-23 08:00", id="at night"),
        pytest.param("2026-11-23 08:00", "2026-11-23 08:00", id="as it opens"),
        pytest.param("2026-11-23 17:59", "2026-11-23 17:59", id="while it is open"),
        pytest.param("2026-11-23 18:00", "2026-11-24 08:00", id="as it closes"),
        pytest.param("2026-12-31 23:30", "2027-01-01 08:00", id="over the new year"),
    ],
)
def test_the_next_open_moment(moment, opening):
    assert next_open(utc(moment), OFFICE, BAMAKO) == utc(opening)


def test_closed_days_are_passed_over():
    closed = {date(2026, 11, 23), date(2026, 11, 24)}

    assert next_open(utc("2026-11-23 09:00"), OFFICE, BAMAKO, closed) == utc("2026-11-25 08:00")
    assert not is_open(utc("2026-11-23 09:00"), OFFICE, BAMAKO, closed)


def test_the_local_day_counts_and_not_that_of_utc():
    """21:00 in Sao Paulo is already tomorrow in UTC; the day that is closed is the local one."""
    moment = utc("2026-11-24 00:00")

    assert next_open(moment, OFFICE, SAO_PAULO) == utc("2026-11-24 11:00")
    late = Hours(time(8), time(22))
    assert next_open(moment, late, SAO_PAULO, {date(2026, 11, 24)}) == moment


@pytest.mark.parametrize(
    ("day", "zone", "opening", "closing"),
    [
        pytest.param(
            date(2018, 11, 4), SAO_PAULO, "2018-11-04 03:00", "2018-11-05 02:00",
            id="midnight does not exist",
        ),
        pytest.param(
            date(2018, 2, 17), SAO_PAULO, "2018-02-17 02:00", "2018-02-18 03:00",
            id="an hour twice before midnight",
        ),
        pytest.param(
            date(2024, 3, 10), CASABLANCA, "2024-03-09 23:00", "2024-03-11 00:00",
            id="summer time ends for Ramadan",
        ),
    ],
)  # fmt: skip
def test_a_whole_day_is_as_long_as_the_zone_makes_it(day, zone, opening, closing):
    whole = Hours.parse("00:00-24:00")

    assert opens_on(day, whole, zone) == utc(opening)
    assert closes_on(day, whole, zone) == utc(closing)


@pytest.mark.parametrize("text", ["8-18", "08:00", "18:00-08:00", "08:00-08:00", "25:00-26:00"])
def test_hours_that_cannot_be_read_are_refused(text):
    with pytest.raises(ValueError):
        Hours.parse(text)


def test_a_place_that_never_opens_is_a_mistake():
    start = date(2026, 11, 23)
    always = {start + timedelta(days=offset) for offset in range(500)}

    with pytest.raises(ValueError, match="no day is open"):
        next_open(utc("2026-11-23 09:00"), OFFICE, BAMAKO, always)


moments = st.integers(min_value=0, max_value=20 * 366 * 24 * 60).map(
    lambda minutes: utc("2015-01-01 00:00") + timedelta(minutes=minutes)
)
zones = st.sampled_from([BAMAKO, SAO_PAULO, CASABLANCA, ZoneInfo("Asia/Kathmandu")])


@settings(deadline=None)
@given(moment=moments, zone=zones)
def test_the_opening_is_never_before_the_moment_and_is_open(moment, zone):
    opening = next_open(moment, OFFICE, zone)

    assert moment <= opening
    assert opening - moment < timedelta(days=1)
    assert is_open(opening, OFFICE, zone)
    local = opening.astimezone(zone)
    assert OFFICE.opens <= local.time() < OFFICE.closes
