# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Objects that users make, in the dictionary: what DBA_OBJECTS, DBA_TABLES, DBA_TAB_COLUMNS ... say of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from estate.api import Context
from estate.world import usercolumns, userconstraints
from estate.world.clock import Clock, date_text
from estate.world.store import Store, quoted

FIRST_EXTENT = 65536
# Dictionary table to the columns that name the owner and the object of which its rows are.
OWN = {
    "TABLE": {"CDB_TABLES": ("OWNER", "TABLE_NAME"), "CDB_TAB_COLUMNS": ("OWNER", "TABLE_NAME"),
              "CDB_TAB_STATISTICS": ("OWNER", "TABLE_NAME"), "CDB_CONSTRAINTS": ("OWNER", "TABLE_NAME"),
              "CDB_CONS_COLUMNS": ("OWNER", "TABLE_NAME"), "CDB_INDEXES": ("TABLE_OWNER", "TABLE_NAME"),
              "CDB_IND_COLUMNS": ("TABLE_OWNER", "TABLE_NAME"), "CDB_TAB_COMMENTS": ("OWNER", "TABLE_NAME"),
              "CDB_COL_COMMENTS": ("OWNER", "TABLE_NAME"), "_VIRTUAL_COLUMN": ("OWNER", "TABLE_NAME"),
              "CDB_TAB_IDENTITY_COLS": ("OWNER", "TABLE_NAME"), "CDB_IND_EXPRESSIONS": ("TABLE_OWNER", "TABLE_NAME")},
    "VIEW": {"_VIEW": ("OWNER", "VIEW_NAME"), "CDB_TAB_COLUMNS": ("OWNER", "TABLE_NAME"),
             "_VIRTUAL_COLUMN": ("OWNER", "TABLE_NAME"), "CDB_COL_COMMENTS": ("OWNER", "TABLE_NAME"),
             "CDB_TAB_COMMENTS": ("OWNER", "TABLE_NAME")},
    "SEQUENCE": {"_SEQUENCE": ("SEQUENCE_OWNER", "SEQUENCE_NAME")},
    "SYNONYM": {"_SYNONYM": ("OWNER", "SYNONYM_NAME")},
    "PROCEDURE": {}, "FUNCTION": {}, "PACKAGE": {}, "PACKAGE BODY": {}}


