# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Conversions: TO_CHAR, TO_DATE, TO_NUMBER, CAST, and the implicit ones."""

from __future__ import annotations

import math
from datetime import timedelta
from itertools import pairwise

from estate.sql import dates
from estate.sql.errors import ora
from estate.sql.format_model import format_datetime
from estate.sql.format_number import format_number, parse_number_model
from estate.sql.format_parse import parse_model
from estate.sql.functions.datetimes import to_dsinterval, to_yminterval
from estate.sql.functions.registry import State, function, helper
from estate.sql.functions.session import database_now, nls, session_zone
from estate.sql.numbers import Number, number_text, parse_number
from estate.sql.types import SqlType
from estate.sql.values import date_text, parse_months, parse_zoned, timestamp_text, zoned_text

DEFAULT_MODELS = {19: "NLS_DATE_FORMAT", 26: "NLS_TIMESTAMP_FORMAT", 32: "NLS_TIMESTAMP_TZ_FORMAT"}


@helper("o_num", context=True)
def text_to_number(state: State, text: str | None) -> Number | None:
    """Implicit TO_NUMBER."""
    return None if text is None else parse_number(text, nls(state, "NLS_NUMERIC_CHARACTERS")[0])


@helper("o_num_str", context=True)
def number_to_text(state: State, value: Number | None) -> str | None:
    """Implicit TO_CHAR of a number."""
    return None if value is None else number_text(value, nls(state, "NLS_NUMERIC_CHARACTERS")[0])


@helper("o_float_str")
def float_to_text(value: float | None) -> str | None:
    """TO_CHAR of a BINARY_DOUBLE: '1.5E+000', up to 17 digits, 'Inf'."""
    if value is None:
        return None
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    digits, exponent = f"{value:.16E}".split("E")
    whole, _, part = digits.partition(".")
    return f"{whole}.{part.rstrip('0') or '0'}E{exponent[0]}{exponent[1:].zfill(3)}"


@helper("o_date_str", context=True)
def datetime_to_text(state: State, text: str | None, model: str | None = None, digits: int = 6) -> str | None:
    """TO_CHAR of any datetime; without a model the session's format for its type. FF has the type's digits."""
    if text is None:
        return None
    chosen = model or nls(state, DEFAULT_MODELS[len(text)])
    offset = None
    if len(text) == 32:
        sign = -1 if text[26] == "-" else 1
        offset = sign * timedelta(hours=int(text[27:29]), minutes=int(text[30:32]))
    return format_datetime(dates.load(text), chosen, offset=offset, digits=digits if len(text) > 19 else None)


@helper("o_local_str", context=True)
def local_to_text(state: State, text: str | None, model: str | None = None, digits: int = 6) -> str | None:
    """TO_CHAR of a TIMESTAMP WITH LOCAL TIME ZONE: the session's wall clock, its zone only where the model asks."""
    if text is None:
        return None
    chosen = model or nls(state, "NLS_TIMESTAMP_FORMAT")
    return datetime_to_text(state, local_text(state, text), chosen, digits)


@helper("o_local", context=True)
def local_text(state: State, text: str | None) -> str | None:
    """A zoned timestamp in the session's time zone."""
    return None if text is None else zoned_text(parse_zoned(text).astimezone(session_zone(state)))


@helper("o_interval_str")
def interval_to_text(text: str | None, lead: int = 2, digits: int = 6) -> str | None:
    """TO_CHAR of an interval with the digits of its type: '+02 10:08:22.123456', '+01-02'."""
    if text is None:
        return None
    if "-" in text[1:]:
        months = abs(parse_months(text))
        return f"{text[0]}{months // 12:0{lead}d}-{months % 12:02d}"
    head, _, clock = text[1:].partition(" ")
    seconds, _, fraction = clock.partition(".")
    fraction = fraction.ljust(9, "0")[:digits]
    return f"{text[0]}{int(head):0{lead}d} {seconds}{'.' if fraction else ''}{fraction}"


def _parsed(state: State, text: str, model: str | None, parameter: str):  # type: ignore[no-untyped-def]
    now = database_now(state).replace(tzinfo=None)
    return parse_model(text, model or nls(state, parameter), now)


@helper("o_str_date", context=True)
def text_to_date(state: State, text: str | None, model: str | None = None) -> str | None:
    """TO_DATE."""
    if text is None:
        return None
    return date_text(_parsed(state, text, model, "NLS_DATE_FORMAT")[0])


@helper("o_str_ts", context=True)
def text_to_timestamp(state: State, text: str | None, model: str | None = None) -> str | None:
    """TO_TIMESTAMP."""
    if text is None:
        return None
    return timestamp_text(_parsed(state, text, model, "NLS_TIMESTAMP_FORMAT")[0])


