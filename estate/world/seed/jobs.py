# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Scheduler jobs, their runs of the last 30 days, automated maintenance, undo statistics."""

from __future__ import annotations

from typing import Any

from estate.world.clock import date_text, interval_text, zoned_text
from estate.world.seed.base import DAY, HOUR, Seed

# Name, hour of the day, minutes, repeat interval.
ORACLE_JOBS = (("ORA$AT_OS_OPT_SY_1", 22.0, 34, "AUTOTASK"), ("PURGE_LOG", 3.0, 1, "FREQ=DAILY;BYHOUR=3"),
               ("CLEANUP_ONLINE_IND_BUILD", 1.5, 1, "FREQ=DAILY"), ("BSLN_MAINTAIN_STATS_JOB", 0.2, 1, "FREQ=WEEKLY"))
OWN_JOBS = (("JOB_DAILY_SUMMARY", 1.0, 18, "FREQ=DAILY;BYHOUR=1"), ("JOB_ARCHIVE_OLD_ROWS", 2.25, 26,
                                                                    "FREQ=DAILY;BYHOUR=2;BYMINUTE=15"))
CLIENTS = ("auto optimizer stats collection", "auto space advisor", "sql tuning advisor")


def fill(seed: Seed) -> None:
    """Scheduler jobs with their last runs, automated tasks and undo statistics."""
    log = 50000
    for con_id in seed.spec.containers:
        for who, name, hour, minutes, repeat in of_container(seed, con_id):
            log = _runs(seed, con_id, who, name, hour, minutes, log)
            if repeat != "AUTOTASK":
                _job(seed, con_id, who, name, hour, minutes, repeat)
        _automated(seed, con_id)
    _undo_statistics(seed)


def _job(seed: Seed, con_id: int, owner: str, name: str, hour: float, minutes: int, repeat: str) -> None:
    last = next(moment for moment in (seed.midnight(back) + hour * HOUR for back in range(3))
                if moment + minutes * 60 < seed.now)
    seed.add("CDB_SCHEDULER_JOBS", {
        "OWNER": owner, "JOB_NAME": name, "JOB_STYLE": "REGULAR", "JOB_CREATOR": owner, "JOB_TYPE": "STORED_PROCEDURE",
        "JOB_ACTION": f"{owner}.{name}", "NUMBER_OF_ARGUMENTS": 0,
        "SCHEDULE_TYPE": "CALENDAR", "START_DATE": zoned_text(seed.now - seed.created_seconds),
        "REPEAT_INTERVAL": repeat, "JOB_CLASS": "DEFAULT_JOB_CLASS", "ENABLED": "TRUE", "AUTO_DROP": "FALSE",
        "RESTARTABLE": "FALSE", "STATE": "SCHEDULED", "JOB_PRIORITY": 3, "RUN_COUNT": int(seed.created_seconds / DAY),
        "UPTIME_RUN_COUNT": 40, "FAILURE_COUNT": 0, "UPTIME_FAILURE_COUNT": 0, "RETRY_COUNT": 0,
        "LAST_START_DATE": zoned_text(last), "LAST_RUN_DURATION": interval_text(minutes * 60),
        "NEXT_RUN_DATE": zoned_text(last + DAY), "LOGGING_LEVEL": "RUNS", "STOP_ON_WINDOW_CLOSE": "FALSE",
        "INSTANCE_STICKINESS": "TRUE", "SYSTEM": "TRUE" if owner == "SYS" else "FALSE", "JOB_WEIGHT": 1,
        "NUMBER_OF_DESTINATIONS": 1, "DEFERRED_DROP": "FALSE", "COMMENTS": None, "CON_ID": con_id})


def _runs(seed: Seed, con_id: int, owner: str, name: str, hour: float, minutes: int, log: int) -> int:
    for back in range(30, -1, -1):
        started = seed.midnight(back) + hour * HOUR
        ended = started + minutes * 60
        if ended > seed.now:
            continue
        log += 1
        for table, row in run(seed, con_id, owner, name, started, minutes, log):
            seed.add(table, row)
    return log


