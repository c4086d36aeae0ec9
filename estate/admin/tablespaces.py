# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CREATE, ALTER and DROP TABLESPACE."""

from __future__ import annotations

from typing import Any

from estate.admin import datafiles
from estate.admin.desk import Desk
from estate.admin.registry import statement
from estate.admin.words import Words
from estate.api import OraError, Result

SYSTEM = ("SYSTEM", "SYSAUX")
FORMS = ("CREATE TABLESPACE", "CREATE BIGFILE TABLESPACE", "CREATE SMALLFILE TABLESPACE", "CREATE TEMPORARY TABLESPACE",
         "CREATE BIGFILE TEMPORARY TABLESPACE", "CREATE UNDO TABLESPACE", "CREATE BIGFILE UNDO TABLESPACE")


@statement(*FORMS)
def create_tablespace(desk: Desk, words: Words) -> Result:
    """A tablespace with its files: permanent, temporary or undo, small or big file."""
    desk.require("CREATE TABLESPACE")
    head = words.sql.upper().split("TABLESPACE", 1)[0].split()
    contents = "TEMPORARY" if "TEMPORARY" in head else "UNDO" if "UNDO" in head else "PERMANENT"
    name = words.name(2180, "invalid option for CREATE TABLESPACE")
    if desk.tables.rows("CDB_TABLESPACES", "TABLESPACE_NAME = ? AND CON_ID = ?", name, desk.con_id):
        raise OraError(1543, f"tablespace '{name}' already exists")
    row = _new_row(desk, name, contents, big="BIGFILE" in head)
    files = _files(desk, words, name, contents)
    _attributes(words, row)
    desk.tables.insert("CDB_TABLESPACES", row)
    for file in files:
        datafiles.add(desk, name, {**file, "ENCRYPTED": row["ENCRYPTED"]}, temporary=contents == "TEMPORARY")
    desk.alert(f"Completed: {words.sql}")
    return desk.done()


def _files(desk: Desk, words: Words, name: str, contents: str) -> list[dict[str, Any]]:
    keyword = "TEMPFILE" if contents == "TEMPORARY" else "DATAFILE"
    if not words.take(keyword):
        if not desk.parameter("db_create_file_dest"):
            raise OraError(2199, "missing DATAFILE/TEMPFILE clause")
        return [datafiles.specification(desk, words, name)]
    files = [datafiles.specification(desk, words, name)]
    while words.take(","):
        files.append(datafiles.specification(desk, words, name))
    return files


def _new_row(desk: Desk, name: str, contents: str, *, big: bool) -> dict[str, Any]:
    temporary = contents == "TEMPORARY"
    return {
        "TABLESPACE_NAME": name, "BLOCK_SIZE": 8192, "INITIAL_EXTENT": 1048576 if temporary else 65536,
        "NEXT_EXTENT": 1048576 if temporary else None, "MIN_EXTENTS": 1,
        "MAX_EXTENTS": None if temporary else 2147483645,
        "MAX_SIZE": 2147483645, "PCT_INCREASE": 0 if temporary else None, "MIN_EXTLEN": 1048576 if temporary else 65536,
        "STATUS": "ONLINE", "CONTENTS": contents, "LOGGING": "NOLOGGING" if temporary else "LOGGING",
        "FORCE_LOGGING": "NO",
        "EXTENT_MANAGEMENT": "LOCAL", "ALLOCATION_TYPE": "UNIFORM" if temporary else "SYSTEM", "PLUGGED_IN": "NO",
        "SEGMENT_SPACE_MANAGEMENT": "AUTO" if contents == "PERMANENT" else "MANUAL", "DEF_TAB_COMPRESSION": "DISABLED",
        "RETENTION": "NOGUARANTEE" if contents == "UNDO" else "NOT APPLY", "BIGFILE": "YES" if big else "NO",
        "PREDICATE_EVALUATION": "HOST", "ENCRYPTED": "NO", "DEF_INMEMORY": "DISABLED", "SHARED": "SHARED",
        "DEF_INDEX_COMPRESSION": "DISABLED", "CHUNK_TABLESPACE": "N", "CON_ID": desk.con_id}


