# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RMAN's nightly and hourly work after the seeding, and what the retention policy lets go."""

from __future__ import annotations

from typing import Any

from estate.world.clock import date_text
from estate.world.life.ledger import Later, Ledger
from estate.world.seed.backups import KEPT_DAYS, Job, Recorder
from estate.world.seed.base import DAY

# Activity to (kind, level) of the schedule.
KINDS: dict[str, tuple[str, int | None]] = {
    "archivelog": ("ARCHIVELOG", None), "level0": ("DB INCR", 0), "level1": ("DB INCR", 1),
    "validate": ("VALIDATE", None), "restore": ("RESTORE VALIDATE", None)}
TABLES = ("V$RMAN_STATUS", "V$RMAN_OUTPUT", "V$BACKUP_SET", "V$BACKUP_PIECE", "V$BACKUP_DATAFILE",
          "V$BACKUP_REDOLOG", "V$BACKUP_SPFILE")


def live(later: Later, ledger: Ledger, since: dict[str, float], until: float) -> None:
    """Record the jobs of some kinds, each from its own moment on, in order of time."""
    jobs: list[Job] = []
    recorder = _recorder(later, ledger, archived="archivelog" in since)
    for activity, moment in since.items():
        minutes = recorder.minutes(*KINDS[activity])
        # A job is on record when it has ended; what ran at the moment of seeding was recorded then.
        ended = recorder.schedule(max(ledger.born, moment - minutes * 60 - 120), until - minutes * 60 - 120)
        jobs += [Job(started, kind, level, minutes) for started, kind, level in ended
                 if (kind, level) == KINDS[activity]]
    for job in sorted(jobs, key=lambda item: item.started):
        recorder.record(job)
    if jobs:
        _keep(recorder, ledger)


def _recorder(later: Later, ledger: Ledger, *, archived: bool) -> Recorder:
    """A recorder that goes on where the database is. Files that cannot be read are not backed up."""
    store = ledger.store
    later.tables = {"_DATAFILE": store.rows("SELECT * FROM \"_DATAFILE\" WHERE ERROR IS NULL AND STATUS IN ('ONLINE', "
                                            "'SYSTEM') ORDER BY \"FILE#\""), "V$ARCHIVED_LOG": []}
    if archived:
        later.tables["V$ARCHIVED_LOG"] = store.rows(
            "SELECT rowid AS ID, * FROM \"V$ARCHIVED_LOG\" WHERE BACKUP_COUNT = 0 AND STATUS = 'A' AND DEST_ID = 1")
    recorder = Recorder(later, tested=ledger.born)
    recorder.recid, recorder.set_number, recorder.piece_number, recorder.file_recid, recorder.log_recid = (
        ledger.highest(name) for name in ("session", "set", "piece", "file", "redolog"))
    return recorder


def _keep(recorder: Recorder, ledger: Ledger) -> None:
    tables = recorder.seed.tables
    for table in TABLES:
        ledger.insert(table, tables.get(table, []))
    ledger.counters.update({
        "session": recorder.recid, "set": recorder.set_number, "piece": recorder.piece_number,
        "file": recorder.file_recid, "redolog": recorder.log_recid})
    done: list[tuple[Any, ...]] = [(row["ID"],) for row in tables["V$ARCHIVED_LOG"] if row["BACKUP_COUNT"]]
    ledger.store.connection.executemany('UPDATE "V$ARCHIVED_LOG" SET BACKUP_COUNT = 1 WHERE rowid = ?', done)


def expire(later: Later, ledger: Ledger, _since: float, until: float) -> None:
    """Archived logs that are backed up and pieces that are obsolete are deleted after their days."""
    kept = float(later.data["redo"]["keep_days"]) * DAY
    ledger.store.execute("UPDATE \"V$ARCHIVED_LOG\" SET NAME = NULL, DELETED = 'YES', STATUS = 'D' WHERE STATUS = 'A' "
                         "AND BACKUP_COUNT > 0 AND COMPLETION_TIME < ?", date_text(until - kept))
    ledger.store.execute("UPDATE \"V$BACKUP_PIECE\" SET HANDLE = NULL, DELETED = 'YES', STATUS = 'D' "
                         "WHERE STATUS = 'A' AND START_TIME < ?", date_text(until - KEPT_DAYS * DAY))
