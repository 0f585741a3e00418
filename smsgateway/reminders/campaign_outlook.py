"""Which round of the ministry's campaigns a child is expected at: pure functions."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, timedelta

from smsgateway.calendars.contact_file import shipped
from smsgateway.calendars.due_contact import DueContact
from smsgateway.calendars.model import Schedule
from smsgateway.register.children import Child
from smsgateway.register.openings import Opening
from smsgateway.reminders.outlook import Outlook, child_forecast

ONE_DAY = timedelta(days=1)


def rounds_of(
    child: Child, opening: Opening, schedule: Schedule, today: date
) -> Iterator[tuple[DueContact, frozenset[date]]]:
    """The rounds at a child's facility that are meant for it and not over yet, each with the days
    on which it is held. One that vaccinates calls only who has a dose due by its end."""
    for code, held in opening.campaigns.items():
        campaign = shipped().campaigns.get(code)
        if campaign is None or not campaign.is_for(child.sex, child.facility.district):
            continue
        days = held - opening.closed
        for one in campaign.due(child.birth_date, days):
            if one.window_end < today:
                continue
            if campaign.vaccinates and not _lacks(child, schedule, today, one.window_end):
                continue
            yield one, frozenset(day for day in days if one.is_open(day))


def campaign_outlook(
    rounds: Collection[tuple[DueContact, frozenset[date]]],
    today: date,
    current: tuple[date, Collection[str]] | None,
    told: bool,
) -> Outlook | None:
    """The next day of a round, with every round that is held around it; `current` is the open visit
    and `told` whether its family knows of it.

    As long as nobody was told, the visit moves on from day to day of its round, so that what an
    outage has held up is still said, and true. Once it was told it stays where it is.
    """
    days = sorted({day for _, held in rounds for day in held if day >= today})
    if not days:
        return None
    chosen = [one for one, _ in rounds if one.is_open(days[0])]
    codes = tuple(sorted(one.code for one in chosen))
    same = current is not None and not set(codes).isdisjoint(current[1])
    if current is not None and same and told:
        day = current[0]
        return Outlook(day, codes, max(one.window_end for one in chosen) + ONE_DAY)
    over = current is not None and current[0] < today
    return Outlook(days[0], codes, days[0] + ONE_DAY, follows=over and not same)


def _lacks(child: Child, schedule: Schedule, today: date, until: date) -> bool:
    """Whether a dose is due by that day."""
    series = child_forecast(child, schedule, today).series.values()
    return any(one.status.is_open and one.due is not None and one.due <= until for one in series)
