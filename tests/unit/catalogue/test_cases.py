# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs the case files in tests/cases/checks: one file a check, named cases of rows and the finding that they give.

    check: storage.tablespace_free
    fired_by: [tablespace_full]                           # faults of other checks with which this one fires too
    row: {con_name: null, tablespace: USERS, ...}        # each row of a case is laid over this one
    facts: {cdb: true}                                    # over the facts of a 19c single instance, for the whole file
    cases:
      - name: fail
        rows: [{free_pct: 12}]
        limits: {storage.min_free_pct: 15}                # dbcare_limits of the site
        expect: {status: fail, observed: 12, limit: 15, bad: [USERS]}

A case may have ``facts``, ``limits``, ``previous`` (the run before), ``error`` (of the probe, or with ``unreadable`` of
the whole target), ``skipped``, ``instances_unread`` and ``truncated``. Every file has a case that passes, one that
fails, one that warns where the check can warn, one without rows and one where the account lacks the grant.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.medops.dbcare.plugins.plugin_utils.catalogue import load_catalogue
from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.judge import judge
from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.limits import effective_limits
from ansible_collections.medops.dbcare.plugins.plugin_utils.yaml_files import load_yaml

CASES = Path(__file__).resolve().parents[2] / "cases" / "checks"
CATALOGUE = load_catalogue()
KEYS = {"name", "rows", "facts", "limits", "previous", "error", "unreadable", "skipped", "instances_unread",
        "truncated", "expect"}
EXPECTED = {"status", "observed", "limit", "unit", "bad", "reason", "evidence", "limit_source"}
PYTHON_JUDGES_THAT_WARN = {"unexpected_restart", "sustained", "known_errors"}
INSTANCE = {"name": "LIS", "number": 1, "host": "lisdb1", "status": "OPEN", "startup_time": "2026-05-01T02:00:00+08:00"}
FACTS: dict[str, Any] = {
    "version": "19.24.0.0.0", "edition": "EE", "role": "PRIMARY", "open_mode": "READ WRITE", "log_mode": "ARCHIVELOG",
    "cdb": False, "rac": False, "asm": True, "db_name": "LIS", "instances": [INSTANCE], "containers": [],
    "containers_unread": [], "time_offset": "+08:00", "connected_instance": "LIS",
}


def load(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = load_yaml(path.read_bytes(), str(path))
    return data


FILES = {f"{path.parent.name}.{path.stem}": load(path) for path in sorted(CASES.glob("*/*.yml"))}
ALL = [(check, case["name"]) for check, data in FILES.items() for case in data["cases"]]


def probe_result(data: dict[str, Any], case: dict[str, Any]) -> dict[str, Any]:
    """What a collector would have written for the probe."""
    rows = [{**data["row"], **row} for row in case.get("rows", [])]
    result = {"status": "ok", "reason": None, "error": None, "truncated": case.get("truncated", False), "rows": rows,
              "total_rows": len(rows), "elapsed_ms": 1.0, "instances_read": [], "containers_unread": [],
              "instances_unread": case.get("instances_unread", [])}
    if case.get("skipped"):
        result.update(status="skipped", rows=[], reason=case["skipped"], reason_code="edition")
    if case.get("error"):
        result.update(status="error", rows=[], reason=case["error"]["message"], error=case["error"])
    return result


def snapshot(check: dict[str, Any], data: dict[str, Any], case: dict[str, Any]) -> dict[str, Any]:
    unreadable = case.get("unreadable", False)
    facts = {} if unreadable else {**FACTS, **data.get("facts", {}), **case.get("facts", {})}
    return {
        "target": {"name": facts.get("db_name", "LIS"), "kind": "oracle_database"}, "facts": facts,
        "status": "unreadable" if unreadable else "ok", "error": case.get("error") if unreadable else None,
        "probes": {check["probe"]: probe_result(data, case)},
    }


def finding(check_id: str, case_name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """(the finding, what the case expects)."""
    data, check = FILES[check_id], CATALOGUE.checks[check_id]
    case = next(item for item in data["cases"] if item["name"] == case_name)
    seen = snapshot(check, data, case)
    target = seen["target"]["name"]
    limits = {target: effective_limits(CATALOGUE.limits, case.get("limits"), target)}
    previous = {"run_id": "before", "findings": {}, "facts": {target: case["previous"]}} if "previous" in case else None
    return judge([seen], [check], limits, (), previous, "2026-06-01T08:00:00+08:00", "run")[0], case["expect"]


@pytest.mark.parametrize(("check_id", "case_name"), ALL)
def test_case(check_id: str, case_name: str) -> None:
    found, expect = finding(check_id, case_name)
    assert found["status"] == expect["status"], found["reason"]
    for key in ("observed", "limit", "unit", "limit_source"):
        if key in expect:
            assert found[key] == expect[key], key
    if "bad" in expect:
        assert [item["object"] for item in found["objects"]] == expect["bad"]
        assert found["objects_bad"] == len(expect["bad"])
    if "evidence" in expect:
        assert len(found["evidence"]) == expect["evidence"]
    if "reason" in expect:
        assert found["reason"] and expect["reason"] in found["reason"]["zh"] + found["reason"]["en"], found["reason"]
    if found["status"] in ("unknown", "not_applicable"):
        assert found["reason"], "a finding that was not judged says why"


def test_every_check_has_a_case_file_and_every_file_a_check() -> None:
    assert set(FILES) == set(CATALOGUE.checks)


@pytest.mark.parametrize("check_id", sorted(FILES))
def test_case_file_is_sound(check_id: str) -> None:
    data, check = FILES[check_id], CATALOGUE.checks[check_id]
    columns = set(CATALOGUE.probes[check["probe"]]["columns"])
    assert data["check"] == check_id
    assert set(data) <= {"check", "fired_by", "row", "facts", "cases"}
    assert set(data["row"]) == columns, "the row has all columns of the probe"
    names = [case["name"] for case in data["cases"]]
    assert len(names) == len(set(names))
    for case in data["cases"]:
        assert set(case) <= KEYS and set(case["expect"]) <= EXPECTED, case["name"]
        assert not [key for row in case.get("rows", []) for key in row if key not in columns], case["name"]


def can_warn(check: dict[str, Any]) -> bool:
    form, rule = next(iter(check["judge"].items()))
    if form == "python":
        return rule["name"] in PYTHON_JUDGES_THAT_WARN
    return "warn" in rule or rule.get("status") == "warn"


@pytest.mark.parametrize("check_id", sorted(FILES))
def test_case_file_has_the_obligatory_cases(check_id: str) -> None:
    cases, check = FILES[check_id]["cases"], CATALOGUE.checks[check_id]
    statuses = {case["expect"]["status"] for case in cases}
    assert {"pass", "fail"} <= statuses
    assert "warn" in statuses or not can_warn(check)
    denied = [case for case in cases if (case.get("error") or {}).get("kind") in ("privilege", "login")]
    assert denied, "a case where the account lacks the grant"
    assert all(case["expect"]["status"] == ("fail" if case.get("unreadable") else "unknown") for case in denied)
    empty = next(case for case in cases if case["name"].startswith("empty"))
    assert empty["rows"] == []
    assert empty["expect"]["status"] == check["when_empty"] or check["probe"] in ("connection", "instance_state")
