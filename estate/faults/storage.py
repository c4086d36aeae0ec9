# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults of space and files: tablespaces, TEMP, UNDO, recovery area, ASM, data files, control files, I/O."""

from __future__ import annotations

import itertools
from typing import Any

from estate.faults.base import FaultError, fault
from estate.faults.common_rows import alert, application, session, some_sql
from estate.faults.edit import Edit

MEGABYTE = 1 << 20


def application_tablespace(edit: Edit, name: str = "") -> str:
    """A permanent application tablespace: the named one, else the one with the most files and then segments."""
    chosen = edit.value(
        """SELECT t.TABLESPACE_NAME FROM {CDB_TABLESPACES} t WHERE t.CONTENTS = 'PERMANENT' AND t.CON_ID = ?
           AND (? = '' OR t.TABLESPACE_NAME = ?) AND t.TABLESPACE_NAME NOT IN ('SYSTEM', 'SYSAUX')
           ORDER BY (SELECT count(*) FROM {_DATAFILE} f
                     WHERE f.TABLESPACE_NAME = t.TABLESPACE_NAME AND f.CON_ID = t.CON_ID) DESC,
                    (SELECT sum(BYTES) FROM {_SEGMENT} s
                     WHERE s.TABLESPACE_NAME = t.TABLESPACE_NAME AND s.CON_ID = t.CON_ID) DESC LIMIT 1""",
        edit.container(), name, name.upper())
    if chosen is None:
        raise FaultError(f"{edit.database.name} has no permanent tablespace {name or 'of an application'}.")
    return str(chosen)


def _fill(edit: Edit, name: str, con_id: int, free_pct: float) -> None:
    """Grow the largest segment until ``free_pct`` percent of the files is free; nothing may grow any more."""
    where = "TABLESPACE_NAME = ? AND CON_ID = ?"
    edit.update("_DATAFILE", {"AUTOEXTENSIBLE": "NO", "MAXBYTES": 0, "INCREMENT_BY": 0}, where, name, con_id)
    room = int(edit.value(f"SELECT sum(BYTES - 1048576) FROM {{_DATAFILE}} WHERE {where}", name, con_id))
    used = int(edit.value(f"SELECT coalesce(sum(BYTES), 0) FROM {{_SEGMENT}} WHERE {where}", name, con_id))
    more = int(room * (1 - free_pct / 100)) - used
    largest = edit.rows("_SEGMENT", f"{where} ORDER BY BYTES DESC LIMIT 1", name, con_id)
    if more > 0 and largest:
        size = largest[0]["BYTES"] + more // 65536 * 65536
        edit.update("_SEGMENT", {"BYTES": size}, "ID = ?", largest[0]["ID"])


@fault("storage.tablespace_free", zh="业务表空间即将写满，插入将报 ORA-01653")
def tablespace_full(edit: Edit, tablespace: str = "", free_pct: float = 3.0) -> None:
    """An application tablespace is nearly full: ORA-01653 is next."""
    _fill(edit, application_tablespace(edit, tablespace), edit.container(), free_pct)


@fault("storage.tablespace_free", zh="SYSAUX 表空间即将写满")
def sysaux_full(edit: Edit, free_pct: float = 4.0) -> None:
    """SYSAUX is nearly full."""
    _fill(edit, "SYSAUX", edit.root(), free_pct)


@fault("storage.tablespace_free", zh="数据文件自动扩展已到上限（文件系统与 MAXSIZE 均用尽）")
def autoextend_exhausted(edit: Edit, tablespace: str = "") -> None:
    """Autoextending files have reached their MAXSIZE."""
    name, con_id = application_tablespace(edit, tablespace), edit.container()
    _fill(edit, name, con_id, 2.0)
    for file in edit.rows("_DATAFILE", "TABLESPACE_NAME = ? AND CON_ID = ?", name, con_id):
        edit.update("_DATAFILE", {"AUTOEXTENSIBLE": "YES", "MAXBYTES": file["BYTES"], "INCREMENT_BY": 64 * MEGABYTE},
                    '"FILE#" = ?', file["FILE#"])


