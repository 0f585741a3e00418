"""What nobody could read is counted, shown without what is personal, and read again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from smsgateway.aggregators.base import FORM, RawRequest, UnusableCallback
from smsgateway.aggregators.registry import aggregators_of
from smsgateway.cli import cli
from smsgateway.messaging.tables import inbound_message, unread_callback
from smsgateway.service import Service
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database
from smsgateway.web.webhooks.intake import Intake
from smsgateway.web.webhooks.readings import READ, Callback, Kind
from smsgateway.web.webhooks.rereading import reread

STOP = b"id=77&from=%2B22370000001&text=STOP"


def post(service: Service, body: bytes) -> None:
    aggregators = aggregators_of(service.settings)
    request = RawRequest(FORM, body)
    Intake(service, aggregators).take(Callback(Kind.SMS, "main", request, service.clock.now()))


@pytest.fixture
def unread_stop(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """A STOP in a form that the reader of its day did not know, and a callback without sense."""

    def of_its_day(*_: object) -> None:
        raise UnusableCallback("an inbound SMS needs a sender")

    with monkeypatch.context() as patched:
        patched.setitem(READ, Kind.SMS, of_its_day)  # type: ignore[arg-type]
        post(service, STOP)
    post(service, b"what=secret")


@pytest.mark.usefixtures("unread_stop")
def test_what_can_be_read_by_now_is_taken_in_once_as_of_when_it_came(
    service: Service, database: Database, clock: FixedClock
) -> None:
    came = clock.now()
    clock.move(timedelta(days=2))
    aggregators = aggregators_of(service.settings)
    assert [reread(service, aggregators) for _ in range(2)] == [1, 0]
    with database.read() as connection:
        kept = connection.execute(select(inbound_message)).one()
        (left,) = connection.execute(select(unread_callback)).all()
    assert (kept.body, kept.received_at) == ("STOP", came)
    assert left.body == b"what=secret"


@pytest.mark.usefixtures("unread_stop")
def test_what_came_for_a_channel_that_is_gone_stays(service: Service, database: Database) -> None:
    assert reread(service, {}) == 0
    with database.read() as connection:
        assert len(connection.execute(select(unread_callback)).all()) == 2


@pytest.mark.usefixtures("unread_stop")
def test_the_command_shows_why_and_only_on_request_what(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = service.settings
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("SMSGATEWAY_VAR", str(settings.var_dir))
    monkeypatch.setenv("AFRICASTALKING_API_KEY", "key-for-tests-alone")
    monkeypatch.setenv("COLUMNS", "200")
    run = CliRunner().invoke
    plain = run(cli, ["unread"])
    assert plain.exit_code == 0 and "sms: 2" in plain.output and "secret" not in plain.output
    assert "what=secret" in run(cli, ["unread", "--raw"]).output
    assert "Taken in: 1." in run(cli, ["unread", "--retry"]).output
    assert "sms: 1" in run(cli, ["unread"]).output
