# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Error codes by what the knowledge base says of them."""

from __future__ import annotations

from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.judges import Case, Judged, Row
from ansible_collections.medops.dbcare.plugins.plugin_utils.knowledge import ora_codes

_STATUS = {"critical": "fail", "high": "fail", "medium": "warn", "low": "pass", "info": "pass"}


def _judged(case: Case, row: Row) -> Judged:
    code = row[case.rule["observed"]]
    known = ora_codes().get(code)
    if known is None:
        reason = {"zh": "知识库未收录此代码，请人工判断", "en": "the knowledge base does not know this code"}
        return Judged(case.name(row), "warn", code, None, reason, row)
    reason = {lang: f"{known['cause'][lang]} {known['handling'][lang]}" for lang in ("zh", "en")}
    return Judged(case.name(row), _STATUS[known["severity"]], code, None, reason, row)


def judge(case: Case) -> list[Judged]:
    """Critical and high fail, medium and unknown codes warn, low and info pass. ``observed``: column of the code."""
    return [_judged(case, row) for row in case.rows]
