# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""XMLTABLE, JSON_TABLE and TABLE(SYS.ODCINUMBERLIST(...)) in FROM: rows that may come from a table before them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from estate.sql import types
from estate.sql.compiler.coerce import to_kind
from estate.sql.compiler.conversions import cast_to
from estate.sql.compiler.core import Compiler, Field, Frag, Scope, Source, identifier, literal
from estate.sql.compiler.document_calls import json_typed, result_option

LISTS = {"ODCINUMBERLIST": types.NUMBER, "ODCIVARCHAR2LIST": types.VARCHAR, "ODCIDATELIST": types.DATE,
         "DBMS_DEBUG_VC2COLL": types.VARCHAR, "KU$_VCNT": types.VARCHAR, "KU$_OBJNUMSET": types.NUMBER}


def list_of(node: exp.Table) -> exp.Anonymous | None:
    """The call of a collection of SYS that TABLE(...) holds."""
    call = node.this
    if not isinstance(call, exp.Anonymous) or str(call.this).upper() != "TABLE" or len(call.expressions) != 1:
        return None
    inner = call.expressions[0]
    if isinstance(inner, exp.Dot) and identifier(inner.this) == "SYS":
        inner = inner.expression
    return inner if isinstance(inner, exp.Anonymous) and str(inner.this).upper() in LISTS else None


def is_document_table(node: exp.Table) -> bool:
    """Whether an item of FROM is one that ``document_table`` compiles."""
    name = str(node.this.this).upper() if isinstance(node.this, exp.Anonymous) else ""
    return name in ("XMLTABLE", "JSON_TABLE") or list_of(node) is not None


def document_table(compiler: Compiler, scope: Scope, add: Callable[[Source], None], node: exp.Table) -> str:
    """The item as SQLite text; its columns become visible."""
    call, ref = node.this, compiler.fresh()
    alias = node.args.get("alias")
    name = identifier(alias.this) if alias is not None and alias.this is not None else None
    shape = {"XMLTABLE": _xml, "JSON_TABLE": _json}.get(str(call.this).upper(), _list)
    text, fields = shape(compiler, scope, list_of(node) or call, ref)
    add(Source(name, None, None, ref, fields))
    return f"json_each({text}) AS {ref}"


def _field(ref: str, at: int, name: str, kind: types.SqlType, default: str | None = None) -> Field:
    value = f"json_extract({ref}.value, '$[{at}]')"
    value = f"coalesce({value}, {default})" if default else value
    return Field(name, cast_to(Frag(value, types.VARCHAR), kind).sql, kind)


def _list(compiler: Compiler, scope: Scope, call: Any, ref: str) -> tuple[str, list[Field]]:
    kind = LISTS[str(call.this).upper()]
    values = [to_kind(compiler.value(one, scope), kind.kind).sql for one in call.expressions]
    return f"json_array({', '.join(values)})", [Field("COLUMN_VALUE", f"{ref}.value", kind)]


def _number(ref: str, at: int, name: str) -> Field:
    return Field(name, f"json_extract({ref}.value, '$[{at}]')", types.NUMBER, nullable=False)


def _xml(compiler: Compiler, scope: Scope, call: Any, ref: str) -> tuple[str, list[Field]]:
    path, *passed = [compiler.value(one, scope) for one in call.expressions]
    document = passed[0].sql if passed else path.sql
    start = path.sql if passed else "'/*'"
    paths, fields = [], []
    for at, column in enumerate(call.meta["columns"]):
        paths.append("NULL" if column["type"] is None else literal(column["path"]))
        if column["type"] is None:
            fields.append(_number(ref, at, column["name"]))
            continue
        default = column["default"]
        text = to_kind(compiler.value(default, scope), "S").sql if default is not None else None
        kind = types.XML if column["type"].upper() == "XMLTYPE" else types.parse_type(column["type"])
        fields.append(_field(ref, at, column["name"], kind, text))
    if not fields:
        fields = [_field(ref, 0, "COLUMN_VALUE", types.XML)]
    return f"o_xmltable({', '.join([document, start, *paths])})", fields


def _json(compiler: Compiler, scope: Scope, call: Any, ref: str) -> tuple[str, list[Field]]:
    document = to_kind(compiler.value(call.expressions[0], scope), "S").sql
    fields: list[Field] = []
    columns = _plan(compiler, call.meta["columns"], fields, ref)
    spec = json.dumps({"columns": columns, "width": len(fields), "on_error": call.meta.get("on_error")})
    return f"o_json_table({document}, {literal(call.meta['path'])}, {literal(spec)})", fields


def _plan(compiler: Compiler, columns: list[dict[str, Any]], fields: list[Field], ref: str) -> list[dict[str, Any]]:
    """The columns as the helper reads them; their fields are appended in the order of the text."""
    out: list[dict[str, Any]] = []
    for column in columns:
        at = len(fields)
        if column["how"] == "nested":
            out.append({**column, "columns": _plan(compiler, column["columns"], fields, ref)})
            continue
        if column["how"] == "ordinality":
            fields.append(_number(ref, at, column["name"]))
            out.append({"how": "ordinality", "at": at})
            continue
        kind = types.parse_type(column["type"])
        value = Frag(f"json_extract({ref}.value, '$[{at}]')", types.VARCHAR)
        typed = json_typed(value, kind, result_option(compiler, column, "on_error"))
        fields.append(Field(column["name"], typed.sql, kind))
        results = {key: _constant(result_option(compiler, column, key)) for key in ("on_error", "on_empty")}
        out.append({"how": column["how"], "at": at, "path": column["path"], "text": kind.kind == "S",
                    "wrapper": column.get("wrapper", ""), **results})
    return out


def _constant(text: str) -> str | None:
    """A literal of SQLite as Python text."""
    from estate.sql.compiler.windows import constant

    return None if text == "NULL" else constant(text).strip("'")
