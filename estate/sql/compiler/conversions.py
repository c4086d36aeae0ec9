# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""TO_DATE and its like, TO_NUMBER, CAST, VALIDATE_CONVERSION, and DEFAULT ... ON CONVERSION ERROR for all of them."""

from __future__ import annotations

from typing import Any

from estate.sql import types
from estate.sql.compiler.calls import arguments, english, invoke
from estate.sql.compiler.coerce import mismatch, to_kind
from estate.sql.compiler.core import Compiler, Frag, Scope, call, position
from estate.sql.errors import ora, unsupported
from estate.sql.functions.registry import FUNCTIONS
from estate.sql.types import SqlType

# target kind -> what text goes through; each has a twin c_* that is NULL where o_* fails
STRICT = {"N": "o_str_number", "F": "o_str_number", "D": "o_str_date", "T": "o_str_ts", "Z": "o_str_zoned",
          "I": "o_str_interval", "Y": "o_str_interval"}


def _converted(text: str, kind: str, models: list[str], forgiving: bool) -> str:
    """Text as a value of the kind, by models where there are some."""
    name = STRICT[kind]
    more = [f"'{kind}'"] if kind in "IY" else models
    return f"{'c' + name[1:] if forgiving else name}({', '.join([text, *more])})"


def with_default(compiler: Compiler, node: Any, scope: Scope, frag: Frag, models: list[str]) -> Frag:
    """The conversion with its DEFAULT ... ON CONVERSION ERROR, where it has one."""
    default = node.meta.get("default")
    if default is None or frag.kind not in STRICT:
        return frag
    text = to_kind(compiler.value(node.expressions[0], scope), "S").sql
    other = to_kind(compiler.value(default, scope), "S").sql
    tried = _converted(text, frag.kind, models, True)
    fallback = "NULL" if other == "NULL" else _converted(other, frag.kind, models, False)
    found = f"CASE WHEN {text} IS NULL THEN NULL ELSE coalesce({tried}, {fallback}) END"
    return Frag(f"o_near({found})" if frag.kind == "N" else found, frag.type, exact=found if frag.kind == "N" else None)


def _to_datetime(compiler: Compiler, node: Any, scope: Scope, letter: str, helper: str, kind: SqlType) -> Frag:
    args = arguments(compiler, node, scope, 1, 3)
    first = args[0]
    models = [to_kind(args[1], "S").sql] if len(args) > 1 else []
    if first.kind in "DTZ" and len(args) == 1:
        return with_default(compiler, node, scope, to_kind(first, letter), models)
    english(args[2:], position(node))
    frag = Frag(f"{helper}({', '.join([to_kind(first, 'S').sql, *models])})", kind, constant=first.constant)
    return with_default(compiler, node, scope, frag, models)


