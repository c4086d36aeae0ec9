# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The daily inspection as an operator runs it, on the demo estate."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path

import jsonschema
import pytest

from tests.integration.conftest import EstateUnderTest
from tests.support.site import PROJECT, Outcome, Site, logins, planted

pytestmark = pytest.mark.integration
NAMES = ["HIS", "LIS", "PACS", "EMR"]


@pytest.fixture(scope="module")
def site(demo: EstateUnderTest, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("site"), logins(demo), {"dbcare_simulated": True})


@pytest.fixture(scope="module")
def first(site: Site) -> Outcome:
    return site.play()


def test_it_ends_well_and_says_the_verdict_last(first: Outcome) -> None:
    assert first.status == 0, first.output
    assert first.report is not None
    verdict = first.report["summary"]["verdict"]
    assert verdict in first.output.strip().splitlines()[-1].lower()


def test_all_four_databases_are_read(first: Outcome) -> None:
    assert first.report is not None
    scope = first.report["scope"]
    assert sorted(target["name"] for target in scope["targets"]) == sorted(NAMES)
    assert scope["not_read"] == []
    by_name = {target["name"]: target for target in scope["targets"]}
    assert by_name["HIS"]["facts"]["rac"] is True
    assert sorted(item["name"] for item in by_name["HIS"]["instances"]) == ["HIS1", "HIS2"]
    assert by_name["EMR"]["facts"]["cdb"] is True
    assert "EMRPDB" in [item["name"] for item in by_name["EMR"]["containers"]]
    assert by_name["PACS"]["facts"]["version"].startswith("12.2")


def test_planted_faults_are_found(first: Outcome, demo: EstateUnderTest) -> None:
    faults = planted(demo)
    assert faults, "the demo scenario plants nothing"
    missed = [(target, check) for target, check in faults if first.statuses(target).get(check) not in ("fail", "warn")]
    assert missed == []


def test_every_check_is_judged_on_every_database(first: Outcome) -> None:
    assert first.report is not None
    assert {len(first.statuses(name)) for name in NAMES} == {len(first.statuses("HIS"))}
    assert len(first.statuses("HIS")) >= 40


def test_the_report_keeps_to_its_schema(first: Outcome) -> None:
    schema = json.loads((PROJECT / "docs/schemas/report-1.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(first.report)


def test_it_is_fast_and_shows_progress(first: Outcome) -> None:
    assert first.seconds < 30  # the promise of 10 s is measured by tests/benchmarks on an idle machine
    for name in NAMES:
        assert f"    {name}: ok" in first.output
    assert "(3 left)" in first.output


def test_no_password_is_shown_or_kept(first: Outcome, site: Site) -> None:
    secrets = [login["password"] for login in site.targets.values()]
    texts = [first.output] + [path.read_text(encoding="utf-8") for path in site.reports.glob("latest/*")]
    assert len(texts) >= 3
    assert not [secret for secret in secrets for text in texts if secret in text]
    assert not [secret for secret in secrets if secret.encode() in site.archive.read_bytes()]


def test_the_next_run_is_chained_to_the_one_before_and_the_archive_verifies(first: Outcome, site: Site) -> None:
    assert first.report is not None
    second = site.play("--limit", "LIS")
    assert second.report is not None
    assert second.report["run"]["previous_hash"] == first.report["run"]["hash"]
    assert second.report["run"]["sequence"] == first.report["run"]["sequence"] + 1
    assert [target["name"] for target in second.report["scope"]["targets"]] == ["LIS"]
    verified = site.play(playbook="playbooks/archive.yml")
    assert verified.status == 0, verified.output


def test_check_mode_reads_and_judges_and_writes_nothing(demo: EstateUnderTest, tmp_path: Path) -> None:
    site = Site(tmp_path, logins(demo))
    outcome = site.play("--check")
    assert outcome.status == 0, outcome.output
    assert "HIS: ok" in outcome.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hosts.yml"]


def test_report_tag_renders_the_newest_run_again_without_reading(demo: EstateUnderTest, tmp_path: Path) -> None:
    site = Site(tmp_path, {"LIS": logins(demo)["LIS"]})
    made = site.play()
    shutil.rmtree(site.folder / "reports")
    site.targets["LIS"]["port"] = closed_port()
    again = site.play("--tags", "report")
    assert again.status == 0, again.output
    assert made.report is not None
    assert made.report == again.report


def test_by_its_full_name_from_elsewhere(demo: EstateUnderTest, tmp_path: Path) -> None:
    site = Site(tmp_path, {"LIS": logins(demo)["LIS"]})
    assert site.play(playbook="medops.dbcare.daily_inspection").status == 0
    assert (site.reports / "latest/report.html").exists()


@pytest.mark.parametrize("fail_on", ["fail", "warn"])
def test_findings_fail_the_play_where_the_site_asks_for_it(demo: EstateUnderTest, tmp_path: Path,
                                                           fail_on: str) -> None:
    report = {"folder": str(tmp_path / "reports"), "fail_on": fail_on}
    site = Site(tmp_path, {"HIS": logins(demo)["HIS"]}, {"dbcare_report": report})
    outcome = site.play()
    assert outcome.report is not None
    assert outcome.report["summary"]["counts"]["fail"] > 0
    assert outcome.status == 2
    assert f"dbcare_report.fail_on is {fail_on}" in outcome.errors()


def closed_port() -> int:
    """A port of loopback on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
