"""The real Kannel of Debian with the configuration that we ship: sent, reported, written to."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from flask import Flask
from messaging_world import put, row, sender
from redis import Redis
from sqlalchemy import select
from tiny_application import eventually

from smsgateway.aggregators.kannel import Kannel
from smsgateway.gateway_settings import GatewaySettings, KannelSettings
from smsgateway.messaging.port import BadCredentials, OutboundSms
from smsgateway.messaging.receipts import settle_parked
from smsgateway.messaging.tables import delivery_report, inbound_message
from smsgateway.paths import locales_dir
from smsgateway.service import Service
from smsgateway.settings import Settings
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database
from smsgateway.text.catalogue import Catalogue
from smsgateway.web.simulator.server import Server, running
from smsgateway.web.webhooks import sms

CONFIGURATION = Path(__file__).parents[2] / "docs" / "kannel" / "kannel.conf"
FAKESMSC = "/usr/lib/kannel/test/fakesmsc"
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"
AMINATA = "+22370000001"

pytestmark = pytest.mark.skipif(
    not (shutil.which("bearerbox", path=PATH) and Path(FAKESMSC).exists()),
    reason="Kannel is not installed (Debian packages kannel and kannel-extras)",
)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextmanager
def process(*command: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / f"{Path(command[0]).name}.out").open("ab") as out:
        started = subprocess.Popen(
            command, cwd=folder, stdout=out, stderr=out, env={**os.environ, "PATH": PATH}
        )
    try:
        yield started
    finally:
        started.terminate()
        with suppress(subprocess.TimeoutExpired):
            started.wait(10)
        started.kill()
        started.wait()


@dataclass(frozen=True)
class World:
    """A running Kannel whose callbacks come to our webhooks."""

    gateway: Kannel
    settings: KannelSettings
    smsc_port: int
    folder: Path


def configured(folder: Path, webhooks: str, ports: dict[str, int]) -> Path:
    """The configuration that we ship, with other ports, folders and addresses."""
    text = CONFIGURATION.read_text(encoding="utf-8")
    for old, new in {
        **{f" = {old}\n": f" = {port}\n" for old, port in ports.items()},
        "/var/log/kannel": str(folder),
        "/var/spool/kannel": str(folder / "spool"),
        "http://127.0.0.1:8000/webhooks/kannel/main/TOKEN": webhooks,
    }.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "spool").mkdir()
    written = folder / "kannel.conf"
    written.write_text(text, encoding="utf-8")
    return written


@pytest.fixture
def world(
    settings: Settings, sqlite_database: Database, redis: Redis, clock: FixedClock, tmp_path: Path
) -> Iterator[World]:
    ports = {port: free_port() for port in ("13000", "13001", "13013", "10000")}
    url = f"http://127.0.0.1:{ports['13013']}/cgi-bin/sendsms"
    told = KannelSettings(url, "smsgateway", "change-me-too")
    settings = replace(settings, channels={"main": "kannel"}, gateways=GatewaySettings(kannel=told))
    app = Flask("webhooks")
    app.register_blueprint(
        sms.blueprint(
            Service(settings, sqlite_database, redis, clock, Catalogue.load(locales_dir()))
        )
    )
    with ExitStack() as stack:
        web = stack.enter_context(running(Server(app, "127.0.0.1", 0)))
        base = f"{web.url}/webhooks/kannel/main/{settings.webhook_tokens[0]}"
        file = str(configured(tmp_path, base, ports))
        stack.enter_context(process("bearerbox", file, folder=tmp_path))
        eventually(lambda: listens(ports["13001"]))
        stack.enter_context(process("smsbox", file, folder=tmp_path))
        told = replace(told, callback_base=base)
        gateway = Kannel(told)
        eventually(lambda: gateway.health().ok)
        yield World(gateway, told, ports["10000"], tmp_path)


def listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def test_a_message_goes_out_and_comes_back_as_delivered_and_a_stop_comes_in(
    world: World, sqlite_database: Database, clock: FixedClock
) -> None:
    one = put(sqlite_database, clock, to=AMINATA, body="Bonjour é")
    two = put(sqlite_database, clock, to="+22370000002", body="Ɲɛ ɔ")
    sender(sqlite_database, clock, world.gateway).drain()
    assert row(sqlite_database, one).state == "sent", "the smsbox takes it before the SMSC is there"
    smsc = (FAKESMSC, "-H", "127.0.0.1", "-r", str(world.smsc_port), "-m", "1")
    with process(*smsc, f"{AMINATA} 36000 text STOP", folder=world.folder):
        eventually(lambda: statuses(sqlite_database) == ["1", "1", "8", "8"])
        eventually(lambda: inbound(sqlite_database) == [(AMINATA, "36000", "STOP")])
    settle_parked(sqlite_database, clock.now())
    assert [row(sqlite_database, each).state for each in (one, two)] == ["delivered"] * 2
    seen = (world.folder / "fakesmsc.out").read_text(encoding="utf-8", errors="replace")
    assert "text Bonjour é>" in seen
    assert "ucs-2 %01%9D" in seen


def test_wrong_credentials_are_known(world: World) -> None:
    stranger = Kannel(replace(world.settings, password="wrong"))
    with pytest.raises(BadCredentials):
        stranger.send([OutboundSms(1, AMINATA, "Bonjour")])
    assert not stranger.health().ok


def statuses(database: Database) -> list[str]:
    with database.read() as connection:
        return sorted(connection.scalars(select(delivery_report.c.status)))


def inbound(database: Database) -> list[tuple[str, str, str]]:
    columns = inbound_message.c
    with database.read() as connection:
        rows = connection.execute(select(columns.msisdn, columns.recipient, columns.body))
        return [(one.msisdn, one.recipient, one.body) for one in rows]
