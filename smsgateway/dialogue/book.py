"""The screen book: every screen in every language as a phone shows it, on one page to print.

Values are as long as they can get, in grey, so that what is counted is the worst case. A screen
that waits for an answer stands there once more with its error. The page needs nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from smsgateway.dialogue.application import Application, Flow
from smsgateway.dialogue.checks.screens import worst_pages
from smsgateway.dialogue.network import Network
from smsgateway.dialogue.nodes import (
    BACK,
    HOME,
    RETURN,
    Ask,
    Call,
    DateAsk,
    End,
    Menu,
    Node,
    Pick,
    Visit,
    ways_of,
)
from smsgateway.dialogue.rendering import Renderer
from smsgateway.dialogue.screen import width
from smsgateway.dialogue.words import WRONG_CHOICE, Words

LANGUAGE_NAMES = {"fr": "French", "bm": "Bambara"}

STYLE = """
body { font: 15px/1.4 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
section { break-inside: avoid; border-top: 1px solid #ccc; padding: .6rem 0 }
h2 { margin-top: 2.5rem }
h3 { margin: 0 0 .4rem; font-size: 1rem }
.languages { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .2rem 0; padding: .6rem .8rem;
  width: 17rem; border: 2px solid #333; border-radius: .7rem; font: 14px/1.35 monospace }
pre.error { border-color: #a40 }
small { color: #555; font-weight: normal }
i { color: #999; font-style: normal }
b.pending { color: #a40 }
b.approved { color: #060 }
p.ways { margin: .2rem 0; color: #555; font-size: .85rem }
@media print { h2 { break-before: page } h2:first-of-type { break-before: avoid } }
"""

_VALUE = re.compile(r"([Wè80])\1{3,}")
"""What the longest names and numbers are made of."""


def book(application: Application, words: Words, languages: Sequence[str], network: Network) -> str:
    """The page, in HTML."""
    renderer = Renderer(application, words)
    contents = "".join(
        f'<li><a href="#{flow.name}">{flow.name}</a>: {sum(map(_is_shown, flow.nodes.values()))} '
        f"screens, version {flow.version}</li>"
        for flow in application.flows
    )
    about = (
        "Every screen as a phone shows it, with the longest values in <i>grey</i>, counted in "
        f"septets of the {network.budget} that one may have. A brown frame is the screen after a "
        "wrong answer. Under each, where its answers lead."
    )
    chapters = (
        part
        for flow in (*application.flows, application.own)
        for part in _chapter(renderer, flow, languages, network)
    )
    parts = [
        "<!doctype html>",
        '<html lang="en"><meta charset="utf-8"><title>Screen book</title>',
        f"<style>{STYLE}</style>",
        "<h1>Screen book</h1>",
        f"<p>{about}</p>",
        f"<ul>{contents}</ul>",
        *chapters,
        "</html>",
    ]
    return "\n".join(parts) + "\n"


def phone(body: str, *, caption: str = "", error: bool = False) -> str:
    """One page as it stands on a phone, its longest values in grey."""
    shown = _VALUE.sub(r"<i>\g<0></i>", escape(body))
    mark = ' class="error"' if error else ""
    return f"<pre{mark}>{shown}</pre><small>{caption}</small>"


def _chapter(
    renderer: Renderer, flow: Flow, languages: Sequence[str], network: Network
) -> Iterator[str]:
    yield f'<h2 id="{flow.name}">{flow.name}</h2>'
    for name, node in flow.nodes.items():
        kind = f"<small>{_kind(node)}</small>"
        screens = ""
        if _is_shown(node):
            columns = "".join(
                f'<div lang="{language}"><small>{LANGUAGE_NAMES[language]}</small>'
                f"{''.join(_phones(renderer, name, language, network))}</div>"
                for language in languages
            )
            screens = f'<div class="languages">{columns}</div>'
        yield f'<section id="{name}"><h3>{name} {kind}</h3>{screens}{_ways(node)}</section>'


def _phones(renderer: Renderer, name: str, language: str, network: Network) -> Iterator[str]:
    node = renderer.screen(name)
    notices = [""]
    if not isinstance(node, End):
        notices.append(node.error if isinstance(node, Ask) else WRONG_CHOICE)
    for notice in notices:
        pages = worst_pages(renderer, name, language, network, notice)
        shown = pages if not notice or isinstance(node, Ask) else pages[:1]
        for number, page in enumerate(shown, start=1):
            count = f"{width(page)} of {network.budget} septets"
            where = f", page {number} of {len(pages)}" if len(pages) > 1 else ""
            yield phone(page, caption=count + where, error=bool(notice))


def _kind(node: Node) -> str:
    """What a reviewer should know of a node beside its texts."""
    match node:
        case Menu():
            kind = "choice"
        case Pick():
            kind = "choice from a list"
        case DateAsk():
            kind = "a day to type"
        case Ask():
            kind = "an answer to type"
        case Call():
            return f"look-up, at most {node.timeout:g} s"
        case Visit():
            return "goes through another dialogue"
        case End():
            return "end"
    if isinstance(node, Ask) and node.sensitive:
        kind += ", sensitive: forgotten at the next screen"
    return kind + (", checkpoint" if node.checkpoint else "")


def _ways(node: Node) -> str:
    """Where each answer leads, as links within the page."""
    listed = ", ".join(f"{escape(label)} {_link(target)}" for label, target in ways_of(node))
    return f'<p class="ways">{listed}</p>' if listed else ""


_ELSEWHERE: Mapping[str, str] = {BACK: "back", HOME: "home", RETURN: "return"}


def _link(target: str) -> str:
    if target in _ELSEWHERE:
        return f"→ {_ELSEWHERE[target]}"
    return f'→ <a href="#{target}">{target}</a>'


def _is_shown(node: Node) -> bool:
    return not isinstance(node, Call | Visit)
