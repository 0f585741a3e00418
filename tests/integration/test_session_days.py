"""Closed days, campaign days and stock-outs: what they say, and whom they mark for a new plan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Connection, event, func, insert, select

from smsgateway.cli import cli
from smsgateway.register import campaign_days, changes, closures, public_holidays, stockouts
from smsgateway.register.openings import Opening, openings
from smsgateway.register.session_tables import closure, facility_mark
from smsgateway.register.tables import facility, person, plan_mark
from smsgateway.storage.engine import Database

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
CHRISTMAS = date(2026, 12, 25)
START, END = date(2026, 1, 1), date(2027, 12, 31)
BANCONI, SABALIBOUGOU = 1, 2
PEOPLE = 7


@pytest.fixture
def places(database: Database) -> Database:
    """Two facilities: seven people are followed at the first, two at the second."""
    settle(database)
    return database


def settle(database: Database) -> None:
    with database.begin() as connection:
        for code in ("BANCONI", "SABALI"):
            row = {"code": code, "name": code.title(), "kind": "cscom", "region": "Bamako"}
            connection.execute(insert(facility), row)
        one = {"first_name": "Awa", "sex": "F", "birth_date": date(2026, 1, 5), "created_at": NOW}
        for place in [BANCONI] * PEOPLE + [SABALIBOUGOU] * 2:
            connection.execute(insert(person), one | {"facility_id": place})


def waiting(connection: Connection) -> list[tuple[int, int]]:
    """Facilities with a mark, and up to whom it has been spread."""
    rows = connection.execute(select(facility_mark).order_by(facility_mark.c.facility_id))
    return [(row.facility_id, row.after_id) for row in rows]


def marked(connection: Connection) -> list[int]:
    query = select(plan_mark.c.person_id).order_by(plan_mark.c.person_id)
    return list(connection.scalars(query))


def test_a_holiday_closes_everywhere_and_a_facility_closes_alone(places: Database) -> None:
    with places.begin() as connection:
        closures.close(connection, CHRISTMAS, "Fête de Noël", NOW)
        closures.close(connection, date(2026, 12, 1), "Travaux", NOW, facility_id=BANCONI)

        assert closures.closed_days(connection, BANCONI, START, END) == {
            date(2026, 12, 1),
            CHRISTMAS,
        }
        assert closures.closed_days(connection, SABALIBOUGOU, START, END) == {CHRISTMAS}
        assert closures.closed_days(connection, BANCONI, START, date(2026, 12, 1)) == {
            date(2026, 12, 1)
        }


@pytest.mark.parametrize("place", [None, BANCONI])
def test_a_day_is_closed_once_and_opened_again_once(places: Database, place: int | None) -> None:
    with places.begin() as connection:
        closures.close(connection, CHRISTMAS, "Noël", NOW, facility_id=place)
        closures.close(connection, CHRISTMAS, "Fête de Noël", NOW, facility_id=place)
        assert connection.scalar(select(func.count()).select_from(closure)) == 1
        assert closures.reopen(connection, CHRISTMAS, NOW, facility_id=place)
        assert not closures.reopen(connection, CHRISTMAS, NOW, facility_id=place)
        assert closures.closed_days(connection, BANCONI, START, END) == frozenset()


def test_the_holidays_of_a_year_are_added_once_and_the_moon_is_an_estimate(
    places: Database,
) -> None:
    with places.begin() as connection:
        new = public_holidays.add_holidays(connection, 2026, NOW)
        assert public_holidays.add_holidays(connection, 2026, NOW) == []
        listed = closures.listed(connection, START, END)

    by_reason = {one.reason: one for one in listed}
    assert len(new) == len(listed) == 12
    assert by_reason["Fête Nationale de la République du Mali"].confirmed
    assert not by_reason["Journée de la Tabaski"].confirmed


def test_the_day_that_is_announced_takes_the_place_of_the_estimate(places: Database) -> None:
    feast = "Journée de la Tabaski"
    with places.begin() as connection:
        public_holidays.add_holidays(connection, 2026, NOW)
        closures.close(connection, date(2026, 5, 28), feast, NOW)
        public_holidays.add_holidays(connection, 2026, NOW)
        listed = closures.listed(connection, START, date(2026, 12, 31))

    assert [(one.date, one.confirmed) for one in listed if one.reason == feast] == [
        (date(2026, 5, 28), True)
    ]
    assert date(2026, 5, 27) not in {one.date for one in listed}


def test_a_feast_that_comes_twice_in_a_year_keeps_both_days(places: Database) -> None:
    """The end of Ramadan is celebrated twice in 2033; one announcement does not move the other."""
    feast = "Journée de la Fête du Ramadan"
    with places.begin() as connection:
        public_holidays.add_holidays(connection, 2033, NOW)
        year = date(2033, 1, 1), date(2033, 12, 31)
        days = [one.date for one in closures.listed(connection, *year) if one.reason == feast]
        closures.close(connection, days[0] + timedelta(days=1), feast, NOW)
        now = [one.date for one in closures.listed(connection, *year) if one.reason == feast]

    assert len(days) == 2
    assert now == [days[0] + timedelta(days=1), days[1]]


def test_a_stock_out_is_of_one_facility_until_it_ends(places: Database) -> None:
    with places.begin() as connection:
        assert stockouts.put_out(connection, BANCONI, "penta", NOW)
        assert not stockouts.put_out(connection, BANCONI, "PENTA", LATER)
        assert stockouts.out_of_stock(connection, BANCONI) == {"PENTA"}
        assert stockouts.out_of_stock(connection, SABALIBOUGOU) == frozenset()
        [listed] = stockouts.listed(connection)
        assert (listed.facility_code, listed.dose, listed.since) == ("BANCONI", "PENTA", NOW)
        assert stockouts.bring_back(connection, BANCONI, "PENTA", LATER)
        assert not stockouts.bring_back(connection, BANCONI, "PENTA", LATER)
        assert stockouts.out_of_stock(connection, BANCONI) == frozenset()


def test_a_campaign_that_vaccinates_is_an_extra_session_and_another_is_not(
    places: Database,
) -> None:
    catch_up, vitamins = date(2026, 12, 2), date(2026, 12, 3)
    with places.begin() as connection:
        campaign_days.add(connection, "rattrapage", [catch_up], NOW)
        campaign_days.add(connection, "RATTRAPAGE", [catch_up], NOW)
        campaign_days.add(connection, "SIAN", [vitamins], NOW, facility_id=BANCONI)
        held = campaign_days.held_at(connection, [BANCONI, SABALIBOUGOU], START, END)

        for place in (BANCONI, SABALIBOUGOU):
            assert campaign_days.extra_sessions(held[place], START) == {catch_up}
            assert campaign_days.extra_sessions(held[place], vitamins) == frozenset()
        assert held[BANCONI]["SIAN"] == {vitamins}
        assert held[SABALIBOUGOU]["SIAN"] == frozenset()
        assert len(campaign_days.listed(connection, START, END)) == 2
        assert campaign_days.remove(connection, "RATTRAPAGE", catch_up, NOW)
        assert not campaign_days.remove(connection, "RATTRAPAGE", catch_up, NOW)


def test_a_campaign_that_nobody_knows_is_refused(places: Database) -> None:
    with places.begin() as connection, pytest.raises(KeyError):
        campaign_days.add(connection, "CIRQUE", [CHRISTMAS], NOW)


def test_all_that_moves_visits_is_read_in_three_statements(places: Database) -> None:
    with places.begin() as connection:
        closures.close(connection, CHRISTMAS, "Fête de Noël", NOW)
        campaign_days.add(connection, "SEANCE", [START], NOW, facility_id=BANCONI)
        stockouts.put_out(connection, SABALIBOUGOU, "RR1", NOW)
    statements: list[str] = []
    with places.read() as connection:
        event.listen(connection, "before_cursor_execute", lambda *call: statements.append(call[2]))
        found = openings(connection, [BANCONI, SABALIBOUGOU], START, END)

    assert len(statements) == 3
    assert found == {
        BANCONI: Opening(
            frozenset({CHRISTMAS}),
            frozenset({START}),
            frozenset(),
            {"SEANCE": frozenset({START})},
        ),
        SABALIBOUGOU: Opening(
            frozenset({CHRISTMAS}), frozenset(), frozenset({"RR1"}), {"SEANCE": frozenset()}
        ),
    }


@pytest.mark.parametrize(
    ("change", "facilities"),
    [
        pytest.param(lambda c: closures.close(c, CHRISTMAS, "Noël", NOW), [1, 2], id="a holiday"),
        pytest.param(
            lambda c: closures.close(c, CHRISTMAS, "Travaux", NOW, facility_id=1), [1], id="closed"
        ),
        pytest.param(lambda c: public_holidays.add_holidays(c, 2026, NOW), [1, 2], id="a year"),
        pytest.param(lambda c: closures.reopen(c, CHRISTMAS, NOW), [], id="open already"),
        pytest.param(lambda c: stockouts.put_out(c, 2, "RR1", NOW), [2], id="out of stock"),
        pytest.param(lambda c: stockouts.bring_back(c, 2, "RR1", NOW), [], id="never was out"),
        pytest.param(
            lambda c: campaign_days.add(c, "SEANCE", [CHRISTMAS], NOW, facility_id=1),
            [1],
            id="an extra session",
        ),
    ],
)
def test_a_change_is_one_mark_a_facility_however_many_people(
    places: Database, change: Callable[[Connection], object], facilities: list[int]
) -> None:
    with places.begin() as connection:
        change(connection)
        assert waiting(connection) == [(one, 0) for one in facilities]
        assert marked(connection) == []


def test_a_mark_is_spread_over_people_in_batches_and_goes_with_the_last(places: Database) -> None:
    with places.begin() as connection:
        changes.mark_facilities(connection, [BANCONI], NOW)
    spread, left = [], []
    for _ in range(4):
        with places.begin() as connection:
            spread.append(changes.spread(connection, LATER, 3))
            left.append(waiting(connection))

    assert spread == [3, 3, 1, 0]
    assert left == [[(BANCONI, 3)], [(BANCONI, 6)], [], []]
    with places.read() as connection:
        assert marked(connection) == list(range(1, PEOPLE + 1))


def test_a_facility_with_a_whole_number_of_batches_loses_its_mark_too(places: Database) -> None:
    with places.begin() as connection:
        changes.mark_facilities(connection, [BANCONI], NOW)
        assert [changes.spread(connection, LATER, PEOPLE) for _ in range(2)] == [PEOPLE, 0]
        assert waiting(connection) == []


def test_a_mark_that_is_renewed_begins_again_with_the_first_person(places: Database) -> None:
    with places.begin() as connection:
        changes.mark_facilities(connection, [BANCONI], NOW)
        changes.spread(connection, NOW, 5)
        changes.mark_facilities(connection, [BANCONI], LATER)
        assert waiting(connection) == [(BANCONI, 0)]


def test_a_batch_that_is_lost_is_spread_again(places: Database) -> None:
    """The process dies before the commit: the mark of the facility is as it was."""
    with places.begin() as connection:
        changes.mark_facilities(connection, [BANCONI], NOW)
    with pytest.raises(ZeroDivisionError), places.begin() as connection:
        changes.spread(connection, LATER, 3)
        raise ZeroDivisionError
    with places.read() as connection:
        assert waiting(connection) == [(BANCONI, 0)]
        assert marked(connection) == []


def test_the_facility_that_waited_longest_comes_first(places: Database) -> None:
    with places.begin() as connection:
        changes.mark_facilities(connection, [SABALIBOUGOU], NOW)
        changes.mark_facilities(connection, [BANCONI], LATER)
        assert changes.spread(connection, LATER, 3) == 3
        assert marked(connection) == [1, PEOPLE + 1, PEOPLE + 2]
        assert waiting(connection) == [(BANCONI, 1)]


def test_one_batch_takes_along_many_facilities_with_few_people(places: Database) -> None:
    with places.begin() as connection:
        changes.mark_place(connection, None, NOW)
        assert changes.spread(connection, LATER, 100) == PEOPLE + 2
        assert waiting(connection) == []


def test_a_facility_that_follows_nobody_is_not_marked(places: Database) -> None:
    with places.begin() as connection:
        town_hall = {"code": "MAIRIE", "name": "Mairie", "kind": "mairie", "region": "Bamako"}
        connection.execute(insert(facility), town_hall)
        changes.mark_place(connection, None, NOW)
        changes.mark_facilities(connection, [3], NOW)
        assert waiting(connection) == [(BANCONI, 0), (SABALIBOUGOU, 0)]


Run = Callable[..., Result]


@pytest.fixture
def run(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line on a database with two facilities."""
    settle(sqlite_database)
    monkeypatch.setenv("DATABASE_URL", sqlite_database.url.render_as_string())
    return lambda line: CliRunner().invoke(cli, line.split())


