"""Data flow: the fields known on **every** way to a node, and those that a sensitive answer opened.

A field is *opened* when a look-up that took a sensitive answer, or what one had opened before, gave
it: only who gave that answer may see it. Nodes of a sub-dialogue are followed for each place that
it returns to.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from smsgateway.dialogue.application import Application
from smsgateway.dialogue.nodes import HOME, RETURN, Ask, Call, Menu, Node, Pick, Visit
from smsgateway.dialogue.paths import is_checkpoint
from smsgateway.dialogue.session import Spot

Known = Mapping[str, frozenset[str]]
"""Node -> the fields that are known there, whatever way was taken."""


@dataclass(frozen=True)
class _State:
    """`known` on every way; `opened` on some way."""

    known: frozenset[str] = frozenset()
    opened: frozenset[str] = frozenset()

    def merged(self, other: _State) -> _State:
        return _State(self.known & other.known, self.opened | other.opened)


def known_fields(application: Application, *, resumed: bool = False) -> Known:
    """What is known at each node; with `resumed`, also after a lost session was resumed.

    All targets exist, and no sub-dialogue visits itself.
    """
    states: dict[Spot, _State] = {(entrance,): _State() for entrance in application.entrances}
    ahead = deque(states)
    while ahead:
        spot = ahead.popleft()
        for following, brought in _moves(application, spot, states[spot]):
            before = states.get(following)
            after = before.merged(brought) if before else brought
            if resumed and is_checkpoint(application.nodes[following[0]]):
                after = _State(after.known - after.opened, after.opened)
            if after != before:
                states[following] = after
                ahead.append(following)
    known = dict.fromkeys(application.nodes, frozenset(application.fields))
    for (name, *_), state in states.items():
        known[name] &= state.known
    return known


def known_at_checkpoints(application: Application) -> Known:
    """The screens from which a session can be resumed, and the fields that are needed for it."""
    known = known_fields(application, resumed=True)
    return {
        name: kept(application, node, known[name])
        for name, node in application.nodes.items()
        if is_checkpoint(node)
    }


def kept(application: Application, node: Node, known: frozenset[str]) -> frozenset[str]:
    """What is still there when the node is shown: a screen forgets what is sensitive."""
    return known if isinstance(node, Call | Visit) else known - application.sensitive


def opened_by(
    call: Call, given: frozenset[str], opened: frozenset[str], sensitive: frozenset[str]
) -> frozenset[str]:
    """The opened fields once a look-up has given its own."""
    if (sensitive | opened).isdisjoint(call.takes):
        return opened - given
    return opened | given


def _moves(application: Application, spot: Spot, state: _State) -> Iterator[tuple[Spot, _State]]:
    """Each node that may follow, in its place, with what this way brings along."""
    name, *returns = spot
    node = application.nodes[name]
    if isinstance(node, Visit):
        yield (node.start, node.target, *returns), state
        return
    for target, brought in _brought(application, node, state):
        if target == HOME:
            yield (application.home,), _State()
        elif target == RETURN and returns:
            yield tuple(returns), brought
        elif target in application.nodes:
            yield (target, *returns), brought


def _brought(application: Application, node: Node, state: _State) -> Iterator[tuple[str, _State]]:
    """Each target of a node, with what is known on the way there."""
    known, opened = kept(application, node, state.known), state.opened
    match node:
        case Call():
            for outcome, target in node.on.items():
                given = frozenset(node.lookup.gives.get(outcome, ()))
                seen = opened_by(node, given, opened, application.sensitive)
                yield target, _State((known | given) - set(node.forgets), seen)
        case Pick():
            into = frozenset({node.into})
            seen = opened | into if node.source in opened else opened - into
            yield node.target, _State(known | into, seen)
        case Ask():
            yield node.target, _State(known | {node.into}, opened - {node.into})
        case Menu():
            for option in node.options.values():
                yield option.target, _State(known | option.sets.keys(), opened - option.sets.keys())
