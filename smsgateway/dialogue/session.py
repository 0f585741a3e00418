"""Where a person stands in a dialogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from smsgateway.dialogue.fields import Value


@dataclass(frozen=True)
class Session:
    """`trail`: the screens one may go back to, oldest first. `wrong`: wrong answers in a row."""

    node: str
    language: str
    page: int = 0
    wrong: int = 0
    values: Mapping[str, Value] = field(default_factory=dict)
    trail: tuple[str, ...] = ()

    def pack(self) -> list[Any]:
        """As a short JSON list, for storage."""
        return [
            self.node,
            self.language,
            self.page,
            self.wrong,
            dict(self.values),
            list(self.trail),
        ]

    @classmethod
    def unpack(cls, packed: list[Any]) -> Session:
        """The inverse of `pack`."""
        node, language, page, wrong, values, trail = packed
        return cls(node, language, page, wrong, values, tuple(trail))


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
