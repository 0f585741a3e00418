"""Import of enrolment files of the schemes of social protection."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select

from smsgateway.enrolment import cover
from smsgateway.enrolment.statuses import Status
from smsgateway.enrolment.tables import enrolment, enrolment_history, scheme
from smsgateway.interchange.kind import (
    Column,
    Context,
    Kind,
    Problem,
    Record,
    Result,
    not_in_future,
)
from smsgateway.interchange.kinds.shared import missing_reference, phone_column
from smsgateway.interchange.merge import ids_by, merge
from smsgateway.interchange.parsers import as_text, choice, day, folded, identifier, text, year
from smsgateway.interchange.rows import Cell
from smsgateway.register.numbers import anam_file_number, normalised
from smsgateway.register.phones import ensure_phones
from smsgateway.register.tables import household

_ANAM_SCHEMES = frozenset({"RAMED", "RAMED+"})
_COPIED = (
    "holder_name",
    "holder_birth_year",
    "status",
    "status_date",
    "card_number",
    "valid_from",
    "valid_until",
    "paid_until",
    "pickup_place",
    "missing_papers",
    "beneficiaries",
)

Key = tuple[str, str]
Row = Mapping[str, Any]


def _scheme(cell: Cell) -> str:
    return as_text(cell).upper().replace(" ", "")


def _key(record: Record) -> Key:
    """Scheme and file number; ANAM's numbers get back the zeros that a spreadsheet drops."""
    code, number = record.values["scheme"], record.values["file_number"]
    return code, anam_file_number(number) if code in _ANAM_SCHEMES else number


def _store(connection: Connection, records: Sequence[Record], context: Context) -> list[Result]:
    schemes = set(connection.execute(select(scheme.c.code)).scalars())
    households = ids_by(
        connection, household.c.external_id, (r.get("household_id") for r in records)
    )
    problems: dict[int, Problem] = {}
    for record in records:
        problem = missing_reference(record, "household_id", households, "households")
        if record.values["scheme"] not in schemes:
            problem = record.problem("scheme", f"it must be one of {', '.join(sorted(schemes))}")
        if problem:
            problems[record.line] = problem
    good = [record for record in records if record.line not in problems]
    phones = ensure_phones(
        connection, {r.get("phone"): None for r in good if r.get("phone")}, context.now
    )
    wanted: dict[Hashable, Row] = {
        _key(record): {
            "scheme": _key(record)[0],
            "file_number": _key(record)[1],
            "household_id": households.get(record.get("household_id")),
            "phone_id": phones.get(record.get("phone")),
            **{name: record.get(name) for name in _COPIED},
        }
        for record in good
    }
    existing = _existing(connection, good)
    merged = merge(connection, enrolment, wanted, existing, {"is_demo": context.is_demo})
    _keep_history(connection, wanted, existing, merged.ids, context)
    cover.reconsider(connection, merged.changed(), context.today, context.now)
    return [problems.get(r.line) or merged.outcomes[_key(r)] for r in records]


def _existing(connection: Connection, records: Sequence[Record]) -> dict[Hashable, Row]:
    numbers = {_key(record)[1] for record in records}
    query = select(enrolment).where(enrolment.c.file_number.in_(numbers))
    rows = connection.execute(query).mappings()
    return {(row["scheme"], row["file_number"]): dict(row) for row in rows}


def _keep_history(
    connection: Connection,
    wanted: Mapping[Hashable, Row],
    existing: Mapping[Hashable, Row],
    ids: Mapping[Hashable, int],
    context: Context,
) -> None:
    """A row of history for each status that is new to its file."""
    rows = [
        {
            "enrolment_id": ids[key],
            "status": values["status"],
            "status_date": values["status_date"],
            "recorded_at": context.now,
        }
        for key, values in wanted.items()
        if key not in existing
        or any(existing[key][name] != values[name] for name in ("status", "status_date"))
    ]
    if rows:
        connection.execute(insert(enrolment_history), rows)


def _ends_after_its_start(record: Record, _context: Context) -> Problem | None:
    start, end = record.get("valid_from"), record.get("valid_until")
    if start and end and end < start:
        return record.problem("valid_until", "it must not be before valid_from")
    return None


ENROLMENTS = Kind(
    name="enrolments",
    columns=(
        Column("scheme", _scheme, True, ("régime", "programme", "dispositif")),
        Column(
            "file_number",
            identifier(32, normalised),
            True,
            ("numéro de dossier", "numéro dossier", "n° dossier", "no dossier", "dossier"),
        ),
        Column("holder_name", text(120), True, ("titulaire", "nom du titulaire", "nom")),
        Column("holder_birth_year", year, True, ("année de naissance", "année naissance", "né en")),
        Column(
            "status",
            choice({folded(status): status.value for status in Status}),
            True,
            ("statut", "état"),
        ),
        Column("status_date", day, True, ("date du statut", "date statut")),
        Column("household_id", identifier(64), synonyms=("id ménage", "ménage")),
        phone_column(),
        Column(
            "card_number",
            identifier(32, normalised),
            synonyms=("numéro de carte", "n° carte", "carte"),
        ),
        Column("valid_from", day, synonyms=("valide du", "début de validité", "date début")),
        Column(
            "valid_until",
            day,
            synonyms=("valide jusqu'au", "fin de validité", "date fin", "expiration"),
        ),
        Column(
            "paid_until",
            day,
            synonyms=("cotisations payées jusqu'au", "cotisation jusqu'au", "à jour jusqu'au"),
        ),
        Column("pickup_place", text(60), synonyms=("lieu de retrait", "retrait")),
        Column("missing_papers", text(200), synonyms=("pièces manquantes", "papiers manquants")),
        Column("beneficiaries", text(400), synonyms=("bénéficiaires", "ayants droit")),
    ),
    identity=_key,
    store=_store,
    checks=(not_in_future("status_date"), _ends_after_its_start),
)
