"""Import of pregnancies, with the woman's own phone and her consent."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, select

from smsgateway.calendars.antenatal import LONGEST, edd_of, is_plausible, lmp_of
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
from smsgateway.interchange.kinds.carers import store_carers, store_consents
from smsgateway.interchange.kinds.shared import (
    LANGUAGE_COLUMN,
    facility_column,
    missing_reference,
    phone_column,
)
from smsgateway.interchange.merge import Merged, ids_by, merge, rows_by
from smsgateway.interchange.parsers import choice, day, identifier, text, whole
from smsgateway.register.changes import mark
from smsgateway.register.phones import ensure_phones
from smsgateway.register.pregnancies import SELF, Dating, Ending
from smsgateway.register.tables import caregiver, facility, person, phone, pregnancy

Row = Mapping[str, Any]
Rows = dict[Hashable, Row]

_OF_PREGNANCY = [column for column in pregnancy.c if column.name != "person_id"]

MOST_WEEKS = LONGEST // timedelta(weeks=1)

_TOLD = {"lmp": Dating.LMP, "edd": Dating.EDD, "gestation_weeks": Dating.GESTATION}
"""Columns that date a pregnancy, the one that counts first where a row has several."""

_ENDINGS = choice(
    dict.fromkeys(("birth", "naissance", "accouchement"), Ending.BIRTH)
    | dict.fromkeys(("loss", "perte", "fausse_couche", "mort_ne"), Ending.LOSS)
)


def _store(connection: Connection, records: Sequence[Record], context: Context) -> list[Result]:
    facilities = ids_by(connection, facility.c.code, (r.get("facility_code") for r in records))
    results: dict[int, Result] = {}
    for record in records:
        if problem := missing_reference(record, "facility_code", facilities, "facilities"):
            results[record.line] = problem
    good = [_reached(record) for record in records if record.line not in results]
    pregnancies = _known(connection, good)
    women = _women(connection, good, facilities, pregnancies, context)
    merged = merge(
        connection,
        pregnancy,
        {r.line: {"person_id": women.ids[r.line], **_values(r)} for r in good},
        pregnancies,
        {"recorded_via": "import", "created_at": context.now},
    )
    changed = _with_lines(connection, good, women, context)
    for record in good:
        outcome = merged.outcomes[record.line]
        if outcome is Outcome.UNCHANGED and record.line in changed:
            outcome = Outcome.UPDATED
        results[record.line] = outcome
    new = (women.ids[r.line] for r in good if results[r.line] is not Outcome.UNCHANGED)
    mark(connection, new, context.now)
    return [results[record.line] for record in records]


def _reached(record: Record) -> Record:
    """The row as that of somebody who is her own carer."""
    line = {"carer_phone": record.get("phone"), "carer_relation": SELF}
    return Record(record.line, {**record.values, **(line if line["carer_phone"] else {})})


def _values(record: Record) -> Row:
    lmp_date, dating = _dated(record)
    return {
        "external_id": record.values["external_id"],
        "lmp_date": lmp_date,
        "edd_date": edd_of(lmp_date),
        "dating": dating,
        "registered_on": record.values["registered_on"],
        "ended_on": record.get("ended_on"),
        "outcome": record.get("outcome"),
    }


def _dated(record: Record) -> tuple[date, Dating]:
    """The first day of the last period, and what it was counted from."""
    column = next(column for column in _TOLD if record.get(column) is not None)
    told, seen_on = record.values[column], record.values["registered_on"]
    match _TOLD[column]:
        case Dating.LMP:
            return told, Dating.LMP
        case Dating.EDD:
            return lmp_of(edd=told), Dating.EDD
        case Dating.GESTATION:
            return lmp_of(weeks=told, seen_on=seen_on), Dating.GESTATION


def _known(connection: Connection, records: Sequence[Record]) -> Rows:
    """Line -> the pregnancy that a row is about: by its identifier, else one that is open, has no
    identifier yet, and was told from the same line under the same first name."""
    ids = (record.values["external_id"] for record in records)
    by_id = rows_by(connection, pregnancy.c.external_id, ids)
    told = {
        (row["msisdn"], row["first_name"]): row
        for row in _of_lines(connection, records)
        if row["id"] is not None and row["external_id"] is None and row["ended_on"] is None
    }
    found: Rows = {}
    for record in records:
        same_line = (record.get("phone"), record.values["first_name"])
        row = by_id.get(record.values["external_id"]) or told.pop(same_line, None)
        if row:
            found[record.line] = row
    return found


def _women(
    connection: Connection,
    records: Sequence[Record],
    facilities: Mapping[str, int],
    pregnancies: Rows,
    context: Context,
) -> Merged:
    """Bring the women up to date. One whose last pregnancy has ended is taken for the same."""
    free = {}
    for row in _of_lines(connection, records):
        key = row["msisdn"], row["first_name"]
        free[key] = None if row["id"] is not None and row["ended_on"] is None else row
    wanted: Rows = {}
    person_ids: dict[int, int] = {}
    for record in records:
        wanted[record.line] = {
            "facility_id": facilities[record.values["facility_code"]],
            "first_name": record.values["first_name"],
            "sex": "F",
        }
        same_line = (record.get("phone"), record.values["first_name"])
        if known := pregnancies.get(record.line) or free.pop(same_line, None):
            person_ids[record.line] = known["person_id"]
    rows = rows_by(connection, person.c.id, person_ids.values())
    existing: Rows = {line: rows[person_id] for line, person_id in person_ids.items()}
    only_new = {"is_demo": context.is_demo, "created_at": context.now}
    return merge(connection, person, wanted, existing, only_new)


def _of_lines(connection: Connection, records: Sequence[Record]) -> list[Row]:
    """The women on these lines with each of their pregnancies, the latest last."""
    query = (
        select(phone.c.msisdn, person.c.first_name, caregiver.c.person_id, *_OF_PREGNANCY)
        .join_from(phone, caregiver, caregiver.c.phone_id == phone.c.id)
        .join(person, person.c.id == caregiver.c.person_id)
        .outerjoin(pregnancy, pregnancy.c.person_id == person.c.id)
        .where(
            phone.c.msisdn.in_({r.get("phone") for r in records if r.get("phone")}),
            caregiver.c.relation == SELF,
        )
        .order_by(pregnancy.c.ended_on.is_(None), pregnancy.c.id)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def _with_lines(
    connection: Connection, good: Sequence[Record], women: Merged, context: Context
) -> set[int]:
    """Store the women's lines and consents; the row lines that changed anything about them."""
    phones = ensure_phones(
        connection, {r.get("phone"): r.get("language") for r in good if r.get("phone")}, context.now
    )
    changed = store_carers(connection, good, women.ids, phones)
    changed |= store_consents(connection, good, women.ids, phones)
    updated = {r.line for r in good if women.outcomes[r.line] is not Outcome.UNCHANGED}
    return changed | updated


