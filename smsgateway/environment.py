"""Reading one environment variable: absent, right, or a sentence that says what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from smsgateway.errors import SettingsError

T = TypeVar("T")
D = TypeVar("D")


class Reader:
    """Reads variables by name. An empty one is an absent one. Raises SettingsError."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = env

    def __call__(self, name: str, parse: Callable[[str], T], default: D) -> T | D:
        text = self.env.get(name, "").strip()
        if not text:
            return default
        try:
            return parse(text)
        except (ValueError, KeyError, OSError) as error:
            said = error.args[0] if isinstance(error, KeyError) and error.args else error
            reason = str(said) or type(error).__name__
            raise SettingsError(f"{name} is wrong: {reason}.") from None

    def needed(self, name: str, parse: Callable[[str], T], because: str) -> T:
        """A variable that another makes necessary."""
        value = self(name, parse, None)
        if value is None:
            raise SettingsError(f"{name} is missing: {because} needs it.")
        return value


def http_url(text: str) -> str:
    """An address without the slash at its end."""
    if not re.match(r"https?://[^/\s]+", text):
        raise ValueError("it must begin with http:// or https://")
    return text.rstrip("/")


def sender_id(text: str) -> str:
    """Who an SMS comes from: a number, or a name as GSM allows it."""
    if not re.fullmatch(r"\+?\d{3,15}|[A-Za-z0-9 ]{1,11}", text):
        raise ValueError("it is a short code or at most 11 letters and digits")
    return text
