# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Literals, arithmetic, concatenation, CASE, scalar subqueries."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlglot import exp

from estate.sql import types
from estate.sql.compiler.coerce import compared, mismatch, to_kind
from estate.sql.compiler.core import Compiler, Frag, Scope, condition, expression, literal, position
from estate.sql.errors import ora, unsupported
from estate.sql.format_parse import parse_model
from estate.sql.functions.datetimes import to_dsinterval, to_yminterval
from estate.sql.numbers import exact, near
from estate.sql.types import merge
from estate.sql.values import date_text, months_text, parse_months, timestamp_text


@expression(exp.Literal)
def a_literal(compiler: Compiler, node: exp.Literal, scope: Scope) -> Frag:
    """A number or a string; '' is NULL."""
    if node.is_string:
        return text_literal(str(node.this))
    return number_literal(str(node.this))


def text_literal(text: str) -> Frag:
    """A CHAR literal."""
    if text == "":
        return Frag("NULL", types.SqlType("CHAR", 0), constant=True)
    return Frag(literal(text), types.SqlType("CHAR", len(text.encode())), constant=True, nullable=False)


def number_literal(text: str) -> Frag:
    """A NUMBER literal, exact beyond what SQLite holds."""
    value = exact(Decimal(text))
    whole = types.SqlType("NUMBER", 0, 0, -127)
    if isinstance(value, str):
        return Frag(repr(near(value)), whole, exact=literal(value), constant=True, nullable=False)
    return Frag(repr(value), whole, constant=True, nullable=False)


