# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Online redo: log switches, archiving, checkpoints, groups and members."""

from __future__ import annotations

from typing import Any

from estate.admin.desk import Desk
from estate.api import OraError


def groups(desk: Desk, thread: int | None = None) -> list[dict[str, Any]]:
    """Redo log groups, each once, of one thread or of all."""
    rows = {row["GROUP#"]: row for row in desk.tables.rows("GV$LOG", "1 = 1")}
    return sorted((row for row in rows.values() if thread in (None, row["THREAD#"])), key=lambda row: row["GROUP#"])


def switch(desk: Desk, thread: int) -> None:
    """Make the next group of the thread CURRENT; archive the one that was, where the database is in ARCHIVELOG mode."""
    mine = groups(desk, thread)
    current = next((row for row in mine if row["STATUS"] == "CURRENT"), None)
    if current is None or len(mine) < 2:
        raise OraError(327, f"log of thread {thread}, physical size less than needed")
    following = mine[(mine.index(current) + 1) % len(mine)]
    if _archiving(desk) and following["ARCHIVED"] == "NO" and following["STATUS"] != "UNUSED":
        raise OraError(16014, f"log {following['GROUP#']} sequence# {following['SEQUENCE#']} not archived, "
                              "no available destinations")
    _rotate(desk, current, following, mine)


def _rotate(desk: Desk, current: dict[str, Any], following: dict[str, Any], mine: list[dict[str, Any]]) -> None:
    now, scn = desk.now(), desk.scn()
    desk.tables.update("GV$LOG", {"STATUS": "ACTIVE", "ARCHIVED": "NO", "NEXT_CHANGE#": scn, "NEXT_TIME": now},
                       '"GROUP#" = ?', current["GROUP#"])
    sequence = max(row["SEQUENCE#"] for row in mine) + 1
    desk.tables.update("GV$LOG", {"STATUS": "CURRENT", "ARCHIVED": "NO", "SEQUENCE#": sequence, "FIRST_CHANGE#": scn,
                                  "FIRST_TIME": now, "NEXT_CHANGE#": current["NEXT_CHANGE#"], "NEXT_TIME": None},
                       '"GROUP#" = ?', following["GROUP#"])
    desk.alert(f"Thread {current['THREAD#']} advanced to log sequence {sequence} (LGWR switch)",
               thread=current["THREAD#"])
    if _archiving(desk) and not _stuck(desk):
        archive_group(desk, {**current, "NEXT_CHANGE#": scn, "NEXT_TIME": now})


def _archiving(desk: Desk) -> bool:
    return bool(desk.database_row()["LOG_MODE"] == "ARCHIVELOG")


def _stuck(desk: Desk) -> bool:
    return bool(desk.tables.rows("GV$ARCHIVE_DEST", "STATUS = 'ERROR' AND BINDING = 'MANDATORY'"))


