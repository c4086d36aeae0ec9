# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Data files and temporary files: RESIZE, AUTOEXTEND, OFFLINE, ONLINE; and making new ones."""

from __future__ import annotations

from typing import Any

from estate.admin.desk import Desk
from estate.admin.words import Words
from estate.api import OraError

UNLIMITED_BLOCKS, BIGFILE_BLOCKS = 4194302, 4294967293
BASE = {"V$DATAFILE": "_DATAFILE", "V$TEMPFILE": "_TEMPFILE"}


def alter(desk: Desk, words: Words, view: str) -> None:
    """The clauses of ALTER DATABASE DATAFILE | TEMPFILE, on one file or several."""
    files = [_file(desk, words, BASE[view])]
    while words.take(","):
        files.append(_file(desk, words, BASE[view]))
    action = words.one_of("RESIZE", "AUTOEXTEND", "OFFLINE", "ONLINE", "END BACKUP", "DROP")
    if action is None:
        raise words.error(2231, "missing or invalid option to ALTER DATABASE")
    values = _values(desk, words, action)
    words.end()
    for file in files:
        _apply(desk, BASE[view], file, action, values)


def _file(desk: Desk, words: Words, table: str) -> dict[str, Any]:
    by_number = words.next is not None and words.next.kind == "number"
    key: Any = words.integer() if by_number else words.text()
    rows = desk.tables.rows(table, '"FILE#" = ?' if by_number else "NAME = ?", key)
    if not rows:
        raise OraError(1516, f'nonexistent log file, data file, or temporary file "{key}" in the current container'
                       if desk.is_cdb else f'nonexistent log file, data file, or temporary file "{key}"')
    return rows[0]


def _values(desk: Desk, words: Words, action: str) -> dict[str, Any]:
    if action == "RESIZE":
        return {"BYTES": words.size(2180, "invalid option for CREATE TABLESPACE")}
    if action == "AUTOEXTEND":
        return autoextend(words)
    if action == "OFFLINE":
        words.one_of("FOR DROP", "DROP")
    if action == "DROP":
        words.take("INCLUDING", "DATAFILES")
    return {}


def autoextend(words: Words) -> dict[str, Any]:
    """ON [NEXT n] [MAXSIZE n|UNLIMITED] or OFF, as columns of the file."""
    if words.take("OFF"):
        return {"AUTOEXTENSIBLE": "NO", "MAXBYTES": 0, "INCREMENT_BY": 0}
    words.need("ON")
    values: dict[str, Any] = {"AUTOEXTENSIBLE": "YES", "INCREMENT_BY": 100 << 20, "MAXBYTES": None}
    if words.take("NEXT"):
        values["INCREMENT_BY"] = max(8192, words.size())
    if words.take("MAXSIZE") and not words.take("UNLIMITED"):
        values["MAXBYTES"] = words.size()
    return values


def _apply(desk: Desk, table: str, file: dict[str, Any], action: str, values: dict[str, Any]) -> None:
    where, key = '"FILE#" = ?', file["FILE#"]
    if action == "RESIZE" and table == "_DATAFILE":
        _check_resize(desk, file, values["BYTES"])
    if action == "AUTOEXTEND" and values["AUTOEXTENSIBLE"] == "YES" and not values["MAXBYTES"]:
        values = {**values, "MAXBYTES": limit_bytes(desk, file["TABLESPACE_NAME"], file.get("BLOCK_SIZE") or 8192)}
    if action == "OFFLINE":
        if desk.database_row()["LOG_MODE"] != "ARCHIVELOG":
            raise OraError(1145, "offline immediate disallowed unless media recovery enabled")
        values = {"STATUS": "RECOVER", "RECOVER": "YES", "OFFLINE_TIME": desk.now()}
    elif action == "ONLINE":
        if file.get("ERROR"):
            raise OraError(1157, f"cannot identify/lock data file {key} - see DBWR trace file\n"
                                 f"ORA-01110: data file {key}: '{file['NAME']}'")
        if file["STATUS"] in ("RECOVER", "OFFLINE") and file.get("RECOVER") == "YES":
            raise OraError(1113, f"file {key} needs media recovery\nORA-01110: data file {key}: '{file['NAME']}'")
        values = {"STATUS": "SYSTEM" if file["TABLESPACE_NAME"] == "SYSTEM" else "ONLINE", "OFFLINE_TIME": None}
    elif action == "END BACKUP":
        values = {"BACKUP_STATUS": "NOT ACTIVE"}
    elif action == "DROP":
        desk.tables.delete(table, where, key)
        return
    desk.tables.update(table, values, where, key)


