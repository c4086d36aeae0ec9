# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Aggregates in grouped queries, and analytic functions with OVER."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from estate.sql import types
from estate.sql.compiler.calls import count_checked
from estate.sql.compiler.coerce import comparable, mismatch, to_kind
from estate.sql.compiler.core import Compiler, Frag, Scope, expression, literal, position
from estate.sql.compiler.document_calls import json_fragment, xml_part
from estate.sql.errors import ora, unsupported
from estate.sql.functions.aggregates import PAIR_KINDS
from estate.sql.refused import UNSUPPORTED

SPREAD = {"STDDEV": "o_stddev", "STDDEV_SAMP": "o_stddev_samp", "STDDEV_POP": "o_stddev_pop", "VARIANCE": "o_variance",
          "VAR_SAMP": "o_var_samp", "VAR_POP": "o_var_pop"}
PAIRS = {name[2:].upper(): name for name in PAIR_KINDS}
RANKS = ("RANK", "DENSE_RANK", "PERCENT_RANK", "CUME_DIST")
AGGREGATE_CALLS = frozenset(
    (
        "COUNT",
        "SUM",
        "AVG",
        "MIN",
        "MAX",
        "MEDIAN",
        "LISTAGG",
        "STATS_MODE",
        "ANY_VALUE",
        "APPROX_COUNT_DISTINCT",
        "GROUPING",
        "GROUPING_ID",
        "GROUP_ID",
        "XMLAGG",
        "JSON_ARRAYAGG",
        "JSON_OBJECTAGG",
        "PERCENTILE_CONT",
        "PERCENTILE_DISC",
        "CHECKSUM",
        "BOOLEAN_AND_AGG",
        "BOOLEAN_OR_AGG",
        "EVERY",
            *SPREAD,
        *PAIRS,
        *RANKS,
    )
)


def has_aggregate(node: Any) -> bool:
    """Whether an expression holds an aggregate of its own block."""
    stack = [node]
    while stack:
        here = stack.pop()
        if isinstance(here, (exp.Select, exp.SetOperation)):
            continue
        if isinstance(here, exp.Window) and str(here.args.get("over")) == "OVER":
            stack += _inside(here.this) + list(here.args.get("partition_by") or ())
            stack += [here.args["order"]] if here.args.get("order") else []
            continue
        if isinstance(here, exp.Anonymous) and str(here.this).upper() in AGGREGATE_CALLS:
            return True
        stack += list(here.iter_expressions())
    return False


def _inside(node: Any) -> list[Any]:
    """The arguments and orders of an analytic call, which may hold aggregates themselves."""
    if isinstance(node, (exp.WithinGroup, exp.Window, exp.IgnoreNulls, exp.RespectNulls)):
        order = node.args.get("order") or (node.expression if isinstance(node, exp.WithinGroup) else None)
        return _inside(node.this) + ([order] if order is not None else [])
    return list(node.iter_expressions())


def aggregate(compiler: Compiler, node: Any, scope: Scope, name: str, order: Any = None, keep: Any = None) -> Frag:
    """An aggregate call where it is allowed; ORA-00934, ORA-00935, ORA-00978 elsewhere."""
    at = position(node)
    if name in ("GROUPING", "GROUPING_ID", "GROUP_ID"):
        if scope.stage is None:
            raise ora(979 if scope.aggregates else 934, position=at)
        return scope.stage.grouping(compiler, node, scope, name)
    if not scope.aggregates:
        raise ora(934, position=at)
    if scope.in_aggregate:
        raise ora(978 if scope.stage is None or not scope.stage.keys else 935, position=at)
    stage = scope.stage
    if stage is not None and stage.nested and not stage.depth:
        stage.depth = 1
        try:
            return _aggregate(compiler, node, scope, name, order, keep)
        finally:
            stage.depth = 0
    scope.in_aggregate += 1
    try:
        found = _aggregate(compiler, node, scope, name, order, keep)
    finally:
        scope.in_aggregate -= 1
    return stage.collect(found) if stage is not None else found


