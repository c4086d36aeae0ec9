# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Aggregates that make XML and JSON, and those of intervals."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from estate.sql.functions.aggregates import Aggregate, SortKey, aggregate
from estate.sql.values import interval_text, months_text, parse_interval, parse_months


def _sorted(rows: Iterable[Any]) -> list[Any]:
    """(value, spec, keys ...) rows in the order of their keys."""
    listed = list(rows)
    spec = listed[0][1] if listed else ""
    return sorted(listed, key=lambda row: SortKey(row[2:], spec)) if spec else listed


@aggregate("o_json_arrayagg")
class JsonArray(Aggregate):
    """JSON_ARRAYAGG: (fragment, spec, keys ...); fragments are JSON text."""

    def compute(self) -> str:
        """The aggregate of its rows."""
        rows = _sorted(self.rows)
        return "[" + ",".join(row[0] for row in rows if row[0] is not None) + "]"


@aggregate("o_json_objectagg")
class JsonObject(Aggregate):
    """JSON_OBJECTAGG: (key, fragment)."""

    def compute(self) -> str:
        """The aggregate of its rows."""
        pairs = (f"{json.dumps(key, ensure_ascii=False)}:{value}" for key, value in self.rows if value is not None)
        return "{" + ",".join(pairs) + "}"


@aggregate("o_xmlagg")
class XmlAgg(Aggregate):
    """XMLAGG: (fragment, spec, keys ...)."""

    def compute(self) -> str | None:
        """The aggregate of its rows."""
        rows = _sorted(self.rows)
        return "".join(row[0] for row in rows if row[0] is not None) or None


class IntervalTotal(Aggregate):
    """SUM or AVG of intervals, both kinds; NULLs do not count."""

    average = False

    def compute(self) -> str | None:
        """The aggregate of its rows."""
        values = [row[0] for row in self.rows if row[0] is not None]
        if not values:
            return None
        share = len(values) if self.average else 1
        if ":" in values[0]:
            return interval_text(sum(map(parse_interval, values), timedelta(0)) / share)
        return months_text(round(sum(map(parse_months, values)) / share))


aggregate("o_interval_sum")(IntervalTotal)
aggregate("o_interval_avg")(type("IntervalAverage", (IntervalTotal,), {"average": True}))
