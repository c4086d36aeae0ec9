# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One database of each release, made once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from estate.world.database import Database
from tests.support.databases import database


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Database]]:
    folder = tmp_path_factory.mktemp("dictionary")
    made = {name: database(folder, name) for name in ("PACS", "LIS", "EMR")}
    yield made
    for db in made.values():
        db.close()
