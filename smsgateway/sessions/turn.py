"""One USSD callback from beginning to end: read, step, write what it does, commit, reply.

    arrive (Redis) -> engine -> effects (SQL, only if there are any) -> commit (Redis) -> reply

Whatever fails on the way, the caller gets a screen, and the session stays where it was. Where a
write was under way it may still be done; the repeated callback finds its row and tells its reply.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from smsgateway.aggregators.ussd import UssdTurn
from smsgateway.dialogue.application import Application
from smsgateway.dialogue.engine import Engine
from smsgateway.dialogue.fields import Value
from smsgateway.dialogue.network import network_of
from smsgateway.dialogue.nodes import Call, Outcome
from smsgateway.dialogue.session import Reply, Turn
from smsgateway.errors import without_values
from smsgateway.messaging.bell import Bell
from smsgateway.register import phones
from smsgateway.service import Service
from smsgateway.sessions.calls import TURN_DEADLINE_S, Deadline, Inquiry, Runner, TooSlow
from smsgateway.sessions.effects import Handler, Rings, write_step
from smsgateway.sessions.store import Arrival, ForeignSession, SessionStore, Stored
from smsgateway.sessions.transcript import Nothing, mark, new_answer
from smsgateway.text.catalogue import LANGUAGES, N_
from smsgateway.text.orthography import fold

logger = logging.getLogger(__name__)

LANGUAGE_READ_S = 2.0
"""How long the language of a new caller may take."""

MAX_STEPS_A_MINUTE = 60
"""Steps of one phone; a person with a keypad makes at most about twenty."""

UNAVAILABLE = N_("Service indisponible. Réessayez plus tard.")
TOO_MANY_STEPS = N_("Trop de demandes. Attendez une minute.")
OTHER_CODE = N_("Ce code n'est pas en service ici.")
BEING_WRITTEN = N_("Demande en cours d'enregistrement. Ne la refaites pas tout de suite.")


class StillWriting(Exception):
    """What a step does was still being written when its caller's time was over."""


