# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Conversions between types: explicit targets, and the common type of several expressions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from estate.sql import types
from estate.sql.compiler.core import Frag
from estate.sql.errors import ora
from estate.sql.types import BY_LETTER, SqlType

NAMES = {
    "S": "CHAR",
    "N": "NUMBER",
    "D": "DATE",
    "T": "TIMESTAMP",
    "Z": "TIMESTAMP WITH TIME ZONE",
    "I": "INTERVAL DAY TO SECOND",
    "Y": "INTERVAL YEAR TO MONTH",
    "R": "BINARY",
    "F": "BINARY_DOUBLE",
    "B": "BOOLEAN",
    "C": "CURSER",
    "X": "-",
}


def type_name(kind: SqlType) -> str:
    """How ORA-00932 calls a type."""
    return kind.name if kind.is_lob else NAMES[kind.kind]


def mismatch(expected: SqlType, got: SqlType) -> Exception:
    """ORA-00932."""
    return ora(932, type_name(expected), type_name(got))


def _wrapped(template: str, target: SqlType) -> Callable[[Frag], Frag]:
    return lambda frag: Frag(template.format(frag.precise), target)


def _number_to_text(frag: Frag) -> Frag:
    return Frag(f"o_num_str({frag.precise})", types.varchar(40))


def _text_to_number(frag: Frag) -> Frag:
    return Frag(f"o_near(o_num({frag.sql}))", types.NUMBER, exact=f"o_num({frag.sql})")


def datetime_text(frag: Frag, model: str = "NULL") -> Frag:
    """TO_CHAR of a datetime: a local one without its zone, FF with the digits of the type."""
    name = "o_local_str" if frag.type.name == "TIMESTAMP WITH LOCAL TIME ZONE" else "o_date_str"
    digits = frag.type.scale if frag.kind != "D" and 0 <= frag.type.scale <= 9 else 6
    more = f", {model}, {digits}" if digits != 6 else "" if model == "NULL" else f", {model}"
    return Frag(f"{name}({frag.sql}{more})", types.varchar(20 if frag.kind == "D" else 75), constant=frag.constant)


def interval_text(frag: Frag) -> Frag:
    """TO_CHAR of an interval, with the digits of its type."""
    digits = f", {frag.type.precision or 2}, {frag.type.scale if 0 <= frag.type.scale <= 9 else 6}"
    return Frag(f"o_interval_str({frag.sql}{digits})", types.varchar(30))


# (from, to) -> conversion
CONVERSIONS: dict[tuple[str, str], Callable[[Frag], Frag]] = {
    ("S", "N"): _text_to_number,
    ("S", "F"): _wrapped("o_double(o_num({}))", types.DOUBLE),
    ("S", "D"): _wrapped("o_str_date({})", types.DATE),
    ("S", "T"): _wrapped("o_str_ts({})", types.TIMESTAMP),
    ("S", "Z"): _wrapped("o_str_zoned({})", types.ZONED),
    ("S", "I"): _wrapped("o_str_interval({}, 'I')", types.DAY_SECOND),
    ("S", "Y"): _wrapped("o_str_interval({}, 'Y')", types.YEAR_MONTH),
    ("S", "R"): _wrapped("o_hex_raw({})", types.RAW),
    ("N", "S"): _number_to_text,
    ("N", "F"): _wrapped("o_double({})", types.DOUBLE),
    ("F", "N"): lambda frag: Frag(frag.sql, types.NUMBER),
    ("F", "S"): _wrapped("o_float_str({})", types.varchar(40)),
    ("D", "S"): _wrapped("o_date_str({})", types.varchar(20)),
    ("T", "S"): datetime_text,
    ("Z", "S"): datetime_text,
    ("D", "T"): _wrapped("({}||'.000000')", types.TIMESTAMP),
    ("D", "Z"): _wrapped("o_zoned({})", types.ZONED),
    ("T", "Z"): _wrapped("o_zoned({})", types.ZONED),
    ("T", "D"): _wrapped("o_date({})", types.DATE),
    ("Z", "D"): _wrapped("o_date({})", types.DATE),
    ("Z", "T"): _wrapped("o_ts({})", types.TIMESTAMP),
    ("I", "S"): interval_text,
    ("Y", "S"): interval_text,
    ("R", "S"): _wrapped("o_rawtohex({})", types.VARCHAR),
    ("B", "S"): _wrapped("CASE {} WHEN 1 THEN 'TRUE' WHEN 0 THEN 'FALSE' END", types.varchar(5)),
    ("B", "N"): lambda frag: Frag(frag.sql, types.NUMBER),
}


