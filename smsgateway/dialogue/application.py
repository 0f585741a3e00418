"""Flows and the application they make up: plain data with names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from dataclasses import replace as with_changes

from smsgateway.dialogue.fields import Field, Fields
from smsgateway.dialogue.nodes import (
    BACK,
    HOME,
    Ask,
    Call,
    EffectSpec,
    End,
    Lookup,
    Menu,
    Node,
    Option,
    Pick,
)

Choice = tuple[str, str] | Option


class Flow:
    """One dialogue, written top to bottom in the order in which it is met.

    Targets are names of nodes of the same flow, or `flow.node` of another. `renamed` maps names
    that nodes had before, so that people in mid-session survive a release.
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
        self.start = self._full(start)
        self.fields: Fields = fields or {}
        self.renamed = {self._full(old): self._full(new) for old, new in (renamed or {}).items()}
        self.version = version
        self.nodes: dict[str, Node] = {}

    def menu(self, name: str, text: str, options: Mapping[int, Choice]) -> None:
        """A question with numbered answers: key -> (label, target), or an Option."""
        full = {}
        for key, choice in options.items():
            option = choice if isinstance(choice, Option) else Option(*choice)
            full[str(key)] = with_changes(option, target=self._full(option.target))
        self._add(name, Menu(text, full))

    def pick(self, name: str, text: str, *, source: str, into: str, target: str) -> None:
        """A choice among the options that a Call has put into the field `source`."""
        self._add(name, Pick(text, source, into, self._full(target)))

    def ask(
        self, name: str, text: str, *, into: str, error: str, target: str, sensitive: bool = False
    ) -> None:
        """An answer to type; the field `into` says what is accepted."""
        self._add(name, Ask(text, into, error, self._full(target), sensitive))

    def call(
        self,
        name: str,
        lookup: Lookup,
        on: Mapping[str, str],
        *,
        takes: Iterable[str] = (),
        forgets: Iterable[str] = (),
        timeout: float = 3.0,
    ) -> None:
        """A look-up; `on` maps each of its outcomes, and `down`, to where it leads."""
        targets = {outcome: self._full(target) for outcome, target in on.items()}
        self._add(name, Call(lookup, targets, timeout, tuple(takes), tuple(forgets)))

    def end(self, name: str, text: str, *effects: EffectSpec) -> None:
        """A last screen."""
        self._add(name, End(text, effects))

    def _add(self, name: str, node: Node) -> None:
        full = self._full(name)
        if full in self.nodes:
            raise ValueError(f"{full} is defined twice")
        self.nodes[full] = node

    def _full(self, name: str) -> str:
        return name if "." in name or name in {BACK, HOME} else f"{self.name}.{name}"


@dataclass(frozen=True)
class Application:
    """All dialogues behind one code.

    `home` is where a caller begins, `language` where one begins whose language is not known,
    `stuck` where a person lands after three wrong answers in a row.
    """

    flows: tuple[Flow, ...]
    home: str
    language: str
    stuck: str
    nodes: Mapping[str, Node] = field(init=False)
    fields: Fields = field(init=False)
    versions: Mapping[str, int] = field(init=False)
    sensitive: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        nodes: dict[str, Node] = {}
        fields: dict[str, Field] = {}
        versions: dict[str, int] = {}
        for flow in self.flows:
            versions |= dict.fromkeys(flow.nodes, flow.version)
            nodes |= flow.nodes
            for name, one in flow.fields.items():
                if fields.setdefault(name, one) != one:
                    raise ValueError(f"the field {name} means two things")
        object.__setattr__(self, "nodes", nodes)
        object.__setattr__(self, "fields", fields)
        object.__setattr__(self, "versions", versions)
        object.__setattr__(self, "sensitive", frozenset(_sensitive(nodes.values())))

    def current_name(self, name: str) -> str | None:
        """The name a node has today; None when it is gone."""
        if name in self.nodes:
            return name
        for flow in self.flows:
            if name in flow.renamed:
                return flow.renamed[name]
        return None

    @property
    def entrances(self) -> tuple[str, ...]:
        """Where the engine itself may lead a person."""
        return (self.home, self.language, self.stuck)


def _sensitive(nodes: Iterable[Node]) -> Iterable[str]:
    return (node.into for node in nodes if isinstance(node, Ask) and node.sensitive)
