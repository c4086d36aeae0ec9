# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""TABLE(collection) in FROM: the supplied collection types by their constructors."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from estate.sql import types
from estate.sql.compiler.calls import dotted, package_text
from estate.sql.compiler.coerce import to_kind
from estate.sql.compiler.core import Compiler, Field, Scope, Source, identifier, position
from estate.sql.errors import ora, unsupported
from estate.sql.types import SqlType

# Supplied collection types and their elements. ORA-00904 for another constructor.
ELEMENTS = {
    "ODCIVARCHAR2LIST": SqlType("VARCHAR2", 4000), "ODCINUMBERLIST": types.NUMBER, "ODCIDATELIST": types.DATE,
    "DBMS_DEBUG_VC2COLL": SqlType("VARCHAR2", 1000), "KU$_VCNT": SqlType("VARCHAR2", 4000),
    "KU$_OBJNUMSET": types.NUMBER,
}


def table_call(compiler: Compiler, node: exp.Table, scope: Scope) -> tuple[str, Source] | None:
    """TABLE(constructor(...)) as FROM text and its source with COLUMN_VALUE; None where the item is no TABLE().

    Elements may be columns of items to the left. ORA-00904 for an unknown constructor.
    """
    if not isinstance(node.this, exp.Anonymous) or str(node.this.this).upper() != "TABLE":
        return None
    inner = node.this.expressions
    if len(inner) != 1:
        raise ora(907, position=position(node))
    name, call = _constructor(inner[0])
    if call is not None and getattr(compiler.catalog, "readers", {}).get(name) == "LINES":
        return _lines(compiler, node, scope, name, call)
    if call is None or name not in ELEMENTS:
        raise unsupported(f"TABLE({name or type(inner[0]).__name__.upper()}) in FROM", position(node))
    element = ELEMENTS[name]
    values = [to_kind(compiler.value(one, scope), element.kind).sql for one in call.expressions]
    ref, alias = compiler.fresh(), node.args.get("alias")
    label = identifier(alias.this) if alias is not None and alias.this is not None else None
    source = Source(label, None, None, ref, [Field("COLUMN_VALUE", f"{ref}.value", element)])
    return f"json_each(json_array({', '.join(values)})) AS {ref}", source


def _lines(compiler: Compiler, node: exp.Table, scope: Scope, name: str, call: Any) -> tuple[str, Source]:
    """TABLE(package.function(...)) whose rows are lines of text."""
    ref, alias = compiler.fresh(), node.args.get("alias")
    label = identifier(alias.this) if alias is not None and alias.this is not None else None
    field = Field("PLAN_TABLE_OUTPUT", f"nullif({ref}.value, '')", SqlType("VARCHAR2", 300))
    return f"json_each({package_text(compiler, call, scope, name)}) AS {ref}", Source(label, None, None, ref, [field])


def _constructor(node: Any) -> tuple[str, Any]:
    """The name of a constructor and its call, of TYPE(...) or SYS.TYPE(...)."""
    if isinstance(node, exp.Anonymous):
        return str(node.this).upper(), node
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Anonymous):
        name = str(node.expression.this).upper()
        owner = ".".join(part for part in dotted(node.this) or () if part != "SYS")
        return (f"{owner}.{name}" if owner else name), node.expression
    return "", None
