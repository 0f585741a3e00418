"""Import of doses given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select

from smsgateway.calendars.schedule import shipped
from smsgateway.interchange.kind import (
    Column,
    Context,
    Kind,
    Outcome,
    Problem,
    Record,
    Result,
    not_in_future,
)
from smsgateway.interchange.kinds.shared import facility_column, missing_reference
from smsgateway.interchange.merge import ids_by, rows_by
from smsgateway.interchange.parsers import BadCell, as_text, day, folded, identifier
from smsgateway.interchange.rows import Cell
from smsgateway.register.changes import mark
from smsgateway.register.claims import confirm_recorded
from smsgateway.register.numbers import normalised
from smsgateway.register.tables import facility, immunization, person


def _vaccine(cell: Cell) -> str:
    """A series or dose that the schedule knows, however it is spaced: `Penta 1` is PENTA1."""
    name = folded(as_text(cell)).replace("_", "").upper()
    if not shipped().knows(name):
        raise BadCell("it must be a vaccine or dose of the schedule like BCG or PENTA1")
    return name


def _store(connection: Connection, records: Sequence[Record], context: Context) -> list[Result]:
    facilities = ids_by(connection, facility.c.code, (r.get("facility_code") for r in records))
    by_id = rows_by(connection, person.c.external_id, (r.get("child_id") for r in records))
    by_card = rows_by(connection, person.c.carnet_number, (r.get("carnet_number") for r in records))
    results: dict[int, Result] = {}
    wanted: dict[int, dict[str, Any]] = {}
    for record in records:
        if problem := missing_reference(record, "facility_code", facilities, "facilities"):
            results[record.line] = problem
            continue
        child = _child(record, by_id, by_card)
        if isinstance(child, Problem):
            results[record.line] = child
            continue
        wanted[record.line] = {
            "person_id": child["id"],
            "vaccine": record.values["vaccine"],
            "given_on": record.values["date"],
            "facility_id": facilities.get(record.get("facility_code")),
            "recorded_at": context.now,
        }
    return _insert(connection, wanted, results, records, context)


def _insert(
    connection: Connection,
    wanted: Mapping[int, dict[str, Any]],
    results: dict[int, Result],
    records: Sequence[Record],
    context: Context,
) -> list[Result]:
    people = {row["person_id"] for row in wanted.values()}
    query = select(immunization.c.person_id, immunization.c.vaccine, immunization.c.given_on).where(
        immunization.c.person_id.in_(people)
    )
    known = {tuple(row) for row in connection.execute(query)}
    new = []
    for line, row in wanted.items():
        is_known = (row["person_id"], row["vaccine"], row["given_on"]) in known
        results[line] = Outcome.UNCHANGED if is_known else Outcome.CREATED
        if not is_known:
            new.append(row)
    if new:
        connection.execute(insert(immunization), new)
        confirm_recorded(connection, people, context.now)
        mark(connection, (row["person_id"] for row in new), context.now)
    return [results[record.line] for record in records]


def _child(
    record: Record, by_id: Mapping[str, Any], by_card: Mapping[str, Any]
) -> Mapping[str, Any] | Problem:
    """The child who got the dose; two columns must not name two children."""
    found = []
    for column, known in (("child_id", by_id), ("carnet_number", by_card)):
        if problem := missing_reference(record, column, known, "children"):
            return problem
        if record.get(column) is not None:
            found.append(known[record.values[column]])
    if len({child["id"] for child in found}) > 1:
        return record.problem("carnet_number", "another child has this card number")
    child: Mapping[str, Any] = found[0]
    if child["birth_date"] and record.values["date"] < child["birth_date"]:
        return record.problem("date", "it must not be before the child's birth")
    return child


DOSES = Kind(
    name="doses",
    columns=(
        Column("child_id", identifier(64), synonyms=("id enfant", "identifiant", "external_id")),
        Column(
            "carnet_number",
            identifier(32, normalised),
            synonyms=("numéro de carnet", "numéro carnet", "n° carnet", "no carnet", "carnet"),
        ),
        Column("vaccine", _vaccine, True, ("vaccin", "antigène", "dose")),
        Column("date", day, True, ("date de vaccination", "date vaccination", "reçu le")),
        facility_column(required=False),
    ),
    identity=lambda record: tuple(
        record.get(name) for name in ("child_id", "carnet_number", "vaccine", "date")
    ),
    store=_store,
    one_of=("child_id", "carnet_number"),
    checks=(not_in_future("date"),),
)