@helper("o_str_zoned", context=True)
def text_to_zoned(state: State, text: str | None, model: str | None = None) -> str | None:
    """TO_TIMESTAMP_TZ."""
    if text is None:
        return None
    value, offset, region = _parsed(state, text, model, "NLS_TIMESTAMP_TZ_FORMAT")
    if offset is not None:
        return zoned_text(value.replace(tzinfo=dates.timezone(offset)))
    return zoned_text(value.replace(tzinfo=dates.zone(region) if region else session_zone(state)))


@helper("o_number_str", context=True)
def number_to_char(state: State, value: Number | None, model: str | None, options: str | None = None) -> str | None:
    """TO_CHAR(number, model, nls)."""
    if value is None:
        return None
    if model is None:
        return number_to_text(state, value)
    separators, currency = nls(state, "NLS_NUMERIC_CHARACTERS"), nls(state, "NLS_CURRENCY")
    for name, text in _pairs(options or ""):
        if name == "NLS_ISO_CURRENCY" and text.upper() != "AMERICA":
            raise ora(3001, f"NLS_ISO_CURRENCY {text} (not modelled by the estate)")
        separators = text if name == "NLS_NUMERIC_CHARACTERS" else separators
        currency = text if name == "NLS_CURRENCY" else currency
    return format_number(value, model, separators, currency)


def _pairs(text: str) -> list[tuple[str, str]]:
    pieces = text.split("=")
    out = []
    for name, rest in pairwise(pieces):
        words = name.split()
        value = rest.strip()
        value = value[1:value.find("'", 1)] if value.startswith("'") else (value.split() or [""])[0]
        out.append((words[-1].upper() if words else "", value))
    return out


@helper("o_str_number", context=True)
def char_to_number(
    state: State, text: str | None, model: str | None = None, options: str | None = None
) -> Number | None:
    """TO_NUMBER(text, model, nls)."""
    if text is None:
        return None
    separators = nls(state, "NLS_NUMERIC_CHARACTERS")
    currency = nls(state, "NLS_CURRENCY")
    for name, value in _pairs(options or ""):
        separators = value if name == "NLS_NUMERIC_CHARACTERS" else separators
        currency = value if name == "NLS_CURRENCY" else currency
    return parse_number_model(text, model, separators, currency) if model else parse_number(text, separators[0])


@helper("o_str_interval")
def text_to_interval(text: str | None, kind: str) -> str | None:
    """Implicit conversion of text to an interval."""
    if text is None:
        return None
    return to_dsinterval(text) if kind == "I" else to_yminterval(text)


TRUTH = {**dict.fromkeys(("TRUE", "YES", "ON", "1", "T", "Y"), 1),
         **dict.fromkeys(("FALSE", "NO", "OFF", "0", "F", "N"), 0)}


@helper("o_boolean")
def text_to_boolean(text: str | None) -> int | None:
    """TO_BOOLEAN of text. ORA-61800 for a word that is no truth value."""
    if text is None:
        return None
    if text.strip().upper() not in TRUTH:
        raise ora(61800, text)
    return TRUTH[text.strip().upper()]


@helper("o_cast_text")
def cast_text(text: str | None, size: int, padded: int) -> str | None:
    """CAST(text AS VARCHAR2(n) or CHAR(n)): cut, or blank-padded."""
    if text is None:
        return None
    return text[:size].ljust(size) if padded else text[:size]


@helper("o_cast_strict")
def cast_strict(text: str | None, size: int, padded: int) -> str | None:
    """CAST of a number or date to text that may be too short for it: ORA-01401 family, 25137 for data out of range."""
    if text is not None and len(text) > size:
        raise ora(25137)
    return cast_text(text, size, padded)


@helper("o_fraction")
def fraction_digits(text: str | None, digits: int) -> str | None:
    """CAST(x AS TIMESTAMP(n)): fractions rounded."""
    if text is None or digits >= 6:
        return text
    value = dates.load(text)
    step = 10 ** (6 - digits)
    micros = (value.microsecond + step // 2) // step * step
    return dates.store_like(value.replace(microsecond=0) + timedelta(microseconds=micros), text)


@function("ROWIDTOCHAR CHARTOROWID ROWIDTONCHAR", "s", lambda types: SqlType("VARCHAR2", 18))
def rowid_text(text: str) -> str:
    """ROWIDTOCHAR and CHARTOROWID: a ROWID is its text of 18 characters."""
    return text


@function("TO_BINARY_DOUBLE", "n", "F")
def to_binary_double(value: Number) -> float:
    """TO_BINARY_DOUBLE."""
    return float(value)


@function("TO_BINARY_FLOAT", "n", lambda types: SqlType("BINARY_FLOAT"))
def to_binary_float(value: Number) -> float:
    """TO_BINARY_FLOAT."""
    return float(value)
