# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""UNION, UNION ALL, INTERSECT, MINUS."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from estate.sql.compiler.coerce import comparable, to_kind
from estate.sql.compiler.core import Compiler, Frag, OutColumn, Query, Scope, identifier, position
from estate.sql.compiler.limits import apply_limit
from estate.sql.compiler.windows import ordering
from estate.sql.errors import ora
from estate.sql.types import SqlType, merge, same_charset

COUNTED = ("EXCEPT ALL", "INTERSECT ALL")


def _word(node: exp.SetOperation, version: int) -> str:
    word = {"Union": "UNION", "Except": "EXCEPT", "Intersect": "INTERSECT"}[type(node).__name__]
    if node.args.get("distinct"):
        return word
    if word != "UNION" and version < 21:
        raise ora(933, position=position(node))
    return f"{word} ALL"


def operands(node: Any, version: int) -> tuple[list[Any], list[str]]:
    """The queries of a chain and the words between them, from left to right."""
    queries: list[Any] = []
    words: list[str] = []
    here = node
    while isinstance(here, exp.SetOperation) and (here is node or not _modified(here)):
        queries.append(here.expression)
        words.append(_word(here, version))
        here = here.this
        if (
            isinstance(here, exp.Subquery)
            and isinstance(here.this, exp.SetOperation)
            and not here.args.get("alias")
            and not _modified(here)
            and not _modified(here.this)
        ):
            here = here.this
    queries.append(here)
    return queries[::-1], words[::-1]


def _modified(node: Any) -> bool:
    return any(node.args.get(key) is not None for key in ("order", "limit", "offset", "with_"))


def compile_set(compiler: Compiler, node: exp.SetOperation, parent: Scope | None) -> Query:
    """A chain of set operations, with its ORDER BY and row limits."""
    from estate.sql.compiler.query import compile_query

    nodes, words = operands(node, compiler.version)
    queries = [compile_query(compiler, one, parent) for one in nodes]
    kinds = _common(queries, nodes)
    parts = [_operand(compiler, query, kinds) for query in queries]
    text = parts[0]
    for word, part in zip(words, parts[1:], strict=False):
        text = _counted(compiler, text, word, part, len(kinds)) if word in COUNTED else f"{text} {word} {part}"
    columns = [OutColumn(one.name, kind, True) for one, kind in zip(queries[0].columns, kinds, strict=False)]
    query = Query(text, columns)
    if node.args.get("order") is None and node.args.get("limit") is None and node.args.get("offset") is None:
        return query
    return _ordered(compiler, query, node, parent)


def _counted(compiler: Compiler, left: str, word: str, right: str, width: int) -> str:
    """EXCEPT ALL and INTERSECT ALL: each duplicate is a row of its own, told apart by its number among its equals."""
    listed = ", ".join(f"c{index + 1}" for index in range(width))
    sides = [f"SELECT {listed}, row_number() OVER (PARTITION BY {listed}) AS again FROM ({one}) AS {compiler.fresh()}"
             for one in (left, right)]
    return f"SELECT {listed} FROM ({sides[0]} {word.removesuffix(' ALL')} {sides[1]}) AS {compiler.fresh()}"


def _common(queries: list[Query], nodes: list[Any]) -> list[SqlType]:
    width = len(queries[0].columns)
    for query, node in zip(queries, nodes, strict=False):
        if len(query.columns) != width:
            raise ora(1789, position=position(node))
    kinds = []
    for index in range(width):
        column = [query.columns[index].type for query in queries]
        groups = {"S": "S", "N": "N", "F": "N", "D": "D", "T": "D", "Z": "D"}
        if len({groups.get(kind.kind, kind.kind) for kind in column if kind.kind != "X"}) > 1:
            raise ora(1790)
        same_charset(column)
        kinds.append(merge(column))
    return kinds


def _operand(compiler: Compiler, query: Query, kinds: list[SqlType]) -> str:
    same = all(one.type.kind in (kind.kind, "X") for one, kind in zip(query.columns, kinds, strict=False))
    plain = (
        not query.sql.startswith("WITH") and " ORDER BY " not in query.sql[-400:] and " LIMIT " not in query.sql[-160:]
    )
    if same and plain and not _compound(query.sql):
        return query.sql
    ref = compiler.fresh()
    columns = [to_kind(Frag(f"{ref}.c{index + 1}", one.type), kind.kind).sql
               for index, (one, kind) in enumerate(zip(query.columns, kinds, strict=False))]
    shown = ", ".join(f"{text} AS c{index + 1}" for index, text in enumerate(columns))
    return f"SELECT {shown} FROM ({query.sql}) AS {ref}"


def _compound(sql: str) -> bool:
    return any(f" {word} SELECT" in sql for word in ("UNION", "UNION ALL", "EXCEPT", "INTERSECT"))


def _ordered(compiler: Compiler, query: Query, node: exp.SetOperation, parent: Scope | None) -> Query:
    ref = compiler.fresh()
    width = len(query.columns)
    fields = {one.name: Frag(f"{ref}.c{index + 1}", one.type) for index, one in enumerate(query.columns)}
    scope = Scope(parent=parent, aliases=fields)
    terms = []
    order = node.args.get("order")
    for one in order.expressions if order is not None else ():
        terms.append(_term(compiler, one, scope, query, ref))
    shown = ", ".join(f"{ref}.c{index + 1} AS c{index + 1}" for index in range(width))
    outer = Query(f"SELECT {shown} FROM ({query.sql}) AS {ref}", query.columns)
    return apply_limit(compiler, outer, node, scope, terms, None, [f"{ref}.c{index + 1}" for index in range(width)])


def _term(compiler: Compiler, node: exp.Ordered, scope: Scope, query: Query, ref: str) -> str:
    target = node.this
    if isinstance(target, exp.Literal) and not target.is_string:
        place = int(target.this) if str(target.this).isdigit() else 0
        if not 1 <= place <= len(query.columns):
            raise ora(1785, position=position(target))
        found = Frag(f"{ref}.c{place}", query.columns[place - 1].type)
        if found.kind not in "IYZ":
            return ordering(str(place), node)
        return ordering(comparable(found), node)
    if isinstance(target, exp.Column) and target.args.get("table") is not None:
        raise ora(904, f'"{identifier(target.args["table"])}"."{identifier(target.this)}"', position=position(target))
    frag = compiler.value(target, scope)
    for index in range(len(query.columns)):
        if frag.sql == f"{ref}.c{index + 1}" and frag.kind not in "IYZ":
            return ordering(str(index + 1), node)
    return ordering(comparable(frag), node)
