"""The migrations make exactly the tables that the code declares, on both databases."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine, create_engine, inspect, select, text

from smsgateway.enrolment.tables import scheme
from smsgateway.register.tables import encounter, plan_mark
from smsgateway.schema import metadata
from smsgateway.storage import migrate
from smsgateway.storage.engine import Database


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_databases(request: pytest.FixtureRequest, tmp_path: Path) -> list[Database]:
    """Two databases without tables."""
    names = [f"empty_{tmp_path.name}_{i}".replace("-", "_").lower()[:60] for i in range(2)]
    if request.param == "sqlite":
        databases = [Database(f"sqlite:///{tmp_path}/{name}.db") for name in names]
    else:
        server = request.getfixturevalue("postgresql_server")
        with create_engine(server, isolation_level="AUTOCOMMIT").connect() as connection:
            for name in names:
                connection.execute(text(f'CREATE DATABASE "{name}"'))
        urls = [server.set(database=name) for name in names]
        databases = [Database(url.render_as_string(hide_password=False)) for url in urls]
    for database in databases:
        request.addfinalizer(database.dispose)
    return databases


def shape(engine: Engine) -> dict[str, Any]:
    """Tables as the database itself describes them, in an order that does not depend on it."""
    inspector = inspect(engine)
    return {
        table: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"], column["default"])
                for column in inspector.get_columns(table)
            },
            "primary key": inspector.get_pk_constraint(table),
            "foreign keys": sorted(map(repr, inspector.get_foreign_keys(table))),
            "unique": sorted(map(repr, inspector.get_unique_constraints(table))),
            "indexes": {
                index["name"]: (
                    index["column_names"],
                    index["unique"],
                    {key: str(value) for key, value in index.get("dialect_options", {}).items()},
                )
                for index in inspector.get_indexes(table)
            },
        }
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


def test_migrations_make_the_tables_that_the_code_declares(
    empty_databases: list[Database],
) -> None:
    declared, migrated = empty_databases
    metadata.create_all(declared.engine)
    migrate.upgrade(migrated)
    assert shape(migrated.engine) == shape(declared.engine)
    assert migrate.differences(migrated, metadata) == []


def test_a_database_without_tables_is_told_apart_and_upgraded_once(
    empty_databases: list[Database],
) -> None:
    database = empty_databases[0]
    with pytest.raises(migrate.SchemaOutOfDate, match="no tables yet: run `smsgateway db upgrade`"):
        migrate.check(database)
    assert migrate.upgrade(database) == migrate.head()
    assert migrate.upgrade(database) == migrate.head()
    migrate.check(database)


def test_processes_that_start_together_upgrade_one_after_the_other(
    empty_databases: list[Database],
) -> None:
    database = empty_databases[0]
    with ThreadPoolExecutor(4) as pool:
        reached = list(pool.map(lambda _: migrate.upgrade(database), range(4)))
    assert reached == [migrate.head()] * 4
    with database.read() as connection:
        assert len(connection.execute(select(scheme.c.code)).all()) == 5


WITH_TWO_PREGNANCIES = """
INSERT INTO facility (id, code, name, kind, region) VALUES (1, 'C1', 'Centre', 'cscom', 'Bamako');
INSERT INTO person (id, facility_id, first_name, sex, created_at) VALUES
    (1, 1, 'Awa', 'F', '2024-01-01'), (2, 1, 'Kadia', 'F', '2024-01-01'),
    (3, 1, 'Issa', 'M', '2024-01-01');
INSERT INTO pregnancy (id, person_id, lmp_date, edd_date, dating, registered_on, ended_on, outcome,
    recorded_via, created_at) VALUES
    (1, 1, '2024-01-01', '2024-10-07', 'lmp', '2024-02-01', '2024-10-01', 'birth', 'x',
     '2024-02-01'),
    (2, 1, '2025-06-01', '2026-03-08', 'lmp', '2025-07-01', NULL, NULL, 'x', '2025-07-01'),
    (3, 2, '2025-06-01', '2026-03-08', 'lmp', '2025-07-01', NULL, NULL, 'x', '2025-07-01');
