"""One USSD callback from beginning to end: read, step, write what it does, commit, reply.

    arrive (Redis) -> engine -> effects (SQL, only if there are any) -> commit (Redis) -> reply

Whatever fails on the way, the caller gets a screen, and the session stays where it was. Where a
write was under way it may still be done; the repeated callback finds its row and tells its reply.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from smsgateway.aggregators.ussd import UssdTurn
from smsgateway.dialogue.application import Application
from smsgateway.dialogue.engine import Engine
from smsgateway.dialogue.network import Network
from smsgateway.dialogue.session import Reply, Turn
from smsgateway.errors import without_values
from smsgateway.messaging.bell import Bell
from smsgateway.register import phones
from smsgateway.service import Service
from smsgateway.sessions import counts
from smsgateway.sessions.calls import TURN_DEADLINE_S, Asker, Deadline, LookUps, Runner, TooSlow
from smsgateway.sessions.counts import CallDone
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
        self._look_ups = LookUps(service, application, self._runner)
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
        answer = new_answer(turn.text, stored.seen, self._key) if stored else ""
        if stored and (answer is Nothing.REPEAT or stored.session is None):
            return _again(stored)
        asker = self._asker(turn, deadline)
        result = self._step(turn, stored, answer, asker, deadline)
        added = self._count(turn, stored, answer, result, asker.done)
        rings: list[Rings] = []
        if result.effects:
            result, rings = self._write(turn, result, deadline)
        reply = self._commit(turn, stored, result, added, caller)
        if rings:
            self._runner.later(lambda: self._bell.ring_each(rings))
        return reply

    def _commit(
        self,
        turn: UssdTurn,
        before: Stored | None,
        result: Turn,
        added: Mapping[str, int],
        caller: bytes,
    ) -> Reply:
        """Move the session on. What has had effects is answered even if Redis went down since."""
        now = Stored(
            step=before.step + 1 if before else 1,
            session=result.session,
            reply=result.reply.text,
            final=result.reply.final,
            seen=mark(turn.text, self._key),
            caller=caller,
            shown_at=self._seconds(),
        )
        try:
            text, final = self._store.commit(turn.session_key, now, added)
        except RedisError:
            if not result.effects:
                raise
            return result.reply
        return replace(result.reply, text=text, final=final)

    def _count(
        self,
        turn: UssdTurn,
        before: Stored | None,
        answer: str | Nothing,
        result: Turn,
        calls: Sequence[CallDone],
    ) -> Mapping[str, int]:
        """What the step adds to the figures; nothing when it only showed the same screen again."""
        if isinstance(answer, Nothing):
            return {}
        session = before.session if before else None
        seconds = self._seconds() - before.shown_at if before else 0
        application = self._engine.application
        counted = counts.of_step(
            application, self._network(turn), session, answer, result, calls, seconds
        )
        language = counts.language_of(session, result)
        return counts.packed(counted, application, self._today(), language, counts.USSD)

    def _step(
        self,
        turn: UssdTurn,
        stored: Stored | None,
        answer: str | Nothing,
        asker: Asker,
        deadline: Deadline,
    ) -> Turn:
        """Run the engine; the look-ups it asks for go to the runner."""
        network = self._network(turn)
        if stored and stored.session:
            if isinstance(answer, str):
                return self._engine.answer(stored.session, answer, network, asker, self._today())
            return Turn(stored.session, Reply(stored.reply, stored.final, stored.session.node))
        language = self._language(turn, deadline)
        if turn.text:
            return self._engine.restart(language, network, asker)
        return self._engine.begin(language, network, asker)

    def _asker(self, turn: UssdTurn, deadline: Deadline) -> Asker:
        return Asker(
            self._look_ups,
            msisdn=turn.msisdn,
            now=self._service.clock.now(),
            idempotency_key=f"{turn.session_key}:{self._transcript(turn)}",
            deadline=deadline,
        )

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

    def _network(self, turn: UssdTurn) -> Network:
        return self._service.settings.networks.of(turn.network_code)

    def _seconds(self) -> int:
        """The present in seconds of the epoch."""
        return int(self._service.clock.now().timestamp())

    def _today(self) -> date:
        return self._service.clock.now().astimezone(self._service.settings.timezone).date()

    def _transcript(self, turn: UssdTurn) -> str:
        """The name of a step: a digest of all answers so far, which no other step shares."""
        return mark(turn.text, self._key).digest.hex()

    def _caller(self, turn: UssdTurn) -> bytes:
        """A keyed digest, so that no phone number stands in Redis."""
        identity = f"{turn.msisdn}|{turn.service_code}".encode()
        return hashlib.blake2b(identity, key=self._key, digest_size=16).digest()


def _again(stored: Stored) -> Reply:
    """The reply to a repeated callback."""
    return Reply(stored.reply, stored.final, stored.session.node if stored.session else "")


def _language(arrival: Arrival) -> str | None:
    return arrival.stored.session.language if arrival.stored and arrival.stored.session else None
