# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""TO_DATE, TO_TIMESTAMP and TO_TIMESTAMP_TZ: reading text by a datetime format model."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from estate.sql.errors import ora
from estate.sql.format_model import DAYS, JULIAN_OF_ORDINAL, MONTHS, ROMAN, Element, split_model

PUNCTUATION = frozenset(" -/,.;:_\\'")
# element -> (field, most digits)
DIGITS = {
    "YYYY": ("year", 4),
    "SYYYY": ("year", 4),
    "RRRR": ("rrrr", 4),
    "YYY": ("yyy", 3),
    "YY": ("yy", 2),
    "RR": ("rr", 2),
    "Y": ("y", 1),
    "MM": ("month", 2),
    "DD": ("day", 2),
    "DDD": ("yday", 3),
    "HH24": ("hour24", 2),
    "HH": ("hour12", 2),
    "HH12": ("hour12", 2),
    "MI": ("minute", 2),
    "SS": ("second", 2),
    "SSSSS": ("sssss", 5),
    "J": ("julian", 7),
    "D": ("wday", 1),
    "TZM": ("tzm", 2),
}
RANGES = {"month": (1, 12, 1843), "day": (1, 31, 1847), "yday": (1, 366, 1848), "hour24": (0, 23, 1850),
          "hour12": (1, 12, 1849), "minute": (0, 59, 1851), "second": (0, 59, 1852), "sssss": (0, 86399, 1853),
          "julian": (1, 5373484, 1854)}
DUPLICATES = 1810


class Reader:
    """A cursor over the text, collecting fields."""

    def __init__(self, text: str, exact: bool) -> None:
        self.text, self.at, self.exact = text, 0, exact
        self.fields: dict[str, Any] = {}
        self.following = ""

    @property
    def done(self) -> bool:
        """No text left."""
        return self.at >= len(self.text)

    def put(self, name: str, value: Any) -> None:
        """Keep a field, within its range."""
        if name in self.fields:
            raise ora(DUPLICATES)
        if name in RANGES:
            low, high, code = RANGES[name]
            if not low <= value <= high:
                raise ora(code)
        self.fields[name] = value

    def digits(self, most: int) -> str:
        """Up to so many digits from here."""
        start = self.at
        while self.at < len(self.text) and self.at - start < most and self.text[self.at].isdigit():
            self.at += 1
        return self.text[start:self.at]

    def word(self, words: tuple[str, ...], code: int, shortest: int) -> int:
        """The index of the word that stands here, written out or abbreviated."""
        rest = self.text[self.at:].upper()
        for index, word in enumerate(words):
            if rest.startswith(word):
                self.at += len(word)
                return index
        for index, word in enumerate(words):
            if (
                shortest
                and rest.startswith(word[:shortest])
                and (len(rest) == shortest or not rest[shortest].isalpha())
            ):
                self.at += shortest
                return index
        raise ora(code)


def _read_number(reader: Reader, element: Element) -> None:
    name, most = DIGITS[element.name]
    sign = 1
    if element.name == "SYYYY" and not reader.done and reader.text[reader.at] in "+- ":
        sign = -1 if reader.text[reader.at] == "-" else 1
        reader.at += 1
    if reader.done:
        raise ora(1840)
    found = reader.digits(most)
    if not found:
        if name == "month" and reader.text[reader.at].isalpha():
            return reader.put("month", reader.word(MONTHS, 1843, 3) + 1)
        raise ora(1858)
    if reader.exact and len(found) != most:
        raise ora(1862)
    if name in ("rr", "yy") and len(found) == 2 and reader.at < len(reader.text) and reader.text[reader.at].isdigit():
        more = reader.digits(2)
        if len(more) == 2:
            return reader.put("year", int(found + more))
        reader.at -= len(more)
    if name == "rrrr" and len(found) <= 2:
        name = "rr"
    return reader.put("year" if name == "rrrr" else name, sign * int(found))


def _read_month(reader: Reader, element: Element) -> None:
    if reader.done:
        raise ora(1840)
    reader.put("month", reader.word(MONTHS, 1843, 3) + 1)
    while element.name == "MONTH" and not reader.done and reader.text[reader.at] == " " and \
            reader.text[reader.at + 1:reader.at + 2] == " ":
        reader.at += 1


