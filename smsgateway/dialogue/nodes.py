"""The kinds of step a dialogue is made of. All is data: every edge can be drawn and checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from smsgateway.dialogue.fields import Value

BACK = "<back>"
"""A target: the screen the person came from."""

HOME = "<home>"
"""A target: the application's home."""

RETURN = "<return>"
"""A target: where the sub-dialogue was visited from goes on."""

DOWN = "down"
"""The outcome of a Call that failed or took too long; every Call names a screen for it."""


@dataclass(frozen=True)
class EffectSpec:
    """Something to do once the step is certain: a kind, constants, and fields to take along."""

    kind: str
    takes: tuple[str, ...] = ()
    constants: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What a Call found: one of the names it declares, with the values it gives."""

    name: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Lookup:
    """A function that a Call runs, with the outcomes it may have and the fields each one gives."""

    run: Callable[[Any], Outcome]
    gives: Mapping[str, tuple[str, ...]]


def lookup(**gives: tuple[str, ...]) -> Callable[[Callable[[Any], Outcome]], Lookup]:
    """Declare a function's outcomes: `@lookup(found=("name",), missing=())`."""

    def declare(run: Callable[[Any], Outcome]) -> Lookup:
        return Lookup(run, gives)

    return declare


@dataclass(frozen=True)
class Option:
    """A key of a menu: what it says, where it leads, and what it does on the way.

    `sets`: the fields that this answer decides, such as {"sex": "F"}.
    """

    label: str
    target: str
    effects: tuple[EffectSpec, ...] = ()
    language: str | None = None
    sets: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Menu:
    """A question with numbered answers.

    From a `checkpoint`, on any screen that waits for an answer, a lost session can be resumed.
    """

    text: str
    options: Mapping[str, Option]
    checkpoint: bool = False


@dataclass(frozen=True)
class Pick:
    """A list made by a Call: the chosen value goes into a field. The list is frozen when shown."""

    text: str
    source: str
    into: str
    target: str
    checkpoint: bool = False


@dataclass(frozen=True)
class Ask:
    """An answer to type. A `sensitive` one is forgotten when the next screen is shown."""

    text: str
    into: str
    error: str
    target: str
    sensitive: bool = False
    checkpoint: bool = False


class DateAsk(Ask):
    """A day to type, read as one near today; its field is a `Day`."""


@dataclass(frozen=True)
class Call:
    """No screen: runs a look-up within `timeout` seconds and follows its outcome.

    It sees the fields that it `takes`; those that it `forgets` are gone afterwards.
    """

    lookup: Lookup
    on: Mapping[str, str]
    timeout: float = 3.0
    takes: tuple[str, ...] = ()
    forgets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Visit:
    """No screen: goes through a sub-dialogue from `start`; its RETURN leads to `target`."""

    start: str
    target: str


@dataclass(frozen=True)
class End:
    """The last screen. A `long` one is read in pages, and the session ends with the last page."""

    text: str
    effects: tuple[EffectSpec, ...] = ()
    long: bool = False


Screen = Menu | Pick | Ask | End
Node = Screen | Call | Visit


def texts_of(node: Node) -> list[str]:
    """Every text of a node that a person may see, options included."""
    match node:
        case Menu():
            return [node.text, *(option.label for option in node.options.values())]
        case Ask():
            return [node.text, node.error]
        case Call() | Visit():
            return []
        case _:
            return [node.text]


def ways_of(node: Node) -> list[tuple[str, str]]:
    """What each answer or outcome of a node is called, and where it leads."""
    match node:
        case Menu():
            return [(key, option.target) for key, option in node.options.items()]
        case Pick() | Ask():
            return [(node.into, node.target)]
        case Call():
            return list(node.on.items())
        case Visit():
            return [("through", node.start), ("then", node.target)]
        case End():
            return []


def targets_of(node: Node) -> list[str]:
    """Every place that a node may lead to; a Visit first leads into its sub-dialogue."""
    return [target for _, target in ways_of(node)]


def effects_of(node: Node) -> tuple[EffectSpec, ...]:
    """Every effect that a node may have."""
    match node:
        case Menu():
            return tuple(spec for option in node.options.values() for spec in option.effects)
        case End():
            return node.effects
        case _:
            return ()
