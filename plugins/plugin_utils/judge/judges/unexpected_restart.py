# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An instance started anew since the run before."""

from __future__ import annotations

import datetime

from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.judges import Case, Judged, Row

# V$INSTANCE has whole seconds, and a clock that was set moves what it derives the time from.
_TOLERANCE = datetime.timedelta(minutes=2)


def _before(case: Case) -> dict[str, str]:
    facts = (case.previous or {}).get("facts", {}).get(case.snapshot["target"]["name"]) or {}
    return {item["name"]: item["startup_time"] for item in facts.get("instances", []) if item.get("startup_time")}


def _compare(name: str, row: Row, earlier: str) -> Judged:
    started = row["startup_time"]
    later = datetime.datetime.fromisoformat(started) - datetime.datetime.fromisoformat(earlier) > _TOLERANCE
    if not later:
        return Judged(name, "pass", started, earlier, row=row)
    return Judged(
        name,
        "fail",
        started,
        earlier,
        {
            "zh": f"自上次巡检后重启过：{earlier} → {started}",
            "en": f"restarted since the run before: {earlier} -> {started}",
        },
        row,
    )


def _first_seen(case: Case, name: str, row: Row) -> Judged:
    limit_id, hours = case.limit()
    if row["uptime_hours"] is None or row["uptime_hours"] >= hours:
        return Judged(name, "pass", row["startup_time"], row=row)
    return Judged(
        name,
        "warn",
        row["startup_time"],
        None,
        {
            "zh": f"首次巡检，实例仅运行 {row['uptime_hours']} 小时（界限 {hours} 小时），请确认是否计划内重启",
            "en": f"first run, and up for only {row['uptime_hours']} h (limit {hours} h): was the restart planned?",
        },
        row,
        limit_id,
    )


def judge(case: Case) -> list[Judged]:
    """Compared with the run before; without one, by the hours since the start."""
    before = _before(case)
    result = []
    for row in case.rows:
        name = str(row["instance_name"])
        if not row.get("startup_time"):
            continue
        result.append(_compare(name, row, before[name]) if name in before else _first_seen(case, name, row))
    return result
