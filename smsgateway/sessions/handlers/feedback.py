"""What people tell the service by keypad."""

from __future__ import annotations

from collections.abc import Mapping

from smsgateway.dialogue.fields import Value
from smsgateway.feedback import callbacks
from smsgateway.feedback.callbacks import Reason
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


HANDLERS: Mapping[str, Handler] = {"callback": request_callback}
