# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Data Guard: the destination on the primary, what the standby has received and applied."""

from __future__ import annotations

from typing import Any

from estate.world.seed.base import DAY, Seed

SHIPPED_DAYS = 3                                   # of V$ARCHIVED_LOG rows of the remote destination
REMOTE = {"DEST_ID": 2, "STANDBY_DEST": "YES", "APPLIED": "YES", "IS_RECOVERY_DEST_FILE": "NO", "CREATOR": "LGWR",
          "REGISTRAR": "LGWR", "STATUS": "A", "DELETED": "NO", "BACKUP_COUNT": 0}


def fill(seed: Seed) -> None:
    """A primary's view of its standby, and a standby's of its primary, where the scenario has them."""
    source = seed.data.get("standby_of")
    target = seed.data.get("standby")
    if target:
        _primary(seed, str(target))
        _configuration(seed, seed.unique, str(target))
    if source:
        _standby(seed, str(source))
        _configuration(seed, str(source), seed.unique)


def shipped(log: dict[str, Any], name: str) -> dict[str, Any]:
    """The remote destination's row of an archived log."""
    return {**log, **REMOTE, "NAME": name}


def _primary(seed: Seed, name: str) -> None:
    seed.tables["_DATABASE"][0]["SWITCHOVER_STATUS"] = "TO STANDBY"
    logs = [log for log in seed.tables["V$ARCHIVED_LOG"] if log["COMPLETION_TIME"] > seed.ago(SHIPPED_DAYS * DAY)]
    top = max(log["RECID"] for log in seed.tables["V$ARCHIVED_LOG"])
    for number, log in enumerate(logs, 1):
        seed.add("V$ARCHIVED_LOG", {**shipped(log, name), "RECID": top + number})
    last = max(log["SEQUENCE#"] for log in logs if log["THREAD#"] == 1)
    common = {"STATUS": "VALID", "DESTINATION": name, "DB_UNIQUE_NAME": name}
    seed.tables["V$ARCHIVE_DEST"][1].update({
        **common, "TARGET": "STANDBY", "ARCHIVER": "LGWR", "PROCESS": "LGWR", "SCHEDULE": "ACTIVE",
        "TRANSMIT_MODE": "ASYNCHRONOUS", "ASYNC_BLOCKS": 61440, "NET_TIMEOUT": 30, "REOPEN_SECS": 300,
        "LOG_SEQUENCE": last, "VALID_NOW": "YES", "VALID_TYPE": "ONLINE_LOGFILE", "VALID_ROLE": "PRIMARY_ROLE"})
    seed.tables["V$ARCHIVE_DEST_STATUS"][1].update({
        **common, "TYPE": "PHYSICAL", "DATABASE_MODE": "OPEN_READ-ONLY",
        "RECOVERY_MODE": "MANAGED REAL TIME APPLY", "SRL": "YES", "ARCHIVED_THREAD#": 1, "ARCHIVED_SEQ#": last,
        "STANDBY_LOGFILE_COUNT": int(seed.data["redo"]["groups"]) + 1, "STANDBY_LOGFILE_ACTIVE": 1,
        "APPLIED_THREAD#": 1, "APPLIED_SEQ#": last, "GAP_STATUS": "NO GAP"})


def _standby(seed: Seed, source: str) -> None:
    seed.tables["_DATABASE"][0]["PRIMARY_DB_UNIQUE_NAME"] = source
    seed.add("_STANDBY", {"SOURCE_DBID": seed.data["dbid"], "SOURCE_DB_UNIQUE_NAME": source})
    for log in seed.tables["V$ARCHIVED_LOG"]:
        log.update({"APPLIED": "YES", "REGISTRAR": "RFS"})
    groups = int(seed.data["redo"]["groups"])
    logs = seed.tables["_LOG"]
    for thread in sorted({log["THREAD#"] for log in logs}):
        current = next(log for log in logs if log["THREAD#"] == thread and log["STATUS"] == "CURRENT")
        for number in range(groups + 1):
            used = number == 0
            seed.add("V$STANDBY_LOG", {
                "GROUP#": len(logs) + 1 + (thread - 1) * (groups + 1) + number, "THREAD#": thread,
                "DBID": str(seed.data["dbid"]) if used else "UNASSIGNED",
                "SEQUENCE#": current["SEQUENCE#"] if used else 0, "BYTES": current["BYTES"], "BLOCKSIZE": 512,
                "USED": current["BYTES"] // 3 if used else 0, "ARCHIVED": "YES" if used else "NO",
                "STATUS": "ACTIVE" if used else "UNASSIGNED", "CON_ID": 0,
                "FIRST_CHANGE#": current["FIRST_CHANGE#"] if used else None,
                "FIRST_TIME": current["FIRST_TIME"] if used else None})


def _configuration(seed: Seed, primary: str, standby: str) -> None:
    for name, parent, role in ((primary, None, "PRIMARY DATABASE"), (standby, primary, "PHYSICAL STANDBY")):
        seed.add("V$DATAGUARD_CONFIG", {"DB_UNIQUE_NAME": name, "PARENT_DBUN": parent, "DEST_ROLE": role,
                                        "CURRENT_SCN": seed.scn_now, "CON_ID": 0})
