"""The effects a dialogue may have, by their kind: a module for each room they write in."""

from __future__ import annotations

from collections.abc import Mapping

from smsgateway.sessions.effects import Handler
from smsgateway.sessions.handlers import (
    campaigns,
    consents,
    consultations,
    enrolment,
    feedback,
    lines,
    register,
    reminders,
    topics,
)

HANDLERS: Mapping[str, Handler] = {
    **campaigns.HANDLERS,
    **consents.HANDLERS,
    **consultations.HANDLERS,
    **enrolment.HANDLERS,
    **feedback.HANDLERS,
    **lines.HANDLERS,
    **register.HANDLERS,
    **reminders.HANDLERS,
    **topics.HANDLERS,
}
