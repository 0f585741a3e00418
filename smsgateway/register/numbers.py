"""Numbers that people copy from paper: cards (carnets) and files."""

from __future__ import annotations

import unicodedata
from datetime import date

ANAM_FILE_DIGITS = 12
"""ANAM writes a file number as NNNN-DDMMYYYY: the number of the day, then the date."""


def normalised(text: str) -> str:
    """Letters and digits alone, in upper case: `ml 00-12/a` and `ML0012A` are one number."""
    plain = unicodedata.normalize("NFKC", text).upper()
    return "".join(letter for letter in plain if letter.isalnum())


def anam_file_number(text: str) -> str:
    """A file number of ANAM, normalised, with the leading zeros that a spreadsheet drops."""
    number = normalised(text)
    padded = number.zfill(ANAM_FILE_DIGITS)
    return padded if number and _is_anam(padded) else number


def _is_anam(number: str) -> bool:
    if len(number) != ANAM_FILE_DIGITS or not (number.isascii() and number.isdigit()):
        return False
    try:
        date(int(number[8:]), int(number[6:8]), int(number[4:6]))
    except ValueError:
        return False
    return number[8:10] in {"19", "20"}
