"""Tips by SMS, wanted or not any more."""

from __future__ import annotations

from collections.abc import Mapping

from smsgateway.dialogue.fields import Value
from smsgateway.register.phones import ensure_phone
from smsgateway.sessions.effects import EffectContext, Handler, Rings
from smsgateway.topics import subscriptions


def subscribe(context: EffectContext, payload: Mapping[str, Value]) -> Rings:
    """Take the caller's consent to the tips of a topic; the clock writes them."""
    subscriptions.subscribe(
        context.connection,
        phone_id=ensure_phone(context.connection, context.msisdn, context.now),
        topic=str(payload["topic"]),
        language=str(payload["language"]),
        now=context.now,
    )
    return {}


def unsubscribe(context: EffectContext, payload: Mapping[str, Value]) -> Rings:
    """No more tips of a topic."""
    subscriptions.unsubscribe(
        context.connection,
        phone_id=ensure_phone(context.connection, context.msisdn, context.now),
        topic=str(payload["topic"]),
        now=context.now,
    )
    return {}


HANDLERS: Mapping[str, Handler] = {"subscribe": subscribe, "unsubscribe": unsubscribe}
