"""The life of a message: its states, and the one table of what may follow what."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType


class State(StrEnum):
    """Where a message stands."""

    PLANNED = "planned"
    """Its time has not come."""
    QUEUED = "queued"
    """To be sent as soon as it is due."""
    SUBMITTING = "submitting"
    """A worker holds it under a lease and is handing it over."""
    SENT = "sent"
    """The gateway accepted it."""
    DELIVERED = "delivered"
    """A receipt says that it reached the handset."""
    FAILED = "failed"
    """Refused for good, or a receipt says that it did not arrive; `reason` tells."""
    UNKNOWN = "unknown"
    """The answer was lost after the request left: it may have been sent, so it never is again."""
    EXPIRED = "expired"
    """Its window was over before it was sent, or before a receipt told."""
    CANCELLED = "cancelled"
    """Stopped before it was sent."""


TRANSITIONS = MappingProxyType(
    {
        State.PLANNED: frozenset({State.QUEUED, State.CANCELLED, State.EXPIRED}),
        State.QUEUED: frozenset({State.SUBMITTING, State.CANCELLED, State.EXPIRED}),
        State.SUBMITTING: frozenset({State.SENT, State.QUEUED, State.FAILED, State.UNKNOWN}),
        State.UNKNOWN: frozenset({State.SENT, State.DELIVERED, State.FAILED, State.EXPIRED}),
        State.SENT: frozenset({State.DELIVERED, State.FAILED}),
        State.FAILED: frozenset({State.DELIVERED}),
        State.DELIVERED: frozenset[State](),
        State.EXPIRED: frozenset[State](),
        State.CANCELLED: frozenset[State](),
    }
)
"""State -> the states that may follow it. There is no way back from `unknown` to `queued`."""

RECEIPT_STATES = frozenset({State.SENT, State.DELIVERED, State.FAILED})
"""What a delivery report can say."""

_RECEIVABLE = frozenset({State.UNKNOWN, State.SENT, State.FAILED})


def may_follow(current: State, new: State) -> bool:
    """Whether a message may go from `current` to `new`."""
    return new in TRANSITIONS[current]


def receipt_may_set(current: State, new: State) -> bool:
    """Whether a delivery report may take a message from `current` to `new`: only upwards.

    A receipt knows nothing of a message that we have not handed over, whatever the table allows
    for other causes.
    """
    return current in _RECEIVABLE and new in RECEIPT_STATES and may_follow(current, new)
