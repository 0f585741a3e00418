"""Finding a place of care or of social services on a phone that shows five lines."""

from __future__ import annotations

from itertools import product

import pytest
from sqlalchemy import Connection, insert

from smsgateway.register import directory
from smsgateway.register.directory import FEW, MOST_PLACES, Area, Areas, Group, Places
from smsgateway.register.tables import facility
from smsgateway.storage.engine import Database

REGIONS, DISTRICTS, COMMUNES, CENTRES = 3, 2, 4, 5


def add(connection: Connection, code: str, region: str, **others: str | None) -> None:
    row = {"code": code, "name": f"Centre {code}", "kind": "cscom", "region": region} | others
    connection.execute(insert(facility), row)


@pytest.fixture
def country(database: Database) -> Database:
    """A hundred and twenty centres in three regions, and one town hall."""
    with database.begin() as connection:
        for region, district, commune, number in product(
            range(REGIONS), range(DISTRICTS), range(COMMUNES), range(CENTRES)
        ):
            add(
                connection,
                f"ML-{region}{district}{commune}{number}",
                f"Région {region}",
                district=f"District {district}",
                commune=f"Commune {region}{district}{commune}",
            )
        add(connection, "M1", "Région 1", kind="mairie", name="Mairie")
    return database


def labels(found: Areas | Places) -> list[str]:
    return [label for _, label in found.options]


def test_many_places_are_narrowed_by_region_district_and_commune(country: Database) -> None:
    with country.read() as connection:
        area: Area = ()
        for expected in (REGIONS, DISTRICTS, COMMUNES):
            found = directory.narrow(connection, Group.HEALTH, area)
            assert isinstance(found, Areas)
            assert len(found.options) == expected
            area = found.options[1][0]
        assert area == ("Région 1", "District 1", "Commune 111")
        found = directory.narrow(connection, Group.HEALTH, area)
        assert isinstance(found, Places)
        assert labels(found) == [f"Centre ML-111{number}" for number in range(CENTRES)]


def test_few_places_are_listed_at_once(country: Database) -> None:
    with country.read() as connection:
        found = directory.narrow(connection, Group.SOCIAL)
        assert isinstance(found, Places)
        assert labels(found) == ["Mairie"]


def test_a_group_without_places_gives_an_empty_list(database: Database) -> None:
    with database.read() as connection:
        assert directory.narrow(connection, Group.SOCIAL) == Places([])


def test_a_level_that_does_not_tell_places_apart_is_passed_over(database: Database) -> None:
    """All in one district, and no commune written down: the region, then the places."""
    with database.begin() as connection:
        for number in range(FEW + 1):
            add(connection, f"A{number}", "Kayes", district="Kita")
            add(connection, f"B{number}", "Ségou", district="Bla")
        found = directory.narrow(connection, Group.HEALTH)
        assert labels(found) == ["Kayes", "Ségou"]
        listed = directory.narrow(connection, Group.HEALTH, ("Kayes",))
    assert isinstance(listed, Places)
    assert len(listed.options) == FEW + 1


def test_a_place_without_a_district_hides_behind_no_district(database: Database) -> None:
    with database.begin() as connection:
        for number in range(FEW + 1):
            add(connection, f"A{number}", "Kayes", district="Kita" if number % 2 else None)
        found = directory.narrow(connection, Group.HEALTH)
    assert isinstance(found, Places)
    assert len(found.options) == FEW + 1


def test_too_many_places_are_offered_in_stretches_of_the_alphabet(database: Database) -> None:
    with database.begin() as connection:
        for number in range(MOST_PLACES * 2 + 1):
            add(connection, f"{number:03}", "Bamako", name=f"{number:03} Centre")
        found = directory.narrow(connection, Group.HEALTH)
        assert isinstance(found, Areas)
        assert labels(found) == [
            "000 Centr - 019 Centr",
            "020 Centr - 039 Centr",
            "040 Centr - 040 Centr",
        ]
        everything = [
            place
            for area, _ in found.options
            for place in directory.narrow(connection, Group.HEALTH, area).options
        ]
    assert len(set(everything)) == len(everything) == MOST_PLACES * 2 + 1


def test_around_a_place_is_what_lies_in_its_commune(country: Database) -> None:
    with country.begin() as connection:
        lies_in = {"district": "District 0", "commune": "Commune 000"}
        add(connection, "M2", "Région 0", kind="mairie", name="Mairie", **lies_in)
        add(connection, "X1", "Région 9")
        add(connection, "X2", "Région 9")
        here, remote = (directory.by_code(connection, code) for code in ("ML-0000", "X1"))
        assert here is not None
        assert remote is not None
        found = [name for _, name in directory.around(connection, here.id)]
        assert [name for _, name in directory.around(connection, remote.id)] == ["Centre X2"]
        assert directory.around(connection, 9_999) == []
    assert found == [*(f"Centre ML-000{number}" for number in range(1, CENTRES)), "Mairie"]


@pytest.mark.parametrize("typed", ["ML-0101", "ml0101", "ML 01.01"])
def test_a_code_is_found_however_it_is_typed(country: Database, typed: str) -> None:
    with country.read() as connection:
        found = directory.by_code(connection, typed)
        assert found is not None
        assert found.name == "Centre ML-0101"
        assert directory.entry(connection, found.id) == found


def test_a_code_that_two_places_share_once_typed_finds_neither(country: Database) -> None:
    with country.begin() as connection:
        add(connection, "ML01-01", "Région 0")
        assert directory.by_code(connection, "ML0101") is None
        assert directory.by_code(connection, "ML9999") is None
        assert directory.entry(connection, 9_999) is None
