"""What people tell the service by keypad."""

from __future__ import annotations

from collections.abc import Mapping

from smsgateway.dialogue.fields import Value
from smsgateway.feedback import callbacks, surveys
from smsgateway.feedback.callbacks import Reason
from smsgateway.feedback.surveys import QUESTIONS, Grade
from smsgateway.register import facilities, phones
from smsgateway.sessions.effects import EffectContext, Handler, Rings


def request_callback(context: EffectContext, payload: Mapping[str, Value]) -> Rings:
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


def record_survey(context: EffectContext, payload: Mapping[str, Value]) -> Rings:
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


HANDLERS: Mapping[str, Handler] = {"callback": request_callback, "survey": record_survey}
