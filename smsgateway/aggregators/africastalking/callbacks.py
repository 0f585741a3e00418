"""Reading what Africa's Talking posts to us: receipts, inbound SMS, opt-outs, ends of sessions.

All are forms. Nothing is refused for a field that is missing or new, unless nothing usable is left:
a report that is refused is a report that is lost.
"""

from __future__ import annotations

from smsgateway.aggregators.africastalking.codes import FAILURES, STATUSES
from smsgateway.aggregators.base import Ack, RawRequest, UnusableCallback
from smsgateway.aggregators.reading import count_of, fingerprint, moment_of, number_of, text_of
from smsgateway.messaging.port import DeliveryReport, InboundSms, OptOut
from smsgateway.messaging.states import State
from smsgateway.messaging.ussd_events import SessionEnd


def delivery_report(request: RawRequest) -> DeliveryReport:
    """`id, status, phoneNumber, networkCode, failureReason, retryCount`; needs a status and one of
    id and number."""
    form = request.form
    message_id, number, status = (
        text_of(form, "id"),
        text_of(form, "phoneNumber"),
        text_of(form, "status"),
    )
    if not status or not (message_id or number):
        raise UnusableCallback("a delivery report needs a status, and an id or a phoneNumber")
    state, reason = STATUSES.get(status.casefold(), (None, None))
    if state is State.FAILED:
        reason = FAILURES.get(text_of(form, "failureReason").casefold(), reason)
    return DeliveryReport(
        aggregator_message_id=message_id or None,
        msisdn=number_of(number) or None,
        status=status,
        state=state,
        reason=reason,
    )


def inbound(request: RawRequest) -> InboundSms:
    """`date, from, id, linkId, text, to, cost, networkCode`; needs a sender.

    The date comes in three forms, one of which names no zone: it is read as UTC, as the two others
    say.
    Without an id the whole payload stands for it, so that a repeated callback is still known.
    """
    form = request.form
    sender = text_of(form, "from")
    if not sender:
        raise UnusableCallback("an inbound SMS needs a from")
    return InboundSms(
        aggregator_message_id=text_of(form, "id") or fingerprint(request),
        sender=number_of(sender),
        recipient=text_of(form, "to") or None,
        body=form.get("text", ""),
        sent_at=moment_of(text_of(form, "date")),
    )


def opt_out(request: RawRequest) -> OptOut:
    """`senderId, phoneNumber`."""
    number = number_of(text_of(request.form, "phoneNumber"))
    if not number.startswith("+"):
        raise UnusableCallback("an opt-out needs a phoneNumber")
    return OptOut(number)


def session_end(request: RawRequest) -> SessionEnd:
    """`sessionId, status, hopsCount, durationInMillis` and others that are personal and dropped."""
    form = request.form
    session_id = text_of(form, "sessionId")
    if not session_id:
        raise UnusableCallback("the end of a session needs a sessionId")
    return SessionEnd(
        session_id=session_id,
        status=text_of(form, "status") or None,
        hops=count_of(form, "hopsCount"),
        duration_ms=count_of(form, "durationInMillis"),
    )


class AfricasTalkingCallbacks:
    """For adapters whose gateway speaks to us like Africa's Talking."""

    def parse_delivery_report(self, request: RawRequest) -> list[DeliveryReport]:
        return [delivery_report(request)]

    def parse_inbound(self, request: RawRequest) -> list[InboundSms]:
        return [inbound(request)]

    def parse_opt_out(self, request: RawRequest) -> list[OptOut]:
        return [opt_out(request)]

    def parse_session_end(self, request: RawRequest) -> SessionEnd:
        return session_end(request)

    def ack(self) -> Ack:
        return Ack()
