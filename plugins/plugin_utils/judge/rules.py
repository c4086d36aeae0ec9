# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The three forms in which a check judges rows: compare, jmespath, python."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from jmespath.exceptions import JMESPathError

from ansible_collections.medops.dbcare.plugins.plugin_utils.catalogue import LIMIT_ID
from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.expressions import evaluate, nested
from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.judges import Case, Judged, Row, load

RANK = {"fail": 5, "warn": 4, "unknown": 3, "waived": 2, "pass": 1, "not_applicable": 0}
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
    "in": lambda value, allowed: value in allowed,
    "not_in": lambda value, refused: value not in refused,
}


def _surroundings(case: Case) -> dict[str, Any]:
    values = {key: limit["value"] for key, limit in case.limits.items()}
    return {"limits": nested(values), "facts": case.facts, "target": case.snapshot["target"]["name"]}


def _resolve(case: Case, named: Any) -> tuple[str | None, Any]:
    """(limit id, value) of a limit id, or (None, the literal)."""
    if isinstance(named, str) and LIMIT_ID.match(named) and named in case.limits:
        return named, case.limits[named]["value"]
    return None, named


def _unreadable(case: Case, row: Row, error: Exception) -> Judged:
    what = str(error).splitlines()[0]
    return Judged(
        case.name(row),
        "unknown",
        row=row,
        reason={"zh": f"读到的值无法判断：{what}", "en": f"what was read cannot be judged: {what}"},
    )


def _null(case: Case, row: Row, limit_id: str | None, limit: Any) -> Judged:
    status = case.check.get("null_observed", "unknown")
    reason = {
        "unknown": {"zh": "没有读到值", "en": "no value was read"},
        "fail": {"zh": "没有值", "en": "there is none"},
    }.get(status)
    return Judged(case.name(row), status, None, limit, reason, row, limit_id)


def _compare_row(case: Case, row: Row, around: dict[str, Any]) -> Judged:
    rule = case.rule
    observed = evaluate(rule["observed"], row, around)
    limit_id, limit = _resolve(case, rule.get("warn", rule.get("fail")))
    if observed is None:
        return _null(case, row, *_resolve(case, rule.get("fail", rule.get("warn"))))
    for status in ("fail", "warn"):
        if status in rule:
            crossed_id, crossed = _resolve(case, rule[status])
            if not OPERATORS[rule["healthy"]](observed, crossed):
                return Judged(case.name(row), status, observed, crossed, None, row, crossed_id)
    return Judged(case.name(row), "pass", observed, limit, None, row, limit_id)


def _jmespath_row(case: Case, row: Row, around: dict[str, Any]) -> Judged:
    rule = case.rule
    observed = evaluate(rule["observed"], row, around) if rule.get("observed") else None
    limit_id, limit = _resolve(case, rule.get("limit"))
    unhealthy = evaluate(rule["unhealthy"], row, around)
    status = rule.get("status", "fail") if unhealthy else "pass"
    return Judged(case.name(row), status, observed, limit, None, row, limit_id)


_FORMS = {"compare": _compare_row, "jmespath": _jmespath_row}


def filter_rows(case: Case) -> list[Row]:
    """The rows that the check's filter lets through."""
    expression = case.check.get("filter")
    if not expression:
        return list(case.rows)
    around = _surroundings(case)
    return [row for row in case.rows if evaluate(expression, row, around)]


def judge_rows(case: Case) -> list[Judged]:
    """Each row judged; a value that cannot be judged is unknown, never a pass."""
    form = next(iter(case.check["judge"]))
    if form == "python":
        try:
            return load(case.rule["name"])(case)
        except (KeyError, TypeError, ValueError) as error:
            return [_unreadable(case, {}, error)]
    around = _surroundings(case)
    judged = []
    for row in case.rows:
        try:
            judged.append(_FORMS[form](case, row, around))
        except (JMESPathError, TypeError) as error:
            judged.append(_unreadable(case, row, error))
    return judged


def _distance(check: dict[str, Any]) -> Callable[[Judged], float]:
    """Sort key within one status: the figure furthest on the wrong side first."""
    healthy = check["judge"].get("compare", {}).get("healthy", "<=")
    sign = 1 if healthy in (">=", ">") else -1

    def key(item: Judged) -> float:
        number = isinstance(item.observed, (int, float)) and not isinstance(item.observed, bool)
        if number:
            return float(sign * item.observed)
        # Nothing at all (never backed up) is worse than any figure, unless it passes.
        return float("inf") if item.status == "pass" else float("-inf")

    return key


def worst_first(check: dict[str, Any], judged: list[Judged]) -> list[Judged]:
    """Sorted by status, then by figure; ties keep the order in which they were read."""
    distance = _distance(check)
    return sorted(judged, key=lambda item: (-RANK[item.status], distance(item)))
