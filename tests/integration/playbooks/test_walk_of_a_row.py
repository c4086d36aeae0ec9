# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One tablespace row from the scenario file to the page, hop by hop as docs/architecture.md tells it.

LIS_DATA of the scenario healthy: six files, 180 GB in all, 61 % used, may grow to 192 GB (32 GB a file less two blocks,
the most that a small file can have).
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from estate.world.scenario import FOLDER
from tests.integration.conftest import EstateUnderTest
from tests.support.site import Outcome, Site, logins

pytestmark = pytest.mark.integration
MB = 1024 * 1024
SMALL_FILE_MAX = (2**22 - 2) * 8192
SIZE_MB, FILES, MAX_MB = 180 * 1024, 6, round(6 * SMALL_FILE_MAX / MB)
FREE_PCT = 42.82        # 100 - 61 % of 180 GB in 192 GB, where segments end at whole extents


@pytest.fixture(scope="module")
def walked(untouched_estate: EstateUnderTest,
           tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Outcome]]:
    """The site of one inspection of LIS, and how it ended."""
    site = Site(tmp_path_factory.mktemp("walk"), {"LIS": logins(untouched_estate)["LIS"]})
    yield site, site.play()


def archived(site: Site, query: str) -> list[tuple[Any, ...]]:
    """Rows of the site's archive."""
    with sqlite3.connect(site.archive) as archive:
        return archive.execute(query).fetchall()


def test_scenario_file_to_tables_of_the_estate(untouched_estate: EstateUnderTest) -> None:
    scenario = yaml.safe_load((FOLDER / "healthy.yml").read_text(encoding="utf-8"))
    said = next(item for item in scenario["databases"]["LIS"]["tablespaces"] if item["name"] == "LIS_DATA")
    assert said == {"name": "LIS_DATA", "size": "180G", "files": 6, "used": 61, "max": "192G"}
    with sqlite3.connect(untouched_estate.run_dir / "LIS.db") as store:
        rows = store.execute("SELECT count(*), sum(BYTES), min(MAXBYTES), max(MAXBYTES) FROM _DATAFILE WHERE "
                             "TABLESPACE_NAME = 'LIS_DATA'").fetchall()
    assert rows == [(FILES, SIZE_MB * MB, SMALL_FILE_MAX, SMALL_FILE_MAX)]


def test_tables_to_rows_of_a_driver(untouched_estate: EstateUnderTest) -> None:
    found = untouched_estate.query(
        "LIS", "select tablespace_size, round(100 - used_percent, 2) from dba_tablespace_usage_metrics where "
               "tablespace_name = 'LIS_DATA'", account="inspector")
    assert found == [(FILES * SMALL_FILE_MAX // 8192, FREE_PCT)]


def test_rows_to_the_snapshot_that_is_archived(walked: tuple[Site, Outcome]) -> None:
    site, _outcome = walked
    body = json.loads(zlib.decompress(archived(site, "SELECT body FROM snapshot_bodies WHERE target = 'LIS'")[0][0]))
    row = next(row for row in body["probes"]["tablespace_usage"]["rows"] if row["tablespace"] == "LIS_DATA")
    used, free = row.pop("used_mb"), row.pop("free_mb")
    assert row == {"con_name": None, "tablespace": "LIS_DATA", "contents": "PERMANENT", "status": "ONLINE",
                   "bigfile": "NO", "files": FILES, "size_mb": SIZE_MB, "max_mb": MAX_MB, "free_pct": FREE_PCT}
    assert used == pytest.approx(SIZE_MB * 0.61, abs=16)
    assert used + free == MAX_MB


def test_snapshot_to_finding_and_archive(walked: tuple[Site, Outcome]) -> None:
    site, outcome = walked
    finding = outcome.finding("storage.tablespace_free", "LIS")
    evidence = {row["tablespace"]: row["free_pct"] for row in finding["evidence"]}
    assert (finding["status"], evidence["LIS_DATA"]) == ("pass", FREE_PCT)
    assert finding["observed"] == min(evidence.values())
    kept = "SELECT status, observed, limit_value, unit FROM findings WHERE check_id = 'storage.tablespace_free'"
    # A pass is shown with the limit nearest to it, the warning's.
    assert archived(site, kept) == [("pass", str(finding["observed"]), "25", "%")]
    figure = "SELECT value, unit, status FROM metrics WHERE metric = 'storage.tablespace_free' AND object = 'LIS_DATA'"
    assert archived(site, figure) == [(FREE_PCT, "%", "pass")]


def test_archive_to_the_page(walked: tuple[Site, Outcome]) -> None:
    site, outcome = walked
    assert outcome.report is not None
    points = outcome.report["metrics"]["LIS"]["tablespace_used"]["points"]
    assert [point["value"] for point in points if point["label"] == "LIS_DATA"] == [round(100 - FREE_PCT, 2)]
    page = (site.reports / "latest" / "report.html").read_text(encoding="utf-8")
    drawn = page.index("LIS_DATA")
    assert f"{100 - FREE_PCT:.1f}" in page[drawn:drawn + 600]
