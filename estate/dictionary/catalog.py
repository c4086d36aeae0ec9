# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Name resolution and privileges of one database: what a name means to who asks, and where DML on it goes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from estate.api import Bind, Column, Context, OraError, Relation, Result, WriteTarget
from estate.dictionary import facts, families, privileges, scopes
from estate.world.store import Store, quoted
from estate.world.userobjects import Recorder

StatementHandler = Callable[[Any, Context, str, Sequence[Bind]], "Result | None"]
ProcedureHandler = Callable[[Any, Context, str, dict["str | int", Any]], Any]
OWNERS = {"UNIFIED_AUDIT_TRAIL": "AUDSYS", "CDB_UNIFIED_AUDIT_TRAIL": "AUDSYS", "AUD$": "SYS"}
DUAL = Relation("SYS", "DUAL", (Column("DUMMY", "VARCHAR2", 1, 0, 0),), "(SELECT 'X' AS \"DUMMY\")", "TABLE")
MAX_CACHED = 4000


class Catalog:
    """``api.Catalog`` over one database's store. ``database`` is handed to the handlers of statements and
    procedures."""

    def __init__(self, store: Store, database: Any) -> None:
        self.store, self.database = store, database
        self._statements: list[StatementHandler] = []
        self._procedures: list[ProcedureHandler] = []
        self.readers: dict[str, str] = {}
        self._relations: dict[tuple[Any, ...], Relation] = {}
        self._rights: dict[tuple[Any, ...], privileges.Rights] = {}
        self._seen: tuple[int, int] = (0, 0)
        self._epoch = 0

    def prepare(self, connection: sqlite3.Connection) -> None:
        """Register on a connection the functions that the SQLite views call."""
        self.store.prepare(connection)

    # -- who may ----------------------------------------------------------------------------------------------------

    @property
    def connection(self) -> sqlite3.Connection:
        """Where to read and write now: the connection of the transaction that a statement runs in, else the store's
        own."""
        engine = getattr(self.database, "engine_now", None)
        return (engine.current if engine is not None else None) or self.store.connection

    @property
    def epoch(self) -> int:
        """Rises when privileges, users, containers or what is stored where changed."""
        self._refresh()
        return self._epoch

    def _refresh(self) -> None:
        with self.store.lock:
            connection = self.store.connection
            seen = (connection.execute("PRAGMA data_version").fetchone()[0], connection.total_changes)
            if seen == self._seen:
                return
            self._seen = seen
            now = connection.execute('SELECT N FROM "_EPOCH"').fetchone()[0]
        if now != self._epoch:
            self._epoch = now
            self._relations.clear()
            self._rights.clear()

    def rights(self, ctx: Context) -> privileges.Rights:
        """What the session may do."""
        self._refresh()
        key = (ctx.user, ctx.con_id, ctx.enabled_roles)
        found = self._rights.get(key)
        if found is None:
            found = self._rights[key] = privileges.rights_of(self.store, ctx.con_id, ctx.user, ctx.enabled_roles)
        return found

    def require(self, ctx: Context, *any_of: str) -> None:
        """ORA-01031 unless the session has one of the system privileges."""
        rights = self.rights(ctx)
        if not any(rights.has(privilege) for privilege in any_of):
            raise OraError(1031, "insufficient privileges")

    # -- names ------------------------------------------------------------------------------------------------------

    def relation(self, ctx: Context, owner: str | None, name: str) -> Relation:
        """Resolve a dictionary view, or DUAL, as Oracle does; ORA-00942 where it does not exist or may not be seen."""
        rights = self.rights(ctx)
        if self.connection is not self.store.connection:
            return self._resolve(ctx, rights, owner, name)
        key = (owner, name, ctx.user, ctx.schema, ctx.con_id, ctx.inst_id, ctx.enabled_roles)
        found = self._relations.get(key)
        if found is None:
            found = self._resolve(ctx, rights, owner, name)
            if len(self._relations) < MAX_CACHED:
                self._relations[key] = found
        return found

    def _resolve(self, ctx: Context, rights: privileges.Rights, owner: str | None, name: str) -> Relation:
        if owner in (None, "SYS", "PUBLIC") and name == "DUAL":
            return DUAL
        link = self._synonym(ctx, owner, name)
        if link is not None:
            return self._resolve(ctx, rights, *link)
        return self._dictionary(ctx, rights, owner, name)

    def allows(self, ctx: Context, action: str, owner: str, name: str) -> bool:
        """Whether SELECT, INSERT, UPDATE or DELETE on a user's object is granted, or CREATE TABLE (VIEW ...) here.

        ORA-01031 for one that is only seen.
        """
        rights = self.rights(ctx)
        if action.startswith("CREATE "):
            return rights.has(action if owner == ctx.user else action.replace("CREATE ", "CREATE ANY ", 1))
        if not rights.may(action, owner, name) and rights.sees(owner, name):
            raise OraError(1031, "insufficient privileges")
        return rights.may(action, owner, name)

    def _is_own(self, ctx: Context, owner: str, name: str) -> bool:
        """Whether the engine keeps such a table, view or sequence of a user."""
        engine = getattr(self.database, "engine_now", None)
        if engine is None:
            return False
        return engine.objects.find(ctx, owner, name, ("TABLE", "VIEW", "SEQUENCE")) is not None

    def _dictionary(self, ctx: Context, rights: privileges.Rights, owner: str | None, name: str) -> Relation:
        public = families.public_name(name)
        home = OWNERS.get(public, "PERFSTAT" if public.startswith("STATS$") else "SYS")
        columns = facts.view(public, self.store.release)
        if columns is None or owner not in (None, "SYS",
                                            home) or (owner is None and home == "PERFSTAT" and ctx.schema != home):
            raise self.missing(ctx, owner, name)
        if owner is None and public != name and ctx.schema != "SYS":
            raise self.missing(ctx, owner, name)
        if not rights.reads_dictionary(families.object_name(public)) and home != ctx.user:
            raise self.missing(ctx, owner, name)
        source = scopes.source(self.store, self.connection, ctx, rights, public, columns)
        if public.startswith("CDB_") and any(column.name == "CON_ID" for column in columns):
            return Relation(home, public, columns, scopes.with_container_names(source), hidden=scopes.CONTAINER_NAMES)
        return Relation(home, public, columns, source)

    def missing(self, ctx: Context, owner: str | None, name: str) -> OraError:
        """ORA-00942 in the release's words."""
        if self.store.release == "23":
            return OraError(942, f'table or view "{owner or ctx.schema}"."{name}" does not exist')
        return OraError(942, "table or view does not exist")

    def resolve_object(self, ctx: Context, owner: str | None, name: str) -> tuple[str, str]:
        """Owner and name of the object that a GRANT or REVOKE names (SYS.V_$SESSION for V$SESSION ...). ORA-00942."""
        if self._is_own(ctx, owner or ctx.schema, name):
            return owner or ctx.schema, name
        link = self._synonym(ctx, owner, name)
        if link is not None:
            return link
        public = families.public_name(name)
        if owner in (None, "SYS", "AUDSYS", "PUBLIC") and facts.view(public, self.store.release):
            if public == name and name.startswith(("V$", "GV$")) and owner == "SYS":
                raise OraError(2030, "can only select from fixed tables/views")
            return OWNERS.get(public, "SYS"), families.object_name(public)
        home = owner or ctx.schema
        if self.store.value('SELECT 1 FROM "CDB_OBJECTS" WHERE CON_ID = ? AND OWNER IN (?, ?) AND OBJECT_NAME = ?',
                            ctx.con_id, home,
                            home if owner else "SYS", name):
            found = self.store.value('SELECT OWNER FROM "CDB_OBJECTS" WHERE CON_ID = ? AND OBJECT_NAME = ? AND '
                                     'OWNER = ?', ctx.con_id, name, home)
            return found or "SYS", name
        raise self.missing(ctx, owner, name)

    def _synonym(self, ctx: Context, owner: str | None, name: str) -> tuple[str, str] | None:
        owners = (owner,) if owner else (ctx.schema, "PUBLIC")
        for home in owners:
            rows = self.store.rows('SELECT TABLE_OWNER, TABLE_NAME FROM "_SYNONYM" WHERE CON_ID = ? AND OWNER = ? AND '
                                   'SYNONYM_NAME = ?',
                                   ctx.con_id, home, name)
            if rows:
                return rows[0]["TABLE_OWNER"], rows[0]["TABLE_NAME"]
        return None

    # -- changing ---------------------------------------------------------------------------------------------------

    def write_target(self, ctx: Context, owner: str | None, name: str, action: str) -> WriteTarget:
        """Where DML goes. A derived view is laid over first, in the transaction of ``writing``."""
        relation = self.relation(ctx, owner, name)
        rights = self.rights(ctx)
        if not (rights.sys or "DBA" in rights.roles):
            raise OraError(1031, "insufficient privileges")
        return self._dictionary_target(ctx, relation)

    def _dictionary_target(self, ctx: Context, relation: Relation) -> WriteTarget:
        canonical, fixed = scopes.target(ctx, relation.name)
        if canonical is None or families.columns(canonical, self.store.release) is None:
            raise OraError(1732, "data manipulation operation not legal on this view")
        connection = self.connection
        try:
            stored = self.store.cover(canonical, connection)
        except sqlite3.OperationalError as error:
            raise OraError(54, "resource busy and acquire with NOWAIT specified or timeout expired") from error
        self._relations.clear()
        have = {row[1] for row in connection.execute(f"PRAGMA table_info({quoted(stored)})")}
        columns = tuple(column for column in relation.columns if column.name in have)
        return WriteTarget(stored, columns, {key: value for key, value in fixed.items() if key in have})

    def sequence_nextval(self, ctx: Context, owner: str | None, name: str) -> int | None:
        """The next number of a sequence, None where there is none."""
        with self.store.lock:
            key = (ctx.con_id, owner or ctx.schema, name)
            where = 'WHERE CON_ID = ? AND SEQUENCE_OWNER = ? AND SEQUENCE_NAME = ?'
            number = self.store.value(f'SELECT LAST_NUMBER FROM "_SEQUENCE" {where}', *key)
            if number is not None:
                self.store.execute(f'UPDATE "_SEQUENCE" SET LAST_NUMBER = LAST_NUMBER + INCREMENT_BY {where}', *key)
        return None if number is None else int(number)

    # -- statements and procedures that others handle ---------------------------------------------------------------

    def on_ddl(self, ctx: Context, action: str, one: Any) -> None:
        """The SQL engine made, changed or dropped a user's object: the dictionary follows."""
        known = self.database.engine_now.objects.known
        Recorder(self.store, self.database.clock, self.connection, ctx).follow(action, one, known)

    def register_statement(self, handler: StatementHandler) -> None:
        """``handler(database, ctx, sql, binds)`` returns a Result, or None for a statement that is not its own."""
        self._statements.append(handler)

    def register_procedure(self, handler: ProcedureHandler) -> None:
        """``handler(database, ctx, name, args)`` returns the call's value or raises OraError; NotImplemented passes
        on."""
        self._procedures.append(handler)

    def register_readers(self, readers: dict[str, str]) -> None:
        """Functions of packages that SQL may call, with what they give (VARCHAR2, CLOB, LINES)."""
        self.readers = readers

    def statement(self, ctx: Context, sql: str, binds: Sequence[Bind]) -> Result | None:
        """The result of the first handler that knows the statement; None where it is for the SQL engine."""
        for handler in self._statements:
            result = handler(self.database, ctx, sql, binds)
            if result is not None:
                return result
        return None

    def procedure(self, ctx: Context, name: str, args: dict[str | int, Any]) -> Any:
        """Call a supplied package's procedure. ORA-06550 where no handler knows it."""
        for handler in self._procedures:
            result = handler(self.database, ctx, name, args)
            if result is not NotImplemented:
                return result
        raise OraError(6550, f"line 1, column 7:\nPLS-00201: identifier '{name}' must be declared")
