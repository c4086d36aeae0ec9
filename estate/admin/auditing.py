# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Audit policies (unified) and the traditional AUDIT and NOAUDIT."""

from __future__ import annotations

from typing import Any

from estate.admin.desk import Desk
from estate.admin.registry import statement
from estate.admin.words import Words
from estate.api import OraError, Result

ACTION_ENDS = (",", "ON", "ACTIONS", "PRIVILEGES", "ROLES", "WHEN", "CONTAINER", "ONLY")
OBJECT_COLUMNS = {
    "ALTER": "ALT", "AUDIT": "AUD", "COMMENT": "COM", "DELETE": "DEL", "GRANT": "GRA", "INDEX": "IND", "INSERT": "INS",
    "LOCK": "LOC", "RENAME": "REN", "SELECT": "SEL", "UPDATE": "UPD", "EXECUTE": "EXE", "READ": "REA", "WRITE": "WRI",
    "FLASHBACK": "FBK",
}


def _may(desk: Desk) -> None:
    if not (desk.has("AUDIT SYSTEM") or desk.has_role("AUDIT_ADMIN")):
        raise OraError(1031, "insufficient privileges")


@statement("CREATE AUDIT POLICY")
def create_policy(desk: Desk, words: Words) -> Result:
    """A unified audit policy: PRIVILEGES, ACTIONS [ON object], ROLES, WHEN ... EVALUATE PER, ONLY TOPLEVEL."""
    _may(desk)
    name = words.name()
    if desk.tables.rows("AUDIT_UNIFIED_POLICIES", "POLICY_NAME = ?", name):
        raise OraError(46358, f"Audit policy {name} already exists.")
    options = _options(words)
    tail = _tail(words)
    if not options:
        raise OraError(46373, f"Audit policy '{name}' must have at least one audit option.")
    for option in options:
        desk.tables.insert("AUDIT_UNIFIED_POLICIES", {
            "POLICY_NAME": name, "AUDIT_CONDITION": "NONE", "CONDITION_EVAL_OPT": "NONE", "OBJECT_SCHEMA": "NONE",
            "OBJECT_NAME": "NONE", "OBJECT_TYPE": "NONE", "COMMON": "NO" if desk.is_cdb else None, "INHERITED": "NO",
            "AUDIT_ONLY_TOPLEVEL": "NO", **option, **tail})
    return desk.done()


def _options(words: Words) -> list[dict[str, Any]]:
    options: list[dict[str, Any]] = []
    while kind := words.one_of("PRIVILEGES", "ACTIONS", "ROLES"):
        words.take("COMPONENT", "=") and words.name()
        options.append(_option(words, kind))
        while words.take(","):
            options.append(_option(words, kind))
    return options


def _option(words: Words, kind: str) -> dict[str, Any]:
    parts = [words.name(46350, "Parsing error in audit policy")]
    while words.next is not None and not any(words.peek(stop) for stop in ACTION_ENDS):
        parts.append(words.name(46350, "Parsing error in audit policy"))
    types = {"PRIVILEGES": "SYSTEM PRIVILEGE", "ACTIONS": "STANDARD ACTION", "ROLES": "ROLE PRIVILEGE"}
    option = {"AUDIT_OPTION": " ".join(parts), "AUDIT_OPTION_TYPE": types[kind]}
    if kind == "ACTIONS" and words.take("ON"):
        words.one_of("DIRECTORY", "MINING MODEL")
        owner, name = words.dotted()
        option.update(AUDIT_OPTION_TYPE="OBJECT ACTION", OBJECT_SCHEMA=owner or "NONE", OBJECT_NAME=name,
                      OBJECT_TYPE="TABLE")
    return option


def _tail(words: Words) -> dict[str, Any]:
    tail: dict[str, Any] = {}
    while words.more():
        if words.take("WHEN"):
            tail["AUDIT_CONDITION"] = words.text(46368, "Audit policy does not have a simple rule condition.")
            words.need("EVALUATE", "PER")
            tail["CONDITION_EVAL_OPT"] = words.one_of("STATEMENT", "SESSION", "INSTANCE")
        elif words.take("ONLY", "TOPLEVEL"):
            tail["AUDIT_ONLY_TOPLEVEL"] = "YES"
        elif words.take("CONTAINER", "="):
            tail["COMMON"] = "YES" if words.one_of("ALL", "CURRENT") == "ALL" else "NO"
        else:
            raise words.unknown("CREATE AUDIT POLICY")
    return tail


@statement("DROP AUDIT POLICY")
def drop_policy(desk: Desk, words: Words) -> Result:
    """Remove a policy that is not enabled."""
    _may(desk)
    name = _policy(desk, words)
    words.end()
    if desk.tables.rows("AUDIT_UNIFIED_ENABLED_POLICIES", "POLICY_NAME = ?", name):
        raise OraError(46361, "Audit policy cannot be dropped as it is currently enabled.")
    desk.tables.delete("AUDIT_UNIFIED_POLICIES", "POLICY_NAME = ?", name)
    return desk.done()


def _policy(desk: Desk, words: Words) -> str:
    name = words.name()
    if not desk.tables.rows("AUDIT_UNIFIED_POLICIES", "POLICY_NAME = ?", name):
        raise OraError(46357, f"Audit policy {name} not found.")
    return name


