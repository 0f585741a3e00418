"""Who looks after an imported child, and what they agreed to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select

from smsgateway.interchange.kind import Outcome, Record
from smsgateway.interchange.merge import merge
from smsgateway.register.tables import caregiver, consent

WORDING = "import"
"""The wording of a consent that was given on paper and came in a file."""


def store_carers(
    connection: Connection,
    records: Sequence[Record],
    person_ids: Mapping[Hashable, int],
    phones: Mapping[str, int],
) -> set[int]:
    """Bring the carers of these children up to date. Returns the lines that changed something.

    A file names one carer of each relation: a new number for the mother replaces her old one, so
    that nobody goes on being written to at a number that was wrong.
    """
    known = _carers(connection, person_ids)
    wanted: dict[Hashable, dict[str, Any]] = {}
    existing: dict[Hashable, Mapping[str, Any]] = {}
    for record in records:
        if not record.get("carer_phone"):
            continue
        values = {
            "person_id": person_ids[record.line],
            "phone_id": phones[record.values["carer_phone"]],
            "name": record.get("carer_name"),
            "relation": record.get("carer_relation"),
        }
        wanted[record.line] = values
        if same := _same_carer(known[values["person_id"]], values):
            existing[record.line] = same
    merged = merge(connection, caregiver, wanted, existing)
    return {
        record.line
        for record in records
        if merged.outcomes.get(record.line, Outcome.UNCHANGED) is not Outcome.UNCHANGED
    }


def _carers(
    connection: Connection, person_ids: Mapping[Hashable, int]
) -> dict[int, list[Mapping[str, Any]]]:
    carers: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    query = select(caregiver).where(caregiver.c.person_id.in_(set(person_ids.values())))
    for row in connection.execute(query).mappings():
        carers[row["person_id"]].append(dict(row))
    return carers


def _same_carer(
    known: Sequence[Mapping[str, Any]], values: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """The carer with this phone, else the one of this relation."""
    for column in ("phone_id", "relation"):
        for carer in known:
            if carer[column] == values[column]:
                return carer
    return None


def store_consents(
    connection: Connection,
    records: Sequence[Record],
    person_ids: Mapping[Hashable, int],
    phones: Mapping[str, int],
) -> set[int]:
    """Write down consents that are new. Returns the lines that brought one."""
    query = select(consent.c.person_id, consent.c.phone_id, consent.c.given_on)
    rows = connection.execute(query.where(consent.c.person_id.in_(set(person_ids.values()))))
    known = {tuple(row) for row in rows}
    new: dict[int, dict[str, Any]] = {}
    for record in records:
        given_on = record.get("consent_date")
        key = (person_ids[record.line], phones.get(record.get("carer_phone")), given_on)
        if given_on and key not in known:
            new[record.line] = {
                "person_id": key[0],
                "phone_id": key[1],
                "given_on": given_on,
                "wording": WORDING,
                "language": record.get("language"),
                "channel": "import",
            }
    if new:
        connection.execute(insert(consent), list(new.values()))
    return set(new)
