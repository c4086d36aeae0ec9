# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values of a database as JSON values."""

from __future__ import annotations

import datetime
import decimal
import math
from typing import Any, Optional

_TRUE = frozenset(("1", "Y", "YES", "TRUE", "ON"))
_FALSE = frozenset(("0", "N", "NO", "FALSE", "OFF"))


def iso_now(now: Optional[datetime.datetime] = None) -> str:
    """The controller's time, ISO 8601 with offset, to the millisecond."""
    return (now or datetime.datetime.now(datetime.timezone.utc)).astimezone().isoformat(timespec="milliseconds")


def parse_time(value: Any) -> Optional[datetime.datetime]:
    """The moment of an ISO 8601 text with date and time of day; None for anything else."""
    if not isinstance(value, str) or len(value) < 16 or value[4:5] != "-":
        return None
    try:
        return datetime.datetime.fromisoformat(value)
    except ValueError:
        return None


def _number(value: Any) -> Any:
    if isinstance(value, decimal.Decimal):
        value = int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _timestamp(value: datetime.datetime, offset: str) -> str:
    text = value.isoformat(timespec="microseconds" if value.microsecond else "seconds")
    return text if value.tzinfo else text + offset


def json_value(value: Any, offset: str = "") -> Any:
    """``value`` as JSON: RAW as hex, dates as ISO 8601 with the database's ``offset``, intervals as seconds."""
    if isinstance(value, bool) or value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, (float, decimal.Decimal)):
        return _number(value)
    if isinstance(value, datetime.datetime):
        return _timestamp(value, offset)
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).hex().upper()
    return str(value)


def typed(value: Any, kind: str, offset: str = "") -> Any:
    """``json_value`` fitted to a probe's column type; a value that does not fit stays as it is."""
    value = json_value(value, offset)
    if value is None:
        return None
    if kind == "boolean" and not isinstance(value, bool):
        word = str(value).strip().upper()
        return True if word in _TRUE else False if word in _FALSE else value
    if kind in ("number", "integer") and isinstance(value, float) and value == int(value):
        return int(value)
    return value
