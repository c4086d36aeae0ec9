# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Requests of a client after login: TTC function calls with the piggybacks that come before them.

Clients before 23ai mark no end of request, so a request is parsed from the start again whenever it was not complete:
parsing has no effects, and every parser raises UnderflowError when bytes are missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from estate.wire import constants as c
from estate.wire.auth import read_auth
from estate.wire.binds import BindMeta, read_meta, read_row
from estate.wire.buffer import MalformedError, Reader

MAX_BINDS = 65535
MAX_EMPTY_ROWS = 1 << 20
LOB_WRITE = 0x40


class UnknownFunctionError(Exception):
    """A function or piggyback that this server does not offer; its length is unknown, so the request is lost."""

    def __init__(self, function: int) -> None:
        super().__init__(f"TTC function {function}")
        self.function = function


class BindShape(Protocol):
    """What the parser must know of an open cursor to read bind values."""

    @property
    def metas(self) -> list[BindMeta]:
        """Types of the binds as they were sent last."""

    @property
    def plsql(self) -> bool:
        """Whether the statement is a PL/SQL block."""

    def sent(self, *, again: bool) -> list[bool]:
        """Which binds have a value in the request (not RETURNING ones, nor OUT ones when executed again)."""


@dataclass(slots=True)
class Request:
    """One call: the function, what was piggybacked before it, and its arguments."""

    function: int
    token: int = 0
    piggybacks: list[tuple[int, Any]] = field(default_factory=list)
    body: Any = None
    one_way: bool = False


@dataclass(slots=True)
class Execute:
    """Arguments of execute and re-execute."""

    options: int
    cursor_id: int
    sql: str | None = None
    prefetch: int = 0
    executions: int = 1
    flags: int = 0
    orientation: int = 0
    position: int = 0
    metas: list[BindMeta] = field(default_factory=list)
    defines: list[BindMeta] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    again: bool = False


@dataclass(slots=True)
class LobCall:
    """Arguments of a LOB operation; offsets and amounts are in characters for CLOBs."""

    operation: int
    locator: bytes
    source_offset: int
    dest_offset: int
    amount: int = 0
    charset: int = 0
    data: bytes | None = None
    has_amount: bool = False
    destination: bytes = b""
    dest_length: int = 0


