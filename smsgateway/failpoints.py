"""Places where a test may have the process die or stumble: between any two lines that touch SQL,
Redis or the network.

They are armed by `SMSGATEWAY_FAILPOINTS`, which no installation sets; without it a place costs one
comparison. The value is a comma list of `PLACE=ACTION[@CHANCE]`, such as
`sender.marked=kill,*=kill@0.001`: PLACE is a name or `*` for all others, CHANCE from 0 to 1 (always
when it is left out), and ACTION

* `kill`: the process is gone at once, as by a power cut;
* `break`: FailPoint is raised, as by a fault in the code;
* `sleep`: a tenth of a second passes, so that others overtake.

Around the commit of every transaction there is a place without a line of its own, named for what
opened it: `reminders.planner.plan_marked:committing` and `...:committed`.

`SMSGATEWAY_FAILPOINTS_SEED` makes the draws repeatable; what struck is noted in the file of
`SMSGATEWAY_FAILPOINTS_LOG`, a line each.
"""

from __future__ import annotations

import logging
import os
import random
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

logger = logging.getLogger(__name__)

SLEEP_S = 0.1

PACKAGE = "smsgateway."

_BETWEEN = frozenset({__name__, "contextlib", f"{PACKAGE}storage.engine"})
"""Modules between a transaction and whoever opened it."""


class Action(StrEnum):
    """What happens at an armed place."""

    KILL = "kill"
    BREAK = "break"
    SLEEP = "sleep"


class FailPoint(RuntimeError):
    """An armed place was reached."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that happens at a place, or at every other for `*`, with a chance."""

    place: str
    action: Action
    chance: float = 1.0


@dataclass(slots=True)
class Armed:
    """The rules of a process under test."""

    rules: tuple[Rule, ...]
    random: random.Random = field(default_factory=random.Random)
    log: str | None = None
    """The file in which strikes are noted."""

    def strike(self, place: str) -> None:
        """Do what the first rule that fits says, if its chance comes up."""
        for rule in self.rules:
            if rule.place in ("*", place):
                if self.random.random() < rule.chance:
                    self._note(place)
                    _act(rule.action, place)
                return

    def _note(self, place: str) -> None:
        """One write, so that the lines of several processes do not mix."""
        if self.log:
            with open(self.log, "ab", buffering=0) as log:
                log.write(f"{place}\n".encode())


def _act(action: Action, place: str) -> None:
    match action:
        case Action.KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        case Action.BREAK:
            raise FailPoint(place)
        case Action.SLEEP:
            time.sleep(SLEEP_S)


def read(environ: Mapping[str, str]) -> Armed | None:
    """The rules that the environment asks for. Raises ValueError for one that cannot be read."""
    text = environ.get("SMSGATEWAY_FAILPOINTS", "")
    if not text:
        return None
    seed = environ.get("SMSGATEWAY_FAILPOINTS_SEED")
    rules = tuple(_rule(one) for one in text.split(","))
    return Armed(rules, random.Random(seed), environ.get("SMSGATEWAY_FAILPOINTS_LOG"))


def _rule(text: str) -> Rule:
    place, equals, rest = text.strip().partition("=")
    action, _, chance = rest.partition("@")
    if not place or not equals:
        raise ValueError(f"{text!r} is not PLACE=ACTION[@CHANCE]")
    return Rule(place, Action(action), float(chance or 1))


_armed: Armed | None = None


def arm(environ: Mapping[str, str]) -> None:
    """Arm what the environment asks for; done once when a process starts."""
    global _armed
    _armed = read(environ)
    if _armed:
        logger.warning("fail points are armed: this process is under test")


arm(os.environ)


def reach(place: str) -> None:
    """A place between two lines; nothing happens unless a test has armed it."""
    if _armed is not None:
        _armed.strike(place)


def reach_commit(moment: str) -> None:
    """The place of this moment, `committing` or `committed`, of the transaction under way."""
    if _armed is not None:
        _armed.strike(f"{_opener()}:{moment}")


def _opener() -> str:
    """Who opened the transaction under way: module and function, as they stand in the stack."""
    frame = sys._getframe(1)
    while frame.f_globals["__name__"] in _BETWEEN and frame.f_back is not None:
        frame = frame.f_back
    module = frame.f_globals["__name__"].removeprefix(PACKAGE)
    return f"{module}.{frame.f_code.co_qualname}"
