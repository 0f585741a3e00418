"""Reading what Africa's Talking posts to us: receipts, inbound SMS, opt-outs, ends of sessions.

All are forms. Nothing is refused for a field that is missing or new, unless nothing usable is left:
a report that is refused is a report that is lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from smsgateway.aggregators.africastalking.codes import FAILURES, STATUSES
from smsgateway.aggregators.base import RawRequest, UnusableCallback
from smsgateway.messaging.port import DeliveryReport, InboundSms, OptOut
from smsgateway.messaging.states import State
from smsgateway.messaging.ussd_events import SessionEnd
from smsgateway.text.msisdn import InvalidMsisdn, parse_msisdn


def delivery_report(request: RawRequest) -> DeliveryReport:
    """`id, status, phoneNumber, networkCode, failureReason, retryCount`; needs a status and one of
    id and number."""
    form = request.form
    message_id, number, status = (
        _text(form, "id"),
        _text(form, "phoneNumber"),
        _text(form, "status"),
    )
    if not status or not (message_id or number):
        raise UnusableCallback("a delivery report needs a status, and an id or a phoneNumber")
    state, reason = STATUSES.get(status.casefold(), (None, None))
    if state is State.FAILED:
        reason = FAILURES.get(_text(form, "failureReason").casefold(), reason)
    return DeliveryReport(
        aggregator_message_id=message_id or None,
        msisdn=_number(number) or None,
        status=status,
        state=state,
        reason=reason,
    )


def inbound(request: RawRequest) -> InboundSms:
    """`date, from, id, linkId, text, to, cost, networkCode`; needs a sender.

    The date stays in the raw payload: its zone is not documented, and what counts is when the SMS
    came to us.
    Without an id the whole payload stands for it, so that a repeated callback is still known.
    """
    form = request.form
    sender = _text(form, "from")
    if not sender:
        raise UnusableCallback("an inbound SMS needs a from")
    return InboundSms(
        aggregator_message_id=_text(form, "id") or hashlib.sha256(request.body).hexdigest(),
        sender=_number(sender),
        recipient=_text(form, "to") or None,
        body=form.get("text", ""),
    )


def opt_out(request: RawRequest) -> OptOut:
    """`senderId, phoneNumber`."""
    number = _number(_text(request.form, "phoneNumber"))
    if not number.startswith("+"):
        raise UnusableCallback("an opt-out needs a phoneNumber")
    return OptOut(number)


def session_end(request: RawRequest) -> SessionEnd:
    """`sessionId, status, hopsCount, durationInMillis` and others that are personal and dropped."""
    form = request.form
    session_id = _text(form, "sessionId")
    if not session_id:
        raise UnusableCallback("the end of a session needs a sessionId")
    return SessionEnd(
        session_id=session_id,
        status=_text(form, "status") or None,
        hops=_count(form, "hopsCount"),
        duration_ms=_count(form, "durationInMillis"),
    )


def _text(form: Mapping[str, str], name: str) -> str:
    return form.get(name, "").strip()


def _number(text: str) -> str:
    """E.164 where it is a phone number; a short code or a name as it is."""
    try:
        return parse_msisdn(text)
    except InvalidMsisdn:
        return text


def _count(form: Mapping[str, str], name: str) -> int | None:
    text = _text(form, name)
    return min(int(text), 2**31 - 1) if text.isdecimal() and len(text) < 16 else None
