"""Consent that is taken back, or given again: by the family, or with it at the health centre."""

from __future__ import annotations

from collections.abc import Mapping

from smsgateway.register import consents, phones
from smsgateway.register.consents import Agreement
from smsgateway.reminders import withdrawal
from smsgateway.sessions.effects import EffectContext, Handler, Rings
from smsgateway.sessions.handlers.payload import Payload, number

AT_THE_CENTRE = "centre"
"""The channel of what was said to a worker, with the family present."""


def withdraw(context: EffectContext, payload: Payload) -> Rings:
    """The family takes its consent back, on the line of the call."""
    withdrawal.withdraw(
        context.connection,
        number(payload["chosen"]),
        context.today,
        context.now,
        channel=context.channel,
    )
    return {}


def withdraw_here(context: EffectContext, payload: Payload) -> Rings:
    """A worker writes down that the family takes its consent back."""
    withdrawal.withdraw(
        context.connection,
        number(payload["chosen"]),
        context.today,
        context.now,
        channel=AT_THE_CENTRE,
        staff_id=number(payload["staff_id"]),
    )
    return {}


def give(context: EffectContext, payload: Payload) -> Rings:
    """The family agrees, on the line of the call."""
    line = phones.ensure_phone(context.connection, context.msisdn, context.now)
    _record(context, payload, line, context.channel)
    return {}


def give_here(context: EffectContext, payload: Payload) -> Rings:
    """A worker writes down that the family agrees."""
    _record(context, payload, None, AT_THE_CENTRE)
    return {}


def _record(context: EffectContext, payload: Payload, line: int | None, channel: str) -> None:
    agreement = Agreement(
        phone_id=line,
        wording=str(payload["wording"]),
        language=str(payload["language"]),
        channel=channel,
        given_on=context.today,
        given_at=context.now,
    )
    consents.record(context.connection, number(payload["chosen"]), agreement)


HANDLERS: Mapping[str, Handler] = {
    "consent_withdrawn": withdraw,
    "consent_withdrawn_here": withdraw_here,
    "consent_given": give,
    "consent_given_here": give_here,
}
