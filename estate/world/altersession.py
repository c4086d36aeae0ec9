# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ALTER SESSION and SET ROLE: what a session says about itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from estate.api import OraError, Result
from estate.dictionary import privileges

if TYPE_CHECKING:
    from estate.world.sessions import WorldSession

_SET = re.compile(r"\s*ALTER\s+SESSION\s+SET\s+(.+?)\s*;?\s*$", re.IGNORECASE | re.DOTALL)
_OTHER = re.compile(r"\s*ALTER\s+SESSION\s+(ENABLE|DISABLE|FORCE|ADVISE|CLOSE|SYNC)\b", re.IGNORECASE)
_ROLE = re.compile(r"\s*SET\s+ROLE\s+(.+?)\s*;?\s*$", re.IGNORECASE | re.DOTALL)
_ONE = re.compile(r'\s*([A-Za-z_$#]\w*)\s*=\s*(\'(?:[^\']|\'\')*\'|"[^"]*"|READ\s+COMMITTED\b|[^\s\'"]+)',
                  re.IGNORECASE)


def is_own(sql: str) -> bool:
    """Whether the statement is ALTER SESSION or SET ROLE."""
    return bool(_SET.match(sql) or _OTHER.match(sql) or _ROLE.match(sql))


def run(session: WorldSession, sql: str) -> Result | None:
    """Carry the statement out; None for any other statement."""
    if sql.lstrip()[:1] not in "aAsS":
        return None
    found, role = _SET.match(sql), _ROLE.match(sql)
    if found:
        _set_all(session, found[1])
    elif role:
        _set_role(session, role[1])
    elif not _OTHER.match(sql):
        return None
    return Result(kind="ddl")


def _set_all(session: WorldSession, text: str) -> None:
    position = 0
    while position < len(text):
        item = _ONE.match(text, position)
        if not item:
            raise OraError(922, "missing or invalid option")
        _set(session, item[1].upper(), item[2])
        position = item.end()
        rest = text[position:].strip()
        if rest.upper().startswith("SERVICE") or not rest:
            return


def _plain(value: str) -> str:
    if value[0] in "'\"":
        return value[1:-1].replace("''", "'")
    return value


def _set(session: WorldSession, name: str, raw: str) -> None:
    value = _plain(raw)
    if name == "CONTAINER":
        return _container(session, value if raw.startswith('"') else value.upper())
    if name == "CURRENT_SCHEMA":
        return _schema(session, value if raw.startswith('"') else value.upper())
    if name.startswith("NLS_") or name in ("TIME_ZONE", "ERROR_ON_OVERLAP_TIME"):
        session.ctx.nls[name] = value
        return None
    if name in ("CONSTRAINT", "CONSTRAINTS"):
        return session.defer_constraints(value.upper())
    if name in ("ISOLATION_LEVEL", "EVENTS", "EDITION", "INSTANCE", "DEFAULT_COLLATION",
                "SQL_TRANSLATION_PROFILE", "ROW"):
        return None
    row = session.database.store.rows('SELECT ISSES_MODIFIABLE FROM "GV$SYSTEM_PARAMETER" WHERE NAME = ? AND '
                                      'INST_ID = ?', name.lower(), session.ctx.inst_id)
    if not row and not name.startswith("_"):
        raise OraError(2248, "invalid option for ALTER SESSION")
    if row and row[0]["ISSES_MODIFIABLE"] != "TRUE":
        raise OraError(2096, "specified initialization parameter is not modifiable with this option")
    session.ctx.attributes[f"parameter:{name.lower()}"] = value
    return None


def _container(session: WorldSession, name: str) -> None:
    ctx, store = session.ctx, session.database.store
    if not session.database.spec.cdb:
        raise OraError(65090, "operation only allowed in a container database")
    if session.in_transaction:
        raise OraError(65023, "active transaction exists in container " + ctx.con_name)
    rows = store.rows('SELECT CON_ID, NAME, OPEN_MODE FROM "_CONTAINER" WHERE NAME = ?', name)
    if not rows:
        raise OraError(65011, f"Pluggable database {name} does not exist.")
    target = rows[0]["CON_ID"]
    if target != ctx.con_id and not session.database.catalog.rights(ctx).has("SET CONTAINER"):
        raise OraError(1031, "insufficient privileges")
    if not store.value('SELECT 1 FROM "CDB_USERS" WHERE USERNAME = ? AND CON_ID = ?', ctx.user,
                       target) and ctx.user != "SYS":
        raise OraError(1435, "user does not exist")
    if target > 1 and not rows[0]["OPEN_MODE"].startswith("READ") and ctx.user != "SYS":
        raise OraError(1109, "database not open")
    ctx.con_id, ctx.con_name, ctx.schema = target, rows[0]["NAME"], ctx.user
    ctx.enabled_roles = privileges.default_roles(store, target, ctx.user)


def _schema(session: WorldSession, name: str) -> None:
    if not session.database.store.value('SELECT 1 FROM "CDB_USERS" WHERE USERNAME = ? AND CON_ID = ?', name,
                                        session.ctx.con_id):
        raise OraError(1435, "user does not exist")
    session.ctx.schema = name


def _set_role(session: WorldSession, text: str) -> None:
    ctx, store = session.ctx, session.database.store
    granted = {row["GRANTED_ROLE"]
               for row in store.rows(
                   'SELECT GRANTED_ROLE FROM "CDB_ROLE_PRIVS" WHERE GRANTEE IN (?, \'PUBLIC\') AND CON_ID = ?',
                   ctx.user, ctx.con_id)}
    words = text.upper()
    if words == "NONE":
        chosen: set[str] = set()
    elif words.startswith("ALL"):
        chosen = granted - {part.strip() for part in words.partition("EXCEPT")[2].split(",")}
    else:
        chosen = {re.split(r"\s+IDENTIFIED\s+BY\s+", part.strip())[0] for part in words.split(",")}
        unknown = chosen - granted
        if unknown:
            raise OraError(1924, f"role '{min(unknown)}' not granted or does not exist")
    ctx.enabled_roles = frozenset(chosen | privileges.roles_of(store, ctx.con_id, chosen))
