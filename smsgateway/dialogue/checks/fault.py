"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """`check`: the number of the group (1 to 6); `where`: `flow.node`, with the language if any."""

    check: int
    where: str
    problem: str
