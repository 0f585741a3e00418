"""The ways through an application: what may follow what, sub-dialogues and their returns included.

A sub-dialogue is told from the others by its start. Its *members* are the nodes met between its
start and its RETURN, those of the sub-dialogues that it visits in turn left out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from smsgateway.dialogue.application import RESUME, Application
from smsgateway.dialogue.nodes import (
    BACK,
    HOME,
    RETURN,
    Call,
    End,
    Node,
    Visit,
    targets_of,
)
from smsgateway.dialogue.session import Spot

NOWHERE = frozenset({BACK, HOME, RETURN})
"""Targets that are no node's name."""


class Paths:
    """The graph of an application whose targets are known to exist."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.visits: dict[str, list[str]] = {RESUME: list(checkpoints(application))}
        """Start of a sub-dialogue -> where its RETURN may lead."""
        for node in application.nodes.values():
            if isinstance(node, Visit):
                self.visits.setdefault(node.start, []).append(node.target)
        self.members = {start: reached([start], self._beside) for start in self.visits}
        self.root = reached((*application.entrances[:-1],), self._beside)
        """The nodes that are met outside any sub-dialogue."""

    def returning(self, start: str) -> list[str]:
        """The members of a sub-dialogue that return from it."""
        nodes = self.application.nodes
        return [name for name in sorted(self.members[start]) if RETURN in targets_of(nodes[name])]

    def successors(self, name: str) -> list[str]:
        """The nodes that may follow; going back leads where one has been, so it adds none."""
        node = self.application.nodes[name]
        if isinstance(node, Visit):
            return [node.start]
        found = [target for target in targets_of(node) if target not in NOWHERE]
        if HOME in targets_of(node):
            found.append(self.application.home)
        if RETURN in targets_of(node):
            for start, members in self.members.items():
                if name in members:
                    found += self.visits[start]
        return found

    def steps(self, spot: Spot) -> list[Spot]:
        """What may follow a node within the sub-dialogues that one is in; home is none of it."""
        name, *returns = spot
        node = self.application.nodes[name]
        if isinstance(node, Visit):
            return [(node.start, node.target, *returns)]
        found: list[Spot] = [(one, *returns) for one in targets_of(node) if one not in NOWHERE]
        if RETURN in targets_of(node) and returns:
            found.append(tuple(returns))
        return found

    def _beside(self, name: str) -> list[str]:
        """What may follow in the same dialogue, a visit being one step."""
        node = self.application.nodes[name]
        targets = [node.target] if isinstance(node, Visit) else targets_of(node)
        return [target for target in targets if target not in NOWHERE]


def reached(starts: Iterable[str], successors: Callable[[str], Iterable[str]]) -> frozenset[str]:
    """The nodes that can be come to from `starts`, these included."""
    seen = set(starts)
    queue = deque(seen)
    while queue:
        for following in successors(queue.popleft()):
            if following not in seen:
                seen.add(following)
                queue.append(following)
    return frozenset(seen)


def checkpoints(application: Application) -> Iterable[str]:
    """The screens from which a session can be resumed."""
    return (name for name, node in application.nodes.items() if is_checkpoint(node))


def is_checkpoint(node: Node) -> bool:
    """Whether a session that was lost at or after this node can be resumed here."""
    return not isinstance(node, Call | Visit | End) and node.checkpoint
