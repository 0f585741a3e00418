"""Reading the rows of a series: ages, intervals, what a dose waits for, and its season."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from smsgateway.calendars.dates import Interval, add
from smsgateway.calendars.model import Anchor, Dose, Season
from smsgateway.calendars.rows import Row


def read_doses(row: Row) -> tuple[tuple[Dose, ...], dict[str, int]]:
    """The rows that are switched on, and the numbers of all dose codes."""
    doses: list[Dose] = []
    numbers: dict[str, int] = {}
    for each in row.rows("doses"):
        each.skip("about", "confidence", "sources", "name")
        active = each.take("active", bool, True)
        dose = read_dose(each, Dose(each.code("code"), each.need("number", int)))
        each.end()
        if numbers and dose.number <= max(numbers.values()):
            raise each.fail("number", "must rise from row to row")
        numbers[dose.code] = dose.number
        if active:
            doses.append(dose)
    if not numbers:
        raise row.fail("doses", "must have at least one row")
    return tuple(doses), numbers


def read_dose(row: Row, base: Dose) -> Dose:
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
    dose = replace(base, **changes)
    _check_order(row, dose)
    if "earlier" in given:
        dose = replace(dose, earlier=_earlier(row, replace(dose, earlier=())))
    return dose


def _earlier(row: Row, dose: Dose) -> tuple[tuple[date, Dose], ...]:
    """The row as it was `before` each of some days."""
    rows: list[tuple[date, Dose]] = []
    for each in row.rows("earlier"):
        before = each.parse("before", date.fromisoformat)
        if before is None:
            raise each.fail("before", "is missing")
        if rows and before <= rows[-1][0]:
            raise each.fail("before", "must rise from row to row")
        each.skip("about", "sources")
        if each.keys() & {"earlier"}:
            raise each.fail("earlier", "is not a key of this row")
        rows.append((before, read_dose(each, dose)))
        each.end()
    return tuple(rows)


_ANY_DAY = date(2024, 1, 1)
"""Ages are put in order for a child born then; their order hardly depends on it."""


def _check_order(row: Row, dose: Dose) -> None:
    """The dates of a dose must leave a day on which it can be given."""
    first = add(_ANY_DAY, dose.min_age or Interval(0, "day"))
    if dose.age is not None and add(_ANY_DAY, dose.age) < first:
        raise row.fail("age", "must not be before min_age")
    recommended = add(_ANY_DAY, dose.age) if dose.age else first
    if dose.latest is not None and dose.latest.last_day(_ANY_DAY) < recommended:
        raise row.fail("max_age", "must be after age and min_age")
    least, usual = dose.min_interval, dose.interval
    if least and usual and add(_ANY_DAY, usual) < add(_ANY_DAY, least):
        raise row.fail("interval", "must not be shorter than min_interval")


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
