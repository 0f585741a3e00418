"""Which outcome a message meets: by number, by a number's ending, by chance, or the usual one."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from smsgateway.web.simulator.outcomes import (
    BY_ENDING,
    ENDING_DIGITS,
    OUTCOMES,
    STATUS_NAMES,
    Cut,
    Outcome,
    Receipt,
)

MOST_LATENCY_S = 600.0

_KEYS = frozenset({"default", "numbers", "mix", "latency_s", "outcomes"})


class ScenarioError(ValueError):
    """A scenario cannot be used; the message names the entry and says why."""


@dataclass(frozen=True)
class Scenario:
    """The plan of one run.

    `mix` gives shares of 1 to outcomes met by chance, such as `{"cut-after": 0.01}`, and
    `latency_s` the least and the most seconds before a send is answered. A draw for a number's n-th
    message depends on the seed, the number and n alone, so that threads cannot change it.
    """

    default: str = "ok"
    numbers: Mapping[str, str] = field(default_factory=dict)
    mix: Mapping[str, float] = field(default_factory=dict)
    latency_s: tuple[float, float] = (0.0, 0.0)
    outcomes: Mapping[str, Outcome] = field(default_factory=lambda: OUTCOMES)

    @property
    def by_chance(self) -> bool:
        """Something is drawn, so the messages to each number have to be counted."""
        return bool(self.mix) or self.latency_s[1] > 0

    def latency(self, number: str, turn: int, seed: int | None) -> float:
        """Seconds before the request whose first message is this one is answered."""
        least, most = self.latency_s
        return least + (most - least) * _chance(seed, number, turn, "latency")

    def outcome(self, number: str, turn: int, seed: int | None) -> Outcome:
        """What the message number `turn` (from 0) to `number` meets."""
        if number in self.numbers:
            return self.outcomes[self.numbers[number]]
        if (scripted := BY_ENDING.get(number[-ENDING_DIGITS:])) is not None:
            return scripted
        return self.outcomes[self._drawn(number, turn, seed)]

    def _drawn(self, number: str, turn: int, seed: int | None) -> str:
        if not self.mix:
            return self.default
        chance = _chance(seed, number, turn)
        for name, share in self.mix.items():
            if chance < share:
                return name
            chance -= share
        return self.default


def _chance(seed: int | None, *names: object) -> float:
    """From 0 to 1; with a seed the same for the same names."""
    drawn_from = None if seed is None else "/".join(map(str, (seed, *names)))
    return random.Random(drawn_from).random()


def load(data: object) -> Scenario:
    """Read a scenario from the data of a JSON or TOML file. Raises ScenarioError.

    Keys: `default`, `numbers`, `mix`, `latency_s`, and `outcomes` (name -> fields that differ from
    the outcome `like`, which is `ok` when left out).
    """
    if not isinstance(data, Mapping):
        raise ScenarioError("a scenario is a JSON object")
    if unknown := set(data) - _KEYS:
        raise ScenarioError(f"{', '.join(sorted(unknown))}: no such entry in a scenario")
    outcomes = dict(OUTCOMES)
    for name, changes in _object(data, "outcomes").items():
        outcomes[name] = _outcome(name, changes, outcomes)
    numbers, mix = _object(data, "numbers"), _object(data, "mix")
    default = data.get("default", "ok")
    for entry, name in [("default", default), *numbers.items(), *((name, name) for name in mix)]:
        if name not in outcomes:
            raise ScenarioError(f"{entry}: there is no outcome named {name}")
    _check_shares(mix)
    return Scenario(default, numbers, mix, _latency(data.get("latency_s", [0, 0])), outcomes)


def _latency(value: object) -> tuple[float, float]:
    """`[least, most]`, both in seconds."""
    if not isinstance(value, list) or [type(one) in (int, float) for one in value] != [True, True]:
        raise ScenarioError("latency_s: give the least and the most seconds")
    least, most = float(value[0]), float(value[1])
    if not 0 <= least <= most <= MOST_LATENCY_S:
        raise ScenarioError(f"latency_s: the least and the most lie between 0 and {MOST_LATENCY_S}")
    return least, most


def _object(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key, {})
    if not isinstance(value, Mapping):
        raise ScenarioError(f"{key}: must be a JSON object")
    return value


def _check_shares(mix: Mapping[str, Any]) -> None:
    for name, share in mix.items():
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
            raise ScenarioError(f"mix: the share of {name} must be between 0 and 1")
    if sum(mix.values()) > 1:
        raise ScenarioError("mix: the shares add up to more than 1")


def _outcome(name: str, changes: object, known: Mapping[str, Outcome]) -> Outcome:
    if not isinstance(changes, Mapping):
        raise ScenarioError(f"outcomes: {name} must be a JSON object")
    given = dict(changes)
    like = given.pop("like", "ok")
    if like not in known:
        raise ScenarioError(f"outcomes: {name} is like {like}, which is not an outcome")
    try:
        return replace(known[like], **{**_typed(given), "name": name, "ending": None})
    except (TypeError, ValueError) as error:
        raise ScenarioError(f"outcomes: {name}: {error}") from None


_CHANGES: dict[str, tuple[type, ...]] = {
    "meaning": (str,),
    "status_code": (int,),
    "http_status": (int,),
    "http_text": (str,),
    "refusal": (str,),
    "delay_s": (int, float),
    "cut": (str,),
    "content_type": (str,),
    "string_codes": (bool,),
    "costs": (bool,),
    "arrives": (bool,),
    "receipts": (list,),
}


def _typed(given: dict[str, Any]) -> dict[str, Any]:
    for key, value in given.items():
        if key not in _CHANGES:
            raise ValueError(f"{key} is not a field of an outcome")
        if not isinstance(value, _CHANGES[key]):
            raise ValueError(f"{key} must be of type {_CHANGES[key][-1].__name__}")
    if given.get("status_code", 101) not in STATUS_NAMES:
        raise ValueError(f"status_code {given['status_code']} is not in the list")
    if "cut" in given:
        given["cut"] = Cut(given["cut"])
    if "receipts" in given:
        given["receipts"] = tuple(_receipt(one) for one in given["receipts"])
    return given


def _receipt(data: object) -> Receipt:
    names = {one.name for one in fields(Receipt)}
    if not isinstance(data, Mapping) or not set(data) <= names or "status" not in data:
        raise ValueError(f"a receipt needs a status and may have {', '.join(sorted(names))}")
    return Receipt(**{**data, "status": str(data["status"]), "after": float(data.get("after", 1))})
