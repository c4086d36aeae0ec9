# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Initialization parameters: ALTER SYSTEM SET and RESET, in memory and in the server parameter file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from estate.admin.desk import Desk
from estate.admin.words import Words
from estate.api import OraError

BOOLEAN, STRING, INTEGER, FILE, BIG_INTEGER = 1, 2, 3, 4, 6
CHOICES = {
    "cursor_sharing": ("FORCE", "EXACT"),
    "statistics_level": ("ALL", "TYPICAL", "BASIC"),
    "optimizer_mode": ("FIRST_ROWS_1000", "FIRST_ROWS_100", "FIRST_ROWS_10", "FIRST_ROWS_1", "FIRST_ROWS", "ALL_ROWS",
                       "CHOOSE", "RULE"),
    "remote_login_passwordfile": ("SHARED", "EXCLUSIVE", "NONE"),
    "control_management_pack_access": ("DIAGNOSTIC+TUNING", "DIAGNOSTIC", "NONE"),
    "audit_trail": ("EXTENDED", "XML", "DB_EXTENDED", "OS", "NONE", "DB"),
    "db_block_checksum": ("OFF", "TYPICAL", "FULL", "TRUE", "FALSE"),
    "db_block_checking": ("OFF", "LOW", "MEDIUM", "FULL", "TRUE", "FALSE"),
    "plsql_code_type": ("INTERPRETED", "NATIVE"),
    "workarea_size_policy": ("AUTO", "MANUAL"),
}


@dataclass
class Change:
    """One ``name = value`` with the options that followed."""

    name: str
    value: str | None
    position: int
    comment: str | None = None
    deferred: bool = False
    scope: str | None = None
    sid: str | None = None


def alter(desk: Desk, words: Words) -> None:
    """``SET name = value[, value] ... [COMMENT=] [DEFERRED] [SCOPE=] [SID=]``; the options hold for all names."""
    changes = [_assignment(words)]
    while words.next is not None and words.next.kind in ("word", "quoted") and not _option(words, changes):
        changes.append(_assignment(words))
    while _option(words, changes):
        pass
    words.end()
    for change in changes:
        _apply(desk, change)


def reset(desk: Desk, words: Words) -> None:
    """``RESET name [SCOPE=] [SID=]``: forget the stored value (and take the default in memory)."""
    change = Change(_parameter_name(words), None, words.position)
    while _option(words, [change]):
        pass
    words.end()
    row = _known(desk, change)
    scope = change.scope or "SPFILE"
    if scope != "MEMORY":
        stored = desk.tables.update("GV$SPPARAMETER", {"VALUE": None, "DISPLAY_VALUE": None, "ISSPECIFIED": "FALSE"},
                                    "NAME = ? AND ISSPECIFIED = 'TRUE'", row["NAME"])
        if not stored:
            raise OraError(32010, "cannot find entry to delete in SPFILE")
    if scope != "SPFILE":
        _in_memory(desk, change, row, row.get("DEFAULT_VALUE"))


def _parameter_name(words: Words) -> str:
    name = words.name(2065, "illegal option for ALTER SYSTEM").lower()
    while words.take("."):
        name += "." + words.name().lower()
    return name


def _assignment(words: Words) -> Change:
    position = words.position
    name = _parameter_name(words)
    words.need("=", code=927, message="missing equal sign")
    values = [words.literal()]
    while words.take(","):
        values.append(words.literal())
    return Change(name, ", ".join(values), position)


def _option(words: Words, changes: list[Change]) -> bool:
    if words.take("DEFERRED"):
        for change in changes:
            change.deferred = True
        return True
    name = next((option for option in ("SCOPE", "SID", "COMMENT") if words.peek(option, "=")), None)
    if name is None:
        return False
    words.take(name, "=")
    value = words.literal()
    if name == "SCOPE" and value.upper() not in ("MEMORY", "SPFILE", "BOTH"):
        raise words.error(922, "missing or invalid option")
    for change in changes:
        setattr(change, name.lower(), value.upper() if name == "SCOPE" else value)
    return True


def _known(desk: Desk, change: Change) -> dict[str, Any]:
    rows = desk.tables.rows("GV$SYSTEM_PARAMETER", "NAME = ?", change.name)
    if not rows:
        raise OraError(2065, "illegal option for ALTER SYSTEM", change.position)
    if desk.in_pdb and rows[0].get("ISPDB_MODIFIABLE") == "FALSE":
        raise OraError(65040, "operation not allowed from within a pluggable database")
    return rows[0]


