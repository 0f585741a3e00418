"""From a cell to a value: each parser says in one phrase what it would have accepted."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from smsgateway.calendars.hours import Hours
from smsgateway.interchange.rows import Cell
from smsgateway.register.facilities import WEEKDAYS
from smsgateway.text.msisdn import InvalidMsisdn, parse_msisdn

Parser = Callable[[Cell], Any]


class BadCell(ValueError):
    """A cell breaks a rule; the message is the rule."""


def folded(text: str) -> str:
    """`Date de naissance` as `date_de_naissance`: how headers and fixed words are compared."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", "_", letters).strip("_")


def as_text(cell: Cell) -> str:
    """The text of a cell; a spreadsheet holds `12` as the number 12.0, and spaces run wild."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(str(cell).split()) if cell is not None else ""


def text(maximum: int) -> Parser:
    """Words of at most `maximum` characters."""

    def parse(cell: Cell) -> str:
        value = unicodedata.normalize("NFC", as_text(cell))
        if any(unicodedata.category(letter) == "Cc" for letter in value):
            raise BadCell("it must not hold control characters")
        if len(value) > maximum:
            raise BadCell(f"it must have at most {maximum} characters")
        return value

    return parse


def identifier(maximum: int, normalise: Callable[[str], str] = str) -> Parser:
    """A number or code, `normalise`d, of which something must be left."""
    words = text(maximum)

    def parse(cell: Cell) -> str:
        value = normalise(words(cell))
        if not value:
            raise BadCell("it must hold letters or digits")
        return value

    return parse


def choice(synonyms: Mapping[str, str]) -> Parser:
    """One of the values of `synonyms`, whose keys are folded words."""

    def parse(cell: Cell) -> str:
        value = synonyms.get(folded(as_text(cell)))
        if value is None:
            raise BadCell(f"it must be one of {', '.join(sorted(set(synonyms.values())))}")
        return value

    return parse


def choices(synonyms: Mapping[str, str]) -> Parser:
    """Several values of `synonyms`, separated by commas: `vaccination,antenatal`."""
    one = choice(synonyms)

    def parse(cell: Cell) -> str:
        parts = re.split(r"[,;/]", as_text(cell))
        return ",".join(sorted({one(part) for part in parts if part.strip()} - {""}))

    return parse


_EXCEL_EPOCH = date(1899, 12, 30)
_EXCEL_DAY = re.compile(r"[2-5]\d{4}", re.ASCII)
"""Excel's count of days for the years 1954 to 2064; other numbers are not dates."""

_DATE_FORMS = (
    re.compile(r"(?P<year>\d{4})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})(?:[ T]00:00(?::00)?)?"),
    re.compile(r"(?P<day>\d{1,2})[-/.](?P<month>\d{1,2})[-/.](?P<year>\d{4}|\d{2})"),
)
_DATE_RULE = "it must be a date like 2026-05-12, 12/05/2026 or 12-05-26"
_CENTURY_TURN = 69
"""A year of two digits is 1969 to 2068, as in POSIX."""


def day(cell: Cell) -> date:
    """A date: ISO, day first, or Excel's."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    value = as_text(cell)
    if _EXCEL_DAY.fullmatch(value):
        return _EXCEL_EPOCH + timedelta(days=int(value))
    for form in _DATE_FORMS:
        if match := form.fullmatch(value):
            year = int(match["year"])
            if len(match["year"]) == 2:
                year += 1900 if year >= _CENTURY_TURN else 2000
            try:
                return date(year, int(match["month"]), int(match["day"]))
            except ValueError:
                raise BadCell("there is no such day in the calendar") from None
    raise BadCell(_DATE_RULE)


def year(cell: Cell) -> int:
    """A year of birth."""
    value = as_text(cell)
    if not re.fullmatch(r"(19|20)\d{2}", value, re.ASCII):
        raise BadCell("it must be a year of four digits like 1984")
    return int(value)


def whole(least: int, most: int) -> Parser:
    """A whole number from `least` to `most`."""

    def parse(cell: Cell) -> int:
        value = as_text(cell)
        if not re.fullmatch(r"\d{1,9}", value, re.ASCII) or not least <= int(value) <= most:
            raise BadCell(f"it must be a whole number from {least} to {most}")
        return int(value)

    return parse


def phone(cell: Cell) -> str:
    """A phone number in E.164; without a country code it is one of Mali."""
    try:
        return parse_msisdn(as_text(cell))
    except InvalidMsisdn:
        raise BadCell("it must be one phone number like 76 12 34 56 or +22376123456") from None


def degrees(limit: float) -> Parser:
    """A coordinate in decimal degrees, at most `limit` from zero."""

    def parse(cell: Cell) -> float:
        try:
            value = float(as_text(cell).replace(",", "."))
        except ValueError:
            value = float("nan")
        if not -limit <= value <= limit:
            raise BadCell(f"it must be decimal degrees between -{limit:g} and {limit:g}")
        return value

    return parse


def sending_hours(cell: Cell) -> str:
    """Hours in which messages may go out, in the form in which they are stored (`08:00-18:00`)."""
    value = as_text(cell).replace(" ", "")
    try:
        Hours.parse(value)
    except ValueError:
        raise BadCell("it must be hours like 08:00-18:00, the opening first") from None
    return value


LANGUAGE = choice(
    {"fr": "fr", "francais": "fr", "french": "fr", "bm": "bm", "bambara": "bm", "bamanankan": "bm"}
)

SEX = choice(
    dict.fromkeys(("f", "feminin", "fille", "female"), "F")
    | dict.fromkeys(("m", "masculin", "garcon", "male"), "M")
)

_DAY_NAMES = {
    **{name: name for name in WEEKDAYS},
    **dict(zip(("lun", "mar", "mer", "jeu", "ven", "sam", "dim"), WEEKDAYS, strict=True)),
}


def session_days(cell: Cell) -> str:
    """Days of the week, English or French, in the form in which they are stored (`tue,thu`)."""
    words = [word for word in folded(as_text(cell)).split("_") if word not in {"et", "and", "le"}]
    names = {_DAY_NAMES.get(word[:3]) for word in words}
    if not words or None in names:
        raise BadCell("it must be days of the week like tue,thu or mardi, jeudi")
    return ",".join(name for name in WEEKDAYS if name in names)
