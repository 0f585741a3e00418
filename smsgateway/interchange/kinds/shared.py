"""Columns and rules that several kinds share."""

from __future__ import annotations

from collections.abc import Container

from smsgateway.interchange.kind import Column, Problem, Record
from smsgateway.interchange.parsers import LANGUAGE, identifier, phone

_FACILITY_HEADERS = ("code_structure", "code_centre", "code_cscom", "centre", "cscom", "structure")
_PHONE_HEADERS = ("téléphone", "tel", "numéro de téléphone", "portable", "mobile")

LANGUAGE_COLUMN = Column("language", LANGUAGE, synonyms=("langue",))


def facility_column(*, required: bool = True) -> Column:
    """The code of the facility a row belongs to."""
    return Column("facility_code", identifier(32), required, _FACILITY_HEADERS)


def phone_column(name: str = "phone", *synonyms: str, required: bool = False) -> Column:
    """A phone number, stored in E.164."""
    return Column(name, phone, required, (*_PHONE_HEADERS, *synonyms))


def missing_reference(
    record: Record, column: str, known: Container[object], kind: str
) -> Problem | None:
    """A problem when `column` names something that is not there."""
    value = record.get(column)
    if value is None or value in known:
        return None
    return record.problem(column, f"nothing has this code: import the {kind} first")
