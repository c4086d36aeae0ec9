# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""PIVOT and UNPIVOT, as grouped CASE aggregates and as a union."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from estate.sql.compiler.core import Compiler, OutColumn, Query, Scope, Source, identifier, position
from estate.sql.errors import ora, unsupported


def pivoted(compiler: Compiler, node: Any, pivots: list[Any], scope: Scope) -> tuple[Query, str | None]:
    """The source with its PIVOT or UNPIVOT applied, and its alias."""
    from estate.sql.compiler.query import compile_query

    if len(pivots) > 1:
        raise unsupported("several PIVOT clauses on one table", position(node))
    pivot = pivots[0]
    alias = pivot.args.get("alias")
    bare = node.copy()
    bare.set("pivots", None)
    bare.set("joins", None)
    fields = _fields(compiler, bare, scope)
    build = _unpivot if pivot.args.get("unpivot") else _pivot
    tree, names = build(pivot, bare, fields)
    query = compile_query(compiler, tree, scope.parent or Scope(ctes=scope.ctes))
    query.columns = [OutColumn(name, column.type, True) for name, column in zip(names, query.columns, strict=False)]
    return query, identifier(alias.this) if alias is not None else None


def _fields(compiler: Compiler, bare: Any, scope: Scope) -> list[str]:
    from estate.sql.compiler.sources import FromCompiler

    probe = Scope(parent=scope.parent, ctes=scope.ctes)
    sources: list[Source] = []
    FromCompiler(compiler, probe).item(bare)
    sources = probe.sources
    return [one.name for source in sources for one in source.fields]


def _column(name: str) -> exp.Column:
    return exp.Column(this=exp.Identifier(this=name, quoted=True))


def _members(node: Any) -> list[Any]:
    if isinstance(node, exp.Paren):
        return [node.this]
    return list(node.expressions) if isinstance(node, exp.Tuple) else [node]


def _shown(node: Any) -> str:
    """The name that a pivot value without an alias gives: its text as written."""
    if isinstance(node, exp.Literal):
        return f"'{node.this}'" if node.is_string else str(node.this)
    if isinstance(node, exp.Tuple):
        return "_".join(_shown(one) for one in node.expressions)
    if isinstance(node, exp.Paren):
        return _shown(node.this)
    raise ora(56901, position=position(node))


def _values(field: Any) -> list[tuple[str, list[Any]]]:
    """The IN list: (name, one value a pivot column)."""
    found = []
    for one in field.expressions:
        if isinstance(one, (exp.PivotAny, exp.Select, exp.Subquery)):
            raise unsupported("PIVOT with ANY or a subquery", position(one))
        value = one.this if isinstance(one, exp.PivotAlias) else one
        name = identifier(one.args["alias"]) if isinstance(one, exp.PivotAlias) else _shown(value)
        found.append((name, _members(value)))
    return found


def _pivot(pivot: Any, bare: Any, fields: list[str]) -> tuple[exp.Select, list[str]]:
    field = pivot.args["fields"][0]
    columns = [identifier(one.this) for one in _members(field.this)]
    used = set(columns) | {identifier(one.this) for call in pivot.expressions for one in call.find_all(exp.Column)}
    missing = next((name for name in columns if name not in fields), None)
    if missing is not None:
        raise ora(904, f'"{missing}"', position=position(field))
    kept = [name for name in fields if name not in used]
    items: list[Any] = [_column(name) for name in kept]
    names = list(kept)
    for label, values in _values(field):
        if len(values) != len(columns):
            raise ora(56901, position=position(field))
        for call in pivot.expressions:
            suffix = f"_{identifier(call.args['alias'])}" if isinstance(call, exp.Alias) else ""
            items.append(_cased(call.this if isinstance(call, exp.Alias) else call, columns, values))
            names.append(label + suffix)
    select = exp.Select(expressions=[exp.alias_(one, f"X{index}", quoted=True) for index, one in enumerate(items)],
                        from_=exp.From(this=bare))
    if kept:
        select.set("group", exp.Group(expressions=[_column(name) for name in kept]))
    return select, names


def _cased(call: Any, columns: list[str], values: list[Any]) -> Any:
    """An aggregate over the rows of one pivot value."""
    if not isinstance(call, exp.Anonymous) or not call.expressions:
        raise ora(56902, position=position(call))
    test: Any = None
    for name, value in zip(columns, values, strict=False):
        one = exp.EQ(this=_column(name), expression=value.copy())
        test = one if test is None else exp.And(this=test, expression=one)
    args = list(call.expressions)
    first = args[0]
    inner = exp.Literal.number(1) if isinstance(first, exp.Star) else first
    distinct = isinstance(inner, exp.Distinct)
    inner = inner.expressions[0] if distinct else inner
    case: Any = exp.Case(ifs=[exp.If(this=test, true=inner.copy())])
    case = exp.Distinct(expressions=[case]) if distinct else case
    return exp.Anonymous(this=call.this, expressions=[case, *[one.copy() for one in args[1:]]])


def _unpivot(pivot: Any, bare: Any, fields: list[str]) -> tuple[exp.Expr, list[str]]:
    values = [identifier(one) for target in pivot.expressions for one in _members(target)]
    field = pivot.args["fields"][0]
    keys = [identifier(one.this if isinstance(one, exp.Column) else one) for one in _members(field.this)]
    groups = [_group(one, len(keys)) for one in field.expressions]
    used = {name for names, _ in groups for name in names}
    kept = [name for name in fields if name not in used]
    unknown = next((name for names, _ in groups for name in names if name not in fields), None)
    if unknown is not None:
        raise ora(904, f'"{unknown}"', position=position(field))
    union: Any = None
    for names, labels in groups:
        items = [*map(_column, kept), *labels, *map(_column, names)]
        select = exp.Select(
            expressions=[exp.alias_(one.copy(), f"X{index}", quoted=True) for index, one in enumerate(items)],
            from_=exp.From(this=bare.copy()),
        )
        if not pivot.args.get("include_nulls"):
            tests = [exp.Not(this=exp.Is(this=_column(name), expression=exp.Null())) for name in names]
            test: Any = tests[0]
            for one in tests[1:]:
                test = exp.Or(this=test, expression=one)
            select.set("where", exp.Where(this=test))
        union = select if union is None else exp.Union(this=union, expression=select, distinct=False)
    return union, [*kept, *keys, *values]


def _group(node: Any, width: int) -> tuple[list[str], list[Any]]:
    target = node.this if isinstance(node, exp.PivotAlias) else node
    names = [identifier(one.this) for one in _members(target)]
    if isinstance(node, exp.PivotAlias):
        return names, _members(node.args["alias"])
    return names, [exp.Literal.string("_".join(names)) for _ in range(width)]
