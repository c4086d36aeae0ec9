# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Objects of the schemas: tables, indexes, constraints, columns, packages, synonyms, statistics."""

from __future__ import annotations

from typing import Any

from estate.world.clock import date_text
from estate.world.seed.base import DAY, Seed

COLUMNS = (("ID", "NUMBER", 22, "N"), ("PATIENT_ID", "VARCHAR2", 32, "N"), ("VISIT_ID", "NUMBER", 22, "Y"),
           ("DEPT_CODE", "VARCHAR2", 16, "Y"), ("STATUS", "VARCHAR2", 8, "Y"),
           ("NAME", "VARCHAR2", 64, "Y"), ("AMOUNT", "NUMBER", 22, "Y"), ("CREATE_DATE", "DATE", 7, "N"),
           ("UPDATE_DATE", "DATE", 7, "Y"))
PACKAGES = ("PKG_CHARGE", "PKG_INTERFACE", "PKG_REPORT")
ORACLE_OBJECTS = (("SYS", "STANDARD", "PACKAGE"), ("SYS", "STANDARD", "PACKAGE BODY"),
                  ("SYS", "DBMS_STATS", "PACKAGE"), ("SYS", "DBMS_STATS", "PACKAGE BODY"),
                  ("SYS", "DBMS_SCHEDULER", "PACKAGE"),
                  ("SYS", "UTL_FILE", "PACKAGE"), ("SYS", "UTL_HTTP", "PACKAGE"), ("SYS", "DBMS_SQL", "PACKAGE"),
                  ("XDB", "DBMS_XDB", "PACKAGE"), ("CTXSYS", "CTX_DDL", "PACKAGE"), ("SYS", "AUD$", "TABLE"),
                  ("SYS", "USER$", "TABLE"), ("SYS", "OBJ$", "TABLE"), ("SYS", "DUAL", "TABLE"),
                  ("PUBLIC", "DUAL", "SYNONYM"))
PUBLIC_EXECUTE = ("DBMS_SQL", "DBMS_LOB", "DBMS_OUTPUT", "DBMS_STATS", "DBMS_SCHEDULER", "DBMS_APPLICATION_INFO",
                  "DBMS_METADATA", "UTL_RAW")


def fill(seed: Seed) -> None:
    """Objects of Oracle's and of the applications' schemas in each container."""
    builder = Builder(seed)
    for con_id in seed.spec.containers:
        builder.oracle(con_id)
    for owner, schema in seed.data["schemas"].items():
        builder.schema(owner, schema, seed.spec.container(schema.get("container")))
    builder.segments_as_objects()


