"""The database file itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from smsgateway.storage import migrate
from smsgateway.storage.engine import Database


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("open_umask")
def test_a_new_database_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/new.db")
    migrate.upgrade(database)
    with database.begin():
        modes = {file.name: file.stat().st_mode & 0o077 for file in tmp_path.iterdir()}
    database.dispose()
    assert "new.db" in modes and set(modes.values()) == {0}
