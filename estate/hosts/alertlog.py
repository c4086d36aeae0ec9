# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The alert logs of one database's machines, kept equal to what V$DIAG_ALERT_EXT shows."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from estate.hosts import adr
from estate.hosts.appender import Appender, Entry
from estate.hosts.machine import BASE, Machine

TABLE = '"GV$DIAG_ALERT_EXT"'
COLUMNS = (
    "INST_ID, ORIGINATING_TIMESTAMP, MESSAGE_TEXT, MESSAGE_TYPE, MESSAGE_LEVEL, MESSAGE_ID, MESSAGE_GROUP, HOST_ID, "
    "HOST_ADDRESS, PROBLEM_KEY, MODULE_ID, PROCESS_ID, RECORD_ID, CON_UID, CON_ID, CONTAINER_NAME, DETAILED_LOCATION")
_TRACE = re.compile(rf"({BASE}/diag/[\w/$#.-]+?\.trc)\b(?:\s+\(incident=(\d+)\))?")


class AlertLogs:
    """Follows the alert records of a database in its file. New rows are appended; where rows went (a fault was cleared,
    a log was purged) the files are written anew, since the view shows what is in them."""

    def __init__(self, database_file: Path, machines: Sequence[Machine]) -> None:
        self.machines = {machine.instance.number: machine for machine in machines}
        self._connection = sqlite3.connect(f"file:{database_file}?mode=ro", uri=True, check_same_thread=False,
                                           isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._logs = {number: Appender(machine.real(machine.alert_log), machine.real(machine.alert_xml))
                      for number, machine in self.machines.items()}
        self._seen = (0, 0)                 # rows, highest rowid

    def close(self) -> None:
        """Close the connection to the database's file."""
        self._connection.close()

    def write_all(self) -> None:
        """The logs from the first record to the last, in the order of time."""
        with self._one_state():
            self._write_all()

    def _write_all(self) -> None:
        self._seen = self._present()
        for number, log in self._logs.items():
            rows = self._rows("INST_ID = ? ORDER BY ORIGINATING_TIMESTAMP, RECORD_ID", number)
            log.rewrite(self._entries(number, rows))

    def refresh(self) -> None:
        """Write what came since the last time."""
        with self._one_state():
            self._follow()

    @contextlib.contextmanager
    def _one_state(self) -> Iterator[None]:
        """All reads of one state of the file: a row that came between two of them would look as if others had gone."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("ROLLBACK")

    def _follow(self) -> None:
        rows, highest = present = self._present()
        known, last = self._seen
        if present == self._seen:
            return
        fresh = self._rows("rowid > ? ORDER BY rowid", last)
        if rows != known + len(fresh):
            self._write_all()
            return
        self._seen = (rows, highest)
        for number, log in self._logs.items():
            log.append(self._entries(number, [row for row in fresh if row["INST_ID"] == number]))

    def _present(self) -> tuple[int, int]:
        row = self._connection.execute(f"SELECT count(*), coalesce(max(rowid), 0) FROM {TABLE}").fetchone()
        return int(row[0]), int(row[1])

    def _rows(self, where: str, *args: Any) -> list[sqlite3.Row]:
        return self._connection.execute(f"SELECT {COLUMNS} FROM {TABLE} WHERE {where}", args).fetchall()

    def _entries(self, number: int, rows: list[sqlite3.Row]) -> list[Entry]:
        entries: list[Entry] = []
        for row in rows:
            when = adr.moment(row["ORIGINATING_TIMESTAMP"])
            text = adr.alert_text(row)
            entries.append((when, text, adr.alert_message(row, when, text)))
            if ".trc" in text:
                _traces(self.machines[number], row)
        return entries


def _traces(machine: Machine, row: sqlite3.Row) -> None:
    """The trace files that a message names, with what it says; incidents have a directory of their own too."""
    for path, incident in _TRACE.findall(row["MESSAGE_TEXT"]):
        head = (f"Trace file {path}\nORACLE_HOME:    {machine.oracle_home}\n"
                f"System name:\tLinux\nNode name:\t{machine.name}\n"
                f"Instance name: {machine.sid}\nRedo thread mounted by this instance: {machine.instance.number}\n")
        body = f"\n*** {adr.stamp(adr.moment(row['ORIGINATING_TIMESTAMP']))}\n{row['MESSAGE_TEXT']}"
        _begin(machine.real(path), head, body)
        if incident:
            name = path.rpartition("/")[2].removesuffix(".trc")
            place = f"{machine.adr_home}/incident/incdir_{incident}/{name}_i{incident}.trc"
            _begin(machine.real(place), head.replace(path, place, 1), f"\nDump continued from file: {path}{body}")


def _begin(path: Path, head: str, body: str) -> None:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(head + body, encoding="utf-8")
