# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Result columns: how they are described, and encoders that turn a whole column of a batch into bytes.

Encoding goes column by column: each encoder maps a sequence of Python values to a list of wire fields, most of it
inside C code. Equal values repeat much in dictionary views, so the common types look values up in a bounded memo first.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, repeat
from typing import Any

from estate.api import Column, OraError
from estate.wire import constants as c
from estate.wire import number, scalars
from estate.wire.buffer import MAX_SHORT, chunk, sb, sized, ub
from estate.wire.profiles import Layout

NULL = b"\x00"
Encoder = Callable[[Sequence[Any]], list[bytes]]


@dataclass(frozen=True, slots=True)
class WireType:
    """A data type as it is described: type number, character set form, and the size if it is fixed."""

    code: int
    form: int = 0
    size: int | None = None


WIRE_TYPES = {
    "VARCHAR2": WireType(c.T_VARCHAR, 1), "NVARCHAR2": WireType(c.T_VARCHAR, 2),
    "CHAR": WireType(c.T_CHAR, 1), "NCHAR": WireType(c.T_CHAR, 2), "NUMBER": WireType(c.T_NUMBER, 0, 22),
    "BINARY_FLOAT": WireType(c.T_BINARY_FLOAT, 0, 4), "BINARY_DOUBLE": WireType(c.T_BINARY_DOUBLE, 0, 8),
    "DATE": WireType(c.T_DATE, 0, 7), "TIMESTAMP": WireType(c.T_TIMESTAMP, 0, 11),
    "TIMESTAMP WITH TIME ZONE": WireType(c.T_TIMESTAMP_TZ, 0, 13),
    "TIMESTAMP WITH LOCAL TIME ZONE": WireType(c.T_TIMESTAMP_LTZ, 0, 11),
    "INTERVAL DAY TO SECOND": WireType(c.T_INTERVAL_DS, 0, 11),
    "INTERVAL YEAR TO MONTH": WireType(c.T_INTERVAL_YM, 0, 5),
    "CLOB": WireType(c.T_CLOB, 1, 4000), "NCLOB": WireType(c.T_CLOB, 2, 4000), "BLOB": WireType(c.T_BLOB, 0, 4000),
    "RAW": WireType(c.T_RAW), "LONG": WireType(c.T_LONG, 1, 0), "LONG RAW": WireType(c.T_LONG_RAW, 0, 0),
    "ROWID": WireType(c.T_ROWID, 0, 18), "UROWID": WireType(c.T_UROWID, 0, 4000),
    "BOOLEAN": WireType(c.T_BOOLEAN, 0, 4), "JSON": WireType(c.T_JSON, 0, 8200),
    "REF CURSOR": WireType(c.T_CURSOR, 0, 4),
}
_TIMESTAMPS = frozenset((c.T_TIMESTAMP, c.T_TIMESTAMP_TZ, c.T_TIMESTAMP_LTZ))


def wire_type(column: Column) -> WireType:
    """Raises OraError 3115 for a type that cannot travel."""
    try:
        return WIRE_TYPES[column.type]
    except KeyError:
        raise OraError(3115, f"unsupported network datatype or representation: {column.type}") from None


def _precision_scale(column: Column, kind: WireType) -> tuple[int, int]:
    if kind.code == c.T_NUMBER:
        return column.precision, column.scale
    if kind.code in _TIMESTAMPS:
        return 0, column.scale if 0 <= column.scale <= 9 else 6
    if kind.code == c.T_INTERVAL_DS:
        return column.precision or 2, column.scale if 0 <= column.scale <= 9 else 6
    if kind.code == c.T_INTERVAL_YM:
        return column.precision or 2, 0
    return 0, 0


