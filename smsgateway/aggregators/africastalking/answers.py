"""Reading Africa's Talking's answers: what became of each recipient, or of the call as a whole.

A 2xx says nothing yet. 201 comes with refused recipients, with none at all and a reason, with
codes as strings, without costs and with any spelling of the content type.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import requests

from smsgateway.aggregators.africastalking.codes import (
    CODE_OF_NAME,
    CODES,
    SUCCESS,
    UNEXPLAINED_REFUSAL,
    UNKNOWN_REFUSAL,
    Meaning,
)
from smsgateway.aggregators.statuses import REFUSING_STATUS, refused
from smsgateway.messaging.port import (
    CLOSING,
    AmbiguousSend,
    OutboundSms,
    Outcome,
    Reason,
    SendResult,
)

_HAS_JSON_BODY = frozenset({409})
"""Statuses beside 2xx that come with a normal answer (DoNotDisturbRejection)."""

_MONEY = re.compile(r"(?:([A-Z]{3}) )?(\d+(?:\.\d+)?)", re.ASCII)


class Money(NamedTuple):
    """An amount with the currency as the aggregator names it."""

    amount: Decimal
    currency: str | None


def read(response: requests.Response, batch: Sequence[OutboundSms]) -> list[SendResult]:
    """The result of each SMS of a call, in order. Raises ChannelClosed and AmbiguousSend."""
    status = response.status_code
    if 200 <= status < 300 or status in _HAS_JSON_BODY:
        return _read_body(response.content, batch)
    if status in REFUSING_STATUS:
        return [_result(sms, UNEXPLAINED_REFUSAL) for sms in batch]
    refused(response)


def read_money(text: object) -> Money | None:
    """`KES 0.8000`, `XOF 20`, `0`; None for anything else, such as a cost that is missing."""
    match = _MONEY.fullmatch(text.strip()) if isinstance(text, str) else None
    return Money(Decimal(match[2]), match[1]) if match else None


def read_json(content: bytes) -> Any:
    """The JSON value of a body, whatever its content type says. Raises AmbiguousSend."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise AmbiguousSend("the answer is not JSON") from None


def _read_body(content: bytes, batch: Sequence[OutboundSms]) -> list[SendResult]:
    body = read_json(content)
    data = body.get("SMSMessageData") if isinstance(body, dict) else None
    if not isinstance(data, dict):
        raise AmbiguousSend("the answer has no SMSMessageData")
    lines = data.get("Recipients")
    if isinstance(lines, list) and lines:
        by_number = {_digits(line.get("number")): line for line in lines if isinstance(line, dict)}
        return [_read_line(sms, by_number.get(_digits(sms.msisdn))) for sms in batch]
    if isinstance(lines, list) or _meaning_of_name(data.get("Message")):
        return _refused_as_a_whole(data.get("Message"), batch)
    raise AmbiguousSend("the answer has no Recipients")


def _refused_as_a_whole(message: object, batch: Sequence[OutboundSms]) -> list[SendResult]:
    """No recipient was taken; `message` holds the reason, such as InvalidSenderId."""
    meaning = _meaning_of_name(message) or UNEXPLAINED_REFUSAL
    if kind := CLOSING.get(meaning.reason):
        raise kind(meaning.name)
    return [_result(sms, meaning) for sms in batch]


def _read_line(sms: OutboundSms, line: Mapping[str, Any] | None) -> SendResult:
    """One recipient's line; one that is missing or unreadable proves nothing."""
    meaning = _meaning_of_line(line) if line else None
    if line is None or meaning is None:
        return SendResult(sms.reference, Outcome.UNKNOWN, Reason.ANSWER_LOST)
    if meaning.outcome is not Outcome.ACCEPTED:
        return _result(sms, meaning)
    money = read_money(line.get("cost"))
    return SendResult(
        sms.reference,
        Outcome.ACCEPTED,
        aggregator_message_id=_message_id(line.get("messageId")),
        cost=money.amount if money else None,
        currency=money.currency if money else None,
    )


def _meaning_of_line(line: Mapping[str, Any]) -> Meaning | None:
    """By the number, which may be a string; else by the word beside it."""
    code = str(line.get("statusCode", "")).strip()
    if code.isdecimal() and int(code) in CODES:
        return CODES[int(code)]
    word = line.get("status")
    if isinstance(word, str) and word.strip().casefold() == SUCCESS:
        return CODES[101]
    if by_name := _meaning_of_name(word):
        return by_name
    return UNKNOWN_REFUSAL if code or word else None


def _meaning_of_name(name: object) -> Meaning | None:
    code = CODE_OF_NAME.get(name.strip().casefold()) if isinstance(name, str) else None
    return CODES[code] if code else None


def _result(sms: OutboundSms, meaning: Meaning) -> SendResult:
    return SendResult(
        sms.reference, meaning.outcome, meaning.reason, most_attempts=meaning.most_attempts
    )


def _message_id(value: object) -> str | None:
    """The gateway's id; refused messages carry the word None."""
    text = str(value or "").strip()
    return None if text in {"", "None"} else text[:80]


def _digits(number: object) -> str:
    return re.sub(r"\D", "", str(number))
