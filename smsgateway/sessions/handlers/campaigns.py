"""Bulk messages that a worker has confirmed."""

from __future__ import annotations

from collections.abc import Mapping

from smsgateway.campaigns import launch
from smsgateway.messaging.bell import QueueName
from smsgateway.sessions.effects import EffectContext, Handler, Rings
from smsgateway.sessions.handlers.payload import Payload, number


def launch_campaign(context: EffectContext, payload: Payload) -> Rings:
    """Put a bulk message that a worker has confirmed into the outbox."""
    campaign = launch.launch(
        context.connection,
        context.service.catalogue,
        context.service.settings.encoding_policies,
        staff_id=number(payload["staff_id"]),
        facility_id=number(payload["facility_id"]),
        audience=str(payload["audience"]),
        template=str(payload["template"]),
        today=context.today,
        now=context.now,
        idempotency_key=context.idempotency_key,
    )
    return {QueueName.REPLIES: campaign.reply_ids, QueueName.SENDING: None}


HANDLERS: Mapping[str, Handler] = {"campaign": launch_campaign}
