"""Message templates: typed placeholders with a known worst case, and a budget in segments.

`render` translates, formats, folds and measures in one pass. Because every placeholder has a
maximum, `worst_case` is a bound: a template that passes `checks.check_template` never costs more
than its budget, whatever a child or a health centre is called.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache
from string import Formatter
from typing import NamedTuple

from smsgateway.text.catalogue import N_, Catalogue
from smsgateway.text.dates import longest_spoken_day, numeric_day, spoken_day
from smsgateway.text.gsm7 import septets
from smsgateway.text.orthography import Policy, fold, unsendable
from smsgateway.text.segments import Encoding, measure, utf16_units

Value = str | int | date


class TemplateError(ValueError):
    """A template and what it is rendered with do not fit together."""


class MissingValue(TemplateError):
    """A placeholder has no value, or nothing of its value can be sent."""


class WrongValue(TemplateError):
    """A value is of the wrong type, or longer than it may be and must not be shortened."""


class MalformedText(TemplateError):
    """The braces of a text are not plain placeholders like `{child}`."""


class Kind(StrEnum):
    """What a placeholder stands for; it decides the form and what happens to a long value."""

    TEXT = "text"
    """A name or words: shortened at the maximum."""
    CODE = "code"
    """A reference, a phone number: a shortened one would be wrong, so a long one is an error."""
    NUMBER = "number"
    DAY = "day"
    """A date as people say it."""
    NUMERIC_DAY = "numeric_day"


@dataclass(frozen=True)
class Placeholder:
    """One `{name}` of a template. `maximum` counts units once folded (UTF-16 in an exact text).

    `instead` is the message id of words that stand in when a text is empty or in letters that
    cannot be sent: a reminder for `محمد` says "votre enfant" rather than nothing.
    """

    kind: Kind
    maximum: int
    instead: str | None = None


_CHILD = Placeholder(Kind.TEXT, 20, instead=N_("votre enfant"))
_FACILITY = Placeholder(Kind.TEXT, 25, instead=N_("votre centre de santé"))

STANDARD: Mapping[str, Placeholder] = {
    "child": _CHILD,
    "child1": _CHILD,
    "child2": _CHILD,
    "name": Placeholder(Kind.TEXT, 20),
    "cscom": _FACILITY,
    "place": Placeholder(Kind.TEXT, 25),
    "commune": Placeholder(Kind.TEXT, 20),
    "reason": Placeholder(Kind.TEXT, 30),
    "topic": Placeholder(Kind.TEXT, 20),
    "date": Placeholder(Kind.DAY, 16),
    "date2": Placeholder(Kind.DAY, 16),
    "expiry": Placeholder(Kind.NUMERIC_DAY, 10),
    "time": Placeholder(Kind.CODE, 4),
    "n": Placeholder(Kind.NUMBER, 5),
    "ref": Placeholder(Kind.CODE, 9),
    "phone": Placeholder(Kind.CODE, 12),
    "ussd": Placeholder(Kind.CODE, 10),
}
"""The placeholders that mean the same in every message."""


def standard(*names: str) -> dict[str, Placeholder]:
    """The named placeholders of `STANDARD`, for a template."""
    return {name: STANDARD[name] for name in names}


@dataclass(frozen=True)
class Template:
    """A message as it is written: `msgid` is its French text, found in the catalogues.

    `message_class` is reply, reminder, notice or campaign; `max_segments` is the budget.
    """

    id: str
    message_class: str
    msgid: str
    placeholders: Mapping[str, Placeholder] = field(default_factory=dict)
    policy: Policy = Policy.COMPACT
    max_segments: int = 1


class Rendered(NamedTuple):
    """A message as it goes on the wire.

    `dropped` holds the letters of its values that could not be sent, for the log's count.
    """

    body: str
    encoding: Encoding
    segments: int
    dropped: str = ""


def render(
    template: Template,
    catalogue: Catalogue,
    language: str,
    values: Mapping[str, Value | None],
    policy: Policy | None = None,
) -> Rendered:
    """The message for one person. `policy` overrides the template's, for a route or a person.

    Values that the text does not use are ignored. Raises MissingText, MissingValue, WrongValue,
    and MalformedText for a text that would not pass its check.
    """
    policy = policy or template.policy
    parts = []
    dropped = ""
    for words, name in pieces(catalogue.text(template.msgid, language), policy):
        parts.append(words)
        if name is None:
            continue
        placeholder = template.placeholders.get(name)
        if placeholder is None:
            raise MalformedText(f"{template.id} has no placeholder {name!r}.")
        value = values.get(name)
        shown = _show(placeholder, value, language, policy)
        if isinstance(value, str) and shown != value:
            dropped += unsendable(value, policy)
        if not shown:
            if placeholder.instead is None:
                raise MissingValue(f"{template.id} needs a value for {name!r}.")
            shown = fold(catalogue.text(placeholder.instead, language), policy)
        parts.append(shown)
    body = "".join(parts)
    encoding, _, segments = measure(body)
    return Rendered(body, encoding, segments, dropped)


def worst_case(
    template: Template, catalogue: Catalogue, language: str, policy: Policy | None = None
) -> Rendered:
    """The longest message that `render` can make of the template. Raises as `render` does."""
    values = {
        name: _longest(placeholder, language) for name, placeholder in template.placeholders.items()
    }
    return render(template, catalogue, language, values, policy)


def shorten(text: str, maximum: int) -> str:
    """`text` cut to at most `maximum` units, after a whole word when half of the room is used."""
    if _size(text) <= maximum:
        return text
    cut = text[:maximum]
    while _size(cut) > maximum:
        cut = cut[:-1]
    if not text[len(cut)].isspace():
        whole = cut.rpartition(" ")[0]
        cut = whole if len(whole) * 2 >= maximum else cut
    return cut.rstrip(" -,;:('\"")


@lru_cache(maxsize=2048)
def pieces(text: str, policy: Policy) -> tuple[tuple[str, str | None], ...]:
    """The fixed words of a text, folded, each with the placeholder after it (None at the end).

    Raises MalformedText. Kept, so that a text is parsed and folded once and not per message.
    """
    try:
        parsed = list(Formatter().parse(text))
    except ValueError as error:
        raise MalformedText(f"The braces of {text!r} do not match: {error}.") from None
    for _, name, spec, conversion in parsed:
        if name is not None and (not name.isidentifier() or spec or conversion):
            raise MalformedText(f"{{{name}}} in {text!r} is not a plain placeholder.")
    return tuple((fold(words, policy), name) for words, name, _, _ in parsed)


def _show(placeholder: Placeholder, value: Value | None, language: str, policy: Policy) -> str:
    """The folded value at its place; empty when there is none."""
    if value is None:
        return ""
    kind = placeholder.kind
    if kind is Kind.TEXT and isinstance(value, str):
        return shorten(fold(" ".join(value.split()), policy).strip(), placeholder.maximum)
    if kind is Kind.CODE and isinstance(value, str):
        shown = fold(value.strip(), policy)
    elif kind is Kind.NUMBER and isinstance(value, int):
        shown = str(value)
    elif kind is Kind.DAY and isinstance(value, date):
        shown = fold(spoken_day(value, language), policy)
    elif kind is Kind.NUMERIC_DAY and isinstance(value, date):
        shown = numeric_day(value)
    else:
        raise WrongValue(f"A {kind} cannot be a {type(value).__name__}.")
    if _size(shown) > placeholder.maximum:
        raise WrongValue(f"A {kind} here has at most {placeholder.maximum} characters.")
    return shown


def _longest(placeholder: Placeholder, language: str) -> Value:
    """A value that takes all the room its placeholder may take, in the widest encoding."""
    match placeholder.kind:
        case Kind.TEXT:
            return "ɛ" * placeholder.maximum
        case Kind.CODE:
            return "8" * placeholder.maximum
        case Kind.NUMBER:
            return int("8" * placeholder.maximum)
        case Kind.DAY:
            return longest_spoken_day(language)
        case Kind.NUMERIC_DAY:
            return date(2026, 12, 31)


def _size(text: str) -> int:
    """Units in whichever encoding `text` ends up in."""
    return max(septets(text) or 0, utf16_units(text))
