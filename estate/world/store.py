# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The SQLite file of one database: tables of Oracle's names and columns, base tables, derived views."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from estate.api import Column
from estate.dictionary import definitions, facts, families

SCHEMA = Path(__file__).parent / "schema.sql"
_AFFINITY = {"NUMBER": "NUMERIC", "BINARY_FLOAT": "REAL", "BINARY_DOUBLE": "REAL", "RAW": "BLOB", "BLOB": "BLOB",
             "LONG RAW": "BLOB"}
# Base tables that Oracle's canonical relations are views of; the rest of a canonical relation is its own table.
BASES = {
    "GV$SESSION": "_SESSION", "GV$PROCESS": "_PROCESS", "GV$TRANSACTION": "_TRANSACTION", "GV$INSTANCE": "_INSTANCE",
    "V$DATABASE": "_DATABASE", "V$PDBS": "_CONTAINER", "V$CONTAINERS": "_CONTAINER", "V$DATAFILE": "_DATAFILE",
    "CDB_DATA_FILES": "_DATAFILE", "V$BACKUP": "_DATAFILE", "V$TEMPFILE": "_TEMPFILE", "CDB_TEMP_FILES": "_TEMPFILE",
    "CDB_SEGMENTS": "_SEGMENT", "V$LOG": "_LOG", "GV$SYSSTAT": "_SYSSTAT", "GV$OSSTAT": "_OSSTAT",
    "GV$SYS_TIME_MODEL": "_TIMEMODEL", "GV$SYSTEM_EVENT": "_EVENT", "GV$RESOURCE_LIMIT": "_RESOURCE",
    "GV$PGASTAT": "_PGA", "GV$LOCK": "_LOCK", "GV$LOCKED_OBJECT": "_LOCKED_OBJECT",
    "V$ASM_DISK": "_ASM_DISK", "V$ASM_DISKGROUP": "_ASM_GROUP", "GV$PARAMETER": "GV$SYSTEM_PARAMETER", "GV$SQL": "_SQL",
    "UNIFIED_AUDIT_TRAIL": "CDB_UNIFIED_AUDIT_TRAIL", "CDB_SEQUENCES": "_SEQUENCE", "CDB_SYNONYMS": "_SYNONYM",
}
_PRIVILEGES = ("CDB_USERS", "CDB_ROLES", "CDB_ROLE_PRIVS", "CDB_SYS_PRIVS", "CDB_TAB_PRIVS", "CDB_CONTAINER_DATA",
               "_CONTAINER",
               "_INSTANCE", "_SYNONYM")


def quoted(name: str) -> str:
    """A SQLite identifier."""
    return '"' + name.replace('"', '""') + '"'


def column_list(columns: Iterable[Column], zero: bool = False) -> str:
    """Columns with their SQLite affinities, as CREATE TABLE wants them; ``zero``: a NUMBER is 0 by default."""
    return ", ".join(f"{quoted(column.name)} {_AFFINITY.get(column.type, 'TEXT')}"
                     + (" DEFAULT 0" if zero and column.type == "NUMBER" else "") for column in columns)


def _absent(name: str, column: Column | None, found: tuple[str, ...]) -> str:
    """What a view shows in a column that its definition lacks."""
    if column is None:
        return "NULL"
    if column.name == "CON_DBID" and "DBID" in found:
        return "DBID"
    return "0" if column.type == "NUMBER" and name in families.counters() else "NULL"


@cache
def _view_ddl(name: str, query: str, release: str, found: tuple[str, ...]) -> str:
    """CREATE VIEW with exactly the columns of the release: those the query lacks are NULL (0 in a view of counters),
    those Oracle lacks go."""
    columns = {column.name: column for column in families.columns(name, release) or ()}
    picked = ", ".join(quoted(w) if w in found else f"{_absent(name, columns.get(w), found)} AS {quoted(w)}"
                       for w in columns or found)
    return f"CREATE VIEW {quoted(name)} AS SELECT {picked} FROM ({query})"


