"""Which aggregator serves which channel."""

from __future__ import annotations

from collections.abc import Mapping

from smsgateway.aggregators.africastalking import AfricasTalking
from smsgateway.aggregators.base import Aggregator
from smsgateway.messaging.outbox import MAIN_CHANNEL
from smsgateway.settings import Settings


def aggregators_of(settings: Settings) -> Mapping[str, Aggregator]:
    """Channel -> its aggregator. Connects to nothing yet."""
    return {MAIN_CHANNEL: AfricasTalking.from_settings(settings)}
