# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CHECK and foreign keys of users' tables, enforced.

A CHECK is a trigger of SQLite that raises. A foreign key is one that notes a suspicion: whether a parent is missing is
asked when the statement ends (or at COMMIT where the constraint is deferred), since a statement may delete the parent
before the child, or insert a row before the one it refers to.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from estate.sql.compiler.core import Compiler, Scope, literal, quote
from estate.sql.compiler.virtual import source_of
from estate.sql.errors import ora
from estate.sql.functions.registry import State
from estate.sql.objects import Objects, UserObject


def lay(session: Any, one: UserObject) -> None:
    """Make a table's triggers what its constraints are now. ORA-02293, ORA-02298 for rows that break a new one."""
    connection = session.writer().connection
    lift(connection, one)
    objects: Objects = session.engine.objects
    for made in one.detail.get("checks", []):
        if made["enabled"]:
            _lay_check(session, connection, one, made)
    for made in one.detail.get("references", []):
        parent = _table(objects, made["owner"], made["table"], one)
        if made["enabled"] and parent is not None:
            _lay_child(connection, one, parent, made)
    for child, made in children(objects, one):
        if made["enabled"]:
            _lay_parent(connection, child, one, made)


def lift(connection: sqlite3.Connection, one: UserObject) -> None:
    """Take a table's triggers away: before what it is made of changes."""
    rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?", (one.table,))
    for (name,) in rows.fetchall():
        connection.execute(f"DROP TRIGGER {quote(name)}")


def children(objects: Objects, one: UserObject) -> list[tuple[UserObject, dict[str, Any]]]:
    """The foreign keys that refer to a table, with the tables that have them."""
    tables = [table for table in objects.known.values() if table.kind == "TABLE" and table.table != one.table]
    return [(table, made) for table in [*tables, one] for made in table.detail.get("references", [])
            if (made["owner"], made["table"]) == (one.owner, one.name)]


def parents(objects: Objects, one: UserObject) -> list[UserObject]:
    """The other tables that a table's foreign keys refer to."""
    named = {(made["owner"], made["table"], "TABLE") for made in one.detail.get("references", [])}
    found = (objects.known.get(key) for key in sorted(named - {(one.owner, one.name, "TABLE")}))
    return [parent for parent in found if parent is not None]


def _table(objects: Objects, owner: str, name: str, one: UserObject) -> UserObject | None:
    return one if (owner, name) == (one.owner, one.name) else objects.known.get((owner, name, "TABLE"))


def _trigger(connection: sqlite3.Connection, one: UserObject, event: str, label: str, body: str,
             when: str = "") -> None:
    name = quote(f"x.{one.owner}.{one.name}.{label}.{event}")
    guard = f" WHEN {when}" if when else ""
    connection.execute(f"CREATE TRIGGER {name} AFTER {event} ON {quote(one.table)}{guard} BEGIN {body}; END")


def condition_over(session: Any, one: UserObject, text: str, ref: str) -> str:
    """A condition on a row of a table, as SQLite text."""
    from estate.sql.parse import parse

    compiler = Compiler(session.engine.catalog, session.ctx, text, [], session.engine.objects)
    tree = parse(f"SELECT 1 FROM DUAL WHERE {text}", compiler.version).tree
    scope = Scope(sources=[source_of(compiler, one, ref)])
    return compiler.condition(tree.args["where"].this, scope)


def _lay_check(session: Any, connection: sqlite3.Connection, one: UserObject, made: dict[str, Any]) -> None:
    label = literal(f"{one.owner}.{made['name']}")
    test = condition_over(session, one, made["text"], "NEW")
    for event in ("INSERT", "UPDATE"):
        _trigger(connection, one, event, made["name"], f"SELECT o_violated({label})", f"NOT ({test})")
    if made.get("validated", True) and not made.get("seen"):
        there = condition_over(session, one, made["text"], "t0")
        if connection.execute(f"SELECT 1 FROM {quote(one.table)} AS t0 WHERE NOT ({there}) LIMIT 1").fetchone():
            raise ora(2293, f"{one.owner}.{made['name']}")
    made["seen"] = True


def _same(left: str, lefts: list[str], right: str, rights: list[str]) -> str:
    return " AND ".join(f"{left}.{quote(one)} = {right}.{quote(other)}"
                        for one, other in zip(lefts, rights, strict=True))


