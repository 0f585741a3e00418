"""Where each text appears: on which screen, in which message, and how much room it has there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from smsgateway.dialogue.application import Application
from smsgateway.dialogue.fields import Count
from smsgateway.dialogue.network import DEFAULT_NETWORK
from smsgateway.dialogue.nodes import Ask, Call, End, Menu, Node, Visit
from smsgateway.dialogue.words import ENGINE_TEXTS
from smsgateway.text.placeholders import Number
from smsgateway.text.templates import Template


@dataclass(frozen=True)
class Use:
    """One place where a text appears.

    `part`: screen, option, error, key, SMS or stand-in; `where`: the node's or template's name.
    """

    part: str
    where: str
    room: str
    by_sms: bool = False
    numbers: frozenset[str] = frozenset()
    claimed: bool = False

    def __str__(self) -> str:
        return " ".join(word for word in (self.part, self.where) if word) + f" ({self.room})"


Uses = Mapping[str, tuple[Use, ...]]
"""Message id -> the places where its text appears, in the order of the dialogues."""


def uses_of(application: Application, templates: Mapping[str, Template]) -> Uses:
    """Every text that a dialogue or a template shows, with its places."""
    found: dict[str, dict[Use, None]] = {}
    for msgid, use in (*_in_dialogues(application), *_in_messages(templates)):
        found.setdefault(msgid, {})[use] = None
    return {msgid: tuple(uses) for msgid, uses in found.items()}


def _in_dialogues(application: Application) -> Iterator[tuple[str, Use]]:
    counts = frozenset(name for name, one in application.fields.items() if isinstance(one, Count))
    room = f"within {DEFAULT_NETWORK.budget} septets with its keys"
    for msgid in ENGINE_TEXTS:
        yield msgid, Use("every screen", "", "as short as can be")
    for name, node in application.nodes.items():
        for part, msgid in _parts(node):
            yield msgid, Use(part, name, room, numbers=counts)


def _parts(node: Node) -> Iterator[tuple[str, str]]:
    if isinstance(node, Call | Visit):
        return
    yield ("last screen" if isinstance(node, End) else "screen"), node.text
    if isinstance(node, Menu):
        yield from (("option of", option.label) for option in node.options.values())
    if isinstance(node, Ask):
        yield "error of", node.error


def _in_messages(templates: Mapping[str, Template]) -> Iterator[tuple[str, Use]]:
    for template in templates.values():
        parts = "1 segment" if template.max_segments == 1 else f"{template.max_segments} segments"
        numbers = frozenset(
            name for name, one in template.placeholders.items() if isinstance(one, Number)
        )
        kind = str(template.message_class)
        yield template.msgid, Use(f"SMS {kind}", template.id, parts, True, numbers)
        if template.claim:
            room = f"where {template.claim.service} is free and the message has room"
            yield template.claim.msgid, Use("SMS", template.id, room, True, claimed=True)
        for name, placeholder in template.placeholders.items():
            if instead := placeholder.instead_of_nothing():
                room = f"at most {placeholder.maximum} septets, for an empty {{{name}}}"
                yield instead, Use("SMS", template.id, room, True)
