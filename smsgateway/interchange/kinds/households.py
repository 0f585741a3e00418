"""Import of households."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from smsgateway.interchange.kind import Column, Context, Kind, Problem, Record, Result
from smsgateway.interchange.kinds.shared import (
    LANGUAGE_COLUMN,
    facility_column,
    missing_reference,
    phone_column,
)
from smsgateway.interchange.merge import ids_by, merge, rows_by
from smsgateway.interchange.parsers import identifier, text
from smsgateway.register.phones import ensure_phones
from smsgateway.register.tables import facility, household


def _store(connection: Connection, records: Sequence[Record], context: Context) -> list[Result]:
    facilities = ids_by(connection, facility.c.code, (r.get("facility_code") for r in records))
    problems: dict[int, Problem] = {}
    for record in records:
        if found := missing_reference(record, "facility_code", facilities, "facilities"):
            problems[record.line] = found
    good = [record for record in records if record.line not in problems]
    phones = ensure_phones(
        connection,
        {r.get("phone"): r.get("language") for r in good if r.get("phone")},
        context.now,
    )
    wanted = {
        record.values["external_id"]: {
            "external_id": record.values["external_id"],
            "facility_id": facilities[record.values["facility_code"]],
            "head_name": record.values["head_name"],
            "quarter": record.get("quarter"),
            "rsu_id": record.get("rsu_id"),
            "phone_id": phones.get(record.get("phone")),
        }
        for record in good
    }
    existing = rows_by(connection, household.c.external_id, wanted)
    merged = merge(connection, household, wanted, existing, {"is_demo": context.is_demo})
    return [
        problems.get(record.line) or merged.outcomes[record.values["external_id"]]
        for record in records
    ]


HOUSEHOLDS = Kind(
    name="households",
    columns=(
        Column(
            "external_id",
            identifier(64),
            True,
            ("identifiant", "id", "id ménage", "numéro ménage", "ménage"),
        ),
        facility_column(),
        Column(
            "head_name",
            text(120),
            True,
            ("chef de ménage", "chef ménage", "nom du chef de ménage", "nom chef", "nom"),
        ),
        Column("quarter", text(60), synonyms=("quartier", "village")),
        Column("rsu_id", identifier(64), synonyms=("id rsu", "numéro rsu", "rsu")),
        phone_column(),
        LANGUAGE_COLUMN,
    ),
    identity=lambda record: record.values["external_id"],
    store=_store,
)
