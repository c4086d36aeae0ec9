# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stages of instances: shutdown, nomount, mount, open; for SQL and for ``python -m estate instance``."""

from __future__ import annotations

from typing import Any

from estate.admin.desk import Desk
from estate.admin.tables import Tables
from estate.api import OraError

STATES = {"shutdown": "DOWN", "nomount": "STARTED", "mount": "MOUNTED", "startup": "OPEN"}


def states(database: Any) -> dict[str, str]:
    """STATE of each instance by name: DOWN, STARTED, MOUNTED or OPEN."""
    rows = Tables(database.store).rows("_INSTANCE", "1 = 1 ORDER BY INST_ID")
    return {row["INSTANCE_NAME"]: row["STATE"] for row in rows}


def command(database: Any, numbers: list[int], action: str) -> list[dict[str, str]]:
    """Carry out shutdown, startup, mount, nomount or restart; [{"name", "status"}] as it is then."""
    for number in numbers:
        if action == "restart":
            change(database, number, "DOWN")
        change(database, number, STATES.get(action, "OPEN"))
    return [{"name": database.instances[number].name, "status": database.instances[number].state} for number in numbers]


def change(database: Any, number: int, state: str, *, read_only: bool = False) -> None:
    """Bring an instance to a state; what depended on it follows."""
    before = database.instances[number].state
    if before == state:
        return
    if state == "DOWN":
        database.alert("Shutting down ORACLE instance (immediate) (OS id: 20417)", number)
    database.set_state(number, state)
    tables = Tables(database.store)
    if before == "DOWN":
        _started(database, tables, number)
    if state == "OPEN" and read_only:
        tables.update("_DATABASE", {"OPEN_MODE": "READ ONLY"}, "1 = 1")
    if state == "OPEN":
        database.alert("Completed: ALTER DATABASE OPEN", number)


def _started(database: Any, tables: Tables, number: int) -> None:
    """A new instance: its sessions are new, its parameters come from the server parameter file."""
    now = database.clock.now()
    tables.delete("_TRANSACTION", "INST_ID = ?", number)
    tables.delete("GV$LOCK", "INST_ID = ?", number)
    logon = database.clock.local().strftime("%Y-%m-%d %H:%M:%S")
    tables.update("_SESSION", {"LOGON_TIME": logon, "_CALL": now, "_WAIT": now, "BLOCKING_SESSION": None,
                               "BLOCKING_INSTANCE": None}, "INST_ID = ?", number)
    name = tables.value("SELECT INSTANCE_NAME FROM {_INSTANCE} WHERE INST_ID = ?", number)
    stored = tables.rows("V$SPPARAMETER", "ISSPECIFIED = 'TRUE' AND SID IN ('*', ?) ORDER BY SID", name)
    for row in stored:
        tables.update("GV$SYSTEM_PARAMETER", {"VALUE": row["VALUE"], "DISPLAY_VALUE": row["DISPLAY_VALUE"],
                                              "ISMODIFIED": "FALSE"}, "NAME = ? AND INST_ID = ?", row["NAME"], number)
    database.alert("Starting ORACLE instance (normal) (OS id: 20611)", number)


def mount(desk: Desk) -> None:
    """ALTER DATABASE MOUNT in the instance that asks."""
    if desk.instance_status(desk.instance_number) != "STARTED":
        raise OraError(1100, "database already mounted")
    change(desk.database, desk.instance_number, "MOUNTED")


def open_database(desk: Desk, mode: str) -> None:
    """ALTER DATABASE OPEN in the instance that asks."""
    status = desk.instance_status(desk.instance_number)
    if status == "OPEN":
        raise OraError(1531, "a database already open by the instance")
    if status != "MOUNTED":
        raise OraError(1507, "database not mounted")
    change(desk.database, desk.instance_number, "OPEN", read_only=mode == "READ ONLY")


def close_database(desk: Desk) -> None:
    """ALTER DATABASE CLOSE: back to mounted."""
    change(desk.database, desk.instance_number, "MOUNTED")
