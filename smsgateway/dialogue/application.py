"""Flows and the application they make up: plain data with names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from dataclasses import replace as with_changes
from enum import StrEnum
from functools import cached_property

from smsgateway.dialogue.fields import Field, Fields
from smsgateway.dialogue.nodes import (
    BACK,
    HOME,
    RETURN,
    Ask,
    Call,
    DateAsk,
    EffectSpec,
    End,
    Lookup,
    Menu,
    Node,
    Option,
    Pick,
    Visit,
)
from smsgateway.dialogue.words import NO, YES
from smsgateway.text.catalogue import N_

Choice = tuple[str, str] | Option


class Purpose(StrEnum):
    """What a caller comes for: it decides how many screens it may take."""

    LOOKUP = "lookup"
    REGISTRATION = "registration"


class Flow:
    """One dialogue, written top to bottom in the order in which it is met.

    Targets are names of nodes of the same flow, or `flow.node` of another. `renamed` maps names
    that nodes had before, so that people in mid-session survive a release. A release that changes
    what the nodes after a screen need gets a higher `version`: who stands on an older one is led
    to a checkpoint before the flow, or home.
    """

    def __init__(
        self,
        name: str,
        *,
        start: str,
        fields: Mapping[str, Field] | None = None,
        renamed: Mapping[str, str] | None = None,
        version: int = 1,
    ) -> None:
        self.name = name
        self.version = version
        self.start = self._full(start)
        self.fields: Fields = fields or {}
        self.renamed = {self._full(old): self._full(new) for old, new in (renamed or {}).items()}
        self.nodes: dict[str, Node] = {}
        self.promises: dict[str, Purpose] = {}

    def promise(self, purpose: Purpose, *goals: str) -> None:
        """Declare main paths: from home, each of these screens is within a purpose's reach."""
        self.promises |= dict.fromkeys(map(self._full, goals), purpose)

    def menu(
        self, name: str, text: str, options: Mapping[int, Choice], *, checkpoint: bool = False
    ) -> None:
        """A question with numbered answers: key -> (label, target), or an Option."""
        self._add(name, Menu(text, self._options(options), checkpoint))

    def confirm(
        self,
        name: str,
        text: str,
        *effects: EffectSpec,
        yes: str,
        no: str,
        checkpoint: bool = False,
    ) -> None:
        """A question answered by 1 yes or 2 no; the effects are those of a yes."""
        options = {1: Option(YES, yes, effects), 2: Option(NO, no)}
        self._add(name, Menu(text, self._options(options), checkpoint))

    def pick(
        self,
        name: str,
        text: str,
        *,
        source: str,
        into: str,
        target: str,
        checkpoint: bool = False,
    ) -> None:
        """A choice among the options that a Call has put into the field `source`."""
        self._add(name, Pick(text, source, into, self._full(target), checkpoint))

    def ask(
        self,
        name: str,
        text: str,
        *,
        into: str,
        error: str,
        target: str,
        sensitive: bool = False,
        checkpoint: bool = False,
    ) -> None:
        """An answer to type; the field `into` says what is accepted."""
        self._add(name, Ask(text, into, error, self._full(target), sensitive, checkpoint))

    def date(
        self,
        name: str,
        text: str,
        *,
        into: str,
        error: str,
        target: str,
        sensitive: bool = False,
        checkpoint: bool = False,
    ) -> None:
        """A day to type; the field `into` is a `Day` and says how far from today it may be."""
        self._add(name, DateAsk(text, into, error, self._full(target), sensitive, checkpoint))

    def text(
        self,
        name: str,
        text: str,
        options: Mapping[int, Choice] | None = None,
        *,
        checkpoint: bool = False,
    ) -> None:
        """A long text in pages; after the last one its options, or the end of the session."""
        if options:
            self._add(name, Menu(text, self._options(options), checkpoint))
        else:
            self._add(name, End(text, long=True))

    def call(
        self,
        name: str,
        lookup: Lookup,
        on: Mapping[str, str],
        *,
        takes: Iterable[str] = (),
        forgets: Iterable[str] = (),
        timeout: float = 2.0,
    ) -> None:
        """A look-up; `on` maps each of its outcomes, and `down`, to where it leads."""
        targets = {outcome: self._full(target) for outcome, target in on.items()}
        self._add(name, Call(lookup, targets, timeout, tuple(takes), tuple(forgets)))

    def visit(self, name: str, *, start: str, target: str) -> None:
        """A way through the sub-dialogue that begins at `start`; its RETURN leads to `target`."""
        self._add(name, Visit(self._full(start), self._full(target)))

    def end(self, name: str, text: str, *effects: EffectSpec) -> None:
        """A last screen."""
        self._add(name, End(text, effects))

    def _options(self, options: Mapping[int, Choice]) -> dict[str, Option]:
        full = {}
        for key, choice in options.items():
            option = choice if isinstance(choice, Option) else Option(*choice)
            full[str(key)] = with_changes(option, target=self._full(option.target))
        return full

    def _add(self, name: str, node: Node) -> None:
        full = self._full(name)
        if full in self.nodes:
            raise ValueError(f"{full} is defined twice")
        self.nodes[full] = node

    def _full(self, name: str) -> str:
        return name if "." in name or name in {BACK, HOME, RETURN} else f"{self.name}.{name}"


