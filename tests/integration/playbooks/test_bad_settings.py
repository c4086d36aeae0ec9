# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Wrong settings and places that cannot be written: one clear sentence each, and nothing half-written."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import yaml

from tests.integration.conftest import EstateUnderTest
from tests.support.site import PROJECT, Site, logins

pytestmark = pytest.mark.integration
WAIVER = {"check": "storage.tablespace_free", "target": "LIS", "reason": "until the LUN comes", "approver": "Wang Min"}


@pytest.fixture
def site(estate: EstateUnderTest, tmp_path: Path) -> Site:
    return Site(tmp_path, {"LIS": logins(estate)["LIS"]})


@pytest.mark.parametrize(("settings", "sentence"), [
    ({"dbcare_limitz": {}}, "dbcare_limits"),
    ({"dbcare_report": {"foldr": "x"}}, "folder"),
    ({"dbcare_report": {"fail_on": "sometimes"}}, "fail_on"),
    ({"dbcare_limits": {"storage.min_fre_pct": 20}}, "storage.min_free_pct"),
    ({"dbcare_limits": {"storage.min_free_pct": "twenty"}}, "storage.min_free_pct"),
    ({"dbcare_limits": {"targets": {"LIS": {"storage.min_free_pct": "%"}}}}, "storage.min_free_pct"),
    ({"dbcare_waivers": [{"check": "storage.nothing", "target": "LIS", "reason": "r", "approver": "a",
                          "until": "2030-01-01"}]}, "storage.nothing"),
    ({"dbcare_waivers": [{"check": "storage.tablespace_free", "target": "LIS", "reason": "r", "until": "2030-01-01"}]},
     "approver"),
])
def test_a_wrong_setting_is_named_before_anything_is_read(site: Site, settings: dict[str, object],
                                                          sentence: str) -> None:
    site.settings.update(settings)
    outcome = site.play()
    assert outcome.status == 2
    assert sentence in outcome.errors()
    assert "LIS: ok" not in outcome.output
    assert "Traceback" not in outcome.output
    assert sorted(path.name for path in site.folder.iterdir()) == ["hosts.yml"]


def test_an_expired_waiver_waives_nothing_and_is_said(site: Site) -> None:
    site.settings["dbcare_limits"] = {"storage.min_free_pct": 99.9}
    site.settings["dbcare_waivers"] = [{**WAIVER, "until": "2020-01-31"}]
    outcome = site.play()
    assert outcome.status == 0, outcome.output
    found = outcome.finding("storage.tablespace_free", "LIS")
    assert found["status"] == "fail"
    assert outcome.report is not None
    assert "2020-01-31" in str(outcome.report["waivers"])


def test_a_waiver_that_runs_makes_the_finding_waived(site: Site) -> None:
    site.settings["dbcare_limits"] = {"storage.min_free_pct": 99.9}
    site.settings["dbcare_waivers"] = [{**WAIVER, "until": "2099-01-31"}]
    found = site.play().finding("storage.tablespace_free", "LIS")
    assert (found["status"], found["waiver"]["approver"]) == ("waived", "Wang Min")


def test_a_report_folder_that_cannot_be_written(site: Site) -> None:
    (site.folder / "file").write_text("not a folder", encoding="utf-8")
    site.settings["dbcare_report"] = {"folder": str(site.folder / "file" / "reports")}
    outcome = site.play()
    assert outcome.status == 2
    assert str(site.folder / "file") in outcome.errors()
    assert "Traceback" not in outcome.output
    assert site.archive.exists()  # the run itself is recorded, and --tags report renders it once the folder is right


@contextmanager
def locked(archive: Path) -> Iterator[None]:
    with closing(sqlite3.connect(archive, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


def test_an_archive_that_another_program_holds(site: Site) -> None:
    assert site.play().status == 0
    shutil.rmtree(site.folder / "reports")
    with locked(site.archive):
        outcome = site.play()
    assert outcome.status == 2
    assert "archive.sqlite" in outcome.errors()
    assert "lock" in outcome.errors().lower()
    assert "Traceback" not in outcome.output
    assert site.play(playbook="playbooks/archive.yml").status == 0


def test_an_archive_of_a_newer_version(site: Site) -> None:
    assert site.play().status == 0
    with closing(sqlite3.connect(site.archive)) as archive:
        archive.execute("UPDATE alembic_version SET version_num = '9999'")
        archive.commit()
    outcome = site.play()
    assert outcome.status == 2
    assert "newer" in outcome.errors()
    assert "Traceback" not in outcome.output


def test_a_broken_catalogue_file_is_named_with_its_line(site: Site) -> None:
    folder = site.folder / "own" / "probes"
    folder.mkdir(parents=True)
    (folder / "broken.yml").write_text("id: broken\ntitle: {zh: x, en: [\n", encoding="utf-8")
    site.settings["dbcare_catalogue"] = [str(site.folder / "own")]
    outcome = site.play()
    assert outcome.status == 2
    assert "broken.yml, line" in outcome.errors()
    assert "LIS: ok" not in outcome.output


def test_a_check_of_the_sites_own_is_judged(site: Site) -> None:
    source = PROJECT / "catalogue" / "checks" / "storage" / "tablespace_free.yml"
    own = yaml.safe_load(source.read_text(encoding="utf-8")) | {"id": "site.own_check"}
    path = site.folder / "own" / "checks" / "site" / "own_check.yml"
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump(own, allow_unicode=True), encoding="utf-8")
    site.settings["dbcare_catalogue"] = [str(site.folder / "own")]
    assert site.play().finding("site.own_check", "LIS")["status"] == "pass"
