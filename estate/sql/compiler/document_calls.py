# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Calls that make or read XML and JSON."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from estate.sql import types
from estate.sql.compiler.calls import arguments, cast_to
from estate.sql.compiler.coerce import to_kind
from estate.sql.compiler.core import Compiler, Frag, Scope, call, identifier, position
from estate.sql.errors import ora, unsupported


@call("EXTRACT")
def extract_xml(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """EXTRACT(xml, path)."""
    value, path = arguments(compiler, node, scope, 2, 2)
    return Frag(f"o_xml_extract({value.sql}, {path.sql})", types.CLOB)


@call("EXTRACTVALUE")
def extract_value(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """EXTRACTVALUE(xml, path)."""
    value, path = arguments(compiler, node, scope, 2, 2)
    return Frag(f"o_xml_plain(o_xml_extract({value.sql}, {path.sql}))", types.VARCHAR)


def _xml_part(frag: Frag) -> str:
    """XML as it is, scalars escaped."""
    return frag.sql if frag.sql.startswith("o_xml") else f"o_xml_text({to_kind(frag, 'S').sql})"


@call("XMLELEMENT")
def xml_element(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """XMLELEMENT(name, XMLATTRIBUTES(...), content ...)."""
    name = compiler.value(node.expressions[0], scope).sql
    attributes, parts = "NULL", []
    for one in node.expressions[1:]:
        if isinstance(one, exp.Anonymous) and str(one.this).upper() == "XMLATTRIBUTES":
            attributes = _xml_attributes(compiler, one, scope)
        else:
            parts.append(_xml_part(compiler.value(one.this if isinstance(one, exp.Alias) else one, scope)))
    return Frag(f"o_xml_element({', '.join([name, attributes, *parts])})", types.CLOB)


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
        pairs += ["'" + _xml_name(one).replace("'", "''") + "'", to_kind(value, "S").sql]
    return f"o_xml_attributes({', '.join(pairs)})"


@call("XMLFOREST")
def xml_forest(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """XMLFOREST(value AS name, ...)."""
    parts = []
    for one in node.expressions:
        value = compiler.value(one.this if isinstance(one, exp.Alias) else one, scope)
        name = "'" + _xml_name(one).replace("'", "''") + "'"
        parts.append(f"CASE WHEN {value.sql} IS NULL THEN '' ELSE o_xml_element({name}, NULL, {_xml_part(value)}) END")
    return Frag("(" + "||".join(parts) + ")", types.CLOB)


@call("JSON_VALUE", "JSON_QUERY")
def json_value(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """JSON_VALUE(doc, path RETURNING type), JSON_QUERY(doc, path)."""
    name = str(node.this).lower()
    args = arguments(compiler, node, scope, 1, 2)
    path = args[1].sql if len(args) > 1 else "'$'"
    found = Frag(f"o_{name}({to_kind(args[0], 'S').sql}, {path})", types.VARCHAR)
    if any("ERROR ON" in option for option in node.meta.get("options", ())):
        raise unsupported(f"{name.upper()} with ERROR ON", position(node))
    returning = node.meta.get("returning")
    return cast_to(found, types.parse_type(returning)) if returning else found


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
    absent = int("ABSENT ON NULL" in node.meta.get("options", ()))
    return Frag(f"o_json_object({', '.join([str(absent), *parts])})", types.VARCHAR)


@call("JSON_ARRAY")
def json_array(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """JSON_ARRAY(v, ...): NULLs are absent unless NULL ON NULL."""
    parts = [json_fragment(compiler.value(one, scope), one) for one in node.expressions]
    keep = int("NULL ON NULL" in node.meta.get("options", ()))
    return Frag(f"o_json_array({', '.join([str(keep), *parts])})", types.VARCHAR)
