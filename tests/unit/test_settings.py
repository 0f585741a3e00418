"""Settings from the environment: right ones are read, a wrong one is named in one sentence."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import time
from pathlib import Path

import pytest

from smsgateway.calendars.hours import Hours
from smsgateway.errors import SettingsError
from smsgateway.settings import Settings


def read(tmp_path: Path, **values: str) -> Settings:
    return Settings.from_env({"SMSGATEWAY_VAR": str(tmp_path / "var"), **values})


def test_nothing_given_means_the_embedded_stack(tmp_path: Path) -> None:
    settings = read(tmp_path)
    assert settings.database_url == f"sqlite:///{tmp_path}/var/smsgateway.db"
    assert settings.embedded_redis
    assert settings.sending_hours == Hours(time(8), time(18))
    assert str(settings.timezone) == "Africa/Bamako"


def test_a_postgresql_address_gets_the_driver_we_ship(tmp_path: Path) -> None:
    settings = read(tmp_path, DATABASE_URL="postgresql://u:p%40ss@db/name")
    assert settings.database_url == "postgresql+psycopg://u:p%40ss@db/name"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://u@h/d"),
        ("DATABASE_URL", "not an address"),
        ("REDIS_URL", "localhost:6379"),
        ("SECRET_KEY", "short"),
        ("WEBHOOK_TOKENS", "short"),
        ("WEBHOOK_TOKENS", "a" * 20 + "," + "b" * 20 + "," + "c" * 20),
        ("AFRICASTALKING_SENDER_ID", "far too long a name"),
        ("AFRICASTALKING_BASE_URL", "ftp://host"),
        ("CHANNELS", "africastalking"),
        ("CHANNELS", "main:pigeon"),
        ("CHANNELS", "backup:africastalking"),
        ("CHANNELS", "main:africastalking,main:loopback"),
        ("CHANNELS", "main:loopback,backup:loopback"),
        ("CHANNELS", "main:loopback,Back up:africastalking"),
        ("SEGMENTS_PER_SECOND", "5"),
        ("SEGMENTS_PER_SECOND", "main:many"),
        ("SEGMENTS_PER_SECOND", "main:0"),
        ("SEGMENTS_PER_SECOND", "other:5"),
        ("SEGMENTS_PER_SECOND", "main:5,main:6"),
        ("FALLBACKS", "main:main"),
        ("FALLBACKS", "main:backup"),
        ("SMS_NUMBERS", "36 077 is our number"),
        ("SMS_PRICES", "orange=12.5"),
        ("SMS_PRICES", "orange=xof 12.5"),
        ("SMS_PRICES", "vodafone=XOF 12.5"),
        ("SMS_PRICES", "+22376123456=XOF 1"),
        ("SMS_PRICES", "*=XOF -1"),
        ("USSD_SERVICE_CODES", "*123"),
        ("USSD_NETWORKS", "/no/such/file.toml"),
        ("USSD_SERVICE_CODES", "*123*4567890*1234567890#"),
        ("HELP_PHONE", "call us please"),
        ("TIMEZONE", "Mali/Bamako"),
        ("SENDING_HOURS", "8-18"),
        ("SENDING_HOURS", "18:00-08:00"),
        ("FLOWS", "flows"),
        ("PORT", "99999"),
        ("WEB_WORKERS", "0"),
        ("LOG_LEVEL", "LOUD"),
    ],
)
def test_a_wrong_value_is_one_sentence_that_names_it(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, **{name: value})
    assert str(caught.value).startswith(f"{name} is wrong: ")
    assert "\n" not in str(caught.value)


def test_what_is_wrong_is_quoted_as_it_was_written(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^SMS_PRICES is wrong: '12' is no price like"):
        read(tmp_path, SMS_PRICES="orange=12")
    with pytest.raises(SettingsError, match=r"^TIMEZONE is wrong: No time zone"):
        read(tmp_path, TIMEZONE="Mali/Bamako")


def test_secrets_are_made_once_and_kept_for_their_owner_alone(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = {read(tmp_path).secret_key for _ in pool.map(lambda _: read(tmp_path), range(16))}
    assert len(made) == 1
    for name in ("secret_key", "webhook_token"):
        path = tmp_path / "var" / name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(path.name for path in (tmp_path / "var").iterdir()) == [
        "secret_key",
        "webhook_token",
    ]


def test_no_secret_shows_when_settings_are_printed(tmp_path: Path) -> None:
    secrets = {
        "DATABASE_URL": "postgresql://u:database-word@db/name",
        "REDIS_URL": "redis://:redis-word@host",
        "SECRET_KEY": "key-word-of-this-test",
        "WEBHOOK_TOKENS": "token-word-of-this-test",
        "AFRICASTALKING_API_KEY": "api-word-of-this-test",
    }
    assert "word" not in repr(read(tmp_path, **secrets))


ORANGE = {"ORANGE_CLIENT_ID": "id", "ORANGE_CLIENT_SECRET": "secret", "ORANGE_SENDER": "+2230000"}
KANNEL = {
    "KANNEL_URL": "http://127.0.0.1:13013/cgi-bin/sendsms",
    "KANNEL_USERNAME": "smsgateway",
    "KANNEL_PASSWORD": "secret",
}


def test_channels_are_read_in_their_order_with_the_gateways_they_need(tmp_path: Path) -> None:
    settings = read(
        tmp_path, CHANNELS="main:orange, backup:africastalking,smpp:kannel", **ORANGE, **KANNEL
    )
    assert list(settings.channels.items()) == [
        ("main", "orange"),
        ("backup", "africastalking"),
        ("smpp", "kannel"),
    ]
    assert settings.gateways.orange and settings.gateways.orange.sender == "+2230000"
    assert settings.gateways.kannel and settings.gateways.http is None
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    ("gateway", "given", "missing"),
    [
        *(("orange", ORANGE, name) for name in ORANGE),
        *(("kannel", KANNEL, name) for name in KANNEL),
        ("http", {}, "HTTP_GATEWAY_FILE"),
    ],
)
def test_a_gateway_that_a_channel_names_needs_its_settings(
    tmp_path: Path, gateway: str, given: dict[str, str], missing: str
) -> None:
    with pytest.raises(SettingsError, match=f"^{missing} is missing: CHANNELS names {gateway}"):
        read(tmp_path, **{"CHANNELS": f"main:{gateway}", **given, missing: ""})


def test_the_settings_of_a_gateway_that_no_channel_names_are_not_read(tmp_path: Path) -> None:
    assert read(tmp_path, ORANGE_SENDER="nonsense").gateways.orange is None


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "cannot be read"), ("= no toml", "is not TOML"), ('key = "${NOT_SET}"', "NOT_SET")],
    ids=["no file", "no TOML", "an unset variable"],
)
def test_a_description_that_cannot_be_used_stops_the_start(
    tmp_path: Path, content: str | None, why: str
) -> None:
    file = tmp_path / "gateway.toml"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SettingsError, match=f"^HTTP_GATEWAY_FILE is wrong: .*{why}"):
        read(tmp_path, CHANNELS="main:http", HTTP_GATEWAY_FILE=str(file))


def test_a_description_takes_its_secrets_from_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text('[headers]\nAuthorization = "Bearer ${THE_KEY}"\n')
    values = {"CHANNELS": "main:http", "HTTP_GATEWAY_FILE": str(file), "THE_KEY": "k"}
    assert read(tmp_path, **values).gateways.http == {"headers": {"Authorization": "Bearer k"}}


def test_an_installation_brings_its_own_networks(tmp_path: Path) -> None:
    file = tmp_path / "networks.toml"
    file.write_text("[networks.61002]\nbudget = 182\n")
    assert read(tmp_path, USSD_NETWORKS=str(file)).networks.of("61002").budget == 182
    file.write_text("[networks.61002]\nbudget = 200\n")
    with pytest.raises(SettingsError, match=r"USSD_NETWORKS is wrong: networks\.61002: budget"):
        read(tmp_path, USSD_NETWORKS=str(file))
