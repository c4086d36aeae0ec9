# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Figures of a run, out of what was judged: a chart and a finding can never disagree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.medops.dbcare.plugins.plugin_utils.judges import Judged

MOST_POINTS = 60


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def samples(judged: Iterable[tuple[Mapping[str, Any], Sequence[Judged]]]) -> list[dict[str, Any]]:
    """Every numeric value judged: [{"target", "metric" (the check), "object", "value", "unit", "status"}]."""
    return [
        {"target": finding["target"], "metric": finding["check"], "object": item.object, "value": item.observed,
         "unit": finding["unit"], "status": item.status}
        for finding, items in judged for item in items if _is_number(item.observed)
    ]


def _points(finding: Mapping[str, Any], items: Sequence[Judged]) -> list[dict[str, Any]]:
    points = []
    for item in items:
        if not _is_number(item.observed):
            continue
        point: dict[str, Any] = {"label": item.object or finding["target"], "value": item.observed}
        if _is_number(item.limit) and item.limit != finding["limit"]:
            point["limit"] = item.limit
        points.append(point)
    worse_is_low = finding["operator"] in (">=", ">")
    return sorted(points, key=lambda point: point["value"], reverse=not worse_is_low)


def figure(check: Mapping[str, Any], finding: Mapping[str, Any], items: Sequence[Judged]) -> dict[str, Any] | None:
    """One figure in the format of the run document; None when the check draws none or nothing was measured."""
    wanted = check.get("figure")
    points = _points(finding, items) if wanted else []
    if not points:
        return None
    return {
        "title": check["title"], "kind": wanted["kind"], "unit": finding["unit"],
        "worse": {">=": "low", ">": "low", "<=": "high", "<": "high"}.get(finding["operator"]),
        "limit": finding["limit"] if _is_number(finding["limit"]) else None, "headline": wanted.get("headline"),
        "points_total": len(points), "points": points[:MOST_POINTS],
    }


def figures(judged: Iterable[tuple[Mapping[str, Any], Sequence[Judged]]],
            checks: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """target -> check id -> figure."""
    result: dict[str, dict[str, Any]] = {}
    for finding, items in judged:
        drawn = figure(checks[finding["check"]], finding, items)
        if drawn:
            result.setdefault(finding["target"], {})[finding["check"]] = drawn
    return result