@call("TO_DATE")
def to_date(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """TO_DATE."""
    return _to_datetime(compiler, node, scope, "D", "o_str_date", types.DATE)


@call("TO_TIMESTAMP")
def to_timestamp(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """TO_TIMESTAMP."""
    return _to_datetime(compiler, node, scope, "T", "o_str_ts", types.FINE)


@call("TO_TIMESTAMP_TZ")
def to_timestamp_tz(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """TO_TIMESTAMP_TZ."""
    return _to_datetime(compiler, node, scope, "Z", "o_str_zoned", types.FINE_ZONED)


@call("TO_NUMBER")
def to_number(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """TO_NUMBER."""
    args = arguments(compiler, node, scope, 1, 3)
    models = [to_kind(arg, "S").sql for arg in args[1:]]
    if args[0].kind in "NF" and len(args) == 1:
        return with_default(compiler, node, scope, args[0], models)
    if args[0].kind in "DTZIYR":
        raise mismatch(types.NUMBER, args[0].type)
    exact = f"o_str_number({', '.join([to_kind(args[0], 'S').sql, *models])})"
    return with_default(compiler, node, scope, Frag(f"o_near({exact})", types.NUMBER, exact=exact), models)


@call("TO_BINARY_DOUBLE", "TO_BINARY_FLOAT", "TO_DSINTERVAL", "TO_YMINTERVAL")
def to_other(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """The registered conversions, which may have a default too."""
    name = str(node.this).upper()
    if name.startswith("TO_BINARY") and len(node.expressions) > 1:
        args = arguments(compiler, node, scope, 1, 3)
        models = [to_kind(arg, "S").sql for arg in args[1:]]
        frag = Frag(f"o_double(o_str_number({', '.join([to_kind(args[0], 'S').sql, *models])}))",
                    types.DOUBLE if name.endswith("DOUBLE") else types.FLOAT)
        return with_default(compiler, node, scope, frag, models)
    return with_default(compiler, node, scope, invoke(compiler, FUNCTIONS[name], node, scope), [])


def _models(compiler: Compiler, node: Any, scope: Scope) -> list[str]:
    """The format and NLS parameter that CAST and VALIDATE_CONVERSION may have after the type."""
    frags = [compiler.value(one, scope) for one in node.meta.get("models", ())]
    english(frags[1:], position(node))
    return [to_kind(frag, "S").sql for frag in frags]


@call("CAST")
def cast(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """CAST(x AS type DEFAULT y ON CONVERSION ERROR, format)."""
    target = types.parse_type(str(node.expressions[1].this))
    frag, models = compiler.value(node.expressions[0], scope), _models(compiler, node, scope)
    if models and target.kind not in "NFDTZ":
        raise unsupported("CAST to text with a format", position(node))
    if models:
        used = models if target.kind in "NF" else models[:1]
        frag = Frag(_converted(to_kind(frag, "S").sql, target.kind, used, False), types.BY_LETTER[target.kind])
        models = used
    if node.meta.get("default") is not None and target.kind in STRICT:
        frag = with_default(compiler, node, scope, Frag(frag.sql, types.BY_LETTER[target.kind]), models)
    return cast_to(frag, target)


def cast_to(frag: Frag, target: SqlType) -> Frag:
    """A fragment cast to a type, cut or rounded to its size."""
    if target.kind == "S":
        if target.is_lob:
            return Frag(to_kind(frag, "S").sql, target)
        text = to_kind(frag, "S")
        helper = "o_cast_text" if frag.kind in "SX" else "o_cast_strict"
        return Frag(f"{helper}({text.sql}, {target.size or 4000}, {int(target.is_char)})", target)
    moved = to_kind(frag, target.kind)
    if target.kind == "N":
        return _cast_number(moved, target)
    if target.name == "TIMESTAMP WITH LOCAL TIME ZONE" and frag.kind == "S":
        return Frag(f"o_zoned({to_kind(frag, 'T').sql})", target)
    if target.kind in "TZ" and target.scale < 6:
        return Frag(f"o_fraction({moved.sql}, {target.scale})", target)
    return Frag(moved.sql, target)


def _cast_number(moved: Frag, target: SqlType) -> Frag:
    """NUMBER(p, s) and FLOAT(p) round."""
    if target.precision and target.scale != -127:
        fitted = f"o_fit_number({moved.precise}, {target.precision}, {target.scale})"
    elif 0 < target.precision < 126:
        fitted = f"o_fit_float({moved.precise}, {target.precision})"
    else:
        return Frag(moved.sql, target, exact=moved.exact)
    return Frag(f"o_near({fitted})", target, exact=fitted)


@call("TO_BOOLEAN")
def to_boolean(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """TO_BOOLEAN(x), from 23 on."""
    if compiler.version < 23:
        raise ora(904, '"TO_BOOLEAN"', position=position(node))
    (frag,) = arguments(compiler, node, scope, 1, 1)
    if frag.kind in "BX":
        return frag
    return Frag(f"({frag.sql} <> 0)" if frag.kind in "NF" else f"o_boolean({to_kind(frag, 'S').sql})", types.BOOLEAN)


@call("VALIDATE_CONVERSION")
def validate_conversion(compiler: Compiler, node: Any, scope: Scope) -> Frag:
    """VALIDATE_CONVERSION(x AS type, format): 1 where the conversion works, also for NULL; 0 where it fails."""
    target = types.parse_type(str(node.expressions[1].this))
    frag, models = compiler.value(node.expressions[0], scope), _models(compiler, node, scope)
    if target.kind not in STRICT:
        raise unsupported(f"VALIDATE_CONVERSION to {target.name}", position(node))
    text = to_kind(frag, "S").sql
    used = models if target.kind in "NF" else models[:1]
    tried = _converted(text, target.kind, used, True)
    return Frag(f"({text} IS NULL OR {tried} IS NOT NULL)", types.NUMBER)
