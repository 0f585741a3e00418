"""Where people leave a dialogue: the drop-out of each screen, and how its look-ups fare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, func, select

from smsgateway.dialogue.application import Application
from smsgateway.dialogue.nodes import Call, End
from smsgateway.sessions.counts import Event
from smsgateway.sessions.tables import dialogue_count


@dataclass(frozen=True)
class ScreenFigures:
    """One screen. `counts` by event; `last`: an end of the dialogue, which nobody abandons."""

    name: str
    counts: Mapping[Event, int]
    last: bool = False

    @property
    def reached(self) -> int:
        """How often people came to the screen."""
        return self.counts.get(Event.ENTERED, 0) + self.counts.get(Event.RESUMED, 0)

    @property
    def answered(self) -> int:
        return self.counts.get(Event.ANSWERED, 0)

    @property
    def invalid(self) -> int:
        return self.counts.get(Event.INVALID, 0)

    @property
    def left_by_key(self) -> int:
        """Left by back or home, or to get help."""
        return self.counts.get(Event.BACK, 0) + self.counts.get(Event.STUCK, 0)

    @property
    def abandoned(self) -> int:
        """Came, and were not heard of again; who is on the screen now is among them."""
        return 0 if self.last else max(0, self.reached - self.answered - self.left_by_key)

    @property
    def mean_seconds(self) -> float | None:
        """How long those who left it had looked at the screen."""
        left = self.answered + self.left_by_key
        return self.counts.get(Event.SECONDS, 0) / left if left else None


@dataclass(frozen=True)
class LookUpFigures:
    """One outcome of one look-up."""

    name: str
    outcome: str
    calls: int
    milliseconds: int

    @property
    def mean_ms(self) -> float:
        return self.milliseconds / self.calls if self.calls else 0.0


@dataclass(frozen=True)
class FlowFigures:
    """One flow, or what one version of it was: its screens and look-ups in the order of the flow;
    those that a later release no longer has come last."""

    flow: str
    version: int
    screens: list[ScreenFigures] = field(default_factory=list)
    look_ups: list[LookUpFigures] = field(default_factory=list)


def figures(
    connection: Connection,
    application: Application,
    since: date,
    *,
    flow: str | None = None,
) -> list[FlowFigures]:
    """What was counted from `since` on, for each flow and version that has been met."""
    counted = _counted(connection, since)
    order = {name: place for place, name in enumerate(application.nodes)}
    names = sorted(
        {key[1] for key in counted}, key=lambda name: (order.get(name, len(order)), name)
    )
    found: dict[tuple[str, int], FlowFigures] = {}
    for name in names:
        owner = name.partition(".")[0]
        if flow not in (None, owner):
            continue
        for version in sorted({key[0] for key in counted if key[1] == name}):
            one = found.setdefault((owner, version), FlowFigures(owner, version))
            _add_node(one, name, counted[version, name], application)
    return list(found.values())


_Counted = Mapping[tuple[int, str], Mapping[tuple[str, str], int]]
"""(version, node) -> (event, outcome) -> amount."""


def _counted(connection: Connection, since: date) -> _Counted:
    c = dialogue_count.c
    rows = connection.execute(
        select(c.version, c.node, c.event, c.outcome, func.sum(c.amount))
        .where(c.day >= since)
        .group_by(c.version, c.node, c.event, c.outcome)
    )
    counted: dict[tuple[int, str], Counter[tuple[str, str]]] = {}
    for version, node, event, outcome, amount in rows:
        counted.setdefault((version, node), Counter())[event, outcome] = int(amount)
    return counted


def _add_node(
    to: FlowFigures, name: str, counted: Mapping[tuple[str, str], int], application: Application
) -> None:
    events = {Event(event): amount for (event, outcome), amount in counted.items() if not outcome}
    outcomes: Sequence[str] = sorted({outcome for _, outcome in counted if outcome})
    node = application.nodes.get(name)
    if events and not isinstance(node, Call):
        to.screens.append(ScreenFigures(name, events, isinstance(node, End)))
    to.look_ups.extend(
        LookUpFigures(
            name,
            outcome,
            counted.get((Event.CALLED, outcome), 0),
            counted.get((Event.MILLISECONDS, outcome), 0),
        )
        for outcome in outcomes
    )
