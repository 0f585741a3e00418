"""Closing the public holidays of a year. Apart from the other closed days, because the calendars of
all the world take a moment to import, and only who adds a year needs them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, exists, or_, select

from smsgateway.calendars.national_holidays import Holiday, national_holidays
from smsgateway.register import changes
from smsgateway.register.closures import MOON
from smsgateway.register.session_tables import closure
from smsgateway.storage.upsert import insert_new


def add_holidays(connection: Connection, year: int, now: datetime) -> list[Holiday]:
    """Close the public holidays of a year everywhere; returns those that are new.

    A day that is closed stays as it is, and an estimate gives way to a date of the same feast that
    somebody has confirmed. A holiday that was reopened comes back.
    """
    new = [holiday for holiday in national_holidays(year) if not _is_known(connection, holiday)]
    if new:
        rows = [
            {"day": one.date, "reason": one.name, "confirmed": not one.estimated} for one in new
        ]
        connection.execute(insert_new(connection, closure), rows)
        changes.mark_place(connection, None, now)
    return new


def _is_known(connection: Connection, holiday: Holiday) -> bool:
    """Whether its day is closed, or its feast on a confirmed day near it."""
    same_feast = (
        closure.c.reason == holiday.name,
        closure.c.confirmed,
        closure.c.day.between(holiday.date - MOON, holiday.date + MOON),
    )
    return (
        connection.scalar(
            select(
                exists().where(
                    closure.c.facility_id.is_(None),
                    or_(closure.c.day == holiday.date, and_(*same_feast)),
                )
            )
        )
        is True
    )
