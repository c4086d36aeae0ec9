# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Datetime and interval functions and operators."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from estate.sql import dates
from estate.sql.errors import ora
from estate.sql.functions.registry import State, function, helper
from estate.sql.functions.session import session_zone
from estate.sql.functions.strings import whole
from estate.sql.numbers import Number, dec, exact
from estate.sql.types import FINE_ZONED, VARCHAR, SqlType
from estate.sql.values import (
    date_text,
    interval_text,
    months_text,
    offset_text,
    parse_datetime,
    parse_interval,
    parse_months,
    parse_zoned,
    timestamp_text,
    zoned_text,
)


@function("ADD_MONTHS", "d n", "D")
def add_months(text: str, months: Number) -> str:
    """ADD_MONTHS: the last day of a month stays the last day."""
    return date_text(dates.add_months(dates.load(text), whole(months), end_of_month=True))


@function("MONTHS_BETWEEN", "d d", "N", exact=True)
def months_between(left: str, right: str) -> Number:
    """MONTHS_BETWEEN: whole months for equal days and for two last days, else with days as 31sts."""
    return exact(dates.months_between(dates.load(left), dates.load(right)))


@function("LAST_DAY", "d", "D")
def last_day(text: str) -> str:
    """LAST_DAY of the month, with the time of day kept."""
    value = dates.load(text)
    return date_text(value.replace(day=dates.last_day(value)))


@function("NEXT_DAY", "d s", "D")
def next_day(text: str, name: str) -> str:
    """NEXT_DAY: the first such weekday after the date. ORA-01846 for what names none."""
    return date_text(dates.next_day(dates.load(text), name))


NEW_TIME = {
    "AST": -4,
    "ADT": -3,
    "BST": -11,
    "BDT": -10,
    "CST": -6,
    "CDT": -5,
    "EST": -5,
    "EDT": -4,
    "GMT": 0,
    "HST": -10,
    "HDT": -9,
    "MST": -7,
    "MDT": -6,
    "NST": -3.5,
    "PST": -8,
    "PDT": -7,
    "YST": -9,
    "YDT": -8,
}


@function("NEW_TIME", "d s s", "D")
def new_time(text: str, source: str, target: str) -> str:
    """NEW_TIME between two of the zones with letters (GMT, EST ...). ORA-01857 for another."""
    if source.upper() not in NEW_TIME or target.upper() not in NEW_TIME:
        raise ora(1857)
    hours = NEW_TIME[target.upper()] - NEW_TIME[source.upper()]
    return date_text(dates.load(text) + timedelta(hours=hours))


@function("TZ_OFFSET", "s", lambda types: VARCHAR, context=True)
def tz_offset(state: State, name: str) -> str:
    """TZ_OFFSET: the offset of a zone now, as +08:00. DBTIMEZONE is +08:00."""
    if name.upper() == "SESSIONTIMEZONE":
        found = session_zone(state)
    else:
        found = dates.zone("+08:00" if name.upper() == "DBTIMEZONE" else name)
    return offset_text(found.utcoffset(datetime.now()) or timedelta(0))


@function("FROM_TZ", "t s", lambda types: SqlType("TIMESTAMP WITH TIME ZONE", 0, 0, types[0].scale))
def from_tz(text: str, name: str) -> str:
    """FROM_TZ: a timestamp in a zone, given by offset or region."""
    return zoned_text(dates.load(text).replace(tzinfo=dates.zone(name)))


_ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?(Z|[+-]\d\d:\d\d)?")


@function("TO_UTC_TIMESTAMP_TZ", "s", lambda types: FINE_ZONED)
def to_utc_timestamp_tz(text: str) -> str:
    """TO_UTC_TIMESTAMP_TZ: ISO 8601 text in UTC. ORA-01866 for other text."""
    found = _ISO.fullmatch(text.strip())
    if found is None:
        raise ora(1866)
    day, clock, offset = found.groups()
    value = datetime.fromisoformat(f"{day}T{clock or '00:00'}{'+00:00' if offset in (None, 'Z') else offset}")
    return zoned_text(value.astimezone(UTC))


@function("SYS_EXTRACT_UTC", "z", "T")
def sys_extract_utc(text: str) -> str:
    """SYS_EXTRACT_UTC."""
    return text[:26]


@function("NUMTODSINTERVAL", "n s", "I")
def numtodsinterval(value: Number, unit: str) -> str:
    """NUMTODSINTERVAL in DAY, HOUR, MINUTE or SECOND, to the microsecond. ORA-01760 for another unit."""
    micros = {"DAY": dates.MICROS_PER_DAY, "HOUR": 3_600_000_000, "MINUTE": 60_000_000, "SECOND": 1_000_000}
    size = micros.get(unit.strip().upper())
    if size is None:
        raise ora(1760)
    return interval_text(timedelta(microseconds=int((dec(value) * size).to_integral_value(ROUND_HALF_UP))))


