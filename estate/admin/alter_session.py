# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ALTER SESSION: NLS settings, current schema, container, session parameters; SET ROLE."""

from __future__ import annotations

from estate.admin import parameters
from estate.admin.desk import Desk
from estate.admin.registry import statement
from estate.admin.words import Words
from estate.api import OraError, Result

NLS = frozenset({
    "NLS_DATE_FORMAT", "NLS_TIMESTAMP_FORMAT", "NLS_TIMESTAMP_TZ_FORMAT", "NLS_TIME_FORMAT", "NLS_TIME_TZ_FORMAT",
    "NLS_LANGUAGE",
    "NLS_TERRITORY", "NLS_NUMERIC_CHARACTERS", "NLS_SORT", "NLS_COMP", "NLS_DATE_LANGUAGE", "NLS_CURRENCY",
    "NLS_ISO_CURRENCY",
    "NLS_DUAL_CURRENCY", "NLS_CALENDAR", "NLS_LENGTH_SEMANTICS", "NLS_NCHAR_CONV_EXCP",
})
PLAIN = ("ENABLE PARALLEL DML", "DISABLE PARALLEL DML", "FORCE PARALLEL DML", "ENABLE PARALLEL QUERY",
         "DISABLE PARALLEL QUERY",
         "FORCE PARALLEL QUERY", "ENABLE PARALLEL DDL", "DISABLE PARALLEL DDL", "ENABLE RESUMABLE", "DISABLE RESUMABLE",
         "ENABLE COMMIT IN PROCEDURE", "DISABLE COMMIT IN PROCEDURE", "ENABLE GUARD", "DISABLE GUARD")


@statement("ALTER SESSION")
def alter_session(desk: Desk, words: Words) -> Result:
    """SET name = value ..., or one of the switches; ORA-02248 for an option that there is none of."""
    if words.take("SET"):
        while words.more():
            _set(desk, words)
        return desk.done("other")
    if words.take("CLOSE", "DATABASE", "LINK"):
        raise OraError(2081, f"database link {words.name()} is not open")
    if words.one_of(*PLAIN) is None:
        raise words.error(2248, "invalid option for ALTER SESSION")
    words.one_of("PARALLEL") and words.integer()
    return desk.done("other")


def _set(desk: Desk, words: Words) -> None:
    position = words.position
    if words.take("EVENTS"):
        words.text()
        return
    name = words.name(2248, "invalid option for ALTER SESSION")
    words.need("=", code=927, message="missing equal sign")
    value = words.literal()
    if name in NLS:
        desk.session_nls(name, value)
    elif name == "CURRENT_SCHEMA":
        _schema(desk, value)
    elif name == "CONTAINER":
        _container(desk, words, value.upper())
    elif name == "TIME_ZONE":
        desk.session_nls("TIME_ZONE", value)
    elif name in ("EDITION", "ISOLATION_LEVEL", "ROW ARCHIVAL VISIBILITY", "CONSTRAINTS", "DEFAULT_COLLATION"):
        return
    else:
        _parameter(desk, name, value, position)


def _schema(desk: Desk, value: str) -> None:
    if not desk.tables.value("SELECT 1 FROM {CDB_USERS} WHERE USERNAME = ? AND CON_ID = ?", value.upper(), desk.con_id):
        raise OraError(1435, "user does not exist")
    desk.session_attributes(current_schema=value.upper())


def _container(desk: Desk, words: Words, name: str) -> None:
    while words.take("$"):
        name += "$" + words.name()
    if not desk.is_cdb:
        raise OraError(65090, "operation only allowed in a container database")
    if not desk.has("SET CONTAINER") and not desk.administrative:
        raise OraError(1031, "insufficient privileges")
    rows = desk.tables.rows("_CONTAINER", "NAME = ?", name)
    if not rows:
        raise OraError(65011, f"Pluggable database {name} does not exist.")
    if rows[0]["OPEN_MODE"] == "MOUNTED" and not desk.administrative:
        raise OraError(1109, "database not open")
    desk.session_container(rows[0]["CON_ID"], name)


def _parameter(desk: Desk, name: str, value: str, position: int) -> None:
    rows = desk.tables.rows("GV$SYSTEM_PARAMETER", "NAME = ? AND INST_ID = ?", name.lower(), desk.instance_number)
    if not rows:
        if name.startswith("_"):
            return
        raise OraError(2248, "invalid option for ALTER SESSION", position)
    if rows[0].get("ISSES_MODIFIABLE") == "FALSE":
        raise OraError(2096, "specified initialization parameter is not modifiable with this option", position)
    parameters.checked(rows[0], value)


@statement("SET ROLE")
def set_role(desk: Desk, words: Words) -> Result:
    """Enable roles of the session: ALL, NONE or named ones that are granted."""
    if words.take("ALL"):
        desk.session_roles(None)
    elif words.take("NONE"):
        desk.session_roles(())
    else:
        names = [words.name()]
        while words.take(","):
            names.append(words.name())
        for name in names:
            if name not in desk.grantees:
                raise OraError(1924, f"role '{name}' not granted or does not exist")
        desk.session_roles(tuple(names))
    words.end()
    return desk.done("other")
