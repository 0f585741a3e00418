"""What a worker writes down of families: who came, and what was found out about who did not."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from smsgateway.reminders import arrivals, defaulters
from smsgateway.reminders.defaulters import Located, NotOnList
from smsgateway.sessions.effects import EffectContext, Handler, Rings
from smsgateway.sessions.handlers.payload import Payload, number


def locate(context: EffectContext, payload: Payload) -> Rings:
    """Keep what was found out. A child whom somebody has seen meanwhile needs no looking for."""
    with suppress(NotOnList):
        defaulters.locate(
            context.connection,
            number(payload["entry"]),
            Located(str(payload["located"])),
            context.now,
            context.today,
            facility_id=number(payload["facility_id"]),
            staff_id=number(payload["staff_id"]),
        )
    return {}


def write_arrival(context: EffectContext, payload: Payload) -> Rings:
    """Write down that somebody came, with the doses given or the contact held."""
    arrivals.came(
        context.connection,
        number(payload["arrival"]),
        str(payload["visit_doses"]).split(","),
        context.today,
        context.now,
        facility_id=number(payload["facility_id"]),
        staff_id=number(payload["staff_id"]),
    )
    return {}


HANDLERS: Mapping[str, Handler] = {"defaulter": locate, "came": write_arrival}
