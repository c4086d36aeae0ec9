# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""JSON documents and path expressions, in Oracle's lax mode."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from estate.sql.errors import ora, unsupported
from estate.sql.numbers import number_text

MISSING = object()
Step = Callable[[list[Any]], list[Any]]
_NAME = re.compile(r'\.\s*(?:"((?:[^"\\]|\\.)*)"|([A-Za-z_][\w$]*)|(\*))')
_BRACKET = re.compile(r"\[\s*([^\]?]*?)\s*\]")
_RANGE = re.compile(r"(\d+|last(?:\s*-\s*\d+)?)(?:\s+to\s+(\d+|last(?:\s*-\s*\d+)?))?")
_DESCEND = re.compile(r'\.\.\s*(?:"([^"]*)"|([A-Za-z_][\w$]*))')
_METHOD = re.compile(r"\.\s*([A-Za-z]+)\s*\(\s*\)\s*$")
# Oracle's lax JSON: names need no quotes
_BARE_KEY = re.compile(r"([{,]\s*)([A-Za-z_]\w*)\s*:")
_WORD = re.compile(r"([:\[,]\s*)(true|false|null)(?=\s*[,}\]])", re.IGNORECASE)


def strict_text(text: str) -> str:
    """Lax JSON text with its names quoted and its words in small letters."""
    return _WORD.sub(lambda found: found[1] + found[2].lower(), _BARE_KEY.sub(r'\1"\2":', text))


def load(text: str | bytes | None) -> Any:
    """A JSON document, names without quotes and TRUE, False or Null allowed; MISSING where it is none."""
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    for candidate in () if text is None else (text, strict_text(text)):
        try:
            return json.loads(candidate)
        except ValueError:
            continue
    return MISSING


def dump(value: Any) -> str:
    """A value as JSON text without blanks."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def scalar_text(value: Any) -> str | None:
    """A scalar as JSON_VALUE gives it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else number_text(value)


def _members(here: Any, name: str) -> list[Any]:
    """A member by name; those of an array are looked up in each of its elements."""
    if isinstance(here, list):
        return [found for one in here if isinstance(one, dict) for found in _members(one, name)]
    return [here[name]] if isinstance(here, dict) and name in here else []


def _all_members(here: Any) -> list[Any]:
    if isinstance(here, list):
        return [found for one in here if isinstance(one, dict) for found in one.values()]
    return list(here.values()) if isinstance(here, dict) else []


def _descendants(here: Any, name: str) -> list[Any]:
    children = list(here.values()) if isinstance(here, dict) else here if isinstance(here, list) else []
    own = [here[name]] if isinstance(here, dict) and name in here else []
    return own + [found for one in children for found in _descendants(one, name)]


def _place(text: str, size: int) -> int:
    if not text.startswith("last"):
        return int(text)
    return size - 1 - int(text.partition("-")[2] or 0)


def _elements(here: Any, spec: str, path: str) -> list[Any]:
    items = here if isinstance(here, list) else [here]
    if spec == "*":
        return list(items)
    found: list[Any] = []
    for part in spec.split(","):
        match = _RANGE.fullmatch(part.strip())
        if match is None:
            raise ora(40442, path)
        first = _place(match[1], len(items))
        last = _place(match[2], len(items)) if match[2] else first
        found += [items[at] for at in range(first, last + 1) if 0 <= at < len(items)]
    return found


METHODS: dict[str, Callable[[Any], Any]] = {
    "size": lambda here: len(here) if isinstance(here, list) else 1,
    "type": lambda here: {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}.get(
        type(here), "number"),
    "string": scalar_text,
    "number": lambda here: here if isinstance(here, (int, float)) else float(here),
    "upper": lambda here: str(here).upper(),
    "lower": lambda here: str(here).lower(),
    "length": lambda here: len(str(here)),
}


def _each(compute: Callable[[Any], list[Any]]) -> Step:
    return lambda nodes: [found for node in nodes for found in compute(node)]


@lru_cache(maxsize=512)
def _steps(path: str) -> tuple[Step, ...]:
    text = re.sub(r"^(lax|strict)\s+", "", path.strip())
    if not text.startswith("$"):
        raise ora(40442, path)
    at, steps = 1, []
    while at < len(text.rstrip()):
        end, step = _step(text, at, path)
        steps.append(step)
        at = end
    return tuple(steps)


def _step(text: str, at: int, path: str) -> tuple[int, Step]:
    """The step at a place of the path, and where the next one begins."""
    if found := _METHOD.match(text, at):
        return _method(found, path)
    if found := _DESCEND.match(text, at):
        name = found[1] or found[2]
        return found.end(), _each(lambda node: _descendants(node, name))
    if found := _NAME.match(text, at):
        if found[3]:
            return found.end(), _each(_all_members)
        key = found[2] or json.loads(f'"{found[1]}"')
        return found.end(), _each(lambda node: _members(node, key))
    if found := _BRACKET.match(text, at):
        spec = found[1]
        return found.end(), _each(lambda node: _elements(node, spec, path))
    if re.match(r"\s*\?\s*\(", text[at:]):
        raise unsupported("a filter in a JSON path", 0)
    raise ora(40442, path)


def _method(found: re.Match[str], path: str) -> tuple[int, Step]:
    name = found[1].lower()
    if name == "count":
        return found.end(), lambda nodes: [len(nodes)]
    if name not in METHODS:
        raise unsupported(f"JSON item method {found[1]}()", 0)
    compute = METHODS[name]
    return found.end(), _each(lambda node: [compute(node)])


def matches(document: Any, path: str) -> list[Any]:
    """All that a path leads to. ORA-40442 for a path that is none."""
    nodes = [document]
    for step in _steps(path):
        nodes = step(nodes)
    return nodes


def wrapped(found: list[Any], wrapper: str) -> Any:
    """What JSON_QUERY makes of its matches: MISSING where they need a wrapper and have none."""
    if wrapper == "u" or (wrapper == "c" and (len(found) != 1 or not isinstance(found[0], (dict, list)))):
        return found if found else MISSING
    return found[0] if len(found) == 1 and isinstance(found[0], (dict, list)) else MISSING
