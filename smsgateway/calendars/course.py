"""A child's doses of one series in the order of their dates, and whether each of them counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from smsgateway.calendars.dates import Interval, add
from smsgateway.calendars.model import Condition, Dose, Observation, Schedule, Series


class UnknownVaccine(ValueError):
    """A record names a vaccine that the schedule's file does not know."""


class Reason(StrEnum):
    """Why a dose given does not count."""

    TOO_YOUNG = "too_young"
    TOO_SOON = "too_soon"
    LIVE_CONFLICT = "live_conflict"
    TOO_OLD = "too_old"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True)
class GivenDose:
    """A dose in a child's record: a series (`PENTA`) or a dose code (`PENTA2`), and its date."""

    vaccine: str
    date: date


class JudgedDose(NamedTuple):
    """A dose given and whether it counts; `dose` is the code it counts as, `remark` tells when the
    record claims another number than the order of dates gives."""

    vaccine: str
    date: date
    valid: bool
    reason: Reason | None = None
    dose: str | None = None
    remark: str | None = None


@dataclass
class Course:
    """Where a child stands in a series.

    `counted` maps dose numbers to dates; `last` is the latest of them. `refused` is the date of a
    later dose that did not count: the next one keeps its interval from it. `start` is the date of
    the first dose that counts and is no birth dose.
    """

    rows: tuple[Dose, ...] = ()
    position: int = 0
    birth_date: date = date.min
    counted: dict[int, date] = field(default_factory=dict)
    last: date | None = None
    refused: date | None = None
    start: date | None = None

    def next_dose(self, day: date) -> Dose | None:
        """The row that is open on `day`, passing over optional rows that are too late."""
        while self.position < len(self.rows):
            dose = self.rows[self.position]
            if not (dose.optional and _too_old(dose, self.birth_date, day)):
                return dose
            self.position += 1
        return None

    @property
    def completed_on(self) -> date | None:
        """The date of the last dose, once no row is open."""
        return self.last if self.position >= len(self.rows) else None


class Child:
    """A child as a forecast sees it: age, records sorted by series, and today."""

    def __init__(
        self,
        birth_date: date,
        today: date,
        observations: Mapping[str, Observation],
        schedule: Schedule,
        doses: Sequence[GivenDose],
    ) -> None:
        self.birth_date = birth_date
        self.today = today
        self.observations = observations
        self.schedule = schedule
        self._doses = doses
        self._judged: dict[int, JudgedDose] = {}
        self._live: dict[str, list[date]] = defaultdict(list)
        self._by_series: dict[str, list[tuple[date, int, int | None]]] = defaultdict(list)
        for index, given in enumerate(doses):
            self._enter(index, given)
        for records in self._by_series.values():
            records.sort(key=lambda record: (record[0], record[2] or 0, record[1]))

    def _enter(self, index: int, given: GivenDose) -> None:
        vaccine = self.schedule.vaccines.get(given.vaccine.upper())
        if vaccine is None:
            raise UnknownVaccine(f"vaccine {given.vaccine} is not in the schedule")
        if given.date > self.today:
            return
        if vaccine.series is not None:
            self._by_series[vaccine.series].append((given.date, index, vaccine.number))
        if vaccine.live_as in self.schedule.live_pairs and given.date >= self.birth_date:
            self._live[vaccine.live_as].append(given.date)

    def records(self, series: str) -> Sequence[tuple[date, int, int | None]]:
        """Date, place in the record and claimed number of each dose of a series, by date."""
        return self._by_series.get(series, ())

    def settle(self, index: int, judged: JudgedDose) -> None:
        self._judged[index] = judged

    def judged(self) -> Sequence[JudgedDose]:
        """Every dose in the order of the record; what belongs to no active series is extra."""
        return [
            self._judged.get(index) or JudgedDose(dose.vaccine, dose.date, False, Reason.EXTRA)
            for index, dose in enumerate(self._doses)
        ]

    def given(self, index: int) -> GivenDose:
        return self._doses[index]

    def live_conflict_end(self, series: str, before: date | None = None) -> date | None:
        """The end of the gap that live vaccines given (before a day) impose on `series`."""
        others = self.schedule.live_pairs.get(series)
        if not others or not self._live:
            return None
        dates = [
            given
            for other in others
            for given in self._live.get(other, ())
            if before is None or given < before
        ]
        return add(max(dates), self.schedule.live_gap) if dates else None


