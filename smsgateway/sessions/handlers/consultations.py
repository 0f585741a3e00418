"""What a worker writes down of somebody who was summoned."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from smsgateway.calendars.contacts import CalendarKind
from smsgateway.consultations import open_list, summoning
from smsgateway.consultations.summoning import Found, NoSummons
from smsgateway.reminders import escalation
from smsgateway.sessions.effects import EffectContext, Handler, Rings
from smsgateway.sessions.handlers.payload import Payload, number


def write_seen(context: EffectContext, payload: Payload) -> Rings:
    """The family came. Somebody may have written it down a moment before."""
    with suppress(NoSummons):
        summoning.seen(
            context.connection,
            str(payload["voucher"]),
            context.today,
            context.now,
            facility_id=number(payload["facility_id"]),
            staff_id=number(payload["staff_id"]),
        )
    return {}


def write_missed(context: EffectContext, payload: Payload) -> Rings:
    """The family did not come: somebody looks for them from now on."""
    with suppress(NoSummons):
        one = open_list.find(
            context.connection, str(payload["voucher"]), number(payload["facility_id"])
        )
        escalation.look_for(
            context.connection, one.person_id, CalendarKind.CONSULTATION, context.now
        )
    return {}


def write_home_visit(context: EffectContext, payload: Payload) -> Rings:
    """Somebody went to the home."""
    with suppress(NoSummons):
        summoning.visit_home(
            context.connection,
            str(payload["voucher"]),
            Found(str(payload["found"])),
            context.today,
            context.now,
            facility_id=number(payload["facility_id"]),
            staff_id=number(payload["staff_id"]),
        )
    return {}


HANDLERS: Mapping[str, Handler] = {
    "summons_seen": write_seen,
    "summons_missed": write_missed,
    "home_visit": write_home_visit,
}
