# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults of backups: missing, old, failed, unverified, damaged, badly configured."""

from __future__ import annotations

from estate.faults.base import fault
from estate.faults.common_rows import alert
from estate.faults.edit import Edit
from estate.faults.storage import data_file

DAY = 86400.0
SETS = ("V$BACKUP_DATAFILE", "V$BACKUP_REDOLOG", "V$BACKUP_PIECE", "V$BACKUP_SPFILE", "V$BACKUP_SET")


def _forget_sets(edit: Edit, where: str, *args: object) -> None:
    """Remove backup sets (chosen by columns of V$BACKUP_SET) with their pieces and contents."""
    for row in edit.rows("V$BACKUP_SET", where, *args):
        for table in SETS:
            edit.delete(table, "SET_STAMP = ? AND SET_COUNT = ?", row["SET_STAMP"], row["SET_COUNT"])


@fault("backup.full_age", consequences=("backup.incremental_age",),
       zh="最近一次全量（0 级）备份已超过一周")
def full_backup_old(edit: Edit, days: float = 10.0) -> None:
    """The last full (level 0) backup is more than a week old."""
    edit.suspend("level0")
    edge = edit.local(days * DAY)
    _forget_sets(edit, "INCREMENTAL_LEVEL = 0 AND COMPLETION_TIME > ?", edge)
    edit.delete("V$BACKUP_DATAFILE", "INCREMENTAL_LEVEL = 0 AND COMPLETION_TIME > ?", edge)


@fault("backup.full_age", consequences=("backup.incremental_age", "backup.archivelog_age", "backup.unbacked_files",
                                        "backup.verified",
                                        "backup.restore_tested"),
       zh="数据库没有任何备份")
def no_backup(edit: Edit) -> None:
    """The database has no backup at all."""
    edit.suspend("level0", "level1", "archivelog", "validate", "restore")
    for table in (*SETS, "V$RMAN_STATUS", "V$DATAFILE_COPY"):
        edit.delete(table, "1 = 1")
    edit.update("V$ARCHIVED_LOG", {"BACKUP_COUNT": 0}, "BACKUP_COUNT > 0")


@fault("backup.incremental_age", consequences=("backup.full_age",),
       zh="每日增量备份已中断数日")
def incremental_backup_missed(edit: Edit, days: float = 3.0) -> None:
    """The daily incremental backup has been missed for days."""
    edit.suspend("level0", "level1")
    edge = edit.local(days * DAY)
    _forget_sets(edit, "INCREMENTAL_LEVEL IN (0, 1) AND COMPLETION_TIME > ?", edge)
    edit.delete("V$RMAN_STATUS", "OBJECT_TYPE IN ('DB INCR', 'DB FULL') AND OPERATION = 'BACKUP' AND START_TIME > ?",
                edge)


@fault("backup.archivelog_age",
       zh="归档日志长时间未备份")
def archivelog_backup_missed(edit: Edit, days: float = 2.0) -> None:
    """Archived logs have not been backed up for a long time."""
    edit.suspend("archivelog", "expiry")
    edge = edit.local(days * DAY)
    edit.update("V$ARCHIVED_LOG", {"BACKUP_COUNT": 0}, "COMPLETION_TIME > ?", edge)
    edit.delete("V$BACKUP_REDOLOG", "NEXT_TIME > ?", edge)
    _forget_sets(edit, "BACKUP_TYPE = 'L' AND COMPLETION_TIME > ?", edge)


def _job(edit: Edit, status: str, message: str, ago: float) -> None:
    """An RMAN session with one BACKUP command that ended so."""
    top = edit.query("SELECT coalesce(max(RECID), 0) AS RECID, coalesce(max(STAMP), 0) AS STAMP "
                     "FROM {V$RMAN_STATUS}")[0]
    session, stamp = top["RECID"] + 1, top["STAMP"] + 1
    common = {"SESSION_RECID": session, "SESSION_STAMP": stamp, "STATUS": status, "START_TIME": edit.local(ago),
              "SID": 0,
              "END_TIME": edit.local(ago - 900), "INPUT_BYTES": 41 << 30, "OUTPUT_BYTES": 0, "MBYTES_PROCESSED": 41984,
              "COMMAND_ID": edit.local(ago).replace(" ", "T"), "OPTIMIZED": "NO", "OSB_ALLOCATED": "NO", "CON_ID": 0}
    edit.insert("V$RMAN_STATUS", {**common, "RECID": session, "STAMP": stamp, "PARENT_RECID": None,
                                  "PARENT_STAMP": None, "ROW_LEVEL": 0,
                                  "ROW_TYPE": "SESSION", "OPERATION": "RMAN", "OBJECT_TYPE": None,
                                  "OUTPUT_DEVICE_TYPE": "DISK"})
    edit.insert("V$RMAN_STATUS", {**common, "RECID": session + 1, "STAMP": stamp + 1, "PARENT_RECID": session,
                                  "PARENT_STAMP": stamp,
                                  "ROW_LEVEL": 1, "ROW_TYPE": "COMMAND", "OPERATION": "BACKUP",
                                  "OBJECT_TYPE": "DB INCR",
                                  "OUTPUT_DEVICE_TYPE": "DISK"})
    for number, line in enumerate(message.split("\n"), 1):
        edit.insert("GV$RMAN_OUTPUT", {"INST_ID": 1, "SID": 0, "RECID": number, "STAMP": stamp,
                                       "SESSION_RECID": session,
                                       "SESSION_STAMP": stamp, "RMAN_STATUS_RECID": session + 1,
                                       "RMAN_STATUS_STAMP": stamp + 1,
                                       "OUTPUT": line, "SESSION_KEY": session, "CON_ID": 0})