@statement("AUDIT POLICY")
def audit_policy(desk: Desk, words: Words) -> Result:
    """Enable a policy: BY users, EXCEPT users, BY USERS WITH GRANTED ROLES, WHENEVER [NOT] SUCCESSFUL."""
    _may(desk)
    name = _policy(desk, words)
    option, kind, entities = _entities(words)
    success, failure = _whenever(words)
    words.end()
    for entity in entities:
        desk.tables.delete("AUDIT_UNIFIED_ENABLED_POLICIES", "POLICY_NAME = ? AND ENTITY_NAME = ?", name, entity)
        desk.tables.insert("AUDIT_UNIFIED_ENABLED_POLICIES", {
            "POLICY_NAME": name, "ENABLED_OPTION": option, "ENTITY_NAME": entity, "ENTITY_TYPE": kind,
            "SUCCESS": success,
            "FAILURE": failure, "USER_NAME": entity, "ENABLED_OPT": option.split()[0]})
    return desk.done()


@statement("NOAUDIT POLICY")
def noaudit_policy(desk: Desk, words: Words) -> Result:
    """Disable a policy, for named users or for all."""
    _may(desk)
    name = _policy(desk, words)
    given = words.more()
    _, _, entities = _entities(words)
    words.end()
    where, args = ("POLICY_NAME = ?", [name])
    if given:
        where, args = f"{where} AND ENTITY_NAME IN ({','.join('?' * len(entities))})", [name, *entities]
    desk.tables.delete("AUDIT_UNIFIED_ENABLED_POLICIES", where, *args)
    return desk.done()


def _entities(words: Words) -> tuple[str, str, list[str]]:
    if words.take("BY", "USERS", "WITH", "GRANTED", "ROLES"):
        return "BY GRANTED ROLE", "ROLE", _names(words)
    if words.take("BY"):
        return "BY USER", "USER", _names(words)
    if words.take("EXCEPT"):
        return "EXCEPT USER", "USER", _names(words)
    return "BY USER", "USER", ["ALL USERS"]


def _names(words: Words) -> list[str]:
    names = [words.name()]
    while words.take(","):
        names.append(words.name())
    return names


def _whenever(words: Words) -> tuple[str, str]:
    if not words.take("WHENEVER"):
        return "YES", "YES"
    negated = words.take("NOT")
    words.need("SUCCESSFUL")
    return ("NO", "YES") if negated else ("YES", "NO")


@statement("AUDIT", "NOAUDIT")
def traditional(desk: Desk, words: Words) -> Result:
    """AUDIT statement | privilege | object option [BY SESSION|ACCESS] [WHENEVER ...], and its opposite."""
    enable = words.sql.split(None, 1)[0].upper() == "AUDIT"
    _may(desk)
    options = [_traditional_option(words)]
    while words.take(","):
        options.append(_traditional_option(words))
    target = words.dotted(942, "table or view does not exist") if words.take("ON") else None
    users: list[str | None] = [None]
    if words.take("BY"):
        mode = words.one_of("SESSION", "ACCESS")
        users = [None] if mode else list(_names(words))
    if words.take("BY"):
        words.one_of("SESSION", "ACCESS")
    success, failure = _whenever(words)
    words.end()
    for option in options:
        if target is not None:
            _object_audit(desk, option, target, success, failure, enable=enable)
            continue
        for user in users:
            _statement_audit(desk, option, user, success, failure, enable=enable)
    return desk.done()


def _traditional_option(words: Words) -> str:
    parts = [words.name(956, "missing or invalid auditing option")]
    while words.next is not None and words.next.kind == "word" and not any(
            words.peek(stop) for stop in ("ON", "BY", "WHENEVER", "CONTAINER")):
        parts.append(words.name())
    return " ".join(parts)


def _statement_audit(desk: Desk, option: str, user: str | None, success: str, failure: str, *, enable: bool) -> None:
    tables = [("CDB_STMT_AUDIT_OPTS", "AUDIT_OPTION")]
    if option in desk.system_privileges():
        tables.append(("CDB_PRIV_AUDIT_OPTS", "PRIVILEGE"))
    for table, column in tables:
        desk.tables.delete(table, f"{column} = ? AND coalesce(USER_NAME, '') = ? AND CON_ID = ?", option, user or "",
                           desk.con_id)
        if enable:
            desk.tables.insert(table, {
                "USER_NAME": user, "PROXY_NAME": None, column: option, "CON_ID": desk.con_id,
                "SUCCESS": "BY ACCESS" if success == "YES" else "NOT SET",
                "FAILURE": "BY ACCESS" if failure == "YES" else "NOT SET"})


def _object_audit(desk: Desk, option: str, target: tuple[str | None, str], success: str, failure: str, *,
                  enable: bool) -> None:
    owner, name = desk.resolve_object(target[0] or desk.ctx.schema, target[1])
    columns = list(OBJECT_COLUMNS.values()) if option == "ALL" else [OBJECT_COLUMNS.get(option)]
    if None in columns:
        raise OraError(956, "missing or invalid auditing option")
    mark = f"{'A' if success == 'YES' else '-'}/{'A' if failure == 'YES' else '-'}" if enable else "-/-"
    values = {str(column): mark for column in columns}
    if not desk.tables.update("CDB_OBJ_AUDIT_OPTS", values, "OWNER = ? AND OBJECT_NAME = ? AND CON_ID = ?",
                              owner, name, desk.con_id) and enable:
        blank = dict.fromkeys(OBJECT_COLUMNS.values(), "-/-")
        desk.tables.insert("CDB_OBJ_AUDIT_OPTS", {"OWNER": owner, "OBJECT_NAME": name, "CON_ID": desk.con_id,
                                                  "OBJECT_TYPE": desk.object_type(owner, name), **blank, **values})
