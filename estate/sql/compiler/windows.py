# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Analytic functions: f(...) OVER (PARTITION BY ... ORDER BY ... ROWS|RANGE ...)."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlglot import exp

from estate.api import Context
from estate.sql import types
from estate.sql.compiler.aggregates import AGGREGATE_CALLS, RANKS, _aggregate, aggregate
from estate.sql.compiler.calls import count_checked
from estate.sql.compiler.coerce import comparable, to_kind
from estate.sql.compiler.core import Compiler, Frag, Scope, expression, position
from estate.sql.errors import ora, unsupported
from estate.sql.functions.registry import State, register

NEEDS_ORDER = frozenset((*RANKS, "ROW_NUMBER", "NTILE", "LAG", "LEAD"))
NO_FRAME = NEEDS_ORDER | {"RATIO_TO_REPORT", "LISTAGG", "MEDIAN", "PERCENTILE_CONT", "PERCENTILE_DISC"}
NULLS = (exp.IgnoreNulls, exp.RespectNulls)


@expression(exp.Window)
def window(compiler: Compiler, node: exp.Window, scope: Scope) -> Frag:
    """KEEP makes an aggregate, OVER an analytic function."""
    if str(node.args.get("over")).upper() == "KEEP":
        return aggregate(compiler, node.this, scope, str(node.this.this).upper(), keep=node)
    if not scope.windows or scope.in_aggregate:
        raise ora(30483, position=position(node))
    if node.args.get("alias") is not None:
        raise unsupported("WINDOW clause", position(node))
    return Over(compiler, node, scope).compile()


