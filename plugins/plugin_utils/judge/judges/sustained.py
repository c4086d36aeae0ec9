# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A load that lasts fails, a spike warns: the mean over a window and the newest value against one limit."""

from __future__ import annotations

from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.judges import Case, Judged, Row


def _judged(case: Case, row: Row) -> Judged:
    limit_id, limit = case.limit()
    lasting, now = row[case.rule["observed"]], row[case.rule["options"]["now"]]
    name = case.name(row)
    if lasting is None and now is None:
        return Judged(name, "unknown", None, limit, {"zh": "没有读到值", "en": "no value was read"}, row, limit_id)
    if lasting is not None and lasting > limit:
        return Judged(name, "fail", lasting, limit, None, row, limit_id)
    if now is not None and now > limit:
        reason = {"zh": f"近一分钟 {now}，一小时平均 {lasting}", "en": f"last minute {now}, mean of an hour {lasting}"}
        return Judged(name, "warn", now, limit, reason, row, limit_id)
    return Judged(name, "pass", now if lasting is None else lasting, limit, None, row, limit_id)


def judge(case: Case) -> list[Judged]:
    """``observed`` names the column of the window's mean, ``options.now`` that of the newest value."""
    return [_judged(case, row) for row in case.rows]