def describe_column(column: Column, position: int, layout: Layout) -> bytes:
    """The metadata of one column."""
    kind = wire_type(column)
    precision, scale = _precision_scale(column, kind)
    size = column.size if kind.size is None else kind.size
    charset = {0: 0, 1: c.CHARSET_UTF8, 2: c.CHARSET_UTF16}[kind.form]
    name = column.name.encode()
    parts = [
        bytes((kind.code, 0, precision & 0xFF)), sb(scale) if layout.wide_scale else bytes((scale & 0xFF,)),
        ub(size), b"\x00", b"\x00", b"\x00", b"\x00", ub(charset), bytes((kind.form,)),
        ub(_characters(size, kind)),
    ]
    if layout.describe >= c.FV_12_2:
        parts.append(b"\x00")
    parts += [bytes((1 if column.nullable else 0, min(len(name), 255))), sized(name), b"\x00", b"\x00", ub(position)]
    parts.append(b"\x00")
    if layout.describe >= c.FV_23_1:
        parts.append(b"\x00\x00")
    if layout.describe >= c.FV_23_1_EXT3:
        parts.append(b"\x00")
    if layout.describe >= c.FV_23_4:
        parts.append(b"\x00\x00\x00")
    return b"".join(parts)


def _characters(size: int, kind: WireType) -> int:
    if kind.code in (c.T_VARCHAR, c.T_CHAR):
        return size // kind.form
    return 0


def internal_error(detail: str) -> OraError:
    """ORA-00600 inside ORA-00604: drivers take a bare ORA-00600 for the end of the session, which it is not here."""
    cause = f"ORA-00600: internal error code, arguments: [{detail}]"
    return OraError(604, f"error occurred at recursive SQL level 1\n{cause}")


class Memo(dict[Any, bytes]):
    """Wire fields by value, bounded; shared by all sessions. Only values of ``kept`` types are kept.

    Values that are equal must have equal fields: 1 and 1.0 do as NUMBER, but not as text.
    """

    def __init__(self, encode: Callable[[Any], bytes], kept: tuple[type, ...] = (object,), limit: int = 16384) -> None:
        super().__init__()
        self._encode = encode
        self._kept = kept
        self._limit = limit
        self[None] = NULL

    def __missing__(self, value: Any) -> bytes:
        field = self._encode(value)
        if len(field) > 80 or not isinstance(value, self._kept):
            return field
        if len(self) >= self._limit:
            self.clear()
            self[None] = NULL
        self[value] = field
        return field


def _number_field(value: Any) -> bytes:
    try:
        data = number.encode(value)
    except number.OutOfRangeError:
        raise OraError(1426, "numeric overflow") from None
    return bytes((len(data),)) + data


def _text_field(value: Any) -> bytes:
    if not isinstance(value, str):
        value = _as_text(value)
    data = value.encode("utf-8", "surrogatepass")
    size = len(data)
    return bytes((size,)) + data if size <= MAX_SHORT else chunk(data)


def _as_text(value: Any) -> str:
    if isinstance(value, (int, Decimal)):
        return str(value)
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() else repr(value)
    raise TypeError(f"{type(value).__name__} in a character column")


