# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The archive on PostgreSQL, where one is at hand: DBCARE_TEST_POSTGRESQL_URL names an empty database."""

from __future__ import annotations

import os

import pytest
import sqlalchemy as sa

from ansible_collections.medops.dbcare.plugins.plugin_utils.archive.engine import ArchiveError
from ansible_collections.medops.dbcare.plugins.plugin_utils.archive.store import Archive
from tests.unit.plugins.cases import snapshot
from tests.unit.plugins.test_archive import AT, SAMPLES, document

URL = os.environ.get("DBCARE_TEST_POSTGRESQL_URL", "")
pytestmark = pytest.mark.skipif(not URL, reason="DBCARE_TEST_POSTGRESQL_URL names no empty PostgreSQL database")


def test_the_archive_on_postgresql() -> None:
    archive = Archive(URL)
    with pytest.raises(ArchiveError, match=r"is empty; run the playbook archive\.yml with --tags migrate"):
        archive.record(document(), [snapshot(name="LIS")], SAMPLES, AT)
    assert archive.migrate()
    runs = [archive.record(document(f"run-{number}"), [snapshot(name="LIS")], SAMPLES, AT)[0] for number in (1, 2)]
    assert runs[1]["run"]["previous_hash"] == runs[0]["run"]["hash"]
    assert archive.verify() == []
    for statement in ("update findings set status = 'pass'", "delete from runs"):
        with pytest.raises(sa.exc.DatabaseError, match="append only"), archive.engine.begin() as connection:
            connection.exec_driver_sql(statement)
    with pytest.raises(ArchiveError):
        archive.record(document("run-3"), [snapshot(name="LIS"), snapshot(name="LIS")], SAMPLES, AT)
    assert (archive.status()["runs"], archive.verify()) == (2, [])
