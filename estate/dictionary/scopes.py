# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a member of a family shows of its canonical relation: the session's instance, container, schema, rights."""

from __future__ import annotations

import sqlite3
from typing import Any

from estate.api import Column, Context
from estate.dictionary import definitions, facts, families, privileges
from estate.world.store import Store, quoted

# The column that says whose a row is, tried in this order.
OWNER_COLUMNS = ("OWNER", "TABLE_OWNER", "INDEX_OWNER", "SEQUENCE_OWNER", "TRIGGER_OWNER", "JOB_CREATOR", "GRANTEE",
                 "USERNAME", "LOG_USER")
OBJECT_COLUMNS = ("OBJECT_NAME", "TABLE_NAME", "VIEW_NAME", "SEQUENCE_NAME", "NAME", "MVIEW_NAME", "QUEUE_TABLE")

# Hidden columns of the CDB_ views; NULL where the database is no container database.
CONTAINER_NAMES = (facts.column("CON$NAME", "VARCHAR2(128)"), facts.column("CDB$NAME", "VARCHAR2(128)"))


def literal(value: Any) -> str:
    """A value as a SQLite literal."""
    if isinstance(value, (int, float)):
        return str(value)
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


def source(
    store: Store, connection: sqlite3.Connection, ctx: Context, rights: privileges.Rights, name: str,
    columns: tuple[Column, ...],
) -> str:
    """What SQLite reads for a dictionary view; the same for all sessions of a user in a place."""
    bound = definitions.definitions().get(name)
    objects = store.objects(connection)
    if bound is not None and bound.bound and name not in objects:
        return _wrapped(store, f"({_filled(bound.query, ctx)})", columns, "")
    member = families.member(name)
    if member.canonical not in objects:
        twin = families.member("DBA_" + name[4:]) if member.kind == "ALL_" else None
        if twin is None or twin.canonical not in objects:
            return _empty(columns)
        member = families.Member(name, "ALL_", twin.canonical)
    have = {column.name for column in families.columns(member.canonical, store.release) or ()}
    if member.kind == "GV$" and member.canonical.startswith("V$"):
        return _twin(store, ctx, member.canonical, columns, have)
    condition = " AND ".join(_conditions(store, ctx, rights, member, have))
    if not condition and have == {column.name for column in columns}:
        return member.canonical
    return _wrapped(store, quoted(member.canonical), columns, condition, have)


def with_container_names(inner: str) -> str:
    """A CDB_ view's source with the names of each row's container and of its container database."""
    source = inner if inner.startswith("(") else quoted(inner)
    return ("(SELECT v.*, (SELECT c.NAME FROM \"_CONTAINER\" c WHERE c.CON_ID = v.CON_ID) AS \"CON$NAME\", "
            f"(SELECT d.NAME FROM \"_DATABASE\" d WHERE d.CDB = 'YES') AS \"CDB$NAME\" FROM {source} v)")


def _twin(store: Store, ctx: Context, canonical: str, columns: tuple[Column, ...], have: set[str]) -> str:
    picked = ", ".join(f"t.{quoted(c.name)}" for c in columns if c.name != "INST_ID")
    where = _containers(store, ctx, have)
    return (f"(SELECT i.INST_ID, {picked} FROM \"_INSTANCE\" i CROSS JOIN {quoted(canonical)} t WHERE i.STATE <> 'DOWN'"
            + "".join(f" AND {item.replace('CON_ID', 't.CON_ID')}" for item in where) + ")")


def _conditions(store: Store, ctx: Context, rights: privileges.Rights, member: families.Member,
                have: set[str]) -> list[str]:
    if member.kind == "V$" and "INST_ID" in have:
        return [f"INST_ID = {ctx.inst_id}", *_containers(store, ctx, have)]
    if member.kind in ("V$", "GV$", "CDB_"):
        return _containers(store, ctx, have, closed=member.kind != "CDB_")
    own = facts.view(member.name, store.release) or ()
    if "CON_ID" not in have or (member.kind == "DBA_" and any(column.name == "CON_ID" for column in own)):
        # DBA_PDB_SAVED_STATES and the like: CON_ID is what the rows are about, not where they are.
        return []
    where = [f"CON_ID = {ctx.con_id}"]
    owner = next((name for name in OWNER_COLUMNS if name in have), None)
    if member.kind == "USER_" and owner:
        where.append(f"{owner} = {literal(ctx.user)}")
    if member.kind == "ALL_" and owner and not _sees_all(rights):
        where.append(_accessible(ctx, rights, owner, have))
    return where


