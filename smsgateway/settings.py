"""What the service is told from outside: environment variables, read and checked at the start."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from smsgateway.calendars.hours import Hours
from smsgateway.dialogue.network import Networks, read_networks, shipped
from smsgateway.environment import Reader, http_url, sender_id
from smsgateway.errors import SettingsError
from smsgateway.gateway_settings import (
    MAIN_CHANNEL,
    GatewaySettings,
    channels,
    fallbacks,
    gateways_of,
    rates,
    sms_numbers,
)
from smsgateway.text.prices import Prices
from smsgateway.text.routes import USUAL_LETTERS, Routes

BAMAKO = ZoneInfo("Africa/Bamako")
DAYTIME = Hours(time(8), time(18))
NO_PRICES = Prices()
SHORTEST_KEPT_DAYS = 7


@dataclass(frozen=True)
class Settings:
    """Everything that may differ between two installations.

    Secrets are kept out of `repr` so that they cannot reach a log by accident.
    """

    var_dir: Path = Path("var")
    database_url: str = field(default="", repr=False)
    redis_url: str | None = field(default=None, repr=False)
    secret_key: str = field(default="", repr=False)
    webhook_tokens: tuple[str, ...] = field(default=(), repr=False)
    africastalking_username: str = "sandbox"
    africastalking_api_key: str = field(default="", repr=False)
    africastalking_sender_id: str | None = None
    africastalking_base_url: str | None = None
    channels: Mapping[str, str] = field(default_factory=lambda: {MAIN_CHANNEL: "africastalking"})
    segments_per_second: Mapping[str, float] = field(default_factory=dict)
    fallbacks: Mapping[str, str] = field(default_factory=dict)
    gateways: GatewaySettings = field(default_factory=GatewaySettings)
    sms_numbers: frozenset[str] = frozenset()
    sms_prices: Prices = NO_PRICES
    ussd_service_codes: tuple[str, ...] = ()
    networks: Networks = field(default_factory=shipped)
    timezone: ZoneInfo = BAMAKO
    sending_hours: Hours = DAYTIME
    encoding_policies: Routes = USUAL_LETTERS
    flows: str = "flows:app"
    host: str = "127.0.0.1"
    port: int = 8000
    web_workers: int = 2
    help_phone: str = ""
    simulator_url: str | None = None
    raw_kept_days: int = 90
    steps_kept_days: int = 30
    log_level: str = "INFO"

    @property
    def redis_socket(self) -> Path:
        """Where the embedded Redis-compatible server listens when `REDIS_URL` is not given."""
        return self.var_dir / "redis.sock"

    @property
    def embedded_redis(self) -> bool:
        return self.redis_url is None

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read and check every setting. Raises SettingsError for the first wrong one."""
        env = os.environ if environ is None else environ
        var_dir = Path(env.get("SMSGATEWAY_VAR") or "var").absolute()
        read = Reader(env)
        ways_out = read("CHANNELS", channels, {MAIN_CHANNEL: "africastalking"})
        return cls(
            var_dir=var_dir,
            database_url=read("DATABASE_URL", _database_url, f"sqlite:///{var_dir}/smsgateway.db"),
            redis_url=read("REDIS_URL", _redis_url, None),
            secret_key=read("SECRET_KEY", _secret, None) or _kept_secret(var_dir, "secret_key"),
            webhook_tokens=read("WEBHOOK_TOKENS", _tokens, ())
            or (_kept_secret(var_dir, "webhook_token"),),
            africastalking_username=read("AFRICASTALKING_USERNAME", str, "sandbox"),
            africastalking_api_key=read("AFRICASTALKING_API_KEY", str, ""),
            africastalking_sender_id=read("AFRICASTALKING_SENDER_ID", sender_id, None),
            africastalking_base_url=read("AFRICASTALKING_BASE_URL", http_url, None),
            channels=ways_out,
            segments_per_second=read("SEGMENTS_PER_SECOND", partial(rates, ways_out), {}),
            fallbacks=read("FALLBACKS", partial(fallbacks, ways_out), {}),
            gateways=gateways_of(read, ways_out),
            sms_prices=read("SMS_PRICES", Prices.parse, NO_PRICES),
            sms_numbers=read("SMS_NUMBERS", sms_numbers, frozenset()),
            ussd_service_codes=read("USSD_SERVICE_CODES", _service_codes, ()),
            networks=read("USSD_NETWORKS", networks_file, shipped()),
            timezone=read("TIMEZONE", ZoneInfo, BAMAKO),
            sending_hours=read("SENDING_HOURS", Hours.parse, DAYTIME),
            encoding_policies=read("ENCODING_POLICIES", Routes.parse, USUAL_LETTERS),
            flows=read("FLOWS", _import_path, "flows:app"),
            host=read("HOST", str, "127.0.0.1"),
            port=read("PORT", _port, 8000),
            web_workers=read("WEB_WORKERS", _positive, 2),
            help_phone=read("HELP_PHONE", _help_phone, ""),
            simulator_url=read("SIMULATOR_URL", http_url, None),
            raw_kept_days=read("RAW_KEPT_DAYS", _days_kept, 90),
            steps_kept_days=read("STEPS_KEPT_DAYS", _days_kept, 30),
            log_level=read("LOG_LEVEL", _log_level, "INFO"),
        )