class Store:
    """One SQLite file. ``prepare`` registers on a connection the functions that the views call."""

    def __init__(self, path: Path, release: str, prepare: Callable[[sqlite3.Connection], None]) -> None:
        self.path, self.release, self.prepare = path, release, prepare
        self.lock = threading.RLock()
        self.connection = self.connect()

    def connect(self) -> sqlite3.Connection:
        """A connection of its own, with the functions registered."""
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=10,
                                     cached_statements=64)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -512")
        self.prepare(connection)
        return connection

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    # -- making the file -------------------------------------------------------------------------------------------

    def create(self, tables: Mapping[str, list[dict[str, Any]]]) -> None:
        """Make base tables, the tables given with their rows, all views, and the triggers that count changes of
        rights."""
        with self.lock:
            cursor = self.connection
            cursor.executescript("BEGIN;" + SCHEMA.read_text(encoding="utf-8"))
            for name, rows in tables.items():
                self.ensure(name)
                self.insert(name, rows)
            for name in _PRIVILEGES:
                self.ensure(name)
            self._views()
            self._twins()
            self._triggers()
            cursor.execute("COMMIT")

    def _views(self) -> None:
        objects = self.objects()
        for definition in definitions.in_order():
            if not families.columns(definition.name, self.release) and not definition.name.startswith("_"):
                continue
            for name in definition.references() - objects.keys():
                if families.columns(name, self.release):
                    self.ensure(name)
                    objects[name] = "table"
            self.connection.execute(self.view_ddl(definition))
            objects[definition.name] = "view"

    def view_ddl(self, definition: definitions.Definition) -> str:
        """The SQLite view of a definition. ValueError for wrong SQL and for a column that Oracle does not have."""
        try:
            found = self.connection.execute(f"SELECT * FROM ({definition.query}) LIMIT 0").description
        except sqlite3.Error as error:
            raise ValueError(f"view {definition.name}: {error}") from error
        names = tuple(item[0] for item in found)
        known = families.every_column(definition.name)
        strange = [name for name in names if known and name not in known and not name.startswith("_")
                   and not definition.query.startswith("SELECT *")]
        if strange:
            raise ValueError(f"view {definition.name}: Oracle has no column {', '.join(strange)}")
        return _view_ddl(definition.name, definition.query, self.release, names)

    def _twins(self) -> None:
        """GV$ views of database-wide V$ ones: each row once for each instance that is up."""
        objects = self.objects()
        for single in sorted(families.shared() & objects.keys()):
            twin = "G" + single
            if facts.view(twin, self.release) and twin not in objects:
                self.connection.execute(
                    f"CREATE VIEW {quoted(twin)} AS SELECT i.INST_ID, t.* FROM \"_INSTANCE\" i CROSS JOIN "
                    f"{quoted(single)} t "
                    "WHERE i.STATE <> 'DOWN'")

    def _triggers(self) -> None:
        for name in _PRIVILEGES:
            for action in ("INSERT", "UPDATE", "DELETE"):
                self.connection.execute(f'CREATE TRIGGER "{name}:{action}" AFTER {action} ON {quoted(name)} BEGIN '
                                        'UPDATE "_EPOCH" SET N = N + 1; END')

    def objects(self, connection: sqlite3.Connection | None = None) -> dict[str, str]:
        """Names of tables and views with their kind."""
        return dict((connection
                     or self.connection).execute(
                         "SELECT name, type FROM sqlite_schema WHERE type IN ('table', 'view')"))

    def kind(self, name: str, connection: sqlite3.Connection | None = None) -> str | None:
        """"table" or "view"; None where the file has no relation of that name."""
        found = (connection or self.connection).execute(
            "SELECT type FROM sqlite_schema WHERE name = ? AND type IN ('table', 'view')", (name,)).fetchone()
        return str(found[0]) if found else None

    def ensure(self, name: str, connection: sqlite3.Connection | None = None) -> bool:
        """Make the empty table of a canonical relation where it does not exist; False where the release lacks it."""
        columns = families.columns(name, self.release)
        if columns is None:
            return name.startswith("_")
        layout = column_list(columns, name in families.counters())
        (connection or self.connection).execute(f"CREATE TABLE IF NOT EXISTS {quoted(name)} ({layout})")
        return True

    # -- reading and changing ----------------------------------------------------------------------------------------

    def rows(self, sql: str, *args: Any) -> list[dict[str, Any]]:
        """Rows as dictionaries."""
        with self.lock:
            cursor = self.connection.execute(sql, args)
            names = [item[0] for item in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    def value(self, sql: str, *args: Any) -> Any:
        """The first column of the first row, None without rows."""
        with self.lock:
            row = self.connection.execute(sql, args).fetchone()
        return row[0] if row else None

    def execute(self, sql: str, *args: Any) -> int:
        """One change; how many rows it touched."""
        with self.lock:
            return self.connection.execute(sql, args).rowcount

    def attempt(self, write: Callable[[], Any]) -> bool:
        """Bookkeeping that nobody should wait for: False where another session's transaction is in the way for long."""
        with self.lock:
            self.connection.execute("PRAGMA busy_timeout = 150")
            try:
                write()
            except sqlite3.OperationalError:
                return False
            finally:
                self.connection.execute("PRAGMA busy_timeout = 10000")
        return True

    def columns(self, name: str) -> list[str]:
        """Columns of a table or view as it is in the file."""
        with self.lock:
            return [row[1] for row in self.connection.execute(f"PRAGMA table_info({quoted(name)})")]

    def insert(self, name: str, *rows: Mapping[str, Any] | list[dict[str, Any]]) -> None:
        """Insert rows (mappings, or lists of them). Columns that only other releases have are left out; ones that no
        release
        has are an error."""
        flat = [row for item in rows for row in (item if isinstance(item, list) else [item])]
        by_shape: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
        for row in flat:
            by_shape.setdefault(tuple(row), []).append(tuple(row.values()))
        with self.lock:
            have = set(self.columns(name)) if flat and self.ensure(name) else set()
            for shape, values in by_shape.items():
                if have:
                    self._insert(name, shape, values, have)

    def _insert(self, name: str, shape: tuple[str, ...], values: list[tuple[Any, ...]], have: set[str]) -> None:
        strange = [column for column in shape if column not in have and column not in families.every_column(name)]
        if strange:
            raise ValueError(f"{name} has no column {', '.join(strange)}")
        kept = [index for index, column in enumerate(shape) if column in have]
        if len(kept) < len(shape):
            values = [tuple(row[index] for index in kept) for row in values]
        names = ", ".join(quoted(shape[index]) for index in kept)
        marks = ", ".join("?" * len(kept))
        self.connection.executemany(f"INSERT INTO {quoted(name)} ({names}) VALUES ({marks})", values)

    def base(self, name: str) -> str:
        """The table to change for a relation of any member's name: GV$LOG -> _LOG, DBA_USERS -> CDB_USERS."""
        canonical = families.member(families.public_name(name)).canonical
        if self.kind(canonical) == "table":
            return canonical
        return BASES.get(canonical, canonical)

    # -- laying over -------------------------------------------------------------------------------------------------

    def cover(self, name: str, connection: sqlite3.Connection | None = None) -> str:
        """Make a canonical relation a real table with the rows it shows now; the name of the table to write."""
        definition = definitions.definitions().get(name)
        name = definition.writes if definition and definition.writes else name
        with self.lock:
            target = connection or self.connection
            kind = target.execute("SELECT type FROM sqlite_schema WHERE name = ?", (name,)).fetchone()
            if kind is None:
                self.ensure(name, target)
            elif kind[0] == "view":
                self._materialise(name, target)
            if kind is None or kind[0] == "view":
                target.execute('UPDATE "_EPOCH" SET N = N + 1')
        return name

    def _materialise(self, name: str, connection: sqlite3.Connection) -> None:
        rows = connection.execute(f"SELECT * FROM {quoted(name)}").fetchall()
        columns = families.columns(name, self.release)
        names = [row[1] for row in connection.execute(f"PRAGMA table_info({quoted(name)})")]
        layout = column_list(columns) if columns else ", ".join(quoted(item) for item in names)
        connection.execute(f"DROP VIEW {quoted(name)}")
        connection.execute(f"CREATE TABLE {quoted(name)} ({layout})")
        connection.executemany(f"INSERT INTO {quoted(name)} VALUES ({', '.join('?' * len(names))})", rows)

    def uncover(self, name: str) -> None:
        """Give a laid-over view back; the table with the rows that were written goes."""
        definition = definitions.definitions()[name]
        name = definition.writes or name
        with self.lock:
            if self.kind(name) == "table":
                self.connection.execute(f"DROP TABLE {quoted(name)}")
                self.connection.execute(self.view_ddl(definitions.definitions()[name]))
                self.connection.execute('UPDATE "_EPOCH" SET N = N + 1')

    def covered(self) -> list[str]:
        """Derived relations that are laid over now."""
        objects = self.objects()
        return [name for name, item in definitions.definitions().items() if not item.bound
                and objects.get(name) == "table"]
