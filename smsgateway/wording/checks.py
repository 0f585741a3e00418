"""The rules for wordings, held against every text of the catalogues."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from smsgateway.text.catalogue import LANGUAGES, Catalogue
from smsgateway.text.traps import Wording, caught
from smsgateway.wording.uses import Uses


def trapped(msgids: Iterable[str], catalogue: Catalogue, uses: Uses) -> list[str]:
    """A line for each passage of the texts of `msgids` that is in a trap."""
    return [
        f"{msgid!r} ({language}): {fault}"
        for msgid in msgids
        for language in LANGUAGES
        if catalogue.has(msgid, language)
        for fault in faults_of_wording(msgid, catalogue.text(msgid, language), language, uses)
    ]


def faults_of_wording(msgid: str, text: str, language: str, uses: Uses) -> list[str]:
    """The traps that `text` would be in where `msgid` appears, each said once."""
    found = (
        str(one) for wording in _wordings(msgid, text, language, uses) for one in caught(wording)
    )
    return list(dict.fromkeys(found))


def _wordings(msgid: str, text: str, language: str, uses: Uses) -> Iterator[Wording]:
    places = uses.get(msgid, ())
    for use in places:
        yield Wording(text, language, use.by_sms, use.numbers)
    if not places:
        yield Wording(text, language)
