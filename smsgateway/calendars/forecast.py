"""Which dose of each series comes next, and when: a pure function over a schedule.

The rules are those of the CDSi logic specification and of WHO's summary of interrupted and delayed
immunization (Table 3 of the position papers):

* earliest = the latest of minimum age, minimum interval, end of a live-vaccine conflict and start
  of the season; due = the latest of earliest and what is recommended; latest = the last day of the
  maximum age;
* an interrupted series goes on where it stopped, it never begins again;
* a dose given before its minimum age or interval, less the grace period, does not count and is
  given again after the minimum interval; live vaccines have no grace.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from smsgateway.calendars.course import Child, Course, GivenDose, JudgedDose, judge
from smsgateway.calendars.dates import add
from smsgateway.calendars.model import Anchor, Dose, Observation, Schedule, Season, Series

__all__ = [
    "Forecast",
    "GivenDose",
    "JudgedDose",
    "SeriesForecast",
    "Status",
    "forecast",
]


class Status(StrEnum):
    """Where a series stands today; `due` from its due date on, `overdue` from its overdue date."""

    NOT_DUE = "not_due"
    DUE = "due"
    OVERDUE = "overdue"
    COMPLETE = "complete"
    AGED_OUT = "aged_out"
    FURTHER_EVALUATION = "further_evaluation"

    @property
    def is_open(self) -> bool:
        """Whether a dose is still to be given on some day."""
        return self in {Status.NOT_DUE, Status.DUE, Status.OVERDUE}


class SeriesForecast(NamedTuple):
    """The next dose of a series and its dates; None where the series has no such date.

    `dose` is the code of that dose. `catch_up` tells that the national routine window is over: the
    dose is still due until its maximum age, and lists say so.
    """

    status: Status
    dose: str | None = None
    next_dose: int | None = None
    earliest: date | None = None
    due: date | None = None
    overdue: date | None = None
    latest: date | None = None
    catch_up: bool = False


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is next per series (only series that apply), and a judgement of each dose given, in the
    order in which they were handed in."""

    series: dict[str, SeriesForecast] = field(default_factory=dict)
    doses: list[JudgedDose] = field(default_factory=list)


def forecast(
    birth_date: date,
    doses: Sequence[GivenDose],
    schedule: Schedule,
    today: date,
    *,
    sex: str | None = None,
    district: str | None = None,
    observations: Mapping[str, Observation] | None = None,
) -> Forecast:
    """What a child born on `birth_date` needs next under `schedule`, seen from `today`.

    A series that is introduced only after its dose would be due is absent until it exists. Doses
    dated after `today` are not given yet and are left out of the reckoning. Raises
    UnknownVaccine (a ValueError) when a record names what the schedule's file does not know.
    """
    child = Child(birth_date, today, observations or {}, schedule, doses)
    result = Forecast()
    courses: dict[str, Course] = {}
    for series in schedule.series:
        course = courses[series.code] = judge(series, child, courses)
        if series.is_for(sex, district, child.observations):
            coming = _next(series, course, child, courses)
            if series.exists_on(max(today, coming.due or today)):
                result.series[series.code] = coming
    result.doses.extend(child.judged())
    return result


def _next(
    series: Series, course: Course, child: Child, courses: Mapping[str, Course]
) -> SeriesForecast:
    """The series' forecast from what has been given of it and of the series before it."""
    dose = course.next_dose(child.today)
    if dose is None:
        return SeriesForecast(Status.COMPLETE if series.completes else Status.NOT_DUE)
    latest = dose.latest.last_day(child.birth_date) if dose.latest else None
    if latest is not None and child.today > latest:
        return SeriesForecast(Status.AGED_OUT, latest=latest)
    verdict = _verdict(series, child)
    if verdict != "eligible":
        return SeriesForecast(Status(verdict), dose.code, dose.number)
    earliest = _earliest(series, dose, course, child, courses)
    if earliest is None:
        return SeriesForecast(Status.NOT_DUE, dose.code, dose.number)
    if latest is not None and earliest > latest:
        return SeriesForecast(Status.AGED_OUT, latest=latest)
    return _dated(dose, earliest, latest, course, child)


def _dated(
    dose: Dose, earliest: date, latest: date | None, course: Course, child: Child
) -> SeriesForecast:
    due = earliest
    if dose.age is not None:
        due = max(due, add(child.birth_date, dose.age))
    if dose.interval is not None and course.last is not None:
        due = max(due, add(course.last, dose.interval))
    overdue_after = child.schedule.overdue_after
    overdue = None if overdue_after is None else add(due, overdue_after)
    status = Status.NOT_DUE if child.today < due else Status.DUE
    if overdue is not None and child.today >= overdue:
        status = Status.OVERDUE
    routine = dose.routine_until
    catch_up = routine is not None and child.today >= add(child.birth_date, routine)
    return SeriesForecast(status, dose.code, dose.number, earliest, due, overdue, latest, catch_up)


def _verdict(series: Series, child: Child) -> str:
    """The first eligibility rule that holds decides; without one the child is eligible."""
    for gate in series.eligibility:
        age = gate.when.age
        if age is not None and not age.contains(child.birth_date, child.today):
            continue
        if gate.when.observed(child.observations):
            return gate.verdict
    return "eligible"


def _earliest(
    series: Series, dose: Dose, course: Course, child: Child, courses: Mapping[str, Course]
) -> date | None:
    """The first day on which the dose would count; None while it waits for another series."""
    days = [child.birth_date]
    if dose.min_age is not None:
        days.append(add(child.birth_date, dose.min_age))
    if dose.min_interval is not None and course.last is not None:
        days.append(add(course.last, dose.min_interval))
    if course.refused is not None:
        days.append(add(course.refused, dose.min_interval or child.schedule.repeat_after))
    conflict = child.live_conflict_end(series.code)
    if conflict is not None:
        days.append(conflict)
    if dose.after is not None:
        given = _given(dose.after, courses)
        if given is None and dose.after.required:
            return None
        if given is not None and dose.after.interval is not None:
            days.append(add(given, dose.after.interval))
    earliest = max(days)
    if dose.season is not None:
        earliest = _in_season(dose.season, earliest, course, child)
    return earliest


def _given(anchor: Anchor, courses: Mapping[str, Course]) -> date | None:
    other = courses[anchor.series]
    return other.completed_on if anchor.number is None else other.counted.get(anchor.number)


def _in_season(season: Season, earliest: date, course: Course, child: Child) -> date:
    """The first day at or after `earliest` in a season that is not over yet."""
    year = earliest.year
    if course.last is not None:
        year = max(year, course.last.year + season.years_after)
    while True:
        opens = date(year, season.first_month, 1)
        after = date(year + season.last_month // 12, season.last_month % 12 + 1, 1)
        closes = after - timedelta(days=1)
        if max(earliest, child.today) <= closes:
            return max(earliest, opens)
        year += 1
