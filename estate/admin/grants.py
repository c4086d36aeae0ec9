# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""GRANT, REVOKE, roles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from estate.admin.desk import Desk
from estate.admin.registry import statement
from estate.admin.words import Words
from estate.api import OraError, Result

OBJECT_PRIVILEGES = (
    "SELECT", "INSERT", "UPDATE", "DELETE", "EXECUTE", "READ", "WRITE", "ALTER", "INDEX", "REFERENCES", "DEBUG",
    "FLASHBACK",
    "ON COMMIT REFRESH", "QUERY REWRITE", "UNDER", "USE", "INHERIT PRIVILEGES",
)
ADMINISTRATIVE = ("SYSDBA", "SYSOPER", "SYSASM", "SYSBACKUP", "SYSDG", "SYSKM", "SYSRAC")


@dataclass
class Grant:
    """One GRANT or REVOKE as read."""

    privileges: list[str] = field(default_factory=list)
    object: tuple[str, str] | None = None
    grantees: list[str] = field(default_factory=list)
    option: str | None = None
    container: str | None = None


Handler = Callable[[Desk, Grant, str, str], None]


@statement("GRANT")
def grant(desk: Desk, words: Words) -> Result:
    """System privileges, roles, administrative privileges or object privileges to users and roles."""
    return _carry_out(desk, _read(desk, words, "TO"), GRANTING)


@statement("REVOKE")
def revoke(desk: Desk, words: Words) -> Result:
    """Take privileges or roles away again."""
    return _carry_out(desk, _read(desk, words, "FROM"), REVOKING)


def _carry_out(desk: Desk, order: Grant, handlers: dict[str, Handler]) -> Result:
    for grantee in order.grantees:
        desk.need_grantee(grantee)
        for privilege in order.privileges:
            handlers[_kind(desk, order, privilege)](desk, order, privilege, grantee)
    return desk.done()


def _kind(desk: Desk, order: Grant, privilege: str) -> str:
    """What is granted: a privilege on an object, one as SYSDBA is, all system privileges, one of them, or a role."""
    if order.object is not None:
        return "object"
    if privilege in ADMINISTRATIVE:
        return "administrative"
    if privilege in ("ALL", "ALL PRIVILEGES"):
        return "all"
    return "system" if privilege in desk.system_privileges() else "role"


def _read(desk: Desk, words: Words, direction: str) -> Grant:
    order = Grant([_privilege(words, direction)])
    while words.take(","):
        order.privileges.append(_privilege(words, direction))
    if words.take("ON"):
        kind = words.one_of("DIRECTORY", "EDITION", "USER")
        owner, name = words.dotted(942, "table or view does not exist")
        order.object = (owner or ("SYS" if kind else desk.ctx.schema), name)
    words.need(direction)
    order.grantees = [words.name(987, "missing or invalid username(s)")]
    while words.take(","):
        order.grantees.append(words.name(987, "missing or invalid username(s)"))
    _options(words, order)
    return order


def _options(words: Words, order: Grant) -> None:
    if words.take("IDENTIFIED"):
        raise words.error(922, "missing or invalid option")
    if words.take("WITH"):
        order.option = words.one_of("ADMIN OPTION", "GRANT OPTION", "HIERARCHY OPTION", "DELEGATE OPTION")
        if order.option is None:
            raise words.error(2000, "missing ADMIN or GRANT keyword")
    words.take("CASCADE", "CONSTRAINTS") or words.take("FORCE")
    if words.take("CONTAINER"):
        words.need("=", code=922, message="missing or invalid option")
        order.container = words.one_of("ALL", "CURRENT")
        if order.container is None:
            raise words.error(65013, "invalid CONTAINER clause")
    words.end()


def _privilege(words: Words, direction: str) -> str:
    parts = [words.name(990, "missing or invalid privilege")]
    while words.next is not None and not any(words.peek(stop) for stop in (",", "ON", direction, "(")):
        parts.append(words.name(990, "missing or invalid privilege"))
    if words.take("("):
        raise words.unknown("GRANT with a column list")
    if parts == ["ON"]:
        raise words.error(990, "missing or invalid privilege")
    return " ".join(parts)


def _scope(desk: Desk, order: Grant, grantee: str) -> list[int]:
    return desk.grant_scope(grantee, order.container)


def _all_grant(desk: Desk, order: Grant, _privilege: str, grantee: str) -> None:
    for name in desk.system_privileges():
        _system_grant(desk, order, name, grantee)


def _common(desk: Desk, scope: list[int]) -> str:
    return "YES" if len(scope) > 1 else "NO"


def _need_admin_option(desk: Desk, privilege: str) -> None:
    if not desk.has("GRANT ANY PRIVILEGE") and not desk.has_with_admin(privilege):
        raise OraError(1031, "insufficient privileges")


def _system_grant(desk: Desk, order: Grant, privilege: str, grantee: str) -> None:
    _need_admin_option(desk, privilege)
    scope = _scope(desk, order, grantee)
    for con_id in scope:
        row = {"GRANTEE": grantee, "PRIVILEGE": privilege, "CON_ID": con_id}
        _put(desk, "CDB_SYS_PRIVS", row, {"ADMIN_OPTION": "YES" if order.option == "ADMIN OPTION" else "NO",
                                          "COMMON": _common(desk, scope), "INHERITED": "NO"}, order.option)


