# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The figures that a run keeps for its charts, taken from a snapshot as catalogue/figures.yml says."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import jmespath

from ansible_collections.medops.dbcare.plugins.module_utils.values import parse_time
from ansible_collections.medops.dbcare.plugins.plugin_utils.catalogue import BUILT_IN
from ansible_collections.medops.dbcare.plugins.plugin_utils.yaml_files import load_yaml

DEFINITIONS = BUILT_IN / "figures.yml"
MOST_POINTS = 200
MOST_BARS = 12
_COPIED = ("title", "kind", "unit", "worse", "headline")

Json = dict[str, Any]


@functools.cache
def definitions() -> list[Json]:
    """The figures of catalogue/figures.yml."""
    return list(load_yaml(DEFINITIONS.read_bytes(), str(DEFINITIONS)))


def figures_of(snapshot: Json, limits: Mapping[str, Json]) -> dict[str, Json]:
    """{figure id: figure of docs/schemas/report-1.json} for what ``snapshot`` holds; none for what it does not.

    ``limits`` are those in force for its target, by id, as limits.effective_limits gives them.
    """
    found = ((spec["id"], _figure(spec, snapshot, limits)) for spec in definitions())
    return {key: figure for key, figure in found if figure["points"]}


def _figure(spec: Json, snapshot: Json, limits: Mapping[str, Json]) -> Json:
    points = [point for source in spec["sources"] for point in _points(source, snapshot, limits)]
    figure = {key: spec[key] for key in _COPIED if key in spec}
    figure["points_total"] = len(points)
    if spec["kind"] == "bars":
        points = sorted(points, key=lambda point: -_number(point["value"]))[:MOST_BARS]
    figure["points"] = points[:MOST_POINTS]
    shared = {point.get("limit") for point in points}
    if len(shared) == 1 and spec["kind"] != "timeline":
        figure["limit"] = shared.pop()
        for point in points:
            point.pop("limit", None)
    return figure | _axis(spec, snapshot)


def _axis(spec: Json, snapshot: Json) -> Json:
    if "days" not in spec:
        return {}
    end = parse_time(snapshot["facts"].get("database_time")) or parse_time(snapshot["collected"].get("finished"))
    if end is None:
        return {}
    return {"from": _iso(end - timedelta(days=spec["days"])), "to": _iso(end)}


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _points(source: Json, snapshot: Json, limits: Mapping[str, Json]) -> Iterator[Json]:
    probe = snapshot["probes"].get(source["probe"]) or {}
    if probe.get("status") != "ok":
        return
    rows = [row for row in probe.get("rows") or [] if _search(source.get("where"), row, True)]
    for row in _kept(source, rows):
        point = _point(source, row)
        limit = limits.get(source.get("limit", ""), {}).get("value")
        if limit is not None:
            point["limit"] = _turned(source, limit)
        yield point


def _kept(source: Json, rows: list[Json]) -> list[Json]:
    """All rows, or the one that ``keep`` asks for; a row without a value is the worst of all."""
    if "keep" not in source or not rows:
        return rows
    expression = source.get("value") or source["at"]
    empty = [row for row in rows if _search(expression, row) is None]
    if empty:
        return empty[:1]
    chosen = max if source["keep"] == "largest" else min
    return [chosen(rows, key=lambda row: _search(expression, row))]


def _point(source: Json, row: Json) -> Json:
    point: Json = {"label": _label(source, row)}
    if "value" in source:
        value = _search(source["value"], row)
        point["value"] = None if value is None else _turned(source, value)
    at = _search(source.get("at"), row)
    if at is not None:
        point["at"] = at
    for key in ("ok", "note"):
        if key in source:
            point[key] = _search(source[key], row)
    return point


def _label(source: Json, row: Json) -> Any:
    words = source["label"]
    columns = words if isinstance(words, list) else source.get("of", [])
    named = "/".join(str(row[name]) for name in columns if row.get(name) is not None)
    return named if isinstance(words, list) else {side: f"{word} {named}".strip() for side, word in words.items()}


def _turned(source: Json, value: Any) -> Any:
    if "complement" in source:
        return round(source["complement"] - value, 2)
    return value * 24 if source.get("hours") else value


def _number(value: Any) -> float:
    return float("inf") if value is None else float(value)


def _search(expression: str | None, row: Json, default: Any = None) -> Any:
    """The value of a JMESPath in a row; ``default`` without an expression, None where types do not fit."""
    if expression is None:
        return default
    try:
        return _compiled(expression).search(row)
    except jmespath.exceptions.JMESPathError:
        return None


@functools.cache
def _compiled(expression: str) -> Any:
    return jmespath.compile(expression)
