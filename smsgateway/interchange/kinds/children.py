"""Import of children, with the phone of whoever looks after them and their consent."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from smsgateway.interchange.kind import (
    Check,
    Column,
    Context,
    Kind,
    Outcome,
    Problem,
    Record,
    Result,
    not_in_future,
)
from smsgateway.interchange.kinds.carers import store_carers, store_consents
from smsgateway.interchange.kinds.shared import (
    LANGUAGE_COLUMN,
    facility_column,
    missing_reference,
    phone_column,
)
from smsgateway.interchange.merge import Merged, ids_by, merge, rows_by
from smsgateway.interchange.parsers import SEX, day, identifier, text
from smsgateway.register import losses
from smsgateway.register.changes import mark
from smsgateway.register.numbers import normalised
from smsgateway.register.phones import ensure_phones
from smsgateway.register.tables import facility, household, person

Row = Mapping[str, Any]


def _store(connection: Connection, records: Sequence[Record], context: Context) -> list[Result]:
    facilities = ids_by(connection, facility.c.code, (r.get("facility_code") for r in records))
    households = ids_by(
        connection, household.c.external_id, (r.get("household_id") for r in records)
    )
    by_id = rows_by(connection, person.c.external_id, (r.get("external_id") for r in records))
    by_card = rows_by(connection, person.c.carnet_number, (r.get("carnet_number") for r in records))
    problems: dict[int, Problem] = {}
    existing: dict[Hashable, Row] = {}
    wanted: dict[Hashable, Row] = {}
    for record in records:
        found = (
            missing_reference(record, "facility_code", facilities, "facilities")
            or missing_reference(record, "household_id", households, "households")
            or _same_child(record, by_id, by_card)
        )
        if isinstance(found, Problem):
            problems[record.line] = found
            continue
        if found:
            existing[record.line] = found
        wanted[record.line] = _values(record, facilities, households)
    only_new = {"is_demo": context.is_demo, "created_at": context.now}
    children = merge(connection, person, wanted, existing, only_new)
    good = [record for record in records if record.line in wanted]
    return _with_carers(connection, good, children, context, problems, records)


def _with_carers(
    connection: Connection,
    good: Sequence[Record],
    children: Merged,
    context: Context,
    problems: Mapping[int, Problem],
    records: Sequence[Record],
) -> list[Result]:
    phones = ensure_phones(
        connection,
        {r.get("carer_phone"): r.get("language") for r in good if r.get("carer_phone")},
        context.now,
    )
    changed = store_carers(connection, good, children.ids, phones)
    changed |= store_consents(connection, good, children.ids, phones)
    outcomes = dict(children.outcomes)
    for line in changed:
        if outcomes[line] is Outcome.UNCHANGED:
            outcomes[line] = Outcome.UPDATED
    told = [record for record in good if outcomes[record.line] is not Outcome.UNCHANGED]
    mark(connection, (children.ids[record.line] for record in told), context.now)
    died = [children.ids[record.line] for record in told if record.get("died_on")]
    losses.mark_families(connection, died, context.now)
    return [problems.get(record.line) or outcomes[record.line] for record in records]


def _same_child(
    record: Record, by_id: Mapping[str, Row], by_card: Mapping[str, Row]
) -> Row | Problem | None:
    """The child this row is about, by its identifier or else its card.

    A card that belongs to somebody else is a mistake in the file, never a reason to join two
    children.
    """
    same_id = by_id.get(record.get("external_id"))
    same_card = by_card.get(record.get("carnet_number"))
    if same_card is None or same_card is same_id:
        return same_id
    taken = same_id is not None and same_id["id"] != same_card["id"]
    named = record.get("external_id")
    renamed = named and same_card["external_id"] not in {None, named}
    if taken or renamed:
        return record.problem("carnet_number", "another child has this card number")
    return same_card


def _values(record: Record, facilities: Mapping[str, int], households: Mapping[str, int]) -> Row:
    return {
        "external_id": record.get("external_id"),
        "carnet_number": record.get("carnet_number"),
        "household_id": households.get(record.get("household_id")),
        "facility_id": facilities[record.values["facility_code"]],
        "first_name": record.values["first_name"],
        "last_name": record.get("last_name"),
        "sex": record.values["sex"],
        "birth_date": record.values["birth_date"],
        "died_on": record.get("died_on"),
        "moved_on": record.get("moved_on"),
    }


def _not_before_birth(column: str) -> Check:
    """A check that the date in `column` is not before the child was born."""

    def check(record: Record, _context: Context) -> Problem | None:
        value = record.get(column)
        if value is not None and value < record.values["birth_date"]:
            return record.problem(column, "it must not be before the child's birth")
        return None

    return check


CHILDREN = Kind(
    name="children",
    columns=(
        Column("external_id", identifier(64), synonyms=("identifiant", "id", "id enfant")),
        Column("household_id", identifier(64), synonyms=("id ménage", "ménage", "numéro ménage")),
        Column("first_name", text(60), True, ("prénom", "prénoms")),
        Column("last_name", text(60), synonyms=("nom", "nom de famille")),
        Column("sex", SEX, True, ("sexe",)),
        Column("birth_date", day, True, ("date de naissance", "date naissance", "né le", "née le")),
        facility_column(),
        Column(
            "carnet_number",
            identifier(32, normalised),
            synonyms=("numéro de carnet", "numéro carnet", "n° carnet", "no carnet", "carnet"),
        ),
        Column("carer_name", text(120), synonyms=("nom de la mère", "mère", "nom du parent")),
        phone_column("carer_phone", "téléphone de la mère", "téléphone du parent"),
        Column("carer_relation", text(20), synonyms=("lien", "lien de parenté", "relation")),
        LANGUAGE_COLUMN,
        Column("consent_date", day, synonyms=("date de consentement", "date consentement")),
        Column("died_on", day, synonyms=("date de décès", "date décès", "décédé le", "décédée le")),
        Column(
            "moved_on",
            day,
            synonyms=("date de départ", "date départ", "date de déménagement", "parti le"),
        ),
    ),
    identity=lambda record: record.get("external_id") or ("card", record.get("carnet_number")),
    store=_store,
    one_of=("external_id", "carnet_number"),
    checks=(
        *map(not_in_future, ("birth_date", "consent_date", "died_on", "moved_on")),
        *map(_not_before_birth, ("died_on", "moved_on")),
    ),
)
