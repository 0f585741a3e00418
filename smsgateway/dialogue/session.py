"""Where a person stands in a dialogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from smsgateway.dialogue.fields import Value

Spot = tuple[str, ...]
"""A screen that one came by, then where the sub-dialogues around it return to, innermost first."""


@dataclass(frozen=True)
class Session:
    """`trail`: the screens one may go back to, oldest first. `wrong`: wrong answers in a row.

    `returns`: where the sub-dialogues that one is in return to, innermost first. `version`: that
    of the flow when the screen was shown; a later one may ask for what this session does not know.
    `opened`: the values that only who gave a sensitive answer may see.
    """

    node: str
    language: str
    page: int = 0
    wrong: int = 0
    values: Mapping[str, Value] = field(default_factory=dict)
    trail: tuple[Spot, ...] = ()
    returns: tuple[str, ...] = ()
    version: int = 1
    opened: frozenset[str] = frozenset()

    @property
    def spot(self) -> Spot:
        """What is needed to come back to this screen."""
        return (self.node, *self.returns)

    def pack(self) -> list[Any]:
        """As a short JSON list, for storage."""
        return [
            self.node,
            self.language,
            self.page,
            self.wrong,
            dict(self.values),
            [" ".join(spot) for spot in self.trail],
            list(self.returns),
            self.version,
            sorted(self.opened),
        ]

    @classmethod
    def unpack(cls, packed: list[Any]) -> Session:
        """The inverse of `pack`."""
        node, language, page, wrong, values, trail, returns, version, opened = packed
        return cls(
            node,
            language,
            page,
            wrong,
            values,
            tuple(tuple(spot.split(" ")) for spot in trail),
            tuple(returns),
            version,
            frozenset(opened),
        )


@dataclass(frozen=True)
class Pointer:
    """What is kept of a session at a checkpoint, so that a lost one can be resumed.

    `values` are only those that every way to the checkpoint has, and none that a sensitive answer
    has opened: resuming is no way around a proof.
    """

    node: str
    version: int
    values: Mapping[str, Value]

    def pack(self) -> list[Any]:
        """As a short JSON list, for storage."""
        return [self.node, self.version, dict(self.values)]

    @classmethod
    def unpack(cls, packed: list[Any]) -> Pointer:
        """The inverse of `pack`."""
        return cls(*packed)


@dataclass(frozen=True)
class Reply:
    """A screen as it goes on the wire; `final` closes the session; `screen` is its name."""

    text: str
    final: bool
    screen: str


@dataclass(frozen=True)
class Effect:
    """Something that the step decided to do; the caller writes it down before it replies."""

    kind: str
    payload: Mapping[str, Value]


@dataclass(frozen=True)
class Turn:
    """The result of one step. `session` is None after the last screen."""

    session: Session | None
    reply: Reply
    effects: tuple[Effect, ...] = ()
