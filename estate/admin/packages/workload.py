# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DBMS_WORKLOAD_REPOSITORY: snapshots, their settings, baselines."""

from __future__ import annotations

from typing import Any

from estate.admin.desk import Desk
from estate.admin.registry import REQUIRED, procedure
from estate.api import OraError

MINUTES = 60.0
LONGEST_MINUTES = 52560000


def _may(desk: Desk) -> None:
    desk.require_execute("SYS", "DBMS_WORKLOAD_REPOSITORY")


def _interval(minutes: float) -> str:
    days, rest = divmod(int(minutes), 1440)
    return f"+{days:05d} {rest // 60:02d}:{rest % 60:02d}:00.0"


@procedure("DBMS_WORKLOAD_REPOSITORY.CREATE_SNAPSHOT", flush_level="TYPICAL", dbid=None, source_name=None)
def create_snapshot(desk: Desk, *, flush_level: str, dbid: float | None, source_name: str | None) -> int:
    """Take a snapshot in every instance; the new SNAP_ID. The history's views follow from the moments of snapshots."""
    _may(desk)
    moment = f"{desk.epoch():.3f}"
    desk.tables.delete("_STATE", "KEY = ?", f"snapshot:{moment}")
    desk.tables.insert("_STATE", {"KEY": f"snapshot:{moment}", "VALUE": moment})
    return int(desk.tables.value("SELECT max(SNAP_ID) FROM {CDB_HIST_SNAPSHOT}"))


@procedure("DBMS_WORKLOAD_REPOSITORY.DROP_SNAPSHOT_RANGE", low_snap_id=REQUIRED, high_snap_id=REQUIRED, dbid=None)
def drop_snapshots(desk: Desk, *, low_snap_id: float, high_snap_id: float, dbid: float | None) -> None:
    """Remove snapshots."""
    _may(desk)
    desk.tables.delete("CDB_HIST_SNAPSHOT", "SNAP_ID BETWEEN ? AND ?", low_snap_id, high_snap_id)


@procedure("DBMS_WORKLOAD_REPOSITORY.MODIFY_SNAPSHOT_SETTINGS", retention=None, interval=None, topnsql=None, dbid=None,
           tablespace_name=None)
def modify_settings(desk: Desk, *, retention: float | None, interval: float | None, topnsql: Any, dbid: float | None,
                    tablespace_name: str | None) -> None:
    """Interval and retention in minutes; ORA-13511 outside the allowed range, ORA-13541 below the moving window."""
    _may(desk)
    values: dict[str, Any] = {}
    if interval is not None:
        if interval and not 10 <= interval <= LONGEST_MINUTES:
            raise OraError(13511, f"invalid INTERVAL {int(interval)}, must be in the range (10, {LONGEST_MINUTES})")
        values["SNAP_INTERVAL"] = _interval(interval) if interval else "+40150 00:00:00.0"
    if retention is not None:
        if retention and not 1440 <= retention <= LONGEST_MINUTES:
            raise OraError(13511, f"invalid RETENTION {int(retention)}, must be in the range (1440, {LONGEST_MINUTES})")
        if retention and retention < 8 * 1440:
            raise OraError(13541,
                           f"system moving window baseline size (691200) greater than retention "
                                  f"({int(retention * MINUTES)})")
        values["RETENTION"] = _interval(retention) if retention else "+40150 00:00:00.0"
    if topnsql is not None:
        values["TOPNSQL"] = str(topnsql)
    if values:
        desk.tables.update("CDB_HIST_WR_CONTROL", values, "1 = 1")


@procedure("DBMS_WORKLOAD_REPOSITORY.CREATE_BASELINE", start_snap_id=REQUIRED, end_snap_id=REQUIRED,
           baseline_name=REQUIRED,
           dbid=None, expiration=None)
def create_baseline(desk: Desk, *, start_snap_id: float, end_snap_id: float, baseline_name: str, dbid: float | None,
                    expiration: float | None) -> int:
    """Keep a range of snapshots under a name; its id."""
    _may(desk)
    ends = [desk.tables.rows("CDB_HIST_SNAPSHOT", "SNAP_ID = ?", int(number)) for number in (start_snap_id,
                                                                                             end_snap_id)]
    if not all(ends):
        raise OraError(13506,
                       f"operation failed due to invalid snapshot range ({int(start_snap_id)}, {int(end_snap_id)})")
    if desk.tables.rows("CDB_HIST_BASELINE", "BASELINE_NAME = ?", baseline_name):
        raise OraError(13528, f"name ({baseline_name}) is already used by an existing baseline")
    number = int(desk.tables.value("SELECT coalesce(max(BASELINE_ID), 0) + 1 FROM {CDB_HIST_BASELINE}"))
    desk.tables.insert("CDB_HIST_BASELINE", {
        "DBID": desk.database_row()["DBID"], "BASELINE_ID": number, "BASELINE_NAME": baseline_name,
        "BASELINE_TYPE": "STATIC",
        "START_SNAP_ID": int(start_snap_id), "START_SNAP_TIME": ends[0][0]["END_INTERVAL_TIME"],
        "END_SNAP_ID": int(end_snap_id), "END_SNAP_TIME": ends[1][0]["END_INTERVAL_TIME"], "CREATION_TIME": desk.now(),
        "EXPIRATION": expiration, "CON_ID": desk.con_id})
    return number


@procedure("DBMS_WORKLOAD_REPOSITORY.DROP_BASELINE", baseline_name=REQUIRED, cascade=False, dbid=None)
def drop_baseline(desk: Desk, *, baseline_name: str, cascade: bool, dbid: float | None) -> None:
    """Forget a baseline."""
    _may(desk)
    if not desk.tables.delete("CDB_HIST_BASELINE", "BASELINE_NAME = ?", baseline_name):
        raise OraError(13542, f"baseline ID (NULL) does not exist: {baseline_name}")
