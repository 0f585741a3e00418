"""Which aggregator serves which channel, and which of them carry USSD."""

from __future__ import annotations

from collections.abc import Mapping

from smsgateway.aggregators.africastalking import AfricasTalking
from smsgateway.aggregators.africastalking.ussd import NAME as AFRICASTALKING
from smsgateway.aggregators.africastalking.ussd import AfricasTalkingUssd
from smsgateway.aggregators.base import Aggregator
from smsgateway.aggregators.ussd import UssdPort
from smsgateway.messaging.outbox import MAIN_CHANNEL
from smsgateway.settings import Settings

USSD_PORTS: Mapping[str, UssdPort] = {AFRICASTALKING: AfricasTalkingUssd()}
"""By the name of the aggregator."""


def aggregators_of(settings: Settings) -> Mapping[str, Aggregator]:
    """Channel -> its aggregator. Connects to nothing yet."""
    return {MAIN_CHANNEL: AfricasTalking.from_settings(settings)}
