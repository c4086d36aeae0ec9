# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may see and change what, from CDB_ROLE_PRIVS, CDB_SYS_PRIVS and CDB_TAB_PRIVS."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

# Dictionary objects that SELECT ANY DICTIONARY has not covered since 12c.
HIDDEN = frozenset({"USER$", "DEFAULT_PWD$", "ENC$", "LINK$", "USER_HISTORY$", "XS$VERIFIERS"})
# Objects whose SELECT the catalogue role lacks.
NOT_IN_CATALOG_ROLE = HIDDEN | {"UNIFIED_AUDIT_TRAIL", "CDB_UNIFIED_AUDIT_TRAIL", "AUD$"}
AUDITED = frozenset({"UNIFIED_AUDIT_TRAIL", "CDB_UNIFIED_AUDIT_TRAIL", "AUDIT_UNIFIED_POLICIES",
                     "AUDIT_UNIFIED_ENABLED_POLICIES",
                     "AUDIT_UNIFIED_CONTEXTS", "AUDIT_UNIFIED_POLICY_COMMENTS", "DBA_AUDIT_MGMT_CONFIG_PARAMS",
                     "DBA_AUDIT_TRAIL"})
READ = frozenset({"SELECT", "READ"})


@cache
def public_objects() -> frozenset[str]:
    """Dictionary objects that PUBLIC may read (beside ALL_, USER_ and the like)."""
    return frozenset((Path(__file__).parent / "views" / "public.txt").read_text(encoding="utf-8").split())


@dataclass(frozen=True, slots=True)
class Rights:
    """What one user with some roles enabled may do in one container."""

    user: str
    roles: frozenset[str]
    system: frozenset[str]
    objects: dict[tuple[str, str], frozenset[str]]
    schemas: dict[str, frozenset[str]]

    @property
    def sys(self) -> bool:
        """Whether the user is SYS."""
        return self.user == "SYS"

    def has(self, privilege: str) -> bool:
        """A system privilege, directly or through a role."""
        return self.sys or privilege in self.system

    def on(self, owner: str, name: str) -> frozenset[str]:
        """Object privileges on one object."""
        return self.objects.get((owner, name), frozenset())

    def reads_dictionary(self, name: str) -> bool:
        """Whether a dictionary object (V_$SESSION, DBA_USERS) may be selected from."""
        if self.sys or is_public(name):
            return True
        if "SELECT ANY DICTIONARY" in self.system and name not in HIDDEN:
            return True
        if "SELECT_CATALOG_ROLE" in self.roles and name not in NOT_IN_CATALOG_ROLE:
            return True
        if name in AUDITED and self.roles & {"AUDIT_ADMIN", "AUDIT_VIEWER"}:
            return True
        return bool((self.on("SYS", name) | self.on("AUDSYS", name) | self.on("PERFSTAT", name)) & READ)

    def may(self, action: str, owner: str, name: str) -> bool:
        """Whether SELECT, INSERT, UPDATE or DELETE on a user's table or view is allowed."""
        if self.sys or owner == self.user:
            return True
        any_of = {"SELECT": {"SELECT ANY TABLE", "READ ANY TABLE"}}.get(action, {f"{action} ANY TABLE"})
        wanted = READ if action == "SELECT" else {action}
        if owner not in ("SYS", "AUDSYS") and (any_of & self.system or any_of & self.schemas.get(owner, frozenset())):
            return True
        return bool(self.on(owner, name) & wanted)

    def sees(self, owner: str, name: str) -> bool:
        """Whether the object is known to the user at all: decides between ORA-00942 and ORA-01031."""
        return self.may("SELECT", owner, name) or bool(self.on(owner, name))


def is_public(name: str) -> bool:
    """Whether a view is readable without a grant: ALL_, USER_ and what PUBLIC holds."""
    return name.startswith(("ALL_", "USER_")) or name in public_objects()


def roles_of(store: Any, con_id: int, grantees: set[str]) -> frozenset[str]:
    """Roles granted to some grantees, and those granted to these roles, as deep as they go."""
    rows = store.rows('SELECT GRANTEE, GRANTED_ROLE FROM "CDB_ROLE_PRIVS" WHERE CON_ID = ?', con_id)
    granted: dict[str, set[str]] = {}
    for row in rows:
        granted.setdefault(row["GRANTEE"], set()).add(row["GRANTED_ROLE"])
    found: set[str] = set()
    todo = [*grantees]
    while todo:
        for role in granted.get(todo.pop(), set()) - found:
            found.add(role)
            todo.append(role)
    return frozenset(found)


def default_roles(store: Any, con_id: int, user: str) -> frozenset[str]:
    """The roles that a new session of the user has enabled."""
    rows = store.rows('SELECT GRANTED_ROLE FROM "CDB_ROLE_PRIVS" WHERE CON_ID = ? AND GRANTEE IN (?, \'PUBLIC\') AND '
                      "coalesce(DEFAULT_ROLE, 'YES') = 'YES'", con_id, user)
    direct = {row["GRANTED_ROLE"] for row in rows}
    return frozenset(direct | roles_of(store, con_id, direct))


def rights_of(store: Any, con_id: int, user: str, roles: frozenset[str]) -> Rights:
    """Collect what the user, PUBLIC and the enabled roles were granted in a container."""
    who = {user, "PUBLIC", *roles}
    system = {row["PRIVILEGE"] for row in store.rows('SELECT GRANTEE, PRIVILEGE FROM "CDB_SYS_PRIVS" WHERE CON_ID = ?',
                                                     con_id)
              if row["GRANTEE"] in who}
    objects: dict[tuple[str, str], set[str]] = {}
    for row in store.rows('SELECT GRANTEE, OWNER, TABLE_NAME, PRIVILEGE FROM "CDB_TAB_PRIVS" WHERE CON_ID = ?', con_id):
        if row["GRANTEE"] in who:
            objects.setdefault((row["OWNER"], row["TABLE_NAME"]), set()).add(row["PRIVILEGE"])
    schemas: dict[str, set[str]] = {}
    if store.kind("CDB_SCHEMA_PRIVS"):
        for row in store.rows('SELECT GRANTEE, "SCHEMA", PRIVILEGE FROM "CDB_SCHEMA_PRIVS" WHERE CON_ID = ?', con_id):
            if row["GRANTEE"] in who:
                schemas.setdefault(row["SCHEMA"], set()).add(row["PRIVILEGE"])
    return Rights(user, roles, frozenset(system), {key: frozenset(value) for key, value in objects.items()},
                  {key: frozenset(value) for key, value in schemas.items()})
