"""The shape that all calendars share.

A calendar answers with `DueContact`s, whatever it is about: a dose of the vaccination schedule, an
antenatal contact counted from the last menstrual period, a postnatal one counted from delivery, a
round of a campaign, a notice before the end of a card. `visits.group` makes visits of them, and
whoever plans reminders needs no more.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DueContact:
    """A contact that is expected on `date`, and the days on which it makes sense at all.

    `window_start` is the first day on which it can be held (a visit on an earlier day takes it
    along from then on), `window_end` the last one: afterwards it is missed and nobody is called
    for it. Always window_start <= date <= window_end.
    """

    code: str
    date: datetime.date
    window_end: datetime.date
    window_start: datetime.date

    def is_open(self, day: datetime.date) -> bool:
        """Whether it can be held on that day."""
        return self.window_start <= day <= self.window_end
