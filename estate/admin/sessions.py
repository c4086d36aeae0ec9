# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""KILL SESSION, DISCONNECT SESSION and CANCEL SQL: on sessions of clients and on those of the scenario."""

from __future__ import annotations

from typing import Any

from estate.admin.desk import Desk
from estate.api import OraError


def _named(desk: Desk, target: str) -> tuple[dict[str, Any], list[str]]:
    """The session row of "sid,serial#[,@inst_id][,sql_id]" and the parts after the second."""
    parts = [part.strip() for part in target.split(",")]
    if len(parts) < 2 or not (parts[0].isdigit() and parts[1].isdigit()):
        raise OraError(26, "missing or invalid session ID")
    number = desk.instance_number
    rest = parts[2:]
    if rest and rest[0].startswith("@"):
        if not rest[0][1:].isdigit() or int(rest[0][1:]) not in desk.instance_numbers:
            raise OraError(26, "missing or invalid session ID")
        number = int(rest.pop(0)[1:])
    rows = desk.tables.rows("GV$SESSION", "SID = ? AND \"SERIAL#\" = ? AND INST_ID = ?", int(parts[0]), int(parts[1]),
                            number)
    if not rows:
        raise OraError(30, "User session ID does not exist.")
    return rows[0], rest


def _mine(desk: Desk, row: dict[str, Any]) -> bool:
    return bool(row["SID"] == desk.ctx.sid and row["SERIAL#"] == desk.ctx.serial
                and row["INST_ID"] == desk.instance_number)


def kill(desk: Desk, target: str, *, immediate: bool) -> None:
    """Mark the session KILLED and end it: a client gets ORA-00028 at its next call."""
    row, _ = _named(desk, target)
    if _mine(desk, row):
        raise OraError(27, "cannot kill current session")
    if row.get("TYPE") == "BACKGROUND":
        raise OraError(29, "session is not a user session")
    if row["STATUS"] == "KILLED" and not immediate:
        raise OraError(31, "session marked for kill")
    _end(desk, row, OraError(28, "your session has been killed"))


def disconnect(desk: Desk, target: str, *, immediate: bool) -> None:
    """End the server process: at once, or when the transaction is over."""
    row, _ = _named(desk, target)
    if _mine(desk, row):
        raise OraError(27, "cannot kill current session")
    if immediate or not row.get("TADDR"):
        _end(desk, row, OraError(28, "your session has been killed"))


def cancel_sql(desk: Desk, target: str) -> None:
    """Interrupt the running statement of a session; ORA-01013 there."""
    row, rest = _named(desk, target)
    if desk.version_number < 18:
        raise OraError(2065, "illegal option for ALTER SYSTEM")
    if rest and rest[0] not in ("", row.get("SQL_ID")):
        raise OraError(3742, "CANCEL SQL did not find the SQL statement")
    live = desk.database.live.get((row["INST_ID"], row["SID"]))
    if live is not None:
        live.cancel()
    else:
        desk.tables.update("_SESSION", {"STATUS": "INACTIVE", "SQL_ID": None, "_CALL": desk.epoch()},
                           "SID = ? AND \"SERIAL#\" = ? AND INST_ID = ?", row["SID"], row["SERIAL#"], row["INST_ID"])


def _end(desk: Desk, row: dict[str, Any], error: OraError) -> None:
    if not desk.database.kill(row["INST_ID"], row["SID"], row["SERIAL#"], error):
        remove(desk, row)
    desk.alert(f"KILL SESSION for sid=({row['SID']}, {row['SERIAL#']}):\n  Reason = alter system kill session\n"
               "  Mode = KILL HARD SAFE -/-/-\n  Requestor = USER")


def remove(desk: Desk, row: dict[str, Any]) -> None:
    """PMON's work for a session of the scenario: it, its transaction and locks go; who waited for it goes on."""
    key = [row["INST_ID"], row["SID"]]
    desk.tables.delete("GV$LOCK", "INST_ID = ? AND SID = ?", *key)
    desk.tables.delete("GV$LOCKED_OBJECT", "INST_ID = ? AND SESSION_ID = ?", *key)
    desk.tables.delete("_TRANSACTION", "INST_ID = ? AND SID = ?", *key)
    desk.tables.delete("_SESSION", "INST_ID = ? AND SID = ?", *key)
    waiting = desk.tables.rows("_SESSION", "BLOCKING_INSTANCE = ? AND BLOCKING_SESSION = ?", *key)
    for waiter in waiting:
        desk.tables.update("_SESSION", {
            "BLOCKING_SESSION": None, "BLOCKING_INSTANCE": None, "BLOCKING_SESSION_STATUS": None, "LOCKWAIT": None,
            "FINAL_BLOCKING_SESSION": None, "FINAL_BLOCKING_INSTANCE": None, "FINAL_BLOCKING_SESSION_STATUS": None,
            "EVENT": "SQL*Net message from client", "WAIT_CLASS": "Idle", "STATUS": "INACTIVE", "SQL_ID": None,
            "_CALL": desk.epoch(), "_WAIT": desk.epoch()}, "INST_ID = ? AND SID = ?", waiter["INST_ID"], waiter["SID"])
        desk.tables.delete("GV$LOCK", "INST_ID = ? AND SID = ? AND REQUEST > 0", waiter["INST_ID"], waiter["SID"])
