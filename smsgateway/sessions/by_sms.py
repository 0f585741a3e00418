"""Dialogues by SMS: a word begins one, answers continue it, on the engine that USSD has.

    hear: phone and conversation (SQL) -> engine, look-ups -> what to say
    write, in the transaction that marks the SMS as handled: effects, conversation, counts, reply

A crash before that transaction leaves the SMS waiting and is as if it had not been read; look-ups
that write know it again by its key. Nothing is in Redis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from smsgateway.dialogue.application import Application
from smsgateway.dialogue.engine import Engine
from smsgateway.dialogue.network import SMS_NETWORK
from smsgateway.dialogue.nodes import Ask, Menu, Node, Pick
from smsgateway.dialogue.rendering import frozen_options
from smsgateway.dialogue.session import Session, Turn
from smsgateway.messaging.bell import Rings
from smsgateway.messaging.correspondence import (
    Heard,
    Responses,
    Said,
    Spoken,
    bare_digit,
    typed_number,
)
from smsgateway.register import phones
from smsgateway.service import Service
from smsgateway.sessions import conversations, counts, tally
from smsgateway.sessions.calls import Asker, Deadline, LookUps, Runner
from smsgateway.sessions.conversations import Conversation
from smsgateway.sessions.effects import EffectContext, Handler
from smsgateway.text.keywords import keyword_of, normalise
from smsgateway.text.orthography import Policy, fold
from smsgateway.text.segments import measure
from smsgateway.text.templates import Rendered

PATIENCE_S = 20.0
"""For the look-ups of one step: whoever writes an SMS does not wait with the phone at the ear."""

_MOST_TEMPLATE = 40


@dataclass(frozen=True, slots=True)
class _Scene:
    """What is known of a phone when its SMS is heard."""

    phone_id: int | None
    language: str | None
    before: Conversation | None
    asked_since: bool
    """Whether a message that asks for a number went out after the conversation's last reply."""


