# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Calls that make or read XML and JSON."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from estate.sql import types
from estate.sql.compiler.calls import arguments
from estate.sql.compiler.coerce import to_kind
from estate.sql.compiler.conversions import cast_to
from estate.sql.compiler.core import Compiler, Frag, Scope, call, identifier, literal, position
from estate.sql.errors import ora, unsupported


@call("EXTRACT")
def extract_xml(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """EXTRACT(xml, path)."""
    value, path = arguments(compiler, node, scope, 2, 2)
    return Frag(f"o_xml_extract({value.sql}, {path.sql})", types.XML)


@call("EXTRACTVALUE")
def extract_value(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """EXTRACTVALUE(xml, path)."""
    value, path = arguments(compiler, node, scope, 2, 2)
    return Frag(f"o_xml_value({value.sql}, {path.sql})", types.VARCHAR)


@call("EXISTSNODE")
def exists_node(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """EXISTSNODE(xml, path): 1 or 0."""
    value, path = arguments(compiler, node, scope, 2, 2)
    return Frag(f"o_xml_exists({value.sql}, {path.sql})", types.NUMBER)


def xml_part(frag: Frag) -> str:
    """XML as it is; scalars escaped, datetimes as XML Schema writes them."""
    if frag.type.name == "XMLTYPE":
        return frag.sql
    if frag.kind == "D":
        return f"substr({frag.sql}, 1, 10)"
    if frag.kind in "TZ":
        return f"o_xml_moment({frag.sql})"
    return f"o_xml_text({to_kind(frag, 'S').sql})"


@call("XMLELEMENT")
def xml_element(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """XMLELEMENT(name, XMLATTRIBUTES(...), content ...)."""
    name = compiler.value(node.expressions[0], scope).sql
    attributes, parts = "NULL", []
    for one in node.expressions[1:]:
        if isinstance(one, exp.Anonymous) and str(one.this).upper() == "XMLATTRIBUTES":
            attributes = _xml_attributes(compiler, one, scope)
        else:
            parts.append(xml_part(compiler.value(one.this if isinstance(one, exp.Alias) else one, scope)))
    return Frag(f"o_xml_element({', '.join([name, attributes, *parts])})", types.XML)


def _xml_name(node: Any) -> str:
    if isinstance(node, exp.Alias):
        return identifier(node.args["alias"])
    if isinstance(node, exp.Column):
        return identifier(node.this)
    raise ora(19208, position=position(node))


def _xml_attributes(compiler: Compiler, node: Any, scope: Scope) -> str:
    pairs = []
    for one in node.expressions:
        value = compiler.value(one.this if isinstance(one, exp.Alias) else one, scope)
        pairs += [literal(_xml_name(one)), to_kind(value, "S").sql]
    return f"o_xml_attributes({', '.join(pairs)})"


@call("XMLFOREST", "XMLCOLATTVAL")
def xml_forest(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """XMLFOREST(value AS name, ...); XMLCOLATTVAL has the names as attributes of elements column."""
    named = str(node.this).upper() == "XMLCOLATTVAL"
    parts = []
    for one in node.expressions:
        value = compiler.value(one.this if isinstance(one, exp.Alias) else one, scope)
        name = literal(_xml_name(one))
        head = f"'column', o_xml_attributes('name', {name})" if named else f"{name}, NULL"
        missing = f"o_xml_element({head})" if named else "''"
        parts.append(f"CASE WHEN {value.sql} IS NULL THEN {missing} ELSE o_xml_element({head}, {xml_part(value)}) END")
    return Frag("nullif(" + "||".join(parts) + ", '')", types.XML)


@call("XMLCONCAT")
def xml_concat(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """XMLCONCAT(xml, ...)."""
    parts = [f"coalesce({xml_part(one)}, '')" for one in arguments(compiler, node, scope, 1, 999)]
    return Frag("nullif(" + "||".join(parts) + ", '')", types.XML)


WRAPPERS = {"XMLCOMMENT": ("<!--", "-->"), "XMLCDATA": ("<![CDATA[", "]]>")}


@call("XMLCOMMENT", "XMLCDATA")
def xml_wrapped(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """XMLCOMMENT(text), XMLCDATA(text)."""
    (text,) = arguments(compiler, node, scope, 1, 1)
    start, end = WRAPPERS[str(node.this).upper()]
    return Frag(f"('{start}'||{to_kind(text, 'S').sql}||'{end}')", types.XML)


@call("XMLPI")
def xml_instruction(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """XMLPI(NAME name, text)."""
    name, *rest = arguments(compiler, node, scope, 1, 2)
    text = f"||coalesce(' '||{to_kind(rest[0], 'S').sql}, '')" if rest else ""
    return Frag(f"('<?'||{name.sql}{text}||'?>')", types.XML)


@call("XMLROOT")
def xml_root(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """XMLROOT(xml, VERSION v, STANDALONE yes)."""
    value, version = arguments(compiler, node, scope, 2, 2)
    standalone = node.meta.get("standalone")
    tail = f' standalone="{standalone}"' if standalone in ("yes", "no") else ""
    head = f"'<?xml version=\"'||{to_kind(version, 'S').sql}||'\"{tail}?>'||char(10)"
    return Frag(f"({head}||o_xml_body({value.sql}))", types.XML)


@call("XMLPARSE")
def xml_parse(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """XMLPARSE(DOCUMENT | CONTENT text)."""
    (text,) = arguments(compiler, node, scope, 1, 1)
    return Frag(f"o_xmltype({to_kind(text, 'S').sql})", types.XML)


@call("XMLSERIALIZE")
def xml_serialize(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """XMLSERIALIZE(DOCUMENT | CONTENT xml AS type)."""
    (value,) = arguments(compiler, node, scope, 1, 1)
    target = types.parse_type(node.meta.get("type") or "CLOB")
    return cast_to(Frag(value.sql, types.VARCHAR), target)


@call("DBMS_XMLGEN.GETXML", "DBMS_XMLGEN.GETXMLTYPE")
def query_xml(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """DBMS_XMLGEN.GETXML(query), DBMS_XMLGEN.GETXMLTYPE(query)."""
    (text,) = arguments(compiler, node, scope, 1, 1)
    kind = types.XML if str(node.this).upper() == "GETXMLTYPE" else types.CLOB
    return Frag(f"o_xmlgen({to_kind(text, 'S').sql})", kind)


@call("XMLCAST")
def xml_cast(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """XMLCAST is refused by its name."""
    raise unsupported("XMLCAST", position(node))


def result_option(compiler: Compiler, meta: dict[str, Any], key: str) -> str:
    """What ON ERROR or ON EMPTY asks for, as SQLite text for the helper."""
    wanted = meta.get(key)
    if wanted is None or wanted == "NULL":
        return "NULL"
    if isinstance(wanted, str):
        return literal(wanted)
    return f"'='||{to_kind(compiler.value(wanted, Scope()), 'S').sql}"


@call("JSON_VALUE", "JSON_QUERY")
def json_value(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """JSON_VALUE(doc, path RETURNING type ... ON ERROR), JSON_QUERY(doc, path ... WRAPPER)."""
    name = str(node.this).lower()
    args = arguments(compiler, node, scope, 1, 2)
    path = args[1].sql if len(args) > 1 else "'$'"
    wrapper = f", '{node.meta.get('wrapper', '')}'" if name == "json_query" else ""
    ends = ", ".join(result_option(compiler, node.meta, key) for key in ("on_error", "on_empty"))
    found = Frag(f"o_{name}({to_kind(args[0], 'S').sql}, {path}{wrapper}, {ends})", types.VARCHAR)
    returning = node.meta.get("returning")
    if not returning:
        return found
    return json_typed(found, types.parse_type(returning), result_option(compiler, node.meta, "on_error"))


def json_typed(found: Frag, kind: types.SqlType, on_error: str) -> Frag:
    """A scalar of JSON in the type asked for; ON ERROR also holds where it has no such value."""
    if kind.kind not in "NSDT" or kind.is_lob:
        return cast_to(found, kind)
    text = f"o_json_as({found.sql}, '{kind.kind}', {kind.size or 4000}, {on_error})"
    return cast_to(Frag(text, kind), kind) if kind.kind == "N" else Frag(text, kind)


def json_fragment(frag: Frag, node: Any) -> str:
    """A value as JSON text."""
    is_json = frag.sql.startswith(("o_json_object", "o_json_array", "o_json_query")) or node.meta.get("json")
    kind = "J" if is_json or frag.type.name == "JSON" else {"F": "N"}.get(frag.kind, frag.kind)
    return f"o_json_text({frag.precise}, '{kind}')"


@call("JSON_OBJECT")
def json_object(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """JSON_OBJECT(KEY k VALUE v, ...)."""
    parts = []
    for key, value in zip(node.expressions[::2], node.expressions[1::2], strict=False):
        parts += [to_kind(compiler.value(key, scope), "S").sql, json_fragment(compiler.value(value, scope), value)]
    absent = int(node.meta.get("on_null") == "ABSENT")
    return Frag(f"o_json_object({', '.join([str(absent), *parts])})", types.VARCHAR)


@call("JSON_ARRAY")
def json_array(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """JSON_ARRAY(v, ...): NULLs are absent unless NULL ON NULL."""
    parts = [json_fragment(compiler.value(one, scope), one) for one in node.expressions]
    keep = int(node.meta.get("on_null") == "NULL")
    return Frag(f"o_json_array({', '.join([str(keep), *parts])})", types.VARCHAR)
