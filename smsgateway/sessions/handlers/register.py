"""What families tell of themselves: children and pregnancies, doses given, a wrong number."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from smsgateway.feedback import callbacks
from smsgateway.feedback.callbacks import Reason
from smsgateway.register import (
    claim_review,
    claims,
    lines,
    losses,
    phones,
    pregnancies,
    registration,
)
from smsgateway.register.claim_review import NothingTold
from smsgateway.register.claims import ClaimState
from smsgateway.register.consents import Agreement, record
from smsgateway.register.pregnancies import Birth, Dating, NewPregnancy
from smsgateway.register.registration import NewChild
from smsgateway.sessions.effects import EffectContext, Handler, Rings
from smsgateway.sessions.handlers.payload import Payload, day, number
from smsgateway.staff import audit
from smsgateway.topics import subscriptions


def register_child(context: EffectContext, payload: Payload) -> Rings:
    """Register a child on the line of the call, with the consent that was just given."""
    new = NewChild(
        first_name=str(payload["child"]),
        sex=str(payload["sex"]),
        birth_date=day(payload["born"]),
        facility_id=number(payload["facility_id"]),
    )
    registration.add_child(context.connection, new, _agreement(context, payload), context.now)
    return {}


def tell_doses(context: EffectContext, payload: Payload) -> Rings:
    """Keep the doses that a family says were given. `doses` are codes joined by commas."""
    claims.tell(
        context.connection,
        number(payload["chosen"]),
        str(payload["doses"]).split(","),
        day(payload["given"]),
        phone_id=_line(context),
        place=str(payload["given_where"]) or None,
        now=context.now,
    )
    return {}


def settle_claim(context: EffectContext, payload: Payload) -> Rings:
    """A worker has compared what the family told with the card, perhaps after somebody else."""
    with suppress(NothingTold):
        claim_review.settle(
            context.connection,
            number(payload["chosen"]),
            day(payload["told_on"]),
            ClaimState(str(payload["state"])),
            context.now,
            facility_id=number(payload["facility_id"]),
        )
        audit.record(
            context.connection,
            "claim.settled",
            context.now,
            staff_id=number(payload["staff_id"]),
            subject=f"person:{number(payload['chosen'])}",
            details={"state": str(payload["state"])},
        )
    return {}


def wrong_number(context: EffectContext, _: Payload) -> Rings:
    """Write to nobody on this line any more, and have staff find out whose it is."""
    phone_id = _line(context)
    facilities = lines.suspend(context.connection, phone_id, context.now)
    if facilities:
        _call_back(context, phone_id, facilities[0], Reason.WRONG_NUMBER)
    return {}


def register_pregnancy(context: EffectContext, payload: Payload) -> Rings:
    """Register a pregnancy on the woman's own line, with the consent that was just given."""
    agreement = _agreement(context, payload)
    new = NewPregnancy(
        first_name=str(payload["woman"]),
        facility_id=number(payload["facility_id"]),
        phone_id=_line(context),
        lmp_date=day(payload["lmp"]),
        dating=Dating(str(payload["dating"])),
        registered_on=context.today,
        recorded_via=agreement.channel,
        idempotency_key=context.idempotency_key,
    )
    person_id = pregnancies.add(context.connection, new, context.now)
    record(context.connection, person_id, agreement)
    return {}


def record_birth(context: EffectContext, payload: Payload) -> Rings:
    """End a pregnancy with the birth of a child, whose calendar begins."""
    born = Birth(str(payload["child"]), str(payload["sex"]), day(payload["delivered"]))
    pregnancies.record_birth(context.connection, number(payload["pregnancy"]), born, context.now)
    return {}


def record_loss(context: EffectContext, _: Payload) -> Rings:
    """End the pregnancy of this line, so that no message comes, and have a person call.

    Said without proof, since it reveals nothing and must be easy. Where the line is that of
    several women, or of a newborn, nothing is ended, because only the call can tell whose loss it
    is; but until then nothing is said on this line of any of them, and no tips about children.
    """
    phone_id = _line(context)
    found = pregnancies.open_of_phone(context.connection, context.msisdn, context.today)
    if len(found) == 1:
        pregnancies.record_loss(context.connection, found[0].id, context.today, context.now)
    losses.hold(context.connection, phone_id, context.today, context.now)
    subscriptions.end_all(context.connection, phone_id=phone_id, now=context.now)
    _call_back(context, phone_id, found[0].facility.id if found else None, Reason.LOSS)
    return {}


def _agreement(context: EffectContext, payload: Payload) -> Agreement:
    return Agreement(
        phone_id=_line(context),
        wording=str(payload["wording"]),
        language=str(payload["language"]),
        channel=context.channel,
        given_on=context.today,
        given_at=context.now,
    )


def _call_back(
    context: EffectContext, phone_id: int, facility_id: int | None, reason: Reason
) -> None:
    callbacks.request(
        context.connection,
        phone_id=phone_id,
        facility_id=facility_id,
        reason=reason,
        now=context.now,
        idempotency_key=f"{context.idempotency_key}:{reason}",
    )


def _line(context: EffectContext) -> int:
    return phones.ensure_phone(context.connection, context.msisdn, context.now)


HANDLERS: Mapping[str, Handler] = {
    "register_child": register_child,
    "tell_doses": tell_doses,
    "claim_settled": settle_claim,
    "wrong_number": wrong_number,
    "register_pregnancy": register_pregnancy,
    "birth": record_birth,
    "loss": record_loss,
}
