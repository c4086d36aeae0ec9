# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""JSON and XML helpers, as far as DBA scripts use them."""

from __future__ import annotations

import json
import re
from html import escape, unescape
from typing import Any

from estate.sql.errors import ora
from estate.sql.functions.registry import function, helper
from estate.sql.numbers import dec, number_text
from estate.sql.types import CLOB

_STEP = re.compile(r"\.(?:\"([^\"]+)\"|([A-Za-z_][\w$]*))|\[(\d+|\*)\]")
# Oracle's lax JSON: names need no quotes
_BARE_KEY = re.compile(r"([{,]\s*)([A-Za-z_]\w*)\s*:")
MISSING = object()


def find_path(document: Any, path: str) -> Any:
    """The value a simple path leads to (.name, [n]); MISSING where there is none. ORA-40442 for other paths."""
    if not path.startswith("$"):
        raise ora(40442, path)
    at, here = 1, document
    while at < len(path):
        found = _STEP.match(path, at)
        if found is None or found[3] == "*":
            raise ora(40442, path)
        here = _step(here, found[1] or found[2], found[3])
        if here is MISSING:
            return MISSING
        at = found.end()
    return here


def _step(here: Any, name: str | None, index: str | None) -> Any:
    if index is not None:
        items = here if isinstance(here, list) else [here]
        return items[int(index)] if int(index) < len(items) else MISSING
    if isinstance(here, list):
        here = here[0] if here else None
    return here.get(name, MISSING) if isinstance(here, dict) else MISSING


def _load(text: str) -> Any:
    for candidate in (text, _BARE_KEY.sub(r'\1"\2":', text)):
        try:
            return json.loads(candidate)
        except ValueError:
            continue
    return MISSING


@helper("o_json_value")
def json_value(text: str | None, path: str | None) -> str | None:
    """JSON_VALUE: a scalar as text; NULL on empty and on error."""
    if text is None or path is None:
        return None
    document = _load(text)
    found = MISSING if document is MISSING else find_path(document, path)
    if found is MISSING or found is None or isinstance(found, (dict, list)):
        return None
    if isinstance(found, bool):
        return "true" if found else "false"
    return found if isinstance(found, str) else number_text(found)


@helper("o_json_query")
def json_query(text: str | None, path: str | None) -> str | None:
    """JSON_QUERY: an object or array as text."""
    if text is None:
        return None
    document = _load(text)
    found = MISSING if document is MISSING else find_path(document, path or "$")
    return json.dumps(found, separators=(",", ":"), ensure_ascii=False) if isinstance(found, (dict, list)) else None


@helper("o_json_exists")
def json_exists(text: str | None, path: str | None) -> int:
    """JSON_EXISTS as a condition."""
    document = MISSING if text is None else _load(text)
    return int(document is not MISSING and find_path(document, path or "$") is not MISSING)


@helper("o_is_json")
def is_json(text: str | None) -> int | None:
    """IS JSON as a condition."""
    return None if text is None else int(isinstance(_load(text), (dict, list)))


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


@helper("o_xml_element")
def xml_element(name: str, attributes: str | None, *contents: str | None) -> str:
    """XMLELEMENT: contents are XML already, or NULL."""
    body = "".join(one for one in contents if one is not None)
    head = name + (attributes or "")
    return f"<{head}>{body}</{name}>" if body else f"<{head}></{name}>" if contents else f"<{head}/>"


@helper("o_xml_attributes")
def xml_attributes(*pairs: Any) -> str:
    """XMLATTRIBUTES from names and values in turn; NULL values are left out."""
    return "".join(
        f' {name}="{escape(str(value))}"'
        for name, value in zip(pairs[::2], pairs[1::2], strict=False)
        if value is not None
    )


@helper("o_xml_text")
def xml_text(value: Any) -> str | None:
    """A scalar as XML text."""
    return None if value is None else escape(str(value), quote=False)


@helper("o_xml_extract")
def xml_extract(text: str | None, path: str | None) -> str | None:
    """.EXTRACT(path): '//text()' gives the text of all nodes; other paths are ORA-03001."""
    if text is None or path is None:
        return None
    if path.replace(" ", "") in ("//text()", "/text()", "text()"):
        return "".join(re.split(r"<[^>]*>", text)) or None
    steps = re.fullmatch(r"/{1,2}([\w/]+?)(/text\(\))?", path)
    if steps is None:
        raise ora(3001, f"XPath {path}")
    name = steps[1].split("/")[-1]
    found = re.search(rf"<{name}(?:\s[^>]*)?>(.*?)</{name}>", text, re.S)
    if found is None:
        return None
    return found[1] if steps[2] else found[0]


@helper("o_xml_plain")
def xml_plain(text: str | None) -> str | None:
    """The text of an XML fragment without its escapes (EXTRACTVALUE)."""
    return None if text is None else unescape("".join(re.split(r"<[^>]*>", text))) or None


@function("DBMS_XMLGEN.CONVERT", "s n?", lambda types: CLOB)
def xmlgen_convert(text: str, flag: int = 0) -> str:
    """DBMS_XMLGEN.CONVERT: escape for XML; with ``flag`` 1 the other way."""
    return unescape(text) if flag else escape(text)


@function("XMLTYPE", "s", lambda types: CLOB)
def xmltype(text: str) -> str:
    """XMLTYPE(text): the document is its text."""
    return text
