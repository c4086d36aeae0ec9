# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DBMS_AUDIT_MGMT: archive time stamps, clean-up, purge jobs."""

from __future__ import annotations

import datetime as dt
from typing import Any

from estate.admin.desk import Desk
from estate.admin.registry import REQUIRED, plsql_error, procedure
from estate.api import OraError

# The package's constants (DBMS_AUDIT_MGMT.AUDIT_TRAIL_...).
TRAILS = {1: "STANDARD AUDIT TRAIL", 2: "FGA AUDIT TRAIL", 3: "STANDARD AND FGA AUDIT TRAIL", 4: "OS AUDIT TRAIL",
          8: "XML AUDIT TRAIL", 12: "OS AND XML AUDIT TRAIL", 15: "ALL AUDIT TRAILS", 51: "UNIFIED AUDIT TRAIL"}
RECORDS = {51: ("CDB_UNIFIED_AUDIT_TRAIL", "EVENT_TIMESTAMP"), 1: ("CDB_AUDIT_TRAIL", "TIMESTAMP"),
           2: ("CDB_FGA_AUDIT_TRAIL", "TIMESTAMP")}


def _trail(desk: Desk, kind: Any) -> str:
    desk.require_execute("SYS", "DBMS_AUDIT_MGMT")
    if kind is None or int(kind) not in TRAILS:
        raise OraError(46250, "Invalid value for argument 'AUDIT_TRAIL_TYPE'")
    return TRAILS[int(kind)]


def _utc(value: Any) -> str:
    if not isinstance(value, dt.datetime):
        return str(value)
    return value.strftime("%Y-%m-%d %H:%M:%S.%f") + "+00:00"


@procedure("DBMS_AUDIT_MGMT.SET_LAST_ARCHIVE_TIMESTAMP", audit_trail_type=REQUIRED, last_archive_time=REQUIRED,
           rac_instance_number=None, container=1, database_id=None, container_guid=None)
def set_last_archive(desk: Desk, *, audit_trail_type: float, last_archive_time: Any, rac_instance_number: float | None,
                     container: float, database_id: float | None, container_guid: str | None) -> None:
    """Until when the records were archived (UTC for the unified trail)."""
    trail = _trail(desk, audit_trail_type)
    instance = int(rac_instance_number or 0)
    desk.tables.delete("CDB_AUDIT_MGMT_LAST_ARCH_TS", "AUDIT_TRAIL = ? AND RAC_INSTANCE = ?", trail, instance)
    desk.tables.insert("CDB_AUDIT_MGMT_LAST_ARCH_TS", {
        "AUDIT_TRAIL": trail, "RAC_INSTANCE": instance, "LAST_ARCHIVE_TS": _utc(last_archive_time),
        "DATABASE_ID": desk.database_row()["DBID"], "CON_ID": desk.con_id})


@procedure("DBMS_AUDIT_MGMT.CLEAR_LAST_ARCHIVE_TIMESTAMP", audit_trail_type=REQUIRED, rac_instance_number=None,
           container=1)
def clear_last_archive(desk: Desk, *, audit_trail_type: float, rac_instance_number: float | None,
                       container: float) -> None:
    """Forget it."""
    desk.tables.delete("CDB_AUDIT_MGMT_LAST_ARCH_TS", "AUDIT_TRAIL = ? AND RAC_INSTANCE = ?",
                       _trail(desk, audit_trail_type), int(rac_instance_number or 0))


@procedure("DBMS_AUDIT_MGMT.CLEAN_AUDIT_TRAIL", audit_trail_type=REQUIRED, use_last_arch_timestamp=True, container=1,
           database_id=None, container_guid=None)
def clean(desk: Desk, *, audit_trail_type: float, use_last_arch_timestamp: bool, container: float,
          database_id: float | None,
          container_guid: str | None) -> None:
    """Delete records: those before the last archive time stamp, or all."""
    trail = _trail(desk, audit_trail_type)
    edge = desk.tables.value("SELECT max(LAST_ARCHIVE_TS) FROM {CDB_AUDIT_MGMT_LAST_ARCH_TS} WHERE AUDIT_TRAIL = ?",
                             trail)
    if use_last_arch_timestamp and edge is None:
        raise OraError(46263, "The audit trail last archive timestamp is not set")
    gone = 0
    for table, column in [RECORDS[int(audit_trail_type)]] if int(audit_trail_type) in RECORDS else []:
        where, args = (f"{column} < ?", [str(edge)[:26]]) if use_last_arch_timestamp else ("1 = 1", [])
        gone += desk.tables.delete(table, where, *args)
    desk.tables.insert("CDB_AUDIT_MGMT_CLEAN_EVENTS", {
        "AUDIT_TRAIL": trail, "RAC_INSTANCE": 0, "CLEANUP_TIME": desk.zoned_now(), "DELETE_COUNT": gone,
        "WAS_FORCED": "NO",
        "CON_ID": desk.con_id})


