"""What the readers of callbacks share: a field as text, as a phone number, as a figure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

from smsgateway.aggregators.base import RawRequest
from smsgateway.text.msisdn import InvalidMsisdn, parse_msisdn

MOST_ID = 2**31 - 1
"""The largest whole number that an integer column holds."""


def text_of(fields: Mapping[str, object], name: str) -> str:
    """A field without spaces around it; empty when it is missing or no text."""
    value = fields.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def number_of(text: str) -> str:
    """E.164 where it is a phone number; a short code or a name as it is."""
    try:
        return parse_msisdn(text)
    except InvalidMsisdn:
        return text


def count_of(fields: Mapping[str, object], name: str) -> int | None:
    """A whole number from 0 as far as SQL holds it; None for anything else."""
    text = text_of(fields, name)
    return min(int(text), MOST_ID) if text.isdecimal() and len(text) < 16 else None


def moment_of(text: str) -> datetime | None:
    """A date with its time as ISO 8601 has it, with a `T` or a space, in UTC where no zone stands
    there; None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def reference_of(text: str) -> int | None:
    """Our own id of a message, as a gateway gives it back; None for anything else."""
    if not text.isdecimal() or len(text) > len(str(MOST_ID)) or int(text) > MOST_ID:
        return None
    return int(text)


def fingerprint(request: RawRequest) -> str:
    """Stands for the id of a callback that has none, so that its repetition is still known."""
    return hashlib.sha256(request.query.encode() + b"\n" + request.body).hexdigest()
