# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""WITH: plain and recursive query names, SEARCH and CYCLE."""

from __future__ import annotations

import re
from typing import Any

from sqlglot import exp

from estate.sql.compiler.core import Compiler, Cte, OutColumn, Scope, identifier, position
from estate.sql.compiler.query import Block, compile_query
from estate.sql.compiler.setops import operands
from estate.sql.errors import ora, unsupported
from estate.sql.types import NUMBER, VARCHAR


def compile_with(compiler: Compiler, clause: exp.With, scope: Scope) -> str:
    """Compile the elements into the scope; the WITH text."""
    parts = []
    for cte in clause.expressions:
        name = identifier(cte.args["alias"].this)
        if name in scope.ctes:
            raise ora(32031, position=position(cte))
        parts.append(_element(compiler, clause, cte, name, scope))
    return "WITH RECURSIVE " + ", ".join(parts)


def _element(compiler: Compiler, clause: exp.With, cte: Any, name: str, scope: Scope) -> str:
    names = [identifier(one.this if isinstance(one, (exp.ColumnDef, exp.Column)) else one)
             for one in cte.args["alias"].args.get("columns") or ()]
    recursive = any(_is_name(table, name) for table in cte.this.find_all(exp.Table))
    if recursive and isinstance(cte.this, exp.SetOperation):
        if not names:
            raise ora(32039, position=position(cte))
        return _recursive(compiler, clause, cte, name, names, scope)
    if clause.args.get("search") is not None or clause.args.get("cycle") is not None:
        raise unsupported("SEARCH or CYCLE on a query name that is not recursive")
    query = compile_query(compiler, cte.this, scope, inline=True)
    if names and len(names) != len(query.columns):
        raise ora(32038, position=position(cte))
    ref = compiler.fresh("q")
    columns = [OutColumn(names[index] if names else one.name, one.type, one.nullable)
               for index, one in enumerate(query.columns)]
    scope.ctes[name] = Cte(ref, columns)
    listed = ", ".join(f"c{index + 1}" for index in range(len(columns)))
    return f"{ref}({listed}) AS ({query.sql})"


def _is_name(table: exp.Table, name: str) -> bool:
    return isinstance(table.this, exp.Identifier) and table.args.get("db") is None and identifier(table.this) == name


def _recursive(compiler: Compiler, clause: exp.With, cte: Any, name: str, names: list[str], scope: Scope) -> str:
    nodes, words = operands(cte.this, compiler.version)
    anchors = [node for node in nodes if not any(_is_name(table, name) for table in node.find_all(exp.Table))]
    steps = [node for node in nodes if not any(node is one for one in anchors)]
    if not anchors or len(steps) != 1 or words[-1] != "UNION ALL" or nodes[-1] is not steps[0]:
        raise ora(32040, position=position(cte))
    first = [compile_query(compiler, node, scope) for node in anchors]
    if any(len(query.columns) != len(names) for query in first):
        raise ora(32038, position=position(cte))
    ref = compiler.fresh("q")
    columns = [OutColumn(one, column.type, True) for one, column in zip(names, first[0].columns, strict=False)]
    scope.ctes[name] = Cte(ref, columns)
    step = compile_query(compiler, steps[0], scope)
    search, cycle = clause.args.get("search"), clause.args.get("cycle")
    if search is not None and str(search.args["kind"]).upper() == "CYCLE":
        search, cycle = None, search
    if len(step.columns) != len(names):
        raise ora(1789, position=position(steps[0]))
    for one, other in zip(columns, step.columns, strict=False):
        if one.type.kind != other.type.kind and "X" not in (one.type.kind, other.type.kind) and \
                {one.type.kind, other.type.kind} != {"N", "F"}:
            raise ora(1790, position=position(steps[0]))
        one.type = one.type if one.type.kind != "X" else other.type
    anchor = f" {words[0]} ".join(query.sql for query in first) if len(first) > 1 else first[0].sql
    listed = ", ".join(f"c{index + 1}" for index in range(len(names)))
    if search is None and cycle is None:
        return f"{ref}({listed}) AS ({anchor} UNION ALL {step.sql})"
    if not isinstance(steps[0], exp.Select):
        raise unsupported("SEARCH or CYCLE over this recursive member")
    block = Block(compiler, steps[0], scope, top=False)
    block.text = block.compile().sql
    return _searched(compiler, scope, name, ref, anchor, block, columns, (search, cycle))