def run(seed: Seed, con_id: int, owner: str, name: str, started: float, minutes: int,
        log: int) -> list[tuple[str, dict[str, Any]]]:
    """The (table, row) records of one successful run of a job."""
    ended = started + minutes * 60
    details = {
        "LOG_ID": log, "LOG_DATE": zoned_text(ended), "OWNER": owner, "JOB_NAME": name, "STATUS": "SUCCEEDED",
        "ERROR#": 0, "REQ_START_DATE": zoned_text(started),
        "ACTUAL_START_DATE": zoned_text(started + 0.4), "RUN_DURATION": interval_text(minutes * 60),
        "INSTANCE_ID": 1 + log % len(seed.spec.instances), "SESSION_ID": f"{300 + log % 40},{log % 60000}",
        "SLAVE_PID": str(28000 + log % 900), "CPU_USED": interval_text(minutes * 20), "ADDITIONAL_INFO": None,
        "ERRORS": None, "OUTPUT": None, "CON_ID": con_id}
    entry = {"LOG_ID": log, "LOG_DATE": zoned_text(ended), "OWNER": owner, "JOB_NAME": name,
             "JOB_CLASS": "DEFAULT_JOB_CLASS", "OPERATION": "RUN", "STATUS": "SUCCEEDED", "CON_ID": con_id}
    return [("CDB_SCHEDULER_JOB_RUN_DETAILS", details), ("CDB_SCHEDULER_JOB_LOG", entry)]


def of_container(seed: Seed, con_id: int) -> list[tuple[str, str, float, int, str]]:
    """(owner, name, hour, minutes, repeat interval) of a container's jobs."""
    owner = next((name for name, schema in seed.data["schemas"].items()
                  if seed.spec.container(schema.get("container")) == con_id), None)
    return [("SYS", *job) for job in ORACLE_JOBS] + ([(owner, *job) for job in OWN_JOBS] if owner else [])


def history_row(client: str, number: int, started: float, con_id: int) -> dict[str, Any]:
    """One window's run of an automated maintenance task."""
    return {"CLIENT_NAME": client, "WINDOW_NAME": "WEEKNIGHT_WINDOW",
            "JOB_NAME": "ORA$AT_" + client[:6].upper().replace(" ", "_") + f"_{number}", "JOB_STATUS": "SUCCEEDED",
            "WINDOW_START_TIME": zoned_text(started), "JOB_START_TIME": zoned_text(started + 2),
            "JOB_DURATION": interval_text(900), "JOB_ERROR": 0, "CON_ID": con_id}


def undo_row(seed: Seed, instance: int, ended: float, step: int) -> dict[str, Any]:
    """Ten minutes of V$UNDOSTAT."""
    busy = 0.4 + 0.6 * ((step * 37) % 100) / 100
    return {
        "INST_ID": instance, "BEGIN_TIME": date_text(ended - 600), "END_TIME": date_text(ended),
        "UNDOTSN": 2, "UNDOBLKS": int(9000 * seed.load * busy) + 40, "TXNCOUNT": int(52000 * seed.load * busy) + 90,
        "MAXQUERYLEN": 300 + step % 900, "MAXCONCURRENCY": 6, "UNXPSTEALCNT": 0, "UNXPBLKRELCNT": 0,
        "UNXPBLKREUCNT": 0, "EXPSTEALCNT": 0, "EXPBLKRELCNT": 0, "EXPBLKREUCNT": 0, "SSOLDERRCNT": 0,
        "NOSPACEERRCNT": 0, "ACTIVEBLKS": 160, "UNEXPIREDBLKS": 46000, "EXPIREDBLKS": 109000,
        "TUNED_UNDORETENTION": 10800 + step % 600, "CON_ID": seed.spec.root}


def _automated(seed: Seed, con_id: int) -> None:
    for client in CLIENTS:
        seed.add("CDB_AUTOTASK_CLIENT", {"CLIENT_NAME": client, "STATUS": "ENABLED", "CONSUMER_GROUP": "ORA$AUTOTASK",
                                         "WINDOW_GROUP": "ORA$AT_WGRP_OS",
                                         "ATTRIBUTES": "ON BY DEFAULT, VOLATILE, SAFE TO KILL", "CON_ID": con_id})
        for back in range(14):
            seed.add("CDB_AUTOTASK_JOB_HISTORY",
                     history_row(client, 400 - back, seed.midnight(back + 1) + 22 * HOUR, con_id))


def _undo_statistics(seed: Seed) -> None:
    for instance in seed.spec.instances:
        for step in range(144 * 4):
            ended = seed.now - step * 600
            if step * 600 > instance.uptime:
                break
            seed.add("GV$UNDOSTAT", undo_row(seed, instance.number, ended, step))
