# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Figures are what the snapshot holds, with the limits in force."""

from __future__ import annotations

from typing import Any

from ansible_collections.medops.dbcare.plugins.plugin_utils.catalogue import load_catalogue
from ansible_collections.medops.dbcare.plugins.plugin_utils.run import figures

LIMITS = {"storage.min_free_pct": {"value": 25}, "instance.max_resource_pct": {"value": 90},
          "backup.full_within_days": {"value": 7}, "backup.incremental_within_days": {"value": 1}}


def snapshot(**probes: list[dict[str, Any]]) -> dict[str, Any]:
    return {"facts": {"database_time": "2026-03-16T07:00:00+08:00"}, "collected": {},
            "probes": {name: {"status": "ok", "rows": rows} for name, rows in probes.items()}}


def test_tablespaces_as_use_fullest_first() -> None:
    rows = [{"con_name": "EMRPDB", "tablespace": "DATA", "contents": "PERMANENT", "free_pct": 41.25},
            {"con_name": None, "tablespace": "USERS", "contents": "PERMANENT", "free_pct": 6.3},
            {"con_name": None, "tablespace": "TEMP", "contents": "TEMPORARY", "free_pct": 1}]
    figure = figures.figures_of(snapshot(tablespace_usage=rows), LIMITS)["tablespace_used"]
    assert figure["points"] == [{"label": "USERS", "value": 93.7}, {"label": "EMRPDB/DATA", "value": 58.75}]
    assert (figure["limit"], figure["worse"], figure["points_total"]) == (75, "high", 2)


def test_processes_and_sessions_with_their_numbers() -> None:
    rows: list[dict[str, Any]] = [
        {"resource_name": name, "instance_name": "HIS1", "used_pct": 38.2, "current_use": 764, "limit_value": 2000}
        for name in ("processes", "dml_locks")]
    figure = figures.figures_of(snapshot(resource_limits=rows), LIMITS)["resource_use"]
    assert figure["points"] == [{"label": "processes/HIS1", "value": 38.2, "note": "764 / 2000"}]


def test_the_file_that_was_never_backed_up_is_the_worst() -> None:
    done = "2026-03-14T00:00:00+08:00"
    rows = [{"tablespace": "A", "full_age_days": 2.3, "last_full": done, "last_incremental": None},
            {"tablespace": "B", "full_age_days": None, "last_full": None, "last_incremental": None}]
    found = figures.figures_of(snapshot(backup_levels=rows), LIMITS)
    assert found["last_full_backup"]["points"] == [{"label": "B", "value": None}]
    assert found["backups"]["points"] == [{"label": {"zh": "全量", "en": "Full"}, "limit": 168},
                                          {"label": {"zh": "增量", "en": "Incremental"}, "limit": 24}]
    rows.pop()
    found = figures.figures_of(snapshot(backup_levels=rows), LIMITS)
    assert found["last_full_backup"]["points"] == [{"label": "A", "value": 2.3}]
    assert found["backups"]["points"][0]["at"] == done
    assert found["backups"]["from"] == "2026-03-02T07:00:00+08:00"
    assert found["backups"]["to"] == "2026-03-16T07:00:00+08:00"


def test_jobs_that_failed_are_marked() -> None:
    rows = [{"status": "FAILED", "input_type": "DB INCR", "start_time": "2026-03-16T00:10:00+08:00", "end_time": None},
            {"status": "COMPLETED WITH WARNINGS", "input_type": "ARCHIVELOG", "start_time": "x",
             "end_time": "2026-03-16T06:20:00+08:00"}]
    points = figures.figures_of(snapshot(backup_jobs=rows), LIMITS)["backups"]["points"]
    assert [(point["at"], point["ok"], point["note"]) for point in points] == [
        ("2026-03-16T00:10:00+08:00", False, "DB INCR FAILED"),
        ("2026-03-16T06:20:00+08:00", True, "ARCHIVELOG COMPLETED WITH WARNINGS")]


def test_what_was_not_read_gives_no_figure() -> None:
    unread = {"facts": {}, "collected": {}, "probes": {"log_switches": {"status": "error", "rows": []}}}
    assert figures.figures_of(unread, {}) == {}


def test_definitions_name_probes_columns_and_limits_that_exist() -> None:
    catalogue = load_catalogue()
    for spec in figures.definitions():
        for source in spec["sources"]:
            columns = catalogue.probes[source["probe"]]["columns"]
            assert source.get("limit") is None or source["limit"] in catalogue.limits, source
            named = [*(source["label"] if isinstance(source["label"], list) else []), *source.get("of", [])]
            named += [source[key] for key in ("value", "at") if source.get(key, "").isidentifier()]
            assert set(named) <= set(columns), source
