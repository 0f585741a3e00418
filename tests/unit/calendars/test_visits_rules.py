"""Grouping into visits: later only, on session days, taking along what may be given."""

from datetime import date

import pytest

from smsgateway.calendars.forecast import Forecast, SeriesForecast, Status
from smsgateway.calendars.visits import Visit, next_session, visits

MONDAY = date(2026, 11, 23)
TUESDAY, THURSDAY = 1, 3


def seen(**series):
    """A forecast of one dose a series: earliest, due and latest as days of November 2026."""

    def one(code, earliest, due, latest):
        dates = [date(2026, 11, number) if number else None for number in (earliest, due, latest)]
        status = Status.NOT_DUE if dates[1] > MONDAY else Status.DUE
        return SeriesForecast(status, code, 1, dates[0], dates[1], None, dates[2])

    return Forecast({code: one(code, *days) for code, days in series.items()})


def test_a_visit_takes_along_what_may_be_given_by_then():
    planned = visits(seen(A=(20, 25, None), B=(24, 30, None), C=(26, 26, None)), MONDAY)

    assert planned == [
        Visit(date(2026, 11, 25), ("A", "B")),
        Visit(date(2026, 11, 26), ("C",)),
    ]


def test_a_dose_that_was_due_pulls_the_visit_to_the_next_session():
    planned = visits(seen(A=(1, 2, None)), MONDAY, session_days={THURSDAY})

    assert planned == [Visit(date(2026, 11, 26), ("A",))]


def test_a_session_day_of_today_is_today():
    planned = visits(seen(A=(1, 2, None)), MONDAY, session_days={0})

    assert planned == [Visit(MONDAY, ("A",))]


def test_closed_days_are_passed_over():
    assert next_session(MONDAY, {TUESDAY}, {date(2026, 11, 24)}) == date(2026, 12, 1)


def test_an_extra_session_is_held_whatever_the_weekday_and_the_closed_days():
    extra = {date(2026, 11, 25)}

    assert next_session(MONDAY, {TUESDAY}, {date(2026, 11, 24)}, extra) == date(2026, 11, 25)
    assert next_session(MONDAY, {THURSDAY}, extra, extra) == date(2026, 11, 25)
    assert visits(seen(A=(1, 2, None)), MONDAY, session_days={THURSDAY}, extra=extra) == [
        Visit(date(2026, 11, 25), ("A",))
    ]


def test_a_dose_out_of_stock_is_left_out():
    planned = visits(seen(A=(1, 2, None), B=(1, 25, None)), MONDAY, out_of_stock={"A"})

    assert planned == [Visit(date(2026, 11, 25), ("B",))]


def test_a_dose_that_no_session_can_serve_in_time_is_left_out():
    """Due on Wednesday, too late on Thursday, and the sessions are on Thursday."""
    planned = visits(seen(A=(25, 25, 25), B=(1, 27, None)), MONDAY, session_days={THURSDAY})

    assert planned == [Visit(date(2026, 12, 3), ("B",))]


@pytest.mark.parametrize("status", [Status.COMPLETE, Status.AGED_OUT, Status.FURTHER_EVALUATION])
def test_a_series_without_a_dose_to_come_makes_no_visit(status):
    assert visits(Forecast({"A": SeriesForecast(status, "A", 1)}), MONDAY) == []


def test_a_place_that_is_always_closed_is_a_mistake():
    with pytest.raises(ValueError, match="no session day"):
        next_session(MONDAY, {9})
