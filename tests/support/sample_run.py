# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A run document as an inspection of four databases gives it: two with problems, one unreadable, one healthy."""

from __future__ import annotations

from typing import Any

from tests.support.sample_checks import ADVICE, CHECKS, CLAUSES, MEANING, OTHER_ADVICE, Check
from tests.support.sample_figures import metrics
from tests.support.sample_findings import DOWN, FACTS, PROBLEMS

Json = dict[str, Any]

RUN_ID = "20260316-070002-0007"


def sample_run() -> Json:
    """A fresh run document: HIS fails, LIS is healthy, PACS fails and lacks a grant, EMR cannot be read."""
    findings = [_finding(target, check) for target in FACTS for check in CHECKS]
    return {
        "schema": "medops.dbcare/report/1",
        "run": _run(),
        "scope": _scope(),
        "contract": {
            "title": "数据库维护服务合同",
            "number": "2026-017",
            "customer": "某某医院",
            "provider": "某某科技有限公司",
        },
        "limits": _limits(),
        "waivers": [_waiver()],
        "summary": _summary(findings),
        "findings": findings,
        "clauses": {key: dict(value) for key, value in CLAUSES.items()},
        "metrics": metrics(),
    }


def healthy_run() -> Json:
    """A run of one database in which everything passed, the first in its archive."""
    document = sample_run()
    document["findings"] = [entry for entry in document["findings"] if entry["target"] == "LIS"]
    document["scope"] = {
        "targets": [entry for entry in document["scope"]["targets"] if entry["name"] == "LIS"],
        "not_read": [],
    }
    document["run"].update(sequence=1, previous_hash=None, previous_run=None)
    document["limits"], document["waivers"] = document["limits"][:1], []
    document["summary"] = _summary(document["findings"]) | {
        "verdict": "healthy",
        "resolved": [],
        "previous_verdict": None,
    }
    return document


def _run() -> Json:
    return {
        "id": RUN_ID,
        "kind": "daily_inspection",
        "started": "2026-03-16T07:00:02+08:00",
        "finished": "2026-03-16T07:00:09+08:00",
        "operator": "zhang.wei",
        "controller": "ops01",
        "version": "0.1.0",
        "catalogue_hash": "sha256:" + "3f" * 32,
        "sequence": 7,
        "previous_hash": "sha256:" + "a1" * 32,
        "hash": "sha256:" + "b2" * 32,
        "previous_run": "20260315-070001-0006",
        "simulated": True,
    }


def _waiver() -> Json:
    return {
        "check": "security.dba_grantees",
        "target": "HIS",
        "object": None,
        "reason": "厂商驻场支持，项目验收后收回",
        "approver": "信息科 李主任",
        "until": "2026-04-30",
        "expired": False,
        "used": True,
    }


def _found(target: str, check: Check) -> tuple[str, Any, bool, list[tuple[str, str, Any]], list[Json]]:
    """As in PROBLEMS: status, observed, new, objects, evidence."""
    if target == "EMR":
        return "fail" if check.id == "instance.readable" else "unknown", None, True, [], []
    if check.id == "instance.pdb_open" or (check.id == "storage.asm_free" and target == "PACS"):
        return "not_applicable", None, False, [], []
    return PROBLEMS.get((target, check.id), ("pass", check.healthy, False, [], []))


def _limit_source(target: str, check: Check) -> str | None:
    if check.limit is None:
        return None
    return "target" if (target, check.id) == ("PACS", "storage.tablespace_free") else "contract"


