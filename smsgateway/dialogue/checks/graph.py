"""Check 1: the graph of nodes, and that each field is bound before it is used."""

from __future__ import annotations

from collections.abc import Iterator

from smsgateway.dialogue.application import Application
from smsgateway.dialogue.bindings import kept, known_fields
from smsgateway.dialogue.checks.fault import Fault
from smsgateway.dialogue.fields import Day, Field, Options
from smsgateway.dialogue.nodes import (
    BACK,
    DOWN,
    RETURN,
    Ask,
    Call,
    DateAsk,
    End,
    Menu,
    Node,
    Pick,
    Visit,
    effects_of,
    targets_of,
    texts_of,
)
from smsgateway.dialogue.paths import NOWHERE, Paths, checkpoints, reached
from smsgateway.dialogue.words import placeholders_of

MAX_NESTED = 3
"""Sub-dialogues within each other; the engine keeps no more than four places to return to."""


def check_graph(application: Application) -> list[Fault]:
    """Faults of the graph. Later parts run only where the targets are known."""
    faults = [
        *_named(application),
        *_targets(application),
        *_look_ups(application),
        *_fields(application),
    ]
    if faults:
        return faults
    paths = Paths(application)
    faults = [*_sub_dialogues(paths), *_nesting(paths)]
    if faults:
        return faults
    return [*_unreachable(paths), *_without_end(paths), *_call_cycles(paths), *_unbound(paths)]


def _named(application: Application) -> Iterator[Fault]:
    """What the application and its flows name exists."""
    for entrance in application.entrances:
        if entrance not in application.nodes:
            yield Fault(1, entrance, "the application begins here, but there is no such node")
    for goal in application.promises:
        if goal not in application.nodes:
            yield Fault(1, goal, "is promised, but there is no such node")
    for flow in application.flows:
        for old, new in flow.renamed.items():
            if new not in application.nodes:
                yield Fault(1, old, f"is renamed to {new}, which does not exist")
            if old in application.nodes:
                yield Fault(1, old, "is renamed, but there is such a node again")


def _targets(application: Application) -> Iterator[Fault]:
    for name, node in application.nodes.items():
        for target in targets_of(node):
            if target not in application.nodes and target not in NOWHERE:
                yield Fault(1, name, f"leads to {target}, which does not exist")
        if isinstance(node, Visit) and {node.start, node.target} & NOWHERE:
            yield Fault(1, name, "a visit begins at a node, and goes on at a node")
        if isinstance(node, Call) and BACK in targets_of(node):
            yield Fault(1, name, "a look-up has no screen to go back from")


def _look_ups(application: Application) -> Iterator[Fault]:
    for name, node in application.nodes.items():
        if not isinstance(node, Call):
            continue
        declared = set(node.lookup.gives) | {DOWN}
        for outcome in sorted(declared - set(node.on)):
            yield Fault(1, name, f"does not say where the outcome {outcome} leads")
        for outcome in sorted(set(node.on) - declared):
            yield Fault(1, name, f"follows {outcome}, which its look-up never answers")


def _fields(application: Application) -> Iterator[Fault]:
    for name, node in application.nodes.items():
        for field in sorted(_filled(node) - set(application.fields)):
            yield Fault(1, name, f"fills {field}, which no flow declares")
        match node:
            case Pick() if not isinstance(application.fields.get(node.source), Options):
                yield Fault(1, name, f"picks from {node.source}, which is no field of options")
            case DateAsk() if not isinstance(application.fields.get(node.into), Day):
                yield Fault(1, name, f"asks for a day, but {node.into} is none")
            case Ask() if not isinstance(node, DateAsk):
                field_type = type(application.fields.get(node.into))
                if getattr(field_type, "parse", None) is Field.parse:
                    yield Fault(1, name, f"no answer is ever taken for {node.into}")


def _filled(node: Node) -> set[str]:
    """The fields that a person's answer fills."""
    match node:
        case Ask() | Pick():
            return {node.into}
        case Menu():
            return {name for option in node.options.values() for name in option.sets}
        case _:
            return set()


def _sub_dialogues(paths: Paths) -> Iterator[Fault]:
    """A visit comes back, and only a visit does."""
    nodes = paths.application.nodes
    for name, node in nodes.items():
        if isinstance(node, Visit) and not paths.returning(node.start):
            yield Fault(1, name, f"nothing after {node.start} returns from the visit")
    for name in sorted(paths.root):
        if RETURN in targets_of(nodes[name]):
            yield Fault(1, name, "returns, but can be come to without a visit")
    inside = frozenset[str]().union(*paths.members.values())
    for name in checkpoints(paths.application):
        if name in inside:
            yield Fault(1, name, "a checkpoint within a sub-dialogue would not know its way out")


def _nesting(paths: Paths) -> Iterator[Fault]:
    """Sub-dialogues are not within themselves, and not deep within each other."""

    def visited(start: str) -> list[str]:
        nodes = (paths.application.nodes[name] for name in paths.members[start])
        return [node.start for node in nodes if isinstance(node, Visit)]

    def depth(start: str) -> int:
        return 1 + max((depth(one) for one in visited(start)), default=0)

    for start in paths.visits:
        if start in reached(visited(start), visited):
            yield Fault(1, start, "the sub-dialogue visits itself")
            return
    for start in paths.visits:
        if depth(start) > MAX_NESTED:
            yield Fault(1, start, f"more than {MAX_NESTED} sub-dialogues within each other")


def _unreachable(paths: Paths) -> Iterator[Fault]:
    seen = reached(paths.application.entrances, paths.successors)
    for name in paths.application.nodes:
        if name not in seen:
            yield Fault(1, name, "nothing leads here")


def _without_end(paths: Paths) -> Iterator[Fault]:
    """Every node must reach an End without the help of back and home, which any screen has."""
    nodes = paths.application.nodes
    ending = {name for name, node in nodes.items() if isinstance(node, End)}
    grown = True
    while grown:
        more = {
            name
            for name in nodes
            if name not in ending and any(one in ending for one in paths.successors(name))
        }
        grown = bool(more)
        ending |= more
    for name, node in nodes.items():
        if name not in ending and BACK not in targets_of(node):
            yield Fault(1, name, "no way from here leads to an end")


def _call_cycles(paths: Paths) -> Iterator[Fault]:
    """What has no screen is followed at once: a cycle of it would never answer."""
    nodes = paths.application.nodes
    silent = {name for name, node in nodes.items() if isinstance(node, Call | Visit)}

    def following(name: str) -> list[str]:
        return [one for one in paths.successors(name) if one in silent]

    for name in sorted(silent):
        if name in reached(following(name), following):
            yield Fault(1, name, "leads back here without a screen between")


def _unbound(paths: Paths) -> Iterator[Fault]:
    """The fields bound on **every** path to a node cover those that it uses."""
    application = paths.application
    known = known_fields(application)
    for name, node in application.nodes.items():
        for field in sorted(used_fields(node) - kept(application, node, known[name])):
            yield Fault(1, name, f"uses {field}, which is not known on every way here")


def used_fields(node: Node) -> set[str]:
    """The fields that a node needs when it is come to."""
    used = {name for text in texts_of(node) for name in placeholders_of(text)}
    effects = effects_of(node)
    if isinstance(node, Call):
        used |= set(node.takes)
    if isinstance(node, Pick):
        used.add(node.source)
    return used | {name for spec in effects for name in spec.takes}
