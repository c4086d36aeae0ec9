# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ALTER INDEX: visibility, monitoring, rebuild, unusable, coalesce."""

from __future__ import annotations

from typing import Any

from estate.admin.desk import Desk
from estate.admin.registry import statement
from estate.admin.words import Words
from estate.api import OraError, Result


@statement("ALTER INDEX")
def alter_index(desk: Desk, words: Words) -> Result:
    """One clause at a time, as Oracle takes them."""
    owner, name = words.dotted(953, "missing or invalid index name")
    row = _index(desk, owner or desk.ctx.schema, name)
    action = words.one_of("VISIBLE", "INVISIBLE", "MONITORING USAGE", "NOMONITORING USAGE", "REBUILD", "UNUSABLE",
                          "COALESCE", "PARALLEL", "NOPARALLEL", "LOGGING", "NOLOGGING", "RENAME TO")
    if action is None:
        raise words.error(2243, "invalid ALTER INDEX or ALTER MATERIALIZED VIEW option")
    if action in ("REBUILD",):
        _rebuild(desk, words, row)
    elif action.endswith("MONITORING USAGE"):
        _monitoring(desk, row, on=action == "MONITORING USAGE")
    elif action == "PARALLEL":
        _set(desk, row, DEGREE=str(words.integer()) if words.more() else "DEFAULT")
    elif action == "RENAME TO":
        _rename(desk, row, words.name())
    else:
        _set(desk, row, **_PLAIN[action])
    words.one_of("ONLINE", "IMMEDIATE", "DEFERRED INVALIDATION", "IMMEDIATE INVALIDATION")
    words.end()
    return desk.done()


_PLAIN: dict[str, dict[str, Any]] = {
    "VISIBLE": {"VISIBILITY": "VISIBLE"}, "INVISIBLE": {"VISIBILITY": "INVISIBLE"}, "UNUSABLE": {"STATUS": "UNUSABLE"},
    "COALESCE": {}, "NOPARALLEL": {"DEGREE": "1"}, "LOGGING": {"LOGGING": "YES"}, "NOLOGGING": {"LOGGING": "NO"},
}


def _index(desk: Desk, owner: str, name: str) -> dict[str, Any]:
    rows = desk.tables.rows("CDB_INDEXES", "OWNER = ? AND INDEX_NAME = ? AND CON_ID = ?", owner, name, desk.con_id)
    if not rows:
        raise OraError(1418, "specified index does not exist")
    if owner != desk.ctx.user and not desk.has("ALTER ANY INDEX"):
        raise OraError(1031, "insufficient privileges")
    return rows[0]


def _set(desk: Desk, row: dict[str, Any], **values: Any) -> None:
    if values:
        desk.tables.update("CDB_INDEXES", values, "OWNER = ? AND INDEX_NAME = ? AND CON_ID = ?",
                           row["OWNER"], row["INDEX_NAME"], row["CON_ID"])


def _rebuild(desk: Desk, words: Words, row: dict[str, Any]) -> None:
    if row.get("PARTITIONED") == "YES" and not words.one_of("PARTITION", "SUBPARTITION"):
        raise OraError(14086, "a partitioned index may not be rebuilt as a whole")
    values: dict[str, Any] = {"STATUS": "VALID"}
    if row.get("PARTITIONED") == "YES":
        partition = words.name()
        desk.tables.update("CDB_IND_PARTITIONS", {"STATUS": "USABLE"},
                           "INDEX_OWNER = ? AND INDEX_NAME = ? AND PARTITION_NAME = ?", row["OWNER"],
                           row["INDEX_NAME"], partition)
        values = {}
    while option := words.one_of("ONLINE", "TABLESPACE", "PARALLEL", "NOLOGGING", "LOGGING", "COMPUTE STATISTICS",
                                 "NOCOMPRESS",
                                 "REVERSE", "NOREVERSE"):
        if option == "TABLESPACE":
            values["TABLESPACE_NAME"] = words.name()
            desk.tablespace(values["TABLESPACE_NAME"])
        elif option == "PARALLEL":
            words.next is not None and words.next.kind == "number" and words.integer()
    _set(desk, row, **values)


def _monitoring(desk: Desk, row: dict[str, Any], *, on: bool) -> None:
    stamp = desk.clock().strftime("%m/%d/%Y %H:%M:%S")
    where = "OWNER = ? AND INDEX_NAME = ? AND CON_ID = ?"
    key = (row["OWNER"], row["INDEX_NAME"], row["CON_ID"])
    if not on:
        desk.tables.update("CDB_OBJECT_USAGE", {"MONITORING": "NO", "END_MONITORING": stamp}, where, *key)
        return
    desk.tables.delete("CDB_OBJECT_USAGE", where, *key)
    desk.tables.insert("CDB_OBJECT_USAGE", {
        "OWNER": row["OWNER"], "INDEX_NAME": row["INDEX_NAME"], "TABLE_NAME": row["TABLE_NAME"], "MONITORING": "YES",
        "USED": "NO", "START_MONITORING": stamp, "END_MONITORING": None, "CON_ID": row["CON_ID"]})


def _rename(desk: Desk, row: dict[str, Any], name: str) -> None:
    desk.tables.update("CDB_OBJECTS", {"OBJECT_NAME": name}, "OWNER = ? AND OBJECT_NAME = ? AND OBJECT_TYPE = 'INDEX'",
                       row["OWNER"], row["INDEX_NAME"])
    _set(desk, row, INDEX_NAME=name)