def _distinct(node: Any) -> tuple[bool, list[Any]]:
    if len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Distinct):
        return True, list(node.expressions[0].expressions)
    return bool(node.meta.get("distinct")), list(node.expressions)


def _aggregate(compiler: Compiler, node: Any, scope: Scope, name: str, order: Any, keep: Any) -> Frag:
    distinct, nodes = _distinct(node)
    if keep is not None:
        return _keep(compiler, node, nodes, scope, name, keep)
    if order is not None:
        return _within(compiler, node, nodes, scope, name, order)
    if name == "COUNT":
        return _count(compiler, nodes, scope, distinct, position(node))
    handler = SHAPES.get(name)
    if handler is not None:
        return handler(compiler, node, nodes, scope, distinct)
    if name in RANKS or name.startswith("PERCENTILE"):
        raise ora(30484 if name in RANKS else 2000, "missing WITHIN keyword", position=position(node))
    args = [compiler.value(one, scope) for one in nodes]
    mark = "DISTINCT " if distinct else ""
    if name in SPREAD:
        count_checked(1, 1, len(args), position(node))
        return Frag(f"{SPREAD[name]}({mark}{to_kind(args[0], 'N').precise})", types.NUMBER)
    if name in PAIRS:
        count_checked(2, 2, len(args), position(node))
        return Frag(f"{PAIRS[name]}({', '.join(to_kind(arg, 'N').sql for arg in args)})", types.NUMBER)
    raise unsupported(name, position(node))


def _count(compiler: Compiler, nodes: list[Any], scope: Scope, distinct: bool, at: int) -> Frag:
    count_checked(1, 1, len(nodes), at)
    if isinstance(nodes[0], exp.Star):
        return Frag("count(*)", types.NUMBER, nullable=False)
    frag = compiler.value(nodes[0], scope)
    return Frag(f"count({'DISTINCT ' if distinct else ''}{comparable(frag)})", types.NUMBER, nullable=False)


def _total(compiler: Compiler, node: Any, nodes: list[Any], scope: Scope, distinct: bool) -> Frag:
    name = str(node.this).lower()
    count_checked(1, 1, len(nodes), position(node))
    frag = compiler.value(nodes[0], scope)
    if frag.kind in "IY" and compiler.version >= 23 and not distinct:
        return Frag(f"o_interval_{name}({frag.sql})", types.BY_LETTER[frag.kind])
    if frag.kind not in "NFSXB" or frag.type.is_lob:
        raise mismatch(types.NUMBER, frag.type)
    mark = "DISTINCT " if distinct else ""
    if frag.kind == "F":
        return Frag(f"{name}({mark}{frag.sql})", types.DOUBLE)
    text = to_kind(frag, "N").precise
    return Frag(f"o_{name}({mark}{text})", types.NUMBER, exact=f"x_{name}({mark}{text})")


def _extreme(compiler: Compiler, node: Any, nodes: list[Any], scope: Scope, distinct: bool) -> Frag:
    name = {"MIN": "min", "MAX": "max", "ANY_VALUE": "max"}[str(node.this).upper()]
    count_checked(1, 1, len(nodes), position(node))
    frag = compiler.value(nodes[0], scope)
    if frag.type.is_lob:
        raise ora(932, "-", frag.type.name, position=position(node))
    if frag.kind in "IY":
        side, spec = ("first", "a") if name == "min" else ("last", "af")
        return Frag(f"o_keep('{name}', '{side}', '{spec}', {frag.sql}, o_isort({frag.sql}))", frag.type)
    return Frag(f"{name}({frag.sql})", frag.type)


def _median(compiler: Compiler, node: Any, nodes: list[Any], scope: Scope, distinct: bool) -> Frag:
    count_checked(1, 1, len(nodes), position(node))
    frag = compiler.value(nodes[0], scope)
    frag = frag if frag.kind in "NFDTI" else to_kind(frag, "N")
    return Frag(f"o_percentile(0.5, 'cont', 0, {frag.sql})", frag.type if frag.kind != "N" else types.NUMBER)


