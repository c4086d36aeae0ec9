# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Function calls: the registry's functions, packages, and those whose type depends on their arguments."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from estate.sql import types
from estate.sql.compiler.coerce import (
    coerce_argument,
    comparable,
    compared,
    datetime_text,
    interval_text,
    mismatch,
    to_kind,
    unify,
)
from estate.sql.compiler.core import CALLS, Compiler, Frag, Scope, call, expression, identifier, position
from estate.sql.compiler.names import find_column, shown
from estate.sql.compiler.operators import same_group
from estate.sql.errors import ora, unsupported
from estate.sql.functions.registry import FUNCTIONS, Function, sql_name
from estate.sql.numbers import parse_number
from estate.sql.refused import UNSUPPORTED
from estate.sql.types import merge

NEEDS_OVER = frozenset(
    ("ROW_NUMBER", "NTILE", "LAG", "LEAD", "FIRST_VALUE", "LAST_VALUE", "NTH_VALUE", "RATIO_TO_REPORT")
)
NAMED_ERRORS = {"CURSOR": "CURSOR expression", "TABLE": "TABLE(collection)"}


@expression(exp.Anonymous)
def function_call(compiler: Compiler, node: exp.Anonymous, scope: Scope) -> Frag:
    """f(args): a special form, an aggregate, or a function of the registry. ORA-00904 for an unknown one."""
    from estate.sql.compiler.aggregates import AGGREGATE_CALLS, aggregate

    name = identifier(node.this) if isinstance(node.this, exp.Identifier) else str(node.this).upper()
    if name in AGGREGATE_CALLS:
        return aggregate(compiler, node, scope, name)
    if name in CALLS:
        return CALLS[name](compiler, node, scope)
    if name in NEEDS_OVER:
        raise ora(30484, position=position(node))
    return _registered(compiler, node, scope, name)


def _registered(compiler: Compiler, node: Any, scope: Scope, name: str) -> Frag:
    function = FUNCTIONS.get(name)
    if function is None or name.startswith("*"):
        gives = getattr(compiler.catalog, "readers", {}).get(name)
        if gives in ("VARCHAR2", "CLOB"):
            return Frag(package_text(compiler, node, scope, name), types.VARCHAR if gives == "VARCHAR2" else types.CLOB)
        if name.startswith(("DBMS_", "UTL_")):
            raise unsupported(f"{name} in SQL", position(node))
        if name in NAMED_ERRORS or name in UNSUPPORTED:
            raise unsupported(NAMED_ERRORS.get(name, name), position(node))
        raise ora(904, shown(*name.split(".")), position=position(node))
    return invoke(compiler, function, node, scope)


def package_text(compiler: Compiler, node: Any, scope: Scope, name: str) -> str:
    """The SQLite call of a function that the catalog keeps."""
    args = ["'" + name + "'", *(compiler.value(one, scope).sql for one in node.expressions)]
    return "o_package(" + ", ".join(args) + ")"


def invoke(compiler: Compiler, function: Function, node: Any, scope: Scope) -> Frag:
    """A call of a registered function, its arguments converted."""
    for one in node.expressions:
        if isinstance(one, (exp.Star, exp.Distinct, exp.Alias)):
            raise ora(936 if isinstance(one, exp.Star) else 30482, position=position(node))
    args = [compiler.value(one, scope) for one in node.expressions]
    count_checked(function.low, function.high, len(args), position(node))
    texts = ", ".join(coerce_argument(arg, function.param(index)) for index, arg in enumerate(args))
    name = sql_name(function.name)
    kind = function.returns([arg.type for arg in args])
    exact = f"x{name[1:]}({texts})" if function.exact and kind.kind == "N" else None
    constant = function.deterministic and all(arg.constant for arg in args)
    return Frag(f"{name}({texts})", kind, exact=exact, constant=constant)


def count_checked(low: int, high: int, count: int, at: int) -> None:
    """ORA-00909 for a function of fixed arity, ORA-00938 and ORA-00939 otherwise."""
    if low <= count <= high:
        return
    if low == high:
        raise ora(909, position=at)
    raise ora(938 if count < low else 939, position=at)


@expression(exp.Dot)
def package_call(compiler: Compiler, node: exp.Dot, scope: Scope) -> Frag:
    """package.function(args), owner.package.function(args), and methods of XML values."""
    last = node.expression
    if isinstance(node.this, (exp.Anonymous, exp.Dot)) and isinstance(last, exp.Anonymous):
        method = _method(compiler, node, scope)
        if method is not None:
            return method
    parts = dotted(node.this)
    if isinstance(last, exp.Identifier) and parts is not None and len(parts) < 3:
        return compiler.value(
            exp.column(last, *reversed([exp.to_identifier(one, quoted=True) for one in parts])), scope
        )
    if isinstance(last, exp.Anonymous) and parts is not None and _is_column(compiler, parts, scope):
        method = _method(compiler, node, scope)
        if method is not None:
            return method
    if not isinstance(last, exp.Anonymous) or parts is None:
        raise ora(904, shown(*(parts or ()), str(getattr(last, "this", ""))), position=position(node))
    parts = [*parts, str(last.this).upper()]
    if parts[0] == "SYS" and len(parts) > 2:
        parts = parts[1:]
    name = ".".join(parts)
    if name in CALLS:
        return CALLS[name](compiler, last, scope)
    return _registered(compiler, last, scope, name)


