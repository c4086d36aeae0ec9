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
                shown: list[str]) -> Query:
    """ORDER BY, then OFFSET and FETCH, then the LIMIT of ROWNUM. ``shown`` are the select list's texts where the order
    may be computed beside them (not for DISTINCT)."""
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
        query.single = query.single or count == "1"
        return query
    most = f"ceil({count} * total / 100.0)" if percent else count
    return _fetched(compiler, query, order, shown, (skip, most), ties and bool(order))


def _count(compiler: Compiler, node: Any, scope: Scope, percent: bool = False) -> str:
    if node is None:
        return "1"
    if node.find(exp.Column, exp.Identifier):
        raise ora(30496)
    text = to_kind(compiler.value(node, scope), "N").precise
    return text if percent or text.isdigit() else f"max(0, coalesce(o_floor({text}), 0))"


def _fetched(compiler: Compiler, query: Query, order: list[str], shown: list[str], edges: tuple[str, str],
             ties: bool) -> Query:
    """FETCH with PERCENT or WITH TIES, by numbering the rows beside the select list."""
    ref, width = compiler.fresh(), len(query.columns)
    text = query.sql
    if not shown:
        text, shown = (
            f"SELECT {_listed(ref, width)} FROM ({text}) AS {ref}",
            [f"{ref}.c{index + 1}" for index in range(width)],
        )
        ref = compiler.fresh()
    head = "SELECT " + ", ".join(f"{one} AS c{index + 1}" for index, one in enumerate(shown))
    keys = [_key(term, shown) for term in order]
    over = f"ORDER BY {', '.join(keys)}" if keys else ""
    numbers = (
        f", row_number() OVER ({over}) AS rn, rank() OVER ({over or 'ORDER BY 1'}) AS rk, count(*) OVER () AS total"
    )
    prefix = text.index(head) + len(head)
    numbered = text[:prefix] + numbers + text[prefix:]
    skip, most = edges
    edge = f"{ref}.{'rk' if ties else 'rn'} <= {skip} + {most}"
    query.sql = (
        f"SELECT {_listed(ref, width)} FROM ({numbered}) AS {ref} WHERE {ref}.rn > {skip} AND {edge} ORDER BY {ref}.rn"
    )
    return query


def _listed(ref: str, width: int) -> str:
    return ", ".join(f"{ref}.c{index + 1} AS c{index + 1}" for index in range(width))


def _key(term: str, shown: list[str]) -> str:
    """An order term with its position replaced by the column's text."""
    place, _, rest = term.partition(" ")
    return f"{shown[int(place) - 1]} {rest}" if place.isdigit() else term
