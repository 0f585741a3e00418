"""What a caller asks about a file of social protection."""

from __future__ import annotations

from collections.abc import Mapping

from smsgateway.dialogue.fields import Value
from smsgateway.enrolment import news
from smsgateway.messaging.bell import QueueName
from smsgateway.register import phones
from smsgateway.sessions.effects import EffectContext, Handler, Rings


def send_status(context: EffectContext, payload: Mapping[str, Value]) -> Rings:
    """Tell the status of a file that was proved, by SMS to the line of the call."""
    ids = news.send_status(
        context.connection,
        context.service.catalogue,
        context.service.settings.encoding_policies,
        enrolment_id=int(str(payload["enrolment"])),
        phone_id=phones.ensure_phone(context.connection, context.msisdn, context.now),
        language=str(payload["language"]),
        today=context.today,
        now=context.now,
        idempotency_key=context.idempotency_key,
    )
    return {QueueName.REPLIES: ids}


def watch(context: EffectContext, payload: Mapping[str, Value]) -> Rings:
    """Tell the line of the call of every change of a file that was proved."""
    phone_id = phones.ensure_phone(context.connection, context.msisdn, context.now)
    enrolment_id = int(str(payload["enrolment"]))
    news.watch(context.connection, enrolment_id, phone_id, str(payload["language"]), context.now)
    return {}


HANDLERS: Mapping[str, Handler] = {"enrolment_sms": send_status, "enrolment_watch": watch}
