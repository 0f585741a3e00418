"""An aggregator without a network: it accepts everything, unless told otherwise, and remembers it.

For tests and dry runs. What a number is answered is given by the number, so that a test says in
one line what happens to whom.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from smsgateway.aggregators.africastalking.callbacks import AfricasTalkingCallbacks
from smsgateway.aggregators.base import Balance, Health
from smsgateway.messaging.port import (
    Capabilities,
    OutboundSms,
    Outcome,
    Reason,
    SendResult,
)


@dataclass(slots=True)
class Loopback(AfricasTalkingCallbacks):
    """`refusals` maps a number to its outcome and reason; `failures` are raised by the next calls,
    one each, before anything is accepted. `calls` is the ledger of what was accepted. Its callbacks
    are those of Africa's Talking."""

    name: str = "loopback"
    capabilities: Capabilities = field(
        default_factory=lambda: Capabilities(
            max_recipients_per_call=100, parallel_calls=4, opt_out_callback=True
        )
    )
    refusals: Mapping[str, tuple[Outcome, Reason]] = field(default_factory=dict)
    failures: list[Exception] = field(default_factory=list)
    calls: list[list[OutboundSms]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def send(self, batch: Sequence[OutboundSms]) -> list[SendResult]:
        with self._lock:
            if self.failures:
                raise self.failures.pop(0)
            self.calls.append([sms for sms in batch if sms.msisdn not in self.refusals])
            return [self._answer(sms) for sms in batch]

    def _answer(self, sms: OutboundSms) -> SendResult:
        if sms.msisdn in self.refusals:
            return SendResult(sms.reference, *self.refusals[sms.msisdn])
        return SendResult(
            sms.reference, Outcome.ACCEPTED, aggregator_message_id=f"loop-{next(self._ids)}"
        )

    def accepted(self) -> list[OutboundSms]:
        """Everything accepted so far, in order."""
        return [sms for call in self.calls for sms in call]

    def balance(self) -> Balance | None:
        return None

    def health(self) -> Health:
        return Health(True, "nothing leaves this process")