class RequestParser:
    """Parses requests of one connection. ``shape`` gives the binds of an open cursor, ``shape_of`` those of a text."""

    def __init__(self, field_version: int, shape: Callable[[int], BindShape],
                 shape_of: Callable[[str, list[BindMeta]], BindShape]) -> None:
        self.field_version = field_version
        self._shape = shape
        self._shape_of = shape_of

    def parse(self, reader: Reader) -> Request:
        """Raises UnderflowError (incomplete), MalformedError, UnknownFunctionError."""
        piggybacks: list[tuple[int, Any]] = []
        while True:
            kind = reader.u8()
            if kind == c.MSG_FLUSH_OUT_BINDS:
                return Request(c.MSG_FLUSH_OUT_BINDS)
            if kind not in (c.MSG_FUNCTION, c.MSG_PIGGYBACK, c.MSG_ONE_WAY):
                raise MalformedError(f"message type {kind}")
            function = reader.u8()
            reader.u8()
            token = reader.ub() if self.field_version >= c.FV_23_1_EXT1 else 0
            if kind == c.MSG_PIGGYBACK:
                piggybacks.append((function, self._piggyback(reader, function)))
                continue
            if kind == c.MSG_ONE_WAY:
                reader.pos = reader.end
                return Request(function, token, piggybacks, one_way=True)
            return Request(function, token, piggybacks, self._body(reader, function))

    def _body(self, reader: Reader, function: int) -> Any:
        if function == c.FN_EXECUTE:
            return self._execute(reader)
        if function in (c.FN_REEXECUTE, c.FN_REEXECUTE_AND_FETCH):
            return self._reexecute(reader, function)
        if function == c.FN_FETCH:
            return reader.ub(), reader.ub()
        if function == c.FN_LOB:
            return read_lob(reader)
        if function == c.FN_PIPELINE_END:
            return reader.ub()
        if function == c.FN_VERSION:
            return self._version(reader)
        if function in (c.FN_COMMIT, c.FN_ROLLBACK, c.FN_PING, c.FN_LOGOFF):
            return None
        if function == c.FN_AUTH_TWO:
            return read_auth(reader, function)
        raise UnknownFunctionError(function)

    def _execute(self, reader: Reader) -> Execute:
        call = Execute(options=reader.ub(), cursor_id=reader.ub())
        reader.u8()
        sql_length = reader.ub()
        reader.u8()
        vector_length = reader.ub()
        reader.raw(2)
        reader.ub()
        call.prefetch = reader.ub()
        reader.ub()
        reader.u8()
        binds = reader.ub()
        reader.raw(6)
        defines = reader.ub()
        self._skip_registration(reader)
        if not 0 <= binds <= MAX_BINDS or not 0 <= defines <= MAX_BINDS or vector_length > 64:
            raise MalformedError(f"execute with {binds} binds and {defines} defines")
        if sql_length:
            call.sql = (reader.chunk() or b"").decode("utf-8", "replace")
        vector = [reader.ub() for _ in range(vector_length)] + [0] * 13
        call.executions, call.flags = vector[1], vector[9]
        if not binds and not vector[7] and call.executions > MAX_EMPTY_ROWS:
            raise MalformedError(f"{call.executions} executions without binds")
        call.orientation, call.position = vector[10], vector[11]
        if vector[7] and not call.prefetch:
            call.prefetch = vector[1]
        call.defines = [read_meta(reader, self.field_version) for _ in range(defines)]
        if binds and not defines:
            self._binds(reader, call, binds, is_query=bool(vector[7]))
        return call

    def _skip_registration(self, reader: Reader) -> None:
        """Registration, object and domain lists, DML row counts, SQL signature, chunk ids: all of no interest."""
        reader.ub()
        reader.raw(3)
        reader.ub()
        reader.u8()
        reader.ub()
        reader.ub()
        reader.u8()
        reader.ub()
        reader.u8()
        if self.field_version >= c.FV_12_2:
            reader.u8()
            reader.ub()
            reader.u8()
            reader.ub()
            reader.u8()
        if self.field_version >= c.FV_12_2_EXT1:
            reader.u8()
            reader.ub()

    def _binds(self, reader: Reader, call: Execute, count: int, *, is_query: bool) -> None:
        call.metas = [read_meta(reader, self.field_version) for _ in range(count)]
        shape = self._shape_of(call.sql, call.metas) if call.sql is not None else self._shape(call.cursor_id)
        rows = 1 if is_query else max(call.executions, 1)
        call.rows = _rows(reader, call.metas, shape.sent(again=False), rows, plsql=shape.plsql)

    def _reexecute(self, reader: Reader, function: int) -> Execute:
        cursor_id, iterations = reader.ub(), reader.ub()
        first, second = reader.ub(), reader.ub()
        fetch = function == c.FN_REEXECUTE_AND_FETCH
        options = c.OPT_EXECUTE | (c.OPT_FETCH if fetch else 0) | (c.OPT_COMMIT if second & 1 else 0)
        call = Execute(options | (first & c.OPT_COMMIT), cursor_id, prefetch=iterations, again=True)
        call.executions = 1 if fetch else max(iterations, 1)
        shape = self._shape(cursor_id)
        call.metas = shape.metas
        if shape.metas:
            call.rows = _rows(reader, shape.metas, shape.sent(again=True), call.executions, plsql=shape.plsql)
        return call

    def _version(self, reader: Reader) -> int:
        """Arguments of the version call: the client's buffer size."""
        reader.u8()
        size = reader.ub()
        reader.raw(2)
        if self.field_version >= c.FV_18_1_EXT1:
            reader.ub()
        return size

    def _piggyback(self, reader: Reader, function: int) -> Any:
        try:
            return _PIGGYBACKS[function](reader)
        except KeyError:
            raise UnknownFunctionError(function) from None


