# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults of redo, archiving, the standby and the alert log."""

from __future__ import annotations

from estate.faults.base import FaultError, fault
from estate.faults.common_rows import alert, application, session
from estate.faults.edit import Edit

HOUR, DAY = 3600.0, 86400.0


@fault("logs.archivelog_mode", zh="数据库运行在非归档模式，无法做到时间点恢复")
def noarchivelog(edit: Edit) -> None:
    """The database runs in NOARCHIVELOG mode: no point-in-time recovery."""
    edit.update("_DATABASE", {"LOG_MODE": "NOARCHIVELOG", "FLASHBACK_ON": "NO"}, "1 = 1")
    edit.update("_INSTANCE", {"ARCHIVER": "STOPPED"}, "1 = 1")


@fault("logs.redo_members", zh="一个重做日志组只剩一个成员")
def redo_member_lost(edit: Edit) -> None:
    """A redo log group has only one member left."""
    group = edit.value("SELECT \"GROUP#\" FROM {V$LOGFILE} WHERE TYPE = 'ONLINE' GROUP BY \"GROUP#\" "
                       "HAVING count(*) > 1 ORDER BY 1 LIMIT 1")
    keep = edit.value("SELECT min(MEMBER) FROM {V$LOGFILE} WHERE \"GROUP#\" = ?", group)
    edit.delete("V$LOGFILE", "\"GROUP#\" = ? AND MEMBER <> ?", group, keep)


@fault("logs.redo_file_status", zh="重做日志成员无法访问（INVALID）")
def redo_file_invalid(edit: Edit) -> None:
    """A redo log member cannot be accessed (INVALID)."""
    member = edit.value("SELECT max(MEMBER) FROM {V$LOGFILE} WHERE TYPE = 'ONLINE'")
    edit.update("V$LOGFILE", {"STATUS": "INVALID"}, "MEMBER = ?", member)


@fault("logs.switch_rate", zh="日志切换过于频繁")
def log_switch_storm(edit: Edit, per_hour: int = 90, hours: int = 3) -> None:
    """Redo logs switch far too often."""
    edit.suspend("redo")
    sample = edit.rows("V$ARCHIVED_LOG", "DEST_ID = 1 ORDER BY COMPLETION_TIME DESC, RECID DESC LIMIT 1")
    if not sample:
        raise FaultError(f"{edit.database.name} has no archived logs, so it shows no log switches.")
    thread, last = sample[0]["THREAD#"], sample[0]["SEQUENCE#"]
    recid = int(edit.value("SELECT max(RECID) FROM {V$ARCHIVED_LOG}"))
    count = per_hour * hours
    for number in range(1, count + 1):
        ago = (count - number + 1) * HOUR / per_hour
        edit.insert("V$ARCHIVED_LOG", {
            **sample[0], "RECID": recid + number, "STAMP": recid + number, "SEQUENCE#": last + number, "BLOCKS": 2048,
            "NAME": f"{sample[0]['NAME'].rpartition('/')[0]}/thread_{thread}_seq_{last + number}.arc",
            "BACKUP_COUNT": 1,
            "FIRST_TIME": edit.local(ago), "NEXT_TIME": edit.local(ago - HOUR / per_hour),
            "COMPLETION_TIME": edit.local(ago - 5)})
    edit.update("_LOG", {"SEQUENCE#": last + count + 1}, "\"THREAD#\" = ? AND STATUS = 'CURRENT'", thread)


@fault("logs.archiver", consequences=("logs.unarchived", "logs.alert_errors", "sessions.wait_pileup"),
       zh="归档进程报错停滞，业务等待 log file switch (archiving needed)（ORA-00257）")
def archiver_stuck(edit: Edit, sessions: int = 30) -> None:
    """The archiver is stuck: sessions wait for log file switch (archiving needed), logins get ORA-00257."""
    edit.suspend("redo")
    error = "ORA-19809: limit exceeded for recovery files"
    for table in ("V$ARCHIVE_DEST", "V$ARCHIVE_DEST_STATUS"):
        edit.update(table, {"STATUS": "ERROR", "ERROR": error, "FAIL_DATE": edit.local(1200), "FAILURE_COUNT": 9},
                    "DEST_ID = 1")
    edit.update("_INSTANCE", {"ARCHIVER": "FAILED", "BLOCKED": "NO", "LOG_SWITCH_WAIT": "ARCHIVE LOG"}, "1 = 1")
    edit.update("_LOG", {"ARCHIVED": "NO", "STATUS": "ACTIVE"}, "STATUS NOT IN ('CURRENT', 'UNUSED')")
    alert(edit, f"{error}\nORA-19804: cannot reclaim 209715200 bytes disk space from recovery area limit", 1200)
    alert(edit, "ORA-16038: log 2 sequence# 8812 cannot be archived\n" + error, 1190)
    for number in range(sessions):
        session(edit, edit.instances()[0], STATUS="ACTIVE", EVENT="log file switch (archiving needed)",
                WAIT_CLASS="Configuration",
                _CALL=edit.now() - 200 - number, _WAIT=edit.now() - 200 - number)