def _apply(desk: Desk, change: Change) -> None:
    row = _known(desk, change)
    change.value = checked(row, change.value or "")
    scope = change.scope or ("BOTH" if desk.uses_spfile else "MEMORY")
    if scope in ("MEMORY", "BOTH"):
        _refuse_static(row, change)
        _in_memory(desk, change, row, change.value)
    if scope in ("SPFILE", "BOTH"):
        _in_spfile(desk, change, row)
    desk.alert(f"ALTER SYSTEM SET {change.name}={_shown(row, change.value)} SCOPE={scope}"
               + (f" SID='{change.sid}'" if change.sid else "") + ";")


def _refuse_static(row: dict[str, Any], change: Change) -> None:
    modifiable = row.get("ISSYS_MODIFIABLE") or "FALSE"
    if modifiable == "FALSE":
        raise OraError(2095, "specified initialization parameter cannot be modified")
    if modifiable == "DEFERRED" and not change.deferred:
        raise OraError(2096, "specified initialization parameter is not modifiable with this option")


def _shown(row: dict[str, Any], value: str | None) -> str:
    return f"'{value}'" if row["TYPE"] in (STRING, FILE) else str(value)


def checked(row: dict[str, Any], value: str) -> str:
    """The value as the parameter's type keeps it; ORA-00096, ORA-02017 or ORA-00922 where it is none of that type."""
    kind, name = row["TYPE"], row["NAME"]
    if kind == BOOLEAN:
        if value.upper() not in ("TRUE", "FALSE"):
            raise _invalid(name, value, ("TRUE", "FALSE"))
        return value.upper()
    if kind in (INTEGER, BIG_INTEGER):
        if not value.lstrip("-").isdigit():
            raise OraError(2017, "integer value required")
        return str(int(value))
    if name in CHOICES and value.upper() not in CHOICES[name]:
        raise _invalid(name, value, CHOICES[name])
    return value


def _invalid(name: str, value: str, choices: tuple[str, ...]) -> OraError:
    return OraError(96, f"invalid value {value} for parameter {name}, must be from among {', '.join(choices)}")


def display(value: str | None, kind: int) -> str | None:
    """DISPLAY_VALUE: big integers with K, M or G where that is exact."""
    if value is None or kind != BIG_INTEGER or not value.isdigit() or int(value) == 0:
        return value
    for unit, size in (("G", 1 << 30), ("M", 1 << 20), ("K", 1 << 10)):
        if int(value) % size == 0:
            return f"{int(value) // size}{unit}"
    return value


def _instances(desk: Desk, sid: str | None) -> tuple[str, list[Any]]:
    if sid in (None, "*"):
        return "1 = 1", []
    number = desk.instance_by_name(str(sid))
    if number is None:
        raise OraError(2097, f"parameter cannot be modified because specified value is invalid: no instance {sid}")
    return "INST_ID = ?", [number]


def _in_memory(desk: Desk, change: Change, row: dict[str, Any], value: str | None) -> None:
    where, args = _instances(desk, change.sid)
    values = {"VALUE": value, "DISPLAY_VALUE": display(value, row["TYPE"]), "ISDEFAULT": "FALSE",
              "ISMODIFIED": "MODIFIED", "UPDATE_COMMENT": change.comment}
    desk.tables.update("GV$SYSTEM_PARAMETER", values, f"NAME = ? AND {where}", row["NAME"], *args)


def _in_spfile(desk: Desk, change: Change, row: dict[str, Any]) -> None:
    sid = change.sid or "*"
    values = {"VALUE": change.value, "DISPLAY_VALUE": display(change.value, row["TYPE"]), "ISSPECIFIED": "TRUE",
              "UPDATE_COMMENT": change.comment}
    if not desk.tables.update("GV$SPPARAMETER", values, "NAME = ? AND SID = ?", row["NAME"], sid):
        desk.tables.insert_everywhere("GV$SPPARAMETER", {
            "FAMILY": "", "SID": sid, "NAME": row["NAME"], "TYPE": _type_name(row["TYPE"]), "ORDINAL": 1, "CON_ID": 0,
            **values})


def _type_name(kind: int) -> str:
    names = {BOOLEAN: "boolean", STRING: "string", INTEGER: "integer", FILE: "string", BIG_INTEGER: "big integer"}
    return names.get(kind, "string")
