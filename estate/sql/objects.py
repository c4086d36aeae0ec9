# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tables, views, sequences and synonyms that users make: their definitions, kept in the SQLite database."""

from __future__ import annotations

import json
import sqlite3
import threading
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from estate.api import Catalog, Column, Context, OraError, Relation, WriteTarget
from estate.sql.errors import ora

STORE = ("CREATE TABLE IF NOT EXISTS ora_objects (owner TEXT, name TEXT, kind TEXT, body TEXT, "
         "PRIMARY KEY (owner, name, kind))")
KINDS = ("TABLE", "VIEW", "SYNONYM", "SEQUENCE", "PROCEDURE", "FUNCTION", "PACKAGE")


@dataclass
class UserObject:
    """``detail``: a table's defaults, keys, indexes; a view's text; a synonym's target; a sequence's state."""

    owner: str
    name: str
    kind: str
    columns: tuple[Column, ...] = ()
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def table(self) -> str:
        """The SQLite table behind a TABLE."""
        return f"u.{self.owner}.{self.name}"


def _row(one: UserObject) -> tuple[str, str, str, str]:
    body = {"columns": [asdict(column) for column in one.columns], "detail": one.detail}
    return one.owner, one.name, one.kind, json.dumps(body)


def _object(row: tuple[str, str, str, str]) -> UserObject:
    body = json.loads(row[3])
    return UserObject(row[0], row[1], row[2], tuple(Column(**column) for column in body["columns"]), body["detail"])


