# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rows that several faults make alike: sessions, locks, alert log lines."""

from __future__ import annotations

from typing import Any

from estate.faults.edit import Edit

IDLE = {"STATUS": "INACTIVE", "EVENT": "SQL*Net message from client", "WAIT_CLASS": "Idle"}


def application(edit: Edit) -> dict[str, Any]:
    """A user session of an application in the scenario: what others are made like."""
    return edit.rows("_SESSION", "TYPE = 'USER' AND USERNAME NOT IN ('SYS', 'SYSTEM', 'DBSNMP') AND STATUS <> 'KILLED' "
                                 "ORDER BY CON_ID DESC, INST_ID, SID LIMIT 1")[0]


def session(edit: Edit, instance: int = 1, **values: Any) -> dict[str, Any]:
    """A new session like the application's, idle since a minute unless told otherwise; returns its row."""
    like = application(edit)
    top = edit.query("SELECT max(SID) AS SID, max(_PID) AS PID, max(AUDSID) AS AUDSID, "
                     "max(CAST(_SPID AS INTEGER)) AS SPID "
                     "FROM {_SESSION} WHERE INST_ID = ?", instance)[0]
    row = {**like, **IDLE, "INST_ID": instance, "SID": (top["SID"] or 0) + 1,
           "SERIAL#": 10000 + (top["SID"] or 0) * 7 % 50000,
           "AUDSID": (top["AUDSID"] or 0) + 1, "_PID": (top["PID"] or 0) + 1, "_SPID": str((top["SPID"] or 0) + 3),
           "LOGON_TIME": edit.local(7200), "_CALL": edit.now() - 60, "_WAIT": edit.now() - 60, "_SQLSTART": None,
           "_PERIOD": None, "_BUSY": None, "_PHASE": None, "LOCKWAIT": None, "BLOCKING_SESSION": None,
           "BLOCKING_INSTANCE": None,
           "BLOCKING_SESSION_STATUS": None, "SQL_ID": None, **values}
    edit.insert("_SESSION", row)
    return row


def transaction(edit: Edit, owner: dict[str, Any], age: float, undo_blocks: int = 12, rows: int = 40) -> dict[str, Any]:
    """An open transaction of a session, begun ``age`` seconds ago."""
    row = {"INST_ID": owner["INST_ID"], "SID": owner["SID"], "STATUS": "ACTIVE", "XIDUSN": 7,
           "XIDSLOT": owner["SID"] % 33,
           "XIDSQN": 40000 + owner["SID"], "USED_UBLK": undo_blocks, "USED_UREC": rows, "CON_ID": owner["CON_ID"] or 0,
           "_START": edit.now() - age}
    edit.insert("_TRANSACTION", row)
    return row


def blocked(edit: Edit, holder: dict[str, Any], transaction_row: dict[str, Any], seconds: float,
            **values: Any) -> dict[str, Any]:
    """A session that waits for a row which ``holder`` has locked."""
    slot = transaction_row["XIDUSN"] * 65536 + transaction_row["XIDSLOT"]
    row = session(edit, holder["INST_ID"], STATUS="ACTIVE", EVENT="enq: TX - row lock contention",
                  WAIT_CLASS="Application",
                  BLOCKING_SESSION=holder["SID"], BLOCKING_INSTANCE=holder["INST_ID"], BLOCKING_SESSION_STATUS="VALID",
                  FINAL_BLOCKING_SESSION=holder["SID"], FINAL_BLOCKING_INSTANCE=holder["INST_ID"],
                  FINAL_BLOCKING_SESSION_STATUS="VALID", P1TEXT="name|mode", P1=1415053318, P2TEXT="usn<<16 | slot",
                  P2=slot,
                  P3TEXT="sequence", P3=transaction_row["XIDSQN"], COMMAND=6, SQL_ID=some_sql(edit),
                  _CALL=edit.now() - seconds, _WAIT=edit.now() - seconds, _SQLSTART=edit.now() - seconds, **values)
    lock(edit, row, "TX", slot, transaction_row["XIDSQN"], held=0, requested=6, seconds=seconds)
    return row


def lock(edit: Edit, owner: dict[str, Any], kind: str, id1: int, id2: int, *, held: int, requested: int, seconds: float,
         blocking: bool = False) -> None:
    """A row of GV$LOCK."""
    edit.insert("GV$LOCK", {"INST_ID": owner["INST_ID"], "SID": owner["SID"], "TYPE": kind, "ID1": id1, "ID2": id2,
                            "LMODE": held,
                            "REQUEST": requested, "CTIME": int(seconds), "BLOCK": int(blocking),
                            "CON_ID": owner["CON_ID"]})


def some_sql(edit: Edit) -> str | None:
    """The SQL_ID of a statement in the shared pool."""
    found: str | None = edit.value("SELECT SQL_ID FROM {_SQL} ORDER BY SQL_ID LIMIT 1")
    return found


def alert(edit: Edit, text: str, ago: float = 600.0, instance: int | None = None, **values: Any) -> None:
    """A line in an instance's alert log, ``ago`` seconds back."""
    number = instance or edit.instances()[0]
    record = 1 + (edit.value("SELECT max(RECORD_ID) FROM {V$DIAG_ALERT_EXT} WHERE INST_ID = ?", number) or 0)
    like = (edit.rows("V$DIAG_ALERT_EXT", "INST_ID = ? ORDER BY RECORD_ID DESC LIMIT 1", number) or [{}])[0]
    edit.insert("V$DIAG_ALERT_EXT", {
        **like, "INST_ID": number, "RECORD_ID": record, "ORIGINATING_TIMESTAMP": edit.zoned(ago),
        "NORMALIZED_TIMESTAMP": edit.zoned(ago), "COMPONENT_ID": "rdbms", "MESSAGE_TYPE": 1, "MESSAGE_LEVEL": 16,
        "MESSAGE_TEXT": text + "\n", "PROBLEM_KEY": None, "INDX": record, **values})
