"""Message templates: typed placeholders with a known worst case, and a budget in segments.

`render` translates, formats, folds and measures in one pass. Because every placeholder has a
maximum, `worst_case` is a bound: a template that passes `checks.check_template` never costs more
than its budget, whatever a child or a health centre is called.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from string import Formatter
from typing import NamedTuple

from smsgateway.text.catalogue import Catalogue
from smsgateway.text.orthography import Policy, fold, unsendable
from smsgateway.text.placeholders import Placeholder, Value
from smsgateway.text.segments import Encoding, measure


class MissingValue(ValueError):
    """A placeholder has no value, or nothing of its value can be sent."""


class MalformedText(ValueError):
    """The braces of a text are not placeholders of its template, written plainly like `{child}`."""


@dataclass(frozen=True)
class Claim:
    """A sentence that is true only where a health centre says so: that a service costs nothing."""

    service: str
    msgid: str


@dataclass(frozen=True)
class Template:
    """A message as it is written: `msgid` is its French text, found in the catalogues.

    `message_class` is reply, reminder, notice or campaign; `max_segments` is the budget. A `claim`
    is added for health centres that make it, where it still fits into the budget.
    A `numbered` message offers digits to answer with.
    """

    id: str
    message_class: str
    msgid: str
    placeholders: Mapping[str, Placeholder] = field(default_factory=dict)
    policy: Policy = Policy.COMPACT
    max_segments: int = 1
    claim: Claim | None = None
    numbered: bool = False


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
    free_services: Container[str] = (),
) -> Rendered:
    """The message for one person. `policy` overrides the template's, for a route or a person;
    `free_services` are those that cost nothing at the health centre it speaks of.

    Values that the text does not use are ignored. Raises MissingText, MissingValue, WrongValue,
    and MalformedText for a text that would not pass its check.
    """
    policy = policy or template.policy
    parts = []
    dropped = ""
    for words, name in pieces(catalogue.text(template.msgid, language), policy):
        parts.append(words)
        if name is not None:
            shown, lost = _fill(template, name, catalogue, language, values.get(name), policy)
            parts.append(shown)
            dropped += lost
    body = "".join(parts)
    encoding, _, segments = measure(body)
    if template.claim and template.claim.service in free_services:
        longer = f"{body} {fold(catalogue.text(template.claim.msgid, language), policy)}"
        measured = measure(longer)
        if measured.segments <= max(segments, template.max_segments):
            return Rendered(longer, measured.encoding, measured.segments, dropped)
    return Rendered(body, encoding, segments, dropped)


def _fill(
    template: Template,
    name: str,
    catalogue: Catalogue,
    language: str,
    value: Value | None,
    policy: Policy,
) -> tuple[str, str]:
    """What stands at one placeholder, and the letters of its value that were left out."""
    placeholder = template.placeholders.get(name)
    if placeholder is None:
        raise MalformedText(f"{template.id} has no placeholder {name!r}.")
    shown = "" if value is None else placeholder.show(value, language, policy)
    lost = unsendable(value, policy) if isinstance(value, str) and shown != value else ""
    if not shown:
        instead = placeholder.instead_of_nothing()
        if instead is None:
            raise MissingValue(f"{template.id} needs a value for {name!r}.")
        shown = fold(catalogue.text(instead, language), policy)
    return shown, lost


def worst_case(
    template: Template, catalogue: Catalogue, language: str, policy: Policy | None = None
) -> Rendered:
    """The longest message that `render` can make of the template. Raises as `render` does."""
    values = {
        name: placeholder.longest(language) for name, placeholder in template.placeholders.items()
    }
    return render(template, catalogue, language, values, policy)


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
