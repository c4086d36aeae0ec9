# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DBMS_XMLGEN: the rows of a query, given as text, as an XML document."""

from __future__ import annotations

import sqlite3
from html import escape
from typing import TYPE_CHECKING, Any

from estate.api import Column, OraError
from estate.sql.errors import ora
from estate.sql.functions.convert import datetime_to_text, number_to_text
from estate.sql.functions.registry import State, kept
from estate.sql.parse import statement_kind

if TYPE_CHECKING:
    from estate.sql.engine import Engine


def _text(state: State, value: Any, column: Column) -> str | None:
    if value is None:
        return None
    if column.type == "NUMBER":
        return number_to_text(state, value)
    if column.type == "DATE" or column.type.startswith("TIMESTAMP"):
        return datetime_to_text(state, value)
    return str(value)


def _row(state: State, row: tuple[Any, ...], columns: tuple[Column, ...]) -> str:
    """One ROW element; NULLs are left out."""
    parts = []
    for value, column in zip(row, columns, strict=True):
        text = _text(state, value, column)
        if text is not None:
            parts.append(f"  <{column.name}>{escape(text, quote=False)}</{column.name}>\n")
    return " <ROW>\n" + "".join(parts) + " </ROW>\n"


def query_as_xml(engine: Engine, state: State, text: str | None) -> str | None:
    """GETXML(text): ROWSET and ROW elements; NULL for no rows. The query sees what is committed."""
    if text is None:
        return None
    try:
        if statement_kind(text) != "query":
            raise ora(19202)
        compiled = engine.compiled(state.ctx, text, [])
        with engine.lease(state.ctx) as handle:
            try:
                rows = handle.connection.execute(compiled.plan).fetchall()
            except sqlite3.Error as error:
                raise handle.state.error or error from None
    except OraError as error:
        raise kept(state, error) from None
    if not rows:
        return None
    return '<?xml version="1.0"?>\n<ROWSET>\n' + "".join(
        _row(state, row, compiled.columns) for row in rows) + "</ROWSET>\n"
