# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A session: executes statements, keeps a transaction, can be cancelled from another thread."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from typing import Any

from sqlglot.tokens import TokenType

from estate.api import Bind, Column, Context, OraError, Result
from estate.sql import ddl, parse, plsql, plsql_units, rules
from estate.sql.compiler.core import quote
from estate.sql.dialect import tokenize
from estate.sql.engine import Engine, Handle
from estate.sql.errors import ora
from estate.sql.statement import Compiled, Converters, describe_statement, parameters
from estate.sql.values import convert_column

BATCH = 1000
LOCK_WAIT = 30.0


def translate(error: sqlite3.Error, handle: Handle, objects: Any = None) -> OraError:
    """The Oracle error behind a SQLite one."""
    held = handle.state.error
    handle.state.error = None
    if held is not None:
        return held
    message = str(error)
    if "interrupted" in message or handle.state.cancelled:
        return ora(1013)
    if isinstance(error, sqlite3.IntegrityError) and "UNIQUE" in message:
        return ora(1, unique_name(message, objects))
    if isinstance(error, sqlite3.IntegrityError) and "CHECK" in message:
        return ora(2290, message.rpartition(": ")[2])
    if "locked" in message or "busy" in message:
        return ora(54)
    if "integer overflow" in message:
        return ora(1426)
    if "too large" in message or "too many" in message or "overflow" in message:
        return OraError(913 if "too many" in message else 1795, f"statement too large: {message}")
    # Not ORA-00600: drivers give a connection up on that code.
    return OraError(604, f"error occurred at recursive SQL level 1 (simulated): {message}")


def unique_name(message: str, objects: Any = None) -> str:
    """OWNER.CONSTRAINT behind SQLite's complaint; OWNER.TABLE.COLUMN where the table is not a user's."""
    first = message.rpartition(": ")[2].removeprefix("index ").strip("'").split(", ")[0].removeprefix("u.")
    owner, _, rest = first.partition(".")
    table, _, column = rest.rpartition(".")
    found = objects.known.get((owner, table, "TABLE")) if objects is not None else None
    for key in found.detail["keys"] if found is not None else ():
        if key["columns"][0] == column:
            return f"{owner}.{key['name']}"
    return first


def convert_batch(batch: list[Any], converters: Converters) -> Iterator[tuple[Any, ...]]:
    """Convert a batch column by column: only what needs it."""
    if not converters or not batch:
        return iter(batch)
    columns: list[Any] = list(zip(*batch, strict=False))
    for index, convert in converters:
        columns[index] = convert_column(columns[index], convert)
    return zip(*columns, strict=False)


