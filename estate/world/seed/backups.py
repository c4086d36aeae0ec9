# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RMAN's records: level 0 on Sundays and Wednesdays, level 1 daily, archived logs every four hours, checks daily, a
restore test monthly."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from estate.world.clock import date_text
from estate.world.seed.base import DAY, HOUR, Seed

DAYS = 35
KEPT_DAYS = 22
RESTORE_TEST_DAYS = 28
CONFIGURATION = (
    ("RETENTION POLICY", "TO RECOVERY WINDOW OF 14 DAYS"), ("BACKUP OPTIMIZATION", "ON"),
    ("CONTROLFILE AUTOBACKUP", "ON"),
    ("ARCHIVELOG DELETION POLICY", "TO BACKED UP 1 TIMES TO {device}"), ("SNAPSHOT CONTROLFILE NAME", "TO '{snap}'"))


def fill(seed: Seed) -> None:
    """RMAN's configuration and the backups of the last weeks."""
    for number, (name, value) in enumerate(_configuration(seed), 1):
        seed.add("V$RMAN_CONFIGURATION", {"CONF#": number, "NAME": name, "VALUE": value, "CON_ID": 0})
    Recorder(seed).history(seed.now - DAYS * DAY, seed.now)


def _configuration(seed: Seed) -> list[tuple[str, str]]:
    device = seed.data["backup"]["device"]
    folder = str(seed.data["files"]).split("/", maxsplit=1)[0] or "/u01/app/oracle/product/19c/dbs"
    found = [(name, value.format(device="'SBT_TAPE'" if device != "DISK" else "DISK",
                                 snap=f"{folder}/snapcf_{seed.spec.name}.f")) for name, value in CONFIGURATION]
    if device != "DISK":
        found += [("DEFAULT DEVICE TYPE TO", "'SBT_TAPE'"),
                  ("DEVICE TYPE", "'SBT_TAPE' PARALLELISM 4 BACKUP TYPE TO BACKUPSET"),
                  ("CONTROLFILE AUTOBACKUP FORMAT FOR DEVICE TYPE", "'SBT_TAPE' TO '%F'")]
    else:
        found += [("DEVICE TYPE", "DISK PARALLELISM 4 BACKUP TYPE TO COMPRESSED BACKUPSET"),
                  ("CHANNEL", f"DEVICE TYPE DISK FORMAT '{seed.data['backup']['dest']}/%d_%T_%U'")]
    return found


@dataclass
class Job:
    """One RMAN session being recorded."""

    started: float
    kind: str
    level: int | None
    minutes: float
    recid: int = 0
    command: int = 0
    output: int = 0
    input: int = 0
    pieces: list[dict[str, Any]] = field(default_factory=list)


