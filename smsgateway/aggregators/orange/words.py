"""Orange's words and what they mean to us: tables, no logic.

The ids and the statuses of receipts are those of GSMA's OneAPI, which the API follows. Orange
publishes no full list of what it uses, so an id on no list is neither a success nor an end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from smsgateway.messaging.port import Outcome, Reason
from smsgateway.messaging.states import State


class Meaning(NamedTuple):
    """What a refusal says of one message; `most_attempts` bounds the calls."""

    outcome: Outcome
    reason: Reason
    most_attempts: int | None = None


REFUSALS: Mapping[str, Meaning] = {
    "SVC0001": Meaning(Outcome.DEFERRED, Reason.GATEWAY),
    "SVC0002": Meaning(Outcome.DEFERRED, Reason.OTHER, most_attempts=3),
    "SVC0003": Meaning(Outcome.DEFERRED, Reason.OTHER, most_attempts=3),
    "SVC0004": Meaning(Outcome.REJECTED, Reason.INVALID_NUMBER),
    "SVC0280": Meaning(Outcome.REJECTED, Reason.CONTENT_BLOCKED),
}
"""`messageId` of a serviceException: a fault of the service, an invalid value, an invalid value of
a list, no valid address, a message that is too long."""

UNEXPLAINED = Meaning(Outcome.DEFERRED, Reason.OTHER)

NO_CREDIT = re.compile(r"credit|balance|contract|bundle|unit|expired", re.IGNORECASE)
"""In the words of a policyException: the bundle is used up or over."""

NO_SENDER = re.compile(r"sender", re.IGNORECASE)
"""In the words of a policyException: the sender name has not been approved."""

RECEIPTS: Mapping[str, tuple[State, Reason | None]] = {
    "deliveredtoterminal": (State.DELIVERED, None),
    "deliveredtonetwork": (State.SENT, Reason.SUBMITTED),
    "messagewaiting": (State.SENT, Reason.BUFFERED),
    "deliveryuncertain": (State.SENT, None),
    "deliverynotificationnotsupported": (State.SENT, None),
    "deliveryimpossible": (State.FAILED, Reason.UNDELIVERED),
}
"""`deliveryStatus`, without case."""
