"""Bulk messages that a worker has confirmed."""

from __future__ import annotations

from collections.abc import Mapping

from smsgateway.campaigns import launch
from smsgateway.dialogue.fields import Value
from smsgateway.messaging.bell import QueueName
from smsgateway.sessions.effects import EffectContext, Handler, Rings


def launch_campaign(context: EffectContext, payload: Mapping[str, Value]) -> Rings:
    """Put a bulk message that a worker has confirmed into the outbox."""
    campaign = launch.launch(
        context.connection,
        context.service.catalogue,
        context.service.settings.encoding_policies,
        staff_id=_number(payload["staff_id"]),
        facility_id=_number(payload["facility_id"]),
        audience=str(payload["audience"]),
        template=str(payload["template"]),
        today=context.today,
        now=context.now,
        idempotency_key=context.idempotency_key,
    )
    return {QueueName.REPLIES: campaign.reply_ids, QueueName.SENDING: None}


def _number(value: Value) -> int:
    assert not isinstance(value, list)
    return int(value)


HANDLERS: Mapping[str, Handler] = {"campaign": launch_campaign}
