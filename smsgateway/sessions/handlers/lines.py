"""What a dialogue does to the phone it is held on: its language, its messages."""

from __future__ import annotations

from collections.abc import Mapping

from smsgateway.dialogue.fields import Value
from smsgateway.messaging import optouts
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


HANDLERS: Mapping[str, Handler] = {
    "language": choose_language,
    "opt_out": opt_out,
    "opt_in": opt_in,
}
