"""The effects a dialogue may have, by their kind."""

from __future__ import annotations

from collections.abc import Mapping

from smsgateway.campaigns import launch
from smsgateway.dialogue.fields import Value
from smsgateway.messaging import optouts
from smsgateway.messaging.bell import QueueName
from smsgateway.register import phones
from smsgateway.sessions.effects import EffectContext, Handler, Rings


def choose_language(context: EffectContext, payload: Mapping[str, Value]) -> Rings:
    """Remember the language a phone has chosen."""
    phones.set_language(context.connection, context.msisdn, str(payload["language"]), context.now)
    return {}


def opt_out(context: EffectContext, _: Mapping[str, Value]) -> Rings:
    """Stop reminders and notices to a phone, those that already wait among them."""
    optouts.stop(context.connection, context.msisdn, context.now)
    return {}


def opt_in(context: EffectContext, _: Mapping[str, Value]) -> Rings:
    """Take reminders and notices up again."""
    optouts.start(context.connection, context.msisdn, context.now)
    return {}


def launch_campaign(context: EffectContext, payload: Mapping[str, Value]) -> Rings:
    """Put a bulk message that a worker has confirmed into the outbox."""
    campaign = launch.launch(
        context.connection,
        context.service.catalogue,
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


HANDLERS: Mapping[str, Handler] = {
    "language": choose_language,
    "opt_out": opt_out,
    "opt_in": opt_in,
    "campaign": launch_campaign,
}
