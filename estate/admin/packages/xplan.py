# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DBMS_XPLAN: plans of cursors and of the history as lines of text, from V$SQL_PLAN."""

from __future__ import annotations

from typing import Any

from estate.admin.desk import Desk
from estate.admin.registry import reader
from estate.api import OraError

HEADINGS = ("Id", "Operation", "Name", "Rows", "Bytes", "Cost (%CPU)")


@reader("DBMS_XPLAN.DISPLAY_CURSOR", "LINES", sql_id=None, cursor_child_no=0, format="TYPICAL")
def display_cursor(desk: Desk, *, sql_id: str | None, cursor_child_no: float | None, format: str | None) -> list[str]:
    """The plan of a cursor in the shared pool, of the session's last statement without ``sql_id``."""
    if not desk.database.catalog.rights(desk.ctx).reads_dictionary("V_$SQL_PLAN"):
        return ["User has no SELECT privilege on V$SQL_PLAN", ""]
    child = int(cursor_child_no or 0)
    name = sql_id or desk.tables.value("SELECT PREV_SQL_ID FROM {GV$SESSION} WHERE SID = ? AND INST_ID = ?",
                                       desk.ctx.sid, desk.ctx.inst_id)
    text = desk.tables.value("SELECT SQL_TEXT FROM {GV$SQL} WHERE SQL_ID = ? AND INST_ID = ?", name, desk.ctx.inst_id)
    if text is None:
        return [f"SQL_ID: {name}, child number: {child} cannot be found", ""]
    head = [f"SQL_ID  {name}, child number {child}", "-" * 37, *str(text).splitlines(), ""]
    steps = _steps(desk, str(name))
    if not steps or child:
        return [*head, f"NOTE: cannot fetch plan for SQL_ID: {name}, CHILD_NUMBER: {child}",
                "      Please verify value of SQL_ID and CHILD_NUMBER; ",
                "      It could also be that the plan is no longer in cursor cache (check v$sql_plan)", ""]
    return [*head, *_plan(steps)]


@reader("DBMS_XPLAN.DISPLAY_AWR", "LINES", sql_id=None, plan_hash_value=None, db_id=None, format="TYPICAL")
def display_awr(desk: Desk, *, sql_id: str | None, plan_hash_value: float | None, db_id: float | None,
                format: str | None) -> list[str]:
    """The plan of a statement of the history; no line where the history has no such statement. ORA-00942 for who may
    not read it."""
    if not desk.database.catalog.rights(desk.ctx).reads_dictionary("DBA_HIST_SQL_PLAN"):
        raise OraError(942, "table or view does not exist")
    text = desk.tables.value("SELECT SQL_TEXT FROM {CDB_HIST_SQLTEXT} WHERE SQL_ID = ?", sql_id)
    steps = _steps(desk, str(sql_id))
    if text is None or not steps or plan_hash_value not in (None, steps[0]["PLAN_HASH_VALUE"]):
        return []
    return [f"SQL_ID {sql_id}", "-" * 20, *str(text).splitlines(), "", *_plan(steps)]


def _steps(desk: Desk, sql_id: str) -> list[dict[str, Any]]:
    return desk.tables.rows("GV$SQL_PLAN", "SQL_ID = ? AND INST_ID = ? AND CHILD_NUMBER = 0 ORDER BY ID", sql_id,
                            desk.ctx.inst_id)


def _plan(steps: list[dict[str, Any]]) -> list[str]:
    cells = [HEADINGS, *map(_cells, steps)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(HEADINGS))]
    lines = ["| " + " | ".join(_fitted(row[place], place, widths[place]) for place in range(len(HEADINGS))) + " |"
             for row in cells]
    rule = "-" * len(lines[0])
    return [f"Plan hash value: {steps[0]['PLAN_HASH_VALUE']}", "", rule, lines[0], rule, *lines[1:], rule, ""]


def _fitted(text: str, place: int, width: int) -> str:
    return text.ljust(width) if place in (1, 2) else text.rjust(width)


def _cells(step: dict[str, Any]) -> tuple[str, ...]:
    operation = " " * int(step["DEPTH"] or 0) + " ".join(filter(None, (step["OPERATION"], step["OPTIONS"])))
    shown = ["" if step[key] is None else str(step[key]) for key in ("CARDINALITY", "BYTES", "COST")]
    return (str(step["ID"]), operation, step["OBJECT_NAME"] or "", *shown)
