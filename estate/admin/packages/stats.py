# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DBMS_STATS: gathering moves LAST_ANALYZED and clears STALE_STATS; preferences, locking, deleting."""

from __future__ import annotations

from typing import Any

from estate.admin.desk import Desk
from estate.admin.registry import REQUIRED, procedure, reader
from estate.api import OraError

GATHER = {"estimate_percent": None, "block_sample": False, "method_opt": None, "degree": None, "granularity": None,
          "cascade": None, "stattab": None, "statid": None, "options": "GATHER", "objlist": None, "statown": None,
          "no_invalidate": None, "force": False}
PREFERENCES = {
    "APPROXIMATE_NDV_ALGORITHM": "REPEAT OR HYPERLOGLOG", "AUTO_STAT_EXTENSIONS": "OFF", "AUTOSTATS_TARGET": "AUTO",
    "CASCADE": "DBMS_STATS.AUTO_CASCADE", "CONCURRENT": "OFF", "DEGREE": "NULL",
    "ESTIMATE_PERCENT": "DBMS_STATS.AUTO_SAMPLE_SIZE",
    "GLOBAL_TEMP_TABLE_STATS": "SESSION", "GRANULARITY": "AUTO", "INCREMENTAL": "FALSE",
    "INCREMENTAL_STALENESS": "NULL",
    "METHOD_OPT": "FOR ALL COLUMNS SIZE AUTO", "NO_INVALIDATE": "DBMS_STATS.AUTO_INVALIDATE", "OPTIONS": "GATHER",
    "PUBLISH": "TRUE", "STALE_PERCENT": "10", "TABLE_CACHED_BLOCKS": "1", "WAIT_TIME_TO_UPDATE_STATS": "15",
}


def _gathered(desk: Desk, where: str, *args: Any, force: bool = False) -> int:
    """Statistics of the tables that ``where`` chooses (OWNER, TABLE_NAME) are new, and those of their indexes."""
    scope = f"{where} AND CON_ID = ?"
    if not force:
        scope += " AND STATTYPE_LOCKED IS NULL"
    key = (*args, desk.con_id)
    now = desk.now()
    found = desk.tables.update("CDB_TAB_STATISTICS", {"LAST_ANALYZED": now, "STALE_STATS": "NO"}, scope, *key)
    plain = f"{where} AND CON_ID = ?"
    desk.tables.update("CDB_TABLES", {"LAST_ANALYZED": now}, plain, *key)
    desk.tables.update("CDB_IND_STATISTICS", {"LAST_ANALYZED": now, "STALE_STATS": "NO"},
                       plain.replace("OWNER", "TABLE_OWNER"), *key)
    desk.tables.update("CDB_INDEXES", {"LAST_ANALYZED": now}, plain.replace("OWNER", "TABLE_OWNER"), *key)
    desk.tables.delete("CDB_TAB_MODIFICATIONS", plain.replace("OWNER", "TABLE_OWNER"), *key)
    return found


def _may(desk: Desk, owner: str) -> None:
    if owner != desk.ctx.user and not desk.has("ANALYZE ANY"):
        raise OraError(20000, "Unable to analyze TABLE, insufficient privileges or does not exist")


def _table(desk: Desk, owner: str | None, name: str) -> tuple[str, str]:
    owner, name = (owner or desk.ctx.schema).upper(), name.upper()
    known = desk.tables.value("SELECT 1 FROM {CDB_TABLES} WHERE OWNER = ? AND TABLE_NAME = ? AND CON_ID = ?",
                              owner, name, desk.con_id)
    if not known or not (owner == desk.ctx.user or desk.has("ANALYZE ANY")):
        raise OraError(20000,
                       f"Unable to analyze TABLE \"{owner}\".\"{name}\", insufficient privileges or does not exist")
    return owner, name


@procedure("DBMS_STATS.GATHER_TABLE_STATS", ownname=REQUIRED, tabname=REQUIRED, partname=None, stattype="DATA",
           context=None,
           **GATHER)
def gather_table(desk: Desk, *, ownname: str | None, tabname: str, force: bool, **ignored: Any) -> None:
    """Gather one table's statistics; ORA-20005 where they are locked."""
    owner, name = _table(desk, ownname, tabname)
    locked = desk.tables.value("SELECT STATTYPE_LOCKED FROM {CDB_TAB_STATISTICS} WHERE OWNER = ? AND TABLE_NAME = ? "
                               "AND CON_ID = ?", owner, name, desk.con_id)
    if locked and not force:
        raise OraError(20005, "object statistics are locked (stattype = ALL)")
    _gathered(desk, "OWNER = ? AND TABLE_NAME = ?", owner, name, force=True)