class SqlSession:
    """One user's session with the engine. Calls block; ``cancel`` may come from any thread."""

    def __init__(self, engine: Engine, ctx: Context) -> None:
        self.engine, self.ctx = engine, ctx
        self.in_transaction = False
        self._private: Handle | None = None
        self._running: Handle | None = None
        self._cancelled = False
        self.waiting = False            # for the transaction of another session to end
        self.savepoints: list[str] = []
        self.currvals: dict[str, int] = {}
        self.pending = rules.Pending(engine.objects)
        self.units: dict[tuple[str, str], Any] = {}
        self.implicit: list[Result] = []
        self.output = plsql.Output()

    def execute(self, sql: str, binds: Sequence[Bind] = (), rows: Sequence[Sequence[Any]] | None = None, *,
                batch_errors: bool = False, autocommit: bool = False) -> Result:
        """Run one statement. Raises OraError."""
        self._cancelled = False
        kind = parse.statement_kind(sql)
        if kind == "query":
            return self._query(sql, binds)
        if kind == "dml":
            result = self._dml(sql, binds, rows, batch_errors)
        elif kind == "plsql":
            result = plsql.run(self, sql, binds, rows)
        else:
            result = self._other(sql, binds)
        if autocommit:
            self.commit()
        return result

    def describe(self, sql: str) -> tuple[str, tuple[Column, ...]]:
        """Parse only: (kind, columns)."""
        kind = parse.statement_kind(sql)
        if kind in ("plsql", "other"):
            return ("ddl" if kind == "other" else kind), ()
        return describe_statement(self.engine.catalog, self.engine.objects, self.ctx, sql)

    def compiled(self, sql: str, binds: Sequence[Bind]) -> Compiled:
        """A statement compiled for this session; the catalog may write through the open transaction meanwhile."""
        with self.engine.acting(self._private.connection if self._private else None):
            return self.engine.compiled(self.ctx, sql, binds)

    def _query(self, sql: str, binds: Sequence[Bind]) -> Result:
        compiled = self.compiled(sql, binds)
        values = parameters(compiled, [bind.value for bind in binds])
        return Result("query", columns=compiled.columns, rows=self.read(compiled.plan, values, compiled.converters,
                                                                        compiled.small))

    def read(
        self, sql: str, values: Sequence[Any], converters: Converters, small: bool = False
    ) -> Iterator[tuple[Any, ...]]:
        """Rows of SQLite text, converted. The first batch is read now; a short result frees its connection now."""
        handle = self._reader()
        try:
            cursor = self._run(handle, sql, values)
            batch = cursor.fetchmany(BATCH)
            done = len(batch) < BATCH
            if handle is self._private and not done:
                batch += cursor.fetchall()
                done = True
            if done:
                cursor.close()
        except sqlite3.Error as error:
            self._release(handle)
            raise translate(error, handle) from None
        if done:
            self._release(handle)
            return iter(convert_batch(batch, converters))
        return self._stream(handle, cursor, batch, converters)

    def _stream(
        self, handle: Handle, cursor: sqlite3.Cursor, batch: list[Any], converters: Converters
    ) -> Iterator[Any]:
        try:
            while batch:
                yield from convert_batch(batch, converters)
                if handle.state.cancelled:
                    raise ora(1013)
                self._running = handle
                try:
                    batch = cursor.fetchmany(BATCH)
                finally:
                    self._running = None
        except sqlite3.Error as error:
            raise translate(error, handle) from None
        finally:
            cursor.close()
            self._release(handle)

    def _run(self, handle: Handle, sql: str, values: Sequence[Any]) -> sqlite3.Cursor:
        self._running = handle
        try:
            if self._cancelled:
                raise ora(1013)
            return handle.connection.execute(sql, values)
        finally:
            self._running = None

    def _reader(self) -> Handle:
        handle = self._private
        if handle is None:
            handle = self.engine.take(self.ctx)
        else:
            self._fresh(handle)
        handle.state.currvals = self.currvals
        return handle

    def _fresh(self, handle: Handle) -> None:
        state = handle.state
        state.ctx, state.error, state.now, state.cancelled = self.ctx, None, None, False
        state.counters.clear()
        state.unchecked.clear()

    def _release(self, handle: Handle) -> None:
        if handle is not self._private:
            self.engine.give(handle)

    def writer(self) -> Handle:
        """The session's own connection, in a transaction."""
        if self._private is None:
            self._private = self.engine.take(self.ctx)
        handle = self._private
        self._fresh(handle)
        handle.state.currvals = self.currvals
        if not self.in_transaction:
            self._begin(handle)
            self.in_transaction = True
        return handle

    def _begin(self, handle: Handle) -> None:
        until = time.monotonic() + LOCK_WAIT
        try:
            while not self._began(handle, until):
                self.waiting = True
        finally:
            self.waiting = False

    def _began(self, handle: Handle, until: float) -> bool:
        """Whether the transaction began; False where another session has one. ORA-00054 when the time is up."""
        try:
            handle.connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if self._cancelled:
                raise ora(1013) from None
            if time.monotonic() > until or "locked" not in str(error):
                self._forget()
                raise translate(error, handle) from None
            return False
        return True

    def _dml(self, sql: str, binds: Sequence[Bind], rows: Sequence[Sequence[Any]] | None, batch_errors: bool) -> Result:
        began, result = not self.in_transaction, Result("dml")
        try:
            return self._changes(sql, binds, rows, batch_errors, result)
        except OraError:
            if began and not result.rowcount:
                # A first statement that fails leaves no transaction, which would keep all others from writing.
                self._end("ROLLBACK")
            raise

    def _changes(self, sql: str, binds: Sequence[Bind], rows: Sequence[Sequence[Any]] | None,
                 batch_errors: bool, result: Result) -> Result:
        # The transaction first: naming the target may lay a view over, which belongs to this transaction.
        handle = self.writer()
        compiled = self.compiled(sql, binds)
        sets = [list(row) for row in rows] if rows is not None else [[bind.value for bind in binds]]
        for index, values in enumerate(sets):
            # A statement is one set of values: what sets before the one that fails have changed stays.
            handle.connection.execute("SAVEPOINT ora_statement")
            self._one_dml(compiled, handle, values, result, index, batch_errors)
            handle.connection.execute("RELEASE ora_statement")
        return result

    def _one_dml(self, compiled: Compiled, handle: Handle, values: list[Any], result: Result, index: int,
                 batch_errors: bool) -> None:
        self._running = handle
        try:
            done = compiled.plan.run(handle.connection, parameters(compiled, values))
            if handle.state.unchecked:
                self.pending.statement_ends(handle.connection, handle.state)
        except (sqlite3.Error, OraError) as error:
            failure = translate(error, handle, self.engine.objects) if isinstance(error, sqlite3.Error) else error
            self._failed(handle, failure, result, index, batch_errors)
            return
        finally:
            self._running = None
        result.rowcount += done.count
        result.row_counts.append(done.count)
        result.last_rowid = done.rowid or result.last_rowid
        for place, value in done.returned.items():
            result.out_binds.setdefault(compiled.places[place], []).append(value)

    def _failed(self, handle: Handle, error: OraError, result: Result, index: int, batch_errors: bool) -> None:
        handle.state.unchecked.clear()
        handle.connection.execute("ROLLBACK TO ora_statement")
        result.row_counts.append(0)
        if not batch_errors:
            handle.connection.execute("RELEASE ora_statement")
            error.rowcount = result.rowcount
            raise error
        result.batch_errors.append((index, error))

    def _other(self, sql: str, binds: Sequence[Bind]) -> Result:
        """Transaction control, then administrative statements, then DDL on user objects."""
        word = parse.first_word(sql)
        if word in ("COMMIT", "ROLLBACK", "SAVEPOINT"):
            return self._control(sql, word)
        if word not in ("SET", "LOCK"):
            self.commit()
        found = self.engine.catalog.statement(self.ctx, sql, binds)
        if found is not None:
            ddl.after(self, sql)
            return found
        if word == "SET":
            self._set(sql)
            return Result("other")
        if word == "LOCK":
            self.writer()
            return Result("other")
        return plsql_units.run(self, sql) or ddl.run(self, sql)

    def _control(self, sql: str, word: str) -> Result:
        words = [token.text if token.token_type == TokenType.IDENTIFIER else token.text.upper()
                 for token in tokenize(sql) if token.token_type != TokenType.SEMICOLON]
        if word == "COMMIT":
            self.commit()
        elif word == "SAVEPOINT":
            if len(words) != 2:
                raise ora(900 if len(words) < 2 else 933)
            self._savepoint(words[1])
        elif "TO" in words:
            self._rollback_to(words[-1])
        else:
            self.rollback()
        return Result("other")

    def _set(self, sql: str) -> None:
        """SET CONSTRAINTS; SET TRANSACTION and SET ROLE change nothing that is modelled here."""
        words = sql.upper().replace(",", " ").replace(";", " ").split()
        if words[1:2] in (["CONSTRAINT"], ["CONSTRAINTS"]) and words[-1] in ("IMMEDIATE", "DEFERRED"):
            self.defer(words[2:-1], deferred=words[-1] == "DEFERRED")

    def defer(self, names: Sequence[str], *, deferred: bool | None) -> None:
        """When constraints are looked at: ``deferred`` None for each one's own way; names, or ALL."""
        for name in names:
            label = name.strip('"')
            label = label if label == "ALL" or "." in label else f"{self.ctx.schema}.{label}"
            if deferred is None:
                self.pending.modes.clear()
            else:
                self.pending.modes[label] = deferred
        if deferred is False and self._private is not None:
            self.pending.answer(self._private.connection)

    def _savepoint(self, name: str) -> None:
        self.writer().connection.execute(f"SAVEPOINT {quote('sp_' + name)}")
        self.savepoints.append(name)

    def _rollback_to(self, name: str) -> None:
        if name not in self.savepoints or self._private is None:
            raise ora(1086, name)
        self._private.connection.execute(f"ROLLBACK TO {quote('sp_' + name)}")
        while self.savepoints[-1] != name:
            self.savepoints.pop()

    def commit(self) -> None:
        """Make the transaction's changes permanent. ORA-02091 where a deferred constraint is broken."""
        if self.pending.waiting and self._private is not None:
            try:
                self.pending.answer(self._private.connection)
            except OraError as error:
                self._end("ROLLBACK")
                raise OraError(2091, f"transaction rolled back\n{error}") from None
        self._end("COMMIT")

    def rollback(self) -> None:
        """Undo the transaction's changes."""
        self._end("ROLLBACK")

    def _end(self, how: str) -> None:
        handle = self._private
        if handle is not None and self.in_transaction:
            try:
                handle.connection.execute(how)
            except sqlite3.Error as error:
                handle.connection.execute("ROLLBACK")
                raise translate(error, handle) from None
            finally:
                self._forget()
        elif handle is not None:
            self._forget()

    def _forget(self) -> None:
        handle, self._private = self._private, None
        self.in_transaction = False
        self.savepoints.clear()
        self.pending.forget()
        if handle is not None:
            self.engine.give(handle)

    @property
    def cancelled(self) -> bool:
        """Whether the running call was cancelled: what waits inside of it looks here."""
        return self._cancelled

    def cancel(self) -> None:
        """Interrupt the running statement, which then raises ORA-01013."""
        self._cancelled = True
        handle = self._running
        if handle is not None:
            handle.state.cancelled = True
            handle.connection.interrupt()

    def close(self) -> None:
        """Roll back and let go."""
        self.rollback()