@fault("logs.unarchived", zh="归档跟不上日志产生速度，多组日志未归档")
def archiver_lagging(edit: Edit) -> None:
    """Archiving lags: several groups wait for it."""
    edit.suspend("redo")
    edit.update("_LOG", {"ARCHIVED": "NO", "STATUS": "ACTIVE"}, "STATUS NOT IN ('CURRENT', 'UNUSED')")


@fault("logs.standby_gap", kinds=("ee",), zh="备库存在归档间隙，应用严重滞后")
def standby_gap(edit: Edit, logs: int = 47) -> None:
    """The standby has an archive gap and lags far behind."""
    database = edit.database
    primary = database.peer if database.standby else database
    standby = database if database.standby else database.peer
    for one, act in ((primary, _gap_on_primary), (standby, _gap_on_standby)):
        if one is not None:
            own = edit if one is database else Edit(one)
            act(own, logs)
            if own is not edit:
                edit.on_undo("the other database of the pair", own.undo)


def _gap_on_standby(edit: Edit, logs: int) -> None:
    """Some logs of thread 1 have not come; what came after them cannot be applied."""
    edit.suspend("redo")
    last = int(edit.value("SELECT max(\"SEQUENCE#\") FROM {V$ARCHIVED_LOG} WHERE \"THREAD#\" = 1"))
    low, high = last - logs + 1, last - logs + 1 + logs // 8
    since = edit.value("SELECT CAST(strftime('%s', FIRST_TIME, '-8 hours') AS REAL) FROM {V$ARCHIVED_LOG} "
                       "WHERE \"THREAD#\" = 1 AND \"SEQUENCE#\" = ? AND DEST_ID = 1", low)
    edit.update("V$ARCHIVED_LOG", {"APPLIED": "NO"}, "FIRST_TIME >= (SELECT FIRST_TIME FROM \"V$ARCHIVED_LOG\" WHERE "
                "\"THREAD#\" = 1 AND \"SEQUENCE#\" = ?)", low)
    edit.delete("V$ARCHIVED_LOG", "\"THREAD#\" = 1 AND \"SEQUENCE#\" BETWEEN ? AND ?", low, high)
    edit.insert("V$ARCHIVE_GAP", {"THREAD#": 1, "LOW_SEQUENCE#": low, "HIGH_SEQUENCE#": high, "CON_ID": 0})
    edit.update("_STANDBY", {"_TRANSPORT": since, "_APPLY": since}, "1 = 1")
    alert(edit, f"PR00 (PID:21210): Media Recovery Waiting for T-1.S-{low}\n"
                f"PR00 (PID:21210): Fetching gap from T-1.S-{low} to T-1.S-{high}", 600)


def _gap_on_primary(edit: Edit, logs: int) -> None:
    last = int(edit.value("SELECT max(\"SEQUENCE#\") FROM {_LOG} WHERE \"THREAD#\" = 1"))
    name = edit.database.spec.data.get("standby") or f"{edit.database.name}DG"
    common = {"STATUS": "VALID", "DESTINATION": name, "DB_UNIQUE_NAME": name, "CON_ID": 0}
    if not edit.update("V$ARCHIVE_DEST", common, "TARGET = 'STANDBY'"):
        sample = edit.rows("V$ARCHIVE_DEST", "DEST_ID = 1")[0]
        edit.delete("V$ARCHIVE_DEST", "DEST_ID = 2")
        edit.insert("V$ARCHIVE_DEST", {**sample, **common, "DEST_ID": 2, "DEST_NAME": "LOG_ARCHIVE_DEST_2",
                                       "TARGET": "STANDBY",
                                       "ARCHIVER": "LGWR", "TRANSMIT_MODE": "ASYNCHRONOUS", "BINDING": "OPTIONAL",
                                       "LOG_SEQUENCE": last - logs})
    edit.suspend("transport")
    edit.delete("V$ARCHIVE_DEST_STATUS", "DEST_ID = 2")
    edit.insert("V$ARCHIVE_DEST_STATUS", {
        **common, "DEST_ID": 2, "DEST_NAME": "LOG_ARCHIVE_DEST_2", "TYPE": "PHYSICAL",
        "DATABASE_MODE": "MOUNTED-STANDBY",
        "RECOVERY_MODE": "MANAGED REAL TIME APPLY", "PROTECTION_MODE": "MAXIMUM PERFORMANCE", "ARCHIVED_THREAD#": 1,
        "ARCHIVED_SEQ#": last - 1, "APPLIED_THREAD#": 1, "APPLIED_SEQ#": last - logs, "ERROR": None, "SRL": "YES",
        "SYNCHRONIZATION_STATUS": "CHECK CONFIGURATION", "SYNCHRONIZED": "NO", "GAP_STATUS": "RESOLVABLE GAP"})