@procedure("DBMS_STATS.GATHER_INDEX_STATS", ownname=REQUIRED, indname=REQUIRED, partname=None, **GATHER)
def gather_index(desk: Desk, *, ownname: str | None, indname: str, **ignored: Any) -> None:
    """Gather one index's statistics."""
    owner = (ownname or desk.ctx.schema).upper()
    _may(desk, owner)
    where = "OWNER = ? AND INDEX_NAME = ? AND CON_ID = ?"
    if not desk.tables.update("CDB_INDEXES", {"LAST_ANALYZED": desk.now()}, where, owner, indname.upper(), desk.con_id):
        raise OraError(20000, f'INDEX "{owner}"."{indname.upper()}" does not exist or insufficient privileges')
    desk.tables.update("CDB_IND_STATISTICS", {"LAST_ANALYZED": desk.now(), "STALE_STATS": "NO"}, where, owner,
                       indname.upper(), desk.con_id)


@procedure("DBMS_STATS.GATHER_SCHEMA_STATS", ownname=REQUIRED, **GATHER)
def gather_schema(desk: Desk, *, ownname: str | None, options: str, force: bool, **ignored: Any) -> None:
    """Gather a schema's statistics; GATHER STALE only the stale ones."""
    owner = (ownname or desk.ctx.schema).upper()
    if not desk.tables.value("SELECT 1 FROM {CDB_USERS} WHERE USERNAME = ?", owner):
        raise OraError(20000, f"Schema \"{owner}\" does not exist or insufficient privileges")
    _may(desk, owner)
    _gathered(desk, "OWNER = ?" + _stale(options), owner, force=bool(force))


def _stale(options: str | None) -> str:
    if (options or "").upper() not in ("GATHER STALE", "GATHER AUTO"):
        return ""
    return (" AND TABLE_NAME IN (SELECT s.TABLE_NAME FROM {CDB_TAB_STATISTICS} s "
            "WHERE s.STALE_STATS = 'YES' OR s.LAST_ANALYZED IS NULL)")


@procedure("DBMS_STATS.GATHER_DATABASE_STATS", gather_sys=True, **GATHER)
def gather_database(desk: Desk, *, options: str, force: bool, **ignored: Any) -> None:
    """Gather the statistics of all schemas."""
    desk.require("ANALYZE ANY")
    _gathered(desk, "1 = 1" + _stale(options), force=bool(force))


@procedure("DBMS_STATS.GATHER_DICTIONARY_STATS", comp_id=None, **GATHER)
def gather_dictionary(desk: Desk, **ignored: Any) -> None:
    """Gather the statistics of SYS and SYSTEM."""
    desk.require("ANALYZE ANY DICTIONARY")
    _gathered(desk, "OWNER IN ('SYS', 'SYSTEM')", force=True)


@procedure("DBMS_STATS.GATHER_FIXED_OBJECTS_STATS", stattab=None, statid=None, statown=None, no_invalidate=None)
def gather_fixed(desk: Desk, **ignored: Any) -> None:
    """Gather the statistics of the fixed tables."""
    desk.require("ANALYZE ANY DICTIONARY")
    desk.tables.update("CDB_TAB_STATISTICS", {"LAST_ANALYZED": desk.now()}, "OBJECT_TYPE = 'FIXED TABLE'")


@procedure("DBMS_STATS.DELETE_TABLE_STATS", ownname=REQUIRED, tabname=REQUIRED, partname=None, stattab=None,
           statid=None,
           cascade_parts=True, cascade_columns=True, cascade_indexes=True, statown=None, no_invalidate=None,
           force=False)
def delete_table(desk: Desk, *, ownname: str | None, tabname: str, **ignored: Any) -> None:
    """Forget a table's statistics."""
    key = (*_table(desk, ownname, tabname), desk.con_id)
    gone = {"LAST_ANALYZED": None, "NUM_ROWS": None, "BLOCKS": None, "STALE_STATS": None}
    for table in ("CDB_TAB_STATISTICS", "CDB_TABLES"):
        desk.tables.update(table, gone, "OWNER = ? AND TABLE_NAME = ? AND CON_ID = ?", *key)


