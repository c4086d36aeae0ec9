# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Databases with nothing to find: the inspection finds nothing, and says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.conftest import EstateUnderTest
from tests.support.site import Site, logins

pytestmark = pytest.mark.integration


def test_a_healthy_estate_has_no_finding_and_nothing_unknown(untouched_estate: EstateUnderTest, tmp_path: Path) -> None:
    outcome = Site(tmp_path, logins(untouched_estate)).play()
    assert outcome.status == 0, outcome.output
    assert outcome.report is not None
    open_findings = [(item["target"], item["check"], item["status"], (item["reason"] or {}).get("en"))
                     for item in outcome.report["findings"] if item["status"] in ("warn", "fail", "unknown")]
    assert open_findings == []
    assert outcome.report["summary"]["verdict"] == "healthy"
    assert outcome.report["summary"]["counts"]["pass"] >= 4 * 40


def test_a_limit_of_one_database_makes_that_one_fail_and_is_said(untouched_estate: EstateUnderTest,
                                                                 tmp_path: Path) -> None:
    site = Site(tmp_path, logins(untouched_estate),
                {"dbcare_limits": {"targets": {"PACS": {"storage.min_free_pct": 99.9}}}})
    outcome = site.play()
    found = outcome.finding("storage.tablespace_free", "PACS")
    assert found["status"] == "fail"
    assert found["limit"] == 99.9
    assert found["limit_source"] == "target"
    assert outcome.finding("storage.tablespace_free", "HIS")["status"] == "pass"


def test_a_loosened_limit_of_the_contract_is_marked(untouched_estate: EstateUnderTest, tmp_path: Path) -> None:
    site = Site(tmp_path, {"LIS": logins(untouched_estate)["LIS"]}, {"dbcare_limits": {"storage.min_free_pct": 10}})
    outcome = site.play()
    assert outcome.report is not None
    entries = [item for item in outcome.report["limits"] if item["id"] == "storage.min_free_pct"]
    assert [(item["value"], item["contract_value"], item["loosened"]) for item in entries] == [(10, 20, True)]
