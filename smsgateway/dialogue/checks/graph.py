"""Check 1: the graph of nodes, and that each field is bound before it is used."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from smsgateway.dialogue.application import Application
from smsgateway.dialogue.checks.fault import Fault
from smsgateway.dialogue.fields import Options
from smsgateway.dialogue.nodes import (
    BACK,
    DOWN,
    HOME,
    Ask,
    Call,
    End,
    Menu,
    Node,
    Pick,
    effects_of,
    targets_of,
    texts_of,
)
from smsgateway.dialogue.words import placeholders_of


def check_graph(application: Application) -> list[Fault]:
    """Faults of the graph. Later parts run only where the targets are known."""
    faults = [*_unknown_targets(application), *_look_ups(application), *_pick_sources(application)]
    if faults:
        return faults
    return [
        *_unreachable(application),
        *_without_end(application),
        *_call_cycles(application),
        *_unbound(application),
    ]


def successors(application: Application, name: str) -> list[str]:
    """The nodes that may follow `name`; going back leads where one has been, so it adds none."""
    targets = (target for target in targets_of(application.nodes[name]) if target != BACK)
    return [application.home if target == HOME else target for target in targets]


def _unknown_targets(application: Application) -> Iterator[Fault]:
    for entrance in application.entrances:
        if entrance not in application.nodes:
            yield Fault(1, entrance, "the application begins here, but there is no such node")
    for name, node in application.nodes.items():
        for target in targets_of(node):
            if target not in application.nodes and target not in {BACK, HOME}:
                yield Fault(1, name, f"leads to {target}, which does not exist")


def _look_ups(application: Application) -> Iterator[Fault]:
    for name, node in application.nodes.items():
        if not isinstance(node, Call):
            continue
        declared = set(node.lookup.gives) | {DOWN}
        for outcome in sorted(declared - set(node.on)):
            yield Fault(1, name, f"does not say where the outcome {outcome} leads")
        for outcome in sorted(set(node.on) - declared):
            yield Fault(1, name, f"follows {outcome}, which its look-up never answers")


def _pick_sources(application: Application) -> Iterator[Fault]:
    for name, node in application.nodes.items():
        used = [node.into] if isinstance(node, Ask) else []
        if isinstance(node, Menu):
            used = sorted({field for option in node.options.values() for field in option.sets})
        if isinstance(node, Pick):
            used = [node.into]
            if not isinstance(application.fields.get(node.source), Options):
                yield Fault(1, name, f"picks from {node.source}, which is no field of options")
        for field in used:
            if field not in application.fields:
                yield Fault(1, name, f"fills {field}, which no flow declares")


def _unreachable(application: Application) -> Iterator[Fault]:
    seen = set(application.entrances)
    queue = deque(seen)
    while queue:
        for following in successors(application, queue.popleft()):
            if following not in seen:
                seen.add(following)
                queue.append(following)
    for name in application.nodes:
        if name not in seen:
            yield Fault(1, name, "nothing leads here")


def _without_end(application: Application) -> Iterator[Fault]:
    """Every node must reach an End without the help of back and home, which any screen has."""
    ending = {name for name, node in application.nodes.items() if isinstance(node, End)}
    grown = True
    while grown:
        more = {
            name
            for name in application.nodes
            if name not in ending and any(one in ending for one in successors(application, name))
        }
        grown = bool(more)
        ending |= more
    for name, node in application.nodes.items():
        if name not in ending and BACK not in targets_of(node):
            yield Fault(1, name, "no way from here leads to an end")


def _call_cycles(application: Application) -> Iterator[Fault]:
    """Calls follow each other without a screen between: a cycle of them would never answer."""
    calls = {name for name, node in application.nodes.items() if isinstance(node, Call)}
    for start in sorted(calls):
        seen: set[str] = set()
        queue = deque([start])
        while queue:
            for following in successors(application, queue.popleft()):
                if following == start:
                    yield Fault(1, start, "look-ups lead back here without a screen between")
                    queue.clear()
                    break
                if following in calls and following not in seen:
                    seen.add(following)
                    queue.append(following)


def _unbound(application: Application) -> Iterator[Fault]:
    """Data flow: the fields bound on **every** path to a node cover those that it uses."""
    bound = dict.fromkeys(application.nodes, frozenset(application.fields))
    bound |= dict.fromkeys(application.entrances, frozenset[str]())
    queue = deque(application.entrances)
    visited = set(queue)
    while queue:
        name = queue.popleft()
        for target, after in _bindings(application, name, bound[name]):
            merged = bound[target] & after
            if merged != bound[target] or target not in visited:
                bound[target] = merged
                visited.add(target)
                queue.append(target)
    for name, node in application.nodes.items():
        for field in sorted(_used(node) - _kept(application, node, bound[name])):
            yield Fault(1, name, f"uses {field}, which is not known on every way here")


def _kept(application: Application, node: Node, bound: frozenset[str]) -> frozenset[str]:
    """What is still there when the node is shown: a screen forgets what is sensitive."""
    return bound if isinstance(node, Call) else bound - application.sensitive


def _bindings(
    application: Application, name: str, bound: frozenset[str]
) -> Iterator[tuple[str, frozenset[str]]]:
    """Each place a node leads to, with the fields bound on arrival there."""
    node = application.nodes[name]
    kept = _kept(application, node, bound)
    match node:
        case Call():
            for outcome, target in node.on.items():
                given = kept | set(node.lookup.gives.get(outcome, ()))
                yield _real(application, target), given - set(node.forgets)
        case Ask() | Pick():
            yield _real(application, node.target), kept | {node.into}
        case Menu():
            for option in node.options.values():
                if option.target != BACK:
                    yield _real(application, option.target), kept | set(option.sets)
        case End():
            return


def _real(application: Application, target: str) -> str:
    return application.home if target == HOME else target


def _used(node: Node) -> set[str]:
    used = {name for text in texts_of(node) for name in placeholders_of(text)}
    used |= {name for spec in effects_of(node) for name in spec.takes}
    if isinstance(node, Call):
        used |= set(node.takes)
    if isinstance(node, Pick):
        used.add(node.source)
    return used
