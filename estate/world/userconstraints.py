# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Constraints of users' tables as the dictionary has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def rows(one: Any, now: str) -> Iterator[dict[str, Any]]:
    """Rows of DBA_CONSTRAINTS."""
    for key in one.detail["keys"]:
        yield {**_common(one, key, now), "CONSTRAINT_TYPE": key["kind"][0],
               "INDEX_OWNER": one.owner if key["enabled"] else None,
               "INDEX_NAME": key["name"] if key["enabled"] else None}
    for check in one.detail.get("checks", []):
        yield {**_common(one, check, now), "CONSTRAINT_TYPE": "C", **_condition(check["text"])}
    for column, name in one.detail.get("not_null", {}).items():
        made = {"name": name, "generated": name.startswith("SYS_C"), "enabled": True}
        yield {**_common(one, made, now), "CONSTRAINT_TYPE": "C", **_condition(f'"{column}" IS NOT NULL')}
    for made in one.detail.get("references", []):
        yield {**_common(one, made, now), "CONSTRAINT_TYPE": "R", "R_OWNER": made["owner"],
               "R_CONSTRAINT_NAME": made["key"], "DELETE_RULE": made["rule"]}


def _common(one: Any, made: dict[str, Any], now: str) -> dict[str, Any]:
    return {"OWNER": one.owner, "TABLE_NAME": one.name, "CONSTRAINT_NAME": made["name"], "LAST_CHANGE": now,
            "STATUS": "ENABLED" if made["enabled"] else "DISABLED",
            "DEFERRABLE": "DEFERRABLE" if made.get("deferrable") else "NOT DEFERRABLE",
            "DEFERRED": "DEFERRED" if made.get("deferred") else "IMMEDIATE",
            "VALIDATED": "VALIDATED" if made.get("validated", True) else "NOT VALIDATED",
            "GENERATED": "GENERATED NAME" if made["generated"] else "USER NAME"}


def _condition(text: str) -> dict[str, Any]:
    return {"SEARCH_CONDITION": text, "SEARCH_CONDITION_VC": text[:4000]}


def columns(one: Any) -> Iterator[dict[str, Any]]:
    """Rows of DBA_CONS_COLUMNS: those of a CHECK have no position."""
    for key in (*one.detail["keys"], *one.detail.get("references", [])):
        for position, column in enumerate(key["columns"], 1):
            yield _column(one, key["name"], column, position)
    for check in one.detail.get("checks", []):
        for column in one.columns:
            if _names(check["text"], column.name):
                yield _column(one, check["name"], column.name, None)
    for column_name, name in one.detail.get("not_null", {}).items():
        yield _column(one, name, column_name, None)


def _column(one: Any, name: str, column: str, position: int | None) -> dict[str, Any]:
    return {"OWNER": one.owner, "TABLE_NAME": one.name, "CONSTRAINT_NAME": name, "COLUMN_NAME": column,
            "POSITION": position}


def _names(text: str, column: str) -> bool:
    """Whether a condition has the column in it, outside of strings."""
    bare = "".join(part for index, part in enumerate(text.split("'")) if index % 2 == 0)
    words = "".join(char if char.isalnum() or char in "_$#\"" else " " for char in bare).split()
    return any(word == f'"{column}"' or word.upper() == column for word in words)
