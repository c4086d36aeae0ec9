# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DBMS_SCHEDULER: jobs are created, enabled, run and stopped; a run leaves its records."""

from __future__ import annotations

import datetime as dt
from typing import Any

from estate.admin.desk import Desk
from estate.admin.registry import REQUIRED, procedure
from estate.api import OraError


def _split(desk: Desk, name: str) -> tuple[str, str]:
    owner, _, short = name.strip().upper().replace('"', "").rpartition(".")
    return owner or desk.ctx.schema, short


def _job(desk: Desk, name: str) -> dict[str, Any]:
    owner, short = _split(desk, name)
    rows = desk.tables.rows("CDB_SCHEDULER_JOBS", "OWNER = ? AND JOB_NAME = ? AND CON_ID = ?", owner, short,
                            desk.con_id)
    visible = owner == desk.ctx.user or desk.has("CREATE ANY JOB") or desk.has("MANAGE SCHEDULER")
    if not rows or not visible:
        raise OraError(27475, f'unknown job "{owner}"."{short}"')
    return rows[0]


def _update(desk: Desk, job: dict[str, Any], **values: Any) -> None:
    desk.tables.update("CDB_SCHEDULER_JOBS", values, "OWNER = ? AND JOB_NAME = ? AND CON_ID = ?",
                       job["OWNER"], job["JOB_NAME"], job["CON_ID"])


@procedure("DBMS_SCHEDULER.CREATE_JOB", job_name=REQUIRED, job_type=None, job_action=None, number_of_arguments=0,
           start_date=None, repeat_interval=None, end_date=None, job_class="DEFAULT_JOB_CLASS", enabled=False,
           auto_drop=True, comments=None, credential_name=None, destination_name=None, program_name=None,
           schedule_name=None, job_style="REGULAR")
def create_job(desk: Desk, **given: Any) -> None:
    """A job; with ``enabled`` it is scheduled at once."""
    owner, name = _split(desk, given["job_name"])
    desk.require("CREATE JOB" if owner == desk.ctx.user else "CREATE ANY JOB")
    if desk.tables.rows("CDB_SCHEDULER_JOBS", "OWNER = ? AND JOB_NAME = ? AND CON_ID = ?", owner, name, desk.con_id):
        raise OraError(27477, f'"{owner}"."{name}" already exists')
    enabled = bool(given["enabled"])
    desk.tables.insert("CDB_SCHEDULER_JOBS", {
        "OWNER": owner, "JOB_NAME": name, "JOB_STYLE": given["job_style"], "JOB_CREATOR": desk.ctx.user,
        "JOB_TYPE": given["job_type"], "JOB_ACTION": given["job_action"], "PROGRAM_NAME": given["program_name"],
        "NUMBER_OF_ARGUMENTS": given["number_of_arguments"], "SCHEDULE_NAME": given["schedule_name"],
        "SCHEDULE_TYPE": "CALENDAR" if given["repeat_interval"] else "ONCE", "START_DATE": _zoned(given["start_date"]),
        "REPEAT_INTERVAL": given["repeat_interval"], "END_DATE": _zoned(given["end_date"]),
        "JOB_CLASS": given["job_class"],
        "ENABLED": "TRUE" if enabled else "FALSE", "STATE": "SCHEDULED" if enabled else "DISABLED",
        "AUTO_DROP": "TRUE" if given["auto_drop"] else "FALSE", "RUN_COUNT": 0, "FAILURE_COUNT": 0, "RETRY_COUNT": 0,
        "COMMENTS": given["comments"], "SYSTEM": "FALSE",
        "NEXT_RUN_DATE": _zoned(given["start_date"]) or desk.zoned_now(),
        "CON_ID": desk.con_id})


def _zoned(value: Any) -> str | None:
    if not isinstance(value, dt.datetime):
        return value
    utc = value.astimezone(dt.UTC) if value.tzinfo else value - dt.timedelta(hours=8)
    return utc.strftime("%Y-%m-%d %H:%M:%S.%f") + "+08:00"


@procedure("DBMS_SCHEDULER.DROP_JOB", job_name=REQUIRED, force=False, defer=False,
           commit_semantics="STOP_ON_FIRST_ERROR")
def drop_job(desk: Desk, *, job_name: str, force: bool, defer: bool, commit_semantics: str) -> None:
    """Remove jobs (a list with commas); a running one only with ``force``."""
    for name in job_name.split(","):
        job = _job(desk, name)
        if job["STATE"] == "RUNNING" and not force:
            raise OraError(27478, f'job "{job["OWNER"]}"."{job["JOB_NAME"]}" is running')
        for table in ("CDB_SCHEDULER_JOBS", "CDB_SCHEDULER_RUNNING_JOBS"):
            desk.tables.delete(table, "OWNER = ? AND JOB_NAME = ? AND CON_ID = ?", job["OWNER"], job["JOB_NAME"],
                               job["CON_ID"])


@procedure("DBMS_SCHEDULER.ENABLE", name=REQUIRED, commit_semantics="STOP_ON_FIRST_ERROR")
def enable(desk: Desk, *, name: str, commit_semantics: str) -> None:
    """Schedule jobs."""
    for each in name.split(","):
        _update(desk, _job(desk, each), ENABLED="TRUE", STATE="SCHEDULED")


