"""What a segment costs, by network: a setting, for no price is built in.

Amounts of different currencies are kept apart and never added.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from smsgateway.text.msisdn import OPERATORS, operator_of

MOST_PREFIX = 8
"""Characters of a prefix, the + among them: enough for any network, and few enough to group by."""

ANY = "*"

_PRICE = re.compile(r"([A-Z]{3}) (\d{1,6}(?:\.\d{1,4})?)", re.ASCII)


class Money(NamedTuple):
    """An amount in one currency (ISO 4217)."""

    amount: Decimal
    currency: str


Amounts = Mapping[str | None, Decimal]
"""Currency -> amount; None where a gateway named no currency."""


@dataclass(frozen=True)
class Prices:
    """The price of a segment by the beginning of a number, by operator, and for all others."""

    prefixes: Mapping[str, Money] = field(default_factory=dict)
    operators: Mapping[str, Money] = field(default_factory=dict)
    others: Money | None = None

    @classmethod
    def parse(cls, text: str) -> Prices:
        """From `orange=XOF 12.5,malitel=XOF 15,+221=XOF 40,*=XOF 30`. Raises ValueError."""
        prefixes, operators, others = {}, {}, None
        for part in filter(None, (one.strip() for one in text.split(","))):
            name, _, price = (word.strip() for word in part.partition("="))
            if name == ANY:
                others = _money(price)
            elif re.fullmatch(r"\+\d{1,7}", name):
                prefixes[name] = _money(price)
            elif name in OPERATORS:
                operators[name] = _money(price)
            else:
                names = ", ".join(sorted(OPERATORS))
                raise ValueError(f"{name!r} is none of {names}, a prefix like +221, and {ANY}")
        return cls(prefixes, operators, others)

    def __bool__(self) -> bool:
        return bool(self.prefixes or self.operators or self.others)

    def of(self, msisdn: str) -> Money | None:
        """The price of one segment to a number (E.164); its first MOST_PREFIX characters do."""
        for length in range(min(MOST_PREFIX, len(msisdn)), 1, -1):
            if found := self.prefixes.get(msisdn[:length]):
                return found
        return self.operators.get(operator_of(msisdn) or "", self.others)


@dataclass(frozen=True)
class Forecast:
    """What segments will cost: amounts by currency, and how many of them have no price."""

    segments: int
    amounts: Amounts
    unpriced: int


def forecast(segments: Iterable[tuple[str, int]], prices: Prices) -> Forecast:
    """The cost of messages given as number (or its beginning) and segments."""
    total, unpriced = 0, 0
    amounts: dict[str | None, Decimal] = {}
    for msisdn, count in segments:
        total += count
        price = prices.of(msisdn) if count else None
        if price is None:
            unpriced += count
        else:
            before = amounts.get(price.currency, Decimal(0))
            amounts[price.currency] = before + price.amount * count
    return Forecast(total, amounts, unpriced)


def _money(text: str) -> Money:
    match = _PRICE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no price like XOF 12.5")
    return Money(Decimal(match[2]), match[1])
