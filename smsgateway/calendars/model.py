"""What a vaccination schedule is made of, once its file has been read and checked.

`smsgateway/calendars/schedules/README.md` documents the file; each class here is one of its parts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeAlias

from smsgateway.calendars.dates import Interval, add

Observation: TypeAlias = str | int | bool | None
"""What is known of a child besides age and doses, such as `hiv` = "positive"; None is unknown."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Bound:
    """One end of a range of ages; `inclusive` tells whether the day of that age belongs to it."""

    age: Interval
    inclusive: bool

    def last_day(self, birth_date: date) -> date:
        """The last day inside, when this is an upper end."""
        day = add(birth_date, self.age)
        return day if self.inclusive else day - _DAY

    def first_day(self, birth_date: date) -> date:
        """The first day inside, when this is a lower end."""
        day = add(birth_date, self.age)
        return day if self.inclusive else day + _DAY


@dataclass(frozen=True, slots=True)
class AgeRange:
    """Ages between two ends; None is open."""

    lower: Bound | None
    upper: Bound | None

    def contains(self, birth_date: date, day: date) -> bool:
        if self.lower is not None and day < self.lower.first_day(birth_date):
            return False
        return self.upper is None or day <= self.upper.last_day(birth_date)


@dataclass(frozen=True, slots=True)
class Condition:
    """When a variant or an eligibility rule applies: every part that is given must hold.

    `age` is the age today; `start_age` the age at the first dose of the series `start_of`, given
    or, when none is, still to give (today). An observation holds when its value is in the list.
    """

    age: AgeRange | None = None
    start_age: AgeRange | None = None
    start_of: str | None = None
    observations: Mapping[str, tuple[Observation, ...]] = field(default_factory=dict)

    def observed(self, observations: Mapping[str, Observation]) -> bool:
        return all(
            any(_same(observations.get(name), value) for value in values)
            for name, values in self.observations.items()
        )


def _same(observed: Observation, wanted: Observation) -> bool:
    """Equality in which true is not 1: a flag never answers for a number."""
    return observed == wanted and isinstance(observed, bool) == isinstance(wanted, bool)


@dataclass(frozen=True, slots=True)
class Anchor:
    """Another series that a dose waits for: its dose `number`, or its completion when that is None.

    With an `interval` it also sets a date, counted from that dose. Until the other dose is given,
    a `required` anchor holds the dose back; another one does not count.
    """

    series: str
    number: int | None
    interval: Interval | None
    required: bool


@dataclass(frozen=True, slots=True)
class Season:
    """Whole months of a year in which a dose is given, `years_after` the previous dose's year."""

    first_month: int
    last_month: int
    years_after: int


@dataclass(frozen=True, slots=True)
class Dose:
    """One row of a schedule.

    `age` and `interval` (from the previous dose) recommend; `min_age` and `min_interval` decide
    whether a dose given counts. `latest` is the last age at which it is given. An `optional` dose,
    such as one at birth, is passed over once it is too late. `earlier` are the rows that were in
    force before a day, the oldest first: a dose given then is judged by its own.
    """

    code: str
    number: int
    age: Interval | None = None
    min_age: Interval | None = None
    interval: Interval | None = None
    min_interval: Interval | None = None
    latest: Bound | None = None
    routine_until: Interval | None = None
    after: Anchor | None = None
    season: Season | None = None
    optional: bool = False
    earlier: tuple[tuple[date, Dose], ...] = ()

    def in_force(self, day: date) -> Dose:
        """This row as it was on that day."""
        return next((row for before, row in self.earlier if day < before), self)


@dataclass(frozen=True, slots=True)
class Variant:
    """Other rows for a series under a condition, such as fewer doses after a late start."""

    when: Condition
    doses: tuple[Dose, ...]


@dataclass(frozen=True, slots=True)
class Gate:
    """An eligibility rule: the first one whose condition holds decides.

    `verdict` is `eligible`, `not_due` or `further_evaluation`.
    """

    when: Condition
    verdict: str


@dataclass(frozen=True, slots=True)
class Series:
    """The doses of one vaccine, and the children they are meant for."""

    code: str
    name: str
    doses: tuple[Dose, ...]
    variants: tuple[Variant, ...] = ()
    eligibility: tuple[Gate, ...] = ()
    sex: str | None = None
    districts: frozenset[str] | None = None
    starts_on: date | None = None
    observations: Condition | None = None
    completes: bool = True

    def is_for(
        self, sex: str | None, district: str | None, observations: Mapping[str, Observation]
    ) -> bool:
        """Whether this series is meant for such a child."""
        if self.sex is not None and sex != self.sex:
            return False
        if self.districts is not None and (district or "").casefold() not in self.districts:
            return False
        return self.observations is None or self.observations.observed(observations)

    def exists_on(self, day: date) -> bool:
        """Whether this series has been introduced by that day."""
        return self.starts_on is None or day >= self.starts_on


@dataclass(frozen=True, slots=True)
class Vaccine:
    """How a name in a record is read: its series (None for one that is only known about) and, for
    a dose code, the number it claims. `live_as` is what pairs of live vaccines call it."""

    series: str | None
    number: int | None
    live_as: str


@dataclass(frozen=True)
class Schedule:
    """A schedule that forecasts can be made from.

    `notice` tells what nobody has confirmed yet; whoever shows a forecast shows it too. With
    `judges` false, doses are counted as given, as decision tables do. `live_pairs` maps
    a live vaccine to those it must keep `live_gap` from, unless given on the same day.
    """

    id: str
    title: str
    version: str
    starts_on: date | None
    notice: str | None
    judges: bool
    grace: timedelta
    overdue_after: Interval | None
    repeat_after: Interval
    live_gap: Interval
    live_pairs: Mapping[str, frozenset[str]]
    series: tuple[Series, ...]
    vaccines: Mapping[str, Vaccine]

    @property
    def label(self) -> str:
        """Identifies what a stored plan was made with."""
        return f"{self.id} {self.version}"

    def knows(self, vaccine: str) -> bool:
        """Whether `vaccine` is a series, a dose or another name in the schedule's file."""
        return vaccine.upper() in self.vaccines

    def code_of(self, name: str) -> str | None:
        """The code of the series or dose that goes by this name (`VAR1` is `RR1`); None when it is
        not given."""
        vaccine = self.vaccines.get(name.upper())
        if vaccine is None or vaccine.series is None:
            return None
        if vaccine.number is None:
            return vaccine.series
        series = next(one for one in self.series if one.code == vaccine.series)
        return next((one.code for one in series.doses if one.number == vaccine.number), None)


@dataclass(frozen=True)
class ScheduleSet:
    """The schedules of one file."""

    default: str
    schedules: Mapping[str, Schedule]

    def pick(self, schedule_id: str | None = None) -> Schedule:
        """The schedule of that id, else the file's default. Raises KeyError."""
        return self.schedules[schedule_id or self.default]

    def ids(self) -> Collection[str]:
        return self.schedules.keys()
