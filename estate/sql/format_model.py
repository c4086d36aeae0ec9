# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Datetime format models: splitting them into elements, and TO_CHAR of a datetime."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache

from estate.sql.errors import ora
from estate.sql.values import offset_text

MONTHS = ("JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY", "AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER",
          "DECEMBER")
DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
JULIAN_OF_ORDINAL = 1721425

ELEMENTS = (
    "SYYYY",
    "YYYY",
    "Y,YYY",
    "YYY",
    "YY",
    "SYEAR",
    "YEAR",
    "Y",
    "IYYY",
    "IYY",
    "IY",
    "IW",
    "I",
    "RRRR",
    "RR",
    "RM",
    "MONTH",
    "MON",
    "MM",
    "MI",
    "DDD",
    "DD",
    "DAY",
    "DY",
    "DL",
    "DS",
    "D",
    "HH24",
    "HH12",
    "HH",
    "SSSSS",
    "SS",
    "FF1",
    "FF2",
    "FF3",
    "FF4",
    "FF5",
    "FF6",
    "FF7",
    "FF8",
    "FF9",
    "FF",
    "FM",
    "FX",
    "A.M.",
    "P.M.",
    "AM",
    "PM",
    "A.D.",
    "B.C.",
    "AD",
    "BC",
    "SCC",
    "CC",
    "Q",
    "WW",
    "W",
    "J",
    "TZH",
    "TZM",
    "TZR",
    "TZD",
    "TS",
    "X",
    "EE",
    "E",
)
_TOKEN = re.compile(
    r'"(?P<text>[^"]*)"|(?P<name>' + "|".join(re.escape(one) for one in sorted(ELEMENTS, key=len, reverse=True))
    + r")(?P<suffix>(?:SPTH|THSP|SP|TH)?)|(?P<punct>[^A-Za-z0-9])", re.IGNORECASE)


class Element:
    """One piece of a model: literal text, punctuation, or a named element with its letters as written."""

    __slots__ = ("kind", "name", "raw", "suffix")

    def __init__(self, kind: str, name: str, raw: str, suffix: str = "") -> None:
        self.kind, self.name, self.raw, self.suffix = kind, name, raw, suffix


@lru_cache(maxsize=512)
def split_model(model: str) -> tuple[Element, ...]:
    """The elements of a format model. ORA-01821 for a letter sequence that is none."""
    elements: list[Element] = []
    position = 0
    while position < len(model):
        found = _TOKEN.match(model, position)
        if found is None:
            raise ora(1821)
        if found["name"]:
            elements.append(Element("name", found["name"].upper(), found["name"], found["suffix"].upper()))
        elif found["punct"]:
            elements.append(Element("punct", found["punct"], found["punct"]))
        else:
            elements.append(Element("text", found["text"], found["text"]))
        position = found.end()
    return tuple(elements)


def _cased(word: str, raw: str) -> str:
    """Capitals follow the model: DAY, Day, day."""
    if raw[:1].islower():
        return word.lower()
    return word.upper() if len(raw) == 1 or raw[1].isupper() or not raw[1].isalpha() else word.capitalize()


def _iso(value: datetime) -> tuple[int, int, int]:
    return tuple(value.isocalendar())  # type: ignore[return-value]


def _century(value: datetime) -> int:
    return (value.year - 1) // 100 + 1


def _meridian(value: datetime, dotted: bool) -> str:
    word = "AM" if value.hour < 12 else "PM"
    return f"{word[0]}.M." if dotted else word