def rows_for(
    series: Series, start: date, child: Child, courses: Mapping[str, Course]
) -> tuple[Dose, ...]:
    """The series' rows for a child whose first dose is given on `start`: those of the first
    variant that applies, else the usual ones."""
    for variant in series.variants:
        if _applies(variant.when, series, start, child, courses):
            return variant.doses
    return series.doses


def _applies(
    when: Condition, series: Series, start: date, child: Child, courses: Mapping[str, Course]
) -> bool:
    if when.start_of not in {None, series.code}:
        start = courses[when.start_of or ""].start or child.today
    if when.start_age is not None and not when.start_age.contains(child.birth_date, start):
        return False
    if when.age is not None and not when.age.contains(child.birth_date, child.today):
        return False
    return when.observed(child.observations)


def judge(series: Series, child: Child, courses: Mapping[str, Course]) -> Course:
    """Go through the doses given of a series; each one counts for the row that is open, or is
    refused with a reason. The first one that counts settles which rows the child follows."""
    course = Course(birth_date=child.birth_date)
    for given_on, index, claimed in child.records(series.code):
        if course.start is None:
            course.rows = rows_for(series, given_on, child, courses)
        child.settle(index, _judged(course, series, child, index, claimed))
    if course.start is None:
        course.rows = rows_for(series, child.today, child, courses)
    return course


def _judged(
    course: Course, series: Series, child: Child, index: int, claimed: int | None
) -> JudgedDose:
    """The judgement of a dose, entered into the course."""
    given = child.given(index)
    dose, reason = _judge_one(course, series, given.date, claimed, child)
    if reason is None and dose is not None:
        _count(course, dose, given.date)
        remark = _remark(given.vaccine, claimed, dose)
        return JudgedDose(given.vaccine, given.date, True, None, dose.code, remark)
    if reason not in _NO_REPEAT and given.date >= child.birth_date:
        course.refused = given.date
    return JudgedDose(given.vaccine, given.date, False, reason)


_NO_REPEAT = frozenset({Reason.EXTRA, Reason.TOO_OLD})
"""A dose refused for these is not followed by another one, which would have to keep away."""


def _judge_one(
    course: Course, series: Series, given_on: date, claimed: int | None, child: Child
) -> tuple[Dose | None, Reason | None]:
    before = course.position
    dose = course.next_dose(given_on)
    if course.position > before:
        passed_over = course.rows[before : course.position]
        if any(claimed == row.number for row in passed_over):
            return None, Reason.TOO_OLD
    if dose is None:
        return None, Reason.EXTRA
    if child.schedule.judges:
        return dose, _refusal(dose.in_force(given_on), course, series.code, given_on, child)
    if given_on < child.birth_date:
        return dose, Reason.TOO_YOUNG
    return dose, Reason.TOO_SOON if given_on == course.last else None


def _refusal(
    dose: Dose, course: Course, series: str, given_on: date, child: Child
) -> Reason | None:
    schedule = child.schedule
    if given_on < child.birth_date:
        return Reason.TOO_YOUNG
    if _too_old(dose, child.birth_date, given_on):
        return Reason.TOO_OLD
    minimum = dose.min_age
    if minimum is not None and given_on < add(child.birth_date, minimum) - schedule.grace:
        return Reason.TOO_YOUNG
    repeat = dose.min_interval or schedule.repeat_after
    for since, interval in ((course.last, dose.min_interval), (course.refused, repeat)):
        if _too_soon(since, interval, given_on, child):
            return Reason.TOO_SOON
    conflict = child.live_conflict_end(series, before=given_on)
    if conflict is not None and given_on < conflict:
        return Reason.LIVE_CONFLICT
    return None


def _too_soon(since: date | None, interval: Interval | None, given_on: date, child: Child) -> bool:
    if since is None or interval is None:
        return False
    return given_on < add(since, interval) - child.schedule.grace


def _too_old(dose: Dose, birth_date: date, day: date) -> bool:
    return dose.latest is not None and day > dose.latest.last_day(birth_date)


def _count(course: Course, dose: Dose, given_on: date) -> None:
    course.counted[dose.number] = given_on
    course.last, course.refused = given_on, None
    if course.start is None and not dose.optional:
        course.start = given_on
    course.position += 1


def _remark(vaccine: str, claimed: int | None, dose: Dose) -> str | None:
    if claimed is None or claimed == dose.number:
        return None
    return f"recorded as {vaccine}, counts as {dose.code}"
