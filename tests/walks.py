"""People who press anything: random walks through an application, with look-ups that find anything.

A walk is a seeded stream of answers, right and wrong ones, to an engine whose look-ups are answered
with a random outcome and random values, the longest among them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cached_property, lru_cache
from random import Random

from smsgateway.dialogue.application import Application
from smsgateway.dialogue.bindings import known_fields
from smsgateway.dialogue.engine import Engine, RunCall
from smsgateway.dialogue.fields import (
    Count,
    Day,
    DayAndMonth,
    Digits,
    Field,
    NumericDate,
    Options,
    SpokenDay,
    Value,
)
from smsgateway.dialogue.network import Network
from smsgateway.dialogue.nodes import (
    DOWN,
    HOME,
    RETURN,
    Ask,
    Call,
    DateAsk,
    End,
    Menu,
    Outcome,
    Pick,
)
from smsgateway.dialogue.paths import Paths
from smsgateway.dialogue.session import Session, Turn

TODAY = date(2026, 11, 23)

UNREADABLE = (
    "", " ", "0", "00", "98", "97", "9", "*", "#", "1*2", "²", "١", "😀", "é" * 200, "suite", "-1",
)  # fmt: skip
"""Answers that most screens refuse, and the engine's own keys."""

TYPED = ("1985", "0905", "Awa", "BK1001", *("7" * length for length in range(1, 17)))
"""What people type; some of it is right for every question, or `typed` says so."""

NAMES = ("", "Awa", "Maïmouna Haïdara", "W" * 200, "ɲɛɲɛ ŋɔɔn " * 20, "محمد", "a^€{0}" * 30, "\n")

MOST_STEPS = 60
"""To an end, from anywhere, for somebody who knows the way."""


class Walker:
    """One phone on an engine."""

    def __init__(self, engine: Engine, language: str, network: Network, seed: int) -> None:
        self.engine = engine
        self.application = engine.application
        self.language = language
        self.network = network
        self.random = Random(seed)

    def walk(self, steps: int) -> Iterator[tuple[Session, str, Turn]]:
        """Each step: where the person stood, what was sent, and what came of it."""
        session = self._begin()
        for step in range(steps):
            answer = self._answer(session)
            turn = self.send(session, answer, step)
            yield session, answer, turn
            session = turn.session or self._begin()

    def send(self, session: Session, answer: str, step: int) -> Turn:
        """One step; with the same number it meets the same world again."""
        run = AnyOutcome(self.application, step)
        return self.engine.answer(session, answer, self.network, run, TODAY)

    def to_the_end(self, session: Session) -> None:
        """Take the shortest way to a last screen. Fails when there is none."""
        for _ in range(MOST_STEPS):
            answer = self._nearest(session)
            turn = self.engine.answer(session, answer, self.network, self._finding(session), TODAY)
            if turn.session is None:
                return
            session = turn.session
        raise AssertionError(f"no end within {MOST_STEPS} answers, now at {session.node}")

    def _begin(self) -> Session:
        """At home, at the question for the language, or, as by a keyword, in any dialogue."""
        run = AnyOutcome(self.application, self.random.randrange(1_000))
        while True:
            start = self.random.choice(self._starts)
            turn = self.engine.start(start, self.language, self.network, run)
            if turn.session:
                return turn.session

    def _answer(self, session: Session) -> str:
        """A right answer more often than not."""
        if self.random.random() < 0.3:
            return self.random.choice(UNREADABLE)
        return self.random.choice(right_answers(self.application, session))

    def _nearest(self, session: Session) -> str:
        node = self.application.nodes[session.node]
        if isinstance(node, Menu):
            options = node.options
            return min(options, key=lambda key: self._distance(options[key].target, session))
        return right_answers(self.application, session)[0]

    def _finding(self, session: Session) -> RunCall:
        """Look-ups that answer with whatever is nearest to an end."""

        def run(call: Call, values: Mapping[str, Value], language: str) -> Outcome:
            name = min(call.on, key=lambda one: self._distance(call.on[one], session))
            return outcome(self.application, call, name, self.random)

        return run

    def _distance(self, target: str, session: Session) -> int:
        """How many nodes an end is from a target; back is a detour by where one came from."""
        if target == HOME:
            target = self.application.home
        if target == RETURN and session.returns:
            target = session.returns[0]
        return self._distances.get(target, MOST_STEPS)

    @cached_property
    def _starts(self) -> list[str]:
        """Where nothing has to be known before: what a worker does begins with the PIN."""
        visited, known = Paths(self.application).visits, known_fields(self.application)
        starts = [
            flow.start
            for flow in self.application.flows
            if flow.start not in visited and not known[flow.start]
        ]
        return [self.application.home, self.application.language, *starts]

    @cached_property
    def _distances(self) -> Mapping[str, int]:
        """Node -> the fewest nodes to a last screen."""
        paths = Paths(self.application)
        nodes = self.application.nodes
        found = {name: 0 for name, node in nodes.items() if isinstance(node, End)}
        for distance in range(1, len(nodes)):
            found |= {
                name: distance
                for name in nodes.keys() - found.keys()
                if any(one in found for one in paths.successors(name))
            }
        return found


class AnyOutcome:
    """Answers look-ups with any outcome and any values; the same ones for the same seed."""

    def __init__(self, application: Application, seed: int) -> None:
        self._application = application
        self._seed = seed
        self._random: Random | None = None

    def __call__(self, call: Call, values: Mapping[str, Value], language: str) -> Outcome:
        self._random = self._random or Random(self._seed)
        name = self._random.choice([*call.lookup.gives, DOWN])
        return outcome(self._application, call, name, self._random)


def outcome(application: Application, call: Call, name: str, random: Random) -> Outcome:
    """An outcome of a look-up with random values."""
    given = call.lookup.gives.get(name, ())
    return Outcome(name, {one: value_of(application.fields[one], random) for one in given})


def value_of(field: Field, random: Random) -> Value:
    """A value that a look-up may give for a field."""
    match field:
        case Options():
            count = random.choice((1, 2, field.most))
            return [[str(number), random.choice(NAMES)] for number in range(count)]
        case SpokenDay() | NumericDate() | Day():
            return (TODAY + timedelta(days=random.randrange(-2_000, 300))).isoformat()
        case DayAndMonth():
            return "05-09"
        case Digits():
            return "7" * field.longest
        case Count():
            return random.choice((0, 10**field.longest - 1))
        case _:
            return random.choice(NAMES)


def right_answers(application: Application, session: Session) -> list[str]:
    """Answers that the screen takes."""
    node = application.nodes[session.node]
    match node:
        case Menu():
            return list(node.options)
        case Pick():
            options = session.values[node.source]
            assert isinstance(options, list)
            return ["1", str(len(options))]
        case DateAsk():
            field = application.fields[node.into]
            assert isinstance(field, Day)
            days = (TODAY - timedelta(days=field.past), TODAY + timedelta(days=field.future))
            return [f"{day:%d/%m/%y}" for day in days]
        case Ask():
            return typed(application.fields[node.into])
        case _:
            return ["98"]


@lru_cache
def typed(field: Field) -> list[str]:
    """What people type that a field takes."""
    found = [answer for answer in TYPED if field.parse(answer) is not None]
    assert found, f"put an answer that {field} takes among TYPED"
    return found
