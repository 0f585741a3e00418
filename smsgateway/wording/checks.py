"""All texts with the places where they appear, and every rule that a text must keep there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from smsgateway.dialogue.application import Application
from smsgateway.dialogue.checks.screens import check_screens
from smsgateway.dialogue.network import shipped
from smsgateway.dialogue.words import ENGINE_TEXTS
from smsgateway.text.catalogue import LANGUAGES, Catalogue
from smsgateway.text.checks import check_template
from smsgateway.text.orthography import Policy, unsendable
from smsgateway.text.templates import MalformedText, Template, pieces
from smsgateway.text.traps import Caught, Wording, caught
from smsgateway.wording.uses import Uses, uses_of

Broken = tuple[str, str]
"""The id of a rule, and what is wrong in a sentence."""


@dataclass(frozen=True)
class Wordings:
    """The texts of a catalogue where dialogues and messages show them."""

    catalogue: Catalogue
    application: Application
    templates: Mapping[str, Template]

    @cached_property
    def uses(self) -> Uses:
        return uses_of(self.application, self.templates)

    def replaced(self, msgid: str, language: str, text: str) -> Wordings:
        """The same with other words for one text."""
        return replace(self, catalogue=self.catalogue.replaced(msgid, language, text))

    def faults(self, msgid: str, language: str) -> list[Broken]:
        """Every rule that the text breaks; rules about room only where the others hold."""
        text = self.catalogue.text(msgid, language)
        return list(dict.fromkeys(self._of_text(msgid, text, language))) or list(
            dict.fromkeys(self._of_room(msgid, language))
        )

    def traps(self, msgid: str, language: str) -> list[Caught]:
        """The traps that the text is in, wherever it appears, each once."""
        text = self.catalogue.text(msgid, language)
        found = (one for each in self._each(msgid, text, language) for one in caught(each))
        return list({str(one): one for one in found}.values())

    def filled(self, text: str, msgid: str, language: str) -> str:
        """`text` with values as long as they can get; a name that nobody fills stays in braces."""
        longest = {name: one.worst(language) for name, one in self.application.fields.items()} | {
            name: one.show(one.longest(language), language, Policy.COMPACT)
            for template in self.templates.values()
            if template.msgid == msgid
            for name, one in template.placeholders.items()
        }
        return "".join(
            words + ("" if name is None else longest.get(name, f"{{{name}}}"))
            for words, name in pieces(text, Policy.COMPACT)
        )

    def _each(self, msgid: str, text: str, language: str) -> Iterator[Wording]:
        places = self.uses.get(msgid, ())
        for use in places:
            yield Wording(text, language, use.by_sms, use.numbers, use.claimed)
        if not places:
            yield Wording(text, language)

    def _of_text(self, msgid: str, text: str, language: str) -> Iterator[Broken]:
        try:
            names = _names(text)
        except MalformedText as error:
            yield "well_formed", str(error)
            return
        if differing := names ^ _names(msgid):
            listed = ", ".join(sorted(differing))
            yield "same_placeholders", f"The placeholders differ from the French ones: {listed}."
        if letters := unsendable(text, Policy.COMPACT):
            yield "sendable", f"These letters cannot be sent: {letters}."
        for one in self.traps(msgid, language):
            yield one.trap.id, f"{one.passage!r}: {one.trap.reason}"

    def _of_room(self, msgid: str, language: str) -> Iterator[Broken]:
        for template in self.templates.values():
            stand_ins = (one.instead_of_nothing() for one in template.placeholders.values())
            if msgid == template.msgid or msgid in stand_ins:
                for fault in check_template(template, self.catalogue):
                    if fault.language == language:
                        yield str(fault.rule), f"{fault}."
        places = {use.where for use in self.uses.get(msgid, ()) if not use.by_sms}
        if places:
            networks = shipped().kinds
            everywhere = msgid in ENGINE_TEXTS
            for one in check_screens(self.application, self.catalogue, [language], networks):
                if everywhere or one.where.partition(" ")[0] in places:
                    yield "fits_the_screen", f"{one.where}: {one.problem}."


def _names(text: str) -> set[str]:
    return {name for _, name in pieces(text, Policy.EXACT) if name is not None}


def trapped(msgids: Iterable[str], wordings: Wordings) -> list[str]:
    """A line for each passage of the texts of `msgids` that is in a trap, in each language."""
    return [
        f"{msgid!r} ({language}): {one}"
        for msgid in msgids
        for language in LANGUAGES
        if wordings.catalogue.has(msgid, language)
        for one in wordings.traps(msgid, language)
    ]