def _trace(edit: Edit, instance: int, process: int) -> str:
    """The trace file of a server process."""
    name = edit.database.instances[instance].name
    return f"/u01/app/oracle/diag/rdbms/{edit.database.name.lower()}/{name}/trace/{name}_ora_{process}.trc"


def _incident(edit: Edit, code: str, text: str, ago: float) -> None:
    instance = edit.instances()[0]
    number = 1 + int(edit.value("SELECT coalesce(max(INCIDENT_ID), 48000) FROM {V$DIAG_INCIDENT}") or 48000)
    number += int(ago) // 60
    trace = f"{_trace(edit, instance, 20417)}  (incident={number}):"
    alert(edit, f"Errors in file {trace}\n{text}\nUse ADRCI or Support Workbench to package the incident.", ago,
          instance,
          PROBLEM_KEY=code, MESSAGE_TYPE=2, MESSAGE_LEVEL=1)


@fault("logs.alert_errors", zh="告警日志出现 ORA-00600 内部错误")
def ora_600(edit: Edit, count: int = 3) -> None:
    """ORA-00600 internal errors in the alert log."""
    for number in range(count):
        _incident(edit, "ORA 600 [kdsgrp1]",
                  "ORA-00600: internal error code, arguments: [kdsgrp1], [], [], [], [], [], [], []",
                  1800.0 * (number + 1))


@fault("logs.alert_errors", zh="告警日志出现 ORA-07445（进程异常终止）")
def ora_7445(edit: Edit) -> None:
    """ORA-07445 in the alert log: a server process crashed."""
    _incident(edit, "ORA 7445 [kxsGetRuntimeLock()+183]",
              "ORA-07445: exception encountered: core dump [kxsGetRuntimeLock()+183] "
              "[SIGSEGV] [ADDR:0x18] [PC:0x31C8A5B] [Address not mapped to object] []", 2400.0)


@fault("logs.alert_errors", zh="共享池内存不足（ORA-04031）")
def shared_pool_exhausted(edit: Edit, count: int = 4) -> None:
    """The shared pool runs out of memory (ORA-04031)."""
    for number in range(count):
        _incident(edit, "ORA 4031",
                  "ORA-04031: unable to allocate 4160 bytes of shared memory (\"shared pool\",\"unknown object\","
                  "\"sga heap(1,0)\",\"KGLH0\")", 900.0 * (number + 1))


@fault("logs.deadlocks", zh="应用频繁死锁（ORA-00060）")
def deadlock(edit: Edit, count: int = 6) -> None:
    """The application deadlocks again and again (ORA-00060)."""
    for number in range(count):
        alert(edit,
              "ORA-00060: Deadlock detected. See Note 60.1 at My Oracle Support for Troubleshooting ORA-60 Errors. "
              f"More info in file {_trace(edit, edit.instances()[0], 21000 + number)}.",
              HOUR * (number + 1))


@fault("logs.checkpoint_incomplete", zh="检查点未完成导致日志切换等待")
def checkpoint_incomplete(edit: Edit, count: int = 12) -> None:
    """Log switches wait: checkpoint not complete."""
    sequence = int(edit.value("SELECT max(\"SEQUENCE#\") FROM {_LOG}"))
    for number in range(count):
        alert(edit, f"Thread 1 cannot allocate new log, sequence {sequence - number}\nCheckpoint not complete",
              1500.0 * (number + 1))


@fault("logs.retention", zh="告警日志只保留了几天")
def log_retention_short(edit: Edit, days: int = 6) -> None:
    """The alert log reaches back only a few days."""
    edit.delete("V$DIAG_ALERT_EXT", "ORIGINATING_TIMESTAMP < ?", edit.zoned(days * DAY))


@fault(None, zh="监听与网络层反复超时（ORA-12170、TNS-12535 写入告警日志）")
def connect_timeouts(edit: Edit, count: int = 20) -> None:
    """Connections time out again and again (ORA-12170 and TNS-12535 in the alert log)."""
    machine = application(edit)["MACHINE"]
    for number in range(count):
        alert(edit,
              "Fatal NI connect error 12170.\n  TNS-12535: TNS:operation timed out\n  ns secondary err code: 12560\n"
              "  nt main err code: 505\n"
              f"  Client address: (ADDRESS=(PROTOCOL=tcp)(HOST={machine})(PORT={40000 + number}))\n"
              "ORA-12170: TNS:Connect timeout occurred", 200.0 * (number + 1))
