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
    tables = Tables(database.store)
    for number in numbers:
        if action == "restart":
            change(database, tables, number, "DOWN")
        change(database, tables, number, STATES.get(action, "OPEN"))
    names = {row["INSTANCE_NAME"]: row["STATE"] for row in tables.rows("_INSTANCE") if row["INST_ID"] in numbers}
    return [{"name": name, "status": state} for name, state in names.items()]


def change(database: Any, tables: Tables, number: int, state: str, *, read_only: bool = False) -> None:
    """Bring an instance to a state; what depended on it follows."""
    before = tables.value("SELECT STATE FROM {_INSTANCE} WHERE INST_ID = ?", number)
    if before == state:
        return
    if state == "DOWN":
        database.end_sessions(number, OraError(3113, "end-of-file on communication channel"))
        database.alert("Shutting down ORACLE instance (immediate) (OS id: 20417)\nInstance shutdown complete", number)
    if before == "DOWN":
        _started(database, tables, number)
    tables.update("_INSTANCE", {"STATE": state}, "INST_ID = ?", number)
    _open_mode(tables, read_only=read_only)
    if state == "OPEN":
        database.alert("Completed: ALTER DATABASE OPEN", number)


def _started(database: Any, tables: Tables, number: int) -> None:
    """A new instance: its sessions are new, its parameters come from the server parameter file."""
    now = database.clock.now()
    tables.update("_INSTANCE", {"_STARTED": now}, "INST_ID = ?", number)
    tables.delete("_TRANSACTION", "INST_ID = ?", number)
    tables.delete("GV$LOCK", "INST_ID = ?", number)
    logon = database.clock.local().strftime("%Y-%m-%d %H:%M:%S")
    tables.update("_SESSION", {"LOGON_TIME": logon, "_CALL": now, "_WAIT": now, "BLOCKING_SESSION": None,
                               "BLOCKING_INSTANCE": None}, "INST_ID = ?", number)
    name = tables.value("SELECT INSTANCE_NAME FROM {_INSTANCE} WHERE INST_ID = ?", number)
    stored = tables.rows("GV$SPPARAMETER", "INST_ID = ? AND ISSPECIFIED = 'TRUE' AND SID IN ('*', ?) ORDER BY SID",
                         number, name)
    for row in stored:
        tables.update("GV$SYSTEM_PARAMETER", {"VALUE": row["VALUE"], "DISPLAY_VALUE": row["DISPLAY_VALUE"],
                                              "ISMODIFIED": "FALSE"}, "NAME = ? AND INST_ID = ?", row["NAME"], number)
    database.alert("Starting ORACLE instance (normal) (OS id: 20611)", number)


def _open_mode(tables: Tables, *, read_only: bool) -> None:
    found = {row["STATE"] for row in tables.rows("_INSTANCE")}
    role = tables.value("SELECT DATABASE_ROLE FROM {_DATABASE}")
    present = tables.value("SELECT OPEN_MODE FROM {_DATABASE}")
    if "OPEN" not in found:
        mode = "MOUNTED"
    elif read_only or role != "PRIMARY":
        mode = "READ ONLY"
    else:
        mode = "READ WRITE" if present == "MOUNTED" else present
    tables.update("_DATABASE", {"OPEN_MODE": mode}, "1 = 1")


def mount(desk: Desk) -> None:
    """ALTER DATABASE MOUNT in the instance that asks."""
    if desk.instance_status(desk.instance_number) != "STARTED":
        raise OraError(1100, "database already mounted")
    change(desk.database, desk.tables, desk.instance_number, "MOUNTED")


def open_database(desk: Desk, mode: str) -> None:
    """ALTER DATABASE OPEN in the instance that asks."""
    status = desk.instance_status(desk.instance_number)
    if status == "OPEN":
        raise OraError(1531, "a database already open by the instance")
    if status != "MOUNTED":
        raise OraError(1507, "database not mounted")
    change(desk.database, desk.tables, desk.instance_number, "OPEN", read_only=mode == "READ ONLY")


def close_database(desk: Desk) -> None:
    """ALTER DATABASE CLOSE: back to mounted."""
    change(desk.database, desk.tables, desk.instance_number, "MOUNTED")