def _listagg(compiler: Compiler, node: Any, nodes: list[Any], scope: Scope, distinct: bool) -> Frag:
    """LISTAGG without WITHIN GROUP (allowed from 19c)."""
    return _within(compiler, node, nodes, scope, "LISTAGG", None)


def _single(helper: str) -> Any:
    def shape(compiler: Compiler, node: Any, nodes: list[Any], scope: Scope, distinct: bool) -> Frag:
        count_checked(1, 1, len(nodes), position(node))
        frag = compiler.value(nodes[0], scope)
        return Frag(helper.format(frag.sql), types.NUMBER if helper.startswith("count") else frag.type)

    return shape


def _ordered_list(helper: str) -> Any:
    """XMLAGG and JSON_ARRAYAGG, with an ORDER BY of their own."""

    def shape(compiler: Compiler, node: Any, nodes: list[Any], scope: Scope, distinct: bool) -> Frag:
        target, order = nodes[0], node.meta.get("order")
        if isinstance(target, exp.Order):
            target, order = target.this, target
        frag = compiler.value(target, scope)
        text = xml_part(frag) if helper == "o_xmlagg" else _present(json_fragment(frag, target), node)
        spec, keys = sort_keys(compiler, order, scope)
        kind = types.XML if helper == "o_xmlagg" else types.VARCHAR
        return Frag(f"{helper}({', '.join([text, spec, *keys])})", kind)

    return shape


def _present(fragment: str, node: Any) -> str:
    """A JSON fragment that is left out when it is null, unless NULL ON NULL."""
    return fragment if node.meta.get("on_null") == "NULL" else f"nullif({fragment}, 'null')"


def _json_pairs(compiler: Compiler, node: Any, nodes: list[Any], scope: Scope, distinct: bool) -> Frag:
    """JSON_OBJECTAGG(KEY k VALUE v): NULLs are kept unless ABSENT ON NULL."""
    key, value = (compiler.value(one, scope) for one in nodes)
    text = json_fragment(value, nodes[1])
    text = f"nullif({text}, 'null')" if node.meta.get("on_null") == "ABSENT" else text
    return Frag(f"o_json_objectagg({to_kind(key, 'S').sql}, {text})", types.VARCHAR)


def _boolean(compiler: Compiler, node: Any, nodes: list[Any], scope: Scope, distinct: bool) -> Frag:
    """BOOLEAN_AND_AGG (EVERY) and BOOLEAN_OR_AGG, from 23 on."""
    name = str(node.this).upper()
    if compiler.version < 23:
        raise ora(904, f'"{name}"', position=position(node))
    count_checked(1, 1, len(nodes), position(node))
    frag = compiler.value(nodes[0], scope)
    if frag.kind not in "BX":
        raise mismatch(types.BOOLEAN, frag.type)
    return Frag(f"{'max' if name == 'BOOLEAN_OR_AGG' else 'min'}({frag.sql})", types.BOOLEAN)


SHAPES = {
    "BOOLEAN_AND_AGG": _boolean,
    "BOOLEAN_OR_AGG": _boolean,
    "EVERY": _boolean,
    "JSON_OBJECTAGG": _json_pairs,
    "SUM": _total,
    "AVG": _total,
    "MIN": _extreme,
    "MAX": _extreme,
    "ANY_VALUE": _extreme,
    "MEDIAN": _median,
    "LISTAGG": _listagg,
    "STATS_MODE": _single("o_stats_mode({})"),
    "APPROX_COUNT_DISTINCT": _single("count(DISTINCT {})"),
    "XMLAGG": _ordered_list("o_xmlagg"),
    "JSON_ARRAYAGG": _ordered_list("o_json_arrayagg"),
}