def _read_day(reader: Reader, element: Element) -> None:
    reader.put("weekday", reader.word(DAYS, 1846, 3))
    while not reader.done and reader.text[reader.at] == " " and reader.text[reader.at + 1:reader.at + 2] == " ":
        reader.at += 1


def _read_meridian(reader: Reader, element: Element) -> None:
    dotted = ("A.M.", "P.M.")
    if reader.done:
        raise ora(1840)
    words = dotted if reader.text[reader.at:reader.at + 4].upper() in dotted else ("AM", "PM")
    reader.put("pm", reader.word(words, 1855, 0))


def _read_fraction(reader: Reader, element: Element) -> None:
    most = int(element.name[2:] or 9)
    found = reader.digits(most)
    if not found:
        raise ora(1840 if reader.done else 1858)
    reader.put("micro", int(found.ljust(9, "0")[:6]))


def _read_zone_hour(reader: Reader, element: Element) -> None:
    negative = False
    if not reader.done and reader.text[reader.at] in "+-":
        negative = reader.text[reader.at] == "-"
        reader.at += 1
    found = reader.digits(2)
    if not found or int(found) > 15:
        raise ora(1857)
    reader.put("tzh", -int(found) if negative else int(found))
    reader.put("tzneg", negative)


def _read_region(reader: Reader, element: Element) -> None:
    if not reader.done and reader.text[reader.at] in "+-":
        _read_zone_hour(reader, element)
        if not reader.done and reader.text[reader.at] == ":":
            reader.at += 1
            reader.put("tzm", int(reader.digits(2) or 0))
        return
    start = reader.at
    while not reader.done and (reader.text[reader.at].isalnum() or reader.text[reader.at] in "/_+-"):
        reader.at += 1
    reader.put("region", reader.text[start:reader.at])


def _read_era(reader: Reader, element: Element) -> None:
    words = ("A.D.", "B.C.") if "." in reader.text[reader.at:reader.at + 2] else ("AD", "BC")
    if reader.word(words, 1861, 0):
        raise ora(1841)


READERS: dict[str, Callable[[Reader, Element], None]] = {
    "MON": _read_month,
    "MONTH": _read_month,
    "DAY": _read_day,
    "DY": _read_day,
    "AM": _read_meridian,
    "PM": _read_meridian,
    "A.M.": _read_meridian,
    "P.M.": _read_meridian,
    "TZH": _read_zone_hour,
    "TZR": _read_region,
    "AD": _read_era,
    "BC": _read_era,
    "A.D.": _read_era,
    "B.C.": _read_era,
    "RM": lambda reader, element: reader.put("month", _roman(reader)),
    "Y,YYY": lambda reader, element: reader.put("year", int(reader.digits(1) + _skip(reader) + reader.digits(3))),
}


def _roman(reader: Reader) -> int:
    order = sorted(range(12), key=lambda index: -len(ROMAN[index]))
    return order[reader.word(tuple(ROMAN[index] for index in order), 1843, 0)] + 1


def _skip(reader: Reader) -> str:
    reader.at += 1
    return ""


def _read_punctuation(reader: Reader, element: Element) -> None:
    if reader.done:
        return
    here = reader.text[reader.at]
    if here == element.raw or (not reader.exact and not here.isalnum()):
        reader.at += 1
    elif here.isdigit() and reader.following in READERS and element.raw in PUNCTUATION:
        # punctuation may be left out only between numbers of full length
        raise ora(1861)
    elif reader.exact or (here.isalpha() and element.raw not in PUNCTUATION):
        raise ora(1861)


def _read_text(reader: Reader, element: Element) -> None:
    if reader.text[reader.at:reader.at + len(element.raw)] != element.raw:
        raise ora(1861)
    reader.at += len(element.raw)


