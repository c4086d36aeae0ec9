# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CREATE, ALTER and DROP PROFILE."""

from __future__ import annotations

from estate.admin.desk import Desk
from estate.admin.registry import statement
from estate.admin.words import Words
from estate.api import OraError, Result

KERNEL = ("COMPOSITE_LIMIT", "SESSIONS_PER_USER", "CPU_PER_SESSION", "CPU_PER_CALL", "LOGICAL_READS_PER_SESSION",
          "LOGICAL_READS_PER_CALL", "IDLE_TIME", "CONNECT_TIME", "PRIVATE_SGA")
PASSWORD = ("FAILED_LOGIN_ATTEMPTS", "PASSWORD_LIFE_TIME", "PASSWORD_REUSE_TIME", "PASSWORD_REUSE_MAX",
            "PASSWORD_VERIFY_FUNCTION", "PASSWORD_LOCK_TIME", "PASSWORD_GRACE_TIME", "INACTIVE_ACCOUNT_TIME",
            "PASSWORD_ROLLOVER_TIME")


@statement("CREATE PROFILE")
def create_profile(desk: Desk, words: Words) -> Result:
    """A profile; what it does not limit is DEFAULT."""
    desk.require("CREATE PROFILE")
    name, limits, scope = _read(desk, words)
    for con_id in scope:
        if _exists(desk, name, con_id):
            raise OraError(2379, f"profile {name} already exists")
        for resource in (*KERNEL, *PASSWORD):
            desk.tables.insert("CDB_PROFILES", {
                "PROFILE": name, "RESOURCE_NAME": resource,
                "RESOURCE_TYPE": "KERNEL" if resource in KERNEL else "PASSWORD",
                "LIMIT": limits.get(resource, "DEFAULT"), "COMMON": "YES" if len(scope) > 1 else "NO",
                "INHERITED": "NO",
                "IMPLICIT": "NO", "CON_ID": con_id})
    return desk.done()


@statement("ALTER PROFILE")
def alter_profile(desk: Desk, words: Words) -> Result:
    """Change limits of a profile."""
    desk.require("ALTER PROFILE")
    name, limits, _ = _read(desk, words, existing=True)
    if not _exists(desk, name, desk.con_id):
        raise OraError(2380, f"profile {name} does not exist")
    for resource, value in limits.items():
        desk.tables.update("CDB_PROFILES", {"LIMIT": value}, "PROFILE = ? AND RESOURCE_NAME = ? AND CON_ID = ?",
                           name, resource, desk.con_id)
    return desk.done()


@statement("DROP PROFILE")
def drop_profile(desk: Desk, words: Words) -> Result:
    """Remove a profile; with CASCADE its users go back to DEFAULT."""
    desk.require("DROP PROFILE")
    name, cascade = words.dropped(2377, "missing profile name")
    if name == "DEFAULT":
        raise OraError(931, "missing or invalid identifier")
    if not _exists(desk, name, desk.con_id):
        raise OraError(2380, f"profile {name} does not exist")
    if desk.tables.rows("CDB_USERS", "PROFILE = ?", name) and not cascade:
        raise OraError(2382, f"profile {name} has users assigned, cannot drop without CASCADE")
    desk.tables.update("CDB_USERS", {"PROFILE": "DEFAULT"}, "PROFILE = ?", name)
    desk.tables.delete("CDB_PROFILES", "PROFILE = ?", name)
    return desk.done()


def _exists(desk: Desk, name: str, con_id: int) -> bool:
    return bool(desk.tables.rows("CDB_PROFILES", "PROFILE = ? AND CON_ID = ?", name, con_id))


def _read(desk: Desk, words: Words, *, existing: bool = False) -> tuple[str, dict[str, str], list[int]]:
    name = words.name(2377, "missing profile name")
    words.need("LIMIT")
    limits: dict[str, str] = {}
    container = None
    while words.more():
        if words.take("CONTAINER", "="):
            container = words.one_of("ALL", "CURRENT")
            continue
        resource = words.name(2376, "invalid or redundant resource")
        if resource not in (*KERNEL, *PASSWORD) or resource in limits:
            raise words.error(2376, "invalid or redundant resource")
        limits[resource] = _limit(words)
    if not limits:
        raise words.error(2376, "invalid or redundant resource")
    return name, limits, desk.scope_of(name, container, existing=existing)


def _limit(words: Words) -> str:
    value = words.literal().upper()
    if words.take("/"):
        # Days as a fraction (1/24): the view shows what it comes to.
        value = f"{float(value) / float(words.literal()):.4f}".lstrip("0")
    return value
