# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Datetime arithmetic on stored text: DATE has 19 characters, TIMESTAMP 26, TIMESTAMP WITH TIME ZONE 32."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from estate.sql.errors import ora
from estate.sql.format_model import DAYS
from estate.sql.numbers import WIDE, Number, dec
from estate.sql.values import date_text, parse_datetime, parse_offset, parse_zoned, timestamp_text, zoned_text

MICROS_PER_DAY = 86_400_000_000


def is_datetime(value: Any) -> bool:
    """Stored text of a datetime (as against a number, also an exact one, or an interval)."""
    return type(value) is str and len(value) in (19, 26, 32) and value[10] == " " and value[0].isdigit()


def load(text: str) -> datetime:
    """The wall clock of any stored datetime, without its zone."""
    return parse_zoned(text).replace(tzinfo=None) if len(text) == 32 else parse_datetime(text)


def store_like(value: datetime, text: str) -> str:
    """A wall clock back in the form that ``text`` has."""
    if len(text) == 19:
        return date_text(value)
    if len(text) == 26:
        return timestamp_text(value)
    return zoned_text(value.replace(tzinfo=timezone(parse_offset(text[26:]))))


def shifted(value: datetime, delta: timedelta) -> datetime:
    """value + delta. ORA-01841 beyond years 1 to 9999."""
    try:
        return value + delta
    except OverflowError:
        raise ora(1841) from None


@lru_cache(maxsize=256)
def zone(name: str) -> tzinfo:
    """A time zone by offset or region name. ORA-01882 for an unknown one."""
    text = name.strip()
    if text[:1] in "+-" or text[:1].isdigit():
        return timezone(_offset(text))
    if text.upper() in ("UTC", "GMT", "Z"):
        return UTC
    for candidate in (text, text.title().replace("Of", "of"), text.upper()):
        try:
            return ZoneInfo(candidate)
        except (OSError, ValueError, KeyError):
            continue
    raise ora(1882)


def _offset(text: str) -> timedelta:
    sign = -1 if text[0] == "-" else 1
    hours, _, minutes = text.lstrip("+-").partition(":")
    if not hours.isdigit() or not (minutes or "0").isdigit() or int(hours) > 15 or int(minutes or 0) > 59:
        raise ora(1882)
    return sign * timedelta(hours=int(hours), minutes=int(minutes or 0))


def add_days(text: str, days: Number) -> str:
    """DATE plus a number of days, to the second; a timestamp becomes a DATE."""
    seconds = int(WIDE.multiply(dec(days), Decimal(86400)).to_integral_value(ROUND_HALF_UP))
    return date_text(shifted(load(text).replace(microsecond=0), timedelta(seconds=seconds)))


def days_between(left: str, right: str) -> Decimal:
    """left - right in days."""
    delta = load(left) - load(right)
    return WIDE.divide(Decimal(delta.days * 86400 + delta.seconds), Decimal(86400))


def last_day(value: datetime) -> int:
    """The number of days of a month."""
    return calendar.monthrange(value.year, value.month)[1]


def add_months(value: datetime, months: int, *, end_of_month: bool) -> datetime:
    """Months later. With ``end_of_month`` the last day stays last; otherwise ORA-01839 where there is no such day."""
    index = value.year * 12 + value.month - 1 + months
    year, month = index // 12, index % 12 + 1
    if not 1 <= year <= 9999:
        raise ora(1841)
    last = calendar.monthrange(year, month)[1]
    if not end_of_month and value.day > last:
        raise ora(1839)
    day = last if end_of_month and value.day == last_day(value) else min(value.day, last)
    return value.replace(year=year, month=month, day=day)


def months_between(left: datetime, right: datetime) -> Decimal:
    """Whole months where the days agree or both are last days, else by 31-day months."""
    whole = (left.year - right.year) * 12 + left.month - right.month
    if left.day == right.day or (left.day == last_day(left) and right.day == last_day(right)):
        return Decimal(whole)
    seconds = (left.day - right.day) * 86400 + _of_day(left) - _of_day(right)
    return WIDE.add(Decimal(whole), WIDE.divide(Decimal(seconds), Decimal(86400 * 31)))


