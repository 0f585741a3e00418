"""`smsgateway forecast`: forecasts of many children, JSON lines in, JSON lines out."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

import click

from smsgateway.calendars.forecast import Forecast, GivenDose, SeriesForecast
from smsgateway.calendars.forecast import forecast as make_forecast
from smsgateway.calendars.model import Schedule, ScheduleSet
from smsgateway.calendars.schedule import SHIPPED, ScheduleError, load, shipped_set
from smsgateway.calendars.visits import visits

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
"""Python reads other forms of ISO 8601 as well, where a slip would be another day."""

_DATES = ("earliest", "due", "overdue", "latest")


class LineError(ValueError):
    """A line cannot be used; the message says why."""


@click.command("forecast")
@click.option(
    "--schedule",
    "source",
    default="mali",
    show_default=True,
    help=f"A schedule file, or one that ships: {', '.join(SHIPPED)}.",
)
def forecast(source: str) -> None:
    """Forecast the doses and visits of children.

    Reads one JSON object a line from standard input and writes one a line to standard output; a
    line that cannot be used is answered with {"id", "error"} and gives exit status 2 at the end.
    """
    schedules = _schedules(source)
    failed = False
    for raw in sys.stdin.buffer:
        line = raw.decode("utf-8", errors="replace")
        if line.strip():
            answer = _answer(line, schedules)
            failed = failed or "error" in answer
            click.echo(_as_line(answer))
    sys.exit(2 if failed else 0)


def _as_line(answer: Mapping[str, Any]) -> str:
    """The answer as JSON. Half of a surrogate pair, which no UTF-8 can carry, goes back escaped as
    it came."""
    text = json.dumps(answer, ensure_ascii=False)
    return text.encode("utf-8", errors="backslashreplace").decode("utf-8")


def _schedules(source: str) -> ScheduleSet:
    """The schedules of a file or of a shipped name. Ends with one sentence when there are none."""
    if source in SHIPPED:
        return shipped_set(source)
    try:
        return load(json.loads(Path(source).read_text(encoding="utf-8")))
    except OSError as error:
        fault = f"cannot be read: {error.strerror}."
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        fault = f"is not JSON: {error}."
    except ScheduleError as error:
        fault = f"is wrong: {error}"
    click.echo(f"smsgateway: The schedule {source} {fault}", err=True)
    sys.exit(2)


def _answer(line: str, schedules: ScheduleSet) -> dict[str, Any]:
    child: Any = None
    try:
        child = json.loads(line, parse_constant=_no_number)
        if not isinstance(child, dict):
            raise LineError("a line must be a JSON object")
        return {"id": child.get("id")} | _forecast_line(child, schedules)
    except json.JSONDecodeError as error:
        return {"id": None, "error": f"not JSON: {error}"}
    except RecursionError:
        return {"id": None, "error": "not JSON that can be read: nested too deeply"}
    except (ValueError, OverflowError) as error:
        return {"id": child.get("id") if isinstance(child, dict) else None, "error": str(error)}


def _no_number(name: str) -> NoReturn:
    """Python reads NaN and Infinity, and would write them into the answer; JSON has neither."""
    raise LineError(f"not JSON: {name} is no number")


def _forecast_line(child: Mapping[str, Any], schedules: ScheduleSet) -> dict[str, Any]:
    schedule = _schedule(child, schedules)
    today = _date(child, "today")
    birth_date = _date(child, "birth_date")
    if birth_date > today:
        raise LineError("birth_date is after today")
    result = make_forecast(
        birth_date,
        _doses(child, today),
        schedule,
        today,
        sex=_sex(child),
        district=_text(child, "district"),
        observations=_observations(child),
    )
    answer = _written(result, today)
    if schedule.notice:
        answer["notice"] = f"{schedule.title}, {schedule.version}: {schedule.notice}"
    return answer


def _schedule(child: Mapping[str, Any], schedules: ScheduleSet) -> Schedule:
    name = _text(child, "schedule")
    try:
        return schedules.pick(name)
    except KeyError:
        known = ", ".join(schedules.ids())
        raise LineError(f"schedule {name} is not in the file, which has {known}") from None


def _doses(child: Mapping[str, Any], today: date) -> list[GivenDose]:
    rows = child.get("doses") or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise LineError("doses must be a list of objects")
    doses = []
    for row in rows:
        vaccine, given_on = _text(row, "vaccine"), _date(row, "date")
        if not vaccine:
            raise LineError("a dose needs a vaccine")
        if given_on > today:
            raise LineError(f"the dose {vaccine} of {given_on} is after today")
        doses.append(GivenDose(vaccine, given_on))
    return doses


def _sex(child: Mapping[str, Any]) -> str | None:
    sex = _text(child, "sex")
    if sex not in {None, "F", "M"}:
        raise LineError("sex must be F or M")
    return sex


def _observations(child: Mapping[str, Any]) -> Mapping[str, Any]:
    observations = child.get("observations") or {}
    if not isinstance(observations, dict):
        raise LineError("observations must be an object")
    return observations


def _text(row: Mapping[str, Any], key: str) -> str | None:
    value = row.get(key)
    if value is not None and not isinstance(value, str):
        raise LineError(f"{key} must be text")
    return value or None


def _date(row: Mapping[str, Any], key: str) -> date:
    text = _text(row, key)
    if text is None:
        raise LineError(f"{key} is missing")
    try:
        if _DAY.fullmatch(text) is None:
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError:
        raise LineError(f"{key} must be a date like 2026-05-12") from None


def _written(result: Forecast, today: date) -> dict[str, Any]:
    return {
        "series": {code: _series(series) for code, series in result.series.items()},
        "doses": [
            {"vaccine": dose.vaccine, "date": dose.date.isoformat(), "valid": dose.valid}
            | ({"reason": dose.reason.value} if dose.reason else {})
            | ({"remark": dose.remark} if dose.remark else {})
            for dose in result.doses
        ],
        "visits": [
            {"date": visit.date.isoformat(), "doses": list(visit.doses)}
            for visit in visits(result, today)
        ],
    }


def _series(series: SeriesForecast) -> dict[str, Any]:
    """Status, number of the next dose and the dates that the series has."""
    written: dict[str, Any] = {"status": series.status.value}
    if series.next_dose is not None:
        written["next_dose"] = series.next_dose
    for name in _DATES:
        day: date | None = getattr(series, name)
        if day is not None:
            written[name] = day.isoformat()
    return written