def _database_url(text: str) -> str:
    try:
        url = make_url(text)
    except ArgumentError:
        raise ValueError("it is not a database address like postgresql://user@host/name") from None
    if url.get_backend_name() not in {"sqlite", "postgresql"}:
        raise ValueError("only sqlite and postgresql are supported")
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise ValueError("the processes share the database, so it has to be a file")
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    return url.render_as_string(hide_password=False)


def _redis_url(text: str) -> str:
    if not re.match(r"(redis|rediss|unix)://", text):
        raise ValueError("it must begin with redis://, rediss:// or unix://")
    return text


def _secret(text: str) -> str:
    if len(text) < 16:
        raise ValueError("it needs at least 16 characters")
    return text


def _tokens(text: str) -> tuple[str, ...]:
    tokens = tuple(part.strip() for part in text.split(",") if part.strip())
    if not 1 <= len(tokens) <= 2:
        raise ValueError("give one token, or two during a rotation")
    if any(not re.fullmatch(r"[A-Za-z0-9_-]{16,}", token) for token in tokens):
        raise ValueError("a token needs at least 16 letters, digits, - or _")
    return tokens


def _service_codes(text: str) -> tuple[str, ...]:
    codes = tuple(part.strip() for part in text.split(",") if part.strip())
    if any(not re.fullmatch(r"[*#][\d*#]{1,18}#", code) for code in codes):
        raise ValueError("a USSD code looks like *123# or #123# and has at most 20 characters")
    return codes


def networks_file(text: str) -> Networks:
    """The networks of the file at a path. Raises ValueError."""
    try:
        return read_networks(Path(text).read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"the file cannot be read ({error.strerror})") from None


def _help_phone(text: str) -> str:
    if not re.fullmatch(r"[+\d][\d ]{1,18}", text):
        raise ValueError("it is a telephone number of at most 19 digits and spaces")
    return text


def _import_path(text: str) -> str:
    if not re.fullmatch(r"[\w.]+:\w+", text):
        raise ValueError("write module:name, like flows:app")
    return text


def _positive(text: str) -> int:
    number = int(text) if text.isdigit() else 0
    if number < 1:
        raise ValueError("it must be a whole number from 1")
    return number


def _days_kept(text: str) -> int:
    """Receipts and repeated callbacks come for some days; nothing may be forgotten before."""
    days = _positive(text)
    if days < SHORTEST_KEPT_DAYS:
        raise ValueError(f"it is a number of days from {SHORTEST_KEPT_DAYS}")
    return days


def _port(text: str) -> int:
    number = _positive(text)
    if number > 65535:
        raise ValueError("a port is at most 65535")
    return number


def _log_level(text: str) -> str:
    level = text.upper()
    if level not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ValueError("it is DEBUG, INFO, WARNING or ERROR")
    return level


def _kept_secret(var_dir: Path, name: str) -> str:
    """A secret made at the first start and kept, readable by its owner alone, under `var/`.

    The file is put in place by a hard link, which never overwrites, so that processes that start
    together agree on one value.
    """
    path = var_dir / name
    try:
        var_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"SMSGATEWAY_VAR is wrong: {var_dir} cannot be a folder ({error.strerror})."
        ) from None
    draft = var_dir / f".{name}.{os.getpid()}.{secrets.token_hex(4)}"
    draft.write_text(secrets.token_urlsafe(32), encoding="ascii")
    draft.chmod(0o600)
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
    return path.read_text(encoding="ascii").strip()