@procedure("DBMS_SCHEDULER.DISABLE", name=REQUIRED, force=False, commit_semantics="STOP_ON_FIRST_ERROR")
def disable(desk: Desk, *, name: str, force: bool, commit_semantics: str) -> None:
    """Take jobs off the schedule."""
    for each in name.split(","):
        job = _job(desk, each)
        if job["STATE"] == "RUNNING" and not force:
            raise OraError(27478, f'job "{job["OWNER"]}"."{job["JOB_NAME"]}" is running')
        _update(desk, job, ENABLED="FALSE", STATE="DISABLED")


@procedure("DBMS_SCHEDULER.RUN_JOB", job_name=REQUIRED, use_current_session=True)
def run_job(desk: Desk, *, job_name: str, use_current_session: bool) -> None:
    """Run once: the action itself does nothing here, its records are written."""
    job = _job(desk, job_name)
    if job["STATE"] == "RUNNING":
        raise OraError(27478, f'job "{job["OWNER"]}"."{job["JOB_NAME"]}" is running')
    _update(desk, job, RUN_COUNT=(job["RUN_COUNT"] or 0) + 1, LAST_START_DATE=desk.zoned_now(),
            LAST_RUN_DURATION="+000000000 00:00:00.000000")
    record_run(desk, job, "SUCCEEDED", 0, None)


def record_run(desk: Desk, job: dict[str, Any], status: str, error: int, info: str | None) -> None:
    """One line in the job log and in the run details."""
    number = desk.tables.value("SELECT coalesce(max(LOG_ID), 0) + 1 FROM {CDB_SCHEDULER_JOB_RUN_DETAILS}")
    common = {"LOG_ID": number, "LOG_DATE": desk.zoned_now(), "OWNER": job["OWNER"], "JOB_NAME": job["JOB_NAME"],
              "STATUS": status, "CON_ID": job["CON_ID"]}
    desk.tables.insert("CDB_SCHEDULER_JOB_LOG", {**common, "OPERATION": "RUN", "JOB_CLASS": job.get("JOB_CLASS")})
    desk.tables.insert("CDB_SCHEDULER_JOB_RUN_DETAILS", {
        **common, "ERROR#": error, "REQ_START_DATE": desk.zoned_now(), "ACTUAL_START_DATE": desk.zoned_now(),
        "RUN_DURATION": "+000 00:00:00", "INSTANCE_ID": desk.instance_number,
        "SESSION_ID": f"{desk.ctx.sid},{desk.ctx.serial}",
        "ADDITIONAL_INFO": info})


@procedure("DBMS_SCHEDULER.STOP_JOB", job_name=REQUIRED, force=False, commit_semantics="STOP_ON_FIRST_ERROR")
def stop_job(desk: Desk, *, job_name: str, force: bool, commit_semantics: str) -> None:
    """Stop a running job."""
    for name in job_name.split(","):
        job = _job(desk, name)
        if job["STATE"] != "RUNNING":
            raise OraError(27366, f'job "{job["OWNER"]}"."{job["JOB_NAME"]}" is not running')
        desk.tables.delete("CDB_SCHEDULER_RUNNING_JOBS", "OWNER = ? AND JOB_NAME = ?", job["OWNER"], job["JOB_NAME"])
        _update(desk, job, STATE="STOPPED" if job["ENABLED"] == "FALSE" else "SCHEDULED")
        record_run(desk, job, "STOPPED", 27457, "REASON=\"Stop job called by user\"")


@procedure("DBMS_SCHEDULER.SET_ATTRIBUTE", name=REQUIRED, attribute=REQUIRED, value=REQUIRED, value2=None)
def set_attribute(desk: Desk, *, name: str, attribute: str, value: Any, value2: Any) -> None:
    """Change one attribute of a job."""
    job = _job(desk, name)
    column = attribute.upper()
    if column not in job or column in ("OWNER", "JOB_NAME", "STATE", "CON_ID"):
        raise OraError(27469, f"{attribute} is not a valid job attribute")
    if isinstance(value, bool):
        value = "TRUE" if value else "FALSE"
    _update(desk, job, **{column: _zoned(value)})


@procedure("DBMS_SCHEDULER.PURGE_LOG", log_history=0, which_log="JOB_AND_WINDOW_LOG", job_name=None)
def purge_log(desk: Desk, *, log_history: float, which_log: str, job_name: str | None) -> None:
    """Remove run records older than ``log_history`` days."""
    desk.require("MANAGE SCHEDULER")
    edge = (desk.clock() - dt.timedelta(days=float(log_history), hours=8)).strftime("%Y-%m-%d %H:%M:%S.%f")
    name = _split(desk, job_name)[1] if job_name else None
    for table in ("CDB_SCHEDULER_JOB_RUN_DETAILS", "CDB_SCHEDULER_JOB_LOG"):
        desk.tables.delete(table, "LOG_DATE <= ? AND (? IS NULL OR JOB_NAME = ?)", edge, name, name)
