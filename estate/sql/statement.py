# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compiled statements: what to run, how to bind, how to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from estate.api import Bind, Catalog, Column, Context
from estate.sql import types
from estate.sql.compiler import Compiler
from estate.sql.compiler.aggregates import has_aggregate
from estate.sql.compiler.query import compile_query
from estate.sql.errors import ora
from estate.sql.parse import Statement, parse
from estate.sql.types import SqlType
from estate.sql.values import converter, to_storage

Converters = list[tuple[int, Callable[[Any], Any]]]


@dataclass(slots=True)
class Compiled:
    """One statement. ``plan``: SQLite text of a query, else a DML plan; ``places[i]``: the bind of place i."""

    kind: str
    plan: Any
    columns: tuple[Column, ...] = ()
    converters: Converters = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    volatile: bool = False
    small: bool = False


def bind_places(names: list[str], binds: Sequence[Bind]) -> list[int]:
    """For each place of a bind variable in the text, the index of its value. ORA-01008, ORA-01036."""
    given = [bind.name.lstrip(":").upper() if bind.name else None for bind in binds]
    if binds and all(name is not None for name in given) and set(names) <= set(given):
        if len(given) == len(names) and given == names:
            return list(range(len(names)))
        return [given.index(name) for name in names]
    unique = list(dict.fromkeys(names))
    if len(binds) == len(names):
        return list(range(len(names)))
    if len(binds) == len(unique):
        return [unique.index(name) for name in names]
    raise ora(1008 if len(binds) < len(unique) else 1036)


def sql_type(bind: Bind) -> SqlType:
    """The SQL type of a bind variable."""
    name = bind.type if bind.type in types.KINDS else "VARCHAR2"
    if name in ("VARCHAR2", "NVARCHAR2", "CHAR", "NCHAR", "LONG"):
        return SqlType("NVARCHAR2" if name.startswith("N") else "VARCHAR2", min(max(bind.size or 0, 1), 4000))
    return {"NUMBER": types.NUMBER, "TIMESTAMP": types.TIMESTAMP, "DATE": types.DATE}.get(name) or SqlType(name)


def converters(columns: Sequence[Column]) -> Converters:
    """The conversions that the columns of a result need."""
    found = []
    for index, column in enumerate(columns):
        convert = converter(column.type)
        if convert is not None:
            found.append((index, convert))
    return found


def parameters(compiled: Compiled, values: Sequence[Any]) -> list[Any]:
    """SQLite parameters from bind values."""
    return [_number(values[place], kind) for place, kind in zip(compiled.places, compiled.types, strict=False)]


def _number(value: Any, kind: str) -> Any:
    """Exact text of a number bind becomes what SQLite can compare."""
    stored = to_storage(value, kind)
    return float(stored) if type(stored) is str and kind == "NUMBER" else stored


def compile_statement(catalog: Catalog, objects: Any, ctx: Context, text: str, binds: Sequence[Bind]) -> Compiled:
    """Parse and compile a query or DML statement."""
    version = int(ctx.version.split(".")[0] or 19)
    statement = parse(text, version)
    places = bind_places(statement.binds, binds)
    kinds = [sql_type(binds[place]) for place in places]
    compiler = Compiler(catalog, ctx, text, kinds, objects)
    compiled = _query(compiler, statement) if statement.kind == "query" else _dml(compiler, statement)
    compiled.places = places
    compiled.types = [binds[place].type for place in places]
    return compiled


def _query(compiler: Compiler, statement: Statement) -> Compiled:
    tree = statement.tree
    locks = tree.args.get("locks")
    if locks:
        _check_lockable(tree)
    query = compile_query(compiler, tree, None, top=True)
    columns = compiler.columns(query)
    return Compiled("query", query.sql, columns, converters(columns), small=query.single)


def _check_lockable(tree: Any) -> None:
    """ORA-01786, ORA-02014: FOR UPDATE needs rows of tables."""
    if tree.args.get("group"):
        raise ora(1786)
    source = getattr(tree.args.get("from_"), "this", None)
    inner = source.this if isinstance(source, exp.Subquery) else tree
    blocked = isinstance(inner, exp.SetOperation) or any(inner.args.get(key) for key in ("group", "distinct"))
    if blocked or any(has_aggregate(one) for one in inner.expressions):
        raise ora(2014)


def _dml(compiler: Compiler, statement: Statement) -> Compiled:
    from estate.sql.dml import compile_dml

    plan = compile_dml(compiler, statement.tree)
    return Compiled("dml", plan, volatile=compiler.volatile)


def describe_statement(catalog: Catalog, objects: Any, ctx: Context, text: str) -> tuple[str, tuple[Column, ...]]:
    """Parse only: kind and columns, all binds taken for VARCHAR2."""
    version = int(ctx.version.split(".")[0] or 19)
    statement = parse(text, version)
    binds = [Bind(None, "VARCHAR2") for _ in statement.binds]
    compiled = compile_statement(catalog, objects, ctx, text, binds)
    return compiled.kind, compiled.columns