@procedure("DBMS_AUDIT_MGMT.CREATE_PURGE_JOB", audit_trail_type=REQUIRED, audit_trail_purge_interval=REQUIRED,
           audit_trail_purge_name=REQUIRED, use_last_arch_timestamp=True, container=1)
def create_purge_job(desk: Desk, *, audit_trail_type: float, audit_trail_purge_interval: float,
                     audit_trail_purge_name: str,
                     use_last_arch_timestamp: bool, container: float) -> None:
    """A job that cleans every so many hours (1 to 999)."""
    trail = _trail(desk, audit_trail_type)
    if not 1 <= audit_trail_purge_interval <= 999:
        raise OraError(46251, "Value for argument 'AUDIT_TRAIL_PURGE_INTERVAL' is out of range")
    name = audit_trail_purge_name.upper()
    if desk.tables.rows("CDB_AUDIT_MGMT_CLEANUP_JOBS", "JOB_NAME = ?", name):
        raise OraError(46254, f"'{name}' already exists")
    desk.tables.insert("CDB_AUDIT_MGMT_CLEANUP_JOBS", {
        "JOB_NAME": name, "JOB_STATUS": "ENABLED", "AUDIT_TRAIL": trail,
        "JOB_FREQUENCY": f"FREQ=HOURLY;INTERVAL={int(audit_trail_purge_interval)}",
        "USE_LAST_ARCHIVE_TIMESTAMP": "YES" if use_last_arch_timestamp else "NO",
        "JOB_CONTAINER": "CURRENT" if int(container) == 1 else "ALL", "CON_ID": desk.con_id})


@procedure("DBMS_AUDIT_MGMT.DROP_PURGE_JOB", audit_trail_purge_name=REQUIRED)
def drop_purge_job(desk: Desk, *, audit_trail_purge_name: str) -> None:
    """Remove a purge job."""
    desk.require_execute("SYS", "DBMS_AUDIT_MGMT")
    if not desk.tables.delete("CDB_AUDIT_MGMT_CLEANUP_JOBS", "JOB_NAME = ?", audit_trail_purge_name.upper()):
        raise OraError(46255, f"Incorrect job name '{audit_trail_purge_name}' specified")


@procedure("DBMS_AUDIT_MGMT.SET_PURGE_JOB_STATUS", audit_trail_purge_name=REQUIRED, audit_trail_status_value=REQUIRED)
def set_purge_job_status(desk: Desk, *, audit_trail_purge_name: str, audit_trail_status_value: float) -> None:
    """Enable (31) or disable (32) a purge job."""
    desk.require_execute("SYS", "DBMS_AUDIT_MGMT")
    status = {31: "ENABLED", 32: "DISABLED"}.get(int(audit_trail_status_value))
    if status is None:
        raise plsql_error(306, "wrong number or types of arguments in call to 'SET_PURGE_JOB_STATUS'")
    if not desk.tables.update("CDB_AUDIT_MGMT_CLEANUP_JOBS", {"JOB_STATUS": status}, "JOB_NAME = ?",
                              audit_trail_purge_name.upper()):
        raise OraError(46255, f"Incorrect job name '{audit_trail_purge_name}' specified")


@procedure("DBMS_AUDIT_MGMT.INIT_CLEANUP", audit_trail_type=REQUIRED, default_cleanup_interval=REQUIRED, container=1)
def init_cleanup(desk: Desk, *, audit_trail_type: float, default_cleanup_interval: float, container: float) -> None:
    """Prepare the traditional trails for clean-up."""
    trail = _trail(desk, audit_trail_type)
    if int(audit_trail_type) == 51:
        raise OraError(46250, "Invalid value for argument 'AUDIT_TRAIL_TYPE'")
    desk.tables.insert("CDB_AUDIT_MGMT_CONFIG_PARAMS", {
        "PARAMETER_NAME": "DEFAULT CLEAN UP INTERVAL", "PARAMETER_VALUE": str(int(default_cleanup_interval)),
        "AUDIT_TRAIL": trail, "CON_ID": desk.con_id})