INSERT INTO encounter (id, person_id, calendar, code, held_on, recorded_at) VALUES
    (1, 1, 'antenatal', 'CPN1', '2024-03-01', '2024-03-01'),
    (2, 1, 'antenatal', 'CPN2', '2025-10-01', '2025-10-01'),
    (3, 1, 'antenatal', 'CPN3', '2025-01-01', '2025-01-01'),
    (4, 1, 'postnatal', 'CPON1', '2024-10-02', '2024-10-02'),
    (5, 2, 'antenatal', 'CPN1', '2025-05-30', '2025-08-01'),
    (6, 3, 'growth', 'CPE', '2025-08-01', '2025-08-01')
"""
"""A woman who is in her second pregnancy, one in her first (dated anew since), and a child."""

CPN1_AGAIN = """
INSERT INTO encounter (id, person_id, pregnancy_id, calendar, code, held_on, recorded_at) VALUES
    (7, 1, 2, 'antenatal', 'CPN1', '2025-09-01', '2025-09-01')
"""

BEFORE_PREGNANCIES_OF_CONTACTS = "0007"
"""The last revision that knew a contact once for each person."""


def test_contacts_that_are_known_get_their_pregnancy(empty_databases: list[Database]) -> None:
    database = empty_databases[0]
    migrate.upgrade(database)
    _downgrade(database, BEFORE_PREGNANCIES_OF_CONTACTS)
    with database.begin() as connection:
        for statement in WITH_TWO_PREGNANCIES.split(";"):
            connection.execute(text(statement))

    migrate.upgrade(database)

    with database.begin() as connection:
        given = connection.execute(select(encounter.c.id, encounter.c.pregnancy_id)).all()
        assert sorted(map(tuple, given)) == list(enumerate([1, 2, None, 1, 3, None], 1))
        assert connection.scalars(select(plan_mark.c.person_id)).all() == [1]
        connection.execute(text(CPN1_AGAIN))

    _downgrade(database, BEFORE_PREGNANCIES_OF_CONTACTS)
    with database.read() as connection:
        assert sorted(connection.scalars(text("SELECT id FROM encounter"))) == [1, 2, 3, 4, 5, 6]


def _downgrade(database: Database, revision: str) -> None:
    with migrate._migrating(database) as connection:
        command.downgrade(migrate._config(connection), revision)


def test_a_database_of_a_newer_version_is_refused(sqlite_database: Database) -> None:
    with sqlite_database.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(migrate.SchemaOutOfDate, match="9999, which this version does not know"):
        migrate.check(sqlite_database)


def test_a_table_that_somebody_changed_by_hand_is_reported(sqlite_database: Database) -> None:
    with sqlite_database.begin() as connection:
        connection.execute(text("DROP INDEX ix_reminder_due"))
    assert "ix_reminder_due" in " ".join(migrate.differences(sqlite_database, metadata))


def test_ramed_is_valid_three_years_and_what_is_not_established_is_null(database: Database) -> None:
    with database.read() as connection:
        rows = connection.execute(
            select(scheme.c.code, scheme.c.renewable, scheme.c.validity_years)
        ).all()
    assert {tuple(row) for row in rows} == {
        ("RAMED", False, 3),
        ("RAMED+", False, 3),
        ("AMV", None, None),
        ("AMV+", None, None),
        ("AMO", None, None),
    }


def test_migrations_are_numbered_in_sequence() -> None:
    names = sorted(path.name for path in (migrate.MIGRATIONS / "versions").glob("*.py"))
    assert [name[:4] for name in names] == [f"{i:04}" for i in range(1, len(names) + 1)]
    assert all(re.fullmatch(r"\d{4}_[a-z_]+\.py", name) for name in names)
