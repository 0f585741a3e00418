"""Figures about dialogues for Prometheus: by flow, and look-ups by their outcome.

By screen they are in `smsgateway flows funnel`; a series for each would be too many to keep.
"""

from __future__ import annotations

from collections import Counter

from prometheus_client.core import CounterMetricFamily, Metric
from sqlalchemy import func, select

from smsgateway.sessions.counts import Event
from smsgateway.sessions.tables import dialogue_count
from smsgateway.web.metrics import KeptFigures


class DialogueFigures(KeptFigures):
    """What was counted since the beginning, as far as the clock has moved it into SQL."""

    def _read(self) -> list[Metric]:
        c = dialogue_count.c
        key = (c.node, c.medium, c.event, c.outcome)
        with self._database.read() as connection:
            rows = connection.execute(select(*key, func.sum(c.amount)).group_by(*key)).all()
        by_flow: Counter[tuple[str, str, str]] = Counter()
        look_ups: Counter[tuple[str, str, str]] = Counter()
        for node, medium, event, outcome, amount in rows:
            if outcome:
                look_ups[event, node, outcome] += int(amount)
            else:
                by_flow[node.partition(".")[0], event, medium] += int(amount)
        return _metrics(by_flow, look_ups)


def _metrics(
    by_flow: Counter[tuple[str, str, str]], look_ups: Counter[tuple[str, str, str]]
) -> list[Metric]:
    events = _counter("dialogue_events", "Events on screens.", "flow", "event", "medium")
    called = _counter("look_ups", "Look-ups of dialogues.", "node", "outcome")
    seconds = _counter("look_up_seconds", "Time that look-ups took.", "node", "outcome")
    for labels, amount in sorted(by_flow.items()):
        events.add_metric(list(labels), amount)
    for (event, node, outcome), amount in sorted(look_ups.items()):
        if event == Event.CALLED:
            called.add_metric([node, outcome], amount)
        else:
            seconds.add_metric([node, outcome], amount / 1000)
    return [events, called, seconds]


def _counter(name: str, help_: str, *labels: str) -> CounterMetricFamily:
    return CounterMetricFamily(f"smsgateway_{name}", help_, labels=labels)
