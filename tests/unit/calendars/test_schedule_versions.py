"""A schedule changes on a day: a dose is judged by the row that was in force when it was given."""

from __future__ import annotations

import copy
from datetime import date, timedelta

import pytest

from smsgateway.calendars.course import Reason
from smsgateway.calendars.forecast import GivenDose, Status, forecast
from smsgateway.calendars.schedule import ScheduleError, load, shipped

SWITCH = date(2024, 7, 26)
"""Measles-rubella took the place of the measles vaccine."""

MEASLES = {
    "format": "smsgateway-schedules-1",
    "default": "mr",
    "schedules": [
        {
            "id": "mr",
            "title": "Measles-rubella",
            "version": "2",
            "series": [
                {
                    "code": "RR",
                    "name": "Measles-rubella",
                    "also_named": ["VAR"],
                    "doses": [
                        {
                            "code": "RR1",
                            "number": 1,
                            "min_age": "9 months",
                            "earlier": [
                                {"before": "2010-01-01", "min_age": "6 months"},
                                {"before": "2024-07-26", "min_age": "8 months"},
                            ],
                        },
                        {
                            "code": "RR2",
                            "number": 2,
                            "min_age": "15 months",
                            "min_interval": "4 weeks",
                            "earlier": [
                                {
                                    "before": "2024-07-26",
                                    "min_age": "12 months",
                                    "min_interval": "6 months",
                                }
                            ],
                        },
                    ],
                }
            ],
        }
    ],
}


def judged(born: date, *days: date, today: date = date(2026, 1, 1)):
    given = [GivenDose("VAR", day) for day in days]
    return forecast(born, given, load(MEASLES).pick(), today)


def test_a_dose_given_before_a_switch_counts_by_the_row_of_then():
    """Eight months old on the last day of the old row."""
    born = date(2023, 11, 25)
    seen = judged(born, SWITCH - timedelta(days=1))

    assert seen.doses[0].valid
    assert seen.series["RR"].next_dose == 2


def test_the_same_age_on_the_day_of_the_switch_is_too_young():
    seen = judged(date(2023, 11, 26), SWITCH)

    assert seen.doses[0].reason is Reason.TOO_YOUNG
    assert seen.series["RR"].due == date(2024, 8, 26)


def test_of_several_changes_the_one_of_its_time_holds():
    born = date(2009, 5, 1)
    assert judged(born, date(2009, 11, 2)).doses[0].valid
    assert judged(born.replace(year=2019), date(2019, 11, 2)).doses[0].reason is Reason.TOO_YOUNG


def test_an_interval_is_that_of_the_dose_it_leads_to():
    """Two doses from before the switch, three months apart, of which the old row asked six; given
    after the switch four weeks are enough."""
    first = date(2024, 2, 1)
    too_soon = judged(date(2023, 5, 1), first, date(2024, 5, 10))
    after = judged(date(2023, 4, 1), date(2024, 6, 20), SWITCH)

    assert too_soon.doses[1].reason is Reason.TOO_SOON
    assert after.series["RR"].status is Status.COMPLETE


def test_what_is_still_to_give_follows_the_row_in_force():
    seen = judged(date(2023, 5, 1), date(2024, 2, 1), today=date(2024, 8, 1))
    assert seen.series["RR"].earliest == date(2024, 8, 1)


@pytest.mark.parametrize("year", [2023, 2024, 2025])
def test_in_mali_a_dose_of_the_old_vaccine_counts_as_measles_rubella(year):
    born = date(year, 1, 10)
    given = [GivenDose("VAR1", born.replace(month=10)), GivenDose("VAR2", date(year + 1, 4, 10))]
    seen = forecast(born, given, shipped("mali"), date(2026, 11, 1))

    assert [one.dose for one in seen.doses] == ["RR1", "RR2"]
    assert seen.series["RR"].status is Status.COMPLETE


def test_a_series_is_absent_in_the_days_before_it_was_introduced():
    born = date(2023, 8, 1)
    assert "RR" not in forecast(born, [], shipped("mali"), SWITCH - timedelta(days=1)).series
    assert "RR" in forecast(born, [], shipped("mali"), SWITCH).series


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([{"min_age": "8 months"}], "doses RR1, earlier 1: before is missing"),
        ([{"before": "then"}], "earlier 1: before is 'then'"),
        ([{"before": "2020-01-01"}, {"before": "2020-01-01"}], "before must rise from row to row"),
        ([{"before": "2020-01-01", "minage": "1 day"}], "minage is not a key of this row"),
        ([{"before": "2020-01-01", "min_age": "8"}], "earlier 1: min_age is '8'"),
        ([{"before": "2020-01-01", "age": "1 month"}], "age must not be before min_age"),
        ([{"before": "2020-01-01", "max_age": "9 months"}], "max_age must be after age"),
        ([{"before": "2020-01-01", "earlier": []}], "earlier is not a key of this row"),
        (["2020-01-01"], "earlier 1 must be an object"),
    ],
)
def test_a_wrong_change_is_refused_with_the_row_and_the_rule(rows, complaint):
    data = copy.deepcopy(MEASLES)
    data["schedules"][0]["series"][0]["doses"][0]["earlier"] = rows

    with pytest.raises(ScheduleError, match=complaint):
        load(data)
