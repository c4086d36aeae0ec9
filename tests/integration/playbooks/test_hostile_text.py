# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Text in a database that wants to be a script, a template or a formula stays text, all the way to the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import oracledb
import pytest

from tests.integration.conftest import EstateUnderTest
from tests.support.site import Site, logins

pytestmark = pytest.mark.integration
TEXTS = ["<script>alert(1)</script>", "{{ 1+1 }}", "=cmd()", "{% raw %}", "</html><img src=x onerror=alert(1)>"]


@pytest.fixture
def hostile_objects(estate: EstateUnderTest) -> Iterator[None]:
    """Invalid objects with hostile names; gone afterwards."""
    login, admin = logins(estate)["LIS"], estate.databases["LIS"]["admin"]
    with oracledb.connect(user=admin["user"], password=admin["password"], host=login["host"], port=login["port"],
                          service_name=login["service_name"]) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "insert into dba_objects (owner, object_name, object_id, object_type, status, created, last_ddl_time) "
            "values (:1, :2, :3, 'PROCEDURE', 'INVALID', sysdate, sysdate)",
            [(f"APP{number}", text, 900000 + number) for number, text in enumerate(TEXTS)])
        connection.commit()
        yield
        cursor.execute("delete from dba_objects where object_id >= 900000")
        connection.commit()


@pytest.mark.usefixtures("hostile_objects")
def test_hostile_names_are_shown_as_they_are_and_do_nothing(estate: EstateUnderTest, tmp_path: Path) -> None:
    site = Site(tmp_path, {"LIS": logins(estate)["LIS"]})
    outcome = site.play()
    assert outcome.status == 0, outcome.output
    evidence = str(outcome.finding("instance.invalid_objects", "LIS")["evidence"])
    assert not [text for text in TEXTS if text not in evidence]
    for page in (site.reports / "latest").glob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert "&lt;script&gt;alert(1)" in text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "{{ 1+1 }}" in text
        assert "=cmd()" in text