class Builder:
    """Numbers objects as they are made."""

    def __init__(self, seed: Seed) -> None:
        self.seed, self.number = seed, 95000
        self.ids: dict[tuple[int, str, str], int] = {}

    def add(self, con_id: int, owner: str, name: str, kind: str, *, maintained: str = "N",
            identifier: int | None = None) -> int:
        """One row of DBA_OBJECTS; its OBJECT_ID."""
        self.number += 1
        number = identifier or self.number
        created = self.seed.created
        self.seed.add("CDB_OBJECTS", {
            "OWNER": owner, "OBJECT_NAME": name, "OBJECT_ID": number,
            "DATA_OBJECT_ID": number if kind in ("TABLE", "INDEX", "LOB") else None, "OBJECT_TYPE": kind,
            "CREATED": created,
            "LAST_DDL_TIME": created, "TIMESTAMP": created.replace(" ", ":"), "STATUS": "VALID", "TEMPORARY": "N",
            "GENERATED": "N", "SECONDARY": "N", "NAMESPACE": 4 if kind == "INDEX" else 1,
            "SHARING": "METADATA LINK" if maintained == "Y" and self.seed.spec.cdb else "NONE",
            "EDITIONABLE": "Y" if kind.startswith(("PACKAGE", "PROC", "VIEW")) else None,
            "ORACLE_MAINTAINED": maintained, "APPLICATION": "N", "DUPLICATED": "N", "SHARDED": "N", "CON_ID": con_id})
        return number

    def oracle(self, con_id: int) -> None:
        """Objects that Oracle maintains, and what PUBLIC may execute."""
        for owner, name, kind in ORACLE_OBJECTS:
            self.add(con_id, owner, name, kind, maintained="Y")
        for name in PUBLIC_EXECUTE:
            self.seed.add("CDB_TAB_PRIVS", {"GRANTEE": "PUBLIC", "OWNER": "SYS", "TABLE_NAME": name, "GRANTOR": "SYS",
                                            "PRIVILEGE": "EXECUTE", "GRANTABLE": "NO", "HIERARCHY": "NO",
                                            "COMMON": "YES" if self.seed.spec.cdb else "NO", "TYPE": "PACKAGE",
                                            "INHERITED": "NO", "CON_ID": con_id})

    def schema(self, owner: str, schema: dict[str, Any], con_id: int) -> None:
        """Tables, packages and sequences of one schema of the scenario."""
        place = {"CON_ID": con_id}
        for table in [*schema.get("tables", {}), *schema.get("lobs", {})]:
            self._table(owner, table, schema, con_id)
        for name in PACKAGES if schema.get("tables") else ():
            self.add(con_id, owner, name, "PACKAGE")
            self.add(con_id, owner, name, "PACKAGE BODY")
        for position, table in enumerate(list(schema.get("tables", {}))[:3]):
            self.seed.add("_SEQUENCE", {**place, "SEQUENCE_OWNER": owner, "SEQUENCE_NAME": f"SEQ_{table}",
                                        "LAST_NUMBER": 8_000_000 + position * 91_001, "MAX_VALUE": 999_999_999_999_999,
                                        "CACHE_SIZE": 1000})
            self.add(con_id, owner, f"SEQ_{table}", "SEQUENCE")

    def _rows(self, owner: str, table: str) -> tuple[int, int]:
        length = next((s["BYTES"] for s in self.seed.tables["_SEGMENT"] if s["OWNER"] == owner
                       and s["SEGMENT_NAME"] == table), 1 << 20)
        return max(1, length // 180), length // 8192

    def _table(self, owner: str, table: str, schema: dict[str, Any], con_id: int) -> None:
        rows, blocks = self._rows(owner, table)
        analysed = self.seed.midnight(1) + 22.5 * 3600
        stats: dict[str, Any] = {"NUM_ROWS": rows, "BLOCKS": blocks, "AVG_ROW_LEN": 164, "SAMPLE_SIZE": rows,
                 "LAST_ANALYZED": date_text(min(analysed, self.seed.now - 3600)), "GLOBAL_STATS": "YES",
                 "USER_STATS": "NO", "EMPTY_BLOCKS": 0, "AVG_SPACE": 0, "CHAIN_CNT": 0}
        self.ids[(con_id, owner, table)] = self.add(con_id, owner, table, "TABLE")
        self.seed.add("CDB_TABLES", {
            "OWNER": owner, "TABLE_NAME": table, "TABLESPACE_NAME": schema["data"], "STATUS": "VALID", "PCT_FREE": 10,
            "INI_TRANS": 1, "MAX_TRANS": 255, "LOGGING": "YES", "BACKED_UP": "N", **stats,
            "DEGREE": "         1", "INSTANCES": "         1", "CACHE": "    N", "TABLE_LOCK": "ENABLED",
            "PARTITIONED": "NO", "TEMPORARY": "N", "SECONDARY": "N", "NESTED": "NO",
            "BUFFER_POOL": "DEFAULT", "ROW_MOVEMENT": "DISABLED", "MONITORING": "YES", "DEPENDENCIES": "DISABLED",
            "COMPRESSION": "DISABLED", "DROPPED": "NO", "READ_ONLY": "NO",
            "SEGMENT_CREATED": "YES", "RESULT_CACHE": "DEFAULT", "CON_ID": con_id})
        self.seed.add("CDB_TAB_STATISTICS", {"OWNER": owner, "TABLE_NAME": table, "OBJECT_TYPE": "TABLE", **stats,
                                             "STALE_STATS": "NO", "SCOPE": "SHARED", "CON_ID": con_id})
        self.seed.add("CDB_TAB_MODIFICATIONS", {"TABLE_OWNER": owner, "TABLE_NAME": table, "INSERTS": rows // 900,
                                                "UPDATES": rows // 1500, "DELETES": 0,
                                                "TIMESTAMP": self.seed.ago(0.2 * DAY), "TRUNCATED": "NO",
                                                "DROP_SEGMENTS": 0, "CON_ID": con_id})
        self._columns(owner, table, con_id)
        if table in schema.get("tables", {}):
            self._indexes(owner, table, schema, con_id, rows, stats["LAST_ANALYZED"])

    def _columns(self, owner: str, table: str, con_id: int) -> None:
        for position, (name, kind, length, null) in enumerate(COLUMNS, 1):
            self.seed.add("CDB_TAB_COLUMNS", {"OWNER": owner, "TABLE_NAME": table, "COLUMN_NAME": name,
                                              "DATA_TYPE": kind, "DATA_LENGTH": length, "NULLABLE": null,
                                              "COLUMN_ID": position,
                                              "CHAR_LENGTH": length if kind == "VARCHAR2" else 0,
                                              "CHAR_USED": "B" if kind == "VARCHAR2" else None, "HISTOGRAM": "NONE",
                                              "CON_ID": con_id})

    def _indexes(self, owner: str, table: str, schema: dict[str, Any], con_id: int, rows: int, analysed: str) -> None:
        for suffix, columns, unique in (("PK", ("ID",), True), ("IX1", ("PATIENT_ID", "VISIT_ID"), False)):
            name = f"{table}_{suffix}"
            self.add(con_id, owner, name, "INDEX")
            _, blocks = self._rows(owner, name)
            stats = {"BLEVEL": 3, "LEAF_BLOCKS": blocks, "DISTINCT_KEYS": rows if unique else rows // 6,
                     "AVG_LEAF_BLOCKS_PER_KEY": 1, "AVG_DATA_BLOCKS_PER_KEY": 1 if unique else 5,
                     "CLUSTERING_FACTOR": rows // (30 if unique else 3), "NUM_ROWS": rows, "SAMPLE_SIZE": rows,
                     "LAST_ANALYZED": analysed}
            self.seed.add("CDB_INDEXES", {
                "OWNER": owner, "INDEX_NAME": name, "INDEX_TYPE": "NORMAL", "TABLE_OWNER": owner, "TABLE_NAME": table,
                "TABLE_TYPE": "TABLE", "UNIQUENESS": "UNIQUE" if unique else "NONUNIQUE",
                "COMPRESSION": "DISABLED", "TABLESPACE_NAME": schema.get("index", schema["data"]), "INI_TRANS": 2,
                "MAX_TRANS": 255, "PCT_FREE": 10, "LOGGING": "YES", **stats, "STATUS": "VALID",
                "DEGREE": "1", "INSTANCES": "1", "PARTITIONED": "NO", "TEMPORARY": "N", "GENERATED": "N",
                "SECONDARY": "N", "BUFFER_POOL": "DEFAULT", "USER_STATS": "NO", "GLOBAL_STATS": "YES",
                "DROPPED": "NO", "VISIBILITY": "VISIBLE", "SEGMENT_CREATED": "YES", "ORPHANED_ENTRIES": "NO",
                "INDEXING": "FULL", "CON_ID": con_id})
            self.seed.add("CDB_IND_STATISTICS", {"OWNER": owner, "INDEX_NAME": name, "TABLE_OWNER": owner,
                                                 "TABLE_NAME": table, "OBJECT_TYPE": "INDEX", **stats,
                                                 "STALE_STATS": "NO",
                                                 "GLOBAL_STATS": "YES", "USER_STATS": "NO", "SCOPE": "SHARED",
                                                 "CON_ID": con_id})
            for position, column in enumerate(columns, 1):
                self.seed.add("CDB_IND_COLUMNS", {"INDEX_OWNER": owner, "INDEX_NAME": name, "TABLE_OWNER": owner,
                                                  "TABLE_NAME": table, "COLUMN_NAME": column,
                                                  "COLUMN_POSITION": position,
                                                  "COLUMN_LENGTH": 22, "CHAR_LENGTH": 0, "DESCEND": "ASC",
                                                  "CON_ID": con_id})
        self.seed.add("CDB_CONSTRAINTS", {"OWNER": owner, "CONSTRAINT_NAME": f"{table}_PK", "CONSTRAINT_TYPE": "P",
                                          "TABLE_NAME": table, "STATUS": "ENABLED", "DEFERRABLE": "NOT DEFERRABLE",
                                          "DEFERRED": "IMMEDIATE", "VALIDATED": "VALIDATED", "GENERATED": "USER NAME",
                                          "LAST_CHANGE": self.seed.created, "INDEX_OWNER": owner,
                                          "INDEX_NAME": f"{table}_PK", "CON_ID": con_id})
        self.seed.add("CDB_CONS_COLUMNS", {"OWNER": owner, "CONSTRAINT_NAME": f"{table}_PK", "TABLE_NAME": table,
                                           "COLUMN_NAME": "ID", "POSITION": 1, "CON_ID": con_id})

    def segments_as_objects(self) -> None:
        """LOB segments are objects too."""
        for row in self.seed.tables["_SEGMENT"]:
            if row["SEGMENT_TYPE"] == "LOBSEGMENT":
                self.add(row["CON_ID"], row["OWNER"], row["SEGMENT_NAME"], "LOB",
                         maintained="Y" if row["OWNER"] == "SYS" else "N")