def _attributes(words: Words, row: dict[str, Any]) -> None:
    while words.more():
        if words.take("EXTENT", "MANAGEMENT", "LOCAL"):
            if words.take("UNIFORM"):
                row.update(ALLOCATION_TYPE="UNIFORM", INITIAL_EXTENT=words.size() if words.take("SIZE") else 1048576)
            words.take("AUTOALLOCATE")
        elif words.take("SEGMENT", "SPACE", "MANAGEMENT"):
            row["SEGMENT_SPACE_MANAGEMENT"] = words.one_of("AUTO", "MANUAL")
        elif words.take("BLOCKSIZE"):
            row["BLOCK_SIZE"] = words.size()
        elif words.take("RETENTION"):
            row["RETENTION"] = words.one_of("GUARANTEE", "NOGUARANTEE")
        elif words.take("FORCE", "LOGGING"):
            row["FORCE_LOGGING"] = "YES"
        elif words.one_of("LOGGING", "NOLOGGING", "ONLINE", "TABLESPACE GROUP ''"):
            continue
        elif words.take("ENCRYPTION"):
            _encryption(words, row)
        elif words.take("DEFAULT") and words.take("STORAGE", "(", "ENCRYPT", ")"):
            row["ENCRYPTED"] = "YES"
        else:
            raise words.error(2180, "invalid option for CREATE TABLESPACE")


def _encryption(words: Words, row: dict[str, Any]) -> None:
    if words.take("USING"):
        words.text()
    row["ENCRYPTED"] = "YES" if words.take("ENCRYPT") or not words.take("DECRYPT") else "NO"
    if words.take("DEFAULT", "STORAGE", "("):
        words.need("ENCRYPT", ")")


@statement("ALTER TABLESPACE")
def alter_tablespace(desk: Desk, words: Words) -> Result:
    """One clause: files, ONLINE, OFFLINE, READ ONLY, RENAME, RESIZE, AUTOEXTEND, backup mode, encryption."""
    name = words.name(2180, "invalid option for CREATE TABLESPACE")
    if not (desk.has("ALTER TABLESPACE") or desk.has("MANAGE TABLESPACE")):
        raise OraError(1031, "insufficient privileges")
    row = desk.tablespace(name)
    for clause, action in ALTERATIONS.items():
        if words.take(*clause.split()):
            action(desk, words, row)
            words.end()
            return desk.done()
    raise words.error(2142, "missing or invalid ALTER TABLESPACE option")


def _where(row: dict[str, Any]) -> tuple[str, str, int]:
    return "TABLESPACE_NAME = ? AND CON_ID = ?", row["TABLESPACE_NAME"], row["CON_ID"]


def _add_file(desk: Desk, words: Words, row: dict[str, Any]) -> None:
    temporary = row["CONTENTS"] == "TEMPORARY"
    keyword = "TEMPFILE" if temporary else "DATAFILE"
    if not words.take(keyword):
        raise words.error(2142, "missing or invalid ALTER TABLESPACE option") if not words.one_of("DATAFILE",
                                                                                                  "TEMPFILE") else (
            OraError(32775,
                     f"cannot change size attributes of {row['CONTENTS'].lower()} tablespace {row['TABLESPACE_NAME']}"))
    files = [datafiles.specification(desk, words, row["TABLESPACE_NAME"])]
    while words.take(","):
        files.append(datafiles.specification(desk, words, row["TABLESPACE_NAME"]))
    if row["BIGFILE"] == "YES":
        raise OraError(32771, "cannot add file to bigfile tablespace")
    for file in files:
        datafiles.add(desk, row["TABLESPACE_NAME"], file, temporary=temporary)


def _drop_file(desk: Desk, words: Words, row: dict[str, Any]) -> None:
    table = "_TEMPFILE" if words.one_of("DATAFILE", "TEMPFILE") == "TEMPFILE" else "_DATAFILE"
    by_number = words.next is not None and words.next.kind == "number"
    key: Any = words.integer() if by_number else words.text()
    mine = desk.tables.rows(table, f"{_where(row)[0]} ORDER BY \"FILE#\"", *_where(row)[1:])
    chosen = [file for file in mine if key in (file["FILE#"], file["NAME"])]
    if not chosen:
        raise OraError(1516, f'nonexistent log file, data file, or temporary file "{key}"')
    if chosen[0] is mine[0]:
        raise OraError(3263, f"cannot drop the first file of tablespace {row['TABLESPACE_NAME']}")
    desk.tables.delete(table, "\"FILE#\" = ?", chosen[0]["FILE#"])


def _online(desk: Desk, words: Words, row: dict[str, Any]) -> None:
    if row["STATUS"] == "ONLINE":
        return
    broken = desk.tables.rows("_DATAFILE", f"{_where(row)[0]} AND ERROR IS NOT NULL", *_where(row)[1:])
    if broken:
        number, name = broken[0]["FILE#"], broken[0]["NAME"]
        raise OraError(1157, f"cannot identify/lock data file {number} - see DBWR trace file\n"
                             f"ORA-01110: data file {number}: '{name}'")
    desk.tables.update("CDB_TABLESPACES", {"STATUS": "ONLINE"}, *_where(row))
    desk.tables.update("_DATAFILE", {"STATUS": "ONLINE", "OFFLINE_TIME": None, "ENABLED": "READ WRITE"}, *_where(row))


