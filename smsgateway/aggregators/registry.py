"""Which aggregator serves which channel, and which of them carry USSD."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from smsgateway import gateway_settings as names
from smsgateway.aggregators.africastalking import AfricasTalking
from smsgateway.aggregators.africastalking.ussd import AfricasTalkingUssd
from smsgateway.aggregators.base import Aggregator
from smsgateway.aggregators.loopback import Loopback
from smsgateway.aggregators.ussd import UssdPort
from smsgateway.settings import Settings

USSD_PORTS: Mapping[str, UssdPort] = {names.AFRICASTALKING: AfricasTalkingUssd()}
"""By the name of the aggregator."""

MAKERS: Mapping[str, Callable[[Settings], Aggregator]] = {
    names.AFRICASTALKING: AfricasTalking.from_settings,
    names.LOOPBACK: lambda _: Loopback(),
}
"""Name of a gateway in `CHANNELS` -> what makes its aggregator."""


def aggregators_of(settings: Settings) -> Mapping[str, Aggregator]:
    """Channel -> its aggregator. Connects to nothing yet. Raises SettingsError."""
    return {channel: MAKERS[name](settings) for channel, name in settings.channels.items()}
