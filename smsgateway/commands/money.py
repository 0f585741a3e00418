"""Money as commands show it: each currency by itself, and what is only forecast marked with ~."""

from __future__ import annotations

from decimal import Decimal

from smsgateway.text.prices import Amounts, Forecast


def charged(amounts: Amounts) -> str:
    """Each currency on a line of its own: they are never added."""
    lines = sorted((currency or "?", amount) for currency, amount in amounts.items())
    return "\n".join(f"{currency} {_plain(amount)}" for currency, amount in lines)


def _plain(amount: Decimal) -> str:
    """Without the zeros that a column of four decimals adds."""
    text = f"{amount:,.4f}"
    return text.rstrip("0").rstrip(".")


def will_cost(cost: Forecast) -> str:
    """What the setting says, and how many segments it says nothing of."""
    lines = [f"~ {line}" for line in charged(cost.amounts).splitlines()]
    if cost.unpriced:
        lines.append(f"{cost.unpriced:,} unpriced")
    return "\n".join(lines)
