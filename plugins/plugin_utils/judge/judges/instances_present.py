# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every instance that is expected is there and open."""

from __future__ import annotations

from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.judges import Case, Judged, Row


def _judged(name: str, row: Row) -> Judged:
    status = row.get("status")
    if status == "OPEN":
        return Judged(name, "pass", status, "OPEN", row=row)
    if status is None:
        return Judged(
            name,
            "fail",
            "DOWN",
            "OPEN",
            {"zh": "应有的实例未运行", "en": "the instance is expected and not running"},
            row,
        )
    return Judged(name, "fail", status, "OPEN", {"zh": "实例未打开", "en": "the instance is not open"}, row)


def judge(case: Case) -> list[Judged]:
    """Expected: rows of the probe and the instances in the facts (declared, or with an enabled redo thread)."""
    rows = {str(row["instance_name"]).upper(): row for row in case.rows}
    for instance in case.facts.get("instances", []):
        rows.setdefault(
            str(instance["name"]).upper(), {"instance_name": instance["name"], "status": instance["status"]}
        )
    return [_judged(str(row["instance_name"]), row) for row in rows.values()]