class Over:
    """One analytic call."""

    def __init__(self, compiler: Compiler, node: exp.Window, scope: Scope) -> None:
        self.compiler, self.node, self.scope = compiler, node, scope
        target = node.this
        self.ignore = isinstance(target, exp.IgnoreNulls)
        target = target.this if isinstance(target, NULLS) else target
        self.keep = target if isinstance(target, exp.Window) else None
        self.within = target.expression if isinstance(target, exp.WithinGroup) else None
        self.call = target.this if isinstance(target, (exp.Window, exp.WithinGroup)) else target
        if not isinstance(self.call, exp.Anonymous):
            raise unsupported(f"{type(self.call).__name__.upper()} OVER", position(node))
        self.name = str(self.call.this).upper()
        self.nodes = [self._unwrapped(one) for one in self.call.expressions]

    def _unwrapped(self, node: Any) -> Any:
        if isinstance(node, NULLS):
            self.ignore = isinstance(node, exp.IgnoreNulls)
            return node.this
        return node

    def compile(self) -> Frag:
        """The call with its window."""
        order = self.node.args.get("order")
        if self.name in NEEDS_ORDER and order is None:
            raise ora(30485, position=position(self.call))
        if self.node.args.get("spec") is not None and (self.name in NO_FRAME or order is None):
            raise ora(30487 if self.name in NO_FRAME else 30486, position=position(self.call))
        if self.name in ("LISTAGG", "RATIO_TO_REPORT", "MEDIAN") and order is not None:
            raise ora(30487, position=position(self.call))
        if self.name == "RATIO_TO_REPORT":
            return self._ratio()
        if self.name in ("FIRST_VALUE", "LAST_VALUE", "NTH_VALUE", "LAG", "LEAD") and self.ignore:
            return self._ignoring_nulls()
        found = self._function()
        tail = f" OVER ({self._window()})"
        return Frag(found.sql + tail, found.type, exact=found.exact + tail if found.exact else None)

    def _function(self) -> Frag:
        if self.name in ("ROW_NUMBER", *RANKS) and self.within is None:
            count_checked(0, 0, len(self.nodes), position(self.call))
            return Frag(f"{self.name.lower()}()", types.NUMBER, nullable=False)
        if self.name == "NTILE":
            return Frag(f"ntile({self._value(0).sql})", types.NUMBER)
        if self.name in ("LAG", "LEAD"):
            return self._neighbour()
        if self.name in ("FIRST_VALUE", "LAST_VALUE", "NTH_VALUE"):
            first = self._value(0)
            more = f", {self._value(1).sql}" if self.name == "NTH_VALUE" else ""
            return Frag(f"{self.name.lower()}({first.sql}{more})", first.type)
        if self.name not in AGGREGATE_CALLS or self.name.startswith("GROUP"):
            raise ora(30484, position=position(self.call))
        return self._aggregate()

    def _aggregate(self) -> Frag:
        distinct = any(isinstance(one, exp.Distinct) for one in self.nodes)
        if distinct:
            if self.name != "COUNT":
                raise unsupported(f"{self.name}(DISTINCT) OVER", position(self.call))
            frag = self.compiler.value(self.nodes[0].expressions[0], self.scope)
            return Frag(f"o_count_distinct({comparable(frag)})", types.NUMBER)
        if self.name == "APPROX_COUNT_DISTINCT":
            return Frag(f"o_count_distinct({comparable(self._value(0))})", types.NUMBER)
        if self._may_be_empty():
            return self._native()
        return _aggregate(self.compiler, self.call, self.scope, self.name, self.within, self.keep)

    def _may_be_empty(self) -> bool:
        spec = self.node.args.get("spec")
        if spec is None:
            return False
        if spec.args.get("exclude"):
            return True
        sides = (str(spec.args.get("start_side") or "").upper(), str(spec.args.get("end_side") or "").upper())
        offset = isinstance(spec.args.get("start"), exp.Expr)
        return sides[1] == "PRECEDING" or (sides[0] == "FOLLOWING" and offset)

    def _native(self) -> Frag:
        """A frame that can be empty takes SQLite's own aggregates: sqlite3 crashes on Python's there."""
        if self.name in ("COUNT", "MIN", "MAX"):
            return _aggregate(self.compiler, self.call, self.scope, self.name, None, None)
        if self.name in ("SUM", "AVG"):
            return Frag(f"{self.name.lower()}({to_kind(self._value(0), 'N').sql})", types.NUMBER)
        raise unsupported(f"{self.name} OVER a window without the current row", position(self.call))

    def _value(self, index: int) -> Frag:
        if index >= len(self.nodes):
            raise ora(909, position=position(self.call))
        return self.compiler.value(self.nodes[index], self.scope)

    def _neighbour(self) -> Frag:
        first = self._value(0)
        parts = [first.sql]
        kind = first.type
        if len(self.nodes) > 1:
            parts.append(to_kind(self._value(1), "N").sql)
        if len(self.nodes) > 2:
            default = to_kind(self._value(2), first.kind)
            kind = types.merge((first.type, default.type))
            parts.append(default.sql)
        return Frag(f"{self.name.lower()}({', '.join(parts)})", kind)

    def _ratio(self) -> Frag:
        value = to_kind(self._value(0), "N").precise
        over = f" OVER ({self._window()})"
        args = f"{value}, nullif(o_sum({value}){over}, 0)"
        return Frag(f"o_div({args})", types.NUMBER, exact=f"x_div({args})")

    def _ignoring_nulls(self) -> Frag:
        if self._may_be_empty():
            raise unsupported(f"{self.name} IGNORE NULLS over a window without the current row", position(self.call))
        first = self._value(0)
        nth = self._value(1).sql if self.name in ("NTH_VALUE", "LAG", "LEAD") and len(self.nodes) > 1 else "1"
        helper = {"LAST_VALUE": "o_last_nn", "LAG": "o_lag_nn", "LEAD": "o_lead_nn"}.get(self.name, "o_first_nn")
        # The frame holds the current row, which the helper leaves out: sqlite3 crashes on a Python aggregate whose
        # first frame is empty.
        frame = {"LAG": "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
                 "LEAD": "ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING"}.get(self.name)
        text = f"{helper}({first.sql}, {nth}) OVER ({self._window(frame)})"
        if len(self.nodes) > 2:
            text = f"coalesce({text}, {to_kind(self._value(2), first.kind).sql})"
        return Frag(text, first.type)

    def _window(self, frame: str | None = None) -> str:
        parts = []
        partition = self.node.args.get("partition_by")
        if partition:
            parts.append(
                "PARTITION BY " + ", ".join(comparable(self.compiler.value(one, self.scope)) for one in partition)
            )
        order, spec = self.node.args.get("order"), self.node.args.get("spec")
        unit = self._range_unit(spec)
        if order is not None:
            parts.append("ORDER BY " + ", ".join(self._ordered(one, unit) for one in order.expressions))
        if frame is not None:
            parts.append(frame)
        elif spec is not None:
            parts.append(self._frame(spec))
        return " ".join(parts)

    def _ordered(self, node: exp.Ordered, unit: str) -> str:
        frag = self.compiler.value(node.this, self.scope)
        text = comparable(frag)
        if unit and frag.kind in "DTZ":
            text = f"o_months({frag.sql})" if unit == "months" else f"o_days({frag.sql})"
        return ordering(text, node)

    def _range_unit(self, spec: Any) -> str:
        """In what a RANGE window with offsets counts datetimes: days or months; empty for other windows."""
        if spec is None or str(spec.args.get("kind")).upper() != "RANGE":
            return ""
        bounds = [spec.args.get(side) for side in ("start", "end") if isinstance(spec.args.get(side), exp.Expr)]
        kinds = {self.compiler.value(one, self.scope).kind for one in bounds}
        if "Y" in kinds and kinds != {"Y"}:
            raise unsupported("RANGE window of months and days", position(self.call))
        return "months" if "Y" in kinds else "days" if kinds else ""

    def _frame(self, spec: Any) -> str:
        kind, exclude = str(spec.args["kind"]).upper(), spec.args.get("exclude")
        if self.compiler.version < 21 and (exclude or kind == "GROUPS"):
            raise ora(907, position=position(self.call))
        tail = f" EXCLUDE {getattr(exclude, 'this', exclude)}".upper() if exclude else ""
        start = self._bound(spec.args["start"], spec.args.get("start_side"))
        if spec.args.get("end") is None:
            return f"{kind} {start}{tail}"
        return f"{kind} BETWEEN {start} AND {self._bound(spec.args['end'], spec.args.get('end_side'))}{tail}"

    def _bound(self, value: Any, side: Any) -> str:
        if isinstance(value, str):
            return f"{value.upper()} {str(side or '').upper()}".strip()
        frag = self.compiler.value(value, self.scope)
        text = {"I": f"(o_isort({frag.sql}) / 86400000000.0)", "Y": f"o_isort({frag.sql})"}.get(frag.kind, frag.sql)
        # SQLite takes no function calls in a frame
        return f"{constant(text) if '(' in text else text} {str(side).upper()}"


def constant(text: str) -> str:
    """The number that an expression without columns and binds is. ORA-30496 for one that is no constant."""
    connection = sqlite3.connect(":memory:")
    try:
        register(connection, State(Context("SYS", "SYS", "19")))
        return repr(connection.execute(f"SELECT {text}").fetchone()[0])
    except sqlite3.Error:
        raise ora(30496) from None
    finally:
        connection.close()


def ordering(text: str, node: exp.Ordered) -> str:
    """One ORDER BY term, NULLs placed as Oracle does."""
    direction = " DESC" if node.args.get("desc") else ""
    return f"{text}{direction} NULLS {'FIRST' if node.args.get('nulls_first') else 'LAST'}"
