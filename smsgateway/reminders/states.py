"""Where visits and reminders stand."""

from __future__ import annotations

from enum import StrEnum

from smsgateway.messaging.states import State

NEVER_SENT = (State.CANCELLED, State.EXPIRED)
"""States of a message that told nobody anything and never will."""


class VisitState(StrEnum):
    """A person has at most one open visit in a calendar; one whose date has gone by is late."""

    OPEN = "open"
    DONE = "done"
    """A dose of it was given."""
    MISSED = "missed"
    """Its doses were not given, and the next visit has taken its place."""
    DROPPED = "dropped"
    """It is no longer wanted: death, move, a corrected birth date, an age that is over."""


class ReminderState(StrEnum):
    """`released` is final unless its message can still be stopped before anybody reads it."""

    PLANNED = "planned"
    RELEASED = "released"
    """Its message is in the outbox; the message's own states tell the rest."""
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    """Its window went by, or a later rule spoke for it; recorded, never lost."""


class Why(StrEnum):
    """Reasons of a reminder that was not sent."""

    DIED = "died"
    MOVED = "moved"
    OPTED_OUT = "opted_out"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    WRONG_NUMBER = "wrong_number"
    LOSS = "loss"
    ANSWERED = "answered"
    RULE_OFF = "rule_off"
    VISIT_OVER = "visit_over"
    DATE_CHANGED = "date_changed"
    CONTACT_GONE = "contact_gone"
    TOO_LATE = "too_late"
    SUPERSEDED = "superseded"
    NO_WORDS = "no_words"
    """Its message could not be written."""
