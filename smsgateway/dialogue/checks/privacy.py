"""Check 6: what a sensitive answer says, or opens, is seen by nobody who did not give it.

The engine forgets a sensitive answer at the next screen, so that no session, log or gateway's
record holds one. Here it is proved that nothing asks for it all the same, and that resuming a lost
session is no way around a proof.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from smsgateway.dialogue.application import Application
from smsgateway.dialogue.bindings import kept, known_fields
from smsgateway.dialogue.checks.fault import Fault
from smsgateway.dialogue.checks.graph import used_fields
from smsgateway.dialogue.nodes import Ask, Call, Node, Visit, effects_of, texts_of
from smsgateway.dialogue.words import placeholders_of

MOST_LETTERS = 99
"""Of the name of a screen, which the gateway is told (`at-ussd-hop-metadata`)."""

_NAME = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*", re.ASCII)


def check_privacy(application: Application) -> list[Fault]:
    """Faults of privacy that need no graph."""
    return [
        *(
            Fault(6, name, problem)
            for name, node in application.nodes.items()
            for problem in _revealed(application, node)
        ),
        *_names(application),
    ]


def check_resuming(application: Application) -> list[Fault]:
    """What somebody who resumes a lost session would lack; the graph has no fault without that."""
    known = known_fields(application, resumed=True)
    return [
        Fault(6, name, f"needs {field}, which a sensitive answer opened before a checkpoint")
        for name, node in application.nodes.items()
        for field in sorted(used_fields(node) - kept(application, node, known[name]))
    ]


def _revealed(application: Application, node: Node) -> Iterator[str]:
    shown = {name for text in texts_of(node) for name in placeholders_of(text)}
    for field in sorted(application.sensitive & shown):
        yield f"shows {field}, which is sensitive"
    taken = {name for spec in effects_of(node) for name in spec.takes}
    for field in sorted(application.sensitive & taken):
        yield f"has an effect that takes {field}, which is sensitive"
    if isinstance(node, Ask) and node.into in application.sensitive:
        target = application.nodes.get(node.target)
        if not isinstance(target, Call | Visit):
            yield f"{node.into} is forgotten before a look-up has seen it"


def _names(application: Application) -> Iterator[Fault]:
    for name in application.nodes:
        if not _NAME.fullmatch(name) or len(name) > MOST_LETTERS:
            yield Fault(6, name, "gateways are told this name: lower-case letters, digits and _")
