# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a healthy instance says in its alert log from day to day."""

from __future__ import annotations

from estate.world.clock import zoned_text
from estate.world.life.ledger import FIRST_ROWID, Later, Ledger, epoch_of
from estate.world.seed import alert
from estate.world.seed.base import DAY

Line = tuple[float, str, str]


def live(later: Later, ledger: Ledger, since: float, until: float) -> None:
    """Windows that open and close, and the log switches since the last look, in order of time."""
    for instance in later.spec.instances:
        if ledger.store.value('SELECT STATE FROM "_INSTANCE" WHERE INST_ID = ?', instance.number) != "OPEN":
            continue
        lines = sorted(_routine(later, since, until) + _switches(ledger, instance.number, later.data["dbid"]))
        record = ledger.store.value('SELECT max(RECORD_ID) FROM "GV$DIAG_ALERT_EXT" WHERE INST_ID = ?',
                                    instance.number) or 0
        ledger.insert("GV$DIAG_ALERT_EXT", [
            alert.row(later, instance.number, instance.name, instance.host, record + number, moment, text, process)
            for number, (moment, text, process) in enumerate(lines, 1)])


def _routine(later: Later, since: float, until: float) -> list[Line]:
    days = [later.midnight(back) for back in range(int((until - since) / DAY) + 1, -1, -1)]
    found = [(day + hour * 3600, text, process) for day in days for hour, text, process in alert.ROUTINE]
    return [line for line in found if since < line[0] <= until]


def _switches(ledger: Ledger, thread: int, dbid: int) -> list[Line]:
    """Log switches of a thread that the log does not tell of yet (those by ALTER SYSTEM are told at once)."""
    key = f"told:{thread}"
    logs = ledger.store.rows(
        'SELECT rowid AS ID, RECID, "SEQUENCE#", NEXT_TIME, "NEXT_CHANGE#" FROM "V$ARCHIVED_LOG" WHERE "THREAD#" = ? '
        "AND DEST_ID = 1 AND rowid > ? ORDER BY rowid", thread, ledger.counters.get(key, FIRST_ROWID))
    if not logs:
        return []
    ledger.counters[key] = logs[-1]["ID"]
    known = {row["MESSAGE_TEXT"].split("(")[0] for row in ledger.store.rows(
        'SELECT MESSAGE_TEXT FROM "GV$DIAG_ALERT_EXT" WHERE INST_ID = ? AND ORIGINATING_TIMESTAMP > ? '
        "AND MESSAGE_TEXT LIKE '%advanced to log sequence%'", thread,
        zoned_text(min(epoch_of(log["NEXT_TIME"]) for log in logs) - 120))}
    found: list[Line] = []
    for log in logs:
        sequence, moment = log["SEQUENCE#"] + 1, epoch_of(log["NEXT_TIME"])
        start = f"Thread {thread} advanced to log sequence {sequence} "
        if start not in known:
            found.append((moment, f"{start}(LGWR switch),  current SCN: {log['NEXT_CHANGE#']}", "LGWR"))
            if log["RECID"] % 3 == 0:
                found.append((moment + 8, f"ARC{log['RECID'] % 4}: Archived Log entry {log['RECID']} added for "
                              f"T-{thread}.S-{sequence - 1} ID 0x{dbid:x} LAD:1", f"ARC{log['RECID'] % 4}"))
    return found
