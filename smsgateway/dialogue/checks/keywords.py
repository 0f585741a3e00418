"""Check 4, by SMS: a word begins one dialogue, and takes no word that means the same everywhere."""

from __future__ import annotations

from collections.abc import Iterator

from smsgateway.dialogue.application import Application
from smsgateway.dialogue.checks.fault import Fault
from smsgateway.text.keywords import normalise, recognise


def check_keywords(application: Application) -> list[Fault]:
    """Faults of the words that begin a dialogue."""
    return [*_places(application), *_words(application)]


def _places(application: Application) -> Iterator[Fault]:
    for node in application.keywords:
        if node not in application.nodes:
            yield Fault(4, node, "words begin a dialogue there, but there is no such place")


def _words(application: Application) -> Iterator[Fault]:
    owners: dict[str, str] = {}
    for node, by_language in application.keywords.items():
        for word in (one for words in by_language.values() for one in words.split(",")):
            plain = normalise(word)
            if not plain or plain.isdigit():
                yield Fault(4, node, f"{word.strip()!r} cannot be sent as a word")
            elif (common := recognise(word)) is not None:
                yield Fault(4, node, f"{word.strip()!r} means {common.keyword} everywhere")
            elif owners.setdefault(plain, node) != node:
                yield Fault(4, node, f"{word.strip()!r} begins {owners[plain]} as well")
