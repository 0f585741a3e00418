"""One step of a dialogue: (session, answer) -> (session, reply, effects). No I/O and no clock.

Look-ups that need the world are run by a function that the caller hands in, so the whole engine
can be tested, and every screen verified, without Redis, Flask or a database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache

from smsgateway.dialogue.application import Application
from smsgateway.dialogue.fields import Value
from smsgateway.dialogue.network import BACK_KEY, HOME_KEY, MORE_KEY, Network
from smsgateway.dialogue.nodes import (
    BACK,
    HOME,
    Ask,
    Call,
    EffectSpec,
    End,
    Menu,
    Option,
    Outcome,
    Pick,
    Screen,
)
from smsgateway.dialogue.screen import Navigation, lay_out
from smsgateway.dialogue.session import Effect, Reply, Session, Turn
from smsgateway.dialogue.words import (
    BACK_LABEL,
    FRESH_START,
    HOME_LABEL,
    MORE_LABEL,
    WRONG_CHOICE,
    Words,
)
from smsgateway.text.orthography import fold

RunCall = Callable[[Call, Mapping[str, Value], str], Outcome]
"""Runs a Call with the values it may see and the language; answers with one of its outcomes."""

MAX_TRAIL = 12
"""Screens that can be gone back to."""

MAX_WRONG = 3
"""Wrong answers in a row before help is offered."""

FIRST_LANGUAGE = "fr"
"""The language of a session whose caller has not chosen yet."""


class Engine:
    """An application spoken with the words of a catalogue."""

    def __init__(self, application: Application, words: Words) -> None:
        self.application = application
        self._words = words
        self._said = lru_cache(maxsize=None)(self._translate)

    def begin(self, language: str | None, network: Network, run: RunCall) -> Turn:
        """The first screen of a call; asks for the language where none is known."""
        entrance = self.application.home if language else self.application.language
        session = Session(entrance, language or FIRST_LANGUAGE)
        return self._enter(entrance, session, network, run)

    def restart(self, language: str | None, network: Network, run: RunCall) -> Turn:
        """The first screen for a person whose session was lost: nothing typed is replayed."""
        turn = self.begin(language, network, run)
        if turn.session is None:
            return turn
        reply = self.render(turn.session, network, FRESH_START)
        return replace(turn, reply=reply)

    def answer(self, session: Session, text: str, network: Network, run: RunCall) -> Turn:
        """What follows when the person on `session`'s screen sends `text`."""
        name = self.application.current_name(session.node)
        if name is None:
            return self.restart(session.language, network, run)
        session = replace(session, node=name)
        answer = text.strip()
        if answer == HOME_KEY:
            return self._go(HOME, session, network, run)
        if answer == BACK_KEY and (session.page or session.trail):
            return self._back(session, network, run)
        if answer == MORE_KEY and session.page + 1 < len(self.pages(session, network)):
            return self._show(replace(session, page=session.page + 1, wrong=0), network)
        node = self.application.nodes[name]
        match node:
            case Menu() if answer in node.options:
                return self._choose(node.options[answer], session, network, run)
            case Pick() | Ask() if (value := self._value(node, session, answer)) is not None:
                values = {**session.values, node.into: value}
                return self._go(node.target, replace(session, values=values), network, run)
            case _:
                return self._wrong(session, network, run)

    def pages(self, session: Session, network: Network, notice: str = "") -> list[str]:
        """The pages of a session's screen, folded; `notice` stands above the text."""
        node = self.application.nodes[session.node]
        assert not isinstance(node, Call), f"{session.node} has no screen"
        text = self._fill(node.text, session)
        if notice:
            text = f"{self._said(notice, session.language)}\n{text}"
        return lay_out(
            text,
            self._options(node, session),
            self.navigation(session.language),
            network.budget,
            leave=bool(session.trail) and not isinstance(node, End),
        )

    def render(self, session: Session, network: Network, notice: str = "") -> Reply:
        """The reply that shows a session's screen."""
        pages = self.pages(session, network, notice)
        final = isinstance(self.application.nodes[session.node], End)
        return Reply(pages[min(session.page, len(pages) - 1)], final, session.node)

    def navigation(self, language: str) -> Navigation:
        """The labels of the engine's keys."""
        return Navigation(
            *(self._said(label, language) for label in (BACK_LABEL, HOME_LABEL, MORE_LABEL))
        )

    def _translate(self, msgid: str, language: str) -> str:
        return fold(self._words.text(msgid, language))

    def _fill(self, msgid: str, session: Session) -> str:
        text = self._said(msgid, session.language)
        if "{" not in text:
            return text
        fields = self.application.fields
        return text.format_map(
            {
                name: fields[name].show(value, session.language)
                for name, value in session.values.items()
                if not isinstance(value, list)
            }
        )

    def _options(self, node: Screen, session: Session) -> list[str]:
        match node:
            case Menu():
                return [
                    f"{key}. {self._said(option.label, session.language)}"
                    for key, option in node.options.items()
                ]
            case Pick():
                labels = [label for _, label in _frozen(session, node)]
                longest = self.application.fields[node.source]
                return [
                    f"{key}. {longest.show(label, session.language)}"
                    for key, label in enumerate(labels, start=1)
                ]
            case _:
                return []

    def _value(self, node: Pick | Ask, session: Session, answer: str) -> Value | None:
        if isinstance(node, Ask):
            return self.application.fields[node.into].parse(answer)
        options = _frozen(session, node)
        if not (answer.isascii() and answer.isdigit() and 1 <= int(answer[:4]) <= len(options)):
            return None
        return options[int(answer[:4]) - 1][0]

    def _choose(self, option: Option, session: Session, network: Network, run: RunCall) -> Turn:
        session = replace(
            session,
            language=option.language or session.language,
            values={**session.values, **option.sets},
        )
        effects = tuple(_effect(spec, session) for spec in option.effects)
        turn = self._go(option.target, session, network, run)
        return replace(turn, effects=effects + turn.effects)

    def _wrong(self, session: Session, network: Network, run: RunCall) -> Turn:
        if session.wrong + 1 >= MAX_WRONG and session.node != self.application.stuck:
            return self._go(self.application.stuck, session, network, run)
        node = self.application.nodes[session.node]
        notice = node.error if isinstance(node, Ask) else WRONG_CHOICE
        again = replace(session, wrong=session.wrong + 1, page=0)
        return Turn(again, self.render(again, network, notice))

    def _back(self, session: Session, network: Network, run: RunCall) -> Turn:
        if session.page:
            return self._show(replace(session, page=session.page - 1, wrong=0), network)
        *trail, previous = session.trail
        name = self.application.current_name(previous)
        if name is None:
            return self._go(HOME, session, network, run)
        return self._show(replace(session, node=name, page=0, wrong=0, trail=tuple(trail)), network)

    def _go(self, target: str, session: Session, network: Network, run: RunCall) -> Turn:
        """Leave the present screen for `target`."""
        if target == BACK:
            return self._back(replace(session, page=0), network, run)
        if target == HOME:
            home = self.application.home
            return self._enter(home, Session(home, session.language), network, run)
        trail = (*session.trail, session.node)[-MAX_TRAIL:]
        return self._enter(target, replace(session, trail=trail), network, run)

    def _enter(self, target: str, session: Session, network: Network, run: RunCall) -> Turn:
        """Follow Calls from `target` to the next screen and show it."""
        values = dict(session.values)
        node = self.application.nodes[target]
        while isinstance(node, Call):
            outcome = run(node, {name: values[name] for name in node.takes}, session.language)
            values.update(outcome.values)
            for name in node.forgets:
                values.pop(name, None)
            target = node.on[outcome.name]
            node = self.application.nodes[target]
        for name in self.application.sensitive:
            values.pop(name, None)
        return self._show(replace(session, node=target, values=values, page=0, wrong=0), network)

    def _show(self, session: Session, network: Network) -> Turn:
        reply = self.render(session, network)
        node = self.application.nodes[session.node]
        if isinstance(node, End):
            effects = tuple(_effect(spec, session) for spec in node.effects)
            return Turn(None, reply, effects)
        return Turn(session, reply)


def _effect(spec: EffectSpec, session: Session) -> Effect:
    taken = {name: session.values[name] for name in spec.takes}
    return Effect(spec.kind, {**spec.constants, **taken, "language": session.language})


def _frozen(session: Session, node: Pick) -> list[list[str]]:
    options = session.values[node.source]
    assert isinstance(options, list), f"{node.source} holds no options"
    return options
