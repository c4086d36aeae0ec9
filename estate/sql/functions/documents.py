# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""XML helpers, as far as DBA scripts use them."""

from __future__ import annotations

import json
import re
from html import escape, unescape
from typing import Any
from xml.etree import ElementTree

from estate.sql.dates import load
from estate.sql.errors import ora, unsupported
from estate.sql.functions.registry import function, helper
from estate.sql.types import CLOB, XML

_PROLOG = re.compile(r"^\s*<\?xml[^>]*\?>\s*")
_STEP = r"""(?:\.|\*|@[\w.-]+|text\(\)|[\w.-]+)(?:\[(?:\d+|last\(\)|@?[\w.-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'))?)\])*"""
_STEPS = re.compile(rf"/{{0,2}}{_STEP}(?:/{{1,2}}{_STEP})*")


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


@helper("o_xml_moment")
def xml_moment(text: str | None) -> str | None:
    """A timestamp as XML Schema writes it: 2024-01-31T10:20:30.500000."""
    if text is None:
        return None
    zone = text[26:] if len(text) == 32 else ""
    return f"{load(text).isoformat(timespec='microseconds')}{zone}"


@helper("o_xml_body")
def xml_body(text: str | None) -> str | None:
    """XML without its declaration."""
    return None if text is None else _PROLOG.sub("", text)


def _root(text: str) -> ElementTree.Element:
    """The nodes of XML content below an element of our own. ORA-31011 for text that is no XML."""
    if "<!DOCTYPE" in text:
        raise unsupported("XML with a DOCTYPE", 0)
    try:
        # entities of one's own need a DOCTYPE
        return ElementTree.fromstring(f"<content>{_PROLOG.sub('', text)}</content>")  # noqa: S314
    except ElementTree.ParseError:
        raise ora(31011) from None


Node = ElementTree.Element | str


def xpath(text: str, path: str) -> list[Node]:
    """The nodes that a path leads to: /a/b[2]/@c, //text(), *[name="x"]. Others are refused by their text."""
    root = _root(text)
    if re.sub(r"\s", "", path) in ("//text()", "/text()", "text()", "//*/text()"):
        return ["".join(root.itertext())] if "".join(root.itertext()) else []
    return below([root], path)


def below(nodes: list[ElementTree.Element], path: str) -> list[Node]:
    """The nodes that a path leads to from some elements."""
    clean = path.strip()
    head, _, last = clean.rpartition("/")
    if clean == "." or not clean:
        return list(nodes)
    if _STEPS.fullmatch(clean) is None:
        raise unsupported(f"XPath {path}", 0)
    if last == "text()":
        return [one for node in _elements(nodes, head) for one in (node.text,) if one]
    if last.startswith("@"):
        return [node.attrib[last[1:]] for node in _elements(nodes, head) if last[1:] in node.attrib]
    return list(_elements(nodes, clean))


def _elements(nodes: list[ElementTree.Element], path: str) -> list[ElementTree.Element]:
    if not path or path == ".":
        return nodes
    relative = "." + path if path.startswith("/") else path
    return [found for node in nodes for found in node.findall(relative)]


def _shown(node: Node) -> str:
    if isinstance(node, str):
        return escape(node, quote=False)
    tail, node.tail = node.tail, None
    try:
        return ElementTree.tostring(node, encoding="unicode").replace(" />", "/>")
    finally:
        node.tail = tail


def _plain(node: Node) -> str:
    return node if isinstance(node, str) else "".join(node.itertext())


@helper("o_xml_extract")
def xml_extract(text: str | None, path: str | None) -> str | None:
    """EXTRACT(xml, path): the nodes one after the other; NULL where there are none."""
    if text is None or path is None:
        return None
    return "".join(map(_shown, xpath(text, path))) or None


@helper("o_xml_exists")
def xml_exists(text: str | None, path: str) -> int:
    """EXISTSNODE."""
    return int(text is not None and bool(xpath(text, path)))


@helper("o_xml_value")
def xml_value(text: str | None, path: str | None) -> str | None:
    """EXTRACTVALUE: the text of the only node. ORA-19025 for several, ORA-19026 for one with elements below it."""
    if text is None or path is None:
        return None
    found = xpath(text, path)
    if len(found) > 1:
        raise ora(19025)
    if found and not isinstance(found[0], str) and len(found[0]):
        raise ora(19026)
    return _plain(found[0]) or None if found else None


@helper("o_xml_plain")
def xml_plain(text: str | None) -> str | None:
    """The text of an XML fragment without its escapes."""
    return None if text is None else unescape("".join(re.split(r"<[^>]*>", text))) or None


@helper("o_xmltable")
def xml_table(text: str | None, path: str, *columns: str | None) -> str | None:
    """The rows of XMLTABLE as a JSON array of arrays; a column is a path, or NULL for its number."""
    if text is None:
        return None
    rows = []
    for number, node in enumerate(xpath(text, path), 1):
        row: list[Any] = []
        for column in columns:
            found = [] if column is None or isinstance(node, str) else below([node], column)
            if len(found) > 1:
                raise ora(19279)
            row.append(number if column is None else _plain(found[0]) or None if found else None)
        rows.append(row if columns else [_shown(node)])
    return json.dumps(rows, ensure_ascii=False)


@function("DBMS_XMLGEN.CONVERT", "s n?", lambda types: CLOB)
def xmlgen_convert(text: str, flag: int = 0) -> str:
    """DBMS_XMLGEN.CONVERT: escape for XML; with ``flag`` 1 the other way."""
    return unescape(text) if flag else escape(text)


@function("XMLTYPE XMLTYPE.CREATEXML", "s", lambda types: XML)
def xmltype(text: str) -> str:
    """XMLTYPE(text): the document is its text."""
    return text
