"""What a simulator is started with."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path


@dataclass(frozen=True)
class CallbackUrls:
    """Where the application listens; None means that nothing is posted there.

    The addresses usually carry a secret, so they stay out of `repr`.
    """

    ussd: str | None = field(default=None, repr=False)
    events: str | None = field(default=None, repr=False)
    sms: str | None = field(default=None, repr=False)
    delivery_reports: str | None = field(default=None, repr=False)
    opt_outs: str | None = field(default=None, repr=False)

    @classmethod
    def below(cls, base: str) -> CallbackUrls:
        """The five addresses below one base, named as in the dashboard of Africa's Talking."""
        base = base.rstrip("/")
        return cls(
            ussd=f"{base}/ussd",
            events=f"{base}/ussd-events",
            sms=f"{base}/sms",
            delivery_reports=f"{base}/delivery-reports",
            opt_outs=f"{base}/opt-outs",
        )


@dataclass(frozen=True)
class Config:
    """Times are in seconds, money in `currency`.

    The limits of a USSD session are those of the help centre of Africa's Talking: 10 s to
    connect, 15 s for the application's answer, up to 60 s for the caller's, 180 s in all.
    The price is play money: no price of a real country is built in.
    """

    callbacks: CallbackUrls = CallbackUrls()
    api_key: str | None = field(default=None, repr=False)
    sender_ids: frozenset[str] = frozenset()
    service_codes: tuple[str, ...] = ()
    short_code: str = "36000"
    currency: str = "XOF"
    price: Decimal = Decimal(1)
    balance: Decimal = Decimal(1_000_000)
    delivery_delay_s: float = 1.0
    latency_s: float = 0.0
    retries: int = 0
    connect_timeout_s: float = 10.0
    response_timeout_s: float = 15.0
    ussd_idle_limit_s: float = 60.0
    ussd_session_limit_s: float = 180.0
    seed: int | None = None
    keep: int = 100_000
    ledger: Path | None = None
    """A file to which every acceptance is appended."""
