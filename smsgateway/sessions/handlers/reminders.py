"""What a worker found out about a family that did not come."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from smsgateway.dialogue.fields import Value
from smsgateway.reminders import defaulters
from smsgateway.reminders.defaulters import Located, NotOnList
from smsgateway.sessions.effects import EffectContext, Handler, Rings


def locate(context: EffectContext, payload: Mapping[str, Value]) -> Rings:
    """Keep what was found out. A child whom somebody has seen meanwhile needs no looking for."""
    with suppress(NotOnList):
        defaulters.locate(
            context.connection,
            int(str(payload["entry"])),
            Located(str(payload["located"])),
            context.now,
            context.today,
            facility_id=int(str(payload["facility_id"])),
            staff_id=int(str(payload["staff_id"])),
        )
    return {}


HANDLERS: Mapping[str, Handler] = {"defaulter": locate}
