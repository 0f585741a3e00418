"""What one step adds to the figures of its dialogue: who came to a screen, and how they left it.

Nothing here can be traced to a person: a count has a day, a screen, a language and a medium.
Whoever came and neither answered, went back nor was led to help has abandoned the screen: that is
not counted, it is what remains (see `smsgateway.sessions.funnel`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from smsgateway.dialogue.application import RESUME, Application
from smsgateway.dialogue.engine import FIRST_LANGUAGE, MAX_WRONG
from smsgateway.dialogue.network import Network
from smsgateway.dialogue.session import Session, Turn

USSD, SMS = "ussd", "sms"
"""The media."""

MOST_SECONDS = 600
"""On one screen; whoever comes back later than this was not reading."""


class Event(StrEnum):
    """What is counted of a screen, or, for the last two, of a look-up by its outcome."""

    ENTERED = "entered"
    """The screen was shown; a further page or a repeated question is the same visit."""
    RESUMED = "resumed"
    """The screen was shown to somebody who took an interrupted session up again."""
    ANSWERED = "answered"
    """An answer was accepted."""
    BACK = "back"
    """Left by the key for back or home."""
    STUCK = "stuck"
    """Left after too many wrong answers, towards help."""
    INVALID = "invalid"
    """A wrong answer."""
    SECONDS = "seconds"
    """How long those who left the screen had looked at it, added up."""
    CALLED = "called"
    """A look-up ended with this outcome."""
    MILLISECONDS = "milliseconds"
    """How long look-ups with this outcome took, added up."""


@dataclass(frozen=True, slots=True)
class Count:
    """`amount` more of an event at a node."""

    node: str
    event: Event
    amount: int = 1
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class CallDone:
    """A look-up that a step ran."""

    node: str
    outcome: str
    milliseconds: int


def of_step(
    application: Application,
    network: Network,
    before: Session | None,
    answer: str,
    after: Turn,
    calls: Sequence[CallDone],
    seconds: int,
) -> list[Count]:
    """The counts of one step from `before`'s screen, which was shown for `seconds`, to `after`."""
    left = _left(application, network, before, answer, after) if before else None
    return [
        *_screens(before, left, after, seconds),
        *(count for call in calls for count in _of_call(call)),
    ]


def _screens(
    before: Session | None, left: Event | None, after: Turn, seconds: int
) -> Iterator[Count]:
    shown = after.reply.screen
    if before is None:
        yield Count(shown, Event.ENTERED)
        return
    if left is None:
        return
    yield Count(before.node, Event.INVALID if left is Event.STUCK else left)
    if left is Event.INVALID:
        return
    if left is Event.STUCK:
        yield Count(before.node, Event.STUCK)
    yield Count(before.node, Event.SECONDS, min(max(seconds, 0), MOST_SECONDS))
    taken_up = before.node == RESUME and shown in before.returns
    yield Count(shown, Event.RESUMED if taken_up else Event.ENTERED)


def _left(
    application: Application, network: Network, before: Session, answer: str, after: Turn
) -> Event | None:
    """How the screen was left: INVALID when it was not, None when a page was turned."""
    now = after.session
    same = now is not None and now.node == before.node and now.trail == before.trail
    if now is not None and same:
        return Event.INVALID if now.wrong > before.wrong else None
    if answer.strip() in {network.keys.back, network.keys.home}:
        return Event.BACK
    if after.reply.screen == application.stuck and before.wrong + 1 >= MAX_WRONG:
        return Event.STUCK
    return Event.ANSWERED


def _of_call(call: CallDone) -> Iterator[Count]:
    yield Count(call.node, Event.CALLED, 1, call.outcome)
    yield Count(call.node, Event.MILLISECONDS, call.milliseconds, call.outcome)


def language_of(before: Session | None, after: Turn) -> str:
    """The language in which a step was answered."""
    session = after.session or before
    return session.language if session else FIRST_LANGUAGE


SEPARATOR = "|"


def packed(
    counted: Sequence[Count], application: Application, day: date, language: str, medium: str
) -> Mapping[str, int]:
    """Counts as Redis keeps them until they are moved into SQL: one name for all that is known of
    each, and its amount. A screen that this release has no more has version 0."""
    amounts: dict[str, int] = {}
    for one in counted:
        version = application.versions.get(one.node, 0)
        parts = (day.isoformat(), str(version), one.node, language, medium, one.event, one.outcome)
        name = SEPARATOR.join(parts)
        amounts[name] = amounts.get(name, 0) + one.amount
    return amounts


def unpacked(name: str) -> Mapping[str, object]:
    """The inverse of `packed` for one name. Raises ValueError when it is none."""
    day, version, node, language, medium, event, outcome = name.split(SEPARATOR)
    return {
        "day": date.fromisoformat(day),
        "version": int(version),
        "node": node,
        "language": language,
        "medium": medium,
        "event": event,
        "outcome": outcome,
    }
