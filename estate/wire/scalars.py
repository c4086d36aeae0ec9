# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Scalar values on the wire: dates, intervals, binary floats, rowids. Encoders give the bytes without their length."""

from __future__ import annotations

import datetime
import struct
from decimal import Decimal

from estate.wire.buffer import MalformedError, Reader, sb, ub

_MIDDLE = 0x80000000
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_BASE64_VALUE = {letter: index for index, letter in enumerate(_BASE64)}
_NO_OFFSET = datetime.timedelta(0)
Rowid = tuple[int, int, int, int]


def date(value: datetime.date) -> bytes:
    """DATE: seven bytes, century and year plus 100, time plus 1."""
    timed = isinstance(value, datetime.datetime)
    clock = (value.hour + 1, value.minute + 1, value.second + 1) if timed else (1, 1, 1)  # type: ignore[attr-defined]
    return bytes((value.year // 100 + 100, value.year % 100 + 100, value.month, value.day, *clock))


def timestamp(value: datetime.date) -> bytes:
    """TIMESTAMP: DATE plus nanoseconds, which are left out when zero."""
    micros = value.microsecond if isinstance(value, datetime.datetime) else 0
    return date(value) + (micros * 1000).to_bytes(4, "big") if micros else date(value)


def timestamp_tz(value: datetime.datetime) -> bytes:
    """TIMESTAMP WITH TIME ZONE: the UTC time and the offset. A naive value counts as UTC."""
    offset = value.utcoffset() or _NO_OFFSET
    utc = value.replace(tzinfo=None) - offset
    hours, minutes = divmod(abs(int(offset.total_seconds())) // 60, 60)
    sign = -1 if offset < _NO_OFFSET else 1
    return date(utc) + (utc.microsecond * 1000).to_bytes(4, "big") + bytes((20 + sign * hours, 60 + sign * minutes))


def decode_date(data: bytes, *, zoned: bool = False) -> datetime.datetime:
    """Decode 7, 11 or 13 bytes; aware when ``zoned``. Raises MalformedError."""
    if len(data) < 7:
        raise MalformedError("a date shorter than 7 bytes")
    year = (data[0] - 100) * 100 + data[1] - 100
    micros = int.from_bytes(data[7:11], "big") // 1000 if len(data) >= 11 else 0
    try:
        moment = datetime.datetime(year, data[2], data[3], data[4] - 1, data[5] - 1, data[6] - 1, micros)
    except ValueError as exc:
        raise MalformedError(f"a date that does not exist: {exc}") from None
    if not zoned:
        return moment
    offset = _NO_OFFSET
    if len(data) >= 13 and data[11] and data[12]:
        offset = datetime.timedelta(hours=data[11] - 20, minutes=data[12] - 60)
    return moment.replace(tzinfo=datetime.UTC).astimezone(datetime.timezone(offset))


def interval_ds(value: datetime.timedelta) -> bytes:
    """INTERVAL DAY TO SECOND: every field carries the sign."""
    micros = (value.days * 86400 + value.seconds) * 1000000 + value.microseconds
    sign = -1 if micros < 0 else 1
    seconds, micros = divmod(abs(micros), 1000000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return struct.pack(">IBBBI", sign * days + _MIDDLE, sign * hours + 60, sign * minutes + 60, sign * seconds + 60,
                       sign * micros * 1000 + _MIDDLE)


def decode_interval_ds(data: bytes) -> datetime.timedelta:
    """An INTERVAL DAY TO SECOND; digits below a microsecond are cut. MalformedError where it is short or too large."""
    if len(data) < 11:
        raise MalformedError("an interval shorter than 11 bytes")
    days, hours, minutes, seconds, nanos = struct.unpack(">IBBBI", data[:11])
    try:
        return datetime.timedelta(days=days - _MIDDLE, hours=hours - 60, minutes=minutes - 60, seconds=seconds - 60,
                                  microseconds=(nanos - _MIDDLE) // 1000)
    except OverflowError:
        raise MalformedError(f"an interval of {days - _MIDDLE} days") from None


def interval_ym(value: tuple[int, int]) -> bytes:
    """(years, months) as an INTERVAL YEAR TO MONTH."""
    years, months = value
    return struct.pack(">IB", years + _MIDDLE, months + 60)


def decode_interval_ym(data: bytes) -> tuple[int, int]:
    """An INTERVAL YEAR TO MONTH as (years, months). MalformedError where it is short."""
    if len(data) < 5:
        raise MalformedError("an interval shorter than 5 bytes")
    years, months = struct.unpack(">IB", data[:5])
    return years - _MIDDLE, months - 60


def _flip(data: bytes) -> bytes:
    """Oracle's canonical floats sort as bytes: sign bit set for positive ones, all bits inverted for negative ones."""
    if data[0] & 0x80:
        return bytes(byte ^ 0xFF for byte in data)
    return bytes((data[0] | 0x80,)) + data[1:]


def binary_double(value: float | Decimal) -> bytes:
    """A BINARY_DOUBLE: eight bytes that sort as the numbers do."""
    return _flip(struct.pack(">d", value))


def binary_float(value: float | Decimal) -> bytes:
    """A BINARY_FLOAT: four bytes that sort as the numbers do."""
    return _flip(struct.pack(">f", value))


def decode_float(data: bytes) -> float:
    """BINARY_FLOAT (4 bytes) or BINARY_DOUBLE (8 bytes)."""
    if len(data) not in (4, 8):
        raise MalformedError("a binary float that has neither 4 nor 8 bytes")
    positive = data[0] & 0x80
    plain = bytes((data[0] & 0x7F,)) + data[1:] if positive else bytes(byte ^ 0xFF for byte in data)
    return float(struct.unpack(">f" if len(data) == 4 else ">d", plain)[0])


def rowid_parts(text: str) -> Rowid:
    """Object, file, block and row of an extended ROWID (18 letters). Raises ValueError."""
    try:
        numbers = [_BASE64_VALUE[letter] for letter in text]
    except KeyError:
        raise ValueError(f"invalid ROWID {text!r}") from None
    if len(numbers) != 18:
        raise ValueError(f"invalid ROWID {text!r}")
    parts = []
    for start, stop in ((0, 6), (6, 9), (9, 15), (15, 18)):
        value = 0
        for number in numbers[start:stop]:
            value = value << 6 | number
        parts.append(value)
    return parts[0], parts[1], parts[2], parts[3]


def rowid_fields(text: str | None) -> bytes:
    """The five fields of a rowid as they stand in rows and in the error message."""
    if not text:
        return b"\x00" * 5
    rba, partition, block, slot = rowid_parts(text)
    return ub(rba) + ub(partition) + b"\x00" + ub(block) + ub(slot)


def urowid(text: str) -> bytes:
    """UROWID of a physical row: its length, then type 1 and the four numbers."""
    body = struct.pack(">BIHIH", 1, *rowid_parts(text))
    return sb(len(body)) + bytes((len(body),)) + body


def read_rowid_fields(reader: Reader) -> Rowid:
    """Read a ROWID as (object, file, block, row)."""
    rba, partition = reader.ub(), reader.ub()
    reader.u8()
    return rba, partition, reader.ub(), reader.ub()
