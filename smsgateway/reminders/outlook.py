"""What is next for a child, and on which visit its family is to be reminded: pure functions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from smsgateway.calendars.forecast import Forecast, SeriesForecast, forecast
from smsgateway.calendars.model import Schedule
from smsgateway.calendars.visits import Visit, next_session, visits
from smsgateway.register.children import Child
from smsgateway.register.openings import Opening


@dataclass(frozen=True, slots=True)
class Outlook:
    """The visit that should be open, and the day on which time alone changes that (or None).

    `follows` tells that it takes the place of a visit that was missed.
    """

    day: date
    doses: tuple[str, ...]
    review_on: date | None
    follows: bool = False


@dataclass(frozen=True, slots=True)
class Sessions:
    """When a facility holds sessions, and what it cannot give there for now."""

    weekdays: Collection[int] = frozenset()
    opening: Opening = field(default_factory=Opening)

    def visits(self, seen: Forecast, today: date) -> list[Visit]:
        """The visits of a child from today on."""
        return visits(
            seen,
            today,
            session_days=self.weekdays,
            closed=self.opening.closed,
            extra=self.opening.extra,
            out_of_stock=self.opening.out_of_stock,
        )

    def next(self, day: date) -> date:
        """The first session at or after a day."""
        return next_session(day, self.weekdays, self.opening.closed, self.opening.extra)


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


def givable(seen: Forecast, out_of_stock: Collection[str], today: date) -> tuple[str, ...]:
    """The doses that may be given today, in the order of the schedule: what a visit takes along."""
    return tuple(
        code
        for code, (earliest, latest) in open_doses(_in_stock(seen, out_of_stock)).items()
        if earliest <= today <= latest
    )


def outlook(
    seen: Forecast,
    sessions: Sessions,
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
    seen = _in_stock(seen, sessions.opening.out_of_stock)
    planned = sessions.visits(seen, today)
    if not planned:
        return None
    missing = _missing(seen, today, current[1]) if current and current[0] < today else set()
    if current is None or not missing:
        first = planned[0]
        return Outlook(first.date, first.doses, first.date + timedelta(days=1))
    following = _following(seen, sessions, today, missing)
    if following is not None and today >= following.day - lead:
        return following
    opens = following.day - lead if following else None
    return Outlook(current[0], tuple(sorted(missing)), _ends(seen, missing, today, opens))


def _in_stock(seen: Forecast, out: Collection[str]) -> Forecast:
    """Without what the facility cannot give for now: nobody is called for it, and it is not late
    either."""
    if not out:
        return seen
    left = {
        code: one for code, one in seen.series.items() if code not in out and one.dose not in out
    }
    return replace(seen, series=left)


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
    seen: Forecast, sessions: Sessions, today: date, missing: Collection[str]
) -> Outlook | None:
    """The visit of the first dose that is not among the missing ones, and what it takes along."""
    others = replace(
        seen, series={code: one for code, one in seen.series.items() if one.dose not in missing}
    )
    planned = sessions.visits(others, today)
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