def _is_column(compiler: Compiler, parts: list[str], scope: Scope) -> bool:
    """Whether the name before a method is a column's."""
    owner, table, name = [None, None, *parts][-3:]
    return name is not None and len(parts) < 4 and find_column(compiler, scope, owner, table, name, 0) is not None


def dotted(node: Any) -> list[str] | None:
    """The parts of a dotted name, None where it is none."""
    if isinstance(node, exp.Identifier):
        return [identifier(node)]
    if isinstance(node, exp.Column):
        return [identifier(part) for part in node.parts]
    if isinstance(node, exp.Dot):
        left, right = dotted(node.this), dotted(node.expression)
        return None if left is None or right is None else left + right
    return None


METHODS = {"GETCLOBVAL": types.CLOB, "GETSTRINGVAL": types.VARCHAR, "GETNUMBERVAL": types.NUMBER}


def _method(compiler: Compiler, node: exp.Dot, scope: Scope) -> Frag | None:
    name = str(node.expression.this).upper()
    if name not in METHODS and name != "EXTRACT":
        return None
    value = compiler.value(node.this, scope)
    if name == "EXTRACT":
        path = compiler.value(node.expression.expressions[0], scope)
        return Frag(f"o_xml_extract({value.sql}, {path.sql})", types.XML)
    if name == "GETNUMBERVAL":
        return to_kind(Frag(f"o_xml_plain({value.sql})", types.VARCHAR), "N")
    return Frag(value.sql, METHODS[name])


def arguments(compiler: Compiler, node: Any, scope: Scope, low: int, high: int) -> list[Frag]:
    """A call's arguments, compiled. ORA-00909, 00938 or 00939 where they are not ``low`` to ``high``."""
    args = [compiler.value(one, scope) for one in node.expressions]
    count_checked(low, high, len(args), position(node))
    return args


