"""Import of contacts that took place: antenatal, postnatal, weighing."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select, tuple_

from smsgateway.calendars.contacts import CalendarKind
from smsgateway.interchange.kind import (
    Column,
    Context,
    Kind,
    Outcome,
    Record,
    Result,
    not_in_future,
)
from smsgateway.interchange.kinds.shared import facility_column, missing_reference
from smsgateway.interchange.merge import ids_by
from smsgateway.interchange.parsers import BadCell, as_text, choice, day, folded, identifier
from smsgateway.interchange.rows import Cell
from smsgateway.register import encounters, people
from smsgateway.register.encounters import CALENDARS, NotPossible
from smsgateway.register.tables import encounter, facility

_CALENDARS = choice(
    dict.fromkeys(("antenatal", "cpn", "prenatal"), CalendarKind.ANTENATAL)
    | dict.fromkeys(("postnatal", "cpon"), CalendarKind.POSTNATAL)
    | dict.fromkeys(("growth", "croissance", "cpe"), CalendarKind.GROWTH)
)


def _code(cell: Cell) -> str:
    """A contact of some calendar, however it is spaced: `CPN 2` is CPN2."""
    code = folded(as_text(cell)).replace("_", "").upper()
    if not any(code in codes for codes in CALENDARS.values()):
        raise BadCell("it must be a contact of a calendar like CPN2 or CPON3")
    return code


def _store(connection: Connection, records: Sequence[Record], context: Context) -> list[Result]:
    facilities = ids_by(connection, facility.c.code, (r.get("facility_code") for r in records))
    results: list[Result] = []
    for record in records:
        problem = missing_reference(record, "facility_code", facilities, "facilities")
        results.append(problem or _store_one(connection, record, facilities, context))
    return results


def _store_one(
    connection: Connection, record: Record, facilities: dict[str, int], context: Context
) -> Result:
    calendar, code = record.values["calendar"], record.values["code"]
    if code not in CALENDARS[calendar]:
        return record.problem("code", f"the {calendar} calendar has no such contact")
    one = people.with_identifier(connection, record.values["person_id"])
    if one is None:
        return record.problem("person_id", "nobody has this identifier: import the people first")
    columns = tuple_(encounter.c.person_id, encounter.c.calendar, encounter.c.code)
    held = select(encounter.c.held_on, encounter.c.pregnancy_id)
    known = connection.execute(held.where(columns == (one.id, calendar, code))).all()
    if any(row.held_on == record.values["date"] for row in known):
        return Outcome.UNCHANGED
    try:
        pregnancy_id = encounters.check(connection, one.id, calendar, record.values["date"])
    except NotPossible as error:
        return record.problem("date", str(error))
    if any(row.pregnancy_id == pregnancy_id for row in known):
        return Outcome.UNCHANGED
    encounters.record(
        connection,
        one.id,
        calendar,
        [code],
        record.values["date"],
        context.now,
        facility_id=facilities.get(record.get("facility_code")),
    )
    return Outcome.CREATED


ENCOUNTERS = Kind(
    name="encounters",
    columns=(
        Column(
            "person_id",
            identifier(64),
            True,
            ("id personne", "identifiant", "external_id", "numéro de carnet", "carnet"),
        ),
        Column("calendar", _CALENDARS, True, ("calendrier", "type")),
        Column("code", _code, True, ("contact", "visite", "consultation")),
        Column("date", day, True, ("date de visite", "date visite", "vu le", "vue le")),
        facility_column(required=False),
    ),
    identity=lambda record: tuple(record.get(name) for name in ("person_id", "calendar", "code")),
    store=_store,
    checks=(not_in_future("date"),),
)
