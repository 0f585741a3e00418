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
from smsgateway.calendars.model import (
    Anchor,
    Condition,
    Dose,
    Gate,
    Schedule,
    ScheduleSet,
    Season,
    Series,
    Vaccine,
    Variant,
)
from smsgateway.calendars.rows import Row, ScheduleError

__all__ = ["ScheduleError", "read_schedules"]

FORMAT = "smsgateway-schedules-1"
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
    for name in row.take("other_vaccines", list) or ():
        codes[str(name).upper()] = Vaccine(None, None, str(name).upper())
    live_gap, live_pairs = _live(row.row("live"))
    default = Interval(4, "week")
    series: list[Series] = []
    for each in row.rows("series"):
        one = _series(each, codes, {known.code for known in series})
        if one is not None:
            series.append(one)
    schedule = Schedule(
        id=row.need("id", str),
        title=row.need("title", str),
        version=row.need("version", str),
        starts_on=row.parse("starts_on", date.fromisoformat),
        notice=row.take("notice", str),
        judges=row.take("judges", bool, True) is True,
        grace=timedelta(days=row.take("grace_days", int, 4) or 0),
        overdue_after=row.interval("overdue_after"),
        repeat_after=row.interval("repeat_after") or default,
        live_gap=live_gap or default,
        live_pairs=live_pairs,
        series=tuple(series),
        vaccines=codes,
    )
    row.end()
    for name in live_pairs:
        if name not in codes:
            raise row.fail("live", f"names {name}, which is neither a series nor another vaccine")
    return schedule


def _live(row: Row | None) -> tuple[Interval | None, Mapping[str, frozenset[str]]]:
    """Pairs are symmetric; a vaccine may be paired with itself."""
    if row is None:
        return None, {}
    gap = row.interval("gap")
    pairs: dict[str, set[str]] = {}
    for pair in row.take("pairs", list) or ():
        if not (isinstance(pair, list) and len(pair) == 2):
            raise row.fail("pairs", "must be a list of pairs of vaccines")
        first, second = (str(name).upper() for name in pair)
        pairs.setdefault(first, set()).add(second)
        pairs.setdefault(second, set()).add(first)
    row.skip("about")
    row.end()
    return gap, {name: frozenset(others) for name, others in pairs.items()}


def _series(row: Row, codes: dict[str, Vaccine], earlier: set[str]) -> Series | None:
    """A series, or None when it or all of its rows are switched off; its names stay known."""
    code = row.need("code", str).upper()
    row.skip("about", "confidence", "sources")
    active = row.take("active", bool, True)
    names = [code, *(str(name).upper() for name in row.take("also_named", list) or ())]
    sex = row.take("sex", str)
    if sex not in {None, "F", "M"}:
        raise row.fail("sex", "must be F or M")
    districts = row.take("districts", list)
    doses, numbers = _doses(row)
    observations = row.row("observations")
    series = Series(
        code=code,
        name=row.need("name", str),
        doses=doses,
        variants=tuple(_variant(each, doses, code, earlier) for each in row.rows("variants")),
        eligibility=tuple(_gate(each) for each in row.rows("eligibility")),
        sex=sex,
        districts=frozenset(str(d).casefold() for d in districts) if districts else None,
        starts_on=row.parse("starts_on", date.fromisoformat),
        observations=Condition(observations=_values(observations)) if observations else None,
        completes=row.take("completes", bool, True) is True,
    )
    row.end()
    for dose in (*doses, *(dose for variant in series.variants for dose in variant.doses)):
        if dose.after is not None and dose.after.series not in earlier:
            raise row.fail("doses", f"wait for {dose.after.series}, which must be listed before")
    on = active and bool(doses)
    _name(row, codes, names, numbers, code if on else None)
    return series if on else None


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


def _doses(row: Row) -> tuple[tuple[Dose, ...], dict[str, int]]:
    """The rows that are switched on, and the numbers of all dose codes."""
    doses: list[Dose] = []
    numbers: dict[str, int] = {}
    for each in row.rows("doses"):
        each.skip("about", "confidence", "sources", "name")
        active = each.take("active", bool, True)
        dose = _dose(each, Dose(each.need("code", str).upper(), each.need("number", int)))
        each.end()
        if numbers and dose.number <= max(numbers.values()):
            raise each.fail("number", "must rise from row to row")
        numbers[dose.code] = dose.number
        if active:
            doses.append(dose)
    if not numbers:
        raise row.fail("doses", "must have at least one row")
    return tuple(doses), numbers


def _dose(row: Row, base: Dose) -> Dose:
    """`base` with the keys that the row gives; a key whose value is null takes the value away."""
    given = row.keys()
    read: dict[str, Any] = {
        "age": row.interval("age"),
        "min_age": row.interval("min_age"),
        "interval": row.interval("interval"),
        "min_interval": row.interval("min_interval"),
        "routine_until": row.interval("routine_until"),
        "after": _anchor(row.row("after")),
        "season": _season(row.row("season")),
        "optional": row.take("optional", bool, False),
    }
    changes = {name: value for name, value in read.items() if name in given}
    latest = row.bound("max_age", inclusive=False) or row.bound("up_to_age", inclusive=True)
    if given & {"max_age", "up_to_age"}:
        changes["latest"] = latest
    return replace(base, **changes)


def _anchor(row: Row | None) -> Anchor | None:
    if row is None:
        return None
    anchor = Anchor(
        series=row.need("series", str).upper(),
        number=row.take("number", int),
        interval=row.interval("interval"),
        required=row.take("required", bool, True) is True,
    )
    row.end()
    return anchor


def _season(row: Row | None) -> Season | None:
    if row is None:
        return None
    first, last = row.need("first_month", int), row.need("last_month", int)
    if not 1 <= first <= last <= 12:
        raise row.fail("first_month", "and last_month must be months of one year, in order")
    season = Season(first, last, row.take("years_after", int, 0) or 0)
    row.end()
    return season


def _variant(row: Row, doses: tuple[Dose, ...], own: str, earlier: set[str]) -> Variant:
    """The series' rows up to `last`, each changed as the variant says."""
    row.skip("about", "sources")
    when = _condition(row.row("when"), row)
    if when.start_of not in {None, own} | earlier:
        raise row.fail("when", f"looks at {when.start_of}, which must be listed before")
    last = row.take("last", int)
    kept = {dose.code: dose for dose in doses if last is None or dose.number <= last}
    changes = row.row("doses")
    for code, change in changes.items() if changes else ():
        if code.upper() not in kept:
            raise row.fail("doses", f"changes {code}, which is not a row of the series")
        changed = Row(f"{row.where}, dose {code}", change)
        kept[code.upper()] = _dose(changed, kept[code.upper()])
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
