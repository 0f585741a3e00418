"""Data flow: which fields are known on **every** way to a node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from smsgateway.dialogue.application import Application
from smsgateway.dialogue.nodes import HOME, RETURN, Ask, Call, Menu, Node, Pick, Visit
from smsgateway.dialogue.paths import Paths, is_checkpoint

Known = Mapping[str, frozenset[str]]
"""Node -> the fields that are known there, whatever way was taken."""


def known_fields(paths: Paths, *, resumed: bool = False) -> Known:
    """What is known at each node; with `resumed`, also after a lost session was resumed.

    The largest solution of the equations, found by taking every field for known everywhere and
    striking out what some way does not bring along.
    """
    application = paths.application
    hidden = guarded_fields(application) if resumed else frozenset[str]()
    known = dict.fromkeys(application.nodes, frozenset(application.fields))
    known |= dict.fromkeys(application.entrances, frozenset[str]())
    met = set(application.entrances)
    settled = False
    while not settled:
        settled = True
        back_from = {start: _at_return(paths, start, known) for start in paths.visits}
        for name in [one for one in application.nodes if one in met]:
            for target, brought in _moves(paths, name, known[name], back_from):
                after = known[target] & brought
                if is_checkpoint(application.nodes[target]):
                    after -= hidden
                if after != known[target] or target not in met:
                    settled = False
                known[target] = after
                met.add(target)
    return known


def guarded_fields(application: Application) -> frozenset[str]:
    """The fields that only who answered a sensitive question may see: what look-ups gave for it."""
    guarded = set(application.sensitive)
    before = -1
    while before != len(guarded):
        before = len(guarded)
        for node in application.nodes.values():
            if isinstance(node, Call) and guarded & set(node.takes):
                guarded |= {name for given in node.lookup.gives.values() for name in given}
            if isinstance(node, Pick) and node.source in guarded:
                guarded.add(node.into)
    return frozenset(guarded)


def known_at_checkpoints(application: Application) -> Known:
    """The screens from which a session can be resumed, and the fields that are needed for it."""
    known = known_fields(Paths(application), resumed=True)
    return {
        name: known[name] - application.sensitive
        for name, node in application.nodes.items()
        if is_checkpoint(node)
    }


def kept(application: Application, node: Node, known: frozenset[str]) -> frozenset[str]:
    """What is still there when the node is shown: a screen forgets what is sensitive."""
    return known if isinstance(node, Call | Visit) else known - application.sensitive


def _moves(
    paths: Paths, name: str, known: frozenset[str], back_from: Known
) -> Iterator[tuple[str, frozenset[str]]]:
    """Each node that may follow, with the fields that this way brings along."""
    node = paths.application.nodes[name]
    if isinstance(node, Visit):
        yield node.start, known
        brought = known - _lost(paths, node.start) | back_from[node.start]
        yield node.target, brought
        return
    for target, brought in _brought(paths.application, node, known):
        if target in paths.application.nodes:
            yield target, brought
        elif target == HOME:
            yield paths.application.home, frozenset()


def _brought(
    application: Application, node: Node, known: frozenset[str]
) -> Iterator[tuple[str, frozenset[str]]]:
    """Each target of a node, with the fields that are known on the way there."""
    before = kept(application, node, known)
    match node:
        case Call():
            for outcome, target in node.on.items():
                given = before | set(node.lookup.gives.get(outcome, ()))
                yield target, given - set(node.forgets)
        case Ask() | Pick():
            yield node.target, before | {node.into}
        case Menu():
            for option in node.options.values():
                yield option.target, before | set(option.sets)


def _at_return(paths: Paths, start: str, known: Known) -> frozenset[str]:
    """What is known at every RETURN of a sub-dialogue."""
    nodes = paths.application.nodes
    ways = [
        brought
        for name in paths.returning(start)
        for target, brought in _brought(paths.application, nodes[name], known[name])
        if target == RETURN
    ]
    return frozenset.intersection(*ways) if ways else frozenset(paths.application.fields)


def _lost(paths: Paths, start: str) -> frozenset[str]:
    """What a visit may forget."""
    nodes = [paths.application.nodes[name] for name in paths.within(start)]
    forgotten = {name for node in nodes if isinstance(node, Call) for name in node.forgets}
    return paths.application.sensitive | forgotten