def _put(desk: Desk, table: str, key: dict[str, object], values: dict[str, object], option: str | None) -> None:
    """Insert a grant, or add the option to the one that is there."""
    where = " AND ".join(f"{column} = ?" for column in key)
    if not desk.tables.rows(table, where, *key.values()):
        desk.tables.insert(table, {**key, **values})
    elif option:
        desk.tables.update(table, values, where, *key.values())


def _role_grant(desk: Desk, order: Grant, role: str, grantee: str) -> None:
    _need_role(desk, role)
    if not desk.has("GRANT ANY ROLE") and not desk.has_role_with_admin(role):
        raise OraError(1932, f"ADMIN option not granted for role '{role}'")
    if role == grantee or grantee in desk.roles_within(role):
        raise OraError(1934, "circular role grant detected")
    scope = _scope(desk, order, grantee)
    for con_id in scope:
        row = {"GRANTEE": grantee, "GRANTED_ROLE": role, "CON_ID": con_id}
        _put(desk, "CDB_ROLE_PRIVS", row, {
            "ADMIN_OPTION": "YES" if order.option == "ADMIN OPTION" else "NO", "DELEGATE_OPTION": "NO",
            "DEFAULT_ROLE": "YES", "COMMON": _common(desk, scope), "INHERITED": "NO"}, order.option)


def _need_role(desk: Desk, role: str) -> None:
    if not desk.tables.rows("CDB_ROLES", "ROLE = ? AND CON_ID = ?", role, desk.con_id):
        raise OraError(1919, f"role '{role}' does not exist") if " " not in role else OraError(
            990, "missing or invalid privilege")


def _object_privileges(privilege: str, kind: str) -> list[str]:
    if privilege in ("ALL", "ALL PRIVILEGES"):
        if kind in ("PROCEDURE", "FUNCTION", "PACKAGE", "TYPE"):
            return ["EXECUTE", "DEBUG"]
        return ["ALTER", "DELETE", "INDEX", "INSERT", "SELECT", "UPDATE", "REFERENCES", "READ", "FLASHBACK", "DEBUG"]
    if privilege not in OBJECT_PRIVILEGES:
        raise OraError(990, "missing or invalid privilege")
    return [privilege]


def _object_grant(desk: Desk, order: Grant, privilege: str, grantee: str) -> None:
    owner, name = desk.resolve_object(*(order.object or ("", "")))
    kind = desk.object_type(owner, name)
    if owner != desk.ctx.user and not desk.has("GRANT ANY OBJECT PRIVILEGE"):
        raise OraError(1031, "insufficient privileges") if desk.sees(owner, name) else OraError(
            942, "table or view does not exist")
    if grantee == desk.ctx.user:
        raise OraError(1749, "you may not GRANT/REVOKE privileges to/from yourself")
    scope = _scope(desk, order, grantee)
    for each in _object_privileges(privilege, kind):
        for con_id in scope:
            row = {"GRANTEE": grantee, "OWNER": owner, "TABLE_NAME": name, "PRIVILEGE": each, "CON_ID": con_id}
            _put(desk, "CDB_TAB_PRIVS", row, {
                "GRANTOR": owner, "GRANTABLE": "YES" if order.option == "GRANT OPTION" else "NO", "HIERARCHY": "NO",
                "COMMON": _common(desk, scope), "TYPE": kind, "INHERITED": "NO"}, order.option)


def _administrative(desk: Desk, privilege: str, grantee: str, value: str) -> None:
    if "SYSDBA" not in desk.administrative:
        raise OraError(1031, "insufficient privileges")
    if not desk.tables.update("GV$PWFILE_USERS", {privilege: value}, "USERNAME = ?", grantee):
        if value == "FALSE":
            return
        row = {"USERNAME": grantee, **{name: "FALSE" for name in ADMINISTRATIVE}, privilege: value,
               "ACCOUNT_STATUS": "OPEN", "COMMON": "YES" if desk.in_root and desk.is_cdb else "NO",
               "CON_ID": desk.con_id,
               "AUTHENTICATION_TYPE": "PASSWORD", "PASSWORD_PROFILE": "DEFAULT"}
        desk.tables.insert_everywhere("GV$PWFILE_USERS", row)


def _administrative_grant(desk: Desk, _order: Grant, privilege: str, grantee: str) -> None:
    _administrative(desk, privilege, grantee, "TRUE")


def _administrative_revoke(desk: Desk, _order: Grant, privilege: str, grantee: str) -> None:
    _administrative(desk, privilege, grantee, "FALSE")


def _all_revoke(desk: Desk, order: Grant, _privilege: str, grantee: str) -> None:
    desk.require("GRANT ANY PRIVILEGE")
    _delete(desk, order, "CDB_SYS_PRIVS", "GRANTEE = ?", grantee)