@fault("storage.temp_free", zh="一个大排序几乎占满临时表空间（ORA-01652）")
def temp_full(edit: Edit, percent: int = 94) -> None:
    """One sort fills TEMP nearly to the end (ORA-01652)."""
    con_id = edit.container()
    name = edit.value("SELECT TABLESPACE_NAME FROM {_TEMPFILE} WHERE CON_ID = ? ORDER BY \"FILE#\" LIMIT 1", con_id)
    blocks = int(edit.value("SELECT sum(BYTES) / 8192 FROM {_TEMPFILE} WHERE CON_ID = ? AND TABLESPACE_NAME = ?",
                            con_id, name))
    edit.update("_TEMPFILE", {"AUTOEXTENSIBLE": "NO", "MAXBYTES": 0}, "CON_ID = ?", con_id)
    edit.delete("GV$TEMPSEG_USAGE", "TABLESPACE = ? AND CON_ID = ?", name, con_id)
    sorter = session(edit, edit.instances()[0], STATUS="ACTIVE", EVENT="direct path write temp", WAIT_CLASS="User I/O",
                     SQL_ID=some_sql(edit), _CALL=edit.now() - 90, _WAIT=edit.now() - 1, PROGRAM="report.exe")
    edit.insert("GV$TEMPSEG_USAGE", {
        "INST_ID": sorter["INST_ID"], "USERNAME": sorter["USERNAME"], "USER": sorter["USERNAME"],
        "SESSION_NUM": sorter["SERIAL#"],
        "SQL_ID": sorter["SQL_ID"], "TABLESPACE": name, "CONTENTS": "TEMPORARY", "SEGTYPE": "SORT", "SEGFILE#": 201,
        "SEGBLK#": 128,
        "EXTENTS": blocks * percent // 12800, "BLOCKS": blocks * percent // 100, "SEGRFNO#": 1, "TS#": 3,
        "CON_ID": con_id})


@fault("storage.undo_free", zh="UNDO 表空间几乎全部为活动区（ORA-30036）")
def undo_full(edit: Edit, percent: int = 95) -> None:
    """UNDO is nearly all active extents (ORA-30036)."""
    con_id = edit.container()
    sample = edit.rows("CDB_UNDO_EXTENTS", "CON_ID = ? ORDER BY EXTENT_ID DESC LIMIT 1", con_id)[0]
    name = sample["TABLESPACE_NAME"]
    edit.update("_DATAFILE", {"AUTOEXTENSIBLE": "NO", "MAXBYTES": 0}, "TABLESPACE_NAME = ? AND CON_ID = ?", name,
                con_id)
    edit.update("CDB_UNDO_EXTENTS", {"STATUS": "ACTIVE"}, "STATUS <> 'ACTIVE' AND CON_ID = ?", con_id)
    room = int(edit.value("SELECT sum(BYTES - 1048576) FROM {_DATAFILE} WHERE TABLESPACE_NAME = ? AND CON_ID = ?",
                          name, con_id))
    used = int(edit.value("SELECT sum(BYTES) FROM {CDB_UNDO_EXTENTS} WHERE TABLESPACE_NAME = ? AND CON_ID = ?", name,
                          con_id))
    missing = room * percent // 100 - used
    for number in range(8 if missing > 0 else 0):
        size = missing // 8 // 65536 * 65536
        edit.insert("CDB_UNDO_EXTENTS", {**sample, "EXTENT_ID": 2000 + number, "BYTES": size, "BLOCKS": size // 8192,
                                         "STATUS": "ACTIVE"})


