# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The clock of an instance against the controller's at the moment of reading."""

from __future__ import annotations

import datetime

from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.judges import Case, Judged


def judge(case: Case) -> list[Judged]:
    """Observed: seconds apart, without a sign."""
    limit_id, limit = case.limit()
    result = []
    for row in case.rows:
        name = case.name(row)
        if not row["database_time"] or not row["controller_time"]:
            result.append(
                Judged(name, "unknown", None, limit, {"zh": "未读到时钟", "en": "the clock was not read"}, row)
            )
            continue
        apart = datetime.datetime.fromisoformat(row["database_time"]) - datetime.datetime.fromisoformat(
            row["controller_time"]
        )
        seconds = round(abs(apart.total_seconds()), 1)
        result.append(Judged(name, "fail" if seconds > limit else "pass", seconds, limit, row=row, limit_id=limit_id))
    return result