@function("NUMTOYMINTERVAL", "n s", "Y")
def numtoyminterval(value: Number, unit: str) -> str:
    """NUMTOYMINTERVAL in YEAR or MONTH, to the month. ORA-01760 for another unit."""
    size = {"YEAR": 12, "MONTH": 1}.get(unit.strip().upper())
    if size is None:
        raise ora(1760)
    return months_text(int((dec(value) * size).to_integral_value(ROUND_HALF_UP)))


_SQL_DS = re.compile(r"\s*([+-]?)\s*(\d+)\s+(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d+))?\s*$")
_ISO_DS = re.compile(r"(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?)?$")


@function("TO_DSINTERVAL", "s s?", "I")
def to_dsinterval(text: str, _nls: str = "") -> str:
    """TO_DSINTERVAL of ``1 02:03:04.5`` or ``P1DT2H3M4.5S``. ORA-01867 for another form, 01850 to 01852 for a field."""
    found = _SQL_DS.match(text) or _ISO_DS.match(text.strip())
    if found is None or not any(found.groups()[1:]):
        raise ora(1867)
    sign, days, hours, minutes, seconds, fraction = found.groups()
    if found.re is _SQL_DS and (int(hours) > 23 or int(minutes) > 59 or int(seconds) > 59):
        raise ora(1850 if int(hours) > 23 else 1851 if int(minutes) > 59 else 1852)
    value = timedelta(days=int(days or 0), hours=int(hours or 0), minutes=int(minutes or 0), seconds=int(seconds or 0),
                      microseconds=int((fraction or "0").ljust(6, "0")[:6]))
    return interval_text(-value if sign == "-" else value)


@function("TO_YMINTERVAL", "s", "Y")
def to_yminterval(text: str) -> str:
    """TO_YMINTERVAL of ``1-6`` or ``P1Y6M``. ORA-01867 for another form, ORA-01843 for more than 11 months."""
    found = re.match(r"\s*([+-]?)(\d+)-(\d+)\s*$", text) or re.match(
        r"(-?)P(?:(\d+)Y)?(?:(\d+)M)?(?:\d+D)?(?:T.*)?$", text
    )
    if found is None:
        raise ora(1867)
    months = int(found[2] or 0) * 12 + int(found[3] or 0)
    if found.re.pattern.startswith(r"\s") and int(found[3]) > 11:
        raise ora(1843)
    return months_text(-months if found[1] == "-" else months)


@helper("o_dadd")
def date_add(text: str | None, days: Number | None) -> str | None:
    """DATE + days."""
    return None if text is None or days is None else dates.add_days(text, days)


@helper("o_dsub")
def date_subtract(text: str | None, days: Number | None) -> str | None:
    """DATE - days."""
    return None if text is None or days is None else dates.add_days(text, exact(dec(days).copy_negate()))


@function("*DDIFF", "d d", "N", exact=True)
def date_difference(left: str, right: str) -> Number:
    """DATE - DATE in days."""
    return exact(dates.days_between(left, right))


def _instant(text: str) -> datetime:
    return parse_datetime(text[:26])


@helper("o_tdiff")
def timestamp_difference(left: str | None, right: str | None) -> str | None:
    """TIMESTAMP - TIMESTAMP (both with or both without a zone)."""
    return None if left is None or right is None else interval_text(_instant(left) - _instant(right))


@helper("o_dti")
def add_interval(text: str | None, interval: str | None, sign: int) -> str | None:
    """Datetime plus or minus INTERVAL DAY TO SECOND."""
    if text is None or interval is None:
        return None
    value = dates.shifted(dates.load(text), sign * parse_interval(interval))
    return dates.store_like(value, text)


@helper("o_dty")
def add_year_interval(text: str | None, interval: str | None, sign: int) -> str | None:
    """Datetime plus or minus INTERVAL YEAR TO MONTH; ORA-01839 where the month has no such day."""
    if text is None or interval is None:
        return None
    value = dates.add_months(dates.load(text), sign * parse_months(interval), end_of_month=False)
    return dates.store_like(value, text)


@helper("o_iadd")
def interval_add(left: str | None, right: str | None, sign: int) -> str | None:
    """Sum or difference of two intervals of one kind."""
    if left is None or right is None:
        return None
    if "-" in left[1:]:
        return months_text(parse_months(left) + sign * parse_months(right))
    return interval_text(parse_interval(left) + sign * parse_interval(right))


@helper("o_imul")
def interval_multiply(interval: str | None, by: Number | None, inverse: int) -> str | None:
    """Interval times (or divided by) a number."""
    if interval is None or by is None:
        return None
    factor = dec(by)
    if inverse:
        if not factor:
            raise ora(1476)
        factor = 1 / factor
    if "-" in interval[1:]:
        return months_text(int(parse_months(interval) * factor))
    micros = parse_interval(interval) // timedelta(microseconds=1)
    return interval_text(timedelta(microseconds=int((micros * factor).to_integral_value(ROUND_HALF_UP))))