class Recorder:
    """Writes the records of RMAN sessions; numbers go on from what there is. ``tested``: nine days before the day of
    that moment, and every four weeks from then, is a restore test; today without it."""

    def __init__(self, seed: Seed, tested: float | None = None) -> None:
        self.seed = seed
        self.test_day = (seed.now if tested is None else tested) + 8 * HOUR - 9 * DAY
        self.settings = seed.data["backup"]
        self.device = self.settings["device"]
        self.recid, self.set_number, self.piece_number, self.file_recid, self.log_recid = 0, 0, 0, 0, 0
        self.logs = sorted(seed.tables["V$ARCHIVED_LOG"], key=lambda row: row["COMPLETION_TIME"])
        self.backed = 0

    def history(self, since: float, until: float) -> None:
        """All jobs that began between two moments, in order of time."""
        for started, kind, level in self.schedule(since, until):
            minutes = self.minutes(kind, level)
            # One that would still run has just ended instead: a backup that is late by its own length is not missing.
            self.record(Job(min(started, until - minutes * 60 - 120), kind, level, minutes))

    def schedule(self, since: float, until: float) -> list[tuple[float, str, int | None]]:
        """Backup jobs due between two moments (epoch seconds): (when, kind, incremental level or None), in order."""
        jobs: list[tuple[float, str, int | None]] = []
        for back in range(int((until - since) / DAY) + 2, -1, -1):
            day = self.seed.midnight(back)
            full = int((day + 8 * HOUR) // DAY + 4) % 7 in (0, 3)              # Sundays and Wednesdays
            jobs.append((day + 0.5 * HOUR, "DB INCR", 0 if full else 1))
            jobs.append((day + 5 * HOUR, "VALIDATE", None))
            jobs.extend((day + hour * HOUR + 300, "ARCHIVELOG", None) for hour in (2, 6, 10, 14, 18, 22))
            if int((day + 8 * HOUR) // DAY - self.test_day // DAY) % RESTORE_TEST_DAYS == 0:
                jobs.append((day + 9 * HOUR, "RESTORE VALIDATE", None))
        return sorted(job for job in jobs if since <= job[0] < until)

    def minutes(self, kind: str, level: int | None) -> float:
        """How long a job of a kind takes."""
        full = float(self.settings["minutes"])
        return {"DB INCR": full if level == 0 else full * 0.22, "ARCHIVELOG": 6.0, "VALIDATE": full * 0.4,
                "RESTORE VALIDATE": full * 0.9}[kind]

    def record(self, job: Job) -> None:
        """The session's row, the command's row, and what it wrote."""
        self.recid += 1
        job.recid = self.recid
        self.recid += 1
        job.command = self.recid
        if job.kind == "DB INCR":
            self._datafiles(job)
            self._archived(job, job.started + job.minutes * 55)
        elif job.kind == "ARCHIVELOG":
            self._archived(job, job.started)
        if job.kind in ("DB INCR", "ARCHIVELOG"):
            self._autobackup(job)
        else:
            job.input = sum(row["BYTES"] for row in self.seed.tables["_DATAFILE"])
        self._status(job)
        self._output(job)

    def _status(self, job: Job) -> None:
        operation, thing = {"VALIDATE": ("VALIDATE", "DB FULL"), "RESTORE VALIDATE": ("RESTORE VALIDATE", "DB FULL"),
                            "ARCHIVELOG": ("BACKUP", "ARCHIVELOG"),
                            "DB INCR": ("BACKUP", "DB INCR")}[job.kind]
        common = {
            "SID": 700, "STAMP": int(job.started) % 1_000_000_000, "SESSION_RECID": job.recid,
            "SESSION_STAMP": int(job.started) % 1_000_000_000,
            "COMMAND_ID": date_text(job.started).replace(" ", "T"), "STATUS": "COMPLETED",
            "MBYTES_PROCESSED": job.input >> 20, "START_TIME": date_text(job.started),
            "END_TIME": date_text(job.started + job.minutes * 60), "INPUT_BYTES": job.input,
            "OUTPUT_BYTES": job.output, "OPTIMIZED": "NO", "OSB_ALLOCATED": "NO", "CON_ID": 0}
        device = {"OUTPUT_DEVICE_TYPE": self.device if operation == "BACKUP" else None}
        self.seed.add("V$RMAN_STATUS", {**common, "RECID": job.recid, "ROW_LEVEL": 0, "ROW_TYPE": "SESSION",
                                        "OPERATION": "RMAN", "OBJECT_TYPE": None, "OUTPUT_DEVICE_TYPE": None})
        self.seed.add("V$RMAN_STATUS", {**common, **device, "RECID": job.command, "PARENT_RECID": job.recid,
                                        "PARENT_STAMP": common["STAMP"], "ROW_LEVEL": 1, "ROW_TYPE": "COMMAND",
                                        "OPERATION": operation, "OBJECT_TYPE": thing})
        if operation == "BACKUP":
            self.recid += 1
            self.seed.add("V$RMAN_STATUS", {**common, **device, "RECID": self.recid, "PARENT_RECID": job.command,
                                            "PARENT_STAMP": common["STAMP"], "ROW_LEVEL": 2,
                                            "ROW_TYPE": "RECURSIVE OPERATION",
                                            "OPERATION": "CONTROL FILE AND SPFILE AUTOBACK", "OBJECT_TYPE": None,
                                            "INPUT_BYTES": 21_000_000,
                                            "OUTPUT_BYTES": 21_000_000, "MBYTES_PROCESSED": 20})

    def _output(self, job: Job) -> None:
        if job.started < self.seed.now - 7 * DAY:
            return
        lines = [f"Recovery Manager: Release {self.seed.spec.version} - Production on {date_text(job.started)}",
                 f"connected to target database: {self.seed.spec.name} (DBID={self.seed.data['dbid']})",
                 f"Starting {'backup' if job.pieces else job.kind.lower()} at {date_text(job.started)}",
                 *(f"piece handle={piece['HANDLE']} tag={piece['TAG']} comment=NONE" for piece in job.pieces[:8]),
                 f"Finished {'backup' if job.pieces else job.kind.lower()} at "
                 f"{date_text(job.started + job.minutes * 60)}", "Recovery Manager complete."]
        for number, line in enumerate(lines):
            self.seed.add("V$RMAN_OUTPUT", {"SID": 700, "RECID": job.recid * 100 + number,
                                            "STAMP": int(job.started) % 1_000_000_000, "SESSION_RECID": job.recid,
                                            "SESSION_STAMP": int(job.started) % 1_000_000_000, "OUTPUT": line[:130],
                                            "RMAN_STATUS_RECID": job.command,
                                            "RMAN_STATUS_STAMP": int(job.started) % 1_000_000_000,
                                            "SESSION_KEY": job.recid, "CON_ID": 0})

    def _set(self, job: Job, kind: str, moment: float, tag: str, length: int, level: int | None = None,
             controlfile: str = "NO") -> dict[str, Any]:
        """A backup set of one piece; the keys that its content refers to."""
        self.set_number += 1
        self.piece_number += 1
        stamp = int(moment) % 1_000_000_000
        key = {"SET_STAMP": stamp, "SET_COUNT": self.set_number}
        times = {"START_TIME": date_text(moment), "COMPLETION_TIME": date_text(moment + max(4.0, job.minutes * 6)),
                 "ELAPSED_SECONDS": int(max(4.0, job.minutes * 6))}
        self.seed.add("V$BACKUP_SET", {"RECID": self.set_number, "STAMP": stamp + 5, **key, "BACKUP_TYPE": kind,
                                       "CONTROLFILE_INCLUDED": controlfile, "INCREMENTAL_LEVEL": level, "PIECES": 1,
                                       **times, "BLOCK_SIZE": 512 if kind == "L" else 8192,
                                       "INPUT_FILE_SCAN_ONLY": "NO", "KEEP": "NO", "MULTI_SECTION": "NO", "CON_ID": 0})
        old = job.started < self.seed.now - KEPT_DAYS * DAY
        piece = {
            "RECID": self.piece_number, "STAMP": stamp + 5, **key, "PIECE#": 1, "COPY#": 1, "DEVICE_TYPE": self.device,
            "HANDLE": None if old else self._handle(moment, kind),
            "COMMENTS": None if self.device == "DISK" else "API Version 2.0,MMS Version 19.0.0.0",
            "MEDIA": None if self.device == "DISK" else f"HSP{self.set_number % 40:04d}",
            "CONCUR": "NO" if self.device == "DISK" else "YES", "TAG": tag, "STATUS": "D" if old else "A", **times,
            "DELETED": "YES" if old else "NO", "BYTES": length,
            "IS_RECOVERY_DEST_FILE": "NO", "RMAN_STATUS_RECID": job.command,
            "RMAN_STATUS_STAMP": int(job.started) % 1_000_000_000,
            "COMPRESSED": "YES" if self.device == "DISK" else "NO",
            "BACKED_BY_VSS": "NO", "ENCRYPTED": "NO", "BACKED_BY_OSB": "NO", "CON_ID": 0}
        self.seed.add("V$BACKUP_PIECE", piece)
        job.pieces.append({**piece, "HANDLE": piece["HANDLE"] or "-"})
        job.output += length
        return {**key, "RECID": self.set_number}

    def _handle(self, moment: float, kind: str) -> str:
        day = date_text(moment)[:10].replace("-", "")
        name = f"{self.seed.spec.name}_{day}_{'c' if kind == 'C' else ''}{self.set_number}_1"
        return name if self.device != "DISK" else f"{self.settings['dest']}/{name}"

    def _datafiles(self, job: Job) -> None:
        """Files go four to a set, so that jobs have sets, and sets have files."""
        files = self.seed.tables["_DATAFILE"]
        step = max(1, min(8, len(files) // 4))
        for number, first in enumerate(range(0, len(files), step)):
            chosen = files[first:first + step]
            moment = job.started + 60 + job.minutes * 50 * number * step / len(files)
            read = sum(row["BYTES"] for row in chosen)
            written = int(read * (float(self.settings["ratio"]) if job.level == 0 else 0.011))
            key = self._set(job, "D" if job.level == 0 else "I", moment,
                            f"LEVEL{job.level}_{date_text(job.started)[:10].replace('-', '')}", written, job.level)
            job.input += read
            for row in chosen:
                self._datafile(job, row, key, moment, written // len(chosen))

    def _datafile(self, job: Job, row: dict[str, Any], key: dict[str, Any], moment: float, written: int) -> None:
        self.file_recid += 1
        blocks = row["BYTES"] // row.get("BLOCK_SIZE", 8192)
        self.seed.add("V$BACKUP_DATAFILE", {
            "RECID": self.file_recid, "STAMP": key["SET_STAMP"] + 4, "SET_STAMP": key["SET_STAMP"],
            "SET_COUNT": key["SET_COUNT"], "FILE#": row["FILE#"],
            "CREATION_CHANGE#": row["CREATION_CHANGE#"], "CREATION_TIME": row["CREATION_TIME"],
            "RESETLOGS_CHANGE#": 1490582, "RESETLOGS_TIME": self.seed.created,
            "INCREMENTAL_LEVEL": job.level,
            "INCREMENTAL_CHANGE#": 0 if job.level == 0 else self.seed.scn_at(moment - DAY),
            "CHECKPOINT_CHANGE#": self.seed.scn_at(moment),
            "CHECKPOINT_TIME": date_text(moment), "ABSOLUTE_FUZZY_CHANGE#": 0, "MARKED_CORRUPT": 0, "MEDIA_CORRUPT": 0,
            "LOGICALLY_CORRUPT": 0, "DATAFILE_BLOCKS": blocks,
            "BLOCKS": written // 8192, "BLOCK_SIZE": 8192, "OLDEST_OFFLINE_RANGE": 0,
            "COMPLETION_TIME": date_text(moment + max(4.0, job.minutes * 6)),
            "USED_CHANGE_TRACKING": "YES" if job.level else "NO",
            "BLOCKS_READ": blocks if job.level == 0 else blocks // 60, "USED_OPTIMIZATION": "NO",
            "CON_ID": row["CON_ID"]})

    def _archived(self, job: Job, moment: float) -> None:
        """Logs completed since the last such backup."""
        limit = date_text(moment)
        chosen = []
        while self.backed < len(self.logs) and self.logs[self.backed]["COMPLETION_TIME"] <= limit:
            chosen.append(self.logs[self.backed])
            self.backed += 1
        if not chosen:
            return
        length = sum(row["BLOCKS"] * 512 for row in chosen)
        key = self._set(job, "L", moment, f"ARCH_{date_text(job.started)[:13].replace('-', '').replace(' ', '_')}",
                        length)
        job.input += length
        for row in chosen:
            row["BACKUP_COUNT"] += 1
            self.log_recid += 1
            self.seed.add("V$BACKUP_REDOLOG", {
                "RECID": self.log_recid, "STAMP": key["SET_STAMP"] + 3, "SET_STAMP": key["SET_STAMP"],
                "SET_COUNT": key["SET_COUNT"], "TERMINAL": "NO", "CON_ID": 0,
                **{name: row[name] for name in ("THREAD#", "SEQUENCE#", "RESETLOGS_CHANGE#", "RESETLOGS_TIME",
                                                "FIRST_CHANGE#", "FIRST_TIME", "NEXT_CHANGE#", "NEXT_TIME", "BLOCKS",
                                                "BLOCK_SIZE")}})

    def _autobackup(self, job: Job) -> None:
        moment = job.started + job.minutes * 60 - 20
        key = self._set(job, "D", moment,
                        f"TAG{date_text(moment).replace('-', '').replace(':', '').replace(' ', 'T')}", 21_000_192,
                        None, "YES")
        self.seed.add("V$BACKUP_SPFILE", {"RECID": key["RECID"], "STAMP": key["SET_STAMP"] + 2,
                                          "SET_STAMP": key["SET_STAMP"], "SET_COUNT": key["SET_COUNT"],
                                          "MODIFICATION_TIME": self.seed.created, "BYTES": 98304,
                                          "COMPLETION_TIME": date_text(moment + 3), "DB_UNIQUE_NAME": self.seed.unique,
                                          "CON_ID": 0})
        self.file_recid += 1
        self.seed.add("V$BACKUP_DATAFILE", {
            "RECID": self.file_recid, "STAMP": key["SET_STAMP"] + 4, "SET_STAMP": key["SET_STAMP"],
            "SET_COUNT": key["SET_COUNT"], "FILE#": 0, "CREATION_CHANGE#": 0,
            "CREATION_TIME": self.seed.created, "RESETLOGS_CHANGE#": 1490582, "RESETLOGS_TIME": self.seed.created,
            "INCREMENTAL_LEVEL": None, "INCREMENTAL_CHANGE#": 0,
            "CHECKPOINT_CHANGE#": self.seed.scn_at(moment), "CHECKPOINT_TIME": date_text(moment),
            "ABSOLUTE_FUZZY_CHANGE#": 0, "MARKED_CORRUPT": 0, "MEDIA_CORRUPT": 0,
            "LOGICALLY_CORRUPT": 0, "DATAFILE_BLOCKS": 1250, "BLOCKS": 1250, "BLOCK_SIZE": 16384,
            "OLDEST_OFFLINE_RANGE": 0, "COMPLETION_TIME": date_text(moment + 3),
            "CONTROLFILE_TYPE": "B", "USED_CHANGE_TRACKING": "NO", "BLOCKS_READ": 1250, "USED_OPTIMIZATION": "NO",
            "CON_ID": 0})