def _rows(reader: Reader, metas: list[BindMeta], sent: list[bool], count: int, *, plsql: bool) -> list[list[Any]]:
    """Bind rows; none follow when every bind is an output."""
    if not any(sent):
        if count > MAX_EMPTY_ROWS:
            raise MalformedError(f"{count} executions without bind values")
        return [[None] * len(metas) for _ in range(count)]
    rows = []
    for _ in range(count):
        if (kind := reader.u8()) != c.MSG_ROW_DATA:
            raise MalformedError(f"message type {kind} in place of bind values")
        rows.append(read_row(reader, metas, sent, plsql=plsql))
    return rows


def read_lob(reader: Reader) -> LobCall:
    """Read a call on a LOB: the operation, the locators and the amounts, in characters or bytes as the LOB counts."""
    reader.u8()
    source_length = reader.ub()
    has_destination = reader.u8()
    dest_length = reader.ub()
    reader.ub()
    reader.ub()
    has_charset = reader.u8()
    reader.raw(2)
    operation = reader.ub()
    reader.raw(2)
    call = LobCall(operation, b"", reader.ub(), reader.ub(), dest_length=dest_length)
    call.has_amount = bool(reader.u8())
    reader.raw(6)
    call.locator = reader.raw(source_length)
    if has_destination:
        call.destination = reader.raw(dest_length)
    if has_charset:
        call.charset = reader.ub()
    if operation == LOB_WRITE:
        if (kind := reader.u8()) != c.MSG_LOB_DATA:
            raise MalformedError(f"message type {kind} in place of LOB data")
        call.data = reader.chunk() or b""
    if call.has_amount:
        call.amount = reader.ub()
    return call


def _cursor_ids(reader: Reader) -> list[int]:
    reader.u8()
    count = reader.ub()
    if not 0 <= count <= MAX_BINDS:
        raise MalformedError(f"{count} cursors to close or cancel")
    return [reader.ub() for _ in range(count)]


def _end_to_end(reader: Reader) -> dict[str, str | None]:
    reader.raw(2)
    reader.ub()
    lengths: dict[str, tuple[int, int]] = {}
    for name in ("client_identifier", "module", "action", "ecid"):
        lengths[name] = (reader.u8(), reader.ub())
    reader.u8()
    reader.ub()
    for name in ("client_info", "kstk", "ktgt", "dbop"):
        lengths[name] = (reader.u8(), reader.ub())
    values: dict[str, str | None] = {}
    for name in ("client_identifier", "module", "action", "ecid", "client_info", "kstk", "ktgt", "dbop"):
        present, size = lengths[name]
        if present:
            values[name] = (reader.chunk() or b"").decode("utf-8", "replace") if size else None
    return {name: value for name, value in values.items() if name not in ("ecid", "kstk", "ktgt")}


def _schema(reader: Reader) -> str:
    reader.u8()
    return reader.text()


def _key_values(reader: Reader) -> tuple[str, dict[str, str]]:
    reader.u8()
    reader.ub()
    reader.u8()
    count = reader.ub()
    reader.ub()
    reader.u8()
    namespace = (reader.chunk() or b"").decode("utf-8", "replace")
    return namespace, _pairs(reader, count)


def _pairs(reader: Reader, count: int) -> dict[str, str]:
    pairs = {}
    for _ in range(count):
        name = reader.text()
        pairs[name] = reader.text()
        reader.ub()
    return pairs


def _alter_session(reader: Reader) -> dict[str, str]:
    reader.ub()
    reader.u8()
    return _pairs(reader, reader.ub())


def _begin_pipeline(reader: Reader) -> int:
    reader.ub()
    reader.u8()
    return reader.u8()


_PIGGYBACKS: dict[int, Callable[[Reader], Any]] = {
    c.FN_CLOSE_CURSORS: _cursor_ids, c.FN_CANCEL_CURSORS: _cursor_ids, c.FN_END_TO_END: _end_to_end,
    c.FN_LOB: read_lob, c.FN_SET_SCHEMA: _schema,
    c.FN_KEY_VALUE: _key_values, c.FN_SESSION_STATE: Reader.ub, c.FN_PIPELINE_BEGIN: _begin_pipeline,
    c.FN_ALTER_SESSION: _alter_session,
}
