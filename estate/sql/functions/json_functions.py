# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""JSON functions as compiled SQL calls them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from estate.api import OraError
from estate.sql.errors import ora
from estate.sql.functions.json_paths import MISSING, dump, load, matches, scalar_text, strict_text, wrapped
from estate.sql.functions.registry import helper
from estate.sql.numbers import dec, near, parse_number
from estate.sql.values import date_text, timestamp_text


def _fallback(how: str | None, code: int) -> str | None:
    """What stands for a value that is missing or wrong: ERROR, EMPTY..., =default, else NULL."""
    if how == "ERROR":
        raise ora(code)
    if how in ("EMPTY", "EMPTY ARRAY"):
        return "[]"
    if how == "EMPTY OBJECT":
        return "{}"
    return how[1:] if how and how.startswith("=") else None


@helper("o_json_value")
def json_value(text: str | None, path: str, on_error: str | None = None, on_empty: str | None = None) -> str | None:
    """JSON_VALUE: a scalar as text; ON ERROR and ON EMPTY say what stands for none."""
    if text is None:
        return None
    document = load(text)
    if document is MISSING:
        return _fallback(on_error, 40441)
    found = matches(document, path)
    if not found:
        return _fallback(on_empty or on_error, 40462)
    if len(found) > 1:
        return _fallback(on_error, 40470)
    return _fallback(on_error, 40456) if isinstance(found[0], (dict, list)) else scalar_text(found[0])


def _returned(text: str, kind: str, size: int) -> Any:
    """A scalar's text in the type that RETURNING or a column has; dates are those of ISO 8601."""
    if kind == "N":
        return near(parse_number(text))
    if kind == "S":
        if len(text.encode()) > size:
            raise ora(40478, size)
        return text
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise ora(1861) from None
    return date_text(value) if kind == "D" else timestamp_text(value)


@helper("o_json_as")
def json_as(text: str | None, kind: str, size: int, on_error: str | None = None) -> Any:
    """A scalar of JSON as a type; what has no such value is what ON ERROR says, NULL without it."""
    if text is None:
        return None
    try:
        return _returned(str(text), kind, size)
    except OraError as error:
        if on_error and on_error.startswith("=") and text != on_error[1:]:
            return _returned(on_error[1:], kind, size)
        if on_error == "ERROR":
            raise error from None
        return None


@helper("o_json_query")
def json_query(text: str | None, path: str | None = "$", wrapper: str = "", on_error: str | None = None,
               on_empty: str | None = None) -> str | None:
    """JSON_QUERY: an object or array as text; ``wrapper`` is u (always), c (where needed) or empty."""
    if text is None:
        return None
    document = load(text)
    if document is MISSING:
        return _fallback(on_error, 40441)
    found = matches(document, path or "$")
    if not found:
        return _fallback(on_empty or on_error, 40462)
    result = wrapped(found, wrapper)
    return _fallback(on_error, 40480) if result is MISSING else dump(result)


@helper("o_json_exists")
def json_exists(text: str | None, path: str | None, on_error: str | None = None) -> int:
    """JSON_EXISTS as a condition."""
    document = load(text)
    if document is MISSING:
        if on_error == "ERROR" and text is not None:
            raise ora(40441)
        return int(on_error == "TRUE" and text is not None)
    return int(bool(matches(document, path or "$")))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError
    return dict(pairs)


@helper("o_is_json")
def is_json(text: str | None, strict: int = 0, unique: int = 0) -> int | None:
    """IS JSON [STRICT] [WITH UNIQUE KEYS] as a condition."""
    if text is None:
        return None
    document = load(text)
    try:
        if strict:
            document = json.loads(text)
        if unique and document is not MISSING:
            json.loads(text if strict else strict_text(text), object_pairs_hook=_unique)
    except ValueError:
        return 0
    return int(isinstance(document, (dict, list)))


@helper("o_json_text")
def json_text(value: Any, kind: str) -> str:
    """A value as JSON: numbers bare, text quoted, JSON as it is."""
    if value is None:
        return "null"
    if kind == "N":
        return format(dec(value), "f")
    if kind == "J":
        return str(value)
    if kind == "B":
        return "true" if value else "false"
    if kind in "DTZ":
        return json.dumps(str(value).replace(" ", "T"))
    return json.dumps(value.hex().upper() if isinstance(value, bytes) else str(value), ensure_ascii=False)


@helper("o_json_object")
def json_object(absent: int, *pairs: str) -> str:
    """JSON_OBJECT from keys and JSON fragments in turn."""
    items = [
        (key, value) for key, value in zip(pairs[::2], pairs[1::2], strict=False) if not (absent and value == "null")
    ]
    return "{" + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{value}" for key, value in items) + "}"


@helper("o_json_array")
def json_array(keep: int, *values: str) -> str:
    """JSON_ARRAY from JSON fragments; NULLs are left out unless kept."""
    return "[" + ",".join(value for value in values if keep or value != "null") + "]"


def _column(node: Any, column: dict[str, Any]) -> Any:
    """One column of JSON_TABLE for one match of the row path."""
    found = matches(node, column["path"])
    if column["how"] == "exists":
        return ("true" if found else "false") if column["text"] else int(bool(found))
    if not found:
        return _fallback(column["on_empty"] or column["on_error"], 40462)
    if column["how"] == "query":
        result = wrapped(found, column["wrapper"])
        return _fallback(column["on_error"], 40480) if result is MISSING else dump(result)
    if len(found) > 1 or isinstance(found[0], (dict, list)):
        return _fallback(column["on_error"], 40456)
    return scalar_text(found[0])


def _rows(nodes: list[Any], columns: list[dict[str, Any]], width: int) -> list[list[Any]]:
    """The rows of a COLUMNS clause: each match with those of its NESTED paths, outer-joined."""
    out = []
    for number, node in enumerate(nodes, 1):
        base: list[Any] = [None] * width
        inner: list[list[Any]] = []
        for column in columns:
            if column["how"] == "nested":
                inner += _rows(matches(node, column["path"]), column["columns"], width)
            else:
                base[column["at"]] = number if column["how"] == "ordinality" else _column(node, column)
        own = [column["at"] for column in columns if column["how"] != "nested"]
        for row in inner or [list(base)]:
            for at in own:
                row[at] = base[at]
            out.append(row)
    return out


@helper("o_json_table")
def json_table(text: str | None, path: str, spec: str) -> str | None:
    """The rows of JSON_TABLE as a JSON array of arrays; ``spec`` describes its columns."""
    plan = json.loads(spec)
    document = load(text)
    if document is MISSING:
        if text is not None and plan["on_error"] == "ERROR":
            raise ora(40441)
        return "[]"
    return json.dumps(_rows(matches(document, path), plan["columns"], plan["width"]), ensure_ascii=False)
