"""Import of workers; each is invited afterwards, and chooses a PIN at the first dial."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from smsgateway.interchange.kind import Column, Context, Kind, Outcome, Problem, Record, Result
from smsgateway.interchange.kinds.shared import (
    facility_column,
    missing_reference,
    phone_column,
)
from smsgateway.interchange.merge import ids_by, merge
from smsgateway.interchange.parsers import choice, folded, text
from smsgateway.register.phones import ensure_phones
from smsgateway.register.tables import facility
from smsgateway.staff import audit
from smsgateway.staff.roles import Role
from smsgateway.staff.tables import staff

_ROLES = {folded(role): role.value for role in Role} | {
    "infirmier": Role.AGENT.value,
    "infirmiere": Role.AGENT.value,
    "sage_femme": Role.AGENT.value,
    "matrone": Role.AGENT.value,
    "vaccinateur": Role.AGENT.value,
    "dtc": Role.HEAD.value,
    "chef_de_poste": Role.HEAD.value,
    "responsable": Role.HEAD.value,
    "agent_social": Role.SOCIAL.value,
}


def _store(connection: Connection, records: Sequence[Record], context: Context) -> list[Result]:
    facilities = ids_by(connection, facility.c.code, (r.get("facility_code") for r in records))
    problems: dict[int, Problem] = {}
    for record in records:
        if found := missing_reference(record, "facility_code", facilities, "facilities"):
            problems[record.line] = found
    good = [record for record in records if record.line not in problems]
    phones = ensure_phones(connection, {r.values["phone"]: None for r in good}, context.now)
    wanted = {
        phones[record.values["phone"]]: {
            "name": record.values["name"],
            "phone_id": phones[record.values["phone"]],
            "facility_id": facilities[record.values["facility_code"]],
            "role": record.values["role"],
        }
        for record in good
    }
    query = select(staff).where(staff.c.phone_id.in_(wanted))
    existing = {row["phone_id"]: dict(row) for row in connection.execute(query).mappings()}
    merged = merge(connection, staff, wanted, existing, {"created_at": context.now})
    for key, outcome in merged.outcomes.items():
        if outcome is not Outcome.UNCHANGED:
            subject = f"staff:{merged.ids[key]}"
            audit.record(connection, f"import.{outcome}", context.now, subject=subject)
    return [
        problems.get(record.line) or merged.outcomes[phones[record.values["phone"]]]
        for record in records
    ]


STAFF = Kind(
    name="staff",
    columns=(
        Column("name", text(120), True, ("nom", "nom complet", "prénom et nom")),
        phone_column(required=True),
        facility_column(),
        Column("role", choice(_ROLES), True, ("rôle", "fonction", "poste")),
    ),
    identity=lambda record: record.values["phone"],
    store=_store,
)
