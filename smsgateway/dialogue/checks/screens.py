"""Check 3: every page of every screen fits every network, with the longest values there can be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smsgateway.dialogue.application import Application
from smsgateway.dialogue.checks.fault import Fault
from smsgateway.dialogue.engine import Engine
from smsgateway.dialogue.fields import Options
from smsgateway.dialogue.network import Network
from smsgateway.dialogue.nodes import Ask, Call, End, Menu, Pick
from smsgateway.dialogue.screen import lay_out, width
from smsgateway.dialogue.words import FRESH_START, WRONG_CHOICE, Words, placeholders_of
from smsgateway.text.orthography import fold


def check_screens(
    application: Application, words: Words, languages: Sequence[str], networks: Sequence[Network]
) -> list[Fault]:
    """Faults of the screens, one for each screen and network that has any."""
    engine = Engine(application, words)
    return [
        Fault(3, f"{name} ({language}, {network.name})", problem)
        for name, node in application.nodes.items()
        if not isinstance(node, Call)
        for language in languages
        for network in networks
        for problem in _problems(engine, name, words, language, network)
    ]


def worst_pages(
    engine: Engine, name: str, words: Words, language: str, network: Network, notice: str = ""
) -> list[str]:
    """The pages of a node's screen when all its values are as long as they can get."""
    node = engine.application.nodes[name]
    assert not isinstance(node, Call)
    text = fold(words.text(node.text, language))
    worst = {
        field: engine.application.fields[field].worst(language) for field in placeholders_of(text)
    }
    text = text.format_map(worst)
    if notice:
        text = f"{fold(words.text(notice, language))}\n{text}"
    options: list[str] = []
    if isinstance(node, Menu):
        options = [
            f"{key}. {fold(words.text(option.label, language))}"
            for key, option in node.options.items()
        ]
    elif isinstance(node, Pick):
        field = engine.application.fields[node.source]
        assert isinstance(field, Options)
        options = [f"{key}. {'W' * field.longest}" for key in range(1, field.most + 1)]
    leave = not isinstance(node, End)
    return lay_out(text, options, engine.navigation(language), network.budget, leave=leave)


def _problems(
    engine: Engine, name: str, words: Words, language: str, network: Network
) -> Iterator[str]:
    node = engine.application.nodes[name]
    notices = [""]
    if not isinstance(node, End):
        notices += [FRESH_START, node.error if isinstance(node, Ask) else WRONG_CHOICE]
    for notice in notices:
        pages = worst_pages(engine, name, words, language, network, notice)
        for number, page in enumerate(pages, start=1):
            if width(page) > network.budget:
                yield f"page {number} takes {width(page)} septets of {network.budget}: {page!r}"
        if isinstance(node, End | Ask) and len(pages) > 1:
            yield f"a {type(node).__name__} has one page, not {len(pages)}: {' | '.join(pages)!r}"
