# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A server process: carries out the requests of one session, in whatever thread calls it, one at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from estate.api import Bind, OraError, Result, Session
from estate.wire import binds, columns, replies
from estate.wire import constants as c
from estate.wire.auth import AuthMessage, parameters, version_number
from estate.wire.buffer import ub
from estate.wire.cursors import Cursor, CursorTable, out_value
from estate.wire.lobs import LobStore
from estate.wire.profiles import Layout
from estate.wire.replies import Outcome
from estate.wire.requests import Execute, Request
from estate.wire.scrolling import scroll_rows

log = logging.getLogger("estate.wire")
FATAL_CODES = frozenset((28, 1012, 1041, 1089, 1092, 2396, 3113, 3114, 3135))

PIPELINE_ABORT_ON_ERROR = 2
PIPELINE_ABORTED = OraError(43610, "Pipeline, Aborted due to abort on error settings in pipeline mode")


class DropConnectionError(Exception):
    """The network policy cuts the connection after these bytes of the response."""

    def __init__(self, payload: bytes) -> None:
        super().__init__("connection dropped by policy")
        self.payload = payload


class ServerProcess:
    """Executes requests against a Session and builds the responses.

    ``ended`` is set when the session is over (logoff, killed): the connection closes after the response.
    """

    def __init__(self, session: Session, layout: Layout, *, facts: dict[str, str], drop_after_rows: int | None = None,
                 change_password: Callable[[AuthMessage], None] | None = None) -> None:
        self.session = session
        self.layout = layout
        self.facts = facts
        self.ended = False
        self.lobs = LobStore()
        limit = int(facts.get("open_cursors", "300"))
        self.cursors = CursorTable(self.lobs, layout, limit=limit)
        self._rows_left = drop_after_rows
        self._change_password = change_password
        self._sequence = 0
        self._pipeline = ""     # "abort" in a pipeline that ends at its first error, then "aborted"
        self._functions: dict[int, Callable[[Any], bytes]] = {
            c.FN_EXECUTE: self._execute, c.FN_REEXECUTE: self._execute, c.FN_REEXECUTE_AND_FETCH: self._execute,
            c.FN_FETCH: self._fetch, c.FN_LOB: self._lob, c.FN_COMMIT: self._commit, c.FN_ROLLBACK: self._rollback,
            c.FN_PING: self._nothing, c.FN_LOGOFF: self._logoff, c.FN_VERSION: self._version,
            c.FN_PIPELINE_END: self._nothing, c.FN_AUTH_TWO: self._new_password,
        }

    def handle(self, request: Request) -> bytes:
        """The whole response to a request, without end-of-response mark. Raises only DropConnectionError."""
        head = bytes((c.MSG_TOKEN,)) + ub(request.token) if request.token else b""
        if request.function == c.FN_PIPELINE_END:
            self._pipeline = ""
        try:
            if self._pipeline == "aborted":
                raise PIPELINE_ABORTED
            killed = self.session.killed
            if killed is not None and request.function != c.FN_LOGOFF:
                raise killed
            for function, data in request.piggybacks:
                self._piggyback(function, data)
            return head + self._functions[request.function](request.body)
        except OraError as error:
            if self._pipeline:
                self._pipeline = "aborted"
            return head + self.failure(error, self._cursor_of(request))
        except DropConnectionError:
            raise
        except Exception as exc:
            log.exception("internal error in function %d of session %d", request.function, self.session.sid)
            return head + self.failure(columns.internal_error(f"{type(exc).__name__}: {exc}"))

    def failure(self, error: OraError, cursor_id: int = 0) -> bytes:
        """The response that reports an error."""
        if error.code in FATAL_CODES:
            self.ended = True
        return self._close(Outcome.of(error, cursor_id))

    def _cursor_of(self, request: Request) -> int:
        return request.body.cursor_id if isinstance(request.body, Execute) else 0

    def _close(self, outcome: Outcome) -> bytes:
        self._sequence += 1
        status = c.STATUS_IN_TRANSACTION if self.session.in_transaction else 0
        return replies.outcome_message(outcome, self.layout.error, status, self._sequence)

    # -- simple calls

    def _nothing(self, _body: Any) -> bytes:
        return self._close(Outcome())

    def _commit(self, _body: Any) -> bytes:
        self.session.commit()
        return self._close(Outcome())

    def _rollback(self, _body: Any) -> bytes:
        self.session.rollback()
        return self._close(Outcome())

    def _logoff(self, _body: Any) -> bytes:
        self.ended = True
        return self._close(Outcome())

    def _version(self, _body: Any) -> bytes:
        number = version_number(self.facts.get("version", "19.0.0.0.0"), 0)
        return replies.version_parameters(self.facts.get("banner", "Oracle Database"), number) + self._close(Outcome())

    def _lob(self, call: Any) -> bytes:
        return self.lobs.call(call) + self._close(Outcome())

    def _new_password(self, message: AuthMessage) -> bytes:
        if self._change_password is None:
            raise OraError(1031, "insufficient privileges")
        self._change_password(message)
        return parameters({}) + self._close(Outcome())

    # -- piggybacks

    def _piggyback(self, function: int, data: Any) -> None:
        if function == c.FN_CLOSE_CURSORS:
            for cursor_id in data:
                self.cursors.close(cursor_id)
        elif function == c.FN_CANCEL_CURSORS:
            for cursor_id in data:
                self.cursors.cancel(cursor_id)
        elif function == c.FN_END_TO_END:
            self.session.set_attributes(**data)
        elif function == c.FN_SET_SCHEMA:
            self.session.set_attributes(current_schema=data)
        elif function == c.FN_LOB:
            self.lobs.call(data)
        elif function == c.FN_PIPELINE_BEGIN and data == PIPELINE_ABORT_ON_ERROR:
            self._pipeline = "abort"

    # -- statements

    def _execute(self, call: Execute) -> bytes:
        cursor = self._cursor(call)
        if call.metas:
            cursor.metas = call.metas
        if call.defines:
            cursor.define(call.defines)
        if call.options & c.OPT_EXECUTE:
            return self._run(cursor, call)
        if cursor.scroll is not None and not call.defines:
            return self._scrolled(cursor, call)
        if call.options & c.OPT_FETCH:
            return self._rows(cursor, call.prefetch) if not cursor.needs_define else self._no_rows(cursor)
        if call.defines:
            return self._no_rows(cursor)
        return self._describe(cursor)

    def _cursor(self, call: Execute) -> Cursor:
        if not call.cursor_id:
            return self.cursors.create(call.sql or "")
        if call.sql is not None:
            self.cursors.close(call.cursor_id)
            return self.cursors.create(call.sql)
        return self.cursors.get(call.cursor_id)

    def _describe(self, cursor: Cursor) -> bytes:
        try:
            kind, described = self.session.describe(cursor.sql or "")
        except OraError:
            self.cursors.close(cursor.id)
            raise
        if kind != "query":
            return replies.execute_parameters() + self._close(Outcome(cursor_id=cursor.id))
        cursor.open(Result("query", described))
        return self._described(cursor) + replies.execute_parameters() + self._close(Outcome(cursor_id=cursor.id))

    def _described(self, cursor: Cursor) -> bytes:
        return replies.describe_message(columns.describe(cursor.columns, self.layout))

    def _run(self, cursor: Cursor, call: Execute) -> bytes:
        try:
            if cursor.plsql:
                return self._run_plsql(cursor, call)
            result = self._session_execute(cursor, call)
        except OraError as error:
            if not call.cursor_id:
                self.cursors.close(cursor.id)
            call.cursor_id = 0 if not call.cursor_id else cursor.id
            raise error
        if result.kind == "query":
            return self._query(cursor, call, result)
        returned = self._returned(cursor, call, result) if any(cursor.text.returning) else b""
        counts = None
        if call.flags & c.EXEC_DML_ROWCOUNTS:
            counts = result.row_counts or [result.rowcount]
        return returned + replies.execute_parameters(counts) + self._close(self._outcome(cursor, result))

    def _outcome(self, cursor: Cursor, result: Result) -> Outcome:
        outcome = Outcome(cursor_id=cursor.id, rowcount=result.rowcount, rowid=result.last_rowid)
        if result.batch_errors:
            outcome.code, outcome.message = replies.ARRAY_DML_ERRORS, "error(s) in array DML"
            outcome.batch = result.batch_errors
        if result.warning is not None:
            outcome.compile_warning = True
        return outcome

    def _session_execute(self, cursor: Cursor, call: Execute) -> Result:
        autocommit = bool(call.options & c.OPT_COMMIT)
        batch = bool(call.options & c.OPT_BATCH_ERRORS)
        rows = [self._values(row) for row in call.rows]
        many = len(rows) > 1 or (batch and rows)
        values = None if many else rows[0] if rows else []
        variables = self._binds(cursor, values)
        sql = cursor.sql or ""
        if many:
            return self.session.execute(sql, variables, rows, batch_errors=batch, autocommit=autocommit)
        result = self.session.execute(sql, variables, autocommit=autocommit)
        if cursor.text.kind == "dml" and not rows:
            for _ in range(call.executions - 1):
                result.rowcount += self.session.execute(sql, variables, autocommit=autocommit).rowcount
        return result

    def _values(self, row: list[Any]) -> list[Any]:
        """Replace locators and cursor references of a bind row by what they stand for."""
        return [self._value(value) if isinstance(value, (binds.Locator, binds.CursorRef, binds.Unsupported)) else value
                for value in row]

    def _value(self, value: Any) -> Any:
        if isinstance(value, binds.Locator):
            return self.lobs.get(value.data).content
        if isinstance(value, binds.CursorRef):
            return None
        raise OraError(3115, "unsupported network datatype or representation")

    def _binds(self, cursor: Cursor, values: list[Any] | None) -> list[Bind]:
        names = cursor.text.names
        named = len(names) == len(cursor.metas)
        return [
            Bind(names[at] if named else None, meta.type_name, values[at] if values else None, meta.size, meta.is_array)
            for at, meta in enumerate(cursor.metas)
        ]

    # -- queries

    def _query(self, cursor: Cursor, call: Execute, result: Result) -> bytes:
        scrollable = bool(call.flags & c.EXEC_SCROLLABLE)
        changed = cursor.open(result, scrollable=scrollable)
        head = self._described(cursor) if changed or call.options & c.OPT_PARSE else b""
        if not call.options & c.OPT_FETCH or cursor.needs_define:
            return head + self._no_rows(cursor)
        if scrollable:
            return head + self._scrolled(cursor, call)
        return head + self._rows(cursor, call.prefetch)

    def _no_rows(self, cursor: Cursor) -> bytes:
        return replies.execute_parameters() + self._close(Outcome(cursor_id=cursor.id, rowcount=cursor.fetched))

    def _rows(self, cursor: Cursor, count: int) -> bytes:
        rows = cursor.take(max(count, 1))
        if self._rows_left is not None:
            self._count_down(cursor, rows)
        body = replies.row_header(len(cursor.columns)) + cursor.encode(rows)
        outcome = Outcome(cursor_id=cursor.id, rowcount=cursor.fetched)
        if cursor.exhausted:
            outcome.code, outcome.message = replies.NO_MORE_ROWS, "no data found"
        return body + replies.execute_parameters() + self._close(outcome)

    def _count_down(self, cursor: Cursor, rows: list[tuple[Any, ...]]) -> None:
        """Cut the connection when the policy's number of rows is reached."""
        left = self._rows_left or 0
        if len(rows) >= left:
            raise DropConnectionError(replies.row_header(len(cursor.columns)) + cursor.encode(rows[:left]))
        self._rows_left = left - len(rows)

    def _fetch(self, body: tuple[int, int]) -> bytes:
        cursor_id, count = body
        cursor = self.cursors.get(cursor_id)
        if cursor.needs_define:
            raise OraError(932, "inconsistent datatypes: LOB columns need a define")
        if cursor.scroll is not None:
            return self._scrolled(cursor, Execute(0, cursor_id, prefetch=count))
        return self._rows(cursor, count)

    def _scrolled(self, cursor: Cursor, call: Execute) -> bytes:
        rows, first = scroll_rows(cursor, call.orientation, call.position, max(call.prefetch, 1))
        outcome = Outcome(cursor_id=cursor.id, rowcount=first + len(rows))
        if len(rows) < max(call.prefetch, 1):
            outcome.code, outcome.message = replies.NO_MORE_ROWS, "no data found"
        body = replies.row_header(len(cursor.columns)) + cursor.encode(rows)
        return body + replies.execute_parameters() + self._close(outcome)

    # -- RETURNING and PL/SQL

    def _returned(self, cursor: Cursor, call: Execute, result: Result) -> bytes:
        """Row data of RETURNING: for each execution each bind's returned values."""
        parts = []
        executions = max(len(call.rows), 1)
        failed = {at for at, _ in result.batch_errors}
        returned = {at: iter(_per_execution(result.out_binds.get(at), executions - len(failed)))
                    for at, flag in enumerate(cursor.text.returning) if flag}
        for turn in range(executions):
            parts.append(bytes((c.MSG_ROW_DATA,)))
            for at, lists in returned.items():
                values = [] if turn in failed else next(lists)
                parts.append(ub(len(values)))
                parts += [out_value(cursor, self.lobs, cursor.metas[at], value) for value in values]
        return b"".join(parts)

    def _run_plsql(self, cursor: Cursor, call: Execute) -> bytes:
        rows: list[list[Any]] = [self._values(row) for row in call.rows] or [[]] * max(call.executions, 1)
        data = []
        result = Result("plsql")
        for done, values in enumerate(rows):
            try:
                result = self.session.execute(cursor.sql or "", self._binds(cursor, values),
                                              autocommit=bool(call.options & c.OPT_COMMIT))
            except OraError as error:
                error.rowcount = done   # type: ignore[attr-defined]
                raise
            data.append(self._out_row(cursor, result))
        if result.kind == "query":
            return self._query(cursor, call, result)
        outcome = self._outcome(cursor, result)
        outcome.rowcount = len(rows)
        if not cursor.metas:
            return self._implicit(result) + replies.execute_parameters() + self._close(outcome)
        out = frozenset(result.out_binds)
        directions = [c.DIR_IN_OUT if at in out else c.DIR_IN for at in range(len(cursor.metas))]
        head = replies.io_vector(directions) + b"".join(data) + self._implicit(result)
        return head + replies.execute_parameters() + self._close(outcome)

    def _implicit(self, result: Result) -> bytes:
        """Implicit results: a description and a cursor id of each."""
        if not result.implicit:
            return b""
        parts = [bytes((c.MSG_IMPLICIT_RESULTS,)), ub(len(result.implicit))]
        for one in result.implicit:
            opened = self.cursors.nested(one)
            parts += [b"\x00", columns.describe(opened.columns, self.layout), ub(opened.id)]
        return b"".join(parts)

    def _out_row(self, cursor: Cursor, result: Result) -> bytes:
        if not result.out_binds:
            return b""
        parts = [bytes((c.MSG_ROW_DATA,))]
        for at in sorted(result.out_binds):
            meta, value = cursor.metas[at], result.out_binds[at]
            if meta.is_array:
                values = list(value or ())
                parts.append(ub(len(values)))
                parts += [out_value(cursor, self.lobs, meta, item) for item in values]
            else:
                parts.append(out_value(cursor, self.lobs, meta, value))
        return b"".join(parts)


def _per_execution(values: Any, executions: int) -> list[list[Any]]:
    """Returned values as one list an execution; a single execution may give its values flat."""
    if values is None:
        return [[] for _ in range(executions)]
    values = list(values)
    if len(values) == executions and all(isinstance(item, list) for item in values):
        return values
    if executions == 1 and not any(isinstance(item, list) for item in values):
        return [values]
    raise columns.internal_error(f"RETURNING of {len(values)} lists for {executions} rows")
