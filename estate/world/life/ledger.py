# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the activities of a database's life write with: rows that never take the place of rows that a fault removed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from estate.world.scenario import DatabaseSpec
from estate.world.seed.base import Seed
from estate.world.store import Store, quoted

# Rows written later get row ids from here on, so that a fault that removed rows can put them back at their own ids.
FIRST_ROWID = 10_000_000
COUNTERS = {"session": ("V$RMAN_STATUS", "RECID"), "set": ("V$BACKUP_SET", "RECID"),
            "piece": ("V$BACKUP_PIECE", "RECID"), "file": ("V$BACKUP_DATAFILE", "RECID"),
            "redolog": ("V$BACKUP_REDOLOG", "RECID"), "log": ("V$ARCHIVED_LOG", "RECID"),
            "job": ("CDB_SCHEDULER_JOB_RUN_DETAILS", "LOG_ID")}


class Later(Seed):
    """A database at a later moment than that of its seeding: times and SCNs follow from what its file says."""

    def __init__(self, spec: DatabaseSpec, store: Store, now: float, run: float) -> None:
        super().__init__(spec, now)
        row = store.rows('SELECT CREATED, _SCN, _SCN_RATE, _SINCE FROM "_DATABASE"')[0]
        self._created = str(row["CREATED"])
        self.scn_rate = float(row["_SCN_RATE"])
        self.scn_now = int(row["_SCN"] + row["_SCN_RATE"] * (run - row["_SINCE"]))

    @property
    def created(self) -> str:
        """When the ledger was begun: a stored date."""
        return self._created


class Ledger:
    """Inserts, and the numbers that go on: ``counters`` by the names of COUNTERS, ``marks`` by activity (the
    moment, epoch UTC, up to which it has been lived), ``born`` the moment of seeding."""

    def __init__(self, store: Store) -> None:
        self.store = store
        kept = json.loads(store.value("SELECT VALUE FROM \"_STATE\" WHERE KEY = 'life'") or "{}")
        self.marks: dict[str, float] = kept.get("marks", {})
        self.counters: dict[str, int] = kept.get("counters", {})
        self.rowid: int = kept.get("rowid", FIRST_ROWID)
        self.born = float(kept.get("born", 0.0))

    def next(self, counter: str) -> int:
        """The next number: never one that was used before, also where a fault removed its row."""
        self.counters[counter] = self.highest(counter) + 1
        return self.counters[counter]

    def highest(self, counter: str) -> int:
        """The highest number so far."""
        table, column = COUNTERS[counter]
        found = self.store.value(f"SELECT max({quoted(column)}) FROM {quoted(table)}") or 0
        return max(int(found), self.counters.get(counter, 0))

    def insert(self, table: str, rows: list[Mapping[str, Any]] | list[dict[str, Any]]) -> None:
        """Insert rows at the end; columns that the release lacks are left out."""
        if not rows or not self.store.ensure(table):
            return
        have = set(self.store.columns(table))
        names = [name for name in dict.fromkeys(key for row in rows for key in row) if name in have]
        top = self.store.value(f"SELECT max(rowid) FROM {quoted(table)}") or 0
        self.rowid = max(self.rowid, int(top))
        values = [(self.rowid + number, *(row.get(name) for name in names)) for number, row in enumerate(rows, 1)]
        self.rowid += len(rows)
        columns, marks = ", ".join(quoted(name) for name in names), ", ".join("?" * (len(names) + 1))
        self.store.connection.executemany(f"INSERT INTO {quoted(table)} (rowid, {columns}) VALUES ({marks})", values)

    def save(self) -> None:
        """Keep the numbers with the database."""
        kept = {"marks": self.marks, "counters": self.counters, "rowid": self.rowid, "born": self.born}
        self.store.execute("INSERT OR REPLACE INTO \"_STATE\" VALUES ('life', ?)", json.dumps(kept))


def epoch_of(text: str) -> float:
    """Seconds UTC of a DATE as it is stored."""
    naive = dt.datetime.fromisoformat(text)
    return naive.replace(tzinfo=dt.timezone(dt.timedelta(hours=8))).timestamp()
