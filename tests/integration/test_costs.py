"""What messages cost: charged by the gateways, by month and campaign; what waits, by SMS_PRICES."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from messaging_world import put
from sqlalchemy import insert, update

from smsgateway.campaigns.tables import campaign
from smsgateway.commands.costs import costs, month_bounds
from smsgateway.messaging import costs as room
from smsgateway.messaging.classes import MessageClass
from smsgateway.messaging.tables import message
from smsgateway.register.phones import ensure_phone
from smsgateway.register.tables import facility
from smsgateway.staff.tables import staff
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database
from smsgateway.text.prices import Prices

ORANGE, MALITEL = "+22376123456", "+22366123456"
PRICES = Prices.parse("orange=XOF 12.5,malitel=XOF 15")
OCTOBER, NOVEMBER, DECEMBER = (datetime(2026, month, 1, tzinfo=UTC) for month in (10, 11, 12))


def accepted(
    database: Database,
    clock: FixedClock,
    at: datetime,
    cost: str | None,
    currency: str | None = "XOF",
    **others: object,
) -> None:
    """A message that a gateway took, with what it charged."""
    one = put(database, clock, **others)  # type: ignore[arg-type]
    values = {
        "state": "sent",
        "accepted_at": at,
        "cost": None if cost is None else Decimal(cost),
        "currency": currency if cost is not None else None,
    }
    with database.begin() as connection:
        connection.execute(update(message).where(message.c.id == one).values(values))


@pytest.fixture
def campaign_id(database: Database, clock: FixedClock) -> int:
    with database.begin() as connection:
        connection.execute(
            insert(facility),
            {"id": 1, "code": "C1", "name": "Centre", "kind": "cscom", "region": "Bamako"},
        )
        connection.execute(
            insert(staff),
            {
                "id": 1,
                "name": "Agent (démo)",
                "phone_id": ensure_phone(connection, "+22376000009", clock.now()),
                "facility_id": 1,
                "role": "head",
                "created_at": clock.now(),
            },
        )
        connection.execute(
            insert(campaign),
            {
                "id": 5,
                "reference": "C7K3FX",
                "idempotency_key": "key",
                "facility_id": 1,
                "staff_id": 1,
                "audience": "due_within_week",
                "template": "notice_within_week",
                "on_date": date(2026, 11, 23),
                "recipients": 2,
                "segments": 3,
                "created_at": clock.now(),
            },
        )
    return 5


def test_months_add_up_what_was_charged_and_keep_currencies_apart(
    database: Database, clock: FixedClock
) -> None:
    accepted(database, clock, OCTOBER, "20.1234", segments=2)
    accepted(database, clock, OCTOBER, "0.0001")
    accepted(database, clock, OCTOBER, "0.0079", "USD")
    accepted(database, clock, NOVEMBER, "1", None)
    accepted(database, clock, DECEMBER, "99")
    put(database, clock)
    with database.read() as connection:
        first, second = room.by_month(connection, [OCTOBER, NOVEMBER, DECEMBER], PRICES)
    assert (first.heading, first.messages, first.segments) == (0, 3, 4)
    assert first.charged == {"XOF": Decimal("20.1235"), "USD": Decimal("0.0079")}
    assert (second.heading, second.charged) == (1, {None: Decimal(1)})


def test_a_price_that_was_not_told_is_guessed_beside_the_charge_and_never_in_it(
    database: Database, clock: FixedClock
) -> None:
    accepted(database, clock, OCTOBER, "20", to=ORANGE)
    accepted(database, clock, OCTOBER, None, to=ORANGE, segments=2)
    accepted(database, clock, OCTOBER, None, to=MALITEL, segments=1)
    accepted(database, clock, OCTOBER, None, to="+22350000000", segments=4)
    with database.read() as connection:
        (only,) = room.by_class(connection, OCTOBER, NOVEMBER, PRICES)
    assert (only.heading, only.charged) == ("reminder", {"XOF": Decimal(20)})
    assert (only.guessed.segments, only.guessed.unpriced) == (7, 4)
    assert only.guessed.amounts == {"XOF": Decimal("40.0")}


def test_a_campaign_has_its_own_account_and_what_waits_of_it_is_forecast(
    database: Database, clock: FixedClock, campaign_id: int
) -> None:
    mine = {"message_class": MessageClass.CAMPAIGN, "campaign_id": campaign_id}
    accepted(database, clock, NOVEMBER, "20", **mine)
    accepted(database, clock, NOVEMBER, "7")
    put(database, clock, to=ORANGE, segments=3, **mine)
    put(database, clock, to=MALITEL)
    with database.read() as connection:
        (in_month,) = room.by_campaign(connection, NOVEMBER, DECEMBER, PRICES)
        spent = room.of_campaign(connection, campaign_id, PRICES)
        (rest,) = room.waiting(connection, PRICES, campaign_id)
        everything = room.waiting(connection, PRICES)
    assert spent == in_month and in_month.charged == {"XOF": Decimal(20)}
    assert (rest.messages, rest.cost.amounts) == (1, {"XOF": Decimal("37.5")})
    assert {one.heading: one.cost.amounts["XOF"] for one in everything} == {
        "campaign": Decimal("37.5"),
        "reminder": Decimal(15),
    }


@pytest.mark.parametrize("zone", ["Africa/Bamako", "Africa/Nairobi"])
def test_a_month_begins_at_local_midnight(zone: str) -> None:
    timezone = ZoneInfo(zone)
    bounds = month_bounds(datetime(2026, 12, 31, 22, 30, tzinfo=UTC), timezone, 2)
    local = [(2026, 12), (2027, 1)] if zone == "Africa/Bamako" else [(2027, 1), (2027, 2)]
    assert [(one.year, one.month) for one in bounds[1:]] == local
    assert all(one.tzinfo is timezone and (one.day, one.hour) == (1, 0) for one in bounds)


@pytest.fixture
def run(database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> CliRunner:
    monkeypatch.setenv("DATABASE_URL", database.url.render_as_string(hide_password=False))
    monkeypatch.setenv("SMSGATEWAY_VAR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "120")
    return CliRunner()


def test_the_command_shows_months_kinds_and_campaigns(
    run: CliRunner,
    database: Database,
    clock: FixedClock,
    campaign_id: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SMS_PRICES", "orange=XOF 12.5")
    mine = {"message_class": MessageClass.CAMPAIGN, "campaign_id": campaign_id}
    this_month = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    accepted(database, clock, this_month, "1250.5", segments=80, **mine)
    accepted(database, clock, this_month, None, to=ORANGE, segments=2)
    put(database, clock, to=MALITEL, **mine)
    month = f"{this_month:%Y-%m}"
    for arguments, seen in (
        ([], [month, "XOF 1,250.5", "~ XOF 25", "Waiting", "1 unpriced", "█"]),
        (["--month", month], ["reminder", "C7K3FX notice_within_week, Centre", "XOF 1,250.5"]),
        (["--campaign", "c7k3fx"], ["XOF 1,250.5", "Waiting"]),
    ):
        result = run.invoke(costs, arguments)
        assert result.exit_code == 0, result.output
        assert [text for text in seen if text not in result.output] == []


@pytest.mark.parametrize(
    ("arguments", "seen", "status"),
    [
        ([], "Nothing was sent there, and nothing waits.", 0),
        (["--month", "2026-11"], "Nothing was sent there", 0),
        (["--month", "November"], "write a month like 2026-11", 2),
        (["--month", "9999-12"], "write a month like 2026-11", 2),
        (["--campaign", "ZZZZZZ"], "There is no campaign ZZZZZZ.", 2),
        (["--campaign", "A", "--month", "2026-11"], "not both", 2),
    ],
)
def test_an_empty_or_wrong_question_has_a_sentence(
    run: CliRunner, arguments: list[str], seen: str, status: int
) -> None:
    result = run.invoke(costs, arguments)
    assert seen in result.output and result.exit_code == status
