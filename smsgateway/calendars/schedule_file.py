"""Reading and checking a schedule file. A wrong file is refused with the row and the rule.

The format is documented in `smsgateway/calendars/schedules/README.md`. Every key is checked: an
unknown one is a spelling mistake, and a mistake here would call families on a wrong day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from smsgateway.calendars.dates import Interval
from smsgateway.calendars.dose_rows import read_dose, read_doses
from smsgateway.calendars.model import (
    Anchor,
    Condition,
    Dose,
    Gate,
    Schedule,
    ScheduleSet,
    Series,
    Vaccine,
    Variant,
)
from smsgateway.calendars.rows import Row, ScheduleError

__all__ = ["ScheduleError", "read_schedules"]

FORMAT = "smsgateway-schedules-1"
_LABEL = 40
"""A plan keeps the label of its schedule in a column of this length."""

VERDICTS = ("eligible", "not_due", "further_evaluation")


def read_schedules(data: Any) -> ScheduleSet:
    """Check `data` (the parsed JSON of a file) and build its schedules. Raises ScheduleError."""
    row = Row("file", data)
    if row.take("format", str) != FORMAT:
        raise row.fail("format", f"must be {FORMAT}")
    row.skip("about", "sources")
    default = row.need("default", str)
    schedules = [_schedule(each) for each in row.rows("schedules")]
    row.end()
    by_id = {schedule.id: schedule for schedule in schedules}
    if len(by_id) < len(schedules):
        raise row.fail("schedules", "must have ids that differ")
    if default not in by_id:
        raise row.fail("default", f"names {default}, which is not a schedule of this file")
    return ScheduleSet(default, _share_names(by_id))


def _share_names(schedules: Mapping[str, Schedule]) -> Mapping[str, Schedule]:
    """A name of one schedule is known to all of its file: records may hold every vaccine."""
    known = {
        name: replace(vaccine, series=None, number=None)
        for schedule in schedules.values()
        for name, vaccine in schedule.vaccines.items()
    }
    return {
        schedule.id: replace(schedule, vaccines=known | dict(schedule.vaccines))
        for schedule in schedules.values()
    }


def _schedule(row: Row) -> Schedule:
    row.skip("about", "sources")
    codes: dict[str, Vaccine] = {}
    for name in row.texts("other_vaccines"):
        codes[name.upper()] = Vaccine(None, None, name.upper())
    live_gap, live_pairs = _live(row.row("live"))
    default = Interval(4, "week")
    series: dict[str, Series] = {}
    for each in row.rows("series"):
        one = _series(each, codes, series)
        if one is not None:
            series[one.code] = one
    schedule = Schedule(
        id=row.need("id", str),
        title=row.need("title", str),
        version=row.need("version", str),
        starts_on=row.parse("starts_on", date.fromisoformat),
        notice=row.take("notice", str),
        judges=row.take("judges", bool, True) is True,
        grace=_grace(row),
        overdue_after=row.interval("overdue_after"),
        repeat_after=row.interval("repeat_after") or default,
        live_gap=live_gap or default,
        live_pairs=live_pairs,
        series=tuple(series.values()),
        vaccines=codes,
    )
    row.end()
    if not series:
        raise row.fail("series", "must have at least one row")
    if len(schedule.label) > _LABEL:
        raise row.fail("id", f"and version must have at most {_LABEL} letters together")
    for name in live_pairs:
        if name not in codes:
            raise row.fail("live", f"names {name}, which is neither a series nor another vaccine")
    return schedule


def _grace(row: Row) -> timedelta:
    days = row.take("grace_days", int, 4) or 0
    if not 0 <= days <= 365:
        raise row.fail("grace_days", "must not be negative or longer than a year")
    return timedelta(days=days)


def _live(row: Row | None) -> tuple[Interval | None, Mapping[str, frozenset[str]]]:
    """Pairs are symmetric; a vaccine may be paired with itself."""
    if row is None:
        return None, {}
    gap = row.interval("gap")
    pairs: dict[str, set[str]] = {}
    for pair in row.take("pairs", list) or ():
        if not (isinstance(pair, list) and [type(name) for name in pair] == [str, str]):
            raise row.fail("pairs", "must be a list of pairs of vaccines")
        first, second = (name.upper() for name in pair)
        pairs.setdefault(first, set()).add(second)
        pairs.setdefault(second, set()).add(first)
    row.skip("about")
    row.end()
    return gap, {name: frozenset(others) for name, others in pairs.items()}


def _series(row: Row, codes: dict[str, Vaccine], earlier: Mapping[str, Series]) -> Series | None:
    """A series, or None when it or all of its rows are switched off; its names stay known."""
    code = row.code("code")
    row.skip("about", "confidence", "sources")
    active = row.take("active", bool, True)
    names = [code, *(name.upper() for name in row.texts("also_named"))]
    sex = row.take("sex", str)
    if sex not in {None, "F", "M"}:
        raise row.fail("sex", "must be F or M")
    districts = row.texts("districts")
    doses, numbers = read_doses(row)
    observations = row.row("observations")
    series = Series(
        code=code,
        name=row.need("name", str),
        doses=doses,
        variants=tuple(_variant(each, doses, code, earlier) for each in row.rows("variants")),
        eligibility=tuple(_gate(each) for each in row.rows("eligibility")),
        sex=sex,
        districts=frozenset(name.casefold() for name in districts) or None,
        starts_on=row.parse("starts_on", date.fromisoformat),
        observations=Condition(observations=_values(observations)) if observations else None,
        completes=row.take("completes", bool, True) is True,
    )
    row.end()
    for dose in (*doses, *(dose for variant in series.variants for dose in variant.doses)):
        if dose.after is not None:
            _check_anchor(row, dose.after, earlier)
    on = active and bool(doses)
    _name(row, codes, names, numbers, code if on else None)
    return series if on else None


def _check_anchor(row: Row, anchor: Anchor, earlier: Mapping[str, Series]) -> None:
    series = earlier.get(anchor.series)
    if series is None:
        raise row.fail("doses", f"wait for {anchor.series}, which must be listed before")
    if anchor.number is not None and anchor.number not in {one.number for one in series.doses}:
        raise row.fail(
            "doses", f"wait for dose {anchor.number} of {anchor.series}, which it has not"
        )


def _name(
    row: Row,
    codes: dict[str, Vaccine],
    names: Sequence[str],
    numbers: Mapping[str, int],
    series: str | None,
) -> None:
    """Enter how records may call this series: by its names, its dose codes, and name + number."""
    numbered = {f"{name}{number}": number for name in names for number in numbers.values()}
    claims: dict[str, int | None] = {**numbered, **numbers, **dict.fromkeys(names)}
    own = {name: Vaccine(series, claim, names[0]) for name, claim in claims.items()}
    taken = own.keys() & codes.keys()
    if taken:
        raise row.fail("code", f"{sorted(taken)[0]} is already the name of something else")
    codes.update(own)


def _variant(row: Row, doses: tuple[Dose, ...], own: str, earlier: Mapping[str, Series]) -> Variant:
    """The series' rows up to `last`, each changed as the variant says."""
    row.skip("about", "sources")
    when = _condition(row.row("when"), row)
    if when.start_of not in {None, own, *earlier}:
        raise row.fail("when", f"looks at {when.start_of}, which must be listed before")
    last = row.take("last", int)
    kept = {dose.code: dose for dose in doses if last is None or dose.number <= last}
    changes = row.row("doses")
    for code, change in changes.items() if changes else ():
        if code.upper() not in kept:
            raise row.fail("doses", f"changes {code}, which is not a row of the series")
        changed = Row(f"{row.where}, dose {code}", change)
        kept[code.upper()] = read_dose(changed, kept[code.upper()])
        changed.end()
    row.end()
    return Variant(when, tuple(kept.values()))


def _gate(row: Row) -> Gate:
    row.skip("about")
    gate = Gate(_condition(row.row("when"), row), row.need("then", str))
    if gate.verdict not in VERDICTS:
        raise row.fail("then", f"must be one of {', '.join(VERDICTS)}")
    row.end()
    return gate


def _condition(row: Row | None, parent: Row) -> Condition:
    if row is None:
        raise parent.fail("when", "is missing")
    observations = row.row("observations")
    start_of = row.take("start_of", str)
    condition = Condition(
        age=row.ages("age"),
        start_age=row.ages("start_age"),
        start_of=start_of.upper() if start_of else None,
        observations=_values(observations) if observations else {},
    )
    row.end()
    return condition


def _values(row: Row) -> Mapping[str, tuple[Any, ...]]:
    values: dict[str, tuple[Any, ...]] = {}
    for name, value in row.items():
        several = value if isinstance(value, list) else [value]
        if not all(each is None or isinstance(each, str | int) for each in several):
            raise row.fail(
                name, "must be a text, a whole number, true, false, null, or a list of them"
            )
        values[name] = tuple(several)
    return values
