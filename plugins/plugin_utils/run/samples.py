# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every figure that was judged, for series over time: a series and a finding can never disagree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.judges import Judged


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def samples(judged: Iterable[tuple[Mapping[str, Any], Sequence[Judged]]]) -> list[dict[str, Any]]:
    """Every numeric value judged: [{"target", "metric" (the check), "object", "value", "unit", "status"}]."""
    return [
        {
            "target": finding["target"],
            "metric": finding["check"],
            "object": item.object,
            "value": item.observed,
            "unit": finding["unit"],
            "status": item.status,
        }
        for finding, items in judged
        for item in items
        if _is_number(item.observed)
    ]
