# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Log switches as the hours of the day have them, and the archived logs that come of them."""

from __future__ import annotations

from typing import Any

from estate.world.clock import date_text
from estate.world.life.ledger import Later, Ledger
from estate.world.seed import redo as seeding
from estate.world.store import Store


def live(later: Later, ledger: Ledger, since: float, until: float) -> None:
    """Switch the logs of each open thread; archive them where the database archives."""
    store = ledger.store
    archiving = store.value('SELECT LOG_MODE FROM "_DATABASE"') == "ARCHIVELOG"
    switched: list[tuple[float, int, dict[str, Any]]] = []
    for thread in later.spec.threads:
        if later.spec.role != "PRIMARY" or store.value('SELECT STATE FROM "_INSTANCE" WHERE "THREAD#" = ?',
                                                       thread) == "OPEN":
            moments = [moment for moment in seeding.switch_times(later, thread, since - 60, until)
                       if moment > since - 60]
            switched += _rotate(later, store, thread, moments, archiving=archiving)
    if archiving:
        _archive(later, ledger, switched)


def _rotate(later: Later, store: Store, thread: int, moments: list[float], *,
            archiving: bool) -> list[tuple[float, int, dict[str, Any]]]:
    """Fill one group after the other; (moment, thread, the log that was filled)."""
    groups = store.rows('SELECT * FROM "_LOG" WHERE "THREAD#" = ? ORDER BY "GROUP#"', thread)
    at = next((n for n, group in enumerate(groups) if group["STATUS"] == "CURRENT"), None)
    if at is None or len(groups) < 2:
        return []
    filled = []
    for moment in moments:
        current, following = groups[at], groups[(at + 1) % len(groups)]
        scn = later.scn_at(moment)
        current.update({"STATUS": "INACTIVE", "ARCHIVED": "YES" if archiving else "NO", "NEXT_CHANGE#": scn,
                        "NEXT_TIME": date_text(moment)})
        filled.append((moment, thread, dict(current)))
        following.update({"STATUS": "CURRENT", "ARCHIVED": "NO", "SEQUENCE#": current["SEQUENCE#"] + 1,
                          "FIRST_CHANGE#": scn, "FIRST_TIME": date_text(moment),
                          "NEXT_CHANGE#": seeding.UNKNOWN_SCN, "NEXT_TIME": None})
        at = (at + 1) % len(groups)
    if filled:
        _keep(store, groups)
    return filled


def _keep(store: Store, groups: list[dict[str, Any]]) -> None:
    columns = ("SEQUENCE#", "ARCHIVED", "STATUS", "FIRST_CHANGE#", "FIRST_TIME", "NEXT_CHANGE#", "NEXT_TIME")
    settings = ", ".join(f'"{column}" = ?' for column in columns)
    for group in groups:
        store.execute(f'UPDATE "_LOG" SET {settings} WHERE "GROUP#" = ?', *(group[column] for column in columns),
                      group["GROUP#"])


def _archive(later: Later, ledger: Ledger, switched: list[tuple[float, int, dict[str, Any]]]) -> None:
    recid = ledger.highest("log")
    rows = [_archived(later, recid + number, moment, thread, log)
            for number, (moment, thread, log) in enumerate(sorted(switched, key=lambda item: item[:2]), 1)]
    ledger.insert("V$ARCHIVED_LOG", rows)
    ledger.counters["log"] = recid + len(rows)
    if rows:
        last = rows[-1]
        ledger.store.execute('UPDATE "V$ARCHIVE_DEST" SET LOG_SEQUENCE = ? WHERE DEST_ID = 1', last["SEQUENCE#"])
        ledger.store.execute('UPDATE "V$ARCHIVE_DEST_STATUS" SET "ARCHIVED_THREAD#" = ?, "ARCHIVED_SEQ#" = ? '
                             "WHERE DEST_ID = 1", last["THREAD#"], last["SEQUENCE#"])


def _archived(later: Later, recid: int, moment: float, thread: int, log: dict[str, Any]) -> dict[str, Any]:
    fra, sequence = str(later.data["fra"]["dest"]), log["SEQUENCE#"]
    return {**seeding.common(later), "RECID": recid, "STAMP": int(moment) % 1_000_000_000,
            "NAME": seeding.file_name(later, fra, thread, sequence, moment), "THREAD#": thread, "SEQUENCE#": sequence,
            "FIRST_CHANGE#": log["FIRST_CHANGE#"], "FIRST_TIME": log["FIRST_TIME"], "NEXT_CHANGE#": log["NEXT_CHANGE#"],
            "NEXT_TIME": log["NEXT_TIME"], "BLOCKS": int(log["BYTES"] * (0.62 + (recid * 7 % 31) / 100)) // 512,
            "DELETED": "NO", "STATUS": "A",
            "APPLIED": "NO" if later.spec.role == "PRIMARY" else "YES",
            "COMPLETION_TIME": date_text(moment + 8), "BACKUP_COUNT": 0,
            "ARCHIVAL_THREAD#": thread}