RESUME = "engine.resume"
"""The question to a person whose session was lost. It names no service and shows no value."""

_own = Flow("engine", start="resume")
_own.menu(
    "resume",
    N_("Votre demande n'est pas finie."),
    {1: (N_("Continuer"), RETURN), 2: (N_("Menu"), HOME)},
)


@dataclass(frozen=True)
class Application:
    """All dialogues behind one code.

    `home` is where a caller begins, `language` where one begins whose language is not known,
    `stuck` where a person lands after three wrong answers in a row. `keywords` begin a dialogue
    by SMS: node -> language -> words, separated by commas.
    """

    flows: tuple[Flow, ...]
    home: str
    language: str
    stuck: str
    keywords: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    nodes: Mapping[str, Node] = field(init=False)
    fields: Fields = field(init=False)
    sensitive: frozenset[str] = field(init=False)
    versions: Mapping[str, int] = field(init=False)
    promises: Mapping[str, Purpose] = field(init=False)

    def __post_init__(self) -> None:
        nodes: dict[str, Node] = {}
        fields: dict[str, Field] = {}
        versions: dict[str, int] = {}
        promises: dict[str, Purpose] = {}
        for flow in (*self.flows, _own):
            nodes |= flow.nodes
            versions |= dict.fromkeys(flow.nodes, flow.version)
            promises |= flow.promises
            for name, one in flow.fields.items():
                if fields.setdefault(name, one) != one:
                    raise ValueError(f"the field {name} means two things")
        object.__setattr__(self, "nodes", nodes)
        object.__setattr__(self, "fields", fields)
        object.__setattr__(self, "sensitive", frozenset(_sensitive(nodes.values())))
        object.__setattr__(self, "versions", versions)
        object.__setattr__(self, "promises", promises)

    def current_name(self, name: str) -> str | None:
        """The name a node has today; None when it is gone."""
        if name in self.nodes:
            return name
        for flow in self.flows:
            if name in flow.renamed:
                return flow.renamed[name]
        return None

    @property
    def own(self) -> Flow:
        """The engine's own dialogue, which is part of every application."""
        return _own

    @property
    def entrances(self) -> tuple[str, ...]:
        """Where the engine itself may lead a person."""
        return (self.home, self.language, self.stuck, RESUME)

    @cached_property
    def front(self) -> frozenset[str]:
        """The first screens of a call, which lead home themselves."""
        found: set[str] = set()
        ahead = [self.home, self.language, RESUME]
        while ahead:
            name = ahead.pop()
            node = self.nodes[name]
            if name not in found and isinstance(node, Call):
                ahead += (target for target in node.on.values() if target in self.nodes)
            found.add(name)
        return frozenset(found)


def _sensitive(nodes: Iterable[Node]) -> Iterable[str]:
    return (node.into for node in nodes if isinstance(node, Ask) and node.sensitive)
