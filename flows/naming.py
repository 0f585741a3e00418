"""How a person is named on a screen."""

from __future__ import annotations

from datetime import date

from smsgateway.sessions.calls import Inquiry
from smsgateway.text.catalogue import N_
from smsgateway.text.orthography import fold
from smsgateway.text.placeholders import shorten

NEWBORN = N_("Bébé")

LINE_NAME = 14
"""Septets of a first name in a list, which has to say more than that."""


LINE_NAMES = 18
"""The same where the last name goes with it."""


def named(first_name: str, inquiry: Inquiry) -> str:
    """A first name, or words for a newborn who has none."""
    return first_name or inquiry.service.catalogue.text(NEWBORN, inquiry.language)


def line_name(first_name: str, inquiry: Inquiry) -> str:
    """A first name as it begins a line of a list."""
    return shorten(fold(named(first_name, inquiry)), LINE_NAME)


def whole_name(first_name: str, last_name: str, inquiry: Inquiry) -> str:
    """As much of both names as a line has room for, where many have the same first name."""
    return shorten(fold(f"{named(first_name, inquiry)} {last_name}".strip()), LINE_NAMES)


def short_day(day: date) -> str:
    """A day near today in a line of a list: 27/11."""
    return f"{day.day}/{day.month}"


def first_of(codes: tuple[str, ...]) -> str:
    """The first code of what is missing or expected, and how many more there are."""
    more = len(codes) - 1
    return f"{codes[0]}+{more}" if more else codes[0]
