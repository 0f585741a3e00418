"""Which gateway carries which channel, and what each gateway has to be told.

A channel is a way out with a name of its own: messages, pauses and callback addresses belong to it.
Africa's Talking's settings stand in `smsgateway.settings`; the others are read here, and only those
of a gateway that a channel names are needed.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from smsgateway.environment import Reader, http_url, sender_id

MAIN_CHANNEL = "main"
"""The channel of every message that names none."""

AFRICASTALKING, ORANGE, KANNEL, HTTP, LOOPBACK = GATEWAYS = (
    "africastalking",
    "orange",
    "kannel",
    "http",
    "loopback",
)

MOST_SEGMENTS_PER_SECOND = 10_000

ORANGE_URL = "https://api.orange.com"


@dataclass(frozen=True)
class OrangeSettings:
    """An application of Orange Developer with a contract for SMS."""

    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    sender: str
    """The number that Orange gives with the contract (`+2230000` for Mali), in E.164."""
    sender_name: str | None = None
    """A name that Orange has approved."""
    base_url: str = ORANGE_URL


@dataclass(frozen=True)
class KannelSettings:
    """A `sendsms-user` of a Kannel smsbox."""

    url: str
    """Of the smsbox, `http://127.0.0.1:13013/cgi-bin/sendsms`."""
    username: str
    password: str = field(repr=False)
    sender: str | None = None
    callback_base: str | None = field(default=None, repr=False)
    """Our callbacks as Kannel reaches them, `http://127.0.0.1:8000/webhooks/kannel/main/TOKEN`;
    without it no receipts are asked for."""
    smsc: str | None = None
    """One of Kannel's own ways out (`smsc-id`), where it has several."""


@dataclass(frozen=True)
class GatewaySettings:
    """What the gateways that channels name are told; None for one that none names."""

    orange: OrangeSettings | None = None
    kannel: KannelSettings | None = None
    http: Mapping[str, Any] | None = field(default=None, repr=False)
    """The description of a gateway by HTTP, as its TOML file has it."""


def channels(text: str) -> dict[str, str]:
    """`main:orange,backup:africastalking`: channel -> gateway. Raises ValueError."""
    pairs = [part.strip().partition(":")[::2] for part in text.split(",") if part.strip()]
    for name, gateway in pairs:
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,19}", name):
            raise ValueError(f"{name!r} is no name for a channel: small letters, digits and -")
        if gateway not in GATEWAYS:
            raise ValueError(f"{gateway!r} is none of {', '.join(GATEWAYS)}")
    read = dict(pairs)
    if len(read) < len(pairs) or len(set(read.values())) < len(pairs):
        raise ValueError("a channel and a gateway stand there once each")
    if MAIN_CHANNEL not in read:
        raise ValueError(f"one channel must be named {MAIN_CHANNEL}")
    return read


def rates(names: Collection[str], text: str) -> dict[str, float]:
    """`main:5,backup:50`: channel -> segments a second. Raises ValueError."""
    read = {}
    for name, figure in _of_channels(names, text):
        try:
            read[name] = float(figure)
        except ValueError:
            raise ValueError(f"{figure!r} is not a number of segments a second") from None
        if not 0 < read[name] <= MOST_SEGMENTS_PER_SECOND:
            raise ValueError(f"a rate is above 0 and at most {MOST_SEGMENTS_PER_SECOND}")
    return read


def fallbacks(names: Collection[str], text: str) -> dict[str, str]:
    """`main:backup`: channel -> the one that takes over while it is closed. Raises ValueError."""
    read = dict(_of_channels(names, text))
    for name, other in read.items():
        if other not in names or other == name:
            raise ValueError(f"{other!r} is no other channel of CHANNELS")
        if other in read:
            raise ValueError(f"{other} takes over for {name} and cannot have a fallback itself")
    return read


def _of_channels(names: Collection[str], text: str) -> list[tuple[str, str]]:
    """`NAME:VALUE` pairs with commas, each for another channel of CHANNELS."""
    pairs = [part.strip().partition(":")[::2] for part in text.split(",") if part.strip()]
    for name, _ in pairs:
        if name not in names:
            raise ValueError(f"{name!r} is no channel of CHANNELS")
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a channel stands there once")
    return pairs


def sms_numbers(text: str) -> frozenset[str]:
    """The numbers, short codes and names that people write to, with commas."""
    return frozenset(sender_id(part.strip()) for part in text.split(",") if part.strip())


def gateways_of(read: Reader, ways_out: Mapping[str, str]) -> GatewaySettings:
    """The settings of the gateways that channels name. Raises SettingsError."""
    named = set(ways_out.values())
    return GatewaySettings(
        orange=_orange(read) if ORANGE in named else None,
        kannel=_kannel(read) if KANNEL in named else None,
        http=_http(read) if HTTP in named else None,
    )


def _because(gateway: str) -> str:
    return f"CHANNELS names {gateway}, which"


def _orange(read: Reader) -> OrangeSettings:
    because = _because(ORANGE)
    return OrangeSettings(
        client_id=read.needed("ORANGE_CLIENT_ID", str, because),
        client_secret=read.needed("ORANGE_CLIENT_SECRET", str, because),
        sender=read.needed("ORANGE_SENDER", _orange_sender, because),
        sender_name=read("ORANGE_SENDER_NAME", sender_id, None),
        base_url=read("ORANGE_BASE_URL", http_url, ORANGE_URL),
    )


def _orange_sender(text: str) -> str:
    if not re.fullmatch(r"\+\d{5,15}", text):
        raise ValueError("it is the number that Orange gives with the contract, like +2230000")
    return text


def _kannel(read: Reader) -> KannelSettings:
    because = _because(KANNEL)
    return KannelSettings(
        url=read.needed("KANNEL_URL", http_url, because),
        username=read.needed("KANNEL_USERNAME", str, because),
        password=read.needed("KANNEL_PASSWORD", str, because),
        sender=read("KANNEL_SENDER", sender_id, None),
        callback_base=read("KANNEL_CALLBACK_BASE", http_url, None),
        smsc=read("KANNEL_SMSC", str, None),
    )


def _http(read: Reader) -> Mapping[str, Any]:
    return read.needed("HTTP_GATEWAY_FILE", partial(_description, read.env), _because(HTTP))


def _description(env: Mapping[str, str], text: str) -> Mapping[str, Any]:
    """The TOML file; `${NAME}` in a text is the environment variable, so that no secret has to
    stand in the file."""
    try:
        content = tomllib.loads(Path(text).read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{text} cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{text} is not TOML ({error})") from None
    return {name: _filled(value, env) for name, value in content.items()}


def _filled(value: Any, env: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return re.sub(r"\$\{(\w+)\}", lambda match: _variable(match[1], env), value)
    if isinstance(value, dict):
        return {name: _filled(one, env) for name, one in value.items()}
    return [_filled(one, env) for one in value] if isinstance(value, list) else value


def _variable(name: str, env: Mapping[str, str]) -> str:
    if not env.get(name):
        raise ValueError(f"it names the variable {name}, which is not set")
    return env[name]
