# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The databases of the healthy scenario, made once; tests that change one make their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from estate.world.database import Database
from tests.support.databases import database


@pytest.fixture
def lis(tmp_path: Path) -> Iterator[Database]:
    """A single-instance database of the test's own."""
    db = database(tmp_path, "LIS")
    yield db
    db.close()


@pytest.fixture
def emr(tmp_path: Path) -> Iterator[Database]:
    """A container database of the test's own."""
    db = database(tmp_path, "EMR")
    yield db
    db.close()


@pytest.fixture
def his(tmp_path: Path) -> Iterator[Database]:
    """A two-node database of the test's own."""
    db = database(tmp_path, "HIS")
    yield db
    db.close()


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Database]]:
    folder = tmp_path_factory.mktemp("world")
    made = {name: database(folder, name) for name in ("HIS", "LIS", "PACS", "EMR")}
    yield made
    for db in made.values():
        db.close()