def _lock(desk: Desk, ownname: str | None, tabname: str, value: str | None) -> None:
    key = (*_table(desk, ownname, tabname), desk.con_id)
    desk.tables.update("CDB_TAB_STATISTICS", {"STATTYPE_LOCKED": value}, "OWNER = ? AND TABLE_NAME = ? AND CON_ID = ?",
                       *key)


@procedure("DBMS_STATS.LOCK_TABLE_STATS", ownname=REQUIRED, tabname=REQUIRED)
def lock_table(desk: Desk, *, ownname: str | None, tabname: str) -> None:
    """Nothing gathers them until they are unlocked."""
    _lock(desk, ownname, tabname, "ALL")


@procedure("DBMS_STATS.UNLOCK_TABLE_STATS", ownname=REQUIRED, tabname=REQUIRED)
def unlock_table(desk: Desk, *, ownname: str | None, tabname: str) -> None:
    """Let them be gathered again."""
    _lock(desk, ownname, tabname, None)


def _preference(name: str) -> str:
    if name.upper() not in PREFERENCES:
        raise OraError(20001, f"Invalid input values for pname: {name}")
    return name.upper()


@procedure("DBMS_STATS.SET_TABLE_PREFS", ownname=REQUIRED, tabname=REQUIRED, pname=REQUIRED, pvalue=REQUIRED)
def set_table_prefs(desk: Desk, *, ownname: str | None, tabname: str, pname: str, pvalue: str | None) -> None:
    """One table's preference (CDB_TAB_STAT_PREFS)."""
    owner, name = _table(desk, ownname, tabname)
    where = "OWNER = ? AND TABLE_NAME = ? AND PREFERENCE_NAME = ? AND CON_ID = ?"
    key = (owner, name, _preference(pname), desk.con_id)
    desk.tables.delete("CDB_TAB_STAT_PREFS", where, *key)
    if pvalue is not None:
        desk.tables.insert("CDB_TAB_STAT_PREFS", {"OWNER": owner, "TABLE_NAME": name, "PREFERENCE_NAME": key[2],
                                                  "PREFERENCE_VALUE": pvalue, "CON_ID": desk.con_id})


@procedure("DBMS_STATS.SET_SCHEMA_PREFS", ownname=REQUIRED, pname=REQUIRED, pvalue=REQUIRED)
def set_schema_prefs(desk: Desk, *, ownname: str, pname: str, pvalue: str | None) -> None:
    """The preference of all tables of a schema."""
    for row in desk.tables.rows("CDB_TABLES", "OWNER = ? AND CON_ID = ?", ownname.upper(), desk.con_id):
        set_table_prefs(desk, ownname=ownname, tabname=row["TABLE_NAME"], pname=pname, pvalue=pvalue)


@procedure("DBMS_STATS.SET_GLOBAL_PREFS", pname=REQUIRED, pvalue=REQUIRED)
def set_global_prefs(desk: Desk, *, pname: str, pvalue: str | None) -> None:
    """The preference of tables without one of their own; kept beside the model's state."""
    desk.require("ANALYZE ANY DICTIONARY")
    name = f"stats_pref:{_preference(pname)}"
    desk.tables.delete("_STATE", "KEY = ?", name)
    desk.tables.insert("_STATE", {"KEY": name, "VALUE": pvalue})


@reader("DBMS_STATS.GET_PREFS", "VARCHAR2", pname=REQUIRED, ownname=None, tabname=None)
def get_prefs(desk: Desk, *, pname: str, ownname: str | None, tabname: str | None) -> str | None:
    """The preference in force."""
    name = _preference(pname)
    if tabname:
        own = desk.tables.value("SELECT PREFERENCE_VALUE FROM {CDB_TAB_STAT_PREFS} WHERE OWNER = ? AND TABLE_NAME = ? "
                                "AND PREFERENCE_NAME = ?", (ownname or desk.ctx.schema).upper(), tabname.upper(), name)
        if own is not None:
            return str(own)
    stored = desk.tables.value("SELECT VALUE FROM {_STATE} WHERE KEY = ?", f"stats_pref:{name}")
    return stored if stored is not None else PREFERENCES[name]


@procedure("DBMS_STATS.FLUSH_DATABASE_MONITORING_INFO")
def flush_monitoring(desk: Desk) -> None:
    """CDB_TAB_MODIFICATIONS is always up to date here."""
    desk.require("ANALYZE ANY")
