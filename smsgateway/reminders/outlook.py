"""What is next for a child, and on which visit its family is to be reminded: pure functions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta

from smsgateway.calendars.forecast import Forecast, SeriesForecast, forecast
from smsgateway.calendars.model import Schedule
from smsgateway.calendars.visits import visits
from smsgateway.register.children import Child


@dataclass(frozen=True, slots=True)
class Outlook:
    """The visit that should be open, and the day on which time alone changes that (or None).

    `follows` tells that it takes the place of a visit that was missed.
    """

    day: date
    doses: tuple[str, ...]
    review_on: date | None
    follows: bool = False


def child_forecast(child: Child, schedule: Schedule, today: date) -> Forecast:
    """The forecast of a child of the register. Vaccines that the schedule does not know, such as
    those of an outbreak campaign, are left out."""
    return forecast(
        child.birth_date,
        [dose for dose in child.doses if schedule.knows(dose.vaccine)],
        schedule,
        today,
        sex=child.sex,
        district=child.facility.district,
    )


def open_doses(seen: Forecast) -> dict[str, tuple[date, date]]:
    """Dose code -> first and last day on which it may be given, of doses that have dates."""
    return {
        one.dose: (one.earliest, one.latest or date.max)
        for one in seen.series.values()
        if one.status.is_open and one.dose is not None and one.earliest is not None
    }


def outlook(
    seen: Forecast,
    session_days: Collection[int],
    today: date,
    current: tuple[date, Collection[str]] | None,
    lead: timedelta,
) -> Outlook | None:
    """The visit that should be open today, where `current` is the date and doses of the open one
    and `lead` is how long before its day a visit begins to be announced.

    A visit whose date went by stays as it is while its doses are missing: it is late, and nobody
    is called again and again for it. It gives way to the visit of the next dose that becomes due,
    which takes the missing doses along, as soon as that one is near enough to be announced.
    """
    planned = visits(seen, today, session_days=session_days)
    if not planned:
        return None
    missing = _missing(seen, today, current[1]) if current and current[0] < today else set()
    if current is None or not missing:
        first = planned[0]
        return Outlook(first.date, first.doses, first.date + timedelta(days=1))
    following = _following(seen, session_days, today, missing)
    if following is not None and today >= following.day - lead:
        return following
    opens = following.day - lead if following else None
    return Outlook(current[0], tuple(sorted(missing)), _ends(seen, missing, today, opens))


def _missing(seen: Forecast, today: date, doses: Collection[str]) -> set[str]:
    """Those of the doses that are still to be given and were due by now."""
    return {
        one.dose
        for one in seen.series.values()
        if one.dose is not None and one.dose in doses and _is_due(one, today)
    }


def _is_due(one: SeriesForecast, today: date) -> bool:
    return one.status.is_open and one.due is not None and one.due <= today


def _following(
    seen: Forecast, session_days: Collection[int], today: date, missing: Collection[str]
) -> Outlook | None:
    """The visit of the first dose that is not among the missing ones, and what it takes along."""
    others = replace(
        seen, series={code: one for code, one in seen.series.items() if one.dose not in missing}
    )
    planned = visits(others, today, session_days=session_days)
    if not planned:
        return None
    day = planned[0].date
    doses = sorted(
        code for code, (earliest, latest) in open_doses(seen).items() if earliest <= day <= latest
    )
    return Outlook(day, tuple(doses), day + timedelta(days=1), follows=True)


def _ends(seen: Forecast, missing: Collection[str], today: date, opens: date | None) -> date | None:
    """The next day on which a late visit has to be looked at again: another dose comes near, or
    one of its own may no longer be given."""
    last_days = [latest for code, (_, latest) in open_doses(seen).items() if code in missing]
    days = [last + timedelta(days=1) for last in last_days if last < date.max]
    days += [opens] if opens is not None else []
    return min((day for day in days if day > today), default=None)