# element -> (number, width)
NUMERIC: dict[str, tuple[Callable[[datetime], int], int]] = {
    "YYYY": (lambda v: v.year, 4), "RRRR": (lambda v: v.year, 4), "YYY": (lambda v: v.year % 1000, 3),
    "YY": (lambda v: v.year % 100, 2), "RR": (lambda v: v.year % 100, 2), "Y": (lambda v: v.year % 10, 1),
    "IYYY": (lambda v: _iso(v)[0], 4), "IYY": (lambda v: _iso(v)[0] % 1000, 3), "IY": (lambda v: _iso(v)[0] % 100, 2),
    "I": (lambda v: _iso(v)[0] % 10, 1), "IW": (lambda v: _iso(v)[1], 2), "MM": (lambda v: v.month, 2),
    "MI": (lambda v: v.minute, 2), "DDD": (lambda v: v.timetuple().tm_yday, 3), "DD": (lambda v: v.day, 2),
    "D": (lambda v: v.isoweekday() % 7 + 1, 1), "HH24": (lambda v: v.hour, 2), "HH12": (lambda v: v.hour % 12 or 12, 2),
    "HH": (lambda v: v.hour % 12 or 12, 2), "SS": (lambda v: v.second, 2),
    "SSSSS": (lambda v: v.hour * 3600 + v.minute * 60 + v.second, 5), "CC": (_century, 2), "SCC": (_century, 2),
    "Q": (lambda v: (v.month + 2) // 3, 1), "WW": (lambda v: (v.timetuple().tm_yday + 6) // 7, 2),
    "W": (lambda v: (v.day + 6) // 7, 1), "J": (lambda v: v.toordinal() + JULIAN_OF_ORDINAL, 7),
    "SYYYY": (lambda v: v.year, 4),
}
# element -> (word, width it is padded to)
WORDS: dict[str, tuple[Callable[[datetime], str], int]] = {
    "MONTH": (lambda v: MONTHS[v.month - 1], 9),
    "MON": (lambda v: MONTHS[v.month - 1][:3], 3),
    "DAY": (lambda v: DAYS[v.weekday()], 9),
    "DY": (lambda v: DAYS[v.weekday()][:3], 3),
    "RM": (lambda v: ROMAN[v.month - 1], 4),
    "AM": (lambda v: _meridian(v, False), 2),
    "PM": (lambda v: _meridian(v, False), 2),
    "A.M.": (lambda v: _meridian(v, True), 4),
    "P.M.": (lambda v: _meridian(v, True), 4),
    "AD": (lambda v: "AD", 2),
    "BC": (lambda v: "AD", 2),
    "A.D.": (lambda v: "A.D.", 4),
    "B.C.": (lambda v: "A.D.", 4),
    "YEAR": (lambda v: spell_year(v.year), 0),
    "SYEAR": (lambda v: " " + spell_year(v.year), 0),
}

ONES = [
    "ZERO",
    "ONE",
    "TWO",
    "THREE",
    "FOUR",
    "FIVE",
    "SIX",
    "SEVEN",
    "EIGHT",
    "NINE",
    "TEN",
    "ELEVEN",
    "TWELVE",
    "THIRTEEN",
    "FOURTEEN",
    "FIFTEEN",
    "SIXTEEN",
    "SEVENTEEN",
    "EIGHTEEN",
    "NINETEEN",
]
TENS = ["ZERO", "TEN", "TWENTY", "THIRTY", "FORTY", "FIFTY", "SIXTY", "SEVENTY", "EIGHTY", "NINETY"]
SCALES = ((10**6, "MILLION"), (1000, "THOUSAND"), (100, "HUNDRED"))
ORDINALS = {"ONE": "FIRST", "TWO": "SECOND", "THREE": "THIRD", "FIVE": "FIFTH", "EIGHT": "EIGHTH", "NINE": "NINTH",
            "TWELVE": "TWELFTH"}


def spell(number: int) -> str:
    """A cardinal in English capitals: 42 is FORTY-TWO."""
    for size, word in SCALES:
        if number >= size:
            rest = number % size
            return f"{spell(number // size)} {word}" + (f" {spell(rest)}" if rest else "")
    if number < 20:
        return ONES[number]
    return TENS[number // 10] + (f"-{ONES[number % 10]}" if number % 10 else "")


def spell_year(year: int) -> str:
    """YEAR: 1998 is NINETEEN NINETY-EIGHT, 2000 TWO THOUSAND."""
    high, low = divmod(year, 100)
    if high % 10 == 0 and low < 10:
        return spell(year)
    if low == 0:
        return f"{spell(high)} HUNDRED"
    return f"{spell(high)} {'OH-' + spell(low) if low < 10 else spell(low)}"


def spell_ordinal(number: int) -> str:
    """An ordinal in English capitals: 21 is TWENTY-FIRST."""
    words = spell(number)
    cut = max(words.rfind(" "), words.rfind("-")) + 1
    last = words[cut:]
    return words[:cut] + ORDINALS.get(last, last[:-1] + "IETH" if last.endswith("Y") else last + "TH")


def _ordinal_suffix(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return "TH"
    return {1: "ST", 2: "ND", 3: "RD"}.get(number % 10, "TH")


def _number(element: Element, value: datetime, fill: bool) -> str:
    compute, width = NUMERIC[element.name]
    number = compute(value)
    if "SP" in element.suffix:
        words = spell_ordinal(number) if "TH" in element.suffix else spell(number)
        return _cased_words(words, element.raw)
    text = str(number).zfill(width) if fill else str(number)
    if element.name in ("SYYYY", "SCC"):
        text = f" {text}" if fill else text
    return text + (_cased(_ordinal_suffix(number), element.raw) if element.suffix == "TH" else "")


def _cased_words(words: str, raw: str) -> str:
    if raw[:1].islower():
        return words.lower()
    if len(raw) > 1 and raw[1].islower():
        return "-".join(" ".join(part.capitalize() for part in chunk.split(" ")) for chunk in words.split("-"))
    return words


def _fraction(element: Element, value: datetime, digits: int) -> str:
    digits = int(element.name[2:] or digits)
    return f"{value.microsecond:06d}".ljust(9, "0")[:digits]


def _zone(element: Element, offset: timedelta, region: str | None) -> str:
    text = offset_text(offset)
    return {"TZH": text[:3], "TZM": text[4:], "TZR": region or text, "TZD": region or ""}[element.name]


COMPOSITE = {"DS": "FMMM/DD/YYYY", "DL": "FMDAY, MONTH DD, YYYY", "TS": "HH:MI:SS AM"}


def format_datetime(value: datetime, model: str, *, offset: timedelta | None = None, region: str | None = None,
                    digits: int | None = 6) -> str:
    """TO_CHAR(datetime, model); ``digits`` are those of FF. ORA-01821 for an element that the type does not have."""
    out: list[str] = []
    fill = True
    for element in split_model(model):
        name = element.name
        if element.kind != "name":
            out.append(element.raw)
        elif name == "FM":
            fill = not fill
        elif name in NUMERIC:
            out.append(_number(element, value, fill))
        elif name in WORDS:
            out.append(_word(element, value, fill))
        else:
            out.append(_rest(element, value, offset, region, digits))
    return "".join(out)


def _word(element: Element, value: datetime, fill: bool) -> str:
    compute, width = WORDS[element.name]
    word = compute(value)
    cased = _cased_words(word, element.raw) if element.name.endswith("YEAR") else _cased(word, element.raw)
    return cased.ljust(width) if fill else cased


def _rest(element: Element, value: datetime, offset: timedelta | None, region: str | None, digits: int | None) -> str:
    name = element.name
    if name == "X":
        return "."
    if name == "FX":
        return ""
    if name in COMPOSITE:
        return (
            format_datetime(value, COMPOSITE[name]).title() if name == "DL" else format_datetime(value, COMPOSITE[name])
        )
    if name.startswith("FF"):
        if digits is None:
            raise ora(1821)
        return _fraction(element, value, digits)
    if name.startswith("TZ"):
        if offset is None:
            raise ora(1821)
        return _zone(element, offset, region)
    if name == "Y,YYY":
        return f"{value.year:05,d}"
    raise ora(1821)