def to_kind(frag: Frag, kind: str) -> Frag:
    """The fragment as another kind; ORA-00932 where Oracle has no such conversion."""
    if frag.kind in (kind, "X") or kind == "X":
        return frag
    convert = CONVERSIONS.get((frag.kind, kind))
    if convert is None:
        raise mismatch(BY_LETTER[kind], frag.type)
    return convert(frag)


def comparable(frag: Frag) -> str:
    """SQLite text that sorts and compares like the Oracle value."""
    if frag.kind in "IY":
        return f"o_isort({frag.sql})"
    if frag.kind == "Z":
        return f"substr({frag.sql}, 1, 26)"
    return frag.sql


def common_kind(frags: Sequence[Frag]) -> str:
    """The kind in which several expressions are compared."""
    kinds = {frag.kind for frag in frags} - {"X"}
    if not kinds:
        return "X"
    if len(kinds) == 1:
        return kinds.pop()
    for letter in "ZTD":
        if letter in kinds:
            return _only(frags, letter, set("DTZSX"))
    for letter, allowed in (("I", "ISX"), ("Y", "YSX"), ("R", "RSX"), ("F", "FNSX"), ("N", "NSBX")):
        if letter in kinds:
            return _only(frags, letter, set(allowed))
    first, second = [frag.type for frag in frags if frag.kind in kinds][:2]
    raise mismatch(first, second)


def _only(frags: Sequence[Frag], letter: str, allowed: set[str]) -> str:
    for frag in frags:
        if frag.kind not in allowed:
            others = next(one.type for one in frags if one.kind in allowed and one.kind != "X")
            raise mismatch(others, frag.type)
    return letter


def unify(frags: Sequence[Frag]) -> list[Frag]:
    """All in their common kind."""
    kind = common_kind(frags)
    return [to_kind(frag, kind) for frag in frags]


def compared(frags: Sequence[Frag]) -> list[str]:
    """Texts of several expressions, ready to be compared with each other."""
    for frag in frags:
        if frag.type.is_lob and any(one.kind != "X" for one in frags if one is not frag):
            raise ora(932, "-", frag.type.name)
    unified = unify(frags)
    known = [frag for frag in unified if frag.kind != "X"]
    if len(known) > 1 and all(frag.type.is_char for frag in known):
        return [f"rtrim({frag.sql}, ' ')" for frag in unified]
    return [comparable(frag) for frag in unified]


def coerce_argument(frag: Frag, letter: str) -> str:
    """An argument as a function's parameter letter asks for it."""
    if letter == "a" or frag.kind == "X":
        return frag.precise
    if letter == "o":
        return frag.precise if frag.kind in "DTZNF" else to_kind(frag, "N").precise
    if letter == "d":
        return frag.sql if frag.kind in "DTZ" else to_kind(frag, "D").sql
    if letter == "n":
        return frag.precise if frag.kind in "NF" else to_kind(frag, "N").precise
    target = {"s": "S", "t": "T", "z": "Z", "r": "R"}[letter]
    if letter == "r" and frag.kind == "S" and frag.type.is_lob:
        raise mismatch(types.RAW, frag.type)
    return to_kind(frag, target).precise
