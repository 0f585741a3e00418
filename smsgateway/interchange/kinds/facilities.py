"""Import of places of care and of social services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from smsgateway.interchange.kind import Column, Context, Kind, Outcome, Record, Result
from smsgateway.interchange.kinds.shared import phone_column
from smsgateway.interchange.merge import merge, rows_by
from smsgateway.interchange.parsers import (
    choice,
    choices,
    degrees,
    identifier,
    sending_hours,
    session_days,
    text,
)
from smsgateway.register.changes import mark_facilities
from smsgateway.register.tables import facility

_KINDS = {
    "cscom": "cscom",
    "centre_de_sante_communautaire": "cscom",
    "csref": "csref",
    "centre_de_sante_de_reference": "csref",
    "social_service": "social_service",
    "service_social": "social_service",
    "sldses": "social_service",
    "mairie": "mairie",
    "other": "other",
    "autre": "other",
}
_SERVICES = {
    "vaccination": "vaccination",
    "vaccins": "vaccination",
    "antenatal": "antenatal",
    "cpn": "antenatal",
    "delivery": "delivery",
    "accouchement": "delivery",
    "newborn": "newborn",
    "nouveau-ne": "newborn",
    "none": "",
    "aucun": "",
}
"""What may cost nothing at a place: it says so itself, because free care is decided place by place
(in December 2025, consultations, deliveries and newborns in 53 of Mali's 1,760 centres)."""

_ANC_MODELS = {"cpn4": "CPN4", "4": "CPN4", "cpn8": "CPN8", "8": "CPN8"}


def _store(connection: Connection, records: Sequence[Record], context: Context) -> list[Result]:
    columns = [column.name for column in FACILITIES.columns]
    wanted = {r.values["code"]: {name: r.get(name) for name in columns} for r in records}
    existing = rows_by(connection, facility.c.code, wanted)
    merged = merge(connection, facility, wanted, existing, {"is_demo": context.is_demo})
    moved = [
        merged.ids[code]
        for code, outcome in merged.outcomes.items()
        if outcome is Outcome.UPDATED and _visits_move(existing[code], wanted[code])
    ]
    if moved:
        mark_facilities(connection, moved, context.now)
    return [merged.outcomes[record.values["code"]] for record in records]


def _visits_move(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether the plans of everybody at a facility have to be made again."""
    names = ("session_days", "district", "sending_hours")
    return any(after[name] not in {None, before[name]} for name in names)


FACILITIES = Kind(
    name="facilities",
    columns=(
        Column("code", identifier(32), True, ("code_structure", "code_centre", "code_cscom")),
        Column("name", text(120), True, ("nom", "nom du centre", "structure", "centre")),
        Column("kind", choice(_KINDS), True, ("type", "nature")),
        Column("region", text(60), True, ("région",)),
        Column("district", text(60), synonyms=("district sanitaire", "cercle")),
        Column("commune", text(60)),
        Column("parent_code", identifier(32), synonyms=("code parent", "rattachement")),
        phone_column(),
        Column("latitude", degrees(90), synonyms=("lat",)),
        Column("longitude", degrees(180), synonyms=("lon", "lng", "long")),
        Column(
            "session_days",
            session_days,
            synonyms=("jours de vaccination", "jours vaccination", "jours de séance"),
        ),
        Column("hours", text(120), synonyms=("horaires", "heures", "heures d'ouverture")),
        Column(
            "sending_hours", sending_hours, synonyms=("heures d'envoi", "horaires d'envoi", "envoi")
        ),
        Column("anc_model", choice(_ANC_MODELS), synonyms=("modèle cpn",)),
        Column("free_services", choices(_SERVICES), synonyms=("services gratuits", "gratuité")),
    ),
    identity=lambda record: record.values["code"],
    store=_store,
)