def _places(columns: list[OutColumn], node: Any) -> list[int]:
    wanted = node if isinstance(node, list) else node.expressions if isinstance(node, exp.Tuple) else [node]
    known = [one.name for one in columns]
    places = []
    for one in wanted:
        name = identifier(one.this if isinstance(one, (exp.Column, exp.Ordered)) else one)
        if name not in known:
            raise ora(904, f'"{name}"')
        places.append(known.index(name))
    return places


def _searched(compiler: Compiler, scope: Scope, name: str, ref: str, anchor: str, step: Block, columns: list[OutColumn],
              clauses: tuple[Any, Any]) -> str:
    """SEARCH adds an ordering column, CYCLE a mark; both follow the path of each row."""
    search, cycle = clauses
    raw, listed = compiler.fresh("r"), ", ".join(f"c{index + 1}" for index in range(len(columns)))
    keys = _places(columns, search.this) if search is not None else []
    marks = _places(columns, cycle.this) if cycle is not None else []
    named = [f"c{index + 1}" for index in range(len(columns))]
    begin = (f"SELECT {listed}, {_path(named, keys)}||'/' AS path, {_mark(named, marks)} AS loops, 0 AS cyc, 1 AS lvl "
             f"FROM ({anchor})")
    follow = _follow(step, ref, raw, keys, marks)
    extra = []
    if search is not None:
        by = "path" if str(search.args["kind"]).upper().startswith("DEPTH") else "lvl, path"
        extra.append((identifier(search.expression), f"row_number() OVER (ORDER BY {by})", "N"))
    if cycle is not None:
        marked = [compiler.value(cycle.args[key], scope).sql for key in ("to", "default")]
        extra.append((identifier(cycle.expression), f"CASE WHEN cyc THEN {marked[0]} ELSE {marked[1]} END", "S"))
    out = columns + [_extra_column(one, kind) for one, _, kind in extra]
    scope.ctes[name] = Cte(ref, out)
    head = ", ".join(f"c{index + 1}" for index in range(len(out)))
    tail = "".join(f", {sql}" for _, sql, _ in extra)
    return (f"{raw}({listed}, path, loops, cyc, lvl) AS ({begin} UNION ALL {follow}), "
            f"{ref}({head}) AS (SELECT {listed}{tail} FROM {raw})")


def _path(texts: list[str], keys: list[int]) -> str:
    return "||".join(f"o_sort_text({texts[place]})" for place in keys) or "''"


def _mark(texts: list[str], marks: list[int]) -> str:
    if not marks:
        return "''"
    return "char(30)||" + "||char(31)||".join(f"coalesce({texts[place]}, '')" for place in marks) + "||char(30)"


def _follow(step: Block, ref: str, raw: str, keys: list[int], marks: list[int]) -> str:
    """The recursive member over the raw rows that close no cycle, each with its path."""
    texts = [frag.sql for frag in step.frags]
    head = "SELECT " + ", ".join(f"{text} AS c{index + 1}" for index, text in enumerate(texts))
    sql = step.text
    found = re.search(rf"\b{ref} AS (t\d+)", sql)
    if found is None or not sql.startswith(head) or " GROUP BY " in sql:
        raise unsupported("SEARCH or CYCLE over this recursive member")
    parent = found[1]
    body = sql[len(head):].replace(found[0], f"{raw} AS {parent}", 1)
    mark = _mark(texts, marks)
    looped = f"instr({parent}.loops, {mark}) > 0" if marks else "0"
    more = f", {parent}.path||{_path(texts, keys)}||'/', {parent}.loops||{mark}, {looped}, {parent}.lvl + 1"
    return f"SELECT {', '.join(texts)}{more}{body}{' AND' if ' WHERE ' in body else ' WHERE'} NOT {parent}.cyc"


def _extra_column(name: str, kind: str) -> OutColumn:
    return OutColumn(name, NUMBER if kind == "N" else VARCHAR)