def _read_element(reader: Reader, element: Element) -> None:
    name = element.name
    if element.kind == "punct":
        _read_punctuation(reader, element)
    elif element.kind == "text":
        _read_text(reader, element)
    elif name in DIGITS:
        _read_number(reader, element)
    elif name in READERS:
        READERS[name](reader, element)
    elif name.startswith("FF"):
        _read_fraction(reader, element)
    elif name == "X":
        _read_punctuation(reader, Element("punct", ".", "."))
    elif name == "FX":
        reader.exact = True
    elif name != "FM":
        raise ora(1820 if name in ("WW", "IW", "W", "Q", "CC") else 1821)


def read_fields(text: str, model: str) -> dict[str, Any]:
    """The fields of a text by a model; ORA-018xx where they do not agree."""
    reader = Reader(text.strip(" "), False)
    elements = split_model(model)
    names = {element.name for element in elements if element.kind == "name"}
    if "HH24" in names and names & {"AM", "PM", "A.M.", "P.M."}:
        raise ora(1818)
    for index, element in enumerate(elements):
        if element.kind == "name" and reader.done and element.name not in ("FM", "FX"):
            if _optional_rest(elements[index:]):
                break
            raise ora(1840)
        reader.following = elements[index + 1].name if index + 1 < len(elements) else ""
        _read_element(reader, element)
    if not reader.done:
        raise ora(1830)
    return reader.fields


def _optional_rest(elements: tuple[Element, ...]) -> bool:
    """Trailing time elements may be missing from the text."""
    timed = {"HH24", "HH", "HH12", "MI", "SS", "X", "AM", "PM", "A.M.", "P.M.", "SSSSS", "TZR", "TZH", "TZM"}
    return all(one.kind != "name" or one.name in timed or one.name.startswith("FF") for one in elements) and \
        elements[0].name != "HH24X"


def _year(fields: dict[str, Any], now: datetime) -> int:
    if "year" in fields:
        year = fields["year"]
        if not 1 <= year <= 9999:
            raise ora(1841)
        return int(year)
    century = now.year // 100
    if "rr" in fields:
        low, current = fields["rr"], now.year % 100
        shift = (1 if low < 50 <= current else 0) - (1 if low >= 50 > current else 0)
        return int((century + shift) * 100 + low)
    for name, size in (("yyy", 1000), ("yy", 100), ("y", 10)):
        if name in fields:
            return int(now.year // size * size + fields[name])
    return now.year


def _date_part(fields: dict[str, Any], now: datetime) -> datetime:
    if "julian" in fields:
        ordinal = fields["julian"] - JULIAN_OF_ORDINAL
        if ordinal < 1:
            raise ora(1841)
        return datetime.fromordinal(ordinal)
    year = _year(fields, now)
    if "yday" in fields and "month" not in fields:
        if fields["yday"] == 366 and not calendar.isleap(year):
            raise ora(1848)
        return datetime(year, 1, 1) + timedelta(days=fields["yday"] - 1)
    month = fields.get("month", now.month)
    day = fields.get("day", 1)
    if day > calendar.monthrange(year, month)[1]:
        raise ora(1839)
    found = datetime(year, month, day)
    if "weekday" in fields and found.weekday() != fields["weekday"]:
        raise ora(1835)
    return found


def _clock(fields: dict[str, Any]) -> timedelta:
    if "sssss" in fields:
        return timedelta(seconds=fields["sssss"])
    hour = fields.get("hour24", 0)
    if "hour12" in fields:
        hour = fields["hour12"] % 12 + (12 if fields.get("pm") else 0)
    return timedelta(hours=hour, minutes=fields.get("minute", 0), seconds=fields.get("second", 0))


def parse_model(text: str, model: str, now: datetime) -> tuple[datetime, timedelta | None, str | None]:
    """(datetime, offset if the text has one, region if it has one). Missing year and month are the current ones."""
    fields = read_fields(text, model)
    value = _date_part(fields, now) + _clock(fields) + timedelta(microseconds=fields.get("micro", 0))
    offset = None
    if "tzh" in fields:
        minutes = abs(fields["tzh"]) * 60 + fields.get("tzm", 0)
        offset = timedelta(minutes=-minutes if fields["tzneg"] else minutes)
    return value, offset, fields.get("region")