def _offline(desk: Desk, words: Words, row: dict[str, Any]) -> None:
    words.one_of("NORMAL", "TEMPORARY", "IMMEDIATE")
    if row["TABLESPACE_NAME"] == "SYSTEM":
        raise OraError(1541, "system tablespace cannot be brought offline; shut down if necessary")
    if row["CONTENTS"] == "UNDO" and row["TABLESPACE_NAME"] == desk.parameter("undo_tablespace"):
        raise OraError(30042, "Cannot offline the undo tablespace")
    if row["CONTENTS"] == "TEMPORARY":
        raise OraError(3217, "invalid option for alter of TEMPORARY TABLESPACE")
    if row["STATUS"] == "OFFLINE":
        raise OraError(1539, f"tablespace '{row['TABLESPACE_NAME']}' is not online")
    desk.tables.update("CDB_TABLESPACES", {"STATUS": "OFFLINE"}, *_where(row))
    desk.tables.update("_DATAFILE", {"STATUS": "OFFLINE", "OFFLINE_TIME": desk.now(), "ENABLED": "DISABLED"},
                       *_where(row))


def _read(desk: Desk, words: Words, row: dict[str, Any]) -> None:
    mode = words.one_of("ONLY", "WRITE")
    if mode is None:
        raise words.error(2142, "missing or invalid ALTER TABLESPACE option")
    if row["TABLESPACE_NAME"] in SYSTEM and mode == "ONLY":
        raise OraError(1643, "system tablespace can not be made read-only")
    if mode == "WRITE" and row["STATUS"] != "READ ONLY":
        raise OraError(1646, f"tablespace '{row['TABLESPACE_NAME']}' is not read only - cannot make read write")
    desk.tables.update("CDB_TABLESPACES", {"STATUS": "READ ONLY" if mode == "ONLY" else "ONLINE"}, *_where(row))
    desk.tables.update("_DATAFILE", {"ENABLED": "READ ONLY" if mode == "ONLY" else "READ WRITE"}, *_where(row))


def _rename(desk: Desk, words: Words, row: dict[str, Any]) -> None:
    words.need("TO")
    new = words.name()
    if row["TABLESPACE_NAME"] in SYSTEM:
        raise OraError(712, "cannot rename system tablespace")
    if desk.tables.rows("CDB_TABLESPACES", "TABLESPACE_NAME = ? AND CON_ID = ?", new, row["CON_ID"]):
        raise OraError(1543, f"tablespace '{new}' already exists")
    for table in ("CDB_TABLESPACES", "_DATAFILE", "_TEMPFILE", "_SEGMENT", "CDB_TABLES", "CDB_INDEXES",
                  "CDB_TS_QUOTAS"):
        desk.tables.update(table, {"TABLESPACE_NAME": new}, *_where(row))
    for column in ("DEFAULT_TABLESPACE", "TEMPORARY_TABLESPACE"):
        desk.tables.update("CDB_USERS", {column: new}, f"{column} = ? AND CON_ID = ?", row["TABLESPACE_NAME"],
                           row["CON_ID"])


def _only_file(desk: Desk, row: dict[str, Any]) -> dict[str, Any]:
    if row["BIGFILE"] != "YES":
        raise OraError(32773, f"operation not supported for smallfile tablespace {row['TABLESPACE_NAME']}")
    return desk.tables.rows("_TEMPFILE" if row["CONTENTS"] == "TEMPORARY" else "_DATAFILE", *_where(row))[0]


def _resize(desk: Desk, words: Words, row: dict[str, Any]) -> None:
    file = _only_file(desk, row)
    table = "_TEMPFILE" if row["CONTENTS"] == "TEMPORARY" else "_DATAFILE"
    desk.tables.update(table, {"BYTES": words.size()}, "\"FILE#\" = ?", file["FILE#"])


def _autoextend(desk: Desk, words: Words, row: dict[str, Any]) -> None:
    file = _only_file(desk, row)
    values = datafiles.autoextend(words)
    if values["AUTOEXTENSIBLE"] == "YES" and not values["MAXBYTES"]:
        values["MAXBYTES"] = datafiles.limit_bytes(desk, row["TABLESPACE_NAME"], 8192)
    table = "_TEMPFILE" if row["CONTENTS"] == "TEMPORARY" else "_DATAFILE"
    desk.tables.update(table, values, "\"FILE#\" = ?", file["FILE#"])


