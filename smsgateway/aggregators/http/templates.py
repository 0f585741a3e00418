"""Filling in a request and finding a value in an answer: both by description, neither by code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from smsgateway.messaging.port import OutboundSms

_PLACEHOLDER = re.compile(r"\{(to|digits|text|reference)\}")


def values_of(sms: OutboundSms) -> dict[str, str]:
    """What the placeholders stand for."""
    return {
        "to": sms.msisdn,
        "digits": sms.msisdn.lstrip("+"),
        "text": sms.body,
        "reference": str(sms.reference),
    }


def fill_url(url: str, values: Mapping[str, str]) -> str:
    """The address with its placeholders replaced, each encoded as a part of an address."""
    return _PLACEHOLDER.sub(lambda match: quote(values.get(match[1], ""), safe=""), url)


def fill(template: Any, values: Mapping[str, str]) -> Any:
    """A text with its placeholders replaced; lists and tables through and through."""
    if isinstance(template, str):
        return _PLACEHOLDER.sub(lambda match: values.get(match[1], ""), template)
    if isinstance(template, list):
        return [fill(one, values) for one in template]
    if isinstance(template, Mapping):
        return {name: fill(one, values) for name, one in template.items()}
    return template


def nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """`{"message.text": "x"}` -> `{"message": {"text": "x"}}`."""
    result: dict[str, Any] = {}
    for name, value in flat.items():
        *outer, last = name.split(".")
        place = result
        for key in outer:
            place = place.setdefault(key, {})
        place[last] = value
    return result


def at(data: Any, path: str) -> Any:
    """The value at `results.0.id`; None when there is nothing, or no path."""
    if not path:
        return None
    for key in path.split("."):
        if isinstance(data, list) and key.isdecimal() and int(key) < len(data):
            data = data[int(key)]
        elif isinstance(data, Mapping):
            data = data.get(key)
        else:
            return None
    return data


def text_at(data: Any, path: str) -> str:
    """The value as text: figures too, and nothing as an empty one."""
    value = at(data, path)
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()


def among(value: str, words: list[Any]) -> bool:
    """Compared as text and without case: gateways write `1` and `"1"`, `OK` and `ok`."""
    return value.casefold() in {str(word).strip().casefold() for word in words}
