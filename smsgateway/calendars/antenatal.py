"""Antenatal contacts, counted from the last menstrual period.

A pregnancy is dated by the first day of the last menstrual period (LMP), by the expected date of
delivery (EDD) or by the weeks of gestation on some day; all three become an LMP, and
EDD = LMP + 280 days (Naegele's rule). Everything stops on the day of delivery or of a loss.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from smsgateway.calendars.contact_file import shipped
from smsgateway.calendars.contacts import ContactCalendar, DueContact

GESTATION = timedelta(days=280)
"""From the first day of the last menstrual period to the expected date of delivery."""

LONGEST = timedelta(weeks=44)
"""A pregnancy that would have lasted for longer than this is a mistake in its date."""


class Model(StrEnum):
    """How many contacts a facility holds, as `facility.anc_model` has it: WHO's eight of 2016 or
    the four of before."""

    EIGHT = "CPN8"
    FOUR = "CPN4"


DEFAULT_MODEL = Model.EIGHT


def lmp_of(
    *,
    lmp: date | None = None,
    edd: date | None = None,
    weeks: int | None = None,
    seen_on: date | None = None,
) -> date:
    """The LMP from the one dating that is given: itself, the EDD, or completed `weeks` of gestation
    on the day `seen_on`. Raises ValueError for none, for several, or for weeks without a day."""
    if sum(value is not None for value in (lmp, edd, weeks)) != 1:
        raise ValueError("a pregnancy is dated by one of lmp, edd and weeks")
    if lmp is not None:
        return lmp
    if edd is not None:
        return edd - GESTATION
    if weeks is None or seen_on is None:
        raise ValueError("weeks of gestation need the day on which they were counted")
    return seen_on - timedelta(weeks=weeks)


def edd_of(lmp: date) -> date:
    """The expected date of delivery."""
    return lmp + GESTATION


def is_plausible(lmp: date, today: date) -> bool:
    """Whether somebody can be pregnant today with that LMP."""
    return timedelta(0) <= today - lmp <= LONGEST


def calendar_of(model: Model | str | None) -> ContactCalendar:
    """The calendar of a facility's model; of none, the usual one. Raises ValueError for a name
    that is no model."""
    return shipped().pick(Model(model or DEFAULT_MODEL))


def contacts(
    lmp: date,
    registered_on: date,
    model: Model | str | None = None,
    *,
    ended_on: date | None = None,
) -> list[DueContact]:
    """The antenatal contacts of a pregnancy; none at all once it has ended.

    A woman who registers late begins at the next contact: those whose day went by before are not
    made up for.
    """
    if ended_on is not None:
        return []
    return calendar_of(model).due(lmp, registered_on)
