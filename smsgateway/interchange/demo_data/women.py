"""The pregnancies of the demonstration."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from smsgateway.calendars.antenatal import edd_of
from smsgateway.interchange.demo_data.summary import DemoWoman

_WOMEN = (
    # phone, first name, language, age of the pregnancy
    ("+22370000081", "Safiatou", "fr", timedelta(weeks=20) - timedelta(days=20)),
    ("+22370000082", "Kadiatou", "bm", timedelta(weeks=30) - timedelta(days=20)),
    ("+22370000083", "Oumou", "fr", timedelta(weeks=40) - timedelta(days=2)),
)
"""The next contact of the first two is in twenty days: time to try the dialogue before a reminder
is due. The third may tell of a birth any day."""

_REGISTERED_AFTER = timedelta(weeks=10)


def women(
    place: Mapping[str, Any], today: date
) -> tuple[list[Mapping[str, Any]], tuple[DemoWoman, ...]]:
    """The pregnancies as records of an import at this place, and as they are shown."""
    records: list[Mapping[str, Any]] = []
    shown = []
    for number, (msisdn, first_name, language, age) in enumerate(_WOMEN, start=1):
        lmp = today - age
        registered_on = lmp + _REGISTERED_AFTER
        records.append(
            {
                "external_id": f"DEMO-P{number:03}",
                "first_name": first_name,
                "phone": msisdn,
                "language": language,
                "lmp": lmp,
                "registered_on": registered_on,
                "facility_code": place["code"],
                "consent_date": registered_on,
            }
        )
        shown.append(DemoWoman(msisdn, f"{first_name} (démo)", language, edd_of(lmp)))
    return records, tuple(shown)
