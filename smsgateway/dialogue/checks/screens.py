"""Check 3: every page of every screen fits every network, with the longest values there can be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smsgateway.dialogue.application import Application
from smsgateway.dialogue.checks.fault import Fault
from smsgateway.dialogue.fields import Options
from smsgateway.dialogue.network import Network
from smsgateway.dialogue.nodes import Ask, Call, End, Menu, Pick, Visit
from smsgateway.dialogue.rendering import Renderer
from smsgateway.dialogue.screen import width
from smsgateway.dialogue.words import CHANGED, FRESH_START, WRONG_CHOICE, Words, placeholders_of


def check_screens(
    application: Application, words: Words, languages: Sequence[str], networks: Sequence[Network]
) -> list[Fault]:
    """Faults of the screens, one for each screen and network that has any."""
    renderer = Renderer(application, words)
    return [
        Fault(3, f"{name} ({language}, {network.name})", problem)
        for name, node in application.nodes.items()
        if not isinstance(node, Call | Visit)
        for language in languages
        for network in networks
        for problem in _problems(renderer, name, language, network)
    ]


def worst_pages(
    renderer: Renderer, name: str, language: str, network: Network, notice: str = ""
) -> list[str]:
    """The pages of a node's screen when all its values are as long as they can get."""
    node = renderer.screen(name)
    fields = renderer.application.fields
    text = renderer.said(node.text, language)
    text = text.format_map({one: fields[one].worst(language) for one in placeholders_of(text)})
    options: list[str] = []
    if isinstance(node, Menu):
        options = renderer.menu_options(node, language)
    elif isinstance(node, Pick):
        field = fields[node.source]
        assert isinstance(field, Options)
        options = [f"{key}. {'W' * field.longest}" for key in range(1, field.most + 1)]
    return renderer.laid_out(
        node, text, options, language, network, notice=notice, back=True, home=True
    )


def notices_of(renderer: Renderer, name: str) -> list[str]:
    """Everything that may stand above a node's text."""
    node = renderer.screen(name)
    if isinstance(node, End):
        return []
    return [FRESH_START, CHANGED, node.error if isinstance(node, Ask) else WRONG_CHOICE]


def _problems(renderer: Renderer, name: str, language: str, network: Network) -> Iterator[str]:
    node = renderer.screen(name)
    one_page = isinstance(node, Ask) or (isinstance(node, End) and not node.long)
    for notice in ("", *notices_of(renderer, name)):
        pages = worst_pages(renderer, name, language, network, notice)
        for number, page in enumerate(pages, start=1):
            if width(page) > network.budget:
                yield f"page {number} takes {width(page)} septets of {network.budget}: {page!r}"
        if one_page and len(pages) > 1:
            yield f"a {type(node).__name__} has one page, not {len(pages)}: {' | '.join(pages)!r}"
