# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DBMS_METADATA.GET_DDL of tablespaces and roles, from the dictionary. Another type is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from estate.admin.desk import Desk
from estate.admin.registry import REQUIRED, reader
from estate.api import OraError
from estate.sql.errors import unsupported


@reader("DBMS_METADATA.GET_DDL", "CLOB", object_type=REQUIRED, name=REQUIRED, schema=None, version="COMPATIBLE",
        model="ORACLE", transform="DDL")
def get_ddl(desk: Desk, *, object_type: str, name: str, schema: str | None, version: str, model: str,
            transform: str) -> str:
    """The statement that makes an object. ORA-31603 where there is none or the caller may not see it."""
    build = BUILDERS.get(str(object_type).upper())
    if build is None:
        raise unsupported(f"DBMS_METADATA.GET_DDL of {object_type}")
    found = build(desk, name) if _sees(desk) else None
    if found is None:
        raise OraError(31603, f'object "{name}" of type {str(object_type).upper()} not found in schema '
                              f'"{schema or desk.ctx.schema}"')
    return found


def _sees(desk: Desk) -> bool:
    return desk.ctx.user == "SYS" or "SELECT_CATALOG_ROLE" in desk.grantees


def _row(desk: Desk, view: str, column: str, name: str) -> dict[str, Any] | None:
    return next(iter(desk.tables.rows(view, f"{column} = ? AND CON_ID = ?", name, desk.con_id)), None)


def _tablespace(desk: Desk, name: str) -> str | None:
    row = _row(desk, "CDB_TABLESPACES", "TABLESPACE_NAME", name)
    if row is None:
        return None
    kind = str(row["CONTENTS"])
    view, word = ("CDB_TEMP_FILES", "TEMPFILE") if kind == "TEMPORARY" else ("CDB_DATA_FILES", "DATAFILE")
    files = desk.tables.rows(view, "TABLESPACE_NAME = ? AND CON_ID = ? ORDER BY FILE_ID", name, desk.con_id)
    head = {"TEMPORARY": "TEMPORARY ", "UNDO": "UNDO "}.get(kind, "") + "TABLESPACE"
    big = "BIGFILE " if row["BIGFILE"] == "YES" else ""
    lines = [f'\n  CREATE {big}{head} "{name}" {word} ', ",\n".join(_file(row, one) for one in files)]
    if kind == "PERMANENT":
        lines.append(f"  {row['LOGGING']} {'ONLINE' if row['STATUS'] == 'ONLINE' else 'OFFLINE'} PERMANENT "
                     f"BLOCKSIZE {row['BLOCK_SIZE']}")
    lines.append("  EXTENT MANAGEMENT LOCAL " + ("AUTOALLOCATE" if row["ALLOCATION_TYPE"] == "SYSTEM"
                                                 else f"UNIFORM SIZE {row['INITIAL_EXTENT']}"))
    if kind == "PERMANENT":
        lines[-1] += f" SEGMENT SPACE MANAGEMENT {row['SEGMENT_SPACE_MANAGEMENT']}"
    return "\n".join(lines)


def _file(tablespace: dict[str, Any], file: dict[str, Any]) -> str:
    text = f"  '{file['FILE_NAME']}' SIZE {file['BYTES']}"
    if file["AUTOEXTENSIBLE"] == "YES":
        step = int(file["INCREMENT_BY"]) * int(tablespace["BLOCK_SIZE"])
        text += f"\n  AUTOEXTEND ON NEXT {step} MAXSIZE {int(file['MAXBYTES']) >> 20}M"
    return text


def _role(desk: Desk, name: str) -> str | None:
    return f'\n   CREATE ROLE "{name}"' if _row(desk, "CDB_ROLES", "ROLE", name) else None


BUILDERS: dict[str, Callable[[Desk, str], str | None]] = {"TABLESPACE": _tablespace, "ROLE": _role}
