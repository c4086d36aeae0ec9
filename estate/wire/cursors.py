# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Open cursors of a session: statement, binds, defines and the rows that are still to be fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from estate.api import Column, OraError, Result
from estate.wire import columns, sqltext
from estate.wire import constants as c
from estate.wire.binds import BindMeta
from estate.wire.buffer import chunk, ub
from estate.wire.columns import Encoder
from estate.wire.lobs import CHUNK_SIZE, LobStore
from estate.wire.profiles import Layout
from estate.wire.sqltext import SqlText

MAX_CURSORS = 65535
_NEEDS_DEFINE = frozenset((c.T_CLOB, c.T_BLOB))
_REDEFINED = _NEEDS_DEFINE | {c.T_JSON}
Opener = Callable[[Result], "Cursor"]


class StatementShape:
    """The binds of a statement text that has no cursor yet."""

    def __init__(self, text: SqlText, metas: list[BindMeta]) -> None:
        self.text = text
        self.metas = metas
        self.out_positions: frozenset[int] = frozenset()

    @property
    def plsql(self) -> bool:
        """Whether the statement is a PL/SQL block."""
        return self.text.kind == "plsql"

    def sent(self, *, again: bool) -> list[bool]:
        """All but those of RETURNING; the server calls every PL/SQL output IN OUT, so values always follow."""
        flags = self.text.returning
        if len(flags) != len(self.metas):
            return [True] * len(self.metas)
        return [not returned for returned in flags]


class Cursor(StatementShape):
    """One cursor. ``rows`` is what is left of the current result set."""

    def __init__(self, cursor_id: int, sql: str | None, lobs: LobStore, opener: Opener, layout: Layout) -> None:
        super().__init__(sqltext.scan(sql or ""), [])
        self.id = cursor_id
        self.sql = sql
        self.columns: tuple[Column, ...] = ()
        self.rows: Iterator[tuple[Any, ...]] = iter(())
        self.fetched = 0
        self.exhausted = True
        self.defines: list[BindMeta] = []
        self.scroll: list[tuple[Any, ...]] | None = None
        self._lobs = lobs
        self._opener = opener
        self._encoders: list[Encoder] | None = None
        self._layout = layout

    def open(self, result: Result, *, scrollable: bool = False) -> bool:
        """Take a query's result. True if its columns are not those the client knows already."""
        changed = result.columns != self.columns
        if changed:
            self.columns = tuple(result.columns)
            self.defines = []
            self._encoders = None
        self.rows = iter(result.rows)
        self.fetched = 0
        self.exhausted = False
        self.scroll = list(self.rows) if scrollable else None
        return changed

    @property
    def needs_define(self) -> bool:
        """LOB columns are sent only after the client said how it wants them."""
        return not self.defines and any(columns.wire_type(item).code in _NEEDS_DEFINE for item in self.columns)

    def define(self, defines: list[BindMeta]) -> None:
        """Fetch columns as the types that the client asks for. ORA-01007 for another number of them than of columns."""
        if len(defines) != len(self.columns):
            raise OraError(1007, "variable not in select list")
        self.defines = defines
        self._encoders = None

    def close(self) -> None:
        """Give the rows up; the statement can be executed again."""
        close = getattr(self.rows, "close", None)
        if close:
            close()
        self.rows = iter(())

    def take(self, count: int) -> list[tuple[Any, ...]]:
        """Up to ``count`` further rows. Raises what the result's iterator raises."""
        rows = list(islice(self.rows, count))
        self.fetched += len(rows)
        if len(rows) < count:
            self.exhausted = True
            self.close()
        return rows

    def encode(self, rows: Sequence[tuple[Any, ...]]) -> bytes:
        """Rows as they go into a packet, in the types that the client asked for."""
        if not rows:
            return b""
        if self._encoders is None:
            self._encoders = [self._encoder(at, item) for at, item in enumerate(self.columns)]
        return columns.encode_rows(rows, self._encoders, self.columns)

    def _encoder(self, at: int, column: Column) -> Encoder:
        kind = columns.wire_type(column)
        meta = self.defines[at] if self.defines else None
        # Only LOBs and JSON travel in another type than the described one: drivers convert what else was defined.
        code = meta.code if meta and kind.code in _REDEFINED else kind.code
        if column.size == 0 and kind.size is None:
            return columns.null_column(column.name)
        if code in _NEEDS_DEFINE:
            return lob_encoder(self._lobs, kind.form, binary=code == c.T_BLOB,
                               sizes=meta is None or bool(meta.cont_flags & c.LOB_PREFETCH), prefetch=meta)
        if code == c.T_CURSOR:
            return self._cursor_encoder
        return columns.scalar_encoder(code, meta.form if meta and meta.form else kind.form)

    def _cursor_encoder(self, values: Sequence[Any]) -> list[bytes]:
        return [b"\x00" if value is None else self.nested(value) for value in values]

    def nested(self, result: Result) -> bytes:
        """A REF CURSOR inside a row or an OUT bind: its description and its cursor id."""
        cursor = self._opener(result)
        described = columns.describe(cursor.columns, self._layout)
        return b"\x01" + described + ub(cursor.id)