def sort_keys(compiler: Compiler, order: Any, scope: Scope) -> tuple[str, list[str]]:
    """ORDER BY for a Python aggregate: a description such as 'a,df' and the key texts."""
    if order is None:
        return "''", []
    spec, keys = [], []
    for one in order.expressions:
        spec.append(("d" if one.args.get("desc") else "a") + ("f" if one.args.get("nulls_first") else ""))
        keys.append(comparable(compiler.value(one.this, scope)))
    return literal(",".join(spec)), keys


def _within(compiler: Compiler, node: Any, nodes: list[Any], scope: Scope, name: str, order: Any) -> Frag:
    args = [compiler.value(one, scope) for one in nodes]
    if name == "LISTAGG":
        return _listagg_text(compiler, node, args, scope, order)
    if name.startswith("PERCENTILE"):
        if len(order.expressions) != 1:
            raise ora(30491, position=position(node))
        frag = compiler.value(order.expressions[0].this, scope)
        desc = int(bool(order.expressions[0].args.get("desc")))
        how = name[-4:].lower()
        return Frag(f"o_percentile({args[0].sql}, '{how}', {desc}, {frag.sql})", frag.type)
    if name in RANKS:
        spec, keys = sort_keys(compiler, order, scope)
        if len(keys) != len(args):
            raise ora(909, position=position(node))
        probes = [comparable(arg) for arg in args]
        return Frag(f"o_rank_within('{name.lower()}', {spec}, {len(args)}, {', '.join(probes + keys)})", types.NUMBER)
    raise unsupported(f"{name} WITHIN GROUP", position(node))


def _listagg_text(compiler: Compiler, node: Any, args: list[Frag], scope: Scope, order: Any) -> Frag:
    count_checked(1, 2, len(args), position(node))
    separator = to_kind(args[1], "S").sql if len(args) > 1 else "''"
    spec, keys = sort_keys(compiler, order, scope)
    overflow = node.meta.get("overflow")
    mode = "''" if overflow is None else literal(overflow[0]) + "||char(0)||" + ("'c'" if overflow[1] else "''")
    distinct, _ = _distinct(node)
    items = [to_kind(args[0], "S").sql, separator, str(int(distinct)), mode, "4000", spec, *keys]
    return Frag(f"o_listagg({', '.join(items)})", types.VARCHAR)


def _keep(compiler: Compiler, node: Any, nodes: list[Any], scope: Scope, name: str, keep: Any) -> Frag:
    """f(x) KEEP (DENSE_RANK FIRST|LAST ORDER BY ...)."""
    if str(keep.args.get("alias") or "").upper() != "DENSE_RANK" or keep.args.get("first") is None:
        raise ora(2000, "missing DENSE_RANK keyword", position=position(node))
    if name not in ("MIN", "MAX", "SUM", "AVG", "COUNT", *SPREAD):
        raise ora(30484, position=position(node))
    frag = Frag("1", types.NUMBER) if isinstance(nodes[0], exp.Star) else compiler.value(nodes[0], scope)
    if name not in ("MIN", "MAX", "COUNT"):
        frag = to_kind(frag, "N")
    spec, keys = sort_keys(compiler, keep.args.get("order"), scope)
    side = "first" if keep.args["first"] else "last"
    kind = frag.type if name in ("MIN", "MAX") else types.NUMBER
    return Frag(f"o_keep('{name.lower()}', '{side}', {spec}, {', '.join([frag.sql, *keys])})", kind)


@expression(exp.WithinGroup)
def within_group(compiler: Compiler, node: exp.WithinGroup, scope: Scope) -> Frag:
    """f(...) WITHIN GROUP (ORDER BY ...)."""
    inner = node.this
    name = str(getattr(inner, "this", "")).upper()
    if name in UNSUPPORTED:
        raise unsupported(name, position(inner))
    if not isinstance(inner, exp.Anonymous) or name not in AGGREGATE_CALLS:
        raise ora(30484, position=position(node))
    return aggregate(compiler, inner, scope, str(inner.this).upper(), order=node.expression)


