# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An edit of a database's state that can be undone exactly."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Mapping
from typing import Any

from estate.admin.tables import Tables, quoted

_NOTHING = object()


class Edit(Tables):
    """Tables whose changes are recorded, row by row, with what undoes them. ``database`` is the world's."""

    def __init__(self, database: Any, network: Any = None) -> None:
        super().__init__(database.store)
        self.database, self.network = database, network
        self.touched: set[str] = set()
        self._undo: list[Callable[[], Any]] = []

    def lay_over(self, name: str) -> str:
        """A fault changes causes: a view that only follows from them is not its to change."""
        raise ValueError(f"{name} is derived; a fault changes what it follows from")

    # -- recorded changes ----------------------------------------------------------------------------------------------

    def insert(self, name: str, values: Mapping[str, Any]) -> None:
        """Insert a row; undo deletes it."""
        table = self.base(name)
        with self.store.lock:
            super().insert(name, values)
            kept = self.fitting(name, values)
            key = self._key(table)
            if key == ["rowid"]:
                found = [self.store.value("SELECT last_insert_rowid()")]
            else:
                found = [kept[column] for column in key]
        self._record(table, f"DELETE FROM {quoted(table)} WHERE {_match(key)}", *found)

    def update(self, name: str, values: Mapping[str, Any], where: str, *args: Any) -> int:
        """Change rows; undo gives the changed columns their former values."""
        table, kept = self.base(name), self.fitting(name, values)
        if not kept:
            return 0
        with self.store.lock:
            before, key = self._before(table, where, *args)
            count = super().update(name, values, where, *args)
        columns = [column for column in kept if column not in key]
        settings = ", ".join(f"{quoted(column)} = ?" for column in columns)
        for row in before:
            self._record(table, f"UPDATE {quoted(table)} SET {settings} WHERE {_match(key)}",
                         *(row[column] for column in columns), *(row["_KEY_" + column] for column in key))
        return count

    def delete(self, name: str, where: str, *args: Any) -> int:
        """Remove rows; undo puts them back where they were."""
        if not self.has(name):
            return 0
        table = self.base(name)
        with self.store.lock:
            before, key = self._before(table, where, *args)
            count = super().delete(name, where, *args)
        for row in before:
            columns = {column: value for column, value in row.items() if not column.startswith("_KEY_")}
            if key == ["rowid"]:
                columns = {"rowid": row["_KEY_rowid"], **columns}
            names = ", ".join(column if column == "rowid" else quoted(column) for column in columns)
            self._record(table, f"INSERT INTO {quoted(table)} ({names}) VALUES ({', '.join('?' * len(columns))})",
                         *columns.values())
        return count

    def _before(self, table: str, where: str, *args: Any) -> tuple[list[dict[str, Any]], list[str]]:
        key = self._key(table)
        keys = ", ".join(f"{column if column == 'rowid' else quoted(column)} AS {quoted('_KEY_' + column)}"
                         for column in key)
        return self.store.rows(self.sql(f"SELECT *, {keys} FROM {quoted(table)} WHERE {where}"), *args), key

    def _key(self, table: str) -> list[str]:
        ddl = self.store.value("SELECT sql FROM sqlite_schema WHERE name = ?", table) or ""
        if "WITHOUT ROWID" not in ddl.upper():
            return ["rowid"]
        rows = self.store.rows(f"PRAGMA table_info({quoted(table)})")
        return [row["name"] for row in sorted(rows, key=lambda row: row["pk"]) if row["pk"]]

    def _record(self, table: str, sql: str, *args: Any) -> None:
        self.touched.add(table)
        self._undo.append(lambda: self.store.execute(sql, *args))

    def on_undo(self, what: str, action: Callable[[], Any]) -> None:
        """Undo something that is not in the tables; ``what`` names it as a table's name does."""
        self.touched.add(what)
        self._undo.append(action)

    def assign(self, thing: Any, attribute: str, value: Any) -> None:
        """Set an attribute (of the clock, of the listener's policy); undo gives it its former value."""
        former = getattr(thing, attribute)
        self.on_undo(f"{type(thing).__name__}.{attribute}", lambda: setattr(thing, attribute, former))
        setattr(thing, attribute, value)

    def put(self, mapping: dict[Any, Any], name: str, key: Any, value: Any) -> None:
        """Set an item of a mapping; undo gives it its former value, or takes it out."""
        former = mapping.get(key, _NOTHING)
        mapping[key] = value
        self.on_undo(name, lambda: mapping.pop(key) if former is _NOTHING else mapping.__setitem__(key, former))

    def stage(self, number: int, state: str) -> None:
        """Take an instance to a stage of start-up (DOWN, STARTED, MOUNTED); undo brings it back as it was."""
        instance = self.database.instances[number]
        former = instance.state
        row = self.rows("_INSTANCE", "INST_ID = ?", number)[0]
        mode = self.value("SELECT OPEN_MODE FROM {_DATABASE}")
        self.database.set_state(number, state)

        def back() -> None:
            instance.state = former
            self.store.execute('UPDATE "_INSTANCE" SET STATE = ?, _STARTED = ? WHERE INST_ID = ?', row["STATE"],
                               row["_STARTED"], number)
            self.store.execute('UPDATE "_DATABASE" SET OPEN_MODE = ?', mode)

        self.on_undo("_INSTANCE", back)

    def suspend(self, *activities: str) -> None:
        """Stop what the database does of itself (estate/world/life); undo lets it go on, and catch up."""
        for activity in activities:
            self.insert("_SUSPENDED", {"ACTIVITY": activity})
        self.touched.discard("_SUSPENDED")          # faults that suspend do not get in each other's way

    def rate(self, table: str, name: str, value: float, instance: int | None = None) -> None:
        """Let a counter grow at another rate (units a second) from now on; undo gives it its former rate."""
        for row in self.rows(table, "NAME = ? AND ? IN (INST_ID, 0)", name, instance or 0):
            number = row["INST_ID"]
            self.database.load.set_rate(table, name, value, number)
            self.on_undo(table, functools.partial(self.database.load.set_rate, table, name, row["_RATE"], number))

    def event(self, name: str, *, micros: float) -> None:
        """Let waits for an event take another time on average from now on; undo gives them their former time."""
        for row in self.rows("_EVENT", "EVENT = ?", name):
            change = functools.partial(self.database.load.set_event, name, inst_id=row["INST_ID"])
            change(micros=micros)
            self.on_undo("_EVENT", functools.partial(change, micros=row["_MICROS"]))

    def undo(self) -> None:
        """Take everything back, last change first."""
        with self.store.lock:
            while self._undo:
                self._undo.pop()()

    # -- what faults ask for -------------------------------------------------------------------------------------------

    def now(self) -> float:
        """The database's time in seconds UTC."""
        return float(self.database.clock.now())

    def local(self, ago: float = 0.0) -> str:
        """A DATE ``ago`` seconds before SYSDATE."""
        return self._local(ago).strftime("%Y-%m-%d %H:%M:%S")

    def _local(self, ago: float) -> dt.datetime:
        when: dt.datetime = self.database.clock.local() - dt.timedelta(seconds=ago)
        return when

    def timestamp(self, ago: float = 0.0) -> str:
        """A TIMESTAMP ``ago`` seconds before SYSDATE."""
        return self._local(ago).strftime("%Y-%m-%d %H:%M:%S.%f")

    def zoned(self, ago: float = 0.0) -> str:
        """A TIMESTAMP WITH TIME ZONE ``ago`` seconds before SYSTIMESTAMP."""
        return (self._local(ago) - dt.timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S.%f") + "+08:00"

    def container(self) -> int:
        """The container where the applications live: the first PDB, else the database itself."""
        return int(self.value("SELECT coalesce(min(CON_ID), 0) FROM {_CONTAINER} WHERE NAME <> 'PDB$SEED' "
                              "AND CON_ID > 2") or 0)

    def root(self) -> int:
        """CON_ID of the root, 0 for a database without containers."""
        return 1 if self.container() else 0

    def instances(self) -> list[int]:
        """INST_IDs of the instances that are up."""
        return [row["INST_ID"] for row in self.rows("_INSTANCE", "STATE <> 'DOWN' ORDER BY INST_ID")]

    def parameter(self, name: str) -> str | None:
        """An initialization parameter's value."""
        found: str | None = self.value("SELECT VALUE FROM {GV$SYSTEM_PARAMETER} WHERE NAME = ? "
                                       "ORDER BY INST_ID LIMIT 1", name)
        return found


def _match(key: list[str]) -> str:
    return " AND ".join(f"{column if column == 'rowid' else quoted(column)} = ?" for column in key)
