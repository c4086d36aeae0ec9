# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The run document: scope, limits, waivers, summary and findings of one run."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput
from ansible_collections.medops.dbcare.plugins.plugin_utils.catalogue import Catalogue
from ansible_collections.medops.dbcare.plugins.plugin_utils.run.run_document import Request, build_run
from ansible_collections.medops.dbcare.plugins.plugin_utils.run.snapshots import check_snapshots
from ansible_collections.medops.dbcare.plugins.plugin_utils.run.summary import verdict
from ansible_collections.medops.dbcare.plugins.plugin_utils.settings import load_settings
from tests.unit.plugins.cases import LIMITS, UNREADABLE, T, check, result, snapshot

Json = dict[str, Any]
SCHEMA = json.loads((Path(__file__).parents[3] / "docs/schemas/report-1.json").read_text(encoding="utf-8"))
NOW = datetime.datetime.fromisoformat("2026-11-22T07:00:05+08:00")
CLAUSE = {"id": "daily.storage", "src": "S3.1", **T}
READABLE = check(
    {"python": {"name": "target_readable"}}, id="instance.readable", probe="connection", object=[], evidence=[]
)
CATALOGUE = Catalogue(
    {}, {item["id"]: item for item in (READABLE, check())}, LIMITS, {"daily.storage": CLAUSE}, "sha256:abc"
)


def free(name: str, figure: float, **facts: Any) -> Json:
    return snapshot(result({"name": "TS1", "free_pct": figure}), name, **facts)


def build(*snapshots: Json, targets: tuple[str, ...] = (), previous: Json | None = None, **settings: Any) -> Json:
    names = targets or tuple(item["target"]["name"] for item in snapshots)
    own, left_out = settings.pop("own", {}), settings.pop("left_out", ())
    request = Request(
        snapshots,
        names,
        "daily",
        "daily_inspection",
        load_settings(settings),
        own,
        "zhang",
        "ops01",
        True,
        NOW,
        "run-2",
        left_out,
    )
    document: Json = build_run(request, CATALOGUE, previous)["document"]
    jsonschema.validate(document, SCHEMA, cls=jsonschema.Draft202012Validator)
    return document


def statuses(document: Json) -> dict[str, str]:
    return {f"{item['check']}@{item['target']}": item["status"] for item in document["findings"]}


def test_who_when_and_with_which_catalogue() -> None:
    run = build(free("LIS", 50))["run"]
    assert (run["id"], run["operator"], run["controller"], run["simulated"]) == ("run-2", "zhang", "ops01", True)
    assert (run["started"], run["finished"]) == ("2026-11-22T07:00:00+08:00", "2026-11-22T07:00:05+08:00")
    assert (run["catalogue_hash"], run["sequence"], run["hash"]) == ("sha256:abc", None, None)


def test_targets_stand_in_declared_order_and_one_without_a_snapshot_was_not_read() -> None:
    document = build(free("LIS", 50), free("HIS", 50), targets=("HIS", "PACS", "LIS"))
    assert [item["name"] for item in document["scope"]["targets"]] == ["HIS", "PACS", "LIS"]
    assert document["scope"]["not_read"] == [
        {"what": "PACS", "reason": "no snapshot was collected; the output of the run says why its task failed"}]
    assert statuses(document)["instance.readable@PACS"] == "fail"
    assert document["summary"]["by_target"]["PACS"] == {"verdict": "incomplete", "counts": {"fail": 1, "unknown": 1}}
    assert document["summary"]["verdict"] == "incomplete"


def test_one_that_cannot_be_read_does_not_touch_the_others() -> None:
    document = build(UNREADABLE, free("HIS", 50))
    assert statuses(document) == {
        "instance.readable@LIS": "fail",
        "storage.free@LIS": "unknown",
        "instance.readable@HIS": "pass",
        "storage.free@HIS": "pass",
    }
    assert document["summary"]["by_target"]["HIS"]["verdict"] == "healthy"
    news = [(item["check"], item["target"]) for item in document["summary"]["new_failures"]]
    assert news == [("instance.readable", "LIS")]


@pytest.mark.parametrize(
    ("figures", "expected"), [((50, 50), "healthy"), ((50, 22), "attention"), ((3, 22), "unhealthy")]
)
def test_the_verdict(figures: tuple[float, float], expected: str) -> None:
    assert build(free("LIS", figures[0]), free("HIS", figures[1]))["summary"]["verdict"] == expected


@pytest.mark.parametrize(
    ("statuses_found", "unread", "expected"),
    [
        (["pass", "not_applicable", "waived"], False, "healthy"),
        (["pass", "unknown", "warn"], False, "incomplete"),
        (["fail", "unknown"], False, "unhealthy"),
        (["fail", "unknown"], True, "incomplete"),
        ([], False, "healthy"),
    ],
)
def test_verdicts(statuses_found: list[str], unread: bool, expected: str) -> None:
    assert verdict([{"status": status} for status in statuses_found], unread) == expected