class SmsDialogues:
    """Answers inbound SMS with the dialogues of one application."""

    def __init__(
        self,
        service: Service,
        application: Application,
        handlers: Mapping[str, Handler],
        responses: Responses | None = None,
    ) -> None:
        self._service = service
        self._engine = Engine(application, service.catalogue)
        self._handlers = handlers
        self._responses = responses
        self._look_ups = LookUps(service, application, Runner())
        self._entrances = entrances(application)

    def hear(self, heard: Heard, now: datetime) -> Spoken | None:
        """See `smsgateway.messaging.correspondence.Dialogues`."""
        scene = self._scene(heard.msisdn, now)
        asker = self._asker(heard, now)
        live = scene.before if scene.before and scene.before.is_live(now) else None
        if heard.begins_menu:
            turn = self._engine.begin(scene.language, SMS_NETWORK, asker)
            return self._spoken(heard, now, scene, None, turn, asker)
        if live and not (scene.asked_since and bare_digit(heard.body) is not None):
            session = live.session
            if scene.language:
                session = replace(session, language=scene.language)
            turn = self._continued(session, heard.body, now, scene, asker)
            return self._spoken(heard, now, scene, session, turn, asker)
        begun = self._begun(heard.body, scene, asker)
        return self._spoken(heard, now, scene, None, begun, asker) if begun else None

    def leave(self, connection: Connection, phone_id: int) -> None:
        """See `smsgateway.messaging.correspondence.Dialogues`."""
        conversations.leave(connection, phone_id)

    def _scene(self, msisdn: str, now: datetime) -> _Scene:
        with self._service.database.read() as connection:
            profile = phones.profile(connection, msisdn)
            if profile is None:
                return _Scene(None, None, None, False)
            before = conversations.of_phone(connection, profile.id)
            asked_at = None
            if before and self._responses:
                asked_at = self._responses.last_numbered(connection, profile.id, now)
        asked_since = bool(before and asked_at and asked_at > before.said_at)
        return _Scene(profile.id, profile.language, before, asked_since)

    def _continued(
        self, session: Session, body: str, now: datetime, scene: _Scene, asker: Asker
    ) -> Turn:
        """The next step. A word that begins a dialogue does so where it is no answer."""
        today = now.astimezone(self._service.settings.timezone).date()
        answer = self._meant(body, session)
        turn = self._engine.answer(session, answer, SMS_NETWORK, asker, today)
        refused = turn.session is not None and turn.session.wrong > session.wrong
        return (self._begun(body, scene, asker) if refused else None) or turn

    def _begun(self, body: str, scene: _Scene, asker: Asker) -> Turn | None:
        """The first step of the dialogue that a word begins."""
        entrance = self._entrances.get(normalise(body))
        if entrance is None:
            return None
        node, written_in = entrance
        return self._engine.start(node, scene.language or written_in, SMS_NETWORK, asker)

    def _meant(self, body: str, session: Session) -> str:
        """What a person means by an answer: `1.` is 1, and an option's own words are its number."""
        if number := typed_number(body):
            return number
        node = self._engine.application.nodes.get(session.node)
        said = (key for key, label in self._labels(node, session) if _same_word(body, label))
        return next(said, body)

    def _labels(self, node: Node | None, session: Session) -> list[tuple[str, str]]:
        """Key and words of each option of a menu, or of a list as it was shown."""
        if isinstance(node, Pick) and node.source in session.values:  # else the flow has changed
            options = frozen_options(session, node)
            return [(str(key), label) for key, (_, label) in enumerate(options, start=1)]
        if not isinstance(node, Menu):
            return []
        catalogue, language = self._service.catalogue, session.language
        return [
            (key, catalogue.text(option.label, language)) for key, option in node.options.items()
        ]

    def _spoken(
        self,
        heard: Heard,
        now: datetime,
        scene: _Scene,
        before: Session | None,
        turn: Turn,
        asker: Asker,
    ) -> Spoken:
        body = self._in_letters(turn.reply.text, heard.msisdn)
        encoding, _, segments = measure(body)
        seconds = round((now - scene.before.said_at).total_seconds()) if scene.before else 0
        application = self._engine.application
        node = application.nodes.get(before.node) if before else None
        language = counts.language_of(before, turn)
        counted = counts.of_step(
            application, SMS_NETWORK, before, heard.body, turn, asker.done, seconds
        )
        today = now.astimezone(self._service.settings.timezone).date()
        added = counts.packed(counted, application, today, language, counts.SMS)
        return Spoken(
            said=Said(
                Rendered(body, encoding, segments),
                language,
                turn.reply.screen[:_MOST_TEMPLATE],
            ),
            sensitive=isinstance(node, Ask) and node.sensitive,
            write=partial(self._write, heard, now, scene, turn, added),
        )

    def _in_letters(self, text: str, msisdn: str) -> str:
        """The engine's practical spelling, without accents where the route breaks them."""
        policy = self._service.settings.encoding_policies.policy_for(msisdn)
        return fold(text, Policy.ASCII) if policy is Policy.ASCII else text

    def _write(
        self,
        heard: Heard,
        now: datetime,
        scene: _Scene,
        turn: Turn,
        added: Mapping[str, int],
        connection: Connection,
    ) -> list[Rings]:
        """Move the conversation on, and do what the step decided. Raises Overtaken."""
        phone_id = scene.phone_id or phones.ensure_phone(connection, heard.msisdn, now)
        conversations.go_on(connection, phone_id, scene.before, turn.session, now)
        tally.add(connection, added)
        context = EffectContext(connection, self._service, heard.msisdn, now, _key(heard))
        return [self._handlers[one.kind](context, one.payload) for one in turn.effects]

    def _asker(self, heard: Heard, now: datetime) -> Asker:
        return Asker(
            self._look_ups,
            msisdn=heard.msisdn,
            now=now,
            idempotency_key=_key(heard),
            deadline=Deadline(PATIENCE_S),
        )


def entrances(application: Application) -> Mapping[str, tuple[str, str | None]]:
    """Normalised word -> the node where it begins, and the language it was written in; None for a
    word of several languages."""
    found: dict[str, tuple[str, str | None]] = {}
    for node, by_language in application.keywords.items():
        for language, words in by_language.items():
            for word in map(normalise, words.split(",")):
                known = found.get(word)
                found[word] = (node, language if known is None else None)
    return found


def _same_word(one: str, other: str) -> bool:
    keyword = keyword_of(one)
    return normalise(one) == normalise(other) or (
        keyword is not None and keyword == keyword_of(other)
    )


def _key(heard: Heard) -> str:
    return f"sms:{heard.inbound_id}"
