# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""judge(snapshots, checks, limits, waivers, history, now) -> findings. Pure: no I/O, no clock of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from jmespath.exceptions import JMESPathError

from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.applies import not_applicable, skipped
from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.judges import Case, Judged, Text
from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.rules import filter_rows, judge_rows, worst_first
from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.waivers import Waiver, find_waiver

Finding = dict[str, Any]
Documents = Iterable[Mapping[str, Any]]
Limits = Mapping[str, Mapping[str, Any]]    # target -> limit id -> effective limit
OPEN = frozenset(("fail", "warn", "unknown"))
MOST_OBJECTS = 50
MOST_EVIDENCE = 50
EVIDENCE_OF_PASS = 10
CONNECTION = "connection"


def _text(zh: str, en: str) -> Text:
    return {"zh": zh, "en": en}


def _and(first: Text | None, second: Text | None) -> Text | None:
    if not first or not second:
        return first or second
    return _text(f"{first['zh']}；{second['zh']}", f"{first['en']}; {second['en']}")


# -- what was not read -------------------------------------------------------------------------------------------------


def _target_unread(snapshot: Mapping[str, Any]) -> Text:
    error = snapshot.get("error") or {}
    what = error.get("message") or error.get("code") or "?"
    return _text(f"数据库无法读取：{what}", f"the database could not be read: {what}")


def _probe_unread(result: Mapping[str, Any] | None, probe: str) -> Text | None:
    if result is None:
        return _text(f"快照中没有 {probe}", f"the snapshot holds no {probe}")
    if result["status"] != "error":
        return None
    error = result.get("error") or {}
    what = error.get("message") or result.get("reason") or "?"
    if error.get("kind") == "privilege":
        return _text(
            f"巡检账号缺少权限，未能读取 {probe}：{what}；playbooks/onboard.yml 列出所需授权",
            f"the account lacks a grant to read {probe}: {what}; playbooks/onboard.yml prints what it needs",
        )
    return _text(f"未能读取 {probe}：{what}", f"{probe} could not be read: {what}")


def _gaps(result: Mapping[str, Any]) -> Text | None:
    """What is missing from a probe that was read: instances, containers, rows beyond the limit."""
    reason: Text | None = None
    for key, zh, en in (("instances_unread", "实例", "instance"), ("containers_unread", "容器", "container")):
        for item in result.get(key) or []:
            reason = _and(
                reason,
                _text(
                    f"未读取{zh} {item['name']}：{item['reason']}",
                    f"{en} {item['name']} was not read: {item['reason']}",
                ),
            )
    if result.get("truncated"):
        count = len(result["rows"])
        reason = _and(
            reason, _text(f"行数过多，仅读取前 {count} 行", f"too many rows, only the first {count} were read")
        )
    return reason


# -- one check on one target -------------------------------------------------------------------------------------------


def _when_empty(check: Mapping[str, Any]) -> Judged:
    status = check["when_empty"]
    reason = None if status == "pass" else _text("没有读到任何行", "there are no rows")
    return Judged("", status, None, None, reason)


def _with_gaps(judged: list[Judged], gaps: Text | None) -> list[Judged]:
    """A gap makes what looks healthy unknown; what is seen to be bad stays bad."""
    if gaps is None or any(item.status in OPEN for item in judged):
        return judged
    return [*judged, Judged("", "unknown", None, None, gaps)]


def _waive(item: Judged, waivers: Sequence[Waiver], check: str, target: str) -> None:
    if item.status not in ("fail", "warn"):
        return
    waiver = find_waiver(waivers, check, target, item.object)
    if waiver:
        item.status, item.waiver = "waived", waiver
        waiver["used"] = True


def _judged_rows(case: Case, result: Mapping[str, Any]) -> list[Judged]:
    try:
        rows = filter_rows(case)
    except (JMESPathError, TypeError) as error:
        what = str(error).splitlines()[0]
        return [
            Judged("", "unknown", reason=_text(f"筛选条件无法计算：{what}", f"the filter cannot be computed: {what}"))
        ]
    case = Case(case.check, rows, case.snapshot, case.limits, case.previous, case.now)
    judged = judge_rows(case) or [_when_empty(case.check)]
    return _with_gaps(judged, _gaps(result))


def _evidence(check: Mapping[str, Any], judged: Sequence[Judged]) -> tuple[list[dict[str, Any]], int]:
    bad = [item for item in judged if item.status in OPEN or item.status == "waived"]
    chosen = [item.row for item in (bad or judged) if item.row]
    limit = MOST_EVIDENCE if bad else EVIDENCE_OF_PASS
    rows = [{key: row.get(key) for key in check["evidence"] if key in row} for row in chosen[:limit]]
    return rows, len(chosen)


def _object(item: Judged) -> dict[str, Any]:
    entry = {
        "object": item.object,
        "status": item.status,
        "observed": item.observed,
        "limit": item.limit,
        "reason": item.reason,
    }
    if item.waiver:
        entry["waiver"] = item.waiver
    return entry


