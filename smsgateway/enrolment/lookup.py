"""Where is my file? A file number, or the calling line, and the holder's birth year."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, literal, or_, select

from smsgateway.enrolment.statuses import Status, status_on
from smsgateway.enrolment.tables import enrolment
from smsgateway.enrolment.tables import scheme as scheme_table
from smsgateway.register.numbers import anam_file_number, normalised
from smsgateway.register.proofs import (
    LOCK_WINDOW,
    MAX_FAILURES,
    is_locked,
    recent_failures,
    record_failure,
)
from smsgateway.register.tables import household, phone

__all__ = [
    "EnrolmentFile",
    "Found",
    "Locked",
    "NotFound",
    "by_id",
    "find",
    "of_phone",
    "record_failure",
]

LAST_YEAR = 9_999
"""A year beyond it matches nobody, and must not reach a column that cannot hold it."""


@dataclass(frozen=True)
class EnrolmentFile:
    """A file as its holder may see it. `missing_papers` and `beneficiaries` are ready to read;
    `renewable` is None where nobody has established it for the scheme."""

    id: int
    scheme: str
    file_number: str
    holder_name: str
    status: Status
    status_date: date
    valid_until: date | None
    pickup_place: str | None
    missing_papers: str | None
    beneficiaries: str | None
    renewable: bool | None

    @property
    def first_name(self) -> str:
        """The holder's first name, which is what a message may tell."""
        return self.holder_name.split()[0]

    def status_on(self, today: date) -> Status:
        """The status that holds today, whatever was last recorded."""
        return status_on(self.status, self.valid_until, today)


@dataclass(frozen=True)
class Found:
    """Both facts were right."""

    file: EnrolmentFile


@dataclass(frozen=True)
class NotFound:
    """One of the facts is wrong, or both: the caller is not told which."""


@dataclass(frozen=True)
class Locked:
    """Too many wrong answers from this phone within the hour."""


def _statement(*, in_scheme: bool) -> Select[Any]:
    """The count of failures and, beside it, the file when there is one: always one row."""
    matches = [
        enrolment.c.file_number.in_([bindparam("file_number"), bindparam("anam_number")]),
        enrolment.c.holder_birth_year == bindparam("birth_year"),
    ]
    if in_scheme:
        matches.append(enrolment.c.scheme == bindparam("scheme"))
    one = select(literal(1).label("one")).subquery("one")
    return (
        select(recent_failures.scalar_subquery().label("failures"), *_COLUMNS)
        .select_from(
            one.outerjoin(enrolment, and_(*matches)).outerjoin(
                scheme_table, scheme_table.c.code == enrolment.c.scheme
            )
        )
        .order_by(enrolment.c.status_date.desc())
        .limit(1)
    )


_COLUMNS = (
    enrolment.c.id,
    enrolment.c.scheme,
    enrolment.c.file_number,
    enrolment.c.holder_name,
    enrolment.c.status,
    enrolment.c.status_date,
    enrolment.c.valid_until,
    enrolment.c.pickup_place,
    enrolment.c.missing_papers,
    enrolment.c.beneficiaries,
    scheme_table.c.renewable,
)
_IN_ANY_SCHEME = _statement(in_scheme=False)
_IN_ONE_SCHEME = _statement(in_scheme=True)


def find(
    connection: Connection,
    *,
    scheme: str | None,
    file_number: str,
    birth_year: int,
    msisdn: str,
    now: datetime,
) -> Found | NotFound | Locked:
    """Look a file up with proof; `scheme` None looks in all of them, the latest status first.

    A failure is not counted here, because a look-up writes nothing: see `record_failure`.
    """
    parameters = {
        "file_number": normalised(file_number),
        "anam_number": anam_file_number(file_number),
        "birth_year": birth_year if 0 < birth_year <= LAST_YEAR else 0,
        "msisdn": msisdn,
        "since": now - LOCK_WINDOW,
    }
    if scheme is not None:
        parameters["scheme"] = scheme
    statement = _IN_ANY_SCHEME if scheme is None else _IN_ONE_SCHEME
    failures, *values = connection.execute(statement, parameters).one()
    if failures >= MAX_FAILURES:
        return Locked()
    if values[0] is None:
        return NotFound()
    return Found(_file(values))


def of_phone(
    connection: Connection, *, birth_year: int, msisdn: str, now: datetime
) -> list[EnrolmentFile] | Locked:
    """The files of a line, or of the household it belongs to, whose holder was born in that year;
    the latest status first. As with `find`, whoever finds nothing has to be counted."""
    if is_locked(connection, msisdn, now):
        return Locked()
    rows = connection.execute(_OF_PHONE, {"msisdn": msisdn, "birth_year": birth_year})
    return [_file(row) for row in rows]


def by_id(connection: Connection, enrolment_id: int) -> EnrolmentFile | None:
    """A file that was proved before."""
    row = connection.execute(_BY_ID, {"enrolment_id": enrolment_id}).one_or_none()
    return _file(row) if row else None


_FILES = select(*_COLUMNS).join_from(
    enrolment, scheme_table, scheme_table.c.code == enrolment.c.scheme
)
_BY_ID = _FILES.where(enrolment.c.id == bindparam("enrolment_id"))
_LINE = select(phone.c.id).where(phone.c.msisdn == bindparam("msisdn")).scalar_subquery()
_OF_PHONE = (
    _FILES.outerjoin(household, household.c.id == enrolment.c.household_id)
    .where(
        or_(enrolment.c.phone_id == _LINE, household.c.phone_id == _LINE),
        enrolment.c.holder_birth_year == bindparam("birth_year"),
    )
    .order_by(enrolment.c.status_date.desc(), enrolment.c.id)
)


def _file(values: Iterable[Any]) -> EnrolmentFile:
    row = dict(zip((column.name for column in _COLUMNS), values, strict=True))
    return EnrolmentFile(**row | {"status": Status(row["status"])})
