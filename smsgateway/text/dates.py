"""Dates the way people say them: the weekday and day/month, in the same order in both languages."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

_WEEKDAYS = {
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "bm": (
        "ntɛnɛdon",
        "taratadon",
        "arabadon",
        "alamisadon",
        "jumadon",
        "sibiridon",
        "karidon",
    ),
}
"""Monday first. Bambara names are CLDR's with -don, "day", the form of running text."""


def spoken_day(day: date, language: str) -> str:
    """`mardi 8/6`, `taratadon 8/6`: at most 16 letters. In the official spelling, to be folded.

    No month name: said aloud, Bambara puts the month first, unlike every pattern of CLDR.
    Raises KeyError for a language without weekdays.
    """
    return f"{_WEEKDAYS[language][day.weekday()]} {day.day}/{day.month}"


def spoken_weekdays(days: Collection[int], language: str) -> str:
    """`mardi, jeudi` for {1, 3}: numbers as of `date.weekday()`, in the order of the week."""
    return ", ".join(_WEEKDAYS[language][day] for day in sorted(days))


def numeric_day(day: date) -> str:
    """`08/06/2026`, for cards and files: ten characters in every language."""
    return f"{day.day:02}/{day.month:02}/{day.year:04}"


def longest_spoken_day(language: str) -> date:
    """A date whose `spoken_day` is as long as any in this language."""
    week = (date(2026, 12, day) for day in range(21, 28))
    return max(week, key=lambda day: len(spoken_day(day, language)))