def _check_resize(desk: Desk, file: dict[str, Any], size: int) -> None:
    free = desk.tables.value("SELECT coalesce(sum(BYTES), 0) FROM {CDB_FREE_SPACE} WHERE FILE_ID = ? AND CON_ID = ?",
                             file["FILE#"], file["CON_ID"])
    if size < file["BYTES"] - free:
        raise OraError(3297, "file contains used data beyond requested RESIZE value")


def limit_bytes(desk: Desk, tablespace: str, block_size: int) -> int:
    """The largest size of one file of a tablespace."""
    big = desk.tables.value("SELECT BIGFILE FROM {CDB_TABLESPACES} WHERE TABLESPACE_NAME = ?", tablespace)
    return (BIGFILE_BLOCKS if big == "YES" else UNLIMITED_BLOCKS) * block_size


def specification(desk: Desk, words: Words, tablespace: str) -> dict[str, Any]:
    """['name'] [SIZE n] [REUSE] [AUTOEXTEND ...] of a new file; without a name Oracle Managed Files gives one."""
    name = words.maybe_text() or desk.managed_file("datafile", tablespace.lower() + ".dbf")
    for table in BASE.values():
        if desk.tables.rows(table, "NAME = ?", name):
            raise OraError(1537, f"cannot add file '{name}' - file already part of database")
    values: dict[str, Any] = {"NAME": name, "BYTES": 100 << 20, "AUTOEXTENSIBLE": "NO", "MAXBYTES": 0,
                              "INCREMENT_BY": 0}
    if words.take("SIZE"):
        values["BYTES"] = words.size()
    words.take("REUSE")
    if words.take("AUTOEXTEND"):
        values.update(autoextend(words))
    return values


def add(desk: Desk, tablespace: str, values: dict[str, Any], *, temporary: bool) -> None:
    """Make a file of a tablespace."""
    table = "_TEMPFILE" if temporary else "_DATAFILE"
    number = desk.tables.value(f"SELECT coalesce(max(\"FILE#\"), 0) + 1 FROM {{{table}}}")
    files = """(SELECT "TS#", TABLESPACE_NAME, CON_ID FROM {_DATAFILE}
                UNION ALL SELECT "TS#", TABLESPACE_NAME, CON_ID FROM {_TEMPFILE})"""
    ts_number = desk.tables.value(
        f"""SELECT coalesce(max(CASE WHEN TABLESPACE_NAME = ? AND CON_ID = ? THEN "TS#" END), max("TS#") + 1)
            FROM {files}""", tablespace, desk.con_id)
    if values["AUTOEXTENSIBLE"] == "YES" and not values["MAXBYTES"]:
        values["MAXBYTES"] = limit_bytes(desk, tablespace, 8192)
    desk.tables.insert(table, {
        **values, "CON_ID": desk.con_id, "FILE#": number, "TABLESPACE_NAME": tablespace, "TS#": ts_number,
        "STATUS": "ONLINE",
        "ENABLED": "READ WRITE", "CREATION_TIME": desk.now(), "CREATION_CHANGE#": desk.scn(), "_READ_MS": 1.0,
        "_READ_SHARE": 0})
