"""Campaigns of the ministry: whom they are meant for. Their days are set each year, by no age rule.

Vitamin A weeks (SIAN) and seasonal malaria chemoprevention (CPS) call every child of an age;
a catch-up round is also a session on which due doses are given.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from smsgateway.calendars.due_contact import DueContact
from smsgateway.calendars.model import AgeRange

ROUND_GAP = timedelta(days=7)
"""Days of a campaign that lie no further apart belong to one round. Monthly rounds of malaria
chemoprevention are 28 days apart."""


@dataclass(frozen=True, slots=True)
class MassCampaign:
    """A campaign; without `ages` it calls nobody by itself. `vaccinates` tells that doses of the
    schedule are given on its days, `notice` what is still to be confirmed. With `sex` or
    `districts` (in small letters) it is meant for these alone."""

    code: str
    name: str
    ages: AgeRange | None
    vaccinates: bool
    notice: str | None = None
    sex: str | None = None
    districts: frozenset[str] | None = None

    def is_for(self, sex: str | None, district: str | None) -> bool:
        """Whether this campaign is meant for such a child."""
        if self.sex is not None and sex != self.sex:
            return False
        return self.districts is None or (district or "").casefold() in self.districts

    def due(self, birth_date: date, days: Iterable[date]) -> list[DueContact]:
        """The rounds, among the campaign's days, on whose first day a child is of the age. Their
        codes tell that day, `SIAN261201`."""
        if self.ages is None:
            return []
        return [
            DueContact(f"{self.code}{first:%y%m%d}", first, last, first)
            for first, last in _rounds(days)
            if self.ages.contains(birth_date, first)
        ]


def _rounds(days: Iterable[date]) -> list[tuple[date, date]]:
    """First and last day of each round."""
    rounds: list[tuple[date, date]] = []
    for day in sorted(days):
        if rounds and day - rounds[-1][1] <= ROUND_GAP:
            rounds[-1] = rounds[-1][0], day
        else:
            rounds.append((day, day))
    return rounds