@call("NVL")
def nvl(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """NVL: the second takes the type of the first, a literal at once: ORA-01722 for text that is no number."""
    first, second = arguments(compiler, node, scope, 2, 2)
    if first.kind == "X":
        return Frag(second.sql, second.type)
    if first.kind in "NF" and second.sql.startswith("'"):
        parse_number(second.sql.strip("'"))
    other = _like(second, first)
    return Frag(f"coalesce({first.sql}, {other.sql})", merge((first.type, other.type)), nullable=other.nullable)


def _like(frag: Frag, first: Frag) -> Frag:
    if (first.kind in "DTZ" and frag.kind in "DTZ") or {first.kind, frag.kind} == {"N", "F"}:
        return to_kind(frag, first.kind)
    if (first.kind == "N" and frag.kind in "DTZ") or (first.kind in "DTZ" and frag.kind == "N"):
        raise mismatch(first.type, frag.type)
    return to_kind(frag, first.kind)


@call("NVL2")
def nvl2(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """NVL2(test, not null, null)."""
    test, first, second = arguments(compiler, node, scope, 3, 3)
    other = _like(second, first) if first.kind != "X" else second
    return Frag(
        f"CASE WHEN {test.sql} IS NOT NULL THEN {first.sql} ELSE {other.sql} END", merge((first.type, other.type))
    )


@call("COALESCE")
def coalesce(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """COALESCE."""
    args = same_group(arguments(compiler, node, scope, 2, 999))
    return Frag(f"coalesce({', '.join(arg.sql for arg in args)})", merge(arg.type for arg in args),
                nullable=all(arg.nullable for arg in args))


@call("NULLIF")
def nullif(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """NULLIF."""
    first, second = arguments(compiler, node, scope, 2, 2)
    if first.kind == "X":
        raise ora(932, "-", "CHAR", position=position(node))
    a, b = compared([first, second])
    return Frag(f"CASE WHEN {a} = {b} THEN NULL ELSE {first.sql} END", first.type)


@call("DECODE")
def decode(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """DECODE: NULL equals NULL; comparison by the first search value's type, result by the first result's."""
    args = arguments(compiler, node, scope, 3, 255)
    test, rest = args[0], args[1:]
    default = rest.pop() if len(rest) % 2 else None
    searches, results = rest[::2], rest[1::2]
    first = results[0]
    if first.kind == "X":
        first = Frag(first.sql, types.VARCHAR)
    shape = [_like(one, first) for one in results]
    kind = searches[0].kind if searches[0].kind != "X" else test.kind
    left = comparable(to_kind(test, kind))
    body = " ".join(f"WHEN {left} IS {comparable(to_kind(one, kind))} THEN {result.sql}"
                    for one, result in zip(searches, shape, strict=False))
    other = _like(default, first) if default is not None else Frag("NULL", types.NULL)
    return Frag(f"CASE {body} ELSE {other.sql} END", merge([one.type for one in shape] + [other.type]))


@call("GREATEST")
def greatest(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """GREATEST: NULL when an argument is."""
    return _extreme(compiler, node, scope, "o_max")


@call("LEAST")
def least(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """LEAST: NULL when an argument is."""
    return _extreme(compiler, node, scope, "o_min")


def _extreme(compiler: Compiler, node: Any, scope: Scope, name: str) -> Frag:
    args = arguments(compiler, node, scope, 1, 999)
    first = next((arg for arg in args if arg.kind != "X"), args[0])
    numeric = [arg for arg in args if arg.kind in "NF"]
    shape = unify(args) if first.kind in "NF" and len(numeric) == len(args) else [_like(arg, first) for arg in args]
    return Frag(f"{name}({', '.join(arg.sql for arg in shape)})", merge(arg.type for arg in shape))


@call("TO_CHAR", "TO_NCHAR")
def to_char(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """TO_CHAR of a number, datetime, interval or text."""
    args = arguments(compiler, node, scope, 1, 3)
    first = args[0]
    rest = "".join(f", {to_kind(arg, 'S').sql}" for arg in args[1:])
    if first.kind in "DTZ":
        english(args[2:], position(node))
        return datetime_text(first, to_kind(args[1], "S").sql if len(args) > 1 else "NULL")
    if first.kind in "IY":
        return interval_text(first)
    if len(args) == 1:
        return to_kind(first, "S") if first.kind != "X" else Frag("NULL", types.VARCHAR)
    if first.kind == "X":
        return Frag("NULL", types.VARCHAR)
    number = to_kind(first, "N") if first.kind != "F" else first
    return Frag(f"o_number_str({number.precise}{rest})", types.varchar(64), constant=first.constant)


def english(options: list[Frag], at: int) -> None:
    """Names of months and days are English only."""
    for option in options:
        language = option.sql.upper().partition("NLS_DATE_LANGUAGE")[2].strip(" =').")
        if language and language not in ("AMERICAN", "ENGLISH"):
            raise unsupported(f"NLS_DATE_LANGUAGE {language}", at)


@call("DUMP")
def dump(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """DUMP(x, format, start, length)."""
    args = arguments(compiler, node, scope, 1, 4)
    kind = "C" if args[0].type.is_char else args[0].kind
    if kind == "F":
        kind = "100" if args[0].type.name == "BINARY_FLOAT" else "101"
    if kind == "D" and not (isinstance(node.expressions[0], exp.Column) and "." in args[0].sql):
        kind = "13"
    rest = "".join(f", {to_kind(arg, 'N').sql}" for arg in args[1:])
    return Frag(f"o_dump('{kind}', {args[0].precise}{rest})", types.VARCHAR)


@call("VSIZE")
def vsize(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """VSIZE(x)."""
    (frag,) = arguments(compiler, node, scope, 1, 1)
    return Frag(f"o_vsize('{frag.kind}', {frag.precise})", types.NUMBER)


@call("LENGTH")
def length(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """LENGTH of text; of a BLOB in bytes."""
    (frag,) = arguments(compiler, node, scope, 1, 1)
    return Frag(
        f"length({frag.sql if frag.kind == 'R' and frag.type.is_lob else to_kind(frag, 'S').sql})", types.NUMBER
    )


@call("USERENV", "SYS_CONTEXT")
def session_function(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """USERENV gives numbers for SESSIONID, SID and ENTRYID."""
    name = str(node.this).upper()
    frag = invoke(compiler, FUNCTIONS[name], node, scope)
    if name == "USERENV" and str(getattr(node.expressions[0], "this", "")).upper() in (
        "SESSIONID",
        "SID",
        "ENTRYID",
        "INSTANCE",
    ):
        return Frag(frag.sql, types.NUMBER)
    return frag


@call("SYS_CONNECT_BY_PATH")
def connect_by_path(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """SYS_CONNECT_BY_PATH(expression, separator)."""
    if len(node.expressions) != 2:
        raise ora(909, position=position(node))
    hierarchy = scope.connected()
    if hierarchy is None:
        raise ora(30002, position=position(node))
    return hierarchy.path(compiler, node, scope)
