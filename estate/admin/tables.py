# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reading and changing a database's tables by Oracle's names: what administrative statements and faults write with."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from typing import Any

from estate.dictionary import families

_BRACES = re.compile(r"\{([A-Z0-9_$#]+)\}")


def quoted(name: str) -> str:
    """A SQLite identifier."""
    return '"' + name.replace('"', '""') + '"'


class Tables:
    """Access to one database's store. Names are Oracle's (any member of a family) or base tables ("_SESSION").

    Reads go to Oracle's relation, changes to the base table behind it: causes change, views follow.
    """

    def __init__(self, store: Any, connection: sqlite3.Connection | None = None) -> None:
        self.store = store
        self._connection = connection

    @property
    def connection(self) -> sqlite3.Connection:
        """Where statements run: the caller's transaction, else the store's own connection."""
        return self._connection or self.store.connection

    def execute(self, sql: str, *args: Any) -> int:
        """Run one change; how many rows it touched."""
        with self.store.lock:
            return self.connection.execute(sql, args).rowcount

    def select(self, sql: str, *args: Any) -> list[dict[str, Any]]:
        """Rows of a SQLite query as dictionaries."""
        with self.store.lock:
            cursor = self.connection.execute(sql, args)
            names = [item[0] for item in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    def kind(self, name: str) -> str | None:
        """Whether the file has a table or a view of that name."""
        found: str | None = self.store.kind(name, self.connection)
        return found

    def columns(self, table: str) -> list[str]:
        """Columns of a table of the file."""
        return [row["name"] for row in self.select(f"PRAGMA table_info({quoted(table)})")]

    def canonical(self, name: str) -> str:
        """The stored relation behind a name; its (empty) table is made where it does not exist yet."""
        if name.startswith("_"):
            return name
        found: str = families.member(name).canonical
        if self.kind(found) is None:
            self.store.ensure(found, self.connection)
            self.execute('UPDATE "_EPOCH" SET N = N + 1')
        return found

    def base(self, name: str) -> str:
        """The table that a change of the named relation goes to."""
        self.canonical(name)
        base = name if name.startswith("_") else str(self.store.base(name))
        return self.lay_over(base) if self.kind(base) == "view" else base

    def lay_over(self, name: str) -> str:
        """Make a derived relation a table with its present rows: for what a statement changes without a cause."""
        return str(self.store.cover(name, self.connection))

    def sql(self, text: str) -> str:
        """Replace {NAME} by the quoted relation."""
        return _BRACES.sub(lambda match: quoted(self.canonical(match[1])), text)

    def has(self, name: str) -> bool:
        """Whether this release has the relation."""
        return name.startswith("_") or self.kind(self.canonical(name)) is not None

    def rows(self, name: str, where: str = "1 = 1", *args: Any) -> list[dict[str, Any]]:
        """Rows of a relation with Oracle's columns; none where the release lacks the relation."""
        if not self.has(name):
            return []
        return self.select(self.sql(f"SELECT * FROM {{{name}}} WHERE {where}"), *args)

    def query(self, text: str, *args: Any) -> list[dict[str, Any]]:
        """Rows of a SQLite query with {NAME} for relations."""
        return self.select(self.sql(text), *args)

    def value(self, text: str, *args: Any) -> Any:
        """The first column of the first row of a query, None without rows."""
        with self.store.lock:
            row = self.connection.execute(self.sql(text), args).fetchone()
        return row[0] if row else None

    def fitting(self, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Those values whose columns the base table has in this release."""
        have = set(self.columns(self.base(name)))
        return {column: value for column, value in values.items() if column in have}

    def insert(self, name: str, values: Mapping[str, Any]) -> None:
        """Insert one row; columns that the release lacks are left out."""
        kept = self.fitting(name, values)
        if kept:
            columns = ", ".join(map(quoted, kept))
            marks = ", ".join("?" * len(kept))
            self.change(self.base(name), f"INSERT INTO {quoted(self.base(name))} ({columns}) VALUES ({marks})",
                        *kept.values())

    def insert_everywhere(self, name: str, values: Mapping[str, Any]) -> None:
        """Insert a row once for each instance where the table is kept by instance, else once."""
        if "INST_ID" not in self.columns(self.base(name)):
            self.insert(name, values)
            return
        for row in self.select('SELECT INST_ID FROM "_INSTANCE"'):
            self.insert(name, {**values, "INST_ID": row["INST_ID"]})

    def update(self, name: str, values: Mapping[str, Any], where: str, *args: Any) -> int:
        """Change rows of the base table; how many there were."""
        kept = self.fitting(name, values)
        if not kept:
            return 0
        table = self.base(name)
        settings = ", ".join(f"{quoted(column)} = ?" for column in kept)
        return self.change(table, self.sql(f"UPDATE {quoted(table)} SET {settings} WHERE {where}"), *kept.values(),
                           *args)

    def delete(self, name: str, where: str, *args: Any) -> int:
        """Remove rows of the base table; how many there were."""
        if not self.has(name):
            return 0
        table = self.base(name)
        return self.change(table, self.sql(f"DELETE FROM {quoted(table)} WHERE {where}"), *args)

    def change(self, table: str, sql: str, *args: Any) -> int:
        """Run one change of ``table``; faults record here what undoes it."""
        return self.execute(sql, *args)
