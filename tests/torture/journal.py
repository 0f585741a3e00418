"""What people did and were told, from their side: the accounts are made from it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Sms:
    """An SMS that was answered 200; `expects` is the template of its reply where only one is
    right."""

    id: str
    expects: str | None = None


@dataclass(slots=True)
class Stop:
    """A refusal that was answered, by the machine's clock in seconds of the epoch."""

    msisdn: str
    told_at: float
    begun: frozenset[int] = frozenset()
    """Messages whose call had begun one second later: they may still be accepted."""
    until: float = float("inf")
    """When its user took messages up again."""


@dataclass(slots=True)
class Call:
    """A USSD call; `promised` is its last screen when it says that the errand is done."""

    session_id: str
    msisdn: str
    errand: str
    promised: str | None = None


@dataclass(slots=True)
class Journal:
    """Written by several threads, read when all have ended."""

    sms: list[Sms] = field(default_factory=list)
    stops: list[Stop] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """What a person met and never should."""
    steps: list[str] = field(default_factory=list)
    """The screens that were shown."""
    spooled: list[str] = field(default_factory=list)
    """SMS that were answered while SQL was away."""