class Recorder:
    """Writes one object anew after each statement about it, in the statement's own transaction."""

    def __init__(self, store: Store, clock: Clock, connection: sqlite3.Connection, ctx: Context) -> None:
        self.store, self.connection, self.ctx = store, connection, ctx
        self.now = date_text(clock.now())

    def follow(self, action: str, one: Any, known: Mapping[tuple[str, str, str], Any]) -> None:
        """``one`` is the SQL engine's UserObject; ``known`` all that there are, so that a renamed one leaves none
        behind."""
        gone = [row for row in self._rows('SELECT * FROM "_MADE" WHERE CON_ID = ? AND OWNER = ?', self.ctx.con_id,
                                          one.owner)
                if row["TABLE_NAME"] is None and (one.owner, row["NAME"], row["KIND"]) not in known]
        for row in gone:
            self._forget(one.owner, row["NAME"], row["KIND"])
        if action == f"DROP {one.kind}":
            self._forget(one.owner, one.name, one.kind)
        elif action != "TRUNCATE TABLE":
            self._describe(one)

    # -- writing -------------------------------------------------------------------------------------------------------

    def _rows(self, sql: str, *args: Any) -> list[dict[str, Any]]:
        cursor = self.connection.execute(sql, args)
        names = [item[0] for item in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def _insert(self, table: str, row: dict[str, Any]) -> None:
        if not self.store.ensure(table, self.connection):
            return
        have = {item[1] for item in self.connection.execute(f"PRAGMA table_info({quoted(table)})")}
        row = {key: value for key, value in {**row, "CON_ID": self.ctx.con_id}.items() if key in have}
        self.connection.execute(f"INSERT INTO {quoted(table)} ({', '.join(map(quoted, row))}) "
                                f"VALUES ({', '.join('?' * len(row))})", tuple(row.values()))

    def _clear(self, owner: str, name: str, kind: str) -> None:
        for table, (owners, names) in OWN[kind].items():
            if self.store.ensure(table, self.connection):
                self.connection.execute(f"DELETE FROM {quoted(table)} WHERE CON_ID = ? AND {quoted(owners)} = ? AND "
                                        f"{quoted(names)} = ?", (self.ctx.con_id, owner, name))

    def _forget(self, owner: str, name: str, kind: str) -> None:
        self._clear(owner, name, kind)
        if not OWN[kind]:
            self._clear_unit(owner, name, kind)
        key = (self.ctx.con_id, owner, name)
        for made in self._rows('SELECT * FROM "_MADE" WHERE CON_ID = ?1 AND OWNER = ?2 AND ((NAME = ?3 AND KIND = ?4) '
                               "OR TABLE_NAME = ?3)", *key, kind):
            self._remove(made)

    def _remove(self, made: dict[str, Any]) -> None:
        key = (self.ctx.con_id, made["OWNER"], made["NAME"])
        for sql in ('DELETE FROM "CDB_OBJECTS" WHERE CON_ID = ? AND OWNER = ? AND OBJECT_NAME = ? AND OBJECT_TYPE = ?',
                    'DELETE FROM "_SEGMENT" WHERE CON_ID = ? AND OWNER = ? AND SEGMENT_NAME = ? AND SEGMENT_TYPE = ?',
                    'DELETE FROM "_MADE" WHERE CON_ID = ? AND OWNER = ? AND NAME = ? AND KIND = ?'):
            self.connection.execute(sql, (*key, made["KIND"]))

    def _object(self, owner: str, name: str, kind: str, table: str | None = None) -> int:
        """Its row in DBA_OBJECTS: the number stays, LAST_DDL_TIME follows."""
        key = (self.ctx.con_id, owner, name, kind)
        made = self._rows('SELECT * FROM "_MADE" WHERE CON_ID = ? AND OWNER = ? AND NAME = ? AND KIND = ?', *key)
        if made:
            self.connection.execute('UPDATE "CDB_OBJECTS" SET LAST_DDL_TIME = ?, TIMESTAMP = ? WHERE CON_ID = ? AND '
                                    "OWNER = ? AND OBJECT_NAME = ? AND OBJECT_TYPE = ?",
                                    (self.now, self.now.replace(" ", ":"), *key))
            return int(made[0]["OBJECT_ID"])
        number = int(self._rows('SELECT coalesce(max(OBJECT_ID), 0) + 1 AS N FROM "CDB_OBJECTS"')[0]["N"])
        self._insert("_MADE", {"OWNER": owner, "NAME": name, "KIND": kind, "OBJECT_ID": number, "TABLE_NAME": table})
        self._insert("CDB_OBJECTS", {
            "OWNER": owner, "OBJECT_NAME": name, "OBJECT_ID": number, "OBJECT_TYPE": kind, "CREATED": self.now,
            "DATA_OBJECT_ID": number if kind in ("TABLE", "INDEX") else None, "LAST_DDL_TIME": self.now,
            "TIMESTAMP": self.now.replace(" ", ":"), "STATUS": "VALID", "TEMPORARY": "N", "GENERATED": "N",
            "SECONDARY": "N", "NAMESPACE": 4 if kind == "INDEX" else 1, "SHARING": "NONE", "ORACLE_MAINTAINED": "N",
            "APPLICATION": "N", "DUPLICATED": "N", "SHARDED": "N"})
        if kind in ("TABLE", "INDEX"):
            self._insert("_SEGMENT", {"OWNER": owner, "SEGMENT_NAME": name, "SEGMENT_TYPE": kind,
                                      "TABLESPACE_NAME": self._tablespace(owner), "BYTES": FIRST_EXTENT})
        return number

    def _tablespace(self, owner: str) -> str:
        rows = self._rows('SELECT DEFAULT_TABLESPACE AS T FROM "CDB_USERS" WHERE USERNAME = ? AND CON_ID = ?', owner,
                          self.ctx.con_id)
        return str(rows[0]["T"]) if rows and rows[0]["T"] else "USERS"

    # -- kinds ---------------------------------------------------------------------------------------------------------

    def _describe(self, one: Any) -> None:
        self._clear(one.owner, one.name, one.kind)
        self._object(one.owner, one.name, one.kind)
        for row in usercolumns.rows(one):
            self._insert("CDB_TAB_COLUMNS", row)
            if row["VIRTUAL_COLUMN"] == "YES":
                self._insert("_VIRTUAL_COLUMN", row)
            self._insert("CDB_COL_COMMENTS", row)
        if one.kind == "TABLE":
            self._table(one)
        elif one.kind == "VIEW":
            self._insert("CDB_TAB_COMMENTS", {"OWNER": one.owner, "TABLE_NAME": one.name, "TABLE_TYPE": "VIEW",
                                              "COMMENTS": comment_of(one)})
            self._insert("_VIEW", {"OWNER": one.owner, "VIEW_NAME": one.name, "TEXT": one.detail["text"]})
        elif one.kind == "SEQUENCE":
            detail = one.detail
            self._insert("_SEQUENCE", {
                "SEQUENCE_OWNER": one.owner, "SEQUENCE_NAME": one.name, "LAST_NUMBER": detail["start"],
                "INCREMENT_BY": detail["increment"], "MIN_VALUE": detail["minimum"],
                "MAX_VALUE": float(detail["maximum"]) if detail["maximum"] > 1 << 62 else detail["maximum"],
                "CACHE_SIZE": detail["cache"], "CYCLE_FLAG": "Y" if detail["cycle"] else "N",
                "ORDER_FLAG": "Y" if detail["order"] else "N"})
        elif "errors" in one.detail:
            self._unit(one)
        elif one.kind == "SYNONYM":
            self._insert("_SYNONYM", {"OWNER": one.owner, "SYNONYM_NAME": one.name,
                                      "TABLE_OWNER": one.detail["owner"], "TABLE_NAME": one.detail["name"]})

    def _unit(self, one: Any) -> None:
        """A PL/SQL unit's source, and what is wrong with it."""
        self._clear_unit(one.owner, one.name, one.kind)
        key = {"OWNER": one.owner, "NAME": one.name, "TYPE": one.kind}
        for line, text in enumerate(one.detail["text"].splitlines(keepends=True), 1):
            self._insert("CDB_SOURCE", {**key, "LINE": line, "TEXT": text})
        valid = "VALID" if one.detail["errors"] is None else "INVALID"
        self.connection.execute('UPDATE "CDB_OBJECTS" SET STATUS = ? WHERE CON_ID = ? AND OWNER = ? AND OBJECT_NAME = '
                                "? AND OBJECT_TYPE = ?", (valid, self.ctx.con_id, one.owner, one.name, one.kind))
        if one.detail["errors"] is not None:
            self._insert("CDB_ERRORS", {**key, "SEQUENCE": 1, "LINE": 1, "POSITION": 1, "TEXT": one.detail["errors"],
                                        "ATTRIBUTE": "ERROR", "MESSAGE_NUMBER": 103})

    def _clear_unit(self, owner: str, name: str, kind: str) -> None:
        for table in ("CDB_SOURCE", "CDB_ERRORS"):
            if self.store.ensure(table, self.connection):
                self.connection.execute(f"DELETE FROM {quoted(table)} WHERE CON_ID = ? AND OWNER = ? AND NAME = ? AND "
                                        "TYPE = ?", (self.ctx.con_id, owner, name, kind))

    def _table(self, one: Any) -> None:
        key = {"OWNER": one.owner, "TABLE_NAME": one.name}
        self._insert("CDB_TABLES", {
            **key, "TABLESPACE_NAME": self._tablespace(one.owner), "STATUS": "VALID", "PCT_FREE": 10, "INI_TRANS": 1,
            "MAX_TRANS": 255, "LOGGING": "YES", "BACKED_UP": "N", "DEGREE": "         1", "INSTANCES": "         1",
            "CACHE": "    N", "TABLE_LOCK": "ENABLED", "PARTITIONED": "NO", "TEMPORARY": "N", "SECONDARY": "N",
            "NESTED": "NO", "BUFFER_POOL": "DEFAULT", "ROW_MOVEMENT": "DISABLED", "GLOBAL_STATS": "NO",
            "USER_STATS": "NO", "MONITORING": "YES", "DEPENDENCIES": "DISABLED", "COMPRESSION": "DISABLED",
            "DROPPED": "NO", "READ_ONLY": "NO", "SEGMENT_CREATED": "YES", "RESULT_CACHE": "DEFAULT",
            "HAS_IDENTITY": "YES" if one.detail.get("identity") else "NO", "EXTERNAL": "NO", "HYBRID": "NO"})
        self._insert("CDB_TAB_COMMENTS", {**key, "TABLE_TYPE": "TABLE", "COMMENTS": comment_of(one)})
        self._insert("CDB_TAB_STATISTICS", {**key, "OBJECT_TYPE": "TABLE", "SCOPE": "SHARED"})
        for row in userconstraints.rows(one, self.now):
            self._insert("CDB_CONSTRAINTS", row)
        for row in userconstraints.columns(one):
            self._insert("CDB_CONS_COLUMNS", row)
        for row in usercolumns.identities(one):
            self._insert("CDB_TAB_IDENTITY_COLS", row)
        for key in one.detail["keys"]:
            if key["enabled"]:
                self._index(one, one.owner, key["name"], key["columns"], unique=True)
        wanted = set(one.detail["indexes"])
        for name, index in one.detail["indexes"].items():
            self._index(one, index["owner"], name, index["columns"], unique=index["unique"])
        keyed = {row["INDEX_NAME"] for row in self._rows(
            'SELECT INDEX_NAME FROM "CDB_CONSTRAINTS" WHERE CON_ID = ? AND OWNER = ? AND TABLE_NAME = ?',
            self.ctx.con_id, one.owner, one.name)}
        for made in self._rows("SELECT * FROM \"_MADE\" WHERE CON_ID = ? AND TABLE_NAME = ? AND KIND = 'INDEX'",
                               self.ctx.con_id, one.name):
            if made["NAME"] not in wanted | keyed:
                self._remove(made)

    def _index(self, one: Any, owner: str, name: str, columns: list[str], *, unique: bool) -> None:
        self._object(owner, name, "INDEX", one.name)
        plain = {column.name for column in one.columns}
        self._insert("CDB_INDEXES", {
            "OWNER": owner, "INDEX_NAME": name, "TABLE_OWNER": one.owner, "TABLE_NAME": one.name,
            "INDEX_TYPE": "NORMAL" if set(columns) <= plain else "FUNCTION-BASED NORMAL", "TABLE_TYPE": "TABLE",
            "UNIQUENESS": "UNIQUE" if unique else "NONUNIQUE", "COMPRESSION": "DISABLED",
            "TABLESPACE_NAME": self._tablespace(owner), "INI_TRANS": 2, "MAX_TRANS": 255, "PCT_FREE": 10,
            "LOGGING": "YES", "STATUS": "VALID", "DEGREE": "1", "INSTANCES": "1", "PARTITIONED": "NO",
            "TEMPORARY": "N", "GENERATED": "N", "SECONDARY": "N", "BUFFER_POOL": "DEFAULT", "USER_STATS": "NO",
            "GLOBAL_STATS": "NO", "DROPPED": "NO", "VISIBILITY": "VISIBLE", "SEGMENT_CREATED": "YES",
            "ORPHANED_ENTRIES": "NO", "INDEXING": "FULL"})
        for position, column in enumerate(columns, 1):
            self._insert("CDB_IND_COLUMNS", {
                "INDEX_OWNER": owner, "INDEX_NAME": name, "TABLE_OWNER": one.owner, "TABLE_NAME": one.name,
                "COLUMN_NAME": column, "COLUMN_POSITION": position, "COLUMN_LENGTH": 22, "CHAR_LENGTH": 0,
                "DESCEND": "ASC"})


def comment_of(one: Any) -> str | None:
    """What COMMENT ON TABLE said."""
    return one.detail.get("comments", {}).get("") or None
