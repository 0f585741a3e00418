"""Reading the values that an effect brings along."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from smsgateway.dialogue.fields import Value

Payload = Mapping[str, Value]


def number(value: Value) -> int:
    """A whole number, however the session keeps it."""
    assert not isinstance(value, list)
    return int(value)


def day(value: Value) -> date:
    """A day that the session keeps as `YYYY-MM-DD`."""
    return date.fromisoformat(str(value))