@helper("o_ineg")
def interval_negate(interval: str | None) -> str | None:
    """-interval."""
    return None if interval is None else ("-" if interval[0] == "+" else "+") + interval[1:]


@helper("o_isort")
def interval_sort(interval: str | None) -> int | None:
    """A number by which intervals of one kind compare."""
    if interval is None:
        return None
    if "-" in interval[1:]:
        return parse_months(interval)
    return parse_interval(interval) // timedelta(microseconds=1)


@helper("o_months")
def months_of(text: str | None) -> float | None:
    """A datetime as months, the rest of the month as a fraction: what RANGE windows of months count in."""
    if text is None:
        return None
    value = dates.load(text)
    rest = value - datetime(value.year, value.month, 1)
    return value.year * 12 + value.month + rest / timedelta(days=32)


@helper("o_days")
def days_of(text: str | None) -> float | None:
    """A datetime as days (microsecond steps): what RANGE windows count in."""
    if text is None:
        return None
    value = _instant(text)
    return float(Decimal(value.toordinal()) + Decimal((value - datetime(value.year, value.month, value.day))
                                                      // timedelta(microseconds=1)) / dates.MICROS_PER_DAY)


@helper("o_ts")
def to_timestamp(text: str | None) -> str | None:
    """DATE or zoned to TIMESTAMP: the wall clock."""
    return None if text is None else timestamp_text(dates.load(text))


@helper("o_date")
def to_date(text: str | None) -> str | None:
    """Any datetime to DATE: the wall clock without fractions."""
    return None if text is None else date_text(dates.load(text))


@helper("o_zoned", context=True)
def to_zoned(state: State, text: str | None) -> str | None:
    """DATE or TIMESTAMP to TIMESTAMP WITH TIME ZONE in the session's zone."""
    if text is None or len(text) == 32:
        return text
    return zoned_text(parse_datetime(text).replace(tzinfo=session_zone(state)))


@helper("o_at_zone", context=True)
def at_zone(state: State, text: str | None, name: str | None) -> str | None:
    """The same instant in another zone; without a name, the session's."""
    if text is None:
        return None
    zoned = parse_zoned(to_zoned(state, text) or text)
    if name and name.upper() not in ("SESSIONTIMEZONE", "DBTIMEZONE"):
        return zoned_text(zoned.astimezone(dates.zone(name)))
    return zoned_text(zoned.astimezone(session_zone(state)))


INTERVAL_FIELDS = {"DAY": 86400, "HOUR": 3600, "MINUTE": 60}


@helper("o_extract")
def extract(field: str, value: str | None) -> Number | str | None:
    """EXTRACT(field FROM datetime or interval); zoned values give their UTC fields, as Oracle does."""
    if value is None:
        return None
    if value[0] in "+-":
        return _extract_interval(field, value)
    if field.startswith("TIMEZONE"):
        return _extract_zone(field, value)
    moment = parse_datetime(value[:26])
    if field == "SECOND":
        return exact(Decimal(moment.second) + Decimal(moment.microsecond) / 1_000_000)
    return int(getattr(moment, field.lower()))


def _extract_zone(field: str, value: str) -> Number | str:
    if len(value) != 32:
        raise ora(30076)
    sign = -1 if value[26] == "-" else 1
    parts: dict[str, Number | str] = {
        "TIMEZONE_HOUR": sign * int(value[27:29]),
        "TIMEZONE_MINUTE": sign * int(value[30:32]),
        "TIMEZONE_REGION": "UNKNOWN",
        "TIMEZONE_ABBR": "UNK",
    }
    return parts[field]


def _extract_interval(field: str, value: str) -> Number:
    sign = -1 if value[0] == "-" else 1
    if "-" in value[1:]:
        months = abs(parse_months(value))
        if field not in ("YEAR", "MONTH"):
            raise ora(30076)
        return sign * (months // 12 if field == "YEAR" else months % 12)
    span = abs(parse_interval(value))
    if field == "SECOND":
        return exact(sign * (Decimal(span.seconds % 60) + Decimal(span.microseconds) / 1_000_000))
    if field not in INTERVAL_FIELDS:
        raise ora(30076)
    if field == "DAY":
        return sign * span.days
    return sign * (span.seconds // 3600 if field == "HOUR" else span.seconds // 60 % 60)


@function("SCN_TO_TIMESTAMP", "n", "T", context=True)
def scn_to_timestamp(state: State, _scn: Number) -> str:
    """SCN_TO_TIMESTAMP: always ORA-08181, as for an SCN too old to be mapped."""
    raise ora(8181)


@function("ORA_DST_AFFECTED ORA_DST_CONVERT", "a", "N")
def dst_affected(_value: str) -> int:
    """ORA_DST_AFFECTED: 0, as no zone file was changed."""
    return 0