def _during(record: Record, _context: Context) -> Problem | None:
    """She is registered while she is pregnant."""
    lmp_date, _ = _dated(record)
    if is_plausible(lmp_date, record.values["registered_on"]):
        return None
    return record.problem("registered_on", "it must be within the pregnancy that is dated here")


def _ended_how(record: Record, _context: Context) -> Problem | None:
    if (record.get("ended_on") is None) == (record.get("outcome") is None):
        return None
    return record.problem("outcome", "ended_on and outcome go together")


PREGNANCIES = Kind(
    name="pregnancies",
    columns=(
        Column("external_id", identifier(64), True, ("identifiant", "id", "numéro cpn")),
        Column("first_name", text(60), True, ("prénom", "prénoms")),
        phone_column("phone", "téléphone de la femme"),
        LANGUAGE_COLUMN,
        Column("lmp", day, synonyms=("ddr", "date des dernières règles")),
        Column("edd", day, synonyms=("dpa", "date prévue", "date prévue d'accouchement")),
        Column(
            "gestation_weeks",
            whole(1, MOST_WEEKS),
            synonyms=("semaines", "âge gestationnel", "semaines d'aménorrhée"),
        ),
        Column("registered_on", day, True, ("date d'inscription", "inscrite le", "date cpn1")),
        facility_column(),
        Column("consent_date", day, synonyms=("date de consentement", "date consentement")),
        Column("ended_on", day, synonyms=("date d'accouchement", "date de fin")),
        Column("outcome", _ENDINGS, synonyms=("issue",)),
    ),
    identity=lambda record: record.get("external_id"),
    store=_store,
    one_of=tuple(_TOLD),
    checks=(
        *map(not_in_future, ("lmp", "registered_on", "consent_date", "ended_on")),
        _during,
        _ended_how,
    ),
)