def archive_group(desk: Desk, group: dict[str, Any]) -> None:
    """Write the archived log of a group and mark the group archived."""
    recid = desk.tables.value("SELECT coalesce(max(RECID), 0) + 1 FROM {GV$ARCHIVED_LOG}")
    sample = desk.tables.rows("GV$ARCHIVED_LOG", '"THREAD#" = ? AND DEST_ID = 1 ORDER BY RECID DESC LIMIT 1',
                              group["THREAD#"])
    base = dict(sample[0]) if sample else {"DEST_ID": 1, "STATUS": "A", "BLOCK_SIZE": 512, "CON_ID": 0}
    base.update({"RECID": recid, "STAMP": recid, "THREAD#": group["THREAD#"], "SEQUENCE#": group["SEQUENCE#"],
                 "NAME": _archive_name(str(base.get("NAME") or ""), group), "FIRST_CHANGE#": group["FIRST_CHANGE#"],
                 "FIRST_TIME": group["FIRST_TIME"], "NEXT_CHANGE#": group["NEXT_CHANGE#"],
                 "NEXT_TIME": group["NEXT_TIME"], "COMPLETION_TIME": desk.now(), "ARCHIVED": "YES", "DELETED": "NO",
                 "BACKUP_COUNT": 0, "STATUS": "A", "BLOCKS": max(1, (group["BYTES"] or 512) // 4 // 512)})
    base.pop("INST_ID", None)
    desk.tables.insert_everywhere("GV$ARCHIVED_LOG", base)
    desk.tables.update("GV$LOG", {"ARCHIVED": "YES"}, '"GROUP#" = ?', group["GROUP#"])


def _archive_name(sample: str, group: dict[str, Any]) -> str:
    folder = (sample or "/u01/app/oracle/fast_recovery_area/x").rpartition("/")[0]
    return f"{folder}/{group['THREAD#']}_{group['SEQUENCE#']}_{group['GROUP#']}.arc"


def archive(desk: Desk, which: str) -> None:
    """ARCHIVE LOG CURRENT (with a switch in each open thread), ALL or NEXT."""
    if not _archiving(desk):
        raise OraError(258, "manual archiving in NOARCHIVELOG mode must identify log")
    if which == "CURRENT":
        for thread in sorted({row["THREAD#"] for row in groups(desk)}):
            switch(desk, thread)
        return
    waiting = [row for row in groups(desk) if row["ARCHIVED"] == "NO" and row["STATUS"] not in ("CURRENT", "UNUSED")]
    if not waiting:
        raise OraError(271, "there are no logs that need archiving")
    for row in waiting if which == "ALL" else waiting[:1]:
        archive_group(desk, row)


def checkpoint(desk: Desk, thread: int | None) -> None:
    """ACTIVE groups become INACTIVE."""
    where, args = ("1 = 1", []) if thread is None else ('"THREAD#" = ?', [thread])
    desk.tables.update("GV$LOG", {"STATUS": "INACTIVE"}, f"STATUS = 'ACTIVE' AND {where}", *args)


def add_group(desk: Desk, number: int | None, thread: int, members: list[str], size: int | None) -> None:
    """ALTER DATABASE ADD LOGFILE: a new UNUSED group."""
    have = groups(desk)
    number = number or max(row["GROUP#"] for row in have) + 1
    if any(row["GROUP#"] == number for row in have):
        raise OraError(1184, f"logfile group {number} already exists")
    size = size or have[0]["BYTES"]
    if size < 4 << 20:
        raise OraError(336, f"log file size {size // 512} blocks is less than minimum 8192 blocks")
    desk.tables.insert_everywhere("GV$LOG", {
        **have[0], "GROUP#": number, "THREAD#": thread, "SEQUENCE#": 0, "BYTES": size, "MEMBERS": len(members),
        "ARCHIVED": "YES", "STATUS": "UNUSED", "FIRST_CHANGE#": 0, "FIRST_TIME": None, "NEXT_CHANGE#": 0,
        "NEXT_TIME": None})
    for member in members:
        add_member(desk, number, member)


def add_member(desk: Desk, group: int, member: str) -> None:
    """One more file in a group."""
    if desk.tables.rows("GV$LOGFILE", "MEMBER = ?", member):
        raise OraError(301, f"error in adding log file '{member}' - file cannot be created")
    desk.tables.insert_everywhere("GV$LOGFILE", {
        "GROUP#": group, "STATUS": None, "TYPE": "ONLINE", "MEMBER": member, "IS_RECOVERY_DEST_FILE": "NO",
        "CON_ID": 0})


def drop_group(desk: Desk, number: int) -> None:
    """ALTER DATABASE DROP LOGFILE GROUP: only an inactive, archived group of a thread with three or more."""
    row = next((row for row in groups(desk) if row["GROUP#"] == number), None)
    if row is None:
        raise OraError(1514, "error in log specification: no such log")
    first = desk.tables.value("SELECT min(MEMBER) FROM {GV$LOGFILE} WHERE \"GROUP#\" = ?", number)
    where = f"\nORA-00312: online log {number} thread {row['THREAD#']}: '{first}'"
    if row["STATUS"] == "CURRENT":
        raise OraError(1623, f"log {number} is current log for instance - cannot drop{where}")
    if row["STATUS"] == "ACTIVE":
        raise OraError(1624, f"log {number} needed for crash recovery of thread {row['THREAD#']}{where}")
    if row["ARCHIVED"] == "NO" and _archiving(desk):
        raise OraError(350, f"log {number} of thread {row['THREAD#']} needs to be archived{where}")
    if len(groups(desk, row["THREAD#"])) < 3:
        raise OraError(1567,
                       f"dropping log {number} would leave less than 2 log files for thread {row['THREAD#']}{where}")
    desk.tables.delete("GV$LOG", '"GROUP#" = ?', number)
    desk.tables.delete("GV$LOGFILE", '"GROUP#" = ?', number)
