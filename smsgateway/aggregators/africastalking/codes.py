"""Africa's Talking's words and numbers, and what they mean to us: tables, no logic.

Sources: the vendor's list of status codes and delivery reports, recorded answers, and what others
who run against it retry.
"""

from __future__ import annotations

from typing import NamedTuple

from smsgateway.messaging.port import Outcome, Reason
from smsgateway.messaging.states import State


class Meaning(NamedTuple):
    """What a code says of one recipient. `most_attempts` bounds the calls where waiting is vain."""

    name: str
    outcome: Outcome
    reason: Reason | None = None
    most_attempts: int | None = None


CODES = {
    100: Meaning("Processed", Outcome.ACCEPTED),
    101: Meaning("Sent", Outcome.ACCEPTED),
    102: Meaning("Queued", Outcome.ACCEPTED),
    401: Meaning("RiskHold", Outcome.DEFERRED, Reason.RISK_HOLD),
    402: Meaning("InvalidSenderId", Outcome.DEFERRED, Reason.SENDER_ID),
    403: Meaning("InvalidPhoneNumber", Outcome.REJECTED, Reason.INVALID_NUMBER),
    404: Meaning("UnsupportedNumberType", Outcome.REJECTED, Reason.UNSUPPORTED_NUMBER),
    405: Meaning("InsufficientBalance", Outcome.DEFERRED, Reason.INSUFFICIENT_BALANCE),
    406: Meaning("UserInBlacklist", Outcome.REJECTED, Reason.OPTED_OUT),
    407: Meaning("CouldNotRoute", Outcome.DEFERRED, Reason.NO_ROUTE),
    409: Meaning("DoNotDisturbRejection", Outcome.REJECTED, Reason.DO_NOT_DISTURB),
    500: Meaning("InternalServerError", Outcome.DEFERRED, Reason.GATEWAY),
    501: Meaning("GatewayError", Outcome.DEFERRED, Reason.GATEWAY),
    502: Meaning("RejectedByGateway", Outcome.DEFERRED, Reason.GATEWAY, most_attempts=2),
}
"""`statusCode` of a recipient. RiskHold, InvalidSenderId and InsufficientBalance hold for the whole
account: the message is not burnt, the channel pauses."""

CODE_OF_NAME = {meaning.name.casefold(): code for code, meaning in CODES.items()}

SUCCESS = "success"
"""The word beside an accepting code, whatever the code; compared without case."""

UNKNOWN_REFUSAL = Meaning("unknown", Outcome.REJECTED, Reason.OTHER)
"""A code on no list, without the word Success."""

UNEXPLAINED_REFUSAL = Meaning("unexplained", Outcome.DEFERRED, Reason.OTHER)
"""An answer without recipients whose reason is on no list: nothing was accepted, and nobody said
that it never would be."""

STATUSES: dict[str, tuple[State, Reason | None]] = {
    "sent": (State.SENT, None),
    "submitted": (State.SENT, Reason.SUBMITTED),
    "buffered": (State.SENT, Reason.BUFFERED),
    "absentsubscriber": (State.SENT, Reason.ABSENT),
    "success": (State.DELIVERED, None),
    "delivered": (State.DELIVERED, None),
    "rejected": (State.FAILED, Reason.REJECTED),
    "failed": (State.FAILED, Reason.UNDELIVERED),
    "expired": (State.FAILED, Reason.EXPIRED),
}
"""`status` of a delivery report, without case. `Delivered` is not official but seen."""

FAILURES = {
    "insufficientcredit": Reason.SUBSCRIBER_CREDIT,
    "invalidlinkid": Reason.NOT_SUBSCRIBED,
    "userisinactive": Reason.SUBSCRIBER_SUSPENDED,
    "userinblacklist": Reason.OPTED_OUT,
    "useraccountsuspended": Reason.SUBSCRIBER_SUSPENDED,
    "notnetworksubcriber": Reason.UNSUPPORTED_NUMBER,
    "notnetworksubscriber": Reason.UNSUPPORTED_NUMBER,
    "usernotsubscribedtoproduct": Reason.NOT_SUBSCRIBED,
    "userdoesnotexist": Reason.INVALID_NUMBER,
    "deliveryfailure": Reason.UNDELIVERED,
    "donotdisturbrejection": Reason.DO_NOT_DISTURB,
}
"""`failureReason` of a Rejected or Failed report, without case: the vendor's pages and answers
spell UserInBlacklist in two ways, and NotNetworkSubcriber is their own spelling."""