def _system_revoke(desk: Desk, order: Grant, privilege: str, grantee: str) -> None:
    _need_admin_option(desk, privilege)
    if not _delete(desk, order, "CDB_SYS_PRIVS", "GRANTEE = ? AND PRIVILEGE = ?", grantee, privilege):
        raise OraError(1952, f"system privileges not granted to '{grantee}'")


def _delete(desk: Desk, order: Grant, table: str, where: str, *args: str) -> int:
    scope = ",".join(map(str, _scope(desk, order, args[0])))
    return desk.tables.delete(table, f"{where} AND CON_ID IN ({scope})", *args)


def _role_revoke(desk: Desk, order: Grant, role: str, grantee: str) -> None:
    _need_role(desk, role)
    if not desk.has("GRANT ANY ROLE") and not desk.has_role_with_admin(role):
        raise OraError(1932, f"ADMIN option not granted for role '{role}'")
    if not _delete(desk, order, "CDB_ROLE_PRIVS", "GRANTEE = ? AND GRANTED_ROLE = ?", grantee, role):
        raise OraError(1951, f"ROLE '{role}' not granted to '{grantee}'")


def _object_revoke(desk: Desk, order: Grant, privilege: str, grantee: str) -> None:
    owner, name = desk.resolve_object(*(order.object or ("", "")))
    if owner != desk.ctx.user and not desk.has("GRANT ANY OBJECT PRIVILEGE"):
        raise OraError(1031, "insufficient privileges")
    names = _object_privileges(privilege, desk.object_type(owner, name))
    gone = sum(_delete(desk, order, "CDB_TAB_PRIVS", "GRANTEE = ? AND OWNER = ? AND TABLE_NAME = ? AND PRIVILEGE = ?",
                       grantee, owner, name, each) for each in names)
    if not gone:
        raise OraError(1927, "cannot REVOKE privileges you did not grant")


GRANTING: dict[str, Handler] = {
    "object": _object_grant, "administrative": _administrative_grant, "all": _all_grant, "system": _system_grant,
    "role": _role_grant}
REVOKING: dict[str, Handler] = {
    "object": _object_revoke, "administrative": _administrative_revoke, "all": _all_revoke, "system": _system_revoke,
    "role": _role_revoke}


@statement("CREATE ROLE")
def create_role(desk: Desk, words: Words) -> Result:
    """A role, without or with a password (NOT IDENTIFIED is the default)."""
    desk.require("CREATE ROLE")
    name = words.name(1937, "missing or invalid role name")
    if words.take("IDENTIFIED"):
        raise words.unknown("CREATE ROLE")
    words.take("NOT", "IDENTIFIED")
    container = None
    if words.take("CONTAINER", "="):
        container = words.one_of("ALL", "CURRENT")
    words.end()
    scope = desk.scope_of(name, container)
    for con_id in scope:
        taken = desk.tables.rows("CDB_ROLES", "ROLE = ? AND CON_ID = ?", name, con_id)
        if taken or desk.tables.rows("CDB_USERS", "USERNAME = ? AND CON_ID = ?", name, con_id):
            raise OraError(1921, f"role name '{name}' conflicts with another user or role name")
        desk.tables.insert("CDB_ROLES", {
            "ROLE": name, "ROLE_ID": desk.tables.value("SELECT coalesce(max(ROLE_ID), 100) + 1 FROM {CDB_ROLES}"),
            "PASSWORD_REQUIRED": "NO", "AUTHENTICATION_TYPE": "NONE", "COMMON": _common(desk, scope),
            "ORACLE_MAINTAINED": "N", "INHERITED": "NO", "IMPLICIT": "NO", "CON_ID": con_id})
        if desk.ctx.user != "SYS":
            desk.tables.insert("CDB_ROLE_PRIVS", {
                "GRANTEE": desk.ctx.user, "GRANTED_ROLE": name, "ADMIN_OPTION": "YES", "DELEGATE_OPTION": "NO",
                "DEFAULT_ROLE": "YES", "COMMON": _common(desk, scope), "INHERITED": "NO", "CON_ID": con_id})
    return desk.done()


@statement("DROP ROLE")
def drop_role(desk: Desk, words: Words) -> Result:
    """Remove a role and all its grants."""
    name = words.name(1937, "missing or invalid role name")
    words.end()
    _need_role(desk, name)
    if not desk.has("DROP ANY ROLE") and not desk.has_role_with_admin(name):
        raise OraError(1031, "insufficient privileges")
    if desk.tables.rows("CDB_ROLES", "ROLE = ? AND ORACLE_MAINTAINED = 'Y'", name):
        raise OraError(28050, "specified user or role cannot be dropped")
    for table, where in (("CDB_ROLES", "ROLE = ?"), ("CDB_ROLE_PRIVS", "GRANTED_ROLE = ?"),
                         ("CDB_ROLE_PRIVS", "GRANTEE = ?"),
                         ("CDB_SYS_PRIVS", "GRANTEE = ?"), ("CDB_TAB_PRIVS", "GRANTEE = ?")):
        desk.tables.delete(table, where, name)
    return desk.done()
