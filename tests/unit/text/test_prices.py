"""What a segment costs: by prefix, by operator, for all others; currencies never added."""

from __future__ import annotations

from decimal import Decimal

import pytest

from smsgateway.text.prices import Money, Prices, forecast

ORANGE, MALITEL, TELECEL, SENEGAL = "+22376123456", "+22366123456", "+22350123456", "+221771234567"
PRICES = Prices.parse("orange=XOF 12.5, malitel=XOF 15,+221=EUR 0.04,+2237612=XOF 1,*=XOF 30")


@pytest.mark.parametrize(
    ("number", "price"),
    [
        (ORANGE, Money(Decimal(1), "XOF")),
        ("+22376223456", Money(Decimal("12.5"), "XOF")),
        (MALITEL, Money(Decimal(15), "XOF")),
        (TELECEL, Money(Decimal(30), "XOF")),
        (SENEGAL, Money(Decimal("0.04"), "EUR")),
        ("+33612345678", Money(Decimal(30), "XOF")),
    ],
    ids=["longest prefix", "operator", "other operator", "no price", "prefix", "elsewhere"],
)
def test_the_nearest_price_holds_and_the_beginning_of_a_number_tells_it(
    number: str, price: Money
) -> None:
    assert PRICES.of(number) == price
    assert PRICES.of(number[:8]) == price


def test_without_prices_nothing_is_forecast() -> None:
    nothing = Prices.parse("")
    assert not nothing
    told = forecast([(ORANGE, 2), (SENEGAL, 1)], nothing)
    assert (told.segments, told.amounts, told.unpriced) == (3, {}, 3)


def test_currencies_are_kept_apart() -> None:
    told = forecast([(MALITEL, 2), (SENEGAL, 3), (MALITEL, 1)], PRICES)
    assert told.amounts == {"XOF": Decimal(45), "EUR": Decimal("0.12")}
    assert (told.segments, told.unpriced) == (6, 0)


@pytest.mark.parametrize(
    "text", ["orange", "orange=XOF", "orange=12", "+22376123456=XOF 1", "zz=XOF 1", "*=XOF 1.23456"]
)
def test_a_price_that_is_not_one_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Prices.parse(text)