class Objects:
    """The user objects of one database, beside what the catalog knows."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.known: dict[tuple[str, str, str], UserObject] = {}
        self.counters: dict[tuple[str, str], int] = {}
        self.lock = threading.Lock()

    def load(self, connection: sqlite3.Connection) -> None:
        """Read what is kept: at the start, and after a DDL statement that failed."""
        connection.execute(STORE)
        rows = connection.execute("SELECT owner, name, kind, body FROM ora_objects")
        self.known = {(row[0], row[1], row[2]): _object(row) for row in rows}

    def save(self, connection: sqlite3.Connection, one: UserObject) -> None:
        """Create or replace an object."""
        connection.execute("INSERT OR REPLACE INTO ora_objects VALUES (?, ?, ?, ?)", _row(one))
        self.known[one.owner, one.name, one.kind] = one

    def drop(self, connection: sqlite3.Connection, one: UserObject) -> None:
        """Forget an object."""
        connection.execute(
            "DELETE FROM ora_objects WHERE owner = ? AND name = ? AND kind = ?", (one.owner, one.name, one.kind)
        )
        self.known.pop((one.owner, one.name, one.kind), None)
        self.counters.pop((one.owner, one.name), None)

    def find(self, ctx: Context, owner: str | None, name: str, kinds: tuple[str, ...] = KINDS) -> UserObject | None:
        """An object by name, in the session's schema unless an owner is given, then public synonyms."""
        owners = (owner,) if owner else (ctx.schema, "PUBLIC")
        for one_owner in owners:
            for kind in kinds:
                found = self.known.get((one_owner, name, kind))
                if found is not None:
                    return found
        return None

    def _visible(self, ctx: Context, one: UserObject, action: str) -> None:
        """ORA-00942 or ORA-01031 where the catalog says that the user may not."""
        if one.owner in (ctx.user, "PUBLIC"):
            return
        allows = getattr(self.catalog, "allows", None)
        if allows is not None and not allows(ctx, action, one.owner, one.name):
            raise ora(942)
        if allows is None and ctx.user not in ("SYS", "SYSTEM"):
            raise ora(942)

    def relation(self, compiler: Any, owner: str | None, name: str, at: int) -> Relation:
        """A table or view for a query."""
        try:
            found = self.find(compiler.ctx, owner, name, ("TABLE", "VIEW", "SYNONYM"))
            if found is not None:
                return self._own(compiler, found)
            return self.catalog.relation(compiler.ctx, owner, name)
        except OraError as error:
            raise OraError(error.code, error.message, error.position or at) from None

    def _own(self, compiler: Any, found: UserObject) -> Relation:
        if found.kind == "SYNONYM":
            return self.relation(compiler, found.detail["owner"], found.detail["name"], 0)
        self._visible(compiler.ctx, found, "SELECT")
        if found.kind == "TABLE":
            return Relation(found.owner, found.name, found.columns, found.table, "TABLE",
                            virtual=found.detail.get("virtual", {}))
        return Relation(found.owner, found.name, found.columns, self._view(compiler, found), "VIEW")

    def _view(self, compiler: Any, found: UserObject) -> str:
        """A view's text, compiled as its owner with the columns' own names."""
        from estate.sql.compiler.query import compile_query
        from estate.sql.parse import parse

        text = found.detail["text"]
        ctx = replace(compiler.ctx, schema=found.owner, user=found.owner)
        saved = compiler.ctx, compiler.text
        compiler.ctx, compiler.text = ctx, text
        try:
            query = compile_query(compiler, parse(text, compiler.version).tree, None, inline=True)
        except OraError as error:
            raise OraError(4063, f'view "{found.owner}.{found.name}" has errors') from error
        finally:
            compiler.ctx, compiler.text = saved
        names = ", ".join(f'c{index + 1} AS "{column.name}"' for index, column in enumerate(found.columns))
        return f"(SELECT {names} FROM ({query.sql}))"

    def write_target(
        self, ctx: Context, owner: str | None, name: str, action: str
    ) -> tuple[WriteTarget, UserObject | None]:
        """Where DML goes, and the user's table if it is one."""
        found = self.find(ctx, owner, name, ("TABLE", "VIEW", "SYNONYM"))
        if found is None:
            return self.catalog.write_target(ctx, owner, name, action), None
        if found.kind == "SYNONYM":
            return self.write_target(ctx, found.detail["owner"], found.detail["name"], action)
        if found.kind == "VIEW":
            return self._through_view(ctx, found, action)
        self._visible(ctx, found, action)
        return WriteTarget(found.table, found.columns), found

    def _through_view(self, ctx: Context, found: UserObject, action: str) -> tuple[WriteTarget, UserObject | None]:
        base = found.detail.get("base")
        if base is None:
            raise ora(1732)
        return self.write_target(replace(ctx, user=found.owner, schema=found.owner), base[0], base[1], action)

    def nextval(self, ctx: Context, owner: str | None, name: str) -> int | None:
        """The next number of a user's sequence, or of the catalog's. None where there is none."""
        found = self.find(ctx, owner, name, ("SEQUENCE", "SYNONYM"))
        if found is not None and found.kind == "SYNONYM":
            return self.nextval(ctx, found.detail["owner"], found.detail["name"])
        if found is None:
            return self.catalog.sequence_nextval(ctx, owner, name)
        with self.lock:
            return self._advance(found)

    def _advance(self, found: UserObject) -> int:
        detail = found.detail
        last = self.counters.get((found.owner, found.name))
        value = detail["start"] if last is None else last + detail["increment"]
        if value > detail["maximum"] or value < detail["minimum"]:
            if not detail["cycle"]:
                bound = "MAXVALUE" if detail["increment"] > 0 else "MINVALUE"
                raise OraError(8004, f"sequence {found.name}.NEXTVAL exceeds {bound} and cannot be instantiated")
            value = detail["minimum"] if detail["increment"] > 0 else detail["maximum"]
        self.counters[found.owner, found.name] = value
        return int(value)

    def last_number(self, owner: str, name: str) -> int | None:
        """LAST_NUMBER of a user's sequence: the first number that is not cached. None where there is none."""
        found = self.known.get((owner, name, "SEQUENCE"))
        last = self.counters.get((owner, name))
        if found is None:
            return None
        detail = found.detail
        if last is None:
            return int(detail["start"])
        used, cache = (last - detail["start"]) // detail["increment"] + 1, max(detail["cache"], 1)
        return int(detail["start"] + detail["increment"] * cache * -(-used // cache))
