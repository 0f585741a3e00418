"""Which contact of a calendar should be open today: a pure function, as `outlook` is for doses."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from smsgateway.calendars.contacts import DueContact
from smsgateway.reminders.outlook import Outlook, Sessions

ONE_DAY = timedelta(days=1)


def contact_outlook(
    contacts: Sequence[DueContact],
    held: frozenset[str],
    sessions: Sessions,
    today: date,
    current: tuple[date, Collection[str]] | None,
    lead: timedelta,
) -> Outlook | None:
    """The contact that should be open, where `current` is the date and code of the open one.

    One at a time: the last contact that is near enough to be announced, else the next one to come.
    A contact that was missed stays open, on its day, until its window closes or the next one is
    near. What came before a contact that was held is not made up for.
    """
    done = max((place for place, one in enumerate(contacts) if one.code in held), default=-1)
    waiting = [one for one in contacts[done + 1 :] if one.window_end >= today]
    if not waiting:
        return None
    near = [one for one in waiting if today >= one.date - lead]
    chosen = near[-1] if near else waiting[0]
    was_open = current is not None and chosen.code in current[1]
    day = sessions.next(max(chosen.date, today))
    if current is not None and was_open and chosen.date < today:
        day = current[0]
    missed = current is not None and current[0] < today and held.isdisjoint(current[1])
    follows = missed and not was_open
    return Outlook(day, (chosen.code,), _review(chosen, waiting, day, today, lead), follows)


def _review(
    chosen: DueContact, waiting: Sequence[DueContact], day: date, today: date, lead: timedelta
) -> date:
    """The next day on which time alone changes what is open."""
    if day >= today:
        return day + ONE_DAY
    after = waiting[waiting.index(chosen) + 1 :]
    days = [chosen.window_end + ONE_DAY, *(one.date - lead for one in after[:1])]
    return min(day for day in days if day > today)
