# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Redo goes to the standby, and is applied there."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from estate.world.life.ledger import Later, Ledger
from estate.world.seed.standby import shipped
from estate.world.store import Store


def ship(later: Later, ledger: Ledger, _since: float, _until: float) -> None:
    """On a primary: the remote destination has what the local one has."""
    name = later.data.get("standby")
    store = ledger.store
    if not name:
        return
    logs = store.rows('SELECT * FROM "V$ARCHIVED_LOG" a WHERE DEST_ID = 1 AND RECID > (SELECT max(l.RECID) FROM '
                      '"V$ARCHIVED_LOG" r JOIN "V$ARCHIVED_LOG" l ON l.DEST_ID = 1 AND l."THREAD#" = r."THREAD#" AND '
                      'l."SEQUENCE#" = r."SEQUENCE#" WHERE r.DEST_ID = 2) ORDER BY RECID')
    ledger.insert("V$ARCHIVED_LOG", [{**shipped(log, str(name)), "RECID": ledger.next("log")} for log in logs])
    last = store.value('SELECT max("SEQUENCE#") FROM "V$ARCHIVED_LOG" WHERE DEST_ID = 2 AND "THREAD#" = 1')
    store.execute("UPDATE \"V$ARCHIVE_DEST\" SET LOG_SEQUENCE = ? WHERE TARGET = 'STANDBY'", last)
    store.execute("UPDATE \"V$ARCHIVE_DEST_STATUS\" SET \"ARCHIVED_SEQ#\" = ?, \"APPLIED_SEQ#\" = ? "
                  "WHERE TYPE = 'PHYSICAL'", last, last)


def receive(ledger: Ledger, primary: Path | None) -> bool:
    """On a standby whose primary runs here: take over what it archived since; False where there is no such primary."""
    if primary is None or not primary.exists():
        return False
    store = ledger.store
    have = {row["THREAD#"]: row["LAST"] for row in store.rows('SELECT * FROM "_RECEIVED"')}
    stopped = store.value('SELECT _APPLY FROM "_STANDBY"') is not None
    for thread, last in have.items():
        logs = _archived(primary, thread, last)
        ledger.insert("V$ARCHIVED_LOG", [
            {**log, "RECID": ledger.next("log"), "APPLIED": "NO" if stopped else "YES", "REGISTRAR": "RFS",
             "BACKUP_COUNT": 0} for log in logs])
        if logs:
            _current(store, thread, logs[-1])
    return True


def _archived(primary: Path, thread: int, last: int) -> list[dict[str, Any]]:
    # A connection of its own: no lock of the primary's is held while the standby's is.
    connection = sqlite3.connect(f"file:{primary}?mode=ro", uri=True, timeout=2)
    try:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(
            'SELECT * FROM "V$ARCHIVED_LOG" WHERE DEST_ID = 1 AND "THREAD#" = ? AND "SEQUENCE#" > ? '
            'ORDER BY "SEQUENCE#"', (thread, last))]
    finally:
        connection.close()


def _current(store: Store, thread: int, log: dict[str, Any]) -> None:
    """The next log is being written: by the primary, and into the standby's standby redo log."""
    values = (log["SEQUENCE#"] + 1, log["NEXT_CHANGE#"], log["NEXT_TIME"], thread)
    store.execute('UPDATE "V$STANDBY_LOG" SET "SEQUENCE#" = ?, "FIRST_CHANGE#" = ?, FIRST_TIME = ? WHERE "THREAD#" = ? '
                  "AND STATUS = 'ACTIVE'", *values)
    store.execute('UPDATE "_LOG" SET "SEQUENCE#" = ?, "FIRST_CHANGE#" = ?, FIRST_TIME = ? WHERE "THREAD#" = ? '
                  "AND STATUS = 'CURRENT'", *values)