@expression(exp.RawString, exp.National)
def raw_string(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """q'[...]' and N'...'."""
    frag = text_literal(str(node.this))
    if isinstance(node, exp.National):
        frag.type = types.SqlType("NCHAR", frag.type.size)
    return frag


@expression(exp.Null)
def null(compiler: Compiler, node: exp.Null, scope: Scope) -> Frag:
    """NULL."""
    return Frag("NULL", types.NULL, constant=True)


@expression(exp.Boolean)
def boolean(compiler: Compiler, node: exp.Boolean, scope: Scope) -> Frag:
    """TRUE and FALSE, from 23 on; before they are names like any other."""
    if compiler.version < 23:
        raise ora(904, '"TRUE"' if node.this else '"FALSE"', position=position(node))
    return Frag("1" if node.this else "0", types.BOOLEAN, constant=True)


@condition(exp.Boolean)
def boolean_condition(compiler: Compiler, node: exp.Boolean, scope: Scope) -> str:
    """WHERE TRUE."""
    return boolean(compiler, node, scope).sql


@expression(exp.Placeholder)
def placeholder(compiler: Compiler, node: exp.Placeholder, scope: Scope) -> Frag:
    """A bind variable."""
    return compiler.bind(node)


@expression(exp.Paren)
def paren(compiler: Compiler, node: exp.Paren, scope: Scope) -> Frag:
    """Parentheses."""
    return compiler.value(node.this, scope)


@expression(exp.Cast)
def typed_literal(compiler: Compiler, node: exp.Cast, scope: Scope) -> Frag:
    """DATE '...' and TIMESTAMP '...'."""
    kind = node.to.this
    if not isinstance(node.this, exp.Literal) or not node.this.is_string:
        raise unsupported(f"{kind.value} literal", position(node))
    text = str(node.this.this)
    if kind == exp.DType.DATE:
        return Frag(literal(_date_literal(text)), types.DATE, constant=True, nullable=False)
    if kind == exp.DType.TIMESTAMP:
        return _timestamp_literal(text)
    raise unsupported(f"{kind.value} literal", position(node))


def _date_literal(text: str) -> str:

    value, _, _ = parse_model(text, "YYYY-MM-DD", datetime(2000, 1, 1))
    return date_text(value)


def _timestamp_literal(text: str) -> Frag:

    zoned = re.search(r"(?:\d\s*[+-]\d{1,2}:\d{2}|[A-Za-z_]+(?:/[A-Za-z_]+)*)\s*$", text.strip())
    if zoned:
        return Frag(f"o_str_zoned({literal(_spaced(text.strip()))}, 'YYYY-MM-DD HH24:MI:SSXFF TZR')", types.FINE_ZONED,
                    constant=True)
    model = "YYYY-MM-DD HH24:MI:SS" + (".FF" if "." in text else "")
    value, _, _ = parse_model(text, model, datetime(2000, 1, 1))
    return Frag(literal(timestamp_text(value)), types.FINE, constant=True, nullable=False)


def _spaced(text: str) -> str:
    """A blank before the zone, and a fraction."""
    text = re.sub(r"(\d)\s*([+-]\d{1,2}:\d{2})$", r"\1 \2", text)
    head, _, zone = text.rpartition(" ")
    return f"{head}{'' if '.' in head else '.0'} {zone}"


def _field(unit: Any) -> tuple[str, int | None]:
    if isinstance(unit, exp.Anonymous):
        return str(unit.this).upper(), int(unit.expressions[0].this)
    return str(unit.this).upper(), None


@expression(exp.Interval)
def interval(compiler: Compiler, node: exp.Interval, scope: Scope) -> Frag:
    """INTERVAL '...' literals, and (d1 - d2) DAY TO SECOND."""
    unit = node.args.get("unit")
    span = isinstance(unit, exp.IntervalSpan)
    first, digits = _field(unit.this if span else unit)
    last = _field(unit.expression)[0] if span else first
    if not isinstance(node.this, exp.Literal) or not node.this.is_string:
        return _interval_cast(compiler, node, scope, first, last)
    text = str(node.this.this)
    if first in ("YEAR", "MONTH"):
        kind = types.SqlType("INTERVAL YEAR TO MONTH", 0, digits or 2, 0)
        return Frag(literal(_year_literal(text, first, last, digits)), kind, constant=True, nullable=False)
    kind = types.SqlType("INTERVAL DAY TO SECOND", 0, digits or 2, 6)
    return Frag(literal(_day_literal(text, first, last, digits)), kind, constant=True, nullable=False)


def _year_literal(text: str, first: str, last: str, digits: int | None) -> str:
    if first != last:
        value = to_yminterval(text.strip())
    elif not re.fullmatch(r"[+-]?\d+", text.strip()):
        raise ora(1867)
    else:
        value = months_text(int(text) * (12 if first == "YEAR" else 1))
    lead = abs(parse_months(value)) // 12 if first == "YEAR" else abs(parse_months(value))
    if len(str(lead)) > (digits or 2):
        raise ora(1873)
    return value


FIELDS = ("DAY", "HOUR", "MINUTE", "SECOND")
LARGEST = {"HOUR": Decimal(23), "MINUTE": Decimal(59), "SECOND": Decimal("59.999999999")}
FACTORS = {"DAY": 86400, "HOUR": 3600, "MINUTE": 60, "SECOND": 1}


def _day_literal(text: str, first: str, last: str, digits: int | None) -> str:
    if first not in FIELDS or last not in FIELDS:
        raise ora(30089)
    names = FIELDS[FIELDS.index(first):FIELDS.index(last) + 1]
    body = text.strip()
    sign = "-" if body.startswith("-") else ""
    parts = re.split(r"[ :]+", body.lstrip("+-"))
    if len(parts) != len(names) or not all(re.fullmatch(r"\d+(\.\d*)?", part) for part in parts):
        raise ora(1867)
    if len(parts[0].split(".")[0].lstrip("0")) > (digits or 2):
        raise ora(1873)
    for name, part in list(zip(names, parts, strict=True))[1:]:
        if Decimal(part) > LARGEST[name]:
            raise ora({"HOUR": 1850, "MINUTE": 1851, "SECOND": 1852}[name])
    total = sum((Decimal(part) * FACTORS[name] for part, name in zip(parts, names, strict=False)), Decimal(0))
    micros = int(total * 1_000_000)
    days, rest = divmod(micros, 86_400_000_000)
    seconds, fraction = divmod(rest, 1_000_000)
    text = f"{days} {seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{fraction:06d}"
    return to_dsinterval(sign + text)


def _interval_cast(compiler: Compiler, node: exp.Interval, scope: Scope, first: str, last: str) -> Frag:
    inner = node.this.this if isinstance(node.this, exp.Paren) else node.this
    if not isinstance(inner, exp.Sub):
        raise ora(30089, position=position(node))
    left, right = compiler.value(inner.this, scope), compiler.value(inner.expression, scope)
    if first in ("YEAR", "MONTH"):
        kind = types.SqlType("INTERVAL YEAR TO MONTH", 0, 2, 0)
        return Frag(f"o_numtoyminterval(o_trunc(o_months_between({left.sql}, {right.sql})), 'MONTH')", kind)
    if left.kind == right.kind == "D":
        kind = types.SqlType("INTERVAL DAY TO SECOND", 0, 2, 6)
        return Frag(f"o_numtodsinterval(x_ddiff({left.sql}, {right.sql}), 'DAY')", kind)
    return arithmetic_sub(left, right)


def _numeric(name: str, left: Frag, right: Frag) -> Frag:
    """A binary operation on numbers."""
    if "F" in (left.kind, right.kind):
        a, b = to_kind(left, "F").sql, to_kind(right, "F").sql
        if name == "div":
            return Frag(f"o_fdiv({a}, {b})", types.DOUBLE)
        return Frag(f"({a} {({'add': '+', 'sub': '-', 'mul': '*'})[name]} {b})", types.DOUBLE)
    args = f"{to_kind(left, 'N').precise}, {to_kind(right, 'N').precise}"
    return Frag(f"o_{name}({args})", types.NUMBER, exact=f"x_{name}({args})", constant=left.constant and right.constant)


def _operands(compiler: Compiler, node: exp.Binary, scope: Scope) -> tuple[Frag, Frag]:
    if node.this is None or node.expression is None:
        raise ora(936)
    return compiler.value(node.this, scope), compiler.value(node.expression, scope)


DATETIMES = frozenset("DTZ")


@expression(exp.Add)
def add(compiler: Compiler, node: exp.Add, scope: Scope) -> Frag:
    """Numbers, datetime + number, datetime + interval, interval + interval."""
    left, right = _operands(compiler, node, scope)
    if right.kind in DATETIMES and left.kind not in DATETIMES:
        left, right = right, left
    if left.kind in DATETIMES:
        if right.kind in DATETIMES:
            raise ora(975, position=position(node))
        return _shift(left, right, 1)
    if left.kind in "IY" or right.kind in "IY":
        return _interval_sum(left, right, 1)
    return _numeric("add", left, right)


@expression(exp.Sub)
def subtract(compiler: Compiler, node: exp.Sub, scope: Scope) -> Frag:
    """Numbers, datetime - number or interval, datetime - datetime, interval - interval."""
    return arithmetic_sub(*_operands(compiler, node, scope))


def arithmetic_sub(left: Frag, right: Frag) -> Frag:
    """left - right by their kinds."""
    if left.kind in DATETIMES and right.kind in DATETIMES:
        return _difference(left, right)
    if left.kind in DATETIMES:
        return _shift(left, right, -1)
    if right.kind in DATETIMES:
        if left.kind in "SX":
            return _difference(to_kind(left, right.kind), right)
        raise mismatch(right.type, left.type)
    if left.kind in "IY" or right.kind in "IY":
        return _interval_sum(left, right, -1)
    return _numeric("sub", left, right)


def _shift(left: Frag, right: Frag, sign: int) -> Frag:
    if right.kind == "I":
        return Frag(f"o_dti({left.sql}, {right.sql}, {sign})", left.type)
    if right.kind == "Y":
        return Frag(f"o_dty({left.sql}, {right.sql}, {sign})", left.type)
    days = to_kind(right, "N").precise if right.kind != "F" else right.sql
    return Frag(f"o_{'dadd' if sign > 0 else 'dsub'}({left.sql}, {days})", types.DATE)


def _difference(left: Frag, right: Frag) -> Frag:
    if left.kind in "DX" and right.kind in "DX":
        args = f"{left.sql}, {right.sql}"
        return Frag(f"o_ddiff({args})", types.NUMBER, exact=f"x_ddiff({args})")
    kind = "Z" if "Z" in (left.kind, right.kind) else "T"
    digits = max((one.type.scale for one in (left, right) if one.kind in "TZ"), default=6)
    span = types.SqlType("INTERVAL DAY TO SECOND", 0, 9, digits)
    return Frag(f"o_tdiff({to_kind(left, kind).sql}, {to_kind(right, kind).sql})", span)


def _interval_sum(left: Frag, right: Frag, sign: int) -> Frag:
    kind = left.type if left.kind in "IY" else right.type
    a, b = (
        to_kind(left, kind.kind) if left.kind == "S" else left,
        to_kind(right, kind.kind) if right.kind == "S" else right,
    )
    if {a.kind, b.kind} - {"X", kind.kind}:
        raise mismatch(kind, b.type if a.kind == kind.kind else a.type)
    return Frag(f"o_iadd({a.sql}, {b.sql}, {sign})", types.BY_LETTER[kind.kind])


@expression(exp.Mul)
def multiply(compiler: Compiler, node: exp.Mul, scope: Scope) -> Frag:
    """Numbers, interval * number."""
    left, right = _operands(compiler, node, scope)
    if right.kind in "IY":
        left, right = right, left
    if left.kind in "IY":
        return Frag(f"o_imul({left.sql}, {to_kind(right, 'N').precise}, 0)", types.BY_LETTER[left.kind])
    _no_dates(left, right)
    return _numeric("mul", left, right)


@expression(exp.Div)
def divide(compiler: Compiler, node: exp.Div, scope: Scope) -> Frag:
    """Numbers (never an integer division), interval / number."""
    left, right = _operands(compiler, node, scope)
    if left.kind in "IY":
        return Frag(f"o_imul({left.sql}, {to_kind(right, 'N').precise}, 1)", types.BY_LETTER[left.kind])
    _no_dates(left, right)
    return _numeric("div", left, right)


def _no_dates(*frags: Frag) -> None:
    for frag in frags:
        if frag.kind not in "NFSXB":
            raise mismatch(types.NUMBER, frag.type)


@expression(exp.Neg)
def negate(compiler: Compiler, node: exp.Neg, scope: Scope) -> Frag:
    """-x."""
    frag = compiler.value(node.this, scope)
    if isinstance(node.this, exp.Literal) and not node.this.is_string:
        return number_literal(f"-{node.this.this}")
    if frag.kind in "IY":
        return Frag(f"o_ineg({frag.sql})", frag.type)
    if frag.kind == "F":
        return Frag(f"(-{frag.sql})", frag.type)
    _no_dates(frag)
    args = to_kind(frag, "N").precise
    return Frag(f"o_neg({args})", types.NUMBER, exact=f"x_neg({args})", constant=frag.constant)


@expression(exp.DPipe)
def concatenate(compiler: Compiler, node: exp.DPipe, scope: Scope) -> Frag:
    """||: NULL adds nothing."""
    parts: list[Frag] = []
    stack: list[Any] = [node]
    while stack:
        here = stack.pop()
        if isinstance(here, exp.DPipe):
            stack += [here.expression, here.this]
        else:
            parts.append(compiler.value(here, scope))
    texts = [to_kind(part, "S") for part in parts]
    body = "||".join(part.sql if not part.nullable else f"coalesce({part.sql}, '')" for part in texts)
    lob = next((part.type for part in texts if part.type.is_lob), None)
    size = sum(types.text_width(part.type) for part in parts)
    kind = lob or (types.SqlType("CHAR", size) if all(part.type.is_char for part in parts) else types.varchar(size))
    return Frag(f"nullif({body}, '')" if all(part.nullable for part in texts) else f"({body})", kind,
                constant=all(part.constant for part in parts), nullable=all(part.nullable for part in texts))


@expression(exp.Case)
def case(compiler: Compiler, node: exp.Case, scope: Scope) -> Frag:
    """Simple and searched CASE."""
    tests: list[str] = []
    for branch in node.args["ifs"]:
        if node.this is None:
            tests.append(compiler.condition(branch.this, scope))
        else:
            left, right = compared([compiler.value(node.this, scope), compiler.value(branch.this, scope)])
            tests.append(f"{left} = {right}")
    results = [compiler.value(branch.args["true"], scope) for branch in node.args["ifs"]]
    if node.args.get("default") is not None:
        results.append(compiler.value(node.args["default"], scope))
    results = same_group(results)
    body = " ".join(f"WHEN {test} THEN {result.sql}" for test, result in zip(tests, results, strict=False))
    other = f" ELSE {results[-1].sql}" if len(results) > len(tests) else ""
    return Frag(f"CASE {body}{other} END", merge(result.type for result in results))


def same_group(frags: list[Frag]) -> list[Frag]:
    """Branches must be all text, all numbers or all of one datetime family: ORA-00932 otherwise."""
    kinds = {frag.kind for frag in frags} - {"X"}
    first = next((frag for frag in frags if frag.kind != "X"), None)
    types.same_charset(frag.type for frag in frags)
    if first is None or len(kinds) == 1:
        return frags
    groups = ({"N", "F"}, {"D", "T", "Z"})
    if not any(kinds <= group for group in groups):
        wrong = next(frag for frag in frags if frag.kind not in ("X", first.kind))
        raise mismatch(first.type, wrong.type)
    target = merge(frag.type for frag in frags).kind
    return [to_kind(frag, target) for frag in frags]


@expression(exp.Subquery, exp.Select, exp.Union, exp.Except, exp.Intersect)
def scalar_subquery(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """A query as a value: one column, at most one row (ORA-01427 otherwise)."""
    from estate.sql.compiler.query import compile_query

    query = compile_query(compiler, node, scope)
    if len(query.columns) != 1:
        raise ora(913, position=position(node))
    kind = query.columns[0].type
    if query.single:
        return Frag(f"({query.sql})", kind)
    return Frag(f"(SELECT o_single(c1) FROM ({query.sql}))", kind)


@expression(exp.AtTimeZone)
def at_time_zone(compiler: Compiler, node: exp.AtTimeZone, scope: Scope) -> Frag:
    """x AT TIME ZONE zone, x AT LOCAL."""
    frag = compiler.value(node.this, scope)
    zoned = to_kind(frag, "Z")
    zone = compiler.value(node.args["zone"], scope)
    digits = frag.type.scale if frag.kind in "TZ" else 6
    return Frag(f"o_at_zone({zoned.sql}, {zone.sql})", types.SqlType("TIMESTAMP WITH TIME ZONE", 0, 0, digits))


@expression(exp.Extract)
def extract(compiler: Compiler, node: exp.Extract, scope: Scope) -> Frag:
    """EXTRACT(field FROM x)."""
    field = str(node.this.this).upper()
    frag = compiler.value(node.expression, scope)
    allowed = {"D": ("YEAR", "MONTH", "DAY"), "I": ("DAY", "HOUR", "MINUTE", "SECOND"), "Y": ("YEAR", "MONTH")}
    zones = ("TIMEZONE_HOUR", "TIMEZONE_MINUTE", "TIMEZONE_REGION", "TIMEZONE_ABBR")
    if frag.kind not in "DTZIYX":
        raise ora(30076, position=position(node))
    if field not in ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", *zones):
        raise ora(907, position=position(node))
    if field not in allowed.get(frag.kind, (field,)):
        raise ora(30076, position=position(node))
    text = field.startswith("TIMEZONE_R") or field.endswith("ABBR")
    return Frag(f"o_extract('{field}', {frag.sql})", types.VARCHAR if text else types.NUMBER)


@expression(exp.Trim)
def trim(compiler: Compiler, node: exp.Trim, scope: Scope) -> Frag:
    """TRIM(side letter FROM text)."""
    source = compiler.value(node.this, scope)
    text = to_kind(source, "S")
    letter = to_kind(compiler.value(node.args["expression"], scope), "S").sql if node.args.get("expression") else "' '"
    side = str(node.args.get("position") or "BOTH").upper()
    return Frag(f"o_trim({text.sql}, {letter}, '{side}')", types.varchar(types.text_width(text.type)))


