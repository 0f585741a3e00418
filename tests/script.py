"""Scripts for a phone that read as what a person does, whatever the phone is connected to."""

from __future__ import annotations

from dataclasses import dataclass, field

from smsgateway.aggregators.ussd import UssdTurn
from smsgateway.dialogue.application import Application
from smsgateway.dialogue.engine import Engine
from smsgateway.dialogue.network import DEFAULT_NETWORK
from smsgateway.dialogue.session import Session, Turn
from smsgateway.service import Service
from smsgateway.sessions import resume
from smsgateway.sessions.calls import TURN_DEADLINE_S, Asker, Deadline, LookUps, Runner
from smsgateway.sessions.transcript import Nothing, Seen, mark, new_answer
from smsgateway.web.handset import Handset, Shown


class Script:
    """`Script(handset).dial("*123#").sees("RAMED").send("1").at("enrolment.menu")`"""

    def __init__(self, handset: Handset) -> None:
        self.handset = handset

    def dial(self, code: str) -> Script:
        self.handset.dial(code)
        return self

    def redial(self) -> Script:
        self.handset.redial()
        return self

    def send(self, *answers: str) -> Script:
        self.handset.send(*answers)
        return self

    def retry(self) -> Script:
        """Repeat the last callback; the same screen must come."""
        before = self.handset.screen
        assert self.handset.retry() == before
        return self

    def idle(self, seconds: float) -> Script:
        self.handset.idle(seconds)
        return self

    def sees(self, *texts: str) -> Script:
        for text in texts:
            assert text in self.handset.screen, self.handset.screen
        return self

    def at(self, name: str) -> Script:
        assert self.handset.at == name
        return self

    def ended(self) -> Script:
        assert not self.handset.open
        return self


@dataclass
class EngineLine:
    """Connects a phone to the engine alone: sessions in a dict, no Redis, no web, no effects.

    Look-ups run with `service`, since that is what they read.
    """

    application: Application
    service: Service
    language: str = "fr"
    _sessions: dict[str, tuple[Seen, Turn]] = field(default_factory=dict)
    _resumable: bytes = b""

    def __post_init__(self) -> None:
        self._engine = Engine(self.application, self.service.catalogue)
        self._look_ups = LookUps(self.service, self.application, Runner())

    def __call__(self, turn: UssdTurn) -> Shown:
        """A step of a call."""
        seen, before = self._sessions.get(turn.session_id, (mark("", b""), None))
        answer = new_answer(turn.text, seen, b"")
        if before is not None and (answer is Nothing.REPEAT or before.session is None):
            return _shown(before)
        after = self._step(turn, before.session if before else None, str(answer))
        self._sessions[turn.session_id] = mark(turn.text, b""), after
        if kept := resume.packed(self._engine, after, self._now_s()):
            self._resumable = b"" if kept == resume.FORGET else kept.encode()
        return _shown(after)

    def _step(self, turn: UssdTurn, session: Session | None, answer: str) -> Turn:
        now = self.service.clock.now()
        asker = Asker(
            self._look_ups,
            msisdn=turn.msisdn,
            now=now,
            idempotency_key=f"{turn.session_id}:{turn.text}",
            deadline=Deadline(TURN_DEADLINE_S),
        )
        if session:
            return self._engine.answer(session, answer, DEFAULT_NETWORK, asker, now.date())
        if pointer := resume.unpacked(self._resumable, self._now_s()):
            return self._engine.resume(pointer, self.language, DEFAULT_NETWORK, asker)
        return self._engine.begin(self.language, DEFAULT_NETWORK, asker)

    def _now_s(self) -> int:
        return int(self.service.clock.now().timestamp())


def _shown(turn: Turn) -> Shown:
    return Shown(turn.reply.text, turn.reply.final, turn.reply.screen)