class Turns:
    """Answers USSD callbacks with the dialogues of one application."""

    def __init__(
        self,
        service: Service,
        application: Application,
        handlers: Mapping[str, Handler],
        *,
        deadline_s: float = TURN_DEADLINE_S,
    ) -> None:
        self._deadline_s = deadline_s
        self._service = service
        self._engine = Engine(application, service.catalogue)
        self._handlers = handlers
        self._store = SessionStore(service.redis)
        self._bell = Bell(service.redis)
        self._runner = Runner()
        self._key = hashlib.blake2b(service.settings.secret_key.encode(), digest_size=32).digest()

    def answer(self, turn: UssdTurn) -> Reply:
        """The screen for a callback. Never raises."""
        deadline = Deadline(self._deadline_s)
        excuse = UNAVAILABLE
        try:
            return self._answer(turn, deadline)
        except StillWriting:
            excuse = BEING_WRITTEN
        except (RedisError, SQLAlchemyError, TooSlow) as error:
            logger.warning("a USSD turn found a part down: %s", without_values(error))
        except ForeignSession:
            logger.warning("a USSD session was used from another phone or code")
        except Exception as error:
            logger.error("a USSD turn failed: %s", without_values(error))
        return self.refuse(excuse, self._language_or_none(turn, deadline))

    def refuse(self, msgid: str, language: str | None = None) -> Reply:
        """A last screen that stands alone; in both languages when the caller's is not known."""
        languages = [language] if language else LANGUAGES
        texts = dict.fromkeys(fold(self._service.catalogue.text(msgid, one)) for one in languages)
        return Reply("\n".join(texts), True, "")

    def _answer(self, turn: UssdTurn, deadline: Deadline) -> Reply:
        caller = self._caller(turn)
        arrival = self._store.arrive(turn.session_key, caller)
        stored = arrival.stored
        if arrival.steps_this_minute > MAX_STEPS_A_MINUTE:
            return self.refuse(TOO_MANY_STEPS, _language(arrival))
        if stored and stored.caller != caller:
            raise ForeignSession
        answer = new_answer(turn.text, stored.seen, self._key) if stored else None
        if stored and (answer is Nothing.REPEAT or stored.session is None):
            return Reply(stored.reply, stored.final, "")
        step = stored.step + 1 if stored else 1
        result = self._step(turn, stored, answer, deadline)
        rings: list[Rings] = []
        if result.effects:
            result, rings = self._write(turn, result, deadline)
        reply = self._commit(turn, result, step, caller)
        if rings:
            self._runner.later(lambda: self._ring(rings))
        return reply

    def _commit(self, turn: UssdTurn, result: Turn, step: int, caller: bytes) -> Reply:
        """Move the session on. What has had effects is answered even if Redis went down since."""
        now = Stored(
            step=step,
            session=result.session,
            reply=result.reply.text,
            final=result.reply.final,
            seen=mark(turn.text, self._key),
            caller=caller,
        )
        try:
            text, final = self._store.commit(turn.session_key, now)
        except RedisError:
            if not result.effects:
                raise
            return result.reply
        return replace(result.reply, text=text, final=final)

    def _step(
        self,
        turn: UssdTurn,
        stored: Stored | None,
        answer: str | Nothing | None,
        deadline: Deadline,
    ) -> Turn:
        """Run the engine; look-ups it asks for go to the runner."""
        network = network_of(turn.network_code)
        now = self._service.clock.now()

        def run(call: Call, values: Mapping[str, Value], language: str) -> Outcome:
            key = f"{turn.session_key}:{self._transcript(turn)}"
            inquiry = Inquiry(self._service, values, turn.msisdn, language, now, key)
            return self._runner.look_up(call, inquiry, deadline)

        if stored and stored.session:
            if isinstance(answer, str):
                return self._engine.answer(stored.session, answer, network, run)
            return Turn(stored.session, Reply(stored.reply, stored.final, stored.session.node))
        language = self._language(turn, deadline)
        if turn.text:
            return self._engine.restart(language, network, run)
        return self._engine.begin(language, network, run)

    def _write(self, turn: UssdTurn, result: Turn, deadline: Deadline) -> tuple[Turn, list[Rings]]:
        work = partial(
            write_step,
            self._service,
            self._handlers,
            result,
            session_key=turn.session_key,
            transcript=self._transcript(turn),
            msisdn=turn.msisdn,
            now=self._service.clock.now(),
        )
        try:
            return self._runner.within(deadline.for_work(), work)
        except TooSlow as error:
            if error.begun:
                raise StillWriting from None
            raise

    def _ring(self, rings: list[Rings]) -> None:
        for ring in rings:
            for queue, message_ids in ring.items():
                self._bell.ring(queue, message_ids)

    def _language(self, turn: UssdTurn, deadline: Deadline) -> str | None:
        """The language this phone has chosen before."""

        def read() -> phones.PhoneProfile | None:
            with self._service.database.read() as connection:
                return phones.profile(connection, turn.msisdn)

        profile = self._runner.within(min(LANGUAGE_READ_S, deadline.left()), read)
        return profile.language if profile else None

    def _language_or_none(self, turn: UssdTurn, deadline: Deadline) -> str | None:
        """The caller's language for a screen that must come even when nothing works."""
        try:
            return self._language(turn, deadline)
        except Exception as error:
            logger.warning("the language of a caller is not known: %s", type(error).__name__)
            return None

    def _transcript(self, turn: UssdTurn) -> str:
        """The name of a step: a digest of all answers so far, which no other step shares."""
        return mark(turn.text, self._key).digest.hex()

    def _caller(self, turn: UssdTurn) -> bytes:
        """A keyed digest, so that no phone number stands in Redis."""
        identity = f"{turn.msisdn}|{turn.service_code}".encode()
        return hashlib.blake2b(identity, key=self._key, digest_size=16).digest()


def _language(arrival: Arrival) -> str | None:
    return arrival.stored.session.language if arrival.stored and arrival.stored.session else None