def _begin_backup(desk: Desk, words: Words, row: dict[str, Any]) -> None:
    words.need("BACKUP")
    if desk.tables.rows("_DATAFILE", f"{_where(row)[0]} AND BACKUP_STATUS = 'ACTIVE'", *_where(row)[1:]):
        raise OraError(1146, "cannot start online backup - file is already in backup")
    desk.tables.update("_DATAFILE", {"BACKUP_STATUS": "ACTIVE", "BACKUP_TIME": desk.now()}, *_where(row))


def _end_backup(desk: Desk, words: Words, row: dict[str, Any]) -> None:
    words.need("BACKUP")
    if not desk.tables.rows("_DATAFILE", f"{_where(row)[0]} AND BACKUP_STATUS = 'ACTIVE'", *_where(row)[1:]):
        raise OraError(1142, "cannot end online backup - none of the files are in backup")
    desk.tables.update("_DATAFILE", {"BACKUP_STATUS": "NOT ACTIVE"}, *_where(row))


def _encrypt(desk: Desk, words: Words, row: dict[str, Any]) -> None:
    words.one_of("ONLINE", "OFFLINE")
    if words.take("USING"):
        words.text()
    value = "NO" if words.take("DECRYPT") else "YES"
    words.one_of("ENCRYPT", "FINISH ENCRYPT")
    if value == "YES" and not desk.tables.rows("GV$ENCRYPTION_WALLET", "STATUS = 'OPEN'"):
        raise OraError(28365, "wallet is not open")
    desk.tables.update("CDB_TABLESPACES", {"ENCRYPTED": value}, *_where(row))
    desk.tables.update("_DATAFILE", {"ENCRYPTED": value}, *_where(row))


def _simple(**values: Any) -> Any:
    def act(desk: Desk, words: Words, row: dict[str, Any]) -> None:
        desk.tables.update("CDB_TABLESPACES", values, *_where(row))

    return act


ALTERATIONS = {
    "ADD": _add_file, "DROP": _drop_file, "ONLINE": _online, "OFFLINE": _offline, "READ": _read, "RENAME": _rename,
    "RESIZE": _resize, "AUTOEXTEND": _autoextend, "BEGIN": _begin_backup, "END": _end_backup, "ENCRYPTION": _encrypt,
    "FORCE LOGGING": _simple(FORCE_LOGGING="YES"), "NO FORCE LOGGING": _simple(FORCE_LOGGING="NO"),
    "LOGGING": _simple(LOGGING="LOGGING"), "NOLOGGING": _simple(LOGGING="NOLOGGING"),
    "RETENTION GUARANTEE": _simple(RETENTION="GUARANTEE"), "RETENTION NOGUARANTEE": _simple(RETENTION="NOGUARANTEE"),
    "COALESCE": _simple(),
}


@statement("DROP TABLESPACE")
def drop_tablespace(desk: Desk, words: Words) -> Result:
    """Remove a tablespace; INCLUDING CONTENTS where it holds segments."""
    desk.require("DROP TABLESPACE")
    row = desk.tablespace(words.name(959, "tablespace does not exist"))
    contents = words.take("INCLUDING", "CONTENTS")
    words.one_of("AND DATAFILES", "KEEP DATAFILES")
    words.take("CASCADE", "CONSTRAINTS")
    words.end()
    _check_drop(desk, row, contents=contents)
    for table in ("_SEGMENT", "_DATAFILE", "_TEMPFILE", "CDB_TABLESPACES"):
        desk.tables.delete(table, *_where(row))
    return desk.done()


def _check_drop(desk: Desk, row: dict[str, Any], *, contents: bool) -> None:
    name = row["TABLESPACE_NAME"]
    if name in SYSTEM:
        raise OraError(1550, "cannot drop system tablespace") if name == "SYSTEM" else OraError(
            13501, "Cannot drop SYSAUX tablespace")
    if name == desk.default("DEFAULT_PERMANENT_TABLESPACE", ""):
        raise OraError(12919, "Can not drop the default permanent tablespace")
    if name == desk.default("DEFAULT_TEMP_TABLESPACE", ""):
        raise OraError(12906, "cannot drop default temporary tablespace")
    if row["CONTENTS"] == "UNDO" and desk.tables.rows("GV$SYSTEM_PARAMETER", "NAME = 'undo_tablespace' AND VALUE = ?",
                                                      name):
        raise OraError(30013, f"undo tablespace '{name}' is currently in use")
    if not contents and desk.tables.rows("_SEGMENT", *_where(row)):
        raise OraError(1549, "tablespace not empty, use INCLUDING CONTENTS option")