def lob_encoder(lobs: LobStore, form: int, *, binary: bool, sizes: bool = True, prefetch: BindMeta | None = None,
                temporary: bool = False) -> Encoder:
    """Encode contents as locators, with length and chunk size where the client asked for them."""
    limit = prefetch.prefetch if prefetch else 0

    def field(value: Any) -> bytes:
        if value is None:
            return b"\x00"
        content = _content(value, binary)
        locator = lobs.add(content, form, temporary=temporary)
        parts = [ub(len(locator))]
        if sizes:
            parts += [ub(len(content)), ub(CHUNK_SIZE)]
        if sizes and limit:
            parts.append(_prefetched(content, form, limit))
        parts.append(chunk(locator))
        return b"".join(parts)

    return lambda values: [field(value) for value in values]


def _content(value: Any, binary: bool) -> str | bytes:
    if binary:
        return columns.to_bytes(value, 0)
    return value if isinstance(value, str) else columns.to_bytes(value, 1).decode("utf-8", "replace")


def _prefetched(content: str | bytes, form: int, limit: int) -> bytes:
    """The first part of a LOB sent along with its locator: character set for CLOBs, then the data."""
    piece = content[:limit]
    if isinstance(piece, bytes):
        return chunk(piece)
    head = b"\x00" + ub(c.CHARSET_UTF16 if form == 2 else c.CHARSET_UTF8) + bytes((form,))
    return head + chunk(columns.to_bytes(piece, form))


class CursorTable:
    """Cursors of a session by id; ids are reused, as the protocol has 16 bits for them."""

    def __init__(self, lobs: LobStore, layout: Layout, *, limit: int) -> None:
        self._lobs = lobs
        self._layout = layout
        self._limit = min(limit, MAX_CURSORS)
        self._open: dict[int, Cursor] = {}
        self._free: list[int] = []
        self._last = 0

    def __len__(self) -> int:
        return len(self._open)

    def create(self, sql: str | None) -> Cursor:
        """Raises OraError 1000 when too many are open."""
        if len(self._open) >= self._limit:
            raise OraError(1000, "maximum open cursors exceeded")
        if self._free:
            cursor_id = self._free.pop()
        else:
            self._last += 1
            cursor_id = self._last
        cursor = Cursor(cursor_id, sql, self._lobs, self.nested, self._layout)
        self._open[cursor_id] = cursor
        return cursor

    def nested(self, result: Result) -> Cursor:
        """A cursor of its own for a result that is a value in a row or an OUT bind."""
        cursor = self.create(None)
        cursor.open(result)
        return cursor

    def get(self, cursor_id: int) -> Cursor:
        """Raises OraError 1001."""
        try:
            return self._open[cursor_id]
        except KeyError:
            raise OraError(1001, "invalid cursor") from None

    def shape(self, cursor_id: int) -> StatementShape:
        """The binds of a cursor, for the request parser; of an unknown one none."""
        return self._open.get(cursor_id) or StatementShape(SqlText("other"), [])

    def cancel(self, cursor_id: int) -> None:
        """Give up the rows that are left; the cursor stays for its next execution."""
        if cursor_id in self._open:
            self._open[cursor_id].close()

    def close(self, cursor_id: int) -> None:
        """Close a cursor by its number, which may be given again; an unknown number is passed over."""
        cursor = self._open.pop(cursor_id, None)
        if cursor is not None:
            cursor.close()
            self._free.append(cursor_id)


def shape_of(sql: str, metas: list[BindMeta]) -> StatementShape:
    """The statement's kind and placeholders, with the types of its binds."""
    return StatementShape(sqltext.scan(sql), metas)


def out_value(cursor: Cursor, lobs: LobStore, meta: BindMeta, value: Any) -> bytes:
    """One OUT value of PL/SQL or RETURNING, followed by its length indicator."""
    bounded = value is not None and meta.code in (c.T_VARCHAR, c.T_CHAR) and meta.size
    if bounded and len(columns.to_bytes(value, meta.form)) > meta.size:
        raise OraError(6502, "PL/SQL: numeric or value error: character string buffer too small")
    if meta.code in _NEEDS_DEFINE:
        binary = meta.code == c.T_BLOB
        encoder = lob_encoder(lobs, meta.form, binary=binary, temporary=True,
                              sizes=bool(meta.cont_flags & c.LOB_PREFETCH))
        return encoder([value])[0] + b"\x00"
    if meta.code == c.T_CURSOR:
        return cursor.nested(value if value is not None else Result("query")) + b"\x00"
    return _plain_out(meta, value) + b"\x00"


def _plain_out(meta: BindMeta, value: Any) -> bytes:
    """OUT values of LONG and ROWID types travel as plain strings."""
    if meta.code in (c.T_LONG, c.T_LONG_RAW, c.T_ROWID, c.T_UROWID):
        return b"\x00" if value is None else chunk(columns.to_bytes(value, meta.form))
    return columns.scalar_encoder(meta.code, meta.form)([value])[0]
