"""Enrolment files of the demonstration: one in every status, with numbers that are easy to type."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from smsgateway.enrolment.statuses import Status
from smsgateway.interchange.demo_data.people import FIRST_PHONE, Names
from smsgateway.interchange.demo_data.summary import DemoFile

DEPOSITED = "01012026"
"""The date in every file number: 0001 to 0017 of 1 January 2026 are the statuses in order."""

BIRTH_YEAR = 1985
YEAR = timedelta(days=365)

_DETAILS: Mapping[Status, Mapping[str, Any]] = {
    Status.PIECES_MANQUANTES: {"missing_papers": "certificat de résidence, acte de naissance"},
    Status.RECEPISSE_DISPONIBLE: {"pickup_place": "Service social (démo)"},
    Status.CARTE_DISPONIBLE: {"pickup_place": "Mairie (démo)"},
}

_ENDS: Mapping[Status, timedelta] = {
    Status.CARTE_REMISE: 3 * YEAR,
    Status.ACTIF: 2 * YEAR,
    Status.EXPIRE_BIENTOT: timedelta(days=30),
    Status.EXPIRE: timedelta(days=-20),
    Status.SUSPENDU: YEAR,
}
"""From today to the last day of cover, of the statuses that have one. RAMED lasts three years."""

_OF_A_FAMILY = {("RAMED", Status.ACTIF), ("AMO", Status.ACTIF)}
"""Files of the first family's line: who calls from it finds them by the birth year alone."""

_OTHER_SCHEMES = ("RAMED+", "AMV", "AMV+", "AMO")


def files(today: date) -> tuple[list[Mapping[str, Any]], tuple[DemoFile, ...]]:
    """The files as records of an import, and as they are shown."""
    names = Names()
    cases = [("RAMED", status) for status in Status]
    cases += [(scheme, Status.ACTIF) for scheme in _OTHER_SCHEMES]
    records = [
        _record(number, scheme, status, names, today)
        for number, (scheme, status) in enumerate(cases, start=1)
    ]
    shown = tuple(
        DemoFile(one["scheme"], one["file_number"], one["holder_birth_year"], one["status"])
        for one in records
    )
    return records, shown


def _record(
    number: int, scheme: str, status: Status, names: Names, today: date
) -> Mapping[str, Any]:
    sex = "FM"[number % 2]
    record: dict[str, Any] = {
        "scheme": scheme,
        "file_number": f"{number:04}{DEPOSITED}",
        "holder_name": f"{names.first(sex)} {names.last()}",
        "holder_birth_year": BIRTH_YEAR,
        "status": status.value,
        "status_date": today - timedelta(days=5),
        **_DETAILS.get(status, {}),
    }
    if (scheme, status) in _OF_A_FAMILY:
        record["phone"] = f"+223{FIRST_PHONE}"
    if status in _ENDS:
        valid_until = today + _ENDS[status]
        record |= {
            "valid_from": valid_until - 3 * YEAR,
            "valid_until": valid_until,
            "beneficiaries": ", ".join(names.first(one) for one in "FMF"),
        }
    return record
