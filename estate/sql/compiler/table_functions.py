# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""TABLE(package.function(...)) in FROM: functions of supplied packages that give lines of text."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from estate.sql.compiler.calls import dotted, package_text
from estate.sql.compiler.core import Compiler, Field, Scope, Source, identifier, position
from estate.sql.errors import ora, unsupported
from estate.sql.types import SqlType


def table_call(compiler: Compiler, node: exp.Table, scope: Scope) -> tuple[str, Source] | None:
    """TABLE(package.function(...)) as FROM text and its source; None where the item is no TABLE().

    Arguments may be columns of items to the left. ORA-03001 names a function that is not modelled.
    """
    if not isinstance(node.this, exp.Anonymous) or str(node.this.this).upper() != "TABLE":
        return None
    inner = node.this.expressions
    if len(inner) != 1:
        raise ora(907, position=position(node))
    name, call = _called(inner[0])
    if call is None or getattr(compiler.catalog, "readers", {}).get(name) != "LINES":
        raise unsupported(f"TABLE() of {name or type(inner[0]).__name__.upper()} in FROM", position(node))
    return _lines(compiler, node, scope, name, call)


def _lines(compiler: Compiler, node: exp.Table, scope: Scope, name: str, call: Any) -> tuple[str, Source]:
    """TABLE(package.function(...)) whose rows are lines of text."""
    ref, alias = compiler.fresh(), node.args.get("alias")
    label = identifier(alias.this) if alias is not None and alias.this is not None else None
    field = Field("PLAN_TABLE_OUTPUT", f"nullif({ref}.value, '')", SqlType("VARCHAR2", 300))
    return f"json_each({package_text(compiler, call, scope, name)}) AS {ref}", Source(label, None, None, ref, [field])


def _called(node: Any) -> tuple[str, Any]:
    """The name of a function, without SYS before it, and its call; no call where the name has no parentheses."""
    if isinstance(node, exp.Anonymous):
        return str(node.this).upper(), node
    last = node.expression if isinstance(node, exp.Dot) else None
    parts = [part for part in dotted(node.this if isinstance(last, exp.Anonymous) else node) or () if part != "SYS"]
    if isinstance(last, exp.Anonymous):
        return ".".join([*parts, str(last.this).upper()]), last
    return ".".join(parts), None
