"""Every message and screen in both languages, as a phone shows it: one page to read and print.

Values are as long as they can get, so that what is counted is the worst case; they stand in grey.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape

from smsgateway.dialogue.book import LANGUAGE_NAMES, STYLE, phone
from smsgateway.dialogue.checks.screens import worst_pages
from smsgateway.dialogue.network import DEFAULT_NETWORK
from smsgateway.dialogue.nodes import Ask, Call, Visit, texts_of
from smsgateway.dialogue.rendering import Renderer
from smsgateway.text.catalogue import LANGUAGES
from smsgateway.text.orthography import fold
from smsgateway.text.segments import measure
from smsgateway.text.templates import worst_case
from smsgateway.wording.checks import Wordings
from smsgateway.wording.po import CatalogueFile


@dataclass(frozen=True)
class Entry:
    """A message or a screen: its bodies by language, and the texts that it is made of.

    A question comes once more with its error above it.
    """

    title: str
    bodies: dict[str, list[str]]
    msgids: tuple[str, ...]
    is_sms: bool


def book(wordings: Wordings, bambara: CatalogueFile) -> str:
    """The page. Raises MissingText for a text that a language does not have."""
    reviewed = {msgid: bambara.review(msgid) is not None for msgid in bambara}
    approved = sum(reviewed.values())
    standing = (
        f"Of the Bambara texts, {approved} are approved by a native speaker and "
        f"{len(reviewed) - approved} are pending."
    )
    parts = [
        "<!doctype html>",
        '<html lang="en"><meta charset="utf-8"><title>Messages and screens</title>',
        f"<style>{STYLE}</style>",
        "<h1>Messages and screens</h1>",
        f"<p>As a phone shows them, with the longest values in <i>grey</i>. {standing}</p>",
        "<h2>SMS</h2>",
        *(_section(entry, reviewed) for entry in _messages(wordings)),
        "<h2>USSD screens</h2>",
        *(_section(entry, reviewed) for entry in _screens(wordings)),
        "</html>",
    ]
    return "\n".join(parts) + "\n"


def _messages(wordings: Wordings) -> Iterator[Entry]:
    for template in wordings.templates.values():
        bodies = {
            language: [worst_case(template, wordings.catalogue, language).body]
            for language in LANGUAGES
        }
        title = f"{template.id} ({template.message_class})"
        yield Entry(title, bodies, (template.msgid,), is_sms=True)
    for claim in {one.claim: None for one in wordings.templates.values() if one.claim}:
        bodies = {
            language: [fold(wordings.catalogue.text(claim.msgid, language))]
            for language in LANGUAGES
        }
        title = f"added where {claim.service} is free and there is room"
        yield Entry(title, bodies, (claim.msgid,), is_sms=True)


def _screens(wordings: Wordings) -> Iterator[Entry]:
    renderer = Renderer(wordings.application, wordings.catalogue)
    for name, node in wordings.application.nodes.items():
        if not isinstance(node, Call | Visit):
            notices = ["", node.error] if isinstance(node, Ask) else [""]
            bodies = {
                language: [
                    page
                    for notice in notices
                    for page in worst_pages(renderer, name, language, DEFAULT_NETWORK, notice)
                ]
                for language in LANGUAGES
            }
            yield Entry(name, bodies, tuple(texts_of(node)), is_sms=False)


def _section(entry: Entry, reviewed: dict[str, bool]) -> str:
    mark = "approved" if all(reviewed.get(one, False) for one in entry.msgids) else "pending"
    columns = "".join(
        f'<div lang="{language}"><small>{LANGUAGE_NAMES[language]}'
        f"{f', <b class={mark}>{mark}</b>' if language == 'bm' else ''}</small>"
        f"{_phones(entry.bodies[language], is_sms=entry.is_sms)}</div>"
        for language in LANGUAGES
    )
    return (
        f'<section><h3>{escape(entry.title)}</h3><div class="languages">{columns}</div></section>'
    )


def _phones(bodies: Iterable[str], *, is_sms: bool) -> str:
    return "".join(phone(body, caption=_count(body, is_sms=is_sms)) for body in bodies)


def _count(body: str, *, is_sms: bool) -> str:
    encoding, units, segments = measure(body)
    unit = "septets" if encoding == "gsm7" else "UCS-2 units"
    return f"{units} {unit}, {segments} SMS" if is_sms else f"{units} {unit}"
