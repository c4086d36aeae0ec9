# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bind variables as drivers send them: their metadata and their values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from estate.wire import constants as c
from estate.wire import number, scalars
from estate.wire.buffer import MalformedError, Reader

MAX_STRING_SIZE = 32767
ESCAPE = 253
_TYPE_NAMES = {
    (c.T_VARCHAR, 1): "VARCHAR2", (c.T_VARCHAR, 2): "NVARCHAR2", (c.T_CHAR, 1): "CHAR", (c.T_CHAR, 2): "NCHAR",
    (c.T_LONG, 1): "LONG", (c.T_LONG, 2): "LONG", (c.T_CLOB, 1): "CLOB", (c.T_CLOB, 2): "NCLOB",
}
_PLAIN_NAMES = {
    c.T_VARCHAR: "VARCHAR2", c.T_CHAR: "CHAR", c.T_LONG: "LONG", c.T_CLOB: "CLOB", c.T_NUMBER: "NUMBER",
    c.T_BINARY_INTEGER: "NUMBER", c.T_ROWID: "ROWID", c.T_UROWID: "UROWID", c.T_DATE: "DATE", c.T_RAW: "RAW",
    c.T_LONG_RAW: "LONG RAW", c.T_BINARY_FLOAT: "BINARY_FLOAT", c.T_BINARY_DOUBLE: "BINARY_DOUBLE",
    c.T_CURSOR: "REF CURSOR", c.T_BLOB: "BLOB", c.T_JSON: "JSON", c.T_TIMESTAMP: "TIMESTAMP",
    c.T_TIMESTAMP_TZ: "TIMESTAMP WITH TIME ZONE", c.T_TIMESTAMP_LTZ: "TIMESTAMP WITH LOCAL TIME ZONE",
    c.T_INTERVAL_YM: "INTERVAL YEAR TO MONTH", c.T_INTERVAL_DS: "INTERVAL DAY TO SECOND", c.T_BOOLEAN: "BOOLEAN",
}


@dataclass(frozen=True, slots=True)
class Locator:
    """A LOB locator inside a bind value; the session's LOB store knows its content."""

    data: bytes


@dataclass(frozen=True, slots=True)
class CursorRef:
    """A REF CURSOR bind: 0 for one that is yet to be opened."""

    cursor_id: int


class Unsupported:
    """A value of a type that the server does not take (objects, vectors)."""


@dataclass(frozen=True, slots=True)
class BindMeta:
    """Type, flags and size of a bind or define."""

    code: int
    flags: int
    size: int
    elements: int
    cont_flags: int
    form: int
    prefetch: int = 0

    @property
    def is_array(self) -> bool:
        """Whether it is a PL/SQL index-by table."""
        return bool(self.flags & c.BIND_ARRAY)

    @property
    def type_name(self) -> str:
        """Oracle's name of the type, as VARCHAR2; ``TYPE n`` for an unknown code."""
        return _TYPE_NAMES.get((self.code, self.form)) or _PLAIN_NAMES.get(self.code, f"TYPE {self.code}")


def read_meta(reader: Reader, field_version: int) -> BindMeta:
    """Read one bind's type, size in bytes, array length and character set form."""
    code, flags, _precision, _scale = reader.raw(4)
    size, elements, cont_flags = reader.ub(), reader.ub(), reader.ub()
    reader.sized()
    reader.ub()
    reader.ub()
    form, prefetch = reader.u8(), reader.ub()
    if field_version >= c.FV_12_2:
        reader.ub()
    return BindMeta(code, flags, size, elements, cont_flags, form, prefetch)


def _text(form: int) -> Callable[[bytes], Any]:
    encoding = "utf-16-be" if form == 2 else "utf-8"
    return lambda data: data.decode(encoding, "replace")