def _fixed(encode: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
    def field(value: Any) -> bytes:
        data = encode(value)
        return bytes((len(data),)) + data
    return field


def _nullable(field: Callable[[Any], bytes], null: bytes = NULL) -> Encoder:
    def encoder(values: Sequence[Any]) -> list[bytes]:
        return [null if value is None else field(value) for value in values]
    return encoder


def _memoised(memo: Memo) -> Encoder:
    lookup = memo.__getitem__

    def encoder(values: Sequence[Any]) -> list[bytes]:
        return list(map(lookup, values))
    return encoder


def _long_field(data: bytes) -> bytes:
    return chunk(data) + NULL + NULL


def to_bytes(value: Any, form: int) -> bytes:
    """Character or binary content as bytes, in the national character set for form 2."""
    if isinstance(value, str):
        return value.encode("utf-16-be" if form == 2 else "utf-8", "surrogatepass")
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    return _as_text(value).encode()


def _rowid_field(value: str) -> bytes:
    try:
        return b"\x0e" + scalars.rowid_fields(value)
    except ValueError:
        raise OraError(1410, "invalid ROWID") from None


def _boolean_field(value: Any) -> bytes:
    return b"\x02\x01\x01" if value else b"\x01\x00"


_NUMBERS = Memo(_number_field)
_TEXTS = Memo(_text_field, (str,))
_DATES = Memo(_fixed(scalars.date))
_MOMENTS = Memo(_fixed(scalars.timestamp))
_ENCODERS: dict[int, Encoder] = {
    c.T_NUMBER: _memoised(_NUMBERS), c.T_BINARY_INTEGER: _memoised(_NUMBERS),
    c.T_VARCHAR: _memoised(_TEXTS), c.T_CHAR: _memoised(_TEXTS),
    c.T_DATE: _memoised(_DATES),
    c.T_TIMESTAMP: _memoised(_MOMENTS), c.T_TIMESTAMP_LTZ: _nullable(_fixed(scalars.timestamp)),
    c.T_TIMESTAMP_TZ: _nullable(_fixed(scalars.timestamp_tz)),
    c.T_INTERVAL_DS: _nullable(_fixed(scalars.interval_ds)), c.T_INTERVAL_YM: _nullable(_fixed(scalars.interval_ym)),
    c.T_BINARY_DOUBLE: _nullable(_fixed(scalars.binary_double)),
    c.T_BINARY_FLOAT: _nullable(_fixed(scalars.binary_float)),
    c.T_RAW: _nullable(lambda value: chunk(to_bytes(value, 0))),
    c.T_LONG: _nullable(lambda value: _long_field(to_bytes(value, 1)), NULL * 3),
    c.T_LONG_RAW: _nullable(lambda value: _long_field(to_bytes(value, 0)), NULL * 3),
    c.T_ROWID: _nullable(_rowid_field), c.T_UROWID: _nullable(scalars.urowid), c.T_BOOLEAN: _nullable(_boolean_field),
}


def scalar_encoder(code: int, form: int) -> Encoder:
    """The encoder of a data type that needs no session state. Raises OraError 3115."""
    if form == 2 and code in (c.T_VARCHAR, c.T_CHAR):
        return _nullable(lambda value: chunk(to_bytes(value, 2)))
    if form == 2 and code == c.T_LONG:
        return _nullable(lambda value: _long_field(to_bytes(value, 2)), NULL * 3)
    try:
        return _ENCODERS[code]
    except KeyError:
        raise OraError(3115, f"unsupported network datatype or representation: {code}") from None


def null_column(name: str) -> Encoder:
    """A column described with size 0 sends no bytes at all: it can hold nothing but NULL."""
    def encoder(values: Sequence[Any]) -> list[bytes]:
        if any(value is not None for value in values):
            raise internal_error(f"column {name} of size 0 holds a value")
        return [b""] * len(values)
    return encoder


def encode_rows(rows: Sequence[tuple[Any, ...]], encoders: Sequence[Encoder], columns: Sequence[Column]) -> bytes:
    """All rows of a batch as row data messages. Raises internal_error naming the column whose value does not fit."""
    fields = []
    for encoder, column, values in zip(encoders, columns, zip(*rows, strict=True), strict=True):
        try:
            fields.append(encoder(values))
        except (TypeError, ValueError, AttributeError, ArithmeticError) as exc:
            raise internal_error(f"column {column.name} of type {column.type}: {exc}") from exc
    return b"".join(chain.from_iterable(zip(repeat(b"\x07", len(rows)), *fields, strict=True)))


def describe(columns: Sequence[Column], layout: Layout, *, now: datetime.datetime | None = None) -> bytes:
    """The body of a describe message: all columns."""
    total = sum(column.size for column in columns)
    parts: list[bytes] = [ub(total), ub(len(columns))]
    if columns:
        parts.append(b"\x01")
    parts += [describe_column(item, at, layout) for at, item in enumerate(columns, 1)]
    parts.append(sized(scalars.date(now or datetime.datetime.now())))
    parts.append(NULL * 5)
    return b"".join(parts)
