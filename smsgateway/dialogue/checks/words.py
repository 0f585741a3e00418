"""Check 2: every text has its words in every language, with the same placeholders, sendable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smsgateway.dialogue.application import Application
from smsgateway.dialogue.checks.fault import Fault
from smsgateway.dialogue.nodes import texts_of
from smsgateway.dialogue.words import ENGINE_TEXTS, Searchable, placeholders_of
from smsgateway.text.orthography import Policy, unsendable


def check_words(
    application: Application, words: Searchable, languages: Sequence[str]
) -> list[Fault]:
    """Faults of the texts of all nodes and of the engine."""
    return [
        Fault(2, f"{where} ({language})", problem)
        for where, msgid in _texts(application)
        for language in languages
        for problem in _problems(application, words, msgid, language)
    ]


def _texts(application: Application) -> Iterator[tuple[str, str]]:
    yield from (("engine", msgid) for msgid in ENGINE_TEXTS)
    for name, node in application.nodes.items():
        yield from ((name, msgid) for msgid in texts_of(node))


def _problems(
    application: Application, words: Searchable, msgid: str, language: str
) -> Iterator[str]:
    if not words.has(msgid, language):
        yield f"no words for {msgid!r}"
        return
    text = words.text(msgid, language)
    try:
        names, expected = placeholders_of(text), placeholders_of(msgid)
    except ValueError as error:
        yield f"braces that do not match in {text!r}: {error}"
        return
    if names != expected:
        differing = ", ".join(sorted(names ^ expected))
        yield f"placeholders differ from the French ones: {differing}"
    for name in sorted(names - set(application.fields)):
        yield f"the placeholder {name} is no field"
    if letters := unsendable(text, Policy.COMPACT):
        yield f"letters that cannot be sent: {letters}"