def _sees_all(rights: privileges.Rights) -> bool:
    return rights.sys or {"SELECT ANY TABLE", "SELECT ANY DICTIONARY"} <= rights.system


def _accessible(ctx: Context, rights: privileges.Rights, owner: str, have: set[str]) -> str:
    named = next((name for name in OBJECT_COLUMNS if name in have), None)
    parts = [f"{owner} IN ({literal(ctx.user)}, 'PUBLIC')"]
    if rights.has("SELECT ANY TABLE"):
        parts.append(f"{owner} NOT IN ('SYS', 'AUDSYS')")
    if named and rights.objects:
        pairs = ", ".join(f"({literal(o)}, {literal(n)})" for o, n in sorted(rights.objects))
        parts.append(f"({owner}, {named}) IN (VALUES {pairs})")
    return "(" + " OR ".join(parts) + ")"


def _containers(store: Store, ctx: Context, have: set[str], *, closed: bool = True) -> list[str]:
    """Container scope of V$, GV$ and CDB_ views: all in the root for who may, else the session's own. Only CDB_ views,
    which read each container's dictionary, lack the closed ones."""
    if "CON_ID" not in have or ctx.con_id == 0:
        return []
    if ctx.con_id == 1:
        visible = visible_containers(store, ctx.user, closed=closed)
        return [f"coalesce(CON_ID, 0) IN ({', '.join(map(str, sorted(visible | {0, 1})))})"]
    return [f"coalesce(CON_ID, 0) IN (0, {ctx.con_id})"]


def visible_containers(store: Store, user: str, *, closed: bool = False) -> set[int]:
    """Containers whose data a common user sees from the root: CONTAINER_DATA, all for SYS and SYSTEM."""
    up = store.rows("SELECT CON_ID, NAME FROM \"_CONTAINER\" WHERE CON_ID <> 2 AND (? OR OPEN_MODE LIKE 'READ%')",
                    closed)
    if user in ("SYS", "SYSTEM"):
        return {row["CON_ID"] for row in up}
    grants = store.rows('SELECT ALL_CONTAINERS, CONTAINER_NAME FROM "CDB_CONTAINER_DATA" WHERE USERNAME = ?', user)
    if any(row["ALL_CONTAINERS"] == "Y" for row in grants):
        return {row["CON_ID"] for row in up}
    names = {row["CONTAINER_NAME"] for row in grants}
    return {row["CON_ID"] for row in up if row["NAME"] in names}


def _wrapped(store: Store, inner: str, columns: tuple[Column, ...], condition: str,
             have: set[str] | None = None) -> str:
    if have is None:
        found = store.connection.execute(f"SELECT * FROM {inner} LIMIT 0").description
        have = {item[0] for item in found}
    picked = ", ".join(quoted(c.name) if c.name in have else f"NULL AS {quoted(c.name)}" for c in columns)
    return f"(SELECT {picked} FROM {inner}{' WHERE ' + condition if condition else ''})"


def _empty(columns: tuple[Column, ...]) -> str:
    return "(SELECT " + ", ".join(f"NULL AS {quoted(column.name)}" for column in columns) + " WHERE 0)"


def _filled(query: str, ctx: Context) -> str:
    values = {
        "{user}": literal(ctx.user), "{schema}": literal(ctx.schema), "{con}": str(ctx.con_id),
        "{con_name}": literal(ctx.con_name),
        "{inst}": str(ctx.inst_id),
        "{roles}": ", ".join(literal(role) for role in sorted(ctx.enabled_roles)) or "NULL",
    }
    for key, text in values.items():
        query = query.replace(key, text)
    return query


def target(ctx: Context, name: str) -> tuple[str | None, dict[str, Any]]:
    """The canonical relation that DML on a dictionary view changes, and the column values that the view fixes."""
    bound = definitions.definitions().get(name)
    member = families.member(name)
    if bound is not None and bound.bound:
        return {"DATABASE_PROPERTIES": "CDB_PROPERTIES"}.get(name), {"CON_ID": ctx.con_id}
    if member.kind == "V$":
        return member.canonical, {"INST_ID": ctx.inst_id}
    if member.kind in ("DBA_", "USER_", "ALL_"):
        return member.canonical, {"CON_ID": ctx.con_id}
    return member.canonical, {}
