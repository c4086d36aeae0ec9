# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Columns of users' tables and views as the dictionary has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from estate.api import Column

LENGTHS = {"NUMBER": 22, "DATE": 7, "TIMESTAMP": 11, "TIMESTAMP WITH TIME ZONE": 13, "CLOB": 4000, "NCLOB": 4000,
           "BLOB": 4000, "TIMESTAMP WITH LOCAL TIME ZONE": 11, "BINARY_FLOAT": 4, "BINARY_DOUBLE": 8,
           "INTERVAL DAY TO SECOND": 11, "INTERVAL YEAR TO MONTH": 5, "ROWID": 10, "LONG": 0, "LONG RAW": 0,
           "BOOLEAN": 1, "JSON": 8200}
TEXTS = ("VARCHAR2", "CHAR", "NVARCHAR2", "NCHAR")


def rows(one: Any) -> Iterator[dict[str, Any]]:
    """Rows of DBA_TAB_COLUMNS and DBA_COL_COMMENTS of an object; VIRTUAL_COLUMN is for DBA_TAB_COLS."""
    comments = one.detail.get("comments", {})
    for position, column in enumerate(one.columns, 1):
        yield {"OWNER": one.owner, "TABLE_NAME": one.name, **_typed(column), **_valued(one, column.name),
               **({"DATA_PRECISION": None} if column.name in one.detail.get("integers", []) else {}),
               "NULLABLE": "Y" if column.nullable else "N", "COLUMN_ID": position, "HISTOGRAM": "NONE",
               "DATA_UPGRADED": "YES", "V80_FMT_IMAGE": "NO",
               "GLOBAL_STATS": "NO", "USER_STATS": "NO", "COMMENTS": comments.get(column.name)}


def _typed(column: Column) -> dict[str, Any]:
    """Type, length and precision: fixed sizes as Oracle has them."""
    text, number = column.type in TEXTS, column.type == "NUMBER"
    national = column.type in ("NVARCHAR2", "NCHAR")
    length, chars = LENGTHS.get(column.type, column.size), 0
    if text:
        chars = column.precision or column.size
        length = column.size
    floating = number and column.precision and column.scale == -127
    return {"COLUMN_NAME": column.name, "DATA_TYPE": "FLOAT" if floating else _type_name(column),
            "DATA_LENGTH": length, "DATA_PRECISION": (column.precision or None) if number else None,
            "DATA_SCALE": _scale(column), "CHAR_LENGTH": chars, "CHAR_COL_DECL_LENGTH": length if text else None,
            "CHAR_USED": ("C" if national or column.precision else "B") if text else None,
            "CHARACTER_SET_NAME": ("NCHAR_CS" if national else "CHAR_CS") if text else None}


def _scale(column: Column) -> int | None:
    if column.type.startswith(("TIMESTAMP", "INTERVAL DAY")):
        return 6 if column.scale == -127 else column.scale
    return column.scale if column.type == "NUMBER" and column.scale != -127 else None


def _type_name(column: Column) -> str:
    scale = 6 if column.scale == -127 else max(column.scale, 0)
    if column.type.startswith("TIMESTAMP"):
        return column.type.replace("TIMESTAMP", f"TIMESTAMP({scale})")
    if column.type == "INTERVAL DAY TO SECOND":
        return f"INTERVAL DAY({2 if column.precision in (0, 9) else column.precision}) TO SECOND({scale})"
    if column.type == "INTERVAL YEAR TO MONTH":
        return "INTERVAL YEAR(2) TO MONTH"
    return column.type


def _valued(one: Any, name: str) -> dict[str, Any]:
    """What fills a column: a default, an identity, an expression."""
    virtual = one.detail.get("virtual", {})
    text = virtual.get(name) or one.detail.get("defaults", {}).get(name)
    return {"DATA_DEFAULT": text, "DEFAULT_LENGTH": len(text) if text else None,
            "VIRTUAL_COLUMN": "YES" if name in virtual else "NO",
            "IDENTITY_COLUMN": "YES" if name in one.detail.get("identity", {}) else "NO",
            "DEFAULT_ON_NULL": "YES" if name in one.detail.get("on_null", []) else "NO"}


def identities(one: Any) -> Iterator[dict[str, Any]]:
    """Rows of DBA_TAB_IDENTITY_COLS."""
    for name, made in one.detail.get("identity", {}).items():
        yield {"OWNER": one.owner, "TABLE_NAME": one.name, "COLUMN_NAME": name, "SEQUENCE_NAME": made["sequence"],
               "GENERATION_TYPE": "ALWAYS" if made["always"] else "BY DEFAULT", "IDENTITY_OPTIONS": _options(made)}


def _options(made: dict[str, Any]) -> str:
    said = made["options"]
    return (f"START WITH: {said['start']}, INCREMENT BY: {said['increment']}, MAX_VALUE: {said['maximum']}, "
            f"MIN_VALUE: {said['minimum']}, CYCLE_FLAG: {'Y' if said['cycle'] else 'N'}, "
            f"CACHE_SIZE: {said['cache']}, ORDER_FLAG: {'Y' if said['order'] else 'N'}")
