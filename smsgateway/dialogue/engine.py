"""One step of a dialogue: (session, answer) -> (session, reply, effects). No I/O and no clock.

Look-ups that need the world are run by a function that the caller hands in, so the whole engine
can be tested, and every screen verified, without Redis, Flask or a database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import cached_property

from smsgateway.dialogue.application import RESUME, Application
from smsgateway.dialogue.bindings import known_at_checkpoints, opened_by
from smsgateway.dialogue.fields import Day, Value
from smsgateway.dialogue.network import Medium, Network
from smsgateway.dialogue.nodes import (
    BACK,
    HOME,
    RETURN,
    Ask,
    Call,
    DateAsk,
    EffectSpec,
    End,
    Menu,
    Option,
    Outcome,
    Pick,
    Visit,
)
from smsgateway.dialogue.rendering import Renderer, frozen_options
from smsgateway.dialogue.session import Effect, Pointer, Session, Turn
from smsgateway.dialogue.words import CHANGED, FRESH_START, MORE_LABEL, WRONG_CHOICE, Words
from smsgateway.text.keywords import normalise

RunCall = Callable[[Call, Mapping[str, Value], str], Outcome]
"""Runs a Call with the values it may see and the language; answers with one of its outcomes."""

MAX_TRAIL = 12
"""Screens that can be gone back to."""

MAX_RETURNS = 4
"""Sub-dialogues that one may be in at once."""

MAX_WRONG = 3
"""Wrong answers in a row before help is offered."""

FIRST_LANGUAGE = "fr"
"""The language of a session whose caller has not chosen yet."""


class Engine:
    """An application spoken with the words of a catalogue."""

    def __init__(self, application: Application, words: Words) -> None:
        self.application = application
        self.renderer = Renderer(application, words)

    def begin(self, language: str | None, network: Network, run: RunCall) -> Turn:
        """The first screen of a call; asks for the language where none is known."""
        entrance = self.application.home if language else self.application.language
        return self.start(entrance, language, network, run)

    def start(self, node: str, language: str | None, network: Network, run: RunCall) -> Turn:
        """The first screen of a dialogue that is entered at `node`, as by a keyword."""
        session = Session(node, language or FIRST_LANGUAGE)
        return self._enter(node, session, network, run)

    def restart(
        self, language: str | None, network: Network, run: RunCall, notice: str = FRESH_START
    ) -> Turn:
        """The first screen for a person whose session was lost: nothing typed is replayed."""
        turn = self.begin(language, network, run)
        if turn.session is None:
            return turn
        return replace(turn, reply=self.renderer.reply(turn.session, network, notice))

    def pointer(self, session: Session) -> Pointer | None:
        """What to keep of a session for `resume`; None where it does not stand at a checkpoint."""
        needed = self._checkpoints.get(session.node)
        if needed is None or needed & session.opened:
            return None
        values = {name: session.values[name] for name in needed}
        return Pointer(session.node, session.version, values)

    def resume(self, pointer: Pointer, language: str, network: Network, run: RunCall) -> Turn:
        """Ask the person of a lost session whether to go on from a checkpoint.

        The question names neither the service nor a value: the phone may be in other hands now.
        Begins anew where the dialogue has changed since.
        """
        if not self._can_stand(pointer.node, pointer.version, pointer.values):
            return self.begin(language, network, run)
        session = Session(RESUME, language, values=pointer.values, returns=(pointer.node,))
        return self._enter(RESUME, session, network, run)

    def answer(
        self, session: Session, text: str, network: Network, run: RunCall, today: date
    ) -> Turn:
        """What follows when the person on `session`'s screen sends `text` on the day `today`."""
        name = self.application.current_name(session.node)
        if name is None or session.version != self.application.versions[name]:
            return self._changed(session, network, run)
        if name != session.node:
            session = replace(session, node=name)
        answer = text.strip()
        if answer == network.keys.home:
            return self._go(HOME, session, network, run)
        node = self.application.nodes[name]
        can_leave = bool(session.trail) and not isinstance(node, End)
        if answer == network.keys.back and (session.page or can_leave):
            return self._back(session, network, run)
        if self._means_more(answer, session, network):
            return self._show(replace(session, page=session.page + 1, wrong=0), network)
        match node:
            case Menu() if answer in node.options:
                return self._choose(node.options[answer], session, network, run)
            case Pick() | Ask() if (value := self._value(node, session, answer, today)) is not None:
                return self._go(node.target, _filled(session, node, value), network, run)
            case _:
                return self._wrong(session, network, run)

    @cached_property
    def _checkpoints(self) -> Mapping[str, frozenset[str]]:
        """The screens from which a session can be resumed, and the fields that this takes."""
        return known_at_checkpoints(self.application)

    def _can_stand(self, node: str, version: int, values: Mapping[str, Value]) -> bool:
        """Whether a checkpoint of an earlier step, or release, can be shown with these values."""
        needed = self._checkpoints.get(node)
        current = self.application.versions.get(node)
        return needed is not None and current == version and needed <= values.keys()

    def _changed(self, session: Session, network: Network, run: RunCall) -> Turn:
        """A release has changed the dialogue under a person: the nearest checkpoint, else home."""
        changed = session.node.partition(".")[0]
        trail = session.trail
        while trail:
            *before, (name, *_) = trail
            trail = tuple(before)
            version = self.application.versions.get(name, 0)
            if name.partition(".")[0] != changed and self._can_stand(name, version, session.values):
                there = self._at(replace(session, trail=trail, returns=()), name)
                return Turn(there, self.renderer.reply(there, network, CHANGED))
        return self.restart(session.language, network, run, CHANGED)

    def _means_more(self, answer: str, session: Session, network: Network) -> bool:
        """Whether a person asks for the next page, and there is one."""
        asks = answer == network.keys.more
        if network.medium is Medium.SMS and not asks:
            word = self.renderer.said(MORE_LABEL, session.language)
            asks = normalise(answer) == normalise(word)
        return asks and session.page + 1 < len(self.renderer.pages(session, network))

    def _value(self, node: Pick | Ask, session: Session, answer: str, today: date) -> Value | None:
        if isinstance(node, Pick):
            options = frozen_options(session, node)
            number = int(answer[:4]) if answer.isascii() and answer.isdigit() else 0
            return options[number - 1][0] if 1 <= number <= len(options) else None
        field = self.application.fields[node.into]
        if isinstance(node, DateAsk):
            assert isinstance(field, Day), f"{node.into} is no Day"
            return field.read(answer, today)
        return field.parse(answer)

    def _choose(self, option: Option, session: Session, network: Network, run: RunCall) -> Turn:
        if option.language or option.sets:
            language = option.language or session.language
            session = replace(
                session,
                language=language,
                values={**session.values, **option.sets},
                opened=session.opened - option.sets.keys(),
            )
        effects = tuple(_effect(spec, session) for spec in option.effects)
        turn = self._go(option.target, session, network, run)
        return replace(turn, effects=effects + turn.effects) if effects else turn

    def _wrong(self, session: Session, network: Network, run: RunCall) -> Turn:
        if session.wrong + 1 >= MAX_WRONG and session.node != self.application.stuck:
            return self._go(self.application.stuck, session, network, run)
        node = self.application.nodes[session.node]
        notice = node.error if isinstance(node, Ask) else WRONG_CHOICE
        again = replace(session, wrong=session.wrong + 1, page=0)
        return Turn(again, self.renderer.reply(again, network, notice))

    def _back(self, session: Session, network: Network, run: RunCall) -> Turn:
        if session.page:
            return self._show(replace(session, page=session.page - 1, wrong=0), network)
        if not session.trail:
            return self._go(HOME, session, network, run)
        *trail, (previous, *returns) = session.trail
        name = self.application.current_name(previous)
        if name is None:
            return self._go(HOME, session, network, run)
        before = replace(session, trail=tuple(trail), returns=tuple(returns))
        return self._show(self._at(before, name), network)

    def _go(self, target: str, session: Session, network: Network, run: RunCall) -> Turn:
        """Leave the present screen for `target`."""
        if target == BACK:
            return self._back(replace(session, page=0), network, run)
        trail = (*session.trail, session.spot)[-MAX_TRAIL:]
        return self._enter(target, replace(session, trail=trail), network, run)

    def _enter(self, target: str, session: Session, network: Network, run: RunCall) -> Turn:
        """Follow what has no screen from `target` to the next screen, and show that."""
        while True:
            session, target = self._resolved(target, session)
            match node := self.application.nodes[target]:
                case Call():
                    session, target = self._called(node, session, run)
                case Visit():
                    returns = (node.target, *session.returns)[:MAX_RETURNS]
                    session, target = replace(session, returns=returns), node.start
                case _:
                    break
        values = session.values
        if not self.application.sensitive.isdisjoint(values):
            hidden = self.application.sensitive
            values = {name: value for name, value in values.items() if name not in hidden}
        turn = self._show(self._at(session, target, values), network)
        if isinstance(node, End) and node.effects:
            effects = tuple(_effect(spec, session) for spec in node.effects)
            return replace(turn, effects=effects)
        return turn

    def _resolved(self, target: str, session: Session) -> tuple[Session, str]:
        """The node that a target stands for. Home forgets everything but the language."""
        if target == RETURN:
            wanted, *returns = session.returns or (HOME,)
            target = self.application.current_name(wanted) or HOME
            session = replace(session, returns=tuple(returns))
        if target == HOME:
            return Session(HOME, session.language), self.application.home
        return session, target

    def _called(self, call: Call, session: Session, run: RunCall) -> tuple[Session, str]:
        """Run a look-up. One that forgets leaves no way back to where the answer was needed."""
        seen = {name: session.values[name] for name in call.takes}
        outcome = run(call, seen, session.language)
        values = {**session.values, **outcome.values}
        for name in call.forgets:
            values.pop(name, None)
        trail = () if call.forgets else session.trail
        given = frozenset(outcome.values)
        opened = opened_by(call, given, session.opened, self.application.sensitive)
        session = replace(session, values=values, trail=trail, opened=opened)
        return session, call.on[outcome.name]

    def _at(
        self, session: Session, node: str, values: Mapping[str, Value] | None = None
    ) -> Session:
        """The session on the first page of another screen."""
        return replace(
            session,
            node=node,
            version=self.application.versions[node],
            page=0,
            wrong=0,
            values=session.values if values is None else values,
        )

    def _show(self, session: Session, network: Network) -> Turn:
        reply = self.renderer.reply(session, network)
        return Turn(None if reply.final else session, reply)


def _filled(session: Session, node: Pick | Ask, value: Value) -> Session:
    """The session with an answer; one that was picked is as private as the list it comes from."""
    opened = session.opened - {node.into}
    if isinstance(node, Pick) and node.source in session.opened:
        opened |= {node.into}
    return replace(session, values={**session.values, node.into: value}, opened=opened)


def _effect(spec: EffectSpec, session: Session) -> Effect:
    taken = {name: session.values[name] for name in spec.takes}
    return Effect(spec.kind, {**spec.constants, **taken, "language": session.language})
