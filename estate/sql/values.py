# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Conversions between SQLite's storage and Python values.

Storage: NUMBER INTEGER or REAL; text TEXT; DATE 'YYYY-MM-DD HH:MM:SS'; TIMESTAMP with six decimals; TIMESTAMP WITH TIME
ZONE the UTC time followed by the offset; INTERVAL DAY TO SECOND '+000000000 01:02:03.000000'; INTERVAL YEAR TO MONTH
'+000000001-02'; RAW and BLOB as blobs; BOOLEAN 0 or 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from estate.sql.numbers import exact, near


def date_text(value: datetime | date) -> str:
    """DATE in storage."""
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    return value.replace(tzinfo=None).isoformat(" ", "seconds")


def timestamp_text(value: datetime) -> str:
    """TIMESTAMP in storage."""
    return value.replace(tzinfo=None).isoformat(" ", "microseconds")


def offset_text(offset: timedelta) -> str:
    """'+08:00'."""
    minutes = int(offset.total_seconds() // 60)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def parse_offset(text: str) -> timedelta:
    """'+08:00' to a timedelta."""
    minutes = int(text[1:3]) * 60 + int(text[4:6])
    return timedelta(minutes=-minutes if text[0] == "-" else minutes)


def zoned_text(value: datetime) -> str:
    """TIMESTAMP WITH TIME ZONE in storage, from an aware datetime."""
    offset = value.utcoffset() or timedelta(0)
    return timestamp_text(value.astimezone(UTC)) + offset_text(offset)


def parse_datetime(text: str) -> datetime:
    """DATE or TIMESTAMP storage to a naive datetime."""
    return datetime.fromisoformat(text)


def parse_zoned(text: str) -> datetime:
    """TIMESTAMP WITH TIME ZONE storage to an aware datetime in its own offset."""
    instant = datetime.fromisoformat(text[:26]).replace(tzinfo=UTC)
    return instant.astimezone(timezone(parse_offset(text[26:32])))


def interval_text(value: timedelta) -> str:
    """INTERVAL DAY TO SECOND in storage."""
    micros = (value.days * 86400 + value.seconds) * 1_000_000 + value.microseconds
    sign, micros = ("-", -micros) if micros < 0 else ("+", micros)
    seconds, micros = divmod(micros, 1_000_000)
    days, seconds = divmod(seconds, 86400)
    return f"{sign}{days:09d} {seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{micros:06d}"


def parse_interval(text: str) -> timedelta:
    """INTERVAL DAY TO SECOND storage to a timedelta."""
    days, _, clock = text[1:].partition(" ")
    hours, minutes, seconds = clock.split(":")
    whole, _, fraction = seconds.partition(".")
    value = timedelta(days=int(days), hours=int(hours), minutes=int(minutes), seconds=int(whole),
                      microseconds=int((fraction or "0").ljust(6, "0")[:6]))
    return -value if text[0] == "-" else value


def months_text(months: int) -> str:
    """INTERVAL YEAR TO MONTH in storage, from a number of months."""
    sign = "-" if months < 0 else "+"
    return f"{sign}{abs(months) // 12:09d}-{abs(months) % 12:02d}"


def parse_months(text: str) -> int:
    """INTERVAL YEAR TO MONTH storage to a number of months."""
    years, _, months = text[1:].partition("-")
    total = int(years) * 12 + int(months)
    return -total if text[0] == "-" else total


def _number_out(value: Any) -> Any:
    kind = type(value)
    if kind is int:
        return value
    if kind is float:
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    return Decimal(value) if kind is str else value


def _months_out(value: str | None) -> tuple[int, int] | None:
    if value is None:
        return None
    months = parse_months(value)
    return (months // 12, months % 12) if months >= 0 else (-(-months // 12), -(-months % 12))


def _optional(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else convert(value)


def _text_out(value: Any) -> Any:
    return value if type(value) is str or value is None else str(value)


INTEGRAL = {int, type(None)}
OUT: dict[str, Callable[[Any], Any]] = {
    "NUMBER": _number_out,
    "BINARY_DOUBLE": _optional(float),
    "BINARY_FLOAT": _optional(float),
    "DATE": datetime.fromisoformat,
    "TIMESTAMP": datetime.fromisoformat,
    "TIMESTAMP WITH TIME ZONE": _optional(parse_zoned),
    "TIMESTAMP WITH LOCAL TIME ZONE": _optional(lambda text: parse_zoned(text).replace(tzinfo=None)),
    "INTERVAL DAY TO SECOND": _optional(parse_interval),
    "INTERVAL YEAR TO MONTH": _months_out,
    "BOOLEAN": _optional(bool),
    "RAW": _optional(bytes),
    "BLOB": _optional(bytes),
}


def convert_column(values: Sequence[Any], convert: Callable[[Any], Any]) -> Sequence[Any]:
    """A column of stored values converted; integers need nothing."""
    if convert is _number_out and set(map(type, values)) <= INTEGRAL:
        return values
    return [None if value is None else convert(value) for value in values]


def converter(type_name: str) -> Callable[[Any], Any] | None:
    """The function from storage (never NULL) to Python for a column type; None where values go through as they are."""
    return OUT.get(type_name)


def _datetime_in(value: datetime, type_name: str) -> str:
    if type_name == "DATE":
        return date_text(value)
    if value.tzinfo is not None:
        return zoned_text(value)
    return timestamp_text(value)


def _temporal_in(value: Any, type_name: str) -> str | None:
    if isinstance(value, datetime):
        return _datetime_in(value, type_name)
    if isinstance(value, date):
        return date_text(value)
    if isinstance(value, timedelta):
        return interval_text(value)
    return months_text(value[0] * 12 + value[1]) if isinstance(value, tuple) else None


def to_storage(value: Any, type_name: str) -> Any:
    """A bind value in storage form; an empty string is NULL."""
    if value is None or value == "":
        return None
    if isinstance(value, (str, bytes, float)):
        return value
    if isinstance(value, int):
        return int(value) if -(2**63) <= value < 2**63 else str(value)
    if isinstance(value, Decimal):
        return exact(value)
    temporal = _temporal_in(value, type_name)
    if temporal is not None:
        return temporal
    return to_storage(value.read(), type_name) if hasattr(value, "read") else bytes(value)


def storable(value: Any) -> Any:
    """A NUMBER for a table: exact text becomes what SQLite stores."""
    return near(value)
