# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Online redo logs, archived logs of the last 35 days, archive destinations."""

from __future__ import annotations

from typing import Any

from estate.world.clock import date_text
from estate.world.scenario import size
from estate.world.seed.base import DAY, HOUR, Seed

HISTORY_DAYS = 35
UNKNOWN_SCN = 281474976710655
# Share of a day's switches by hour: nights are quiet but for batch and backups, mornings are not.
HOURS = (3, 4, 3, 2, 2, 2, 3, 5, 7, 8, 8, 7, 4, 4, 7, 7, 6, 5, 3, 2, 2, 2, 2, 2)


def fill(seed: Seed) -> None:
    """Log groups, archived logs and destinations."""
    switches = {thread: switch_times(seed, thread, seed.now - HISTORY_DAYS * DAY, seed.now)
                for thread in seed.spec.threads}
    _archived(seed, switches)
    _groups(seed, switches)
    _destinations(seed)


def switch_times(seed: Seed, thread: int, since: float, until: float) -> list[float]:
    """Moments of log switches of a thread: a fixed pattern of the day, so that any window gives the same ones."""
    per_day = float(seed.data["redo"]["logs_per_day"])
    found: list[float] = []
    day = seed.midnight(int((seed.now - since) / DAY) + 1)
    while day < until:
        for hour, weight in enumerate(HOURS):
            count = max(1, round(per_day * weight / sum(HOURS)))
            found.extend(day + hour * HOUR + (index + 0.5) * HOUR / count + thread * 97 for index in range(count))
        day += DAY
    return [moment for moment in found if since <= moment <= until - 60]


def _archived(seed: Seed, switches: dict[int, list[float]]) -> None:
    redo, fra = seed.data["redo"], str(seed.data["fra"]["dest"])
    keep = float(redo["keep_days"]) * DAY
    length = size(redo["size"])
    moments = sorted((moment, thread, index) for thread, found in switches.items() for index,
                     moment in enumerate(found) if index)
    for recid, (moment, thread, index) in enumerate(moments, 1):
        first, age = switches[thread][index - 1], seed.now - moment
        blocks = int(length * (0.62 + (recid * 7 % 31) / 100)) // 512
        sequence = 20000 + index + (HISTORY_DAYS - 35)
        gone = age > keep
        seed.add("V$ARCHIVED_LOG", {
            **common(seed), "RECID": recid, "STAMP": 1000000000 + recid * 60,
            "NAME": None if gone else file_name(seed, fra, thread, sequence, moment),
            "THREAD#": thread, "SEQUENCE#": sequence, "FIRST_CHANGE#": seed.scn_at(first),
            "FIRST_TIME": date_text(first), "NEXT_CHANGE#": seed.scn_at(moment),
            "NEXT_TIME": date_text(moment), "BLOCKS": blocks, "DELETED": "YES" if gone else "NO",
            "STATUS": "D" if gone else "A",
            "COMPLETION_TIME": date_text(moment + 8), "BACKUP_COUNT": 0, "ARCHIVAL_THREAD#": thread})


def common(seed: Seed) -> dict[str, Any]:
    """What all archived logs of a database have in common."""
    return {
        "DEST_ID": 1, "RESETLOGS_CHANGE#": 1490582, "RESETLOGS_TIME": seed.created, "RESETLOGS_ID": 1010203040,
        "BLOCK_SIZE": 512, "CREATOR": "ARCH", "REGISTRAR": "ARCH",
        "STANDBY_DEST": "NO", "ARCHIVED": "YES", "APPLIED": "NO", "DICTIONARY_BEGIN": "NO", "DICTIONARY_END": "NO",
        "END_OF_REDO": "NO", "ACTIVATION#": seed.data["dbid"] + 411,
        "IS_RECOVERY_DEST_FILE": "YES", "COMPRESSED": "NO", "FAL": "NO", "BACKED_BY_VSS": "NO", "CON_ID": 0}


def file_name(seed: Seed, fra: str, thread: int, sequence: int, moment: float) -> str:
    """Where an archived log is written."""
    day = date_text(moment)[:10].replace("-", "_")
    if fra.startswith("+"):
        file = f"thread_{thread}_seq_{sequence}.{300 + sequence % 600}.{1100000000 + sequence}"
        return f"{fra}/{seed.spec.name}/ARCHIVELOG/{day}/{file}"
    return f"{fra}/{seed.spec.name}/archivelog/{day}/o1_mf_{thread}_{sequence}_.arc"


