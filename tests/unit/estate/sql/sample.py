# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An in-memory catalog with small tables for tests of the SQL engine."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from estate.api import Bind, Column, Context, OraError, Relation, Result, WriteTarget
from estate.sql.engine import Engine

N, V = "NUMBER", "VARCHAR2"
TABLES: dict[str, tuple[tuple[Column, ...], list[tuple[Any, ...]]]] = {
    "EMP": (
        (
            Column("EMPNO", N, 22, 4, 0, False),
            Column("ENAME", V, 10),
            Column("JOB", V, 9),
            Column("MGR", N, 22, 4, 0),
            Column("HIREDATE", "DATE", 7),
            Column("SAL", N, 22, 7, 2),
            Column("COMM", N, 22, 7, 2),
            Column("DEPTNO", N, 22, 2, 0),
        ),
        [
            (1, "WANG", "CHIEF", None, "2001-11-17 00:00:00", 5000, None, 10),
            (2, "LI", "HEAD", 1, "2001-05-01 00:00:00", 2850, None, 30),
            (3, "ZHAO", "HEAD", 1, "2001-06-09 00:00:00", 2450, None, 10),
            (4, "CHEN", "HEAD", 1, "2001-04-02 00:00:00", 2975, None, 20),
            (5, "SUN", "NURSE", 2, "2001-09-28 00:00:00", 1250, 1400, 30),
            (6, "ZHOU", "NURSE", 2, "2001-02-20 00:00:00", 1600, 300, 30),
            (7, "WU", "NURSE", 2, "2001-09-08 00:00:00", 1500, 0, 30),
            (8, "ZHENG", "CLERK", 2, "2001-12-03 00:00:00", 950, None, 30),
            (9, "FENG", "ANALYST", 4, "2001-12-03 00:00:00", 3000, None, 20),
            (10, "HAN", "CLERK", 9, "2000-12-17 00:00:00", 800, None, 20),
            (11, "YANG", "CLERK", 3, "2002-01-23 00:00:00", 1300, None, 10),
            (12, "QIN", "NURSE", 2, "2001-02-22 00:00:00", 1250, 500, 30),
        ],
    ),
    "DEPT": (
        (Column("DEPTNO", N, 22, 2, 0, False), Column("DNAME", V, 14), Column("LOC", V, 13)),
        [(10, "ADMIN", "NORTH"), (20, "RESEARCH", "EAST"), (30, "WARD", "SOUTH"), (40, "ARCHIVE", None)],
    ),
    "SAMPLES": (
        (
            Column("ID", N),
            Column("TAKEN", "TIMESTAMP", 11, 0, 6),
            Column("ZONED", "TIMESTAMP WITH TIME ZONE", 13, 0, 6),
            Column("RAWID", "RAW", 16),
            Column("NOTE", "CLOB", 4000),
            Column("RATIO", N),
            Column("CODE", "CHAR", 5),
            Column("SPAN", "INTERVAL DAY TO SECOND", 11),
        ),
        [
            (
                1,
                "2024-01-31 10:20:30.123456",
                "2024-01-31 02:20:30.123456+08:00",
                b"\x01\xff",
                "first note",
                0.1,
                "A    ",
                "+000000001 02:03:04.500000",
            ),
            (2, "2024-02-29 23:59:59.000000", "2024-02-29 15:59:59.000000+08:00", None, None, 0.2, "BB   ", None),
            (3, None, None, b"\x0a", "third", 123456789012, None, "-000000000 00:00:01.000000"),
        ],
    ),
}
NOW = datetime(2024, 3, 15, 14, 30, 45, 123456, tzinfo=timezone(timedelta(hours=8)))
AFFINITY = {"NUMBER": "NUMERIC", "RAW": "BLOB"}


class SampleCatalog:
    """Tables of schema HR with public synonyms, readable by all; one sequence; one package function."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str | int, Any]]] = []
        self.next = 100

    def relation(self, ctx: Context, owner: str | None, name: str) -> Relation:
        if owner not in (None, "HR") or name not in TABLES:
            raise OraError(942, "table or view does not exist")
        return Relation("HR", name, TABLES[name][0], f"t_{name}", "TABLE")

    def write_target(self, ctx: Context, owner: str | None, name: str, action: str) -> WriteTarget:
        self.relation(ctx, owner, name)
        return WriteTarget(f"t_{name}", TABLES[name][0])

    def sequence_nextval(self, ctx: Context, owner: str | None, name: str) -> int | None:
        if name != "SEQ":
            return None
        self.next += 1
        return self.next

    def statement(self, ctx: Context, sql: str, binds: Sequence[Bind]) -> Result | None:
        return Result("other") if sql.upper().startswith("ALTER SESSION") else None

    def procedure(self, ctx: Context, name: str, args: dict[str | int, Any]) -> Any:
        self.calls.append((name, args))
        if name == "DBMS_SAMPLE.DOUBLE":
            return args[0] * 2
        if name.startswith("DBMS_SAMPLE."):
            return None
        raise OraError(6550, f"PLS-00201: identifier '{name}' must be declared")


def seed(connection: sqlite3.Connection) -> None:
    """Create and fill the sample tables."""
    for name, (columns, rows) in TABLES.items():
        listed = ", ".join(f'"{one.name}" {AFFINITY.get(one.type, "TEXT")}' for one in columns)
        connection.execute(f'CREATE TABLE "t_{name}" ({listed})')
        connection.executemany(f'INSERT INTO "t_{name}" VALUES ({", ".join("?" * len(columns))})', rows)


def context(version: str = "19.0.0.0.0", user: str = "HR") -> Context:
    """A session of HR at the sample time."""
    return Context(user, user, version, con_id=3, con_name="PDB1", sid=42, serial=7, clock=lambda: NOW,
                   attributes={"module": "tests", "db_name": "SAMPLE"})


def engine(folder: Any) -> Engine:
    """A fresh engine over the sample tables."""
    made = Engine(str(folder / "sample.db"), SampleCatalog())
    connection = made.connect()
    seed(connection)
    connection.close()
    return made
