# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Background processes and the applications' sessions."""

from __future__ import annotations

from typing import Any

from estate.world.clock import date_text
from estate.world.scenario import InstanceSpec
from estate.world.seed import sqltext
from estate.world.seed.base import DAY, MB, Seed

BACKGROUND = (
    "PMON", "CLMN", "PSP0", "VKTM", "GEN0", "MMAN", "DIAG", "OFSD", "DBRM", "VKRM", "SVCB", "DIA0", "DBW0", "DBW1",
    "DBW2", "DBW3", "LGWR", "CKPT", "SMON", "SMCO",
    "RECO", "LREG", "PXMN", "MMON", "MMNL", "TMON", "ARC0", "ARC1", "ARC2", "ARC3", "TT00", "AQPC", "CJQ0", "QM02",
    "Q001", "Q002", "FBDA", "RVWR")
RAC_BACKGROUND = ("LMON", "LMD0", "LMS0", "LMS1", "LMS2", "LMS3", "LMHB", "LCK0", "RMS0", "ASMB", "RBAL", "IPC0",
                  "PING", "GTX0", "RSMN")
WAITS = {"PMON": "pmon timer", "SMON": "smon timer"}
# What an active session of an application waits for, most of the time.
EVENTS = (("db file sequential read", "User I/O"), ("SQL*Net message to client", "Network"),
          ("db file sequential read", "User I/O"), ("log file sync", "Commit"))


def fill(seed: Seed) -> None:
    """Background processes and clients' sessions of each instance, and temporary space."""
    for instance in seed.spec.instances:
        builder = Builder(seed, instance)
        builder.background()
        for group in seed.data["sessions"]:
            builder.group(group)
    _temporary(seed)


class Builder:
    """Sessions of one instance, with their SIDs and process numbers."""

    def __init__(self, seed: Seed, instance: InstanceSpec) -> None:
        self.seed, self.instance = seed, instance
        self.pid, self.sid = 1, 0
        self.started = seed.now - instance.uptime

    def _row(self, **values: Any) -> dict[str, Any]:
        self.pid += 1
        self.sid += 1
        return {
            "INST_ID": self.instance.number, "SID": self.sid,
            "SERIAL#": 1000 + (self.sid * 7919 + self.pid * 31) % 60000, "AUDSID": 4294967295, "SERVER": "DEDICATED",
            "STATE": "WAITING",
            "_SPID": str(20000 + self.instance.number * 700 + self.pid * 13), "_PID": self.pid,
            "CON_ID": self.seed.spec.root, "SEQ#": 40 + self.sid % 900, **values}

    def background(self) -> None:
        """One session for each background process of the instance."""
        self.sid = 0
        names = [name for name in BACKGROUND if name != "RVWR" or self.seed.data.get("flashback")]
        for name in [*names, *(RAC_BACKGROUND if self.seed.spec.rac else ())]:
            self.seed.add("_SESSION", self._row(
                TYPE="BACKGROUND", STATUS="ACTIVE", PNAME=name, PROGRAM=f"oracle@{self.instance.host} ({name})",
                MACHINE=self.instance.host, OSUSER="oracle", TERMINAL="UNKNOWN",
                SCHEMANAME="SYS", **{"USER#": 0}, AUDSID=0, LOGON_TIME=date_text(self.started),
                SERVICE_NAME="SYS$BACKGROUND", EVENT=WAITS.get(name, "rdbms ipc message"), WAIT_CLASS="Idle",
                PROCESS=str(20000 + self.instance.number * 700 + (self.pid + 1) * 13), _CALL=self.started,
                _WAIT=self.seed.now - 1.5, _CURSORS=1, _PGA=int(6 * MB + (self.pid % 7) * MB), CON_ID=0))

    def group(self, group: dict[str, Any]) -> None:
        """Sessions of one application, spread over the instances."""
        share = int(group["count"]) // len(self.seed.spec.instances)
        con_id = self.seed.spec.container(group.get("container"))
        statements = sqltext.of_user(self.seed, group["user"])
        for index in range(share):
            self.seed.add("_SESSION", self._application(group, index, con_id, statements))

    def _application(self, group: dict[str, Any], index: int, con_id: int, statements: list[str]) -> dict[str, Any]:
        chance = self.seed.random
        event, kind = EVENTS[index % len(EVENTS)]
        period = float(chance.randrange(40, 900))
        number = index % int(group["machines"]) + 1
        statement = statements[index % len(statements)]
        logon = self.seed.now - chance.uniform(0.1, min(5.0, self.instance.uptime / DAY * 0.9)) * DAY
        return self._row(
            TYPE="USER", STATUS="INACTIVE", USERNAME=group["user"], SCHEMANAME=group["user"],
            AUDSID=800000 + self.instance.number * 50000 + self.sid, OSUSER=group["osuser"],
            **{"USER#": 90 + len(group["user"])}, MACHINE=f"{group['machine']}{number:02d}", PROGRAM=group["program"],
            MODULE=group["module"], PROCESS=str(3000 + index * 4), TERMINAL="unknown",
            PORT=40000 + index * 3, SERVICE_NAME=group["service"], LOGON_TIME=date_text(logon), EVENT=event,
            WAIT_CLASS=kind, SQL_ID=statement, PREV_SQL_ID=statement,
            COMMAND=3, CON_ID=con_id, _PERIOD=period, _BUSY=round(max(0.4, min(20.0, period * float(group["busy"]))),
                                                                  2), _PHASE=round(chance.uniform(0, period), 2),
            _CURSORS=8 + index % 30, _PGA=int(3 * MB + (index % 9) * MB), _BANNER="AES256",
            RESOURCE_CONSUMER_GROUP="OTHER_GROUPS")


def _temporary(seed: Seed) -> None:
    """A report that sorts on disk, in each container with applications."""
    rows = [row for row in seed.tables["_SESSION"] if row["TYPE"] == "USER"][:2]
    for row in rows:
        seed.add("GV$TEMPSEG_USAGE", {
            "INST_ID": row["INST_ID"], "USERNAME": row["USERNAME"], "USER": row["USERNAME"],
            "SESSION_ADDR": address(1, row["INST_ID"], row["SID"]), "SESSION_NUM": row["SERIAL#"],
            "SQL_ID": row["SQL_ID"], "TABLESPACE": "TEMP", "CONTENTS": "TEMPORARY", "SEGTYPE": "SORT",
            "SEGFILE#": 1001, "SEGBLK#": 4096, "EXTENTS": 96, "BLOCKS": 12288,
            "SEGRFNO#": 1, "CON_ID": row["CON_ID"]})


def address(kind: int, instance: int | None, number: int | None) -> bytes | None:
    """An 8 byte address that is the same wherever the same thing is addressed: kind 1 sessions, 2 processes, 3
    transactions, 4 cursors."""
    if number is None:
        return None
    return (0x60 << 40 | kind << 36 | (instance or 0) << 32 | (number * 0x68) & 0xFFFFFFFF).to_bytes(8, "big")
