"""What people tell the service by keypad."""

from __future__ import annotations

from collections.abc import Mapping

from smsgateway.feedback import callbacks, surveys
from smsgateway.feedback.callbacks import Reason, Settled
from smsgateway.feedback.surveys import QUESTIONS, Grade
from smsgateway.register import facilities, phones
from smsgateway.sessions.effects import EffectContext, Handler, Rings
from smsgateway.sessions.handlers.payload import Payload, number


def request_callback(context: EffectContext, payload: Payload) -> Rings:
    """Put the caller on the list of calls of the centre where the family is followed."""
    phone_id = phones.ensure_phone(context.connection, context.msisdn, context.now)
    callbacks.request(
        context.connection,
        phone_id=phone_id,
        facility_id=facilities.of_phone(context.connection, context.msisdn),
        reason=Reason(str(payload["reason"])),
        now=context.now,
        idempotency_key=context.idempotency_key,
    )
    return {}


def record_survey(context: EffectContext, payload: Payload) -> Rings:
    """Keep how a visit went."""
    surveys.record(
        context.connection,
        phone_id=phones.ensure_phone(context.connection, context.msisdn, context.now),
        facility_id=int(str(payload["facility_id"])),
        grades={question: Grade(int(str(payload[question]))) for question in QUESTIONS},
        today=context.today,
        now=context.now,
    )
    return {}


def settle_call(context: EffectContext, payload: Payload) -> Rings:
    """A worker has called, or given up. Somebody else may have done so a moment before."""
    callbacks.settle(
        context.connection,
        number(payload["request"]),
        context.now,
        Settled(str(payload["outcome"])),
        staff_id=number(payload["staff_id"]),
        facility_id=number(payload["facility_id"]),
    )
    return {}


HANDLERS: Mapping[str, Handler] = {
    "callback": request_callback,
    "survey": record_survey,
    "call_settled": settle_call,
}
