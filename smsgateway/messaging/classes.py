"""What kinds of messages there are, and how each is treated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class MessageClass(StrEnum):
    """Why a message is sent; it decides the order of sending and the respect of the night."""

    REPLY = "reply"
    """Somebody has just asked for it and is waiting."""
    REMINDER = "reminder"
    NOTICE = "notice"
    CAMPAIGN = "campaign"


@dataclass(frozen=True, slots=True)
class Treatment:
    """How messages of a class are handed over."""

    priority: int
    """Lower goes first."""
    keeps_hours: bool
    """Handed over within sending hours only."""
    heeds_opt_out: bool
    """Not sent to a phone that said STOP. The answer to STOP itself is a reply and goes out."""
    receipt_window: timedelta
    """How long an ambiguous send waits for a receipt before it counts as expired."""


TREATMENT = {
    MessageClass.REPLY: Treatment(0, False, False, timedelta(days=1)),
    MessageClass.REMINDER: Treatment(10, True, True, timedelta(days=3)),
    MessageClass.NOTICE: Treatment(20, True, True, timedelta(days=3)),
    MessageClass.CAMPAIGN: Treatment(30, True, True, timedelta(days=3)),
}


LANES = 10**9
"""Lanes of one priority; more than there will be campaigns."""


def lane(message_class: MessageClass, campaign_id: int | None) -> int:
    """Where a message waits: a number that sorts by priority. Messages of one campaign share a
    lane, and so do all without one."""
    return TREATMENT[message_class].priority * LANES + (campaign_id or 0)
