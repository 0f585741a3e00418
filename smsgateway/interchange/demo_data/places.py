"""The facilities of the demonstration."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date, timedelta
from importlib import resources
from typing import Any

from smsgateway.register.facilities import WEEKDAYS

MAIN = "Asacobafa"
"""The centre where the story happens."""

HOURS = "8h-16h (démo)"

_SESSIONS = ("tue,thu", "mon,wed", "wed,fri", "mon,thu")
_ENGLISH_ENDING = " Community Health Centre"


def places(today: date) -> list[Mapping[str, Any]]:
    """Facilities as records of an import, the main one first.

    Its session days are tomorrow and in three days, so that both reminders have somebody to go to
    on whatever day the demonstration is shown.
    """
    file = resources.files("smsgateway.interchange.demo_data") / "places.csv"
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    rows.sort(key=lambda row: not row["name"].startswith(f"{MAIN} "))
    return [_place(number, row, today) for number, row in enumerate(rows, start=1)]


def _place(number: int, row: Mapping[str, str], today: date) -> Mapping[str, Any]:
    name = row["name"].removesuffix(_ENGLISH_ENDING)
    session_days = _SESSIONS[number % len(_SESSIONS)]
    if name == MAIN:
        days = {(today + timedelta(days=ahead)).weekday() for ahead in (1, 3)}
        session_days = ",".join(WEEKDAYS[day] for day in sorted(days))
    return {
        "code": f"DEMO-{number:02}",
        "name": f"{name} (démo)",
        "kind": "cscom",
        "region": row["region"],
        "district": "District (démo)",
        "commune": "Commune (démo)",
        "latitude": float(row["latitude"]),
        "longitude": float(row["longitude"]),
        "session_days": session_days,
        "hours": HOURS,
    }


def services() -> list[Mapping[str, Any]]:
    """Town halls and social services of the main centre's region, without which its lists of them
    would be empty. All invented."""
    return [
        {
            "code": f"DEMO-S{number}",
            "name": f"{name} (démo)",
            "kind": kind,
            "region": "Bamako",
            "district": "District (démo)",
            "commune": "Commune (démo)",
            "hours": HOURS,
        }
        for number, (name, kind) in enumerate(
            (("Mairie", "mairie"), ("Service social", "social_service")), start=1
        )
    ]
