# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""SQL types during compilation, and what a client is told about them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from estate.api import Column
from estate.sql.errors import ora

KINDS = {
    "VARCHAR2": "S", "NVARCHAR2": "S", "CHAR": "S", "NCHAR": "S", "CLOB": "S", "NCLOB": "S", "LONG": "S", "ROWID": "S",
    "UROWID": "S", "JSON": "S", "NUMBER": "N", "BINARY_FLOAT": "F", "BINARY_DOUBLE": "F", "DATE": "D",
    "TIMESTAMP": "T", "TIMESTAMP WITH TIME ZONE": "Z", "TIMESTAMP WITH LOCAL TIME ZONE": "Z",
    "INTERVAL DAY TO SECOND": "I", "INTERVAL YEAR TO MONTH": "Y", "RAW": "R", "BLOB": "R", "LONG RAW": "R",
    "BOOLEAN": "B", "NULL": "X", "XMLTYPE": "S", "REF CURSOR": "C",
}
LOBS = frozenset(("CLOB", "NCLOB", "BLOB", "XMLTYPE"))
# sizes that a driver expects for types without one of their own
SIZES = {"DATE": 7, "TIMESTAMP": 11, "TIMESTAMP WITH TIME ZONE": 13, "TIMESTAMP WITH LOCAL TIME ZONE": 11, "NUMBER": 22,
         "INTERVAL DAY TO SECOND": 11, "INTERVAL YEAR TO MONTH": 5, "BINARY_DOUBLE": 8, "BINARY_FLOAT": 4, "ROWID": 18,
         "BOOLEAN": 1, "CLOB": 4000, "NCLOB": 4000, "BLOB": 4000, "JSON": 8200, "LONG": 32767, "LONG RAW": 32767}


@dataclass(frozen=True, slots=True)
class SqlType:
    """``name`` as in api.ORACLE_TYPES, or NULL for the untyped NULL; sizes are bytes."""

    name: str
    size: int = 0
    precision: int = 0
    scale: int = -127

    @property
    def kind(self) -> str:
        """S text, N number, F float, D date, T timestamp, Z zoned, I and Y intervals, R raw, B boolean, X null."""
        return KINDS[self.name]

    @property
    def is_char(self) -> bool:
        """Compared with blanks padded."""
        return self.name in ("CHAR", "NCHAR")

    @property
    def is_lob(self) -> bool:
        """CLOB, NCLOB or BLOB."""
        return self.name in LOBS

    def column(self, name: str, nullable: bool = True) -> Column:
        """The described column."""
        if self.name == "NULL":
            return Column(name, "VARCHAR2", 0, 0, 0, True)
        if self.name == "XMLTYPE":
            return Column(name, "CLOB", 4000, 0, 0, nullable)
        scale = self.scale if self.name == "NUMBER" else (6 if self.name.startswith("TIMESTAMP") else self.scale)
        if self.name in ("INTERVAL DAY TO SECOND",):
            return Column(name, self.name, 11, self.precision or 9, 6 if scale in (-127, 9) else scale, nullable)
        size = SIZES.get(self.name) or self.size or 4000
        return Column(name, self.name, size, self.precision, scale, nullable)


NULL = SqlType("NULL")
NUMBER = SqlType("NUMBER")
INTEGER = SqlType("NUMBER", 0, 38, 0)
VARCHAR = SqlType("VARCHAR2", 4000)
CLOB = SqlType("CLOB")
# goes to the client as a CLOB
XML = SqlType("XMLTYPE")
DATE = SqlType("DATE")
TIMESTAMP = SqlType("TIMESTAMP", 0, 0, 6)
ZONED = SqlType("TIMESTAMP WITH TIME ZONE", 0, 0, 6)
# literals and what TO_TIMESTAMP gives
FINE = SqlType("TIMESTAMP", 0, 0, 9)
FINE_ZONED = SqlType("TIMESTAMP WITH TIME ZONE", 0, 0, 9)
DAY_SECOND = SqlType("INTERVAL DAY TO SECOND", 0, 9, 9)
YEAR_MONTH = SqlType("INTERVAL YEAR TO MONTH", 0, 9, 0)
RAW = SqlType("RAW", 2000)
DOUBLE = SqlType("BINARY_DOUBLE")
FLOAT = SqlType("BINARY_FLOAT")
BOOLEAN = SqlType("BOOLEAN")
ROWID = SqlType("ROWID", 18)
BY_LETTER = {"S": VARCHAR, "N": NUMBER, "F": DOUBLE, "D": DATE, "T": TIMESTAMP, "Z": ZONED, "I": DAY_SECOND,
             "Y": YEAR_MONTH, "R": RAW, "B": BOOLEAN, "X": NULL, "C": CLOB}


def varchar(size: int) -> SqlType:
    """VARCHAR2 of so many bytes, at most 4000."""
    return SqlType("VARCHAR2", max(0, min(size, 4000)))


def of_column(column: Column) -> SqlType:
    """The type of a described column."""
    return SqlType(column.type, column.size, column.precision, column.scale)


def text_width(kind: SqlType) -> int:
    """How many bytes a value of the type takes when it is turned into text."""
    return {"N": 40, "D": 18, "T": 28, "Z": 75, "I": 30, "Y": 14, "X": 0, "F": 24}.get(kind.kind, kind.size or 4000)