def _of_day(value: datetime) -> int:
    return value.hour * 3600 + value.minute * 60 + value.second


def next_day(value: datetime, name: str) -> datetime:
    """The first such weekday after the date. ORA-01846 for an unknown name."""
    wanted = name.strip().upper()
    if wanted.isdigit() and 1 <= int(wanted) <= 7:
        target = (int(wanted) + 5) % 7
    else:
        target = next((index for index, day in enumerate(DAYS) if wanted[:3] == day[:3] and len(wanted) >= 3), -1)
        if target < 0:
            raise ora(1846)
    return shifted(value, timedelta(days=(target - value.weekday() - 1) % 7 + 1))


UNITS = {
    **dict.fromkeys(("CC", "SCC"), "century"),
    **dict.fromkeys(("SYYYY", "YYYY", "YEAR", "SYEAR", "YYY", "YY", "Y"), "year"),
    **dict.fromkeys(("IYYY", "IYY", "IY", "I"), "isoyear"), "Q": "quarter",
    **dict.fromkeys(("MONTH", "MON", "MM", "RM"), "month"), "WW": "week", "IW": "isoweek", "W": "monthweek",
    **dict.fromkeys(("DDD", "DD", "J"), "day"), **dict.fromkeys(("DAY", "DY", "D"), "weekstart"),
    **dict.fromkeys(("HH", "HH12", "HH24"), "hour"), "MI": "minute",
}


def _unit(model: str) -> str:
    unit = UNITS.get(model.strip().upper())
    if unit is None:
        raise ora(1898)
    return unit


def _iso_start(year: int) -> datetime:
    fourth = datetime(year, 1, 4)
    return fourth - timedelta(days=fourth.weekday())


def _week_start(value: datetime, first: datetime) -> datetime:
    return value - timedelta(days=(value - first).days % 7)


def trunc_to(value: datetime, unit: str) -> datetime:
    """The start of the unit that holds the datetime."""
    day = datetime(value.year, value.month, value.day)
    if unit in ("hour", "minute"):
        return value.replace(minute=0 if unit == "hour" else value.minute, second=0, microsecond=0)
    starts = {
        "day": lambda: day, "month": lambda: day.replace(day=1), "year": lambda: day.replace(month=1, day=1),
        "quarter": lambda: day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
        "century": lambda: datetime((day.year - 1) // 100 * 100 + 1, 1, 1),
        "isoyear": lambda: _iso_start(day.isocalendar()[0]), "isoweek": lambda: day - timedelta(days=day.weekday()),
        "week": lambda: _week_start(day, datetime(day.year, 1, 1)),
        "monthweek": lambda: _week_start(day, day.replace(day=1)),
        "weekstart": lambda: day - timedelta(days=day.isoweekday() % 7),
    }
    return starts[unit]()


def round_to(value: datetime, unit: str) -> datetime:
    """The nearest start of a unit, by Oracle's own turning points (July 1, the 16th, noon ...)."""
    start = trunc_to(value, unit)
    if unit == "month":
        return add_months(start, 1, end_of_month=False) if value.day >= 16 else start
    if unit == "year":
        return start.replace(year=start.year + 1) if value.month >= 7 else start
    if unit == "quarter":
        middle = add_months(start, 1, end_of_month=False).replace(day=16)
        return add_months(start, 3, end_of_month=False) if value >= middle else start
    if unit == "century":
        return start.replace(year=start.year + 100) if value.year - start.year >= 50 else start
    if unit == "isoyear":
        return _iso_start(start.year + (2 if start.month == 12 else 1)) if value.month >= 7 and value.year == (
            start.year + (start.month == 12)) else start
    steps = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
    step = steps.get(unit, timedelta(days=7))
    return shifted(start, step) if (value - start) * 2 >= step else start


def trunc_date(text: str, model: str) -> str:
    """TRUNC(datetime, model): a DATE."""
    return date_text(trunc_to(load(text), _unit(model)))


def round_date(text: str, model: str) -> str:
    """ROUND(datetime, model): a DATE."""
    return date_text(round_to(load(text), _unit(model)))
