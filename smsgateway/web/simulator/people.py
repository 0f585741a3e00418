"""The people whose phones the page offers: from a file, from a test, or three of our own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from smsgateway.web.simulator.phones import SANDBOX_NETWORK, BadNumber, number_of

MAX_PEOPLE = 200


class PeopleError(ValueError):
    """A list of people cannot be used; the message names the entry and says why."""


@dataclass(frozen=True)
class Hint:
    """Something to try; `value` is what to type, when there is something to type."""

    text: str
    value: str | None = None


@dataclass(frozen=True)
class Person:
    """A demonstration person: never a real one. `language` is a word for the reader."""

    name: str
    number: str
    network: str = SANDBOX_NETWORK
    language: str = ""
    hints: tuple[Hint, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


DEFAULT_PEOPLE = (
    Person(
        "Téléphone 1",
        "+22370000001",
        "61002",
        "français",
        (
            Hint("Appuyez sur la touche verte pour composer le code."),
            Hint("Écrivez un SMS au service :", "AIDE"),
        ),
    ),
    Person(
        "Téléphone 2", "+22365000002", "61001", "bamanankan", (Hint("Même service, autre réseau."),)
    ),
    Person("Sandbox", "+254711000003", SANDBOX_NETWORK, "English", (Hint("Dial the code."),)),
)


def load(data: object) -> tuple[Person, ...]:
    """Read people from JSON data: a list of objects. Raises PeopleError.

    `name` and `number` are required; `network`, `language` and `hints` may be left out. A hint is
    a text, or an object with `text` and the `value` to type.
    """
    if not isinstance(data, list):
        raise PeopleError("people are a JSON list")
    if len(data) > MAX_PEOPLE:
        raise PeopleError(f"at most {MAX_PEOPLE} people")
    return tuple(_person(place, entry) for place, entry in enumerate(data, start=1))


def _person(place: int, entry: object) -> Person:
    if not isinstance(entry, Mapping):
        raise PeopleError(f"person {place}: must be a JSON object")
    try:
        return Person(
            name=_text(entry, "name"),
            number=number_of(entry.get("number")),
            network=_text(entry, "network", SANDBOX_NETWORK),
            language=_text(entry, "language", ""),
            hints=tuple(_hint(one) for one in entry.get("hints") or ()),
        )
    except (BadNumber, PeopleError) as error:
        raise PeopleError(f"person {place}: {error}") from None


def _text(entry: Mapping[str, Any], key: str, default: str | None = None) -> str:
    value = entry.get(key, default)
    if not isinstance(value, str):
        raise PeopleError(f"{key} must be a text")
    return value


def _hint(entry: object) -> Hint:
    if isinstance(entry, str):
        return Hint(entry)
    if isinstance(entry, Mapping):
        return Hint(_text(entry, "text"), _text(entry, "value") if "value" in entry else None)
    raise PeopleError("a hint is a text or an object with text and value")
