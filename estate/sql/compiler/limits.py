# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Row limits: ROWNUM conditions that are a LIMIT, OFFSET and FETCH with PERCENT and WITH TIES."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from estate.sql.compiler.coerce import to_kind
from estate.sql.compiler.core import Compiler, Query, Scope, identifier
from estate.sql.errors import ora

MIRRORED = {exp.LT: exp.GT, exp.LTE: exp.GTE, exp.GT: exp.LT, exp.GTE: exp.LTE, exp.EQ: exp.EQ}


def _is_rownum(node: Any) -> bool:
    return isinstance(node, (exp.Column, exp.Pseudocolumn)) and isinstance(node.this, exp.Identifier) and \
        node.args.get("table") is None and identifier(node.this) == "ROWNUM"


def rownum_limit(compiler: Compiler, test: Any, scope: Scope) -> str | None:
    """The LIMIT that a conjunct on ROWNUM means; None where it is no simple bound."""
    kind = type(test)
    if kind is exp.Paren:
        return rownum_limit(compiler, test.this, scope)
    if kind not in MIRRORED:
        return None
    left, right = test.this, test.expression
    if _is_rownum(right):
        left, right, kind = right, left, MIRRORED[kind]
    if not _is_rownum(left) or right.find(exp.Column, exp.Select, exp.Pseudocolumn):
        return None
    bound = to_kind(compiler.value(right, scope), "N").precise
    if kind is exp.LTE:
        return f"max(0, o_floor({bound}))"
    if kind is exp.LT:
        return f"max(0, o_ceil({bound}) - 1)"
    if kind is exp.EQ:
        return "1" if bound == "1" else f"(CASE WHEN {bound} = 1 THEN 1 ELSE 0 END)"
    return None


def apply_limit(compiler: Compiler, query: Query, node: Any, scope: Scope, order: list[str], limit: str | None,
                width: int) -> Query:
    """ORDER BY, then OFFSET and FETCH, then the LIMIT of ROWNUM."""
    fetch, offset = node.args.get("limit"), node.args.get("offset")
    by = f" ORDER BY {', '.join(order)}" if order else ""
    if fetch is None and offset is None:
        query.sql += by + (f" LIMIT {limit}" if limit else "")
        return query
    if isinstance(fetch, exp.Limit):
        raise ora(933)
    skip = "0" if offset is None else _count(compiler, offset.expression, scope)
    options = fetch.args.get("limit_options") if fetch is not None else None
    percent = bool(options and options.args.get("percent"))
    ties = bool(options and options.args.get("with_ties"))
    count = "-1" if fetch is None else _count(compiler, fetch.args.get("count"), scope, percent)
    if not percent and not ties:
        query.sql += f"{by} LIMIT {count} OFFSET {skip}"
        query.single = query.single or count == "max(0, o_floor(1))"
        return query
    return _fetched(compiler, query, order, count, skip, percent, ties and bool(order), width)


def _count(compiler: Compiler, node: Any, scope: Scope, percent: bool = False) -> str:
    if node is None:
        return "1"
    if node.find(exp.Column):
        raise ora(30496)
    text = to_kind(compiler.value(node, scope), "N").precise
    return text if percent else f"max(0, o_floor({text}))"


def _fetched(compiler: Compiler, query: Query, order: list[str], count: str, skip: str, percent: bool, ties: bool,
             width: int) -> Query:
    """FETCH with PERCENT or WITH TIES, by numbering the rows. Order terms that are positions become their columns."""
    inner, outer = compiler.fresh(), compiler.fresh()
    terms = [f"{inner}.c{term.split(' ', 1)[0]} {term.split(' ', 1)[1]}" if term.split(" ", 1)[0].isdigit() else None
             for term in order]
    keys, text = [], query.sql
    for index, term in enumerate(terms):
        if term is None:
            raise ora(3001, "FETCH ... PERCENT or WITH TIES ordered by an expression outside the select list")
        keys.append(term)
    over = f"ORDER BY {', '.join(keys)}" if keys else ""
    columns = ", ".join(f"{inner}.c{index + 1} AS c{index + 1}" for index in range(width))
    numbered = (f"SELECT {columns}, row_number() OVER ({over}) AS rn, rank() OVER ({over or 'ORDER BY 1'}) AS rk, "
                f"count(*) OVER () AS total FROM ({text}) AS {inner}")
    most = f"ceil({count} * {outer}.total / 100.0)" if percent else count
    shown = ", ".join(f"{outer}.c{index + 1} AS c{index + 1}" for index in range(width))
    edge = f"{outer}.rk <= {skip} + {most}" if ties else f"{outer}.rn <= {skip} + {most}"
    query.sql = f"SELECT {shown} FROM ({numbered}) AS {outer} WHERE {outer}.rn > {skip} AND {edge} ORDER BY {outer}.rn"
    return query
