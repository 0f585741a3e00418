"""The handsets: what each number received and wrote, and which network it is on."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from dataclasses import asdict, dataclass
from typing import Any

SANDBOX_NETWORK = "99999"
NETWORKS = {
    "61002": "Orange Mali",
    "61001": "Moov Africa Malitel",
    "61003": "Telecel Mali",
    SANDBOX_NETWORK: "Sandbox",
}
"""Network codes (MCC + MNC) offered by the phone page; any other may be given."""

MAX_PHONES = 20_000
MAX_MESSAGES = 200
"""Handsets kept, and messages kept on each; the oldest go first."""

_NUMBER = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)


class BadNumber(ValueError):
    """Not a number in international form."""


def number_of(text: object) -> str:
    """`+223 70 00 00 01` -> `+22370000001`. Raises BadNumber."""
    number = re.sub(r"[\s.-]", "", text) if isinstance(text, str) else ""
    if not _NUMBER.fullmatch(number):
        raise BadNumber("a phone number is written like +22370000001")
    return number


@dataclass(frozen=True)
class Message:
    """A text on a handset. `box` is `in` for a received one and `out` for a written one."""

    sequence: int
    phone: str
    box: str
    peer: str
    text: str
    parts: int
    at: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Phones:
    """Inboxes and networks by number, bounded in both directions."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._messages: OrderedDict[str, list[Message]] = OrderedDict()
        self._networks: OrderedDict[str, str] = OrderedDict()
        self._last = 0

    def put(self, phone: str, box: str, peer: str, text: str, parts: int, at: str) -> Message:
        """Add a message to a handset."""
        with self._lock:
            self._last += 1
            message = Message(self._last, phone, box, peer, text, parts, at)
            kept = self._messages.setdefault(phone, [])
            kept.append(message)
            del kept[:-MAX_MESSAGES]
            _trim(self._messages, phone)
            return message

    def messages(self, phone: str) -> list[Message]:
        """What is on a handset, oldest first."""
        with self._lock:
            return list(self._messages.get(phone, ()))

    def join(self, phone: str, network: str) -> None:
        """Remember the network that a number is on."""
        with self._lock:
            self._networks[phone] = network
            _trim(self._networks, phone)

    def network(self, phone: str) -> str:
        """The network of a number; the sandbox's when none was ever named."""
        with self._lock:
            return self._networks.get(phone, SANDBOX_NETWORK)

    def clear(self) -> None:
        """Empty every handset; networks stay."""
        with self._lock:
            self._messages.clear()


def _trim(numbers: OrderedDict[str, Any], latest: str) -> None:
    numbers.move_to_end(latest)
    if len(numbers) > MAX_PHONES:
        numbers.popitem(last=False)
