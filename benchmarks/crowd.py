"""A country's worth of rows, written by the database itself: messages, and reminders of visits.

For a million children: 5 M messages in the outbox, a million open visits and 4 M reminders that
wait. Python sends one statement for each time at which something is due; the rows of a statement
are counted by a recursive query, which both databases have.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    String,
    Table,
    case,
    cast,
    insert,
    literal,
    select,
    text,
)

from smsgateway.messaging.classes import MessageClass, lane
from smsgateway.messaging.tables import message
from smsgateway.register.tables import facility, person, phone
from smsgateway.reminders.planning import Planning
from smsgateway.reminders.tables import reminder, visit
from smsgateway.storage.engine import Database

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
RULES = ("before_3", "before_1", "missed_2", "missed_7")
MESSAGES_A_CHILD = 5
CHUNK = 10_000
"""Rows of one statement, which all become due at one time of the weeks to come."""


_Row = dict[str, ColumnElement[Any]]


def fill(database: Database, messages: int, due: int, planning: Planning) -> None:
    """`messages` of which `due` are due NOW, spread among the others; and for every five of them a
    child with a phone, an open visit and four reminders, none of which is due."""
    with database.begin() as connection:
        row = {"code": "b", "name": "Asacobafa", "kind": "cscom", "region": "Bamako"}
        connection.execute(insert(facility), [row | {"session_days": "tue,thu"}])
    children = messages // MESSAGES_A_CHILD
    for chunk, numbers in enumerate(_numbers(children)):
        _children(database, numbers, NOW.date() + timedelta(days=7 + chunk % 28), planning)
    for chunk, numbers in enumerate(_numbers(messages)):
        later = NOW + timedelta(minutes=1 + 80 * chunk)
        one_of = messages // due
        _insert(database, message, numbers, _message(numbers.c.n, one_of, later, children))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _numbers(rows: int) -> Iterator[CTE]:
    """The numbers from 1 to `rows`, in the column `n` of a table for each CHUNK of them."""
    for start in range(0, rows, CHUNK):
        first = select(literal(start + 1, Integer).label("n")).cte("numbers", recursive=True)
        last = min(start + CHUNK, rows)
        yield first.union_all(select(first.c.n + 1).where(first.c.n < last))


def _children(database: Database, numbers: CTE, day: date, planning: Planning) -> None:
    """Children who are expected on `day`; id n has phone n and visit n."""
    n = numbers.c.n
    _insert(database, phone, numbers, _phone(n))
    _insert(database, person, numbers, _person())
    _insert(database, visit, numbers, _visit(n, day, planning.made_with()[0][1]))
    for rule in RULES:
        _insert(database, reminder, numbers, _reminder(n, day, rule))


def _insert(database: Database, table: Table, numbers: CTE, columns: _Row) -> None:
    chosen = select(*columns.values()).select_from(numbers)
    with database.begin() as connection:
        connection.execute(insert(table).from_select(list(columns), chosen))


def _phone(n: ColumnElement[int]) -> _Row:
    return {"msisdn": literal("+2237") + cast(10_000_000 + n, String), "created_at": _at(NOW)}


def _person() -> _Row:
    return {
        "facility_id": literal(1),
        "first_name": literal("Awa"),
        "sex": literal("F"),
        "birth_date": literal(date(2026, 11, 1)),
        "created_at": _at(NOW),
    }


def _visit(n: ColumnElement[int], day: date, made_with: str) -> _Row:
    return {
        "person_id": n,
        "facility_id": literal(1),
        "calendar": literal("vaccination"),
        "visit_date": literal(day),
        "doses": literal("PENTA1,PNEUMO1,ROTA1,VPO1"),
        "state": literal("open"),
        "review_on": literal(day + timedelta(days=1)),
        "made_with": literal(made_with),
        "planned_at": _at(NOW),
    }


def _reminder(n: ColumnElement[int], day: date, rule: str) -> _Row:
    due_at = NOW + (day - NOW.date()) - timedelta(days=3)
    return {
        "visit_id": n,
        "occurrence": literal(1),
        "rule": literal(rule),
        "phone_id": n,
        "visit_date": literal(day),
        "state": literal("planned"),
        "due_at": _at(due_at),
        "expires_at": _at(due_at + timedelta(days=14)),
    }


def _message(n: ColumnElement[int], one_of: int, later: datetime, children: int) -> _Row:
    return {
        "dedupe_key": literal("bench:") + cast(n, String),
        "message_class": literal(MessageClass.REMINDER.value),
        "lane": literal(lane(MessageClass.REMINDER, None), message.c.lane.type),
        "channel": literal("main"),
        "phone_id": n % children + 1,
        "msisdn": literal("+22370000000"),
        "language": literal("fr"),
        "template": literal("rem_3d"),
        "body": literal("Vaccin pour Awa"),
        "encoding": literal("gsm7"),
        "segments": literal(1),
        "state": literal("queued"),
        "due_at": case((n % one_of == 0, _at(NOW)), else_=_at(later)),
        "expires_at": _at(NOW + timedelta(days=60)),
        "created_at": _at(NOW),
    }


def _at(moment: datetime) -> ColumnElement[datetime]:
    return literal(moment, message.c.due_at.type)