def test_the_calendar_is_kept_by_command(run: Run) -> None:
    holidays = run("calendar holidays --year 2026")
    assert "2026-05-27  Journée de la Tabaski  (estimate, to be confirmed)" in holidays.output
    assert "12 days are closed that were not." in holidays.output
    assert "1 days" in run("calendar close 24/12/2026 --reason Travaux --facility BANCONI").output
    assert "1 days" in run("calendar open 25/12/2026").output
    assert "2 days noted" in run("calendar campaign sian 2026-12-01 2026-12-02").output
    assert "1 days taken back" in run("calendar campaign SIAN 2026-12-02 --remove").output

    listed = run("calendar list --from 2026-12-01 --to 2026-12-31").output
    assert [word for word in listed.split() if word.startswith("2026")] == [
        "2026-12-01",
        "2026-12-24",
    ]
    assert "BANCONI" in listed


def test_the_stock_out_switch_is_turned_by_command(run: Run) -> None:
    assert "RR1 is now out of stock at BANCONI." in run("stock out BANCONI var1").output
    assert "already" in run("stock out BANCONI RR1").output
    assert "RR1" in run("stock list").output
    assert "in stock again" in run("stock in BANCONI RR1").output
    assert "was not out of stock" in run("stock in BANCONI RR1").output


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("stock out NOWHERE RR1", "There is no facility NOWHERE."),
        ("stock out BANCONI VPI2", "VPI2 is no dose or series that the schedule gives."),
        ("stock in BANCONI XYZ", "XYZ is no dose or series that the schedule gives."),
        ("calendar close 2026-12-24 --reason x --facility NOWHERE", "There is no facility"),
        ("calendar campaign SIAN 2026-12-24 --remove", "is not held on 2026-12-24"),
        ("calendar campaign CIRQUE 2026-12-24", "'CIRQUE' is not one of"),
        ("calendar close yesterday --reason x", "does not match the formats"),
    ],
)
def test_what_cannot_be_done_is_refused_with_one_sentence(run: Run, line: str, reason: str) -> None:
    result = run(line)

    assert result.exit_code == 2
    assert reason in result.stderr
