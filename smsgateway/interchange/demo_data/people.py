"""The families of the demonstration, with the doses that lead to what is to be seen."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib import resources
from itertools import count
from random import Random
from typing import Any

from smsgateway.calendars.forecast import GivenDose, forecast
from smsgateway.calendars.schedule import shipped
from smsgateway.calendars.visits import visits
from smsgateway.interchange.demo_data.summary import DemoChild, DemoPhone, Situation

FIRST_PHONE = 70_000_001
FIRST_CARD = 1001
BACKGROUND_FAMILIES = 60
"""Families beside those of the story, so that lists and counts look like a real centre's."""

_WEEKS_6 = timedelta(weeks=6)
_STORY: Mapping[Situation, tuple[str, timedelta, timedelta]] = {
    # sex, age today, age up to which every dose was given
    Situation.DUE_IN_3_DAYS: ("F", _WEEKS_6 - timedelta(days=3), timedelta(days=20)),
    Situation.DUE_TOMORROW: ("M", _WEEKS_6 - timedelta(days=1), timedelta(days=20)),
    Situation.LATE: ("F", timedelta(days=480), timedelta(days=400)),
    Situation.COMPLETE: ("M", timedelta(days=800), timedelta(days=700)),
}

_FAMILIES: tuple[tuple[str | None, bool, tuple[Situation, ...]], ...] = (
    # language, said STOP, children
    ("fr", False, (Situation.DUE_IN_3_DAYS, Situation.COMPLETE)),
    ("bm", False, (Situation.DUE_IN_3_DAYS, Situation.DUE_IN_3_DAYS, Situation.LATE)),
    ("fr", False, (Situation.DUE_TOMORROW,)),
    ("bm", False, (Situation.LATE,)),
    (None, False, (Situation.COMPLETE,)),
    ("fr", True, (Situation.DUE_IN_3_DAYS,)),
)


@dataclass
class Families:
    """Records of imports, and the phones of the story."""

    households: list[Mapping[str, Any]] = field(default_factory=list)
    children: list[Mapping[str, Any]] = field(default_factory=list)
    doses: list[Mapping[str, Any]] = field(default_factory=list)
    phones: list[DemoPhone] = field(default_factory=list)


class Names:
    """Invented names, the same at every run."""

    def __init__(self) -> None:
        file = resources.files("smsgateway.interchange.demo_data") / "names.json"
        self._names = json.loads(file.read_text(encoding="utf-8"))
        self._random = Random("smsgateway demo")

    def first(self, sex: str, taken: Collection[str] = ()) -> str:
        """A first name that nobody in `taken` has."""
        names = self._names["female" if sex == "F" else "male"]
        return str(self._random.choice([name for name in names if name not in taken]))

    def last(self) -> str:
        """A surname, marked."""
        return f"{self._random.choice(self._names['surnames'])} (démo)"


def families(places: list[Mapping[str, Any]], today: date) -> Families:
    """The families of the story at the first place, then others at all places."""
    found = Families()
    names = Names()
    cards = count(FIRST_CARD)
    for number, (language, opted_out, situations) in enumerate(_FAMILIES):
        builder = _Family(found, names, number, language, places[0], today)
        children = tuple(builder.child_of_the_story(one, str(next(cards))) for one in situations)
        found.phones.append(
            DemoPhone(builder.msisdn, builder.mother, language, children, opted_out)
        )
    random = Random("smsgateway demo families")
    for number in range(len(_FAMILIES), len(_FAMILIES) + BACKGROUND_FAMILIES):
        builder = _Family(
            found, names, number, random.choice(("fr", "bm", "bm")), random.choice(places), today
        )
        age = timedelta(days=random.randrange(5, 600))
        seen = age - timedelta(days=random.choice((0, 0, 0, 20, 60)))
        builder.child(random.choice("FM"), age, seen, str(next(cards)))
    return found


class _Family:
    """Adds one family to the records."""

    def __init__(
        self,
        found: Families,
        names: Names,
        number: int,
        language: str | None,
        place: Mapping[str, Any],
        today: date,
    ) -> None:
        self.msisdn = f"+223{FIRST_PHONE + number}"
        self._names = names
        self._last = names.last()
        self._first_names = [names.first("F")]
        self.mother = f"{self._first_names[0]} {self._last}"
        self._found = found
        self._language = language
        self._place = place
        self._today = today
        self._id = f"DEMO-{number + 1:04}"
        found.households.append(
            {
                "external_id": self._id,
                "facility_code": place["code"],
                "head_name": f"{names.first('M')} {self._last}",
                "quarter": "Quartier (démo)",
                "phone": self.msisdn,
                **self._known_language(),
            }
        )

    def _known_language(self) -> dict[str, str]:
        return {"language": self._language} if self._language else {}

    def child_of_the_story(self, situation: Situation, card: str) -> DemoChild:
        """A child in a situation that the demonstration shows."""
        sex, age, seen_until = _STORY[situation]
        first_name, birth_date = self.child(sex, age, seen_until, card)
        return DemoChild(first_name, birth_date, card, situation)

    def child(self, sex: str, age: timedelta, seen: timedelta, card: str) -> tuple[str, date]:
        """A child of this age who came to every visit up to the age `seen`."""
        first_name, birth_date = self._names.first(sex, self._first_names), self._today - age
        self._first_names.append(first_name)
        self._found.children.append(
            {
                "external_id": f"{self._id}-{card}",
                "household_id": self._id,
                "first_name": first_name,
                "last_name": self._last,
                "sex": sex,
                "birth_date": birth_date,
                "facility_code": self._place["code"],
                "carnet_number": card,
                "carer_name": self.mother,
                "carer_phone": self.msisdn,
                "carer_relation": "mère",
                "consent_date": birth_date,
                **self._known_language(),
            }
        )
        last_day = min(birth_date + seen, self._today - timedelta(days=1))
        for dose in _given(birth_date, sex, last_day):
            self._found.doses.append(
                {
                    "carnet_number": card,
                    "vaccine": dose.vaccine,
                    "date": dose.date,
                    "facility_code": self._place["code"],
                }
            )
        return first_name, birth_date


def _given(birth_date: date, sex: str, last_day: date) -> Iterator[GivenDose]:
    """The doses of a child who came whenever one was due, up to `last_day`."""
    doses: list[GivenDose] = []
    day = birth_date
    while True:
        planned = visits(forecast(birth_date, doses, shipped(), day, sex=sex), day)
        if not planned or planned[0].date > last_day:
            return
        day = planned[0].date
        new = [GivenDose(vaccine, day) for vaccine in planned[0].doses]
        doses += new
        yield from new
