"""Phone numbers in E.164, the one form in which they are stored and compared."""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

HOME_REGION = "ML"

_written = re.compile(r"\(?\+?[\d\s().-]+").fullmatch
"""One number alone: libphonenumber would also read letters as keys, cut off an extension, and take
the first of two numbers in a cell."""

_separators = re.compile(r"[\s().-]+")

_malian_mobile = re.compile(
    r"(?:\+223|00223)?((?:5[0-3]|[679]\d|8[2-59])\d{6})", re.ASCII
).fullmatch
"""libphonenumber's own pattern for mobiles of Mali. Nearly every number here is one, and this is
more than ten times quicker than the library, which an import of a million contacts feels."""

_MALI_OPERATORS = {
    "5": "telecel",
    "6": "malitel",
    "7": "orange",
    **dict.fromkeys(("82", "83", "84", "85"), "orange"),
    "89": "malitel",
    **dict.fromkeys(("90", "91", "92", "93", "94"), "orange"),
    **dict.fromkeys(("95", "96", "97", "98", "99"), "malitel"),
    **dict.fromkeys(("20", "21"), "sotelma"),
    "2001": "orange",
    "4": "orange",
}
"""First digits -> operator, from the allotments in libphonenumber's carrier data; the longest match
holds. It serves routing and statistics: nothing that must be right may depend on it."""


OPERATORS = frozenset(_MALI_OPERATORS.values())
"""Operators by the name that `operator_of` gives."""


class InvalidMsisdn(ValueError):
    """A text is not one phone number in use. The message never repeats the text."""


def parse_msisdn(text: str, region: str = HOME_REGION) -> str:
    """The number in E.164 (`+22376123456`); without a country code it belongs to `region`.

    Spaces, dots, dashes and brackets are ignored; 00 and a bare country code are understood.
    Raises InvalidMsisdn.
    """
    text = text.strip()
    if not _written(text):
        raise InvalidMsisdn("It is not one phone number.")
    if region == HOME_REGION and (match := _malian_mobile(_separators.sub("", text))):
        return f"+223{match[1]}"
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        raise InvalidMsisdn("It is not a phone number.") from None
    if not phonenumbers.is_valid_number(number):
        raise InvalidMsisdn(
            "No phone has this number: write all its digits, or + and the country code."
        )
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def spoken_number(msisdn: str) -> str:
    """An E.164 number as people read it out: `76 12 34 56`, or with its country."""
    number = phonenumbers.parse(msisdn)
    at_home = phonenumbers.region_code_for_number(number) == HOME_REGION
    form = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, form)


def operator_of(msisdn: str) -> str | None:
    """`orange`, `malitel` (Moov Africa), `telecel` or `sotelma` (fixed lines); None elsewhere."""
    if not msisdn.startswith("+223"):
        return None
    national = msisdn[4:]
    known = (_MALI_OPERATORS.get(national[:digits]) for digits in (4, 2, 1))
    return next(filter(None, known), None)
