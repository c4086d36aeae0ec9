# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A client's session (``api.Session``): the engine's session, seen in V$SESSION while it lives."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from estate.api import Bind, Column, ConnectRequest, Context, OraError, Result
from estate.world import altersession
from estate.world.seed.base import sql_id

if TYPE_CHECKING:
    from estate.world.database import Database

COMMANDS = {"INSERT": 2, "SELECT": 3, "WITH": 3, "UPDATE": 6, "DELETE": 7, "ALTER": 42, "BEGIN": 47, "DECLARE": 47,
            "MERGE": 189}
ALTER = 42
DEFINING = frozenset({"CREATE", "DROP", "TRUNCATE", "RENAME", "GRANT", "REVOKE", "COMMENT", "AUDIT", "NOAUDIT"})
CHANGING = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})
_FIRST = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*([A-Za-z]+)", re.DOTALL)


_CHANGED = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(?:INSERT\s+INTO|UPDATE|DELETE(?:\s+FROM)?|MERGE\s+INTO)\s+"
                      r'("[^"]+"\.|[\w$#]+\.)?("[^"]+"|[\w$#]+)', re.DOTALL | re.IGNORECASE)


class WorldSession:
    """One server process. ``warning`` is what the login said (ORA-28002); ``killed`` why the session is over."""

    def __init__(self, database: Database, ctx: Context, client: dict[str, str], request: ConnectRequest,
                 pid: int) -> None:
        self.database, self.ctx, self.client, self.request, self.pid = database, ctx, client, request, pid
        self.sid, self.serial = ctx.sid, ctx.serial
        self.killed: OraError | None = None
        self.warning: OraError | None = None
        self.active = False
        self.logon = self.call = database.clock.now()
        self.since: float | None = None
        self.locked: set[int] = set()                  # OBJECT_IDs of the tables that the transaction changed
        self.sql: str | None = None
        self.sql_id: str | None = None
        self.attributes: dict[str, str | None] = {"module": client.get("program"), "action": None, "client_info": None,
                                                  "client_identifier": None}
        self._engine: Any = None

    @property
    def engine(self) -> Any:
        """The engine's session, made at first use."""
        if self._engine is None:
            self._engine = self.database.engine.session(self.ctx)
        return self._engine

    @property
    def in_transaction(self) -> bool:
        """Whether there are changes that are neither committed nor rolled back."""
        return bool(self._engine is not None and self._engine.in_transaction)

    # -- work
    # --------------------------------------------------------------------------------------------------------------

    def execute(
        self, sql: str, binds: Sequence[Bind] = (), rows: Sequence[Sequence[Any]] | None = None, *,
        batch_errors: bool = False, autocommit: bool = False,
    ) -> Result:
        """Run one statement. Raises OraError, also ORA-00028 and the like when the session is over."""
        self._start(sql)
        self._writable(sql)
        began = time.perf_counter()
        try:
            own = altersession.run(self, sql)
            result = own or self.engine.execute(sql, binds, rows, batch_errors=batch_errors, autocommit=autocommit)
            self._pooled(sql, time.perf_counter() - began, result.rowcount)
        except OraError:
            if self.killed is not None:
                raise self.killed from None
            raise
        finally:
            self.active = False
            self._follow()
        if self.killed is not None:
            raise self.killed
        return result

    def _pooled(self, sql: str, seconds: float, done: int) -> None:
        """What the shared pool keeps: queries, DML and PL/SQL blocks."""
        first = _FIRST.match(sql)
        command = COMMANDS.get(first[1].upper()) if first else None
        if command and command != ALTER:
            self.sql_id = sql_id(sql)[0]
            self.database.statements.ran(self.ctx, self.sql_id, sql, now=self.database.clock.now(), seconds=seconds,
                                         rows=max(0, done), module=self.attributes["module"], command=command)

    def describe(self, sql: str) -> tuple[str, tuple[Column, ...]]:
        """Parse only."""
        self._alive()
        if altersession.is_own(sql):
            return "other", ()
        described: tuple[str, tuple[Column, ...]] = self.engine.describe(sql)
        return described

    def commit(self) -> None:
        """Commit. Raises OraError where the session was killed or its instance is gone."""
        self._alive()
        if self._engine is not None:
            self._engine.commit()
        self.since = None

    def rollback(self) -> None:
        """Roll back. Raises OraError where the session was killed or its instance is gone."""
        self._alive()
        if self._engine is not None:
            self._engine.rollback()
        self.since = None

    def defer_constraints(self, mode: str) -> None:
        """ALTER SESSION SET CONSTRAINTS = IMMEDIATE, DEFERRED or DEFAULT."""
        self.engine.defer(["ALL"], deferred={"DEFERRED": True, "IMMEDIATE": False}.get(mode))

    def set_attributes(self, **attributes: str | None) -> None:
        """End-to-end attributes, as V$SESSION and SYS_CONTEXT show them."""
        schema = attributes.pop("current_schema", None)
        if schema:
            self.ctx.schema = schema.upper()
        for name, value in attributes.items():
            self.attributes[name] = value
            if value:
                self.ctx.attributes[name] = value
            else:
                self.ctx.attributes.pop(name, None)

    def cancel(self) -> None:
        """Interrupt the running statement, from another thread: it raises ORA-01013."""
        if self._engine is not None:
            self._engine.cancel()

    def close(self) -> None:
        """Log off: an open transaction is rolled back, the session leaves V$SESSION."""
        self.database.live.pop((self.ctx.inst_id, self.sid), None)
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def end(self, error: OraError) -> None:
        """End the session from outside; the client learns it at its next call."""
        self.killed = error
        self.database.live.pop((self.ctx.inst_id, self.sid), None)
        engine = self._engine
        if engine is not None:
            engine.cancel()
            if not self.active:
                engine.rollback()

    def _writable(self, sql: str) -> None:
        """ORA-16000 for what would change a standby; the estate's administrator may set rows everywhere."""
        first = _FIRST.match(sql) if self.database.standby else None
        verb = first[1].upper() if first else ""
        if verb in DEFINING or (verb in CHANGING and self.ctx.user != self.database.spec.admin["user"]):
            self.active = False
            raise OraError(16000, "database or pluggable database open for read-only access")

    def _alive(self) -> None:
        if self.killed is not None:
            raise self.killed

    def _start(self, sql: str) -> None:
        self._alive()
        if not self.in_transaction:
            self.database.life.look()
        self.active, self.sql, self.sql_id = True, sql, None
        self.call = self.database.clock.now()

    def _follow(self) -> None:
        """When a transaction began, and what the statement changed of the attributes (DBMS_APPLICATION_INFO)."""
        if self.in_transaction:
            self.since = self.since or self.call
            self._lock_table()
        else:
            self.since = None
            self.locked.clear()
        for name in self.attributes:
            if name in self.ctx.attributes:
                self.attributes[name] = self.ctx.attributes[name]

    def _lock_table(self) -> None:
        """DML takes a TM lock on a user's table."""
        found = _CHANGED.match(self.sql or "")
        if found is None:
            return
        owner = (found[1] or self.ctx.schema).strip('".').upper()
        number = self.database.store.value(
            "SELECT OBJECT_ID FROM \"_MADE\" WHERE OWNER = ? AND NAME = ? AND CON_ID = ? AND KIND = 'TABLE'", owner,
            found[2].strip('"').upper(), self.ctx.con_id)
        if number is not None:
            self.locked.add(int(number))

    # -- in the views
    # ------------------------------------------------------------------------------------------------------

    @property
    def waiting(self) -> bool:
        """Whether it waits for the transaction of another session to end."""
        return bool(self._engine is not None and self._engine.waiting)

    def as_row(self, holder: WorldSession | None = None) -> dict[str, Any]:
        """What V$SESSION and V$PROCESS say of the session. ``holder`` has the database's open transaction."""
        blocker = holder.ctx if holder is not None and self.waiting else None
        if self.sql_id is None and self.sql is not None:
            self.sql_id = sql_id(self.sql)[0]
        first = _FIRST.match(self.sql or "")
        client = self.client
        return {
            "INST_ID": self.ctx.inst_id, "SID": self.sid, "SERIAL": self.serial, "AUDSID": 900000 + self.serial,
            "USER_ID": self._user_id(), "USERNAME": self.ctx.user, "SCHEMANAME": self.ctx.schema,
            "STATUS": "ACTIVE" if self.active else "INACTIVE", "OSUSER": client.get("osuser"),
            "PROCESS": client.get("pid"), "MACHINE": client.get("machine"), "PORT": self.request.peer[1],
            "TERMINAL": client.get("terminal"), "PROGRAM": client.get("program"), "MODULE": self.attributes["module"],
            "ACTION": self.attributes["action"],
            "CLIENT_INFO": self.attributes["client_info"], "CLIENT_IDENTIFIER": self.attributes["client_identifier"],
            "SQL_ID": self.sql_id if self.active else None,
            "PREV_SQL_ID": None if self.active else self.sql_id,
            "COMMAND": COMMANDS.get(first[1].upper(), 0) if first and self.active else 0, "LOGON": self.logon,
            "CALL": self.call,
            "SERVICE_NAME": self.request.service_name or self.database.spec.service, "CON_ID": self.ctx.con_id,
            "PID": self.pid, "SPID": str(50000 + self.pid * 3 + self.ctx.inst_id),
            "HOLDER_INST": blocker and blocker.inst_id, "HOLDER": blocker and blocker.sid,
            "TX": self.since, "TM": sorted(self.locked) if self.since else [],
            "BANNER": client.get("protocol", "").upper(), "DRIVER": client.get("driver_name"),
            "AUTH": "DATABASE", "CURSORS": 1 if self.sql else 0, "SQL_TEXT": self.sql}

    def _user_id(self) -> int | None:
        if not hasattr(self, "_number"):
            self._number = self.database.store.value('SELECT USER_ID FROM "CDB_USERS" WHERE USERNAME = ? AND '
                                                     'CON_ID = ?', self.ctx.user, self.ctx.con_id)
        return self._number