def _head(check: Mapping[str, Any], target: str) -> Finding:
    return {
        "check": check["id"],
        "target": target,
        "status": "unknown",
        "severity": check["severity"],
        "title": check["title"],
        "meaning": check["meaning"],
        "advice": check["advice"],
        "clause": check["clause"],
        "probe": check["probe"],
        "observed": None,
        "limit": None,
        "operator": None,
        "unit": None,
        "limit_source": None,
        "reason": None,
        "objects": [],
        "objects_total": 0,
        "objects_bad": 0,
        "evidence": [],
        "evidence_columns": check["evidence"],
        "evidence_total": 0,
        "new": False,
        "since": None,
        "waiver": None,
    }


def _plain(check: Mapping[str, Any], target: str, status: str, reason: Text) -> Finding:
    return {**_head(check, target), "status": status, "reason": reason}


def _unit(case: Case, worst: Judged) -> str | None:
    named = case.rule.get("unit")
    return named or (case.limits[worst.limit_id]["unit"] if worst.limit_id else None)


def _assemble(case: Case, judged: list[Judged], gaps: Text | None) -> Finding:
    check, target = case.check, case.snapshot["target"]["name"]
    ordered = worst_first(check, judged)
    worst = ordered[0]
    bad = [item for item in ordered if item.status not in ("pass", "not_applicable")]
    evidence, evidence_total = _evidence(check, ordered)
    reason = _and(worst.reason, gaps) if worst.status in OPEN and worst.reason != gaps else worst.reason
    return {
        **_head(check, target),
        "status": worst.status,
        "observed": worst.observed,
        "limit": worst.limit,
        "operator": case.rule.get("healthy"),
        "unit": _unit(case, worst),
        "limit_source": case.limits[worst.limit_id]["source"] if worst.limit_id else None,
        "reason": reason,
        "objects": [_object(item) for item in bad[:MOST_OBJECTS]],
        "objects_bad": len(bad),
        "objects_total": len([item for item in judged if item.row is not None or item.object]),
        "evidence": evidence,
        "evidence_total": evidence_total,
        "waiver": worst.waiver,
    }


def judge_check(
    check: Mapping[str, Any],
    snapshot: Mapping[str, Any],
    limits: Mapping[str, Any],
    waivers: Sequence[Waiver] = (),
    previous: Mapping[str, Any] | None = None,
    now: str = "",
) -> tuple[Finding, list[Judged]]:
    """The finding of one check on one target, and every object judged (for metrics)."""
    target, probe = snapshot["target"]["name"], check["probe"]
    if snapshot["status"] == "unreadable" and probe != CONNECTION:
        return _plain(check, target, "unknown", _target_unread(snapshot)), []
    result = snapshot["probes"].get(probe)
    reason = None if probe == CONNECTION else not_applicable(check.get("applies", {}), snapshot["facts"])
    if reason is None and result is not None and result["status"] == "skipped":
        reason = skipped(result)
    if reason:
        return _plain(check, target, "not_applicable", reason), []
    unread = None if probe == CONNECTION else _probe_unread(result, probe)
    if unread:
        return _plain(check, target, "unknown", unread), []
    result = result or {"status": "ok", "rows": []}
    case = Case(dict(check), result["rows"], dict(snapshot), dict(limits), dict(previous) if previous else None, now)
    judged = _judged_rows(case, result)
    for item in judged:
        _waive(item, waivers, check["id"], target)
    return _assemble(case, judged, _gaps(result)), judged


# -- all of them -------------------------------------------------------------------------------------------------------


def _compare_with_before(finding: Finding, previous: Mapping[str, Any] | None, run_id: str) -> None:
    """Set "new" and "since"; an unknown or a warning that became a failure is new, too."""
    if finding["status"] not in OPEN:
        return
    before = (previous or {}).get("findings", {}).get(f"{finding['check']}@{finding['target']}")
    was_open = before is not None and before["status"] in OPEN
    worse = was_open and finding["status"] == "fail" and before["status"] != "fail"
    finding["new"] = not was_open or worse
    finding["since"] = (before.get("since") or run_id) if was_open and before else run_id


def judge_all(
    snapshots: Documents, checks: Documents, limits: Limits, waivers: Sequence[Waiver] = (),
    history: Mapping[str, Any] | None = None, now: str = "", run_id: str = "",
) -> list[tuple[Finding, list[Judged]]]:
    """Findings in order of target and check, each with all objects judged."""
    result = []
    checks = list(checks)
    for snapshot in snapshots:
        own = limits[snapshot["target"]["name"]]
        for check in checks:
            finding, judged = judge_check(check, snapshot, own, waivers, history, now)
            _compare_with_before(finding, history, run_id)
            result.append((finding, judged))
    return result


def judge(
    snapshots: Documents, checks: Documents, limits: Limits, waivers: Sequence[Waiver] = (),
    history: Mapping[str, Any] | None = None, now: str = "", run_id: str = "",
) -> list[Finding]:
    """One finding for each check and target.

    ``limits``: target -> limit id -> effective limit (limits.effective_limits). ``waivers``: parsed
    (waivers.parse_waivers); one that is used gets "used": true. ``history``: None, or what the archive says of the run
    before: {"run_id", "verdict", "facts": {target: facts}, "findings": {"check@target": {"status", "since"}}}.
    ``now``: ISO 8601.
    """
    return [finding for finding, _judged in judge_all(snapshots, checks, limits, waivers, history, now, run_id)]
