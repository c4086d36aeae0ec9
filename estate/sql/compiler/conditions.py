# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Conditions: comparisons, LIKE, IN, BETWEEN, EXISTS, ANY and ALL, NULL tests."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from estate.sql.compiler.coerce import compared, to_kind
from estate.sql.compiler.core import Compiler, Frag, Query, Scope, condition, position
from estate.sql.compiler.document_calls import result_option
from estate.sql.errors import ora, unsupported

OPERATORS: dict[type, str] = {exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
QUERIES = (exp.Select, exp.SetOperation, exp.Subquery)


@condition(exp.And)
def conjunction(compiler: Compiler, node: exp.And, scope: Scope) -> str:
    """AND; a chain is flat so that long ones do not nest."""
    return "(" + " AND ".join(compiler.condition(part, scope) for part in node.flatten()) + ")"


@condition(exp.Or)
def disjunction(compiler: Compiler, node: exp.Or, scope: Scope) -> str:
    """OR."""
    return "(" + " OR ".join(compiler.condition(part, scope) for part in node.flatten()) + ")"


@condition(exp.Not)
def negation(compiler: Compiler, node: exp.Not, scope: Scope) -> str:
    """NOT."""
    return f"(NOT {compiler.condition(node.this, scope)})"


@condition(exp.Paren)
def paren(compiler: Compiler, node: exp.Paren, scope: Scope) -> str:
    """Parentheses."""
    return compiler.condition(node.this, scope)


def row_of(node: Any) -> list[Any] | None:
    """The expressions of (a, b, ...), also of ((a, b, ...)); None for a single expression."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Tuple):
        return list(node.expressions)
    return None


@condition(exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)
def comparison(compiler: Compiler, node: Any, scope: Scope) -> str:
    """a = b, also of rows and with ANY, SOME or ALL."""
    operator = OPERATORS[type(node)]
    left, right = node.this, node.expression
    if left is None or right is None:
        raise ora(936, position=position(node))
    if isinstance(right, (exp.Any, exp.All)):
        return _quantified(compiler, left, operator, right, scope)
    row = row_of(left)
    if row is not None:
        return _row_comparison(compiler, node, row, right, operator, scope)
    a, b = compared([compiler.value(left, scope), compiler.value(right, scope)])
    return f"({a} {operator} {b})"


def _row_comparison(compiler: Compiler, node: Any, row: list[Any], right: Any, operator: str, scope: Scope) -> str:
    if operator not in ("=", "<>"):
        raise ora(1796, position=position(node))
    if isinstance(right, QUERIES):
        found = _in_query(compiler, row, right, scope, position(node))
    else:
        found = _row_in_rows(compiler, row, [right], scope, position(node))
    return found if operator == "=" else f"(NOT {found})"


def _quantified(compiler: Compiler, left: Any, operator: str, node: Any, scope: Scope) -> str:
    target = node.this.this if isinstance(node.this, exp.Paren) else node.this
    every = isinstance(node, exp.All)
    if isinstance(target, QUERIES):
        return _quantified_query(compiler, left, operator, target, every, scope)
    members = list(target.expressions) if isinstance(target, exp.Tuple) else [target]
    value = compiler.value(left, scope)
    parts = []
    for member in members:
        a, b = compared([value, compiler.value(member, scope)])
        parts.append(f"{a} {operator} {b}")
    return "(" + (" AND " if every else " OR ").join(parts) + ")"


NEGATED = {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def _quantified_query(compiler: Compiler, left: Any, operator: str, target: Any, every: bool, scope: Scope) -> str:
    """ANY is true when a row satisfies it, unknown when one is NULL; ALL is the negation of ANY of the negation."""
    query = _subquery(compiler, target, scope)
    if len(query.columns) != 1:
        raise ora(913, position=position(target))
    ref = compiler.fresh()
    a, b = compared([compiler.value(left, scope), Frag(f"{ref}.c1", query.columns[0].type)])
    test = f"({a} {NEGATED[operator] if every else operator} {b})"
    found = (f"(SELECT CASE WHEN max({test}) = 1 THEN 1 WHEN sum({test} IS NULL) > 0 THEN NULL ELSE 0 END "
             f"FROM ({query.sql}) AS {ref})")
    return f"(NOT {found})" if every else found


def _subquery(compiler: Compiler, node: Any, scope: Scope) -> Query:
    from estate.sql.compiler.query import compile_query

    return compile_query(compiler, node, scope)


@condition(exp.Is)
def is_test(compiler: Compiler, node: exp.Is, scope: Scope) -> str:
    """IS NULL, IS NAN, IS TRUE, IS JSON."""
    if isinstance(node.expression, exp.Null):
        if isinstance(node.this, exp.Tuple):
            raise ora(907, position=position(node))
        return f"({compiler.value(node.this, scope).sql} IS NULL)"
    if isinstance(node.expression, exp.Boolean) and compiler.version >= 23:
        return f"({compiler.value(node.this, scope).sql} IS {1 if node.expression.this else 0})"
    if isinstance(node.expression, exp.JSON):
        marks = f"{int(node.expression.meta.get('strict', 0))}, {int(node.expression.meta.get('unique', 0))}"
        return f"o_is_json({compiler.value(node.this, scope).sql}, {marks})"
    word = str(getattr(node.expression, "name", "")).upper()
    if word in ("NAN", "INFINITE"):
        frag = compiler.value(node.this, scope)
        return "0" if word == "NAN" else f"(abs({frag.sql}) > 1e308)"
    raise ora(908, position=position(node.expression) if node.expression else 0)


@condition(exp.Like)
def like(compiler: Compiler, node: exp.Like, scope: Scope) -> str:
    """LIKE, case-sensitive."""
    return _like(compiler, node, None, scope)


def _like(compiler: Compiler, node: exp.Like, escape: Any, scope: Scope) -> str:
    text = to_kind(compiler.value(node.this, scope), "S")
    pattern = to_kind(compiler.value(node.expression, scope), "S")
    tail = ""
    if escape is not None:
        mark = to_kind(compiler.value(escape, scope), "S")
        if isinstance(escape, exp.Literal) and len(str(escape.this)) != 1:
            raise ora(1425, position=position(escape))
        _check_escape(node.expression, escape)
        tail = f" ESCAPE {mark.sql}"
    found = f"({text.sql} LIKE {pattern.sql}{tail})"
    return f"(NOT {found})" if node.args.get("negate") else found


def _check_escape(pattern: Any, escape: Any) -> None:
    if not (isinstance(pattern, exp.Literal) and isinstance(escape, exp.Literal)):
        return
    text, mark, at = str(pattern.this), str(escape.this), 0
    while at < len(text):
        if text[at] == mark:
            if text[at + 1:at + 2] not in ("%", "_", mark):
                raise ora(1424)
            at += 1
        at += 1


@condition(exp.Escape)
def escape(compiler: Compiler, node: exp.Escape, scope: Scope) -> str:
    """LIKE ... ESCAPE."""
    inner = node.this
    negated = isinstance(inner, exp.Not)
    target = inner.this if negated else inner
    if not isinstance(target, exp.Like):
        raise unsupported("ESCAPE", position(node))
    found = _like(compiler, target, node.expression, scope)
    return f"(NOT {found})" if negated else found


@condition(exp.Between)
def between(compiler: Compiler, node: exp.Between, scope: Scope) -> str:
    """BETWEEN."""
    value = compiler.value(node.this, scope)
    a, low = compared([value, compiler.value(node.args["low"], scope)])
    b, high = compared([value, compiler.value(node.args["high"], scope)])
    if a == b:
        return f"({a} BETWEEN {low} AND {high})"
    return f"({a} >= {low} AND {b} <= {high})"


@condition(exp.Exists)
def exists(compiler: Compiler, node: exp.Exists, scope: Scope) -> str:
    """EXISTS (query)."""
    return f"EXISTS ({_subquery(compiler, node.this, scope).sql})"


@condition(exp.In)
def membership(compiler: Compiler, node: exp.In, scope: Scope) -> str:
    """IN lists and subqueries, also of rows."""
    at = position(node)
    row = row_of(node.this)
    query = node.args.get("query")
    if query is not None:
        target = node.this.this if isinstance(node.this, exp.Paren) else node.this
        return _in_query(compiler, row or [target], query, scope, at)
    if not node.expressions:
        raise ora(936, position=at)
    if row is not None:
        return _row_in_rows(compiler, row, node.expressions, scope, at)
    return _in_list(compiler, node.this, node.expressions, scope)


def _in_list(compiler: Compiler, left: Any, members: list[Any], scope: Scope) -> str:
    if len(members) > (1000 if compiler.version < 23 else 65535):
        raise ora(1795, position=position(members[0]))
    value = compiler.value(left, scope)
    groups: dict[str, list[str]] = {}
    for member in members:
        if isinstance(member, exp.Tuple):
            raise ora(907, position=position(member))
        a, b = compared([value, compiler.value(member, scope)])
        groups.setdefault(a, []).append(b)
    parts = [f"{a} IN ({', '.join(items)})" for a, items in groups.items()]
    return parts[0] if len(parts) == 1 else "(" + " OR ".join(parts) + ")"


def _row_in_rows(compiler: Compiler, row: list[Any], rows: list[Any], scope: Scope, at: int) -> str:
    values = [compiler.value(one, scope) for one in row]
    parts = []
    for other in rows:
        members = row_of(other)
        if members is None:
            raise ora(920, position=at)
        if len(members) != len(values):
            raise ora(913 if len(members) > len(values) else 947, position=at)
        pairs = [compared([value, compiler.value(one, scope)]) for value, one in zip(values, members, strict=False)]
        parts.append("(" + " AND ".join(f"{a} = {b}" for a, b in pairs) + ")")
    return "(" + " OR ".join(parts) + ")"


def _in_query(compiler: Compiler, row: list[Any], target: Any, scope: Scope, at: int) -> str:
    query = _subquery(compiler, target, scope)
    if len(query.columns) != len(row):
        raise ora(913 if len(query.columns) > len(row) else 947, position=at)
    left, right = [], []
    for index, one in enumerate(row):
        a, b = compared([compiler.value(one, scope), Frag(f"c{index + 1}", query.columns[index].type)])
        left.append(a)
        right.append(b)
    plain = all(text == f"c{index + 1}" for index, text in enumerate(right))
    body = query.sql if plain else f"SELECT {', '.join(right)} FROM ({query.sql})"
    value = left[0] if len(left) == 1 else "(" + ", ".join(left) + ")"
    return f"({value} IN ({body}))"


# conditions that look like functions
FUNCTION_CONDITIONS = ("REGEXP_LIKE", "LNNVL", "JSON_EXISTS")


@condition(exp.Anonymous)
def function_condition(compiler: Compiler, node: exp.Anonymous, scope: Scope) -> str:
    """REGEXP_LIKE, LNNVL, JSON_EXISTS."""
    name = str(node.this).upper()
    args = node.expressions
    if name == "LNNVL":
        if len(args) != 1:
            raise ora(909, position=position(node))
        return f"(NOT coalesce({compiler.condition(args[0], scope)}, 0))"
    if name == "REGEXP_LIKE":
        if not 2 <= len(args) <= 3:
            raise ora(938 if len(args) < 2 else 939, position=position(node))
        texts = [to_kind(compiler.value(one, scope), "S").sql for one in args]
        return f"o_regexp_like({', '.join(texts)})"
    if name == "JSON_EXISTS":
        texts = [compiler.value(one, scope).sql for one in args] + ["'$'"] * (2 - len(args))
        return f"o_json_exists({', '.join(texts)}, {result_option(compiler, node.meta, 'on_error')})"
    if name == "JSON_TEXTCONTAINS":
        raise unsupported(name, position(node))
    if compiler.version >= 23 and (found := compiler.value(node, scope)).kind == "B":
        return found.sql
    raise ora(920, position=position(node))