@fault("storage.fra_free", zh="快速恢复区即将用尽（ORA-19809）")
def fra_full(edit: Edit, percent: int = 95) -> None:
    """Copies of data files that nobody deletes fill the recovery area; what could be reclaimed is gone (ORA-19809)."""
    edit.update("V$ARCHIVED_LOG", {"NAME": None, "DELETED": "YES", "STATUS": "D"}, "BACKUP_COUNT > 0 AND "
                "STATUS = 'A' AND IS_RECOVERY_DEST_FILE = 'YES'")
    row = edit.rows("V$RECOVERY_FILE_DEST")[0]
    left = int((row["SPACE_LIMIT"] or 0) * percent / 100) - int(row["SPACE_USED"] or 0)
    if left <= 0:
        raise FaultError(f"{edit.database.name} has no recovery area that could fill.")
    files = edit.rows("_DATAFILE", "1 = 1 ORDER BY BYTES DESC, \"FILE#\"")
    recid = int(edit.value("SELECT coalesce(max(RECID), 0) FROM {V$DATAFILE_COPY}"))
    for copy in itertools.count():
        file = files[copy % len(files)]
        blocks = min(left, file["BYTES"]) // file["BLOCK_SIZE"]
        if blocks <= 0:
            return
        left -= blocks * file["BLOCK_SIZE"]
        recid += 1
        edit.insert("V$DATAFILE_COPY", _image_copy(edit, file, recid, blocks, row["NAME"]))


def _image_copy(edit: Edit, file: dict[str, Any], recid: int, blocks: int, area: str) -> dict[str, Any]:
    """A copy of a data file in the recovery area, a row of V$DATAFILE_COPY."""
    name = f"{area}/{edit.database.name}/datafile/o1_mf_{file['TABLESPACE_NAME'].lower()}_{recid:06d}_.dbf"
    return {"RECID": recid, "STAMP": 1188000000 + recid, "NAME": name, "TAG": "COPY_BEFORE_UPGRADE",
            "FILE#": file["FILE#"], "RFILE#": file["FILE#"], "BLOCKS": blocks, "BLOCK_SIZE": file["BLOCK_SIZE"],
            "STATUS": "A", "DELETED": "NO", "COMPLETION_TIME": edit.local(9 * 86400),
            "IS_RECOVERY_DEST_FILE": "YES", "CON_ID": file["CON_ID"]}


@fault("storage.asm_free", kinds=("asm",), zh="ASM 磁盘组可用空间不足")
def asm_diskgroup_full(edit: Edit, group: str = "DATA", free_pct: float = 6.0) -> None:
    """An ASM disk group is short of usable space."""
    row = edit.rows("V$ASM_DISKGROUP", "1 = 1 ORDER BY NAME LIKE ? || '%' DESC, NAME LIMIT 1", group)[0]
    more = int(row["FREE_MB"] - row["REQUIRED_MIRROR_FREE_MB"] - row["TOTAL_MB"] * free_pct / 100)
    former = edit.value("SELECT _OTHER_MB FROM {_ASM_GROUP} WHERE GROUP_NUMBER = ?", row["GROUP_NUMBER"])
    edit.update("_ASM_GROUP", {"_OTHER_MB": former + max(more, 0)}, "GROUP_NUMBER = ?", row["GROUP_NUMBER"])


@fault("storage.asm_disk_offline", kinds=("asm",),
       zh="ASM 磁盘离线，正在倒计时删除")
def asm_disk_offline(edit: Edit) -> None:
    """An ASM disk is offline and will be dropped when its timer ends."""
    row = edit.rows("_ASM_DISK", "MODE_STATUS = 'ONLINE' ORDER BY GROUP_NUMBER, DISK_NUMBER DESC LIMIT 1")[0]
    edit.update("_ASM_DISK", {"MODE_STATUS": "OFFLINE", "MOUNT_STATUS": "MISSING", "HEADER_STATUS": "UNKNOWN",
                              "PATH": None,
                              "REPAIR_TIMER": 12960, "READ_ERRS": 4}, "GROUP_NUMBER = ? AND DISK_NUMBER = ?",
                row["GROUP_NUMBER"], row["DISK_NUMBER"])


def data_file(edit: Edit) -> dict[str, Any]:
    """The last file of the application tablespace with the most files."""
    return edit.rows("_DATAFILE", "TABLESPACE_NAME = ? AND CON_ID = ? ORDER BY \"FILE#\" DESC LIMIT 1",
                     application_tablespace(edit), edit.container())[0]


@fault("storage.datafile_status", consequences=("logs.alert_errors",),
       zh="数据文件丢失（ORA-01157、ORA-01110）")