def test_the_summary_counts_and_tells_what_is_new_and_what_is_resolved() -> None:
    before = {
        "run_id": "run-1",
        "verdict": "unhealthy",
        "facts": {},
        "findings": {
            "storage.free@LIS": {"status": "fail", "since": "run-0"},
            "storage.free@HIS": {"status": "pass", "since": None},
            "storage.free@EMR": {"status": "fail", "since": "run-1"},
        },
    }
    summary = build(free("LIS", 50), free("HIS", 22), free("EMR", 3), previous=before)["summary"]
    assert (summary["counts"], summary["by_severity"]) == ({"fail": 1, "warn": 1, "pass": 4}, {"high": 2})
    assert [(item["target"], item["status"]) for item in summary["new_failures"]] == [("HIS", "warn")]
    assert [(item["target"], item["since"]) for item in summary["resolved"]] == [("LIS", "run-0")]
    assert summary["previous_verdict"] == "unhealthy"


def test_a_database_that_can_be_read_again_is_one_thing_resolved() -> None:
    before = {
        "run_id": "run-1",
        "verdict": "incomplete",
        "facts": {},
        "findings": {
            "instance.readable@LIS": {"status": "fail", "since": "run-1"},
            "storage.free@LIS": {"status": "unknown", "since": "run-1"},
            "instance.readable@HIS": {"status": "pass", "since": None},
            "storage.free@HIS": {"status": "unknown", "since": "run-1"},
        },
    }
    summary = build(free("LIS", 50), free("HIS", 50), previous=before)["summary"]
    assert [(item["check"], item["target"]) for item in summary["resolved"]] == [
        ("instance.readable", "LIS"), ("storage.free", "HIS")]


def test_a_run_over_some_databases_says_which_it_left_out() -> None:
    assert build(free("LIS", 50))["notices"] == []
    [notice] = build(free("LIS", 50), left_out=("PACS", "HIS"))["notices"]
    assert notice["en"] == ("This run was limited to some databases; not inspected: HIS, PACS. "
                            "The verdict says nothing of them.")
    assert "未巡检：HIS、PACS" in notice["zh"]


def test_limits_of_the_site_and_of_one_target_are_recorded() -> None:
    site = {"storage.min_free_pct": 15, "targets": {"HIS": {"storage.min_free_pct": 30}}}
    document = build(free("LIS", 18), free("HIS", 28), dbcare_limits=site)
    rows = [
        (item["id"], item["target"], item["value"], item["source"], item["loosened"]) for item in document["limits"]
    ]
    assert rows == [
        ("storage.min_free_pct", None, 15, "site", True),
        ("storage.min_free_pct", "HIS", 30, "target", False),
        ("storage.warn_free_pct", None, 25, "catalogue", False),
    ]
    assert statuses(document)["storage.free@HIS"] == "fail"
    assert statuses(document)["storage.free@LIS"] == "warn"
    assert document["clauses"] == {"daily.storage": {"zh": "中", "en": "en", "src": "S3.1"}}


def test_limits_in_the_own_variables_of_a_target_go_first() -> None:
    document = build(free("LIS", 28), own={"LIS": {"storage.min_free_pct": 30}})
    assert (statuses(document)["storage.free@LIS"], document["limits"][0]["target"]) == ("fail", "LIS")


WAIVER = {"check": "storage.free", "target": "LIS", "reason": "r", "approver": "a", "until": "2026-11-30"}


def test_waivers_are_listed_with_what_became_of_them() -> None:
    waivers = [WAIVER, {**WAIVER, "target": "HIS", "until": "2026-11-01"}]
    document = build(free("LIS", 3), free("HIS", 3), dbcare_waivers=waivers)
    assert [(item["target"], item["used"], item["expired"]) for item in document["waivers"]] == [
        ("LIS", True, False),
        ("HIS", False, True),
    ]
    assert statuses(document)["storage.free@LIS"] == "waived"
    assert statuses(document)["storage.free@HIS"] == "fail"
    assert "expired on 2026-11-01" in document["notices"][0]["en"]


def test_a_clause_that_binds_some_targets_is_judged_there_only() -> None:
    contract = {"customer": "某医院", "applies_to": {"daily.storage": ["HIS"]}}
    document = build(free("LIS", 3), free("HIS", 3), dbcare_contract=contract)
    assert set(statuses(document)) == {"instance.readable@HIS", "storage.free@HIS"}
    assert document["contract"]["customer"] == "某医院"


def test_what_was_not_read_is_told_with_its_reason() -> None:
    partial = snapshot(
        result(instances_unread=[{"name": "HIS2", "reason": "ORA-12521"}]),
        "HIS",
        status="partial",
        containers_unread=[{"name": "PDB1", "reason": "no grant"}],
    )
    partial["probes"]["q"] = result(
        status="error", error={"code": "ORA-00942", "kind": "privilege", "message": "ORA-00942: no"}
    )
    assert build(partial)["scope"]["targets"][0]["unread"] == [
        {"what": "PDB1", "reason": "no grant"},
        {"what": "HIS2", "reason": "ORA-12521"},
        {"what": "q", "reason": "ORA-00942: no"},
    ]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            [{"schema": "medops.dbcare/snapshot/2"}],
            'Snapshot 1 is of the format "medops.dbcare/snapshot/2"; this release reads',
        ),
        (["x"], 'Snapshot 1 is of the format "None"'),
        ([{"schema": "medops.dbcare/snapshot/1", "target": {}}], 'Snapshot 1 lacks "collected"; collect it again.'),
        ([free("LIS", 1), free("LIS", 2)], "There are two snapshots of the target LIS"),
    ],
)
def test_snapshots_that_cannot_be_judged(given: list[Any], sentence: str) -> None:
    with pytest.raises(BadInput) as caught:
        check_snapshots(given)
    assert sentence in str(caught.value)