def merge(types: Iterable[SqlType]) -> SqlType:
    """The common type of CASE branches, set operations and the like; the caller checked that they go together."""
    known = [one for one in types if one.name != "NULL"]
    if not known:
        return NULL
    first = known[0]
    if all(one == first for one in known):
        return first
    kinds = {one.kind for one in known}
    if kinds == {"S"}:
        return _merge_text(known)
    if kinds <= {"N", "F"}:
        return NUMBER if kinds == {"N"} else DOUBLE
    for letter in "ZTD":
        if letter in kinds and kinds <= set("DTZ"):
            return BY_LETTER[letter]
    return replace(first, size=max(one.size for one in known))


def _merge_text(types: list[SqlType]) -> SqlType:
    for lob in ("CLOB", "NCLOB"):
        if any(one.name == lob for one in types):
            return SqlType(lob)
    size = max(one.size for one in types)
    if all(one.is_char for one in types) and all(one.size == size for one in types):
        return SqlType("CHAR", size)
    national = any(one.name.startswith("N") for one in types)
    return SqlType("NVARCHAR2" if national else "VARCHAR2", size)


def same_charset(types: Iterable[SqlType]) -> None:
    """ORA-12704 for texts of the database's and of the national character set side by side."""
    texts = [one for one in types if one.kind == "S" and one.size and not one.is_lob]
    if len({one.name in ("NVARCHAR2", "NCHAR") for one in texts}) > 1:
        raise ora(12704)


SPELLINGS = {
    "VARCHAR": "VARCHAR2",
    "VARCHAR2": "VARCHAR2",
    "NVARCHAR2": "NVARCHAR2",
    "CHAR": "CHAR",
    "CHARACTER": "CHAR",
    "NCHAR": "NCHAR",
    "CLOB": "CLOB",
    "NCLOB": "NCLOB",
    "BLOB": "BLOB",
    "LONG": "LONG",
    "LONG RAW": "LONG RAW",
    "RAW": "RAW",
    "ROWID": "ROWID",
    "UROWID": "UROWID",
    "DATE": "DATE",
    "NUMBER": "NUMBER",
    "NUMERIC": "NUMBER",
    "DECIMAL": "NUMBER",
    "DEC": "NUMBER",
    "BINARY_FLOAT": "BINARY_FLOAT",
    "BINARY_DOUBLE": "BINARY_DOUBLE",
    "BOOLEAN": "BOOLEAN",
    "JSON": "JSON",
    "STRING": "VARCHAR2",
    "CHARACTER VARYING": "VARCHAR2",
    "CHAR VARYING": "VARCHAR2",
    "NATIONAL CHARACTER": "NCHAR",
    "NATIONAL CHAR": "NCHAR",
    "SYS_REFCURSOR": "REF CURSOR",
}
INTEGERS = frozenset(("INTEGER", "INT", "SMALLINT", "PLS_INTEGER", "BINARY_INTEGER", "SIMPLE_INTEGER", "NATURAL",
                      "POSITIVE", "NATURALN", "POSITIVEN", "SIGNTYPE"))
FLOATS = frozenset(("FLOAT", "REAL", "DOUBLE PRECISION"))
_SHAPE = re.compile(r"\s*([A-Z_][A-Z0-9_ ]*?)\s*(?:\(\s*(\*|-?\d+)\s*(?:BYTE|CHAR)?\s*(?:,\s*(-?\d+)\s*)?\))?\s*$")


def parse_type(text: str) -> SqlType:
    """A data type as written in CAST, CREATE TABLE or DECLARE. ORA-00902 for one that does not exist."""
    upper = " ".join(text.upper().split())
    special = _datetime_type(upper)
    if special is not None:
        return special
    found = _SHAPE.match(upper)
    if found is None:
        raise ora(902)
    name, first, second = found.groups()
    if name in INTEGERS:
        return INTEGER
    if name in FLOATS:
        return SqlType("NUMBER", 0, int(first or 126), -127)
    if name not in SPELLINGS:
        raise ora(902)
    return _sized(SPELLINGS[name], first, second)


def _sized(name: str, first: str | None, second: str | None) -> SqlType:
    if name == "NUMBER":
        if first is None:
            return NUMBER
        return SqlType(name, 0, 38 if first == "*" else int(first), int(second or 0))
    if name in ("CHAR", "NCHAR"):
        return SqlType(name, int(first or 1))
    if name in ("VARCHAR2", "NVARCHAR2", "RAW"):
        return SqlType(name, int(first or 4000))
    return SqlType(name)


def _datetime_type(upper: str) -> SqlType | None:
    bare = re.sub(r"\s*\(\s*\d+\s*\)", "", upper)
    digits = re.findall(r"\(\s*(\d+)\s*\)", upper)
    if bare.startswith("TIMESTAMP"):
        names = {"TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITH LOCAL TIME ZONE"}
        if bare not in names:
            raise ora(902)
        return SqlType(bare, 0, 0, int(digits[0]) if digits else 6)
    if bare == "INTERVAL DAY TO SECOND":
        return _day_second(upper)
    if bare == "INTERVAL YEAR TO MONTH":
        return SqlType(bare, 0, int(digits[0]) if digits else 2, 0)
    return {"DSINTERVAL_UNCONSTRAINED": DAY_SECOND, "YMINTERVAL_UNCONSTRAINED": YEAR_MONTH}.get(bare)


def _day_second(text: str) -> SqlType:
    day, second = re.search(r"DAY\s*\(\s*(\d)", text), re.search(r"SECOND\s*\(\s*(\d)", text)
    return SqlType("INTERVAL DAY TO SECOND", 0, int(day[1]) if day else 2, int(second[1]) if second else 6)
