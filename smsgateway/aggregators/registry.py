"""Which aggregator serves which channel, and which of them carry USSD."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from smsgateway import gateway_settings as names
from smsgateway.aggregators.africastalking import AfricasTalking
from smsgateway.aggregators.africastalking.ussd import AfricasTalkingUssd
from smsgateway.aggregators.base import Aggregator
from smsgateway.aggregators.http import HttpGateway
from smsgateway.aggregators.kannel import Kannel
from smsgateway.aggregators.loopback import Loopback
from smsgateway.aggregators.orange import Orange
from smsgateway.aggregators.ussd import UssdPort
from smsgateway.errors import SettingsError
from smsgateway.settings import Settings

USSD_PORTS: Mapping[str, UssdPort] = {names.AFRICASTALKING: AfricasTalkingUssd()}
"""By the name of the aggregator."""

MAKERS: Mapping[str, Callable[[Settings], Aggregator]] = {
    names.AFRICASTALKING: AfricasTalking.from_settings,
    names.ORANGE: lambda settings: Orange(_told(settings.gateways.orange, names.ORANGE)),
    names.KANNEL: lambda settings: Kannel(_told(settings.gateways.kannel, names.KANNEL)),
    names.HTTP: lambda settings: HttpGateway(_told(settings.gateways.http, names.HTTP)),
    names.LOOPBACK: lambda _: Loopback(),
}
"""Name of a gateway in `CHANNELS` -> what makes its aggregator."""

T = TypeVar("T")


def _told(settings: T | None, name: str) -> T:
    """What a gateway was told; the start has seen to it when the settings came from outside."""
    if settings is None:
        raise SettingsError(f"CHANNELS names {name}, which has no settings.")
    return settings


def aggregators_of(settings: Settings) -> Mapping[str, Aggregator]:
    """Channel -> its aggregator. Connects to nothing yet. Raises SettingsError."""
    return {channel: MAKERS[name](settings) for channel, name in settings.channels.items()}
