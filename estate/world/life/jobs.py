# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Scheduler jobs, automated maintenance and undo statistics after the seeding."""

from __future__ import annotations

from typing import Any

from estate.world.clock import date_text, zoned_text
from estate.world.life.ledger import Later, Ledger
from estate.world.seed import jobs as seeding
from estate.world.seed.base import DAY, HOUR

UNDO_STEP, UNDO_DAYS = 600, 4


def _days(later: Later, since: float, until: float) -> list[float]:
    """Local midnights of the days that two moments touch, and of the day before."""
    return [later.midnight(back) for back in range(int((until - since) / DAY) + 2, -1, -1)]


def live(later: Later, ledger: Ledger, since: float, until: float) -> None:
    """Run the jobs that are enabled and that ended between two moments."""
    for con_id in later.spec.containers:
        for owner, name, hour, minutes, repeat in seeding.of_container(later, con_id):
            ended = [day + hour * HOUR + minutes * 60 for day in _days(later, since, until)]
            starts = [moment - minutes * 60 for moment in ended if since < moment <= until]
            if starts and (repeat == "AUTOTASK" or _schedule(ledger, con_id, owner, name, starts)):
                _runs(later, ledger, con_id, owner, name, starts, minutes)


def _schedule(ledger: Ledger, con_id: int, owner: str, name: str, starts: list[float]) -> bool:
    """Set the job's last and next run; False where there is no such job, or it does not run."""
    return bool(ledger.store.execute(
        'UPDATE "CDB_SCHEDULER_JOBS" SET LAST_START_DATE = ?, NEXT_RUN_DATE = ?, RUN_COUNT = RUN_COUNT + ? '
        "WHERE CON_ID = ? AND OWNER = ? AND JOB_NAME = ? AND ENABLED = 'TRUE' AND STATE = 'SCHEDULED'",
        zoned_text(starts[-1]), zoned_text(starts[-1] + DAY), len(starts), con_id, owner, name))


def _runs(later: Later, ledger: Ledger, con_id: int, owner: str, name: str, starts: list[float], minutes: int) -> None:
    tables: dict[str, list[dict[str, Any]]] = {}
    for started in starts:
        for table, row in seeding.run(later, con_id, owner, name, started, minutes, ledger.next("job")):
            tables.setdefault(table, []).append(row)
    for table, rows in tables.items():
        ledger.insert(table, rows)


def automated(later: Later, ledger: Ledger, since: float, until: float) -> None:
    """The maintenance windows' tasks that are enabled."""
    rows = []
    for client in ledger.store.rows("SELECT CLIENT_NAME, CON_ID FROM \"CDB_AUTOTASK_CLIENT\" WHERE STATUS = 'ENABLED'"):
        for day in _days(later, since, until):
            if since < day + 22 * HOUR + 900 <= until:
                number = 400 + round((day - ledger.born) / DAY)
                rows.append(seeding.history_row(client["CLIENT_NAME"], number, day + 22 * HOUR, client["CON_ID"]))
    ledger.insert("CDB_AUTOTASK_JOB_HISTORY", rows)


def undo(later: Later, ledger: Ledger, since: float, until: float) -> None:
    """Every ten minutes of the last four days."""
    edge = until - UNDO_DAYS * DAY
    first = int((max(since, edge) - ledger.born) // UNDO_STEP) + 1
    steps = range(first, int((until - ledger.born) // UNDO_STEP) + 1)
    ledger.store.execute('DELETE FROM "GV$UNDOSTAT" WHERE END_TIME < ?', date_text(edge))
    for instance in ledger.store.rows("SELECT INST_ID FROM \"_INSTANCE\" WHERE STATE = 'OPEN'"):
        ledger.insert("GV$UNDOSTAT", [
            seeding.undo_row(later, instance["INST_ID"], ledger.born + step * UNDO_STEP, step) for step in steps])
