"""Africa's Talking as an aggregator of the service."""

from __future__ import annotations

import re
from collections.abc import Sequence

from smsgateway.aggregators.africastalking import answers
from smsgateway.aggregators.africastalking.callbacks import AfricasTalkingCallbacks
from smsgateway.aggregators.africastalking.sdk import Account, Sms
from smsgateway.aggregators.base import Balance, Health
from smsgateway.aggregators.statuses import CLOSING_STATUS
from smsgateway.aggregators.transport import TIMEOUT_S, Transport
from smsgateway.messaging.port import (
    AmbiguousSend,
    BadCredentials,
    Capabilities,
    ChannelClosed,
    OutboundSms,
    Outcome,
    Reason,
    SendResult,
    Unavailable,
)
from smsgateway.settings import Settings

NAME = "africastalking"

MOST_RECIPIENTS = 100
"""The vendor publishes no limit; others who run against it use this."""

PARALLEL_CALLS = 128
"""Connections that one process keeps busy with personalised texts: at 50 ms a call, 64 carried 840
messages a second, 128 carried 1,150 and 192 carried 1,010."""


_MSISDN = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
"""One number that the SDK refuses would keep the whole call from being made, and some that it lets
pass are none."""


class AfricasTalking(AfricasTalkingCallbacks):
    """One account. Safe for several threads: the SDK's services keep strings alone."""

    name = NAME
    capabilities = Capabilities(
        max_recipients_per_call=MOST_RECIPIENTS,
        parallel_calls=PARALLEL_CALLS,
        opt_out_callback=True,
        price_in_answer=True,
    )

    def __init__(
        self,
        username: str,
        api_key: str,
        *,
        sender_id: str | None = None,
        base_url: str | None = None,
        timeout: tuple[float, float] = TIMEOUT_S,
    ) -> None:
        """`base_url` None means the vendor's own hosts: the sandbox for the username `sandbox`."""
        self._has_key = bool(api_key)
        self._sender_id = sender_id
        transport = Transport(PARALLEL_CALLS, timeout)
        self._sms = Sms(username, api_key, transport, base_url)
        self._account = Account(username, api_key, transport, base_url)

    @classmethod
    def from_settings(cls, settings: Settings) -> AfricasTalking:
        return cls(
            settings.africastalking_username,
            settings.africastalking_api_key,
            sender_id=settings.africastalking_sender_id,
            base_url=settings.africastalking_base_url,
        )

    def send(self, batch: Sequence[OutboundSms]) -> list[SendResult]:
        """One call for one text; see `Gateway.send`."""
        if not self._has_key:
            raise BadCredentials("AFRICASTALKING_API_KEY is not set")
        if len({sms.body for sms in batch}) != 1:
            raise ValueError("a call carries one text")
        sendable = [sms for sms in batch if _MSISDN.fullmatch(sms.msisdn)]
        results = {sms.reference: _invalid(sms) for sms in batch}
        if sendable:
            numbers = [sms.msisdn for sms in sendable]
            response = self._sms.submit(batch[0].body, numbers, self._sender_id)
            results |= {one.reference: one for one in answers.read(response, sendable)}
        return [results[sms.reference] for sms in batch]

    def balance(self) -> Balance | None:
        """What is left on the account; None when the answer cannot be read."""
        try:
            response = self._account.ask()
            if response.status_code != 200:
                kind = CLOSING_STATUS.get(response.status_code, Unavailable)
                raise kind(f"HTTP {response.status_code}")
            data = answers.read_json(response.content)
        except AmbiguousSend as error:
            raise Unavailable(str(error)) from error
        user = data.get("UserData") if isinstance(data, dict) else None
        money = answers.read_money(user.get("balance")) if isinstance(user, dict) else None
        return Balance(money.amount, money.currency) if money else None

    def health(self) -> Health:
        """Reachable with these credentials, asked by way of the balance."""
        try:
            balance = self.balance()
        except ChannelClosed as error:
            return Health(False, f"{error.reason}: {error}")
        return Health(
            True, f"balance {balance.amount} {balance.currency}" if balance else "no balance"
        )


def _invalid(sms: OutboundSms) -> SendResult:
    return SendResult(sms.reference, Outcome.REJECTED, Reason.INVALID_NUMBER)