_TEXT = {1: _text(1), 2: _text(2), 0: _text(0)}
_DECODERS: dict[int, Callable[[bytes], Any]] = {
    c.T_NUMBER: number.decode, c.T_BINARY_INTEGER: number.decode, c.T_DATE: scalars.decode_date,
    c.T_TIMESTAMP: scalars.decode_date, c.T_TIMESTAMP_LTZ: scalars.decode_date,
    c.T_TIMESTAMP_TZ: lambda data: scalars.decode_date(data, zoned=True),
    c.T_RAW: bytes, c.T_LONG_RAW: bytes,
    c.T_BINARY_FLOAT: scalars.decode_float, c.T_BINARY_DOUBLE: scalars.decode_float,
    c.T_INTERVAL_DS: scalars.decode_interval_ds, c.T_INTERVAL_YM: scalars.decode_interval_ym,
    c.T_ROWID: _TEXT[1], c.T_UROWID: _TEXT[1],
}


def _scalar(decode: Callable[[bytes], Any]) -> Callable[[Reader], Any]:
    def read(reader: Reader) -> Any:
        data = reader.chunk()
        return None if data is None else decode(data)
    return read


def _read_lob(reader: Reader) -> Any:
    data = reader.sized()
    return Locator(data) if data else None


def _read_cursor(reader: Reader) -> Any:
    return CursorRef(reader.ub() if reader.ub() else 0)


def _read_boolean(reader: Reader) -> Any:
    if reader.pos < reader.end and reader.data[reader.pos] == ESCAPE:
        reader.raw(2)
        return None
    data = reader.chunk()
    return None if data is None else data[0] == 1


def _read_object(reader: Reader) -> Any:
    reader.sized()
    reader.sized()
    reader.ub()
    reader.ub()
    size = reader.ub()
    reader.ub()
    if not size:
        return None
    reader.chunk()
    return Unsupported()


def _read_prefetched(reader: Reader) -> Any:
    """JSON and VECTOR travel as a locator followed by the data."""
    if not reader.ub():
        return None
    reader.chunk()
    reader.chunk()
    return Unsupported()


_READERS: dict[int, Callable[[Reader], Any]] = {
    c.T_CLOB: _read_lob, c.T_BLOB: _read_lob, c.T_BFILE: _read_lob, c.T_CURSOR: _read_cursor,
    c.T_BOOLEAN: _read_boolean,
    c.T_OBJECT: _read_object, c.T_JSON: _read_prefetched, 127: _read_prefetched,
    **{code: _scalar(decode) for code, decode in _DECODERS.items()},
}
_TEXT_CODES = frozenset((c.T_VARCHAR, c.T_CHAR, c.T_LONG))
_TEXT_READERS = {form: _scalar(decode) for form, decode in _TEXT.items()}


def value_reader(meta: BindMeta) -> Callable[[Reader], Any]:
    """The function that reads one value of this bind. Raises MalformedError for an unknown type."""
    if meta.code in _TEXT_CODES:
        return _TEXT_READERS[2 if meta.form == 2 else 1]
    try:
        return _READERS[meta.code]
    except KeyError:
        raise MalformedError(f"bind of unknown data type {meta.code}") from None


def read_row(reader: Reader, metas: list[BindMeta], sent: list[bool], *, plsql: bool) -> list[Any]:
    """One row of bind values; those not sent are None. Outside PL/SQL, LONG values come last."""
    values: list[Any] = [None] * len(metas)
    late = []
    for at, meta in enumerate(metas):
        if not sent[at]:
            continue
        if not plsql and meta.size > MAX_STRING_SIZE and not meta.is_array:
            late.append(at)
            continue
        values[at] = _read_value(reader, meta)
    for at in late:
        values[at] = _read_value(reader, metas[at])
    return values


def _read_value(reader: Reader, meta: BindMeta) -> Any:
    read = value_reader(meta)
    if not meta.is_array:
        return read(reader)
    count = reader.ub()
    if not 0 <= count <= max(meta.elements, 1) * 2 + 65536:
        raise MalformedError(f"array bind of {count} elements")
    return [read(reader) for _ in range(count)]