def datafile_missing(edit: Edit) -> None:
    """A data file has vanished (ORA-01157, ORA-01110)."""
    file = data_file(edit)
    edit.update("_DATAFILE", {"ERROR": "FILE NOT FOUND"}, '"FILE#" = ?', file["FILE#"])
    alert(edit, f"ORA-01157: cannot identify/lock data file {file['FILE#']} - see DBWR trace file\n"
                f"ORA-01110: data file {file['FILE#']}: '{file['NAME']}'\nORA-27037: unable to obtain file status")


@fault("storage.datafile_status",
       zh="数据文件已离线，需要恢复")
def datafile_offline(edit: Edit) -> None:
    """A data file is offline and needs recovery."""
    edit.update("_DATAFILE", {"STATUS": "RECOVER", "RECOVER": "YES", "OFFLINE_TIME": edit.local(3600)}, '"FILE#" = ?',
                data_file(edit)["FILE#"])


@fault("storage.tablespace_offline", consequences=("storage.datafile_status",),
       zh="业务表空间离线")
def tablespace_offline(edit: Edit) -> None:
    """An application tablespace is offline."""
    key = (application_tablespace(edit), edit.container())
    where = "TABLESPACE_NAME = ? AND CON_ID = ?"
    edit.update("CDB_TABLESPACES", {"STATUS": "OFFLINE"}, where, *key)
    edit.update("_DATAFILE", {"STATUS": "OFFLINE", "ENABLED": "DISABLED", "OFFLINE_TIME": edit.local(900)}, where, *key)


@fault("storage.db_files_limit", zh="数据文件数量接近 db_files（ORA-00059）")
def db_files_near_limit(edit: Edit) -> None:
    """The number of files is near db_files (ORA-00059)."""
    limit = str(int(edit.value("SELECT count(*) FROM {_DATAFILE}")) * 100 // 93)
    edit.update("GV$SYSTEM_PARAMETER", {"VALUE": limit, "DISPLAY_VALUE": limit}, "NAME = 'db_files'")


@fault("storage.controlfile_copies", zh="控制文件只剩一份")
def controlfile_single(edit: Edit) -> None:
    """Only one copy of the control file is left."""
    first = edit.value("SELECT min(NAME) FROM {V$CONTROLFILE}")
    edit.delete("V$CONTROLFILE", "NAME <> ?", first)
    edit.update("GV$SYSTEM_PARAMETER", {"VALUE": first, "DISPLAY_VALUE": first}, "NAME = 'control_files'")


@fault("storage.io_latency", consequences=("storage.file_latency",),
       zh="单块读平均等待明显升高")
def slow_io(edit: Edit, milliseconds: float = 14.0) -> None:
    """Single block reads have become slow everywhere."""
    for event in ("db file sequential read", "db file scattered read"):
        edit.event(event, micros=milliseconds * 1000)


@fault("storage.file_latency", zh="个别数据文件读延迟过高")
def slow_datafile(edit: Edit, milliseconds: float = 65.0) -> None:
    """Reads of one data file are slow."""
    edit.update("_DATAFILE", {"_READ_MS": milliseconds, "_READ_SHARE": 0.01}, '"FILE#" = ?', data_file(edit)["FILE#"])


@fault(None, zh="回收站占用大量空间")
def recyclebin_full(edit: Edit, count: int = 60) -> None:
    """The recycle bin holds much space."""
    owner, con_id = application(edit)["USERNAME"], edit.container()
    for number in range(count):
        edit.insert("CDB_RECYCLEBIN", {
            "OWNER": owner, "OBJECT_NAME": f"BIN$qz{number:04d}AbCdEfGhIjKlMnOpQ==$0",
            "ORIGINAL_NAME": f"TMP_EXPORT_{number:03d}",
            "OPERATION": "DROP", "TYPE": "TABLE", "TS_NAME": application_tablespace(edit),
            "CREATETIME": edit.local(86400 * 90).replace(" ", ":"),
            "DROPTIME": edit.local(86400 * 40).replace(" ", ":"), "DROPSCN": 900000 + number, "CAN_UNDROP": "YES",
            "CAN_PURGE": "YES", "RELATED": 70000 + number, "BASE_OBJECT": 70000 + number,
            "PURGE_OBJECT": 70000 + number,
            "SPACE": 131072, "CON_ID": con_id})
