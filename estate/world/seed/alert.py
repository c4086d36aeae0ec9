# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The alert log of each instance: 65 days of what a healthy database says."""

from __future__ import annotations

from typing import Any

from estate.world.clock import zoned_text
from estate.world.seed.base import DAY, Seed

DAYS = 65
# Hour of the day, text, component's process.
ROUTINE = (
    (22.0, "Begin automatic SQL Tuning Advisor run for special tuning task  \"SYS_AUTO_SQL_TUNING_TASK\"", "J001"),
    (22.05, "End automatic SQL Tuning Advisor run for special tuning task  \"SYS_AUTO_SQL_TUNING_TASK\"", "J001"),
    (22.0, "Setting Resource Manager plan SCHEDULER[0x4D53]:DEFAULT_MAINTENANCE_PLAN via scheduler window", "CJQ0"),
    (22.0, "Setting Resource Manager plan DEFAULT_MAINTENANCE_PLAN via parameter", "CJQ0"),
    (2.0, "Closing scheduler window", "CJQ0"), (2.0, "Closing Resource Manager plan via scheduler window", "CJQ0"),
    (2.0, "Clearing Resource Manager plan via parameter", "CJQ0"))
STARTUP = ("Starting ORACLE instance (normal) (OS id: {pid})", "Shared memory segment for instance monitoring created",
           "ALTER DATABASE   MOUNT", "Successful mount of redo thread {thread}, with mount id {dbid}",
           "Database mounted in Exclusive Mode", "Completed: ALTER DATABASE   MOUNT", "ALTER DATABASE OPEN",
           "Thread {thread} opened at log sequence 18211", "Starting background process CJQ0",
           "Completed: ALTER DATABASE OPEN")


def fill(seed: Seed) -> None:
    """The alert log of each instance: start, log switches, routine messages."""
    for instance in seed.spec.instances:
        lines = _routine(seed) + _switches(seed, instance.number)
        started = seed.now - instance.uptime
        lines += [(started + position * 3, text.format(pid=20411, thread=instance.number, dbid=seed.data["dbid"]),
                   "ora") for position, text in enumerate(STARTUP)]
        for record, (moment, text, process) in enumerate(sorted(lines), 1):
            seed.add("GV$DIAG_ALERT_EXT", row(seed, instance.number, instance.name, instance.host, record, moment,
                                              text, process))


def _routine(seed: Seed) -> list[tuple[float, str, str]]:
    return [(seed.midnight(back) + hour * 3600, text, process) for back in range(DAYS, -1, -1) for hour, text,
            process in ROUTINE if seed.midnight(back) + hour * 3600 < seed.now - 30]


def _switches(seed: Seed, thread: int) -> list[tuple[float, str, str]]:
    from estate.world.seed import redo

    moments = redo.switch_times(seed, thread, seed.now - DAYS * DAY, seed.now)
    groups = int(seed.data["redo"]["groups"])
    found = []
    skipped = max(0, len(moments) - _recent(seed, thread))
    for index, moment in enumerate(moments):
        sequence = 20000 + index - skipped
        member = f"{seed.data['redo']['members'][0]}/redo{(thread - 1) * groups + index % groups + 1:02d}_1.log"
        found.append((moment,
                      f"Thread {thread} advanced to log sequence {sequence} (LGWR switch),  current SCN: "
                      f"{seed.scn_at(moment)}\n"
                              f"  Current log# {(thread - 1) * groups + index % groups + 1} seq# {sequence} mem# 0: "
                              f"{member}", "LGWR"))
        if index % 3 == 0:
            found.append((moment + 8,
                          f"ARC{index % 4}: Archived Log entry {index + 1} added for T-{thread}.S-{sequence - 1} ID "
                          f"0x{seed.data['dbid']:x} LAD:1", f"ARC{index % 4}"))
    return found


def _recent(seed: Seed, thread: int) -> int:
    return sum(1 for log in seed.tables["V$ARCHIVED_LOG"] if log["THREAD#"] == thread) + 1


def row(seed: Seed, number: int, name: str, host: str, record: int, moment: float, text: str,
        process: str) -> dict[str, Any]:
    """One message as V$DIAG_ALERT_EXT shows it."""
    return alert_row(number, name, host, record, moment, text, process, seed.spec.root, seed.unique)


def alert_row(number: int, name: str, host: str, record: int, moment: float, text: str, process: str, con_id: int,
              unique: str) -> dict[str, Any]:
    """One message; the level and type follow from the text (an ORA- line is an error)."""
    error = "ORA-" in text
    problem = text.split("]", maxsplit=1)[0].replace("[", "[") + "]" if text.startswith(("ORA-00600",
                                                                             "ORA-07445")) and "]" in text else None
    return {
        "INST_ID": number, "ORIGINATING_TIMESTAMP": zoned_text(moment), "NORMALIZED_TIMESTAMP": zoned_text(moment),
        "ORGANIZATION_ID": "oracle", "COMPONENT_ID": "rdbms", "HOST_ID": host,
        "HOST_ADDRESS": f"10.10.1.{10 + number}", "MESSAGE_TYPE": 3 if error else 1,
        "MESSAGE_LEVEL": 1 if error else 16, "MESSAGE_ID": None,
        "MESSAGE_GROUP": "Generic Internal Error" if problem else None,
        "CLIENT_ID": None, "MODULE_ID": f"oracle@{host} ({process})", "PROCESS_ID": str(20000 + number * 700),
        "THREAD_ID": None, "USER_ID": None, "INSTANCE_ID": name, "DETAILED_LOCATION":
        f"/u01/app/oracle/diag/rdbms/{unique.lower()}/{name}/trace/{name}_{process.lower()}.trc" if error else None,
        "MESSAGE_TEXT": text + "\n", "PROBLEM_KEY": problem.replace("ORA-00600: internal error code, arguments:",
                                                                    "ORA 600")
        if problem else None, "VERSION": 1, "RECORD_ID": record,
        "FILENAME": f"/u01/app/oracle/diag/rdbms/{unique.lower()}/{name}/alert/log.xml", "PARTITION": 1,
        "CON_UID": 1 if con_id else 0,
        "CONTAINER_ID": con_id, "CONTAINER_NAME": "CDB$ROOT" if con_id else None, "CON_ID": con_id,
        "ADR_HOME": f"diag/rdbms/{unique.lower()}/{name}"}
