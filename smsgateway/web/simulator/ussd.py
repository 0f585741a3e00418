"""USSD sessions as the gateway holds them: cumulative text, time limits, the end event."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from smsgateway.text.segments import measure
from smsgateway.web.simulator.callbacks import Answer, Callbacks
from smsgateway.web.simulator.config import Config
from smsgateway.web.simulator.feed import Feed
from smsgateway.web.simulator.timer import Timer
from smsgateway.web.simulator.wire import stamp, ussd_turn

MAX_SESSIONS = 20_000
GSM7_LIMIT = 182
UCS2_LIMIT = 80
"""What one USSD string holds: 160 octets (GSM 04.80, 3GPP TS 23.038)."""


class UnknownSession(LookupError):
    """No such session, or it is long over."""


class ClosedSession(Exception):
    """The session has ended; dial again."""


class Trouble(StrEnum):
    """Why a session ended, or never began, with a screen that the application did not write."""

    UNKNOWN_CODE = "unknown_code"
    NO_ADDRESS = "no_address"
    NO_ANSWER = "no_answer"
    HTTP_ERROR = "http_error"
    NOT_CON_OR_END = "not_con_or_end"
    IDLE = "idle"
    TOO_LONG = "too_long"


NETWORK_SCREEN = "Connection problem or invalid MMI code."
"""What a handset shows when the network itself ends a session."""


class Status(StrEnum):
    """How a session ended, in the words of the end event."""

    INCOMPLETE = "Incomplete"
    SUCCESS = "Success"
    FAILED = "Failed"


@dataclass
class Session:
    """One session; `lock` is held while the application is asked."""

    id: str
    phone: str
    service_code: str
    network: str
    inputs: list[str]
    started: float = field(default_factory=time.monotonic)
    open: bool = True
    hops: int = 0
    last_response: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def text(self) -> str:
        """Every input so far joined by `*`; one empty input looks like none, as on the wire."""
        return "*".join(self.inputs)


class Sessions:
    """Every session that a handset of the simulator began."""

    def __init__(
        self,
        config: Config,
        callbacks: Callbacks,
        timer: Timer,
        feed: Feed,
        new_hex: Callable[[], str],
    ) -> None:
        self._config = config
        self._callbacks = callbacks
        self._timer = timer
        self._feed = feed
        self._new_hex = new_hex
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._lock = threading.Lock()

    def dial(self, phone: str, code: str, network: str) -> dict[str, Any]:
        """Begin a session; gives its first screen, see `_screen`."""
        service_code, inputs = split_code(code, self._config.service_codes)
        session = Session(f"ATUid_{self._new_hex()}", phone, service_code, network, inputs)
        if (trouble := self._unreachable(service_code)) is not None:
            session.open = False
            return _screen(session, NETWORK_SCREEN, trouble)
        with self._lock:
            self._sessions[session.id] = session
            if len(self._sessions) > MAX_SESSIONS:
                self._sessions.popitem(last=False)
        self._timer.after(self._config.ussd_session_limit_s, self._too_long, session)
        with session.lock:
            return self._turn(session)

    def answer(self, session_id: str, text: str) -> dict[str, Any]:
        """The caller sends `text`. Raises UnknownSession, ClosedSession."""
        session = self._session(session_id)
        with session.lock:
            if not session.open:
                raise ClosedSession
            session.inputs.append(text)
            return self._turn(session)

    def repeat(self, session_id: str) -> dict[str, Any]:
        """The gateway delivers its last callback once more, beside anything under way.

        The session stays as it is. Raises UnknownSession.
        """
        session = self._session(session_id)
        answer = self._ask(session)
        if (trouble := _trouble(answer)) is not None:
            return _screen(session, NETWORK_SCREEN, trouble)
        return _screen(session, answer.body[4:])

    def hang_up(self, session_id: str) -> None:
        """The caller ends the session; nothing happens when it is over. Raises UnknownSession."""
        self._end(self._session(session_id), Status.INCOMPLETE)

    def clear(self) -> None:
        """Forget every session without telling the application."""
        with self._lock:
            for session in self._sessions.values():
                session.open = False
            self._sessions.clear()

    def _session(self, session_id: str) -> Session:
        with self._lock:
            try:
                return self._sessions[session_id]
            except KeyError:
                raise UnknownSession(session_id) from None

    def _unreachable(self, service_code: str) -> Trouble | None:
        known = self._config.service_codes
        if known and service_code not in known:
            return Trouble.UNKNOWN_CODE
        return Trouble.NO_ADDRESS if self._config.callbacks.ussd is None else None

    def _ask(self, session: Session) -> Answer:
        return self._callbacks.ussd(
            ussd_turn(
                phone=session.phone,
                service_code=session.service_code,
                text=session.text,
                session_id=session.id,
                network=session.network,
            )
        )

    def _turn(self, session: Session) -> dict[str, Any]:
        session.hops += 1
        answer = self._ask(session)
        session.last_response = answer.body
        if (trouble := _trouble(answer)) is not None:
            self._end(session, Status.FAILED, answer.error or f"{trouble} ({answer.status})")
            return _screen(session, NETWORK_SCREEN, trouble)
        kind, text = answer.body[:3], answer.body[4:]
        if kind == "END":
            self._end(session, Status.SUCCESS)
        elif session.open:
            self._timer.after(self._config.ussd_idle_limit_s, self._idle, session, session.hops)
        return _screen(session, text)

    def _idle(self, session: Session, hops: int) -> None:
        if session.hops == hops and self._end(session, Status.INCOMPLETE):
            self._tell(session, Trouble.IDLE)

    def _too_long(self, session: Session) -> None:
        if self._end(session, Status.INCOMPLETE):
            self._tell(session, Trouble.TOO_LONG)

    def _tell(self, session: Session, trouble: Trouble) -> None:
        data = {"session": session.id, "phone": session.phone, "trouble": trouble.value}
        self._feed.publish("ussd-closed", data)

    def _end(self, session: Session, status: Status, error: str = "") -> bool:
        """Close the session and post its event, once; says whether it was open."""
        with self._lock:
            was_open, session.open = session.open, False
        if was_open:
            self._timer.after(0, self._callbacks.event, _event(session, status, error))
        return was_open


def split_code(code: str, service_codes: tuple[str, ...]) -> tuple[str, list[str]]:
    """The service code and the first inputs: `*384*1*2#` is code `*384*1#` and the input `2`.

    The longest known code that begins `code` wins; without one the code is taken as it is.
    """
    for known in sorted(service_codes, key=len, reverse=True):
        stem = known.removesuffix("#") + "*"
        if code.startswith(stem) and code.endswith("#"):
            return known, code[len(stem) : -1].split("*")
    return code, []


def length_of(text: str, gsm7_limit: int = GSM7_LIMIT) -> dict[str, Any]:
    """The length of a screen: encoding, units used and at most, letters that force UCS-2."""
    measured = measure(text)
    gsm7 = measured.encoding == "gsm7"
    letters = [] if gsm7 else [c for c in dict.fromkeys(text) if measure(c).encoding != "gsm7"]
    return {
        "encoding": measured.encoding,
        "units": measured.units,
        "segments": measured.segments,
        "limit": gsm7_limit if gsm7 else UCS2_LIMIT,
        "letters": letters,
    }


def _trouble(answer: Answer) -> Trouble | None:
    if answer.status is None:
        return Trouble.NO_ANSWER
    if answer.status != 200:
        return Trouble.HTTP_ERROR
    if not answer.body.startswith(("CON ", "END ")):
        return Trouble.NOT_CON_OR_END
    return None


def _screen(session: Session, text: str, trouble: Trouble | None = None) -> dict[str, Any]:
    """`session` id, `screen` text, whether it is `open`, its `length`, and the `trouble` if any."""
    return {
        "session": session.id,
        "screen": text,
        "open": session.open,
        "length": length_of(text),
        "trouble": trouble.value if trouble else None,
    }


def _event(session: Session, status: Status, error: str) -> dict[str, str]:
    """The end event, its fields in the order of the capture of 2026."""
    return {
        "durationInMillis": str(round((time.monotonic() - session.started) * 1000)),
        "phoneNumber": session.phone,
        "errorMessage": error,
        "serviceCode": session.service_code,
        "lastAppResponse": session.last_response,
        "hopsMetadata": "",
        "hopsCount": str(session.hops),
        "status": status.value,
        "sessionId": session.id,
        "cost": "0.00",
        "date": stamp(datetime.now(UTC)),
        "networkCode": session.network,
        "input": session.text,
    }