def _finding(target: str, check: Check) -> Json:
    status, observed, new, objects, evidence = _found(target, check)
    since = None if status in {"pass", "not_applicable"} else RUN_ID if new else "20260312-070003-0003"
    return {
        "check": check.id,
        "target": target,
        "status": status,
        "severity": check.severity,
        "title": {"zh": check.zh, "en": check.en},
        "meaning": dict(MEANING),
        "advice": dict(ADVICE.get(check.id, OTHER_ADVICE)),
        "clause": check.clause,
        "probe": check.id.split(".")[1],
        "observed": observed,
        "limit": check.limit,
        "operator": check.operator,
        "unit": check.unit,
        "reason": _reason(target, status),
        "objects": [
            {"object": key, "status": state, "observed": value, "limit": check.limit, "reason": None}
            for key, state, value in objects
        ],
        "objects_total": max(1, len(evidence)),
        "objects_bad": len(objects),
        "evidence": [dict(row) for row in evidence],
        "evidence_total": len(evidence),
        "new": new,
        "since": since,
        "waiver": _waiver() if status == "waived" else None,
        "limit_source": _limit_source(target, check),
    }


def _reason(target: str, status: str) -> Json | None:
    if target == "EMR":
        return dict(DOWN)
    if status == "unknown":
        return {
            "zh": "没有权限读取 GV$SYSTEM_EVENT（ORA-00942）",
            "en": "GV$SYSTEM_EVENT may not be read (ORA-00942)",
        }
    if status == "not_applicable":
        return {"zh": "不是容器数据库或没有 ASM", "en": "not a container database, or without ASM"}
    return None


def _scope() -> Json:
    started = "2026-01-18T23:41:10+08:00"
    instances = {
        "HIS": [("HIS1", "hisdb1"), ("HIS2", "hisdb2")],
        "LIS": [("LIS", "lisdb")],
        "PACS": [("PACS", "pacsdb")],
        "EMR": [],
    }
    status = {"PACS": "partial", "EMR": "unreadable"}
    unread = {"PACS": [{"what": "io_waits", "reason": "ORA-00942: table or view does not exist"}]}
    targets = [
        {
            "name": name,
            "status": status.get(name, "ok"),
            "address": f"127.0.0.1:{15210 + n}",
            "service_name": name,
            "collected": {"statements": 52, "round_trips": 61, "sessions": 1} if facts else {},
            "facts": dict(facts),
            "containers": [],
            "unread": unread.get(name, []),
            "instances": [
                {"name": key, "status": "OPEN", "host": host, "startup_time": started}
                for key, host in instances[name]
            ],
        }
        for n, (name, facts) in enumerate(FACTS.items())
    ]
    return {"targets": targets, "not_read": [{"what": "EMR", "reason": dict(DOWN)}]}


def _limits() -> list[Json]:
    rows: list[Json] = [
        {
            "id": check.id.replace(".", ".limit_"),
            "title": {"zh": check.zh, "en": check.en},
            "target": None,
            "value": check.limit,
            "contract_value": check.limit,
            "unit": check.unit,
            "source": "contract",
            "clause": check.clause,
            "loosened": False,
        }
        for check in CHECKS
        if check.limit is not None
    ]
    rows.append(
        {
            "id": "storage.min_free_pct",
            "title": {"zh": "最小剩余空间", "en": "Least free space"},
            "target": "PACS",
            "value": 15,
            "contract_value": 20,
            "unit": "%",
            "source": "target",
            "clause": "daily.storage",
            "loosened": True,
        }
    )
    return rows


def _counted(findings: list[Json]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for entry in findings:
        counts[entry["status"]] = counts.get(entry["status"], 0) + 1
    return counts


def _summary(findings: list[Json]) -> Json:
    verdicts = {"HIS": "unhealthy", "LIS": "healthy", "PACS": "unhealthy", "EMR": "incomplete"}
    bad = [entry for entry in findings if entry["status"] in {"warn", "fail", "unknown"}]
    severities = [entry["severity"] for entry in bad]
    return {
        "verdict": "incomplete",
        "previous_verdict": "unhealthy",
        "counts": _counted(findings),
        "by_severity": {name: severities.count(name) for name in ("critical", "high", "medium", "low", "info")},
        "by_target": {
            name: {"verdict": verdicts[name], "counts": _counted([e for e in findings if e["target"] == name])}
            for name in dict.fromkeys(entry["target"] for entry in findings)
        },
        "new_failures": [{"check": e["check"], "target": e["target"]} for e in bad if e["new"]],
        "resolved": [{"check": "logs.alert_errors", "target": "LIS"}],
    }