@fault("backup.failed_jobs", zh="昨夜备份任务失败（介质空间不足）")
def backup_failed(edit: Edit, hours: float = 6.0) -> None:
    """Last night's backup failed: no space on the backup target."""
    _job(edit, "FAILED",
         "RMAN-03009: failure of backup command on ch1 channel\nORA-19502: write error on file \"/backup/x.bkp\", "
         "block number 1045 (block size=8192)\nORA-27072: File I/O error\nLinux-x86_64 Error: 28: No space left",
         hours * 3600)


@fault("backup.failed_jobs", zh="备份完成但伴有错误")
def backup_completed_with_errors(edit: Edit, hours: float = 5.0) -> None:
    """A backup completed with errors."""
    _job(edit, "COMPLETED WITH ERRORS", "RMAN-03009: failure of backup command on ch2 channel\n"
         "ORA-19566: exceeded limit of 0 corrupt blocks for file /u02/oradata/his01.dbf", hours * 3600)


@fault("backup.unbacked_files", consequences=("backup.full_age", "backup.incremental_age"),
       zh="新增数据文件从未备份")
def datafile_not_backed_up(edit: Edit) -> None:
    """A data file has never been backed up."""
    edit.delete("V$BACKUP_DATAFILE", '"FILE#" = ?', data_file(edit)["FILE#"])


@fault("backup.corrupt_blocks", consequences=("logs.alert_errors",), zh="发现数据块损坏（ORA-01578）")
def corrupt_block(edit: Edit) -> None:
    """Corrupt blocks were found (ORA-01578)."""
    file = data_file(edit)
    edit.insert("V$DATABASE_BLOCK_CORRUPTION", {"FILE#": file["FILE#"], "BLOCK#": 118273, "BLOCKS": 2,
                                                "CORRUPTION_CHANGE#": 0,
                                                "CORRUPTION_TYPE": "CHECKSUM", "CON_ID": file["CON_ID"]})
    alert(edit, f"Corrupt block relative dba: 0x0281ce01 (file {file['FILE#']}, block 118273)\n"
                f"ORA-01578: ORACLE data block corrupted (file # {file['FILE#']}, block # 118273)\n"
                f"ORA-01110: data file {file['FILE#']}: '{file['NAME']}'", 5400)


@fault("backup.piece_status", zh="备份片在磁盘上找不到（EXPIRED）")
def backup_piece_missing(edit: Edit) -> None:
    """A backup piece is no longer on disk (EXPIRED)."""
    recid = edit.value("SELECT max(RECID) FROM {V$BACKUP_PIECE} WHERE STATUS = 'A'")
    edit.update("V$BACKUP_PIECE", {"STATUS": "X"}, "RECID = ?", recid)


@fault("backup.verified", consequences=("backup.restore_tested",), zh="备份已数日未做校验")
def backup_not_verified(edit: Edit, days: float = 4.0) -> None:
    """Backups have not been verified for days."""
    edit.suspend("validate", "restore")
    edit.delete("V$RMAN_STATUS", "(OPERATION LIKE '%VALIDATE%' OR OPERATION LIKE '%CROSSCHECK%') AND START_TIME > ?",
                edit.local(days * DAY))


@fault("backup.restore_tested", zh="一个多月没有做过恢复测试")
def restore_test_missed(edit: Edit, days: float = 45.0) -> None:
    """No restore test for more than a month."""
    edit.suspend("restore")
    edit.delete("V$RMAN_STATUS", "OPERATION LIKE '%RESTORE%VALIDATE%' AND START_TIME > ?", edit.local(days * DAY))


@fault("backup.hot_backup_mode", zh="数据文件遗留在热备模式")
def hot_backup_left(edit: Edit, hours: float = 50.0) -> None:
    """Files were left in hot backup mode."""
    edit.update("_DATAFILE", {"BACKUP_STATUS": "ACTIVE", "BACKUP_TIME": edit.local(hours * 3600)}, "CON_ID = ?",
                edit.container())


def _configure(edit: Edit, name: str, value: str) -> None:
    if not edit.update("V$RMAN_CONFIGURATION", {"VALUE": value}, "NAME = ?", name):
        number = 1 + int(edit.value("SELECT coalesce(max(\"CONF#\"), 0) FROM {V$RMAN_CONFIGURATION}"))
        edit.insert("V$RMAN_CONFIGURATION", {"CONF#": number, "NAME": name, "VALUE": value, "CON_ID": 0})


@fault("backup.retention_policy", zh="RMAN 保留策略短于 7 天")
def rman_retention_short(edit: Edit, days: int = 3) -> None:
    """RMAN keeps backups for less than seven days."""
    _configure(edit, "RETENTION POLICY", f"TO RECOVERY WINDOW OF {days} DAYS")


@fault("backup.controlfile_autobackup", zh="控制文件自动备份已关闭")
def controlfile_autobackup_off(edit: Edit) -> None:
    """The control file's automatic backup is off."""
    _configure(edit, "CONTROLFILE AUTOBACKUP", "OFF")


@fault(None, kinds=("ee",), zh="闪回数据库已关闭")
def flashback_off(edit: Edit) -> None:
    """Flashback Database is off."""
    edit.update("_DATABASE", {"FLASHBACK_ON": "NO"}, "1 = 1")


@fault(None, kinds=("ee",), zh="块变更跟踪已关闭，增量备份变慢")
def change_tracking_off(edit: Edit) -> None:
    """Block change tracking is off: incremental backups read everything."""
    edit.delete("V$BLOCK_CHANGE_TRACKING", "1 = 1")
    edit.insert("V$BLOCK_CHANGE_TRACKING", {"STATUS": "DISABLED", "FILENAME": None, "BYTES": None, "CON_ID": 0})