def _lay_child(connection: sqlite3.Connection, child: UserObject, parent: UserObject, made: dict[str, Any]) -> None:
    label = f"{child.owner}.{made['name']}"
    filled = " AND ".join(f"NEW.{quote(name)} IS NOT NULL" for name in made["columns"])
    there = f"SELECT 1 FROM {quote(parent.table)} AS p WHERE {_same('p', made['to'], 'NEW', made['columns'])}"
    for event in ("INSERT", "UPDATE"):
        _trigger(connection, child, event, made["name"], f"SELECT o_unchecked({literal(label)}, 2291)",
                 f"{filled} AND NOT EXISTS ({there})")
    listed = ", ".join(quote(name) for name in made["columns"])
    connection.execute(f"CREATE INDEX IF NOT EXISTS {quote('f.' + label)} ON {quote(child.table)} ({listed})")
    if made.get("validated", True) and not made.get("seen") and orphan(connection, child, parent, made):
        raise ora(2298, label)
    made["seen"] = True


def _lay_parent(connection: sqlite3.Connection, child: UserObject, parent: UserObject, made: dict[str, Any]) -> None:
    label = literal(f"{child.owner}.{made['name']}")
    table, name = quote(child.table), f"{child.owner}.{made['name']}"
    mine = " AND ".join(f"{quote(column)} = OLD.{quote(other)}"
                        for column, other in zip(made["columns"], made["to"], strict=True))
    suspect = f"SELECT o_unchecked({label}, 2292)"
    there = f"EXISTS (SELECT 1 FROM {table} WHERE {mine})"
    if made["rule"] == "CASCADE":
        _trigger(connection, parent, "DELETE", name, f"DELETE FROM {table} WHERE {mine}")
    elif made["rule"] == "SET NULL":
        empty = ", ".join(f"{quote(column)} = NULL" for column in made["columns"])
        _trigger(connection, parent, "DELETE", name, f"UPDATE {table} SET {empty} WHERE {mine}")
    else:
        _trigger(connection, parent, "DELETE", name, suspect, there)
    moved = " OR ".join(f"OLD.{quote(column)} IS NOT NEW.{quote(column)}" for column in made["to"])
    _trigger(connection, parent, "UPDATE", name, suspect, f"({moved}) AND {there}")


def orphan(connection: sqlite3.Connection, child: UserObject, parent: UserObject, made: dict[str, Any]) -> bool:
    """Whether a row has no parent."""
    filled = " AND ".join(f"c.{quote(name)} IS NOT NULL" for name in made["columns"])
    there = f"SELECT 1 FROM {quote(parent.table)} AS p WHERE {_same('p', made['to'], 'c', made['columns'])}"
    sql = f"SELECT 1 FROM {quote(child.table)} AS c WHERE {filled} AND NOT EXISTS ({there}) LIMIT 1"
    return connection.execute(sql).fetchone() is not None


class Pending:
    """The foreign keys that a session's transaction has yet to answer for."""

    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        self.waiting: dict[str, int] = {}
        self.modes: dict[str, bool] = {}

    def statement_ends(self, connection: sqlite3.Connection, state: State) -> None:
        """Ask about what the statement made suspicious, but for deferred constraints. ORA-02291, ORA-02292."""
        suspects, state.unchecked = state.unchecked, {}
        for name, code in suspects.items():
            if self._deferred(name):
                self.waiting[name] = code
            else:
                self._ask(connection, name, code)

    def answer(self, connection: sqlite3.Connection) -> None:
        """Ask about all that waits: at COMMIT, or by SET CONSTRAINTS ... IMMEDIATE."""
        waiting, self.waiting = self.waiting, {}
        for name, code in waiting.items():
            self._ask(connection, name, code)

    def forget(self) -> None:
        """The transaction is over."""
        self.waiting.clear()
        self.modes.clear()

    def _find(self, name: str) -> tuple[UserObject, dict[str, Any]] | None:
        owner, _, label = name.partition(".")
        for one in list(self.objects.known.values()):
            if one.kind == "TABLE" and one.owner == owner:
                for made in one.detail.get("references", []):
                    if made["name"] == label:
                        return one, made
        return None

    def _deferred(self, name: str) -> bool:
        found = self._find(name)
        if found is None or not found[1]["deferrable"]:
            return False
        return self.modes.get(name, self.modes.get("ALL", bool(found[1]["deferred"])))

    def _ask(self, connection: sqlite3.Connection, name: str, code: int) -> None:
        found = self._find(name)
        if found is None:
            return
        child, made = found
        parent = _table(self.objects, made["owner"], made["table"], child)
        if parent is not None and orphan(connection, child, parent, made):
            raise ora(code, name)