def _groups(seed: Seed, switches: dict[int, list[float]]) -> None:
    redo = seed.data["redo"]
    count, length = int(redo["groups"]), size(redo["size"])
    fra = str(seed.data["fra"]["dest"])
    for thread in seed.spec.threads:
        found = switches[thread]
        last = 20000 + len(found) - 1
        for position in range(count):
            group = (thread - 1) * count + position + 1
            back = (last + 1 - position) % count
            sequence = last + 1 - back
            started = found[-1 - back] if back < len(found) else seed.now - DAY
            seed.add("_LOG", {
                "GROUP#": group, "THREAD#": thread, "SEQUENCE#": sequence, "BYTES": length, "BLOCKSIZE": 512,
                "ARCHIVED": "NO" if back == 0 else "YES",
                "STATUS": "CURRENT" if back == 0 else "INACTIVE", "FIRST_CHANGE#": seed.scn_at(started),
                "FIRST_TIME": date_text(started),
                "NEXT_CHANGE#": UNKNOWN_SCN if back == 0 else seed.scn_at(found[-back]),
                "NEXT_TIME": None if back == 0 else date_text(found[-back]), "CON_ID": 0})
            for number, folder in enumerate(redo["members"], 1):
                managed = f"group_{group}.{260 + group}.{1047000000 + group}"
                name = f"{folder}/{managed if folder.startswith('+') else f'redo{group:02d}_{number}.log'}"
                seed.add("V$LOGFILE", {"GROUP#": group, "STATUS": None, "TYPE": "ONLINE", "MEMBER": name,
                                       "IS_RECOVERY_DEST_FILE": "YES" if folder.startswith(fra) else "NO", "CON_ID": 0})


def _destinations(seed: Seed) -> None:
    last = max(row["SEQUENCE#"] for row in seed.tables["V$ARCHIVED_LOG"])
    for number in range(1, 32):
        first = number == 1
        seed.add("V$ARCHIVE_DEST", {
            "DEST_ID": number, "DEST_NAME": f"LOG_ARCHIVE_DEST_{number}", "STATUS": "VALID" if first else "INACTIVE",
            "BINDING": "MANDATORY" if first else "OPTIONAL",
            "NAME_SPACE": "SYSTEM", "TARGET": "PRIMARY", "ARCHIVER": "ARCH",
            "SCHEDULE": "ACTIVE" if first else "INACTIVE",
            "DESTINATION": "USE_DB_RECOVERY_FILE_DEST" if first else None, "LOG_SEQUENCE": last if first else 0,
            "REOPEN_SECS": 300 if first else 0, "DELAY_MINS": 0,
            "MAX_CONNECTIONS": 1, "NET_TIMEOUT": 0, "PROCESS": "ARCH", "REGISTER": "YES", "FAIL_SEQUENCE": 0,
            "FAIL_BLOCK": 0, "FAILURE_COUNT": 0, "MAX_FAILURE": 0,
            "ERROR": None, "ALTERNATE": "NONE", "DEPENDENCY": "NONE", "REMOTE_TEMPLATE": "NONE", "QUOTA_SIZE": 0,
            "QUOTA_USED": 0, "MOUNTID": 0,
            "TRANSMIT_MODE": "SYNCHRONOUS", "ASYNC_BLOCKS": 0, "AFFIRM": "NO", "TYPE": "PUBLIC",
            "VALID_NOW": "YES" if first else "UNKNOWN",
            "VALID_TYPE": "ALL_LOGFILES", "VALID_ROLE": "ALL_ROLES",
            "DB_UNIQUE_NAME": seed.unique if first else "NONE", "VERIFY": "NO",
            "COMPRESSION": "DISABLE", "APPLIED_SCN": 0, "CON_ID": 0, "ENCRYPTION": "DISABLE"})
        seed.add("V$ARCHIVE_DEST_STATUS", {
            "DEST_ID": number, "DEST_NAME": f"LOG_ARCHIVE_DEST_{number}", "STATUS": "VALID" if first else "INACTIVE",
            "TYPE": "LOCAL", "DATABASE_MODE": "OPEN" if first else "UNKNOWN",
            "RECOVERY_MODE": "IDLE", "PROTECTION_MODE": "MAXIMUM PERFORMANCE",
            "DESTINATION": seed.data["fra"]["dest"] if first else None, "STANDBY_LOGFILE_COUNT": 0,
            "STANDBY_LOGFILE_ACTIVE": 0, "ARCHIVED_THREAD#": 1 if first else 0, "ARCHIVED_SEQ#": last if first else 0,
            "APPLIED_THREAD#": 0, "APPLIED_SEQ#": 0, "ERROR": None,
            "SRL": "NO", "DB_UNIQUE_NAME": seed.unique if first else "NONE",
            "SYNCHRONIZATION_STATUS": "CHECK CONFIGURATION", "SYNCHRONIZED": "NO", "CON_ID": 0})
