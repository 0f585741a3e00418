"""What must hold for a message before anyone is sent it: checked in both languages, worst case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from smsgateway.text.catalogue import LANGUAGES, Catalogue, MissingText
from smsgateway.text.orthography import Policy, fold, unsendable
from smsgateway.text.segments import units
from smsgateway.text.templates import MalformedText, Template, pieces, worst_case


class Rule(StrEnum):
    """What a template can break."""

    TRANSLATED = "translated"
    WELL_FORMED = "well_formed"
    SAME_PLACEHOLDERS = "same_placeholders"
    SENDABLE = "sendable"
    WITHIN_BUDGET = "within_budget"
    STAND_IN_FITS = "stand_in_fits"


SENTENCES = {
    Rule.TRANSLATED: "there are no words for {detail}",
    Rule.WELL_FORMED: "{detail}",
    Rule.SAME_PLACEHOLDERS: "the placeholders of the text and of the template differ: {detail}",
    Rule.SENDABLE: "these letters cannot be sent: {detail}",
    Rule.WITHIN_BUDGET: "the worst case is over the budget: {detail}",
    Rule.STAND_IN_FITS: "the words for an empty value are too long: {detail}",
}


@dataclass(frozen=True)
class Fault:
    """One broken rule of one template in one language."""

    rule: Rule
    template: str
    language: str
    detail: str

    def __str__(self) -> str:
        sentence = SENTENCES[self.rule].format(detail=self.detail)
        return f"{self.template} ({self.language}): {sentence}"


def check_template(template: Template, catalogue: Catalogue) -> list[Fault]:
    """Every fault of a template, in each language; an empty list when it may be sent.

    The budget must hold on routes without accents as well; who asks for the exact spelling gets
    it at its price.
    """
    return [
        Fault(rule, template.id, language, detail)
        for language in LANGUAGES
        for rule, detail in _broken(template, catalogue, language)
    ]


def _broken(template: Template, catalogue: Catalogue, language: str) -> Iterator[tuple[Rule, str]]:
    try:
        text = catalogue.text(template.msgid, language)
        names = {name for _, name in pieces(text, Policy.EXACT) if name is not None}
    except MissingText:
        yield Rule.TRANSLATED, repr(template.msgid)
        return
    except MalformedText as error:
        yield Rule.WELL_FORMED, str(error)
        return
    if lost := unsendable(text, template.policy):
        yield Rule.SENDABLE, " ".join(f"{letter!r} U+{ord(letter):04X}" for letter in lost)
    if differing := names ^ template.placeholders.keys():
        yield Rule.SAME_PLACEHOLDERS, ", ".join(sorted(differing))
        return
    for policy in (template.policy, Policy.ASCII):
        worst = worst_case(template, catalogue, language, policy)
        if worst.segments > template.max_segments:
            length = f"{units(worst.body)} units of {worst.encoding} in {worst.segments} segments"
            yield Rule.WITHIN_BUDGET, f"{length} ({policy}), {template.max_segments} allowed"
            break
    yield from _broken_stand_ins(template, catalogue, language)
    if template.claim and not catalogue.has(template.claim.msgid, language):
        yield Rule.TRANSLATED, repr(template.claim.msgid)


def _broken_stand_ins(
    template: Template, catalogue: Catalogue, language: str
) -> Iterator[tuple[Rule, str]]:
    for placeholder in template.placeholders.values():
        instead = placeholder.instead_of_nothing()
        if instead is None:
            continue
        if not catalogue.has(instead, language):
            yield Rule.TRANSLATED, repr(instead)
            continue
        words = fold(catalogue.text(instead, language), template.policy)
        if units(words) > placeholder.maximum:
            yield Rule.STAND_IN_FITS, repr(words)
