"""One USSD callback from beginning to end: read, step, write what it does, commit, reply.

    arrive (Redis) -> engine -> effects (SQL, only if there are any) -> commit (Redis) -> reply

Whatever fails on the way, the caller gets a screen, and the session stays where it was. Where a
write was under way it may still be done; the repeated callback finds its row and tells its reply.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from smsgateway.aggregators.ussd import UssdTurn
from smsgateway.dialogue.application import Application
from smsgateway.dialogue.engine import FIRST_LANGUAGE, Engine
from smsgateway.dialogue.network import Network
from smsgateway.dialogue.session import Reply, Turn
from smsgateway.errors import without_values
from smsgateway.failpoints import reach
from smsgateway.messaging.bell import Bell
from smsgateway.register import phones
from smsgateway.service import Service
from smsgateway.sessions import counts, resume
from smsgateway.sessions.calls import TURN_DEADLINE_S, Asker, Deadline, LookUps, Runner, TooSlow
from smsgateway.sessions.effects import Handler, Rings, write_step
from smsgateway.sessions.store import Arrival, ForeignSession, LostSession, SessionStore, Stored
from smsgateway.sessions.transcript import Nothing, Seen, mark, new_answer
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


@dataclass(frozen=True, slots=True)
class _Step:
    """A callback that makes a step, with what is known of it. `seen` names it: the mark of all
    answers so far, which no other step of the session shares."""

    turn: UssdTurn
    arrival: Arrival
    answer: str | Nothing
    caller: bytes
    seen: Seen
    now: datetime
    network: Network
    asker: Asker
    deadline: Deadline

    @property
    def seconds(self) -> int:
        """The present in seconds of the epoch."""
        return int(self.now.timestamp())


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
        except (RedisError, LostSession, SQLAlchemyError, TooSlow) as error:
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
        reach("turn.arrived")
        stored = arrival.stored
        if arrival.steps_this_minute > MAX_STEPS_A_MINUTE:
            return self.refuse(TOO_MANY_STEPS, _language(stored))
        if stored and stored.caller != caller:
            raise ForeignSession
        answer = new_answer(turn.text, stored.seen, self._key) if stored else ""
        if stored and (answer is Nothing.REPEAT or stored.session is None):
            return _again(stored)
        step = self._begun(turn, arrival, answer, caller, deadline)
        result = self._run(step)
        added = self._count(step, result)
        rings: list[Rings] = []
        reach("turn.stepped")
        if result.effects:
            result, rings = self._write(step, result)
            reach("turn.written")
        reply = self._commit(step, result, added)
        reach("turn.committed")
        if rings:
            self._runner.later(lambda: self._bell.ring_each(rings))
        return reply

    def _begun(
        self,
        turn: UssdTurn,
        arrival: Arrival,
        answer: str | Nothing,
        caller: bytes,
        deadline: Deadline,
    ) -> _Step:
        now = self._service.clock.now()
        seen = mark(turn.text, self._key)
        key = f"{turn.session_key}:{seen.digest.hex()}"
        asker = Asker(
            self._look_ups, msisdn=turn.msisdn, now=now, idempotency_key=key, deadline=deadline
        )
        network = self._service.settings.networks.of(turn.network_code)
        return _Step(turn, arrival, answer, caller, seen, now, network, asker, deadline)

    def _run(self, step: _Step) -> Turn:
        """Run the engine; the look-ups it asks for go to the runner."""
        engine, network, asker = self._engine, step.network, step.asker
        stored = step.arrival.stored
        if stored and stored.session:
            if isinstance(step.answer, str):
                today = self._day(step.now)
                return engine.answer(stored.session, step.answer, network, asker, today)
            return Turn(stored.session, Reply(stored.reply, stored.final, stored.session.node))
        language = self._language(step.turn, step.deadline)
        if step.turn.text:
            return engine.restart(language, network, asker)
        if pointer := resume.unpacked(step.arrival.resumable, step.seconds):
            return engine.resume(pointer, language or FIRST_LANGUAGE, network, asker)
        return engine.begin(language, network, asker)

    def _count(self, step: _Step, result: Turn) -> Mapping[str, int]:
        """What the step adds to the figures; nothing when it only showed the same screen again."""
        if isinstance(step.answer, Nothing):
            return {}
        stored = step.arrival.stored
        before = stored.session if stored else None
        looked = step.seconds - stored.shown_at if stored else 0
        application = self._engine.application
        counted = counts.of_step(
            application, step.network, before, step.answer, result, step.asker.done, looked
        )
        language = counts.language_of(before, result)
        return counts.packed(counted, application, self._day(step.now), language, counts.USSD)

    def _write(self, step: _Step, result: Turn) -> tuple[Turn, list[Rings]]:
        work = partial(
            write_step,
            self._service,
            self._handlers,
            result,
            session_key=step.turn.session_key,
            transcript=step.seen.digest.hex(),
            msisdn=step.turn.msisdn,
            now=step.now,
        )
        try:
            return self._runner.within(step.deadline.for_work(), work)
        except TooSlow as error:
            if error.begun:
                raise StillWriting from None
            raise

    def _commit(self, step: _Step, result: Turn, added: Mapping[str, int]) -> Reply:
        """Move the session on. What has had effects is answered even if Redis went down since."""
        before = step.arrival.stored
        now = Stored(
            step=before.step + 1 if before else 1,
            session=result.session,
            reply=result.reply.text,
            final=result.reply.final,
            seen=step.seen,
            caller=step.caller,
            shown_at=step.seconds,
        )
        resumable = resume.packed(self._engine, result, step.seconds)
        try:
            text, final = self._store.commit(step.turn.session_key, now, resumable, added)
        except (RedisError, LostSession):
            if not result.effects:
                raise
            return result.reply
        return replace(result.reply, text=text, final=final)

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

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self._service.settings.timezone).date()

    def _caller(self, turn: UssdTurn) -> bytes:
        """A keyed digest, so that no phone number stands in Redis."""
        identity = f"{turn.msisdn}|{turn.service_code}".encode()
        return hashlib.blake2b(identity, key=self._key, digest_size=16).digest()


def _again(stored: Stored) -> Reply:
    """The reply to a repeated callback."""
    return Reply(stored.reply, stored.final, stored.session.node if stored.session else "")


def _language(stored: Stored | None) -> str | None:
    return stored.session.language if stored and stored.session else None
