# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CONNECT BY: hierarchical queries as recursive common table expressions, walked depth first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlglot import exp

from estate.sql import types
from estate.sql.compiler.coerce import to_kind
from estate.sql.compiler.core import Compiler, Field, Frag, Scope, Source, expression, position
from estate.sql.compiler.shapes import mentions
from estate.sql.compiler.windows import ordering
from estate.sql.errors import ora, unsupported

WIDTH = 10


class Hierarchy:
    """The rows of one CONNECT BY: base rows b, reached rows h, and the final source."""

    def __init__(self, compiler: Compiler, scope: Scope, connect: exp.Connect, order: Any) -> None:
        self.compiler, self.scope, self.connect = compiler, scope, connect
        self.siblings = order if order is not None and order.args.get("siblings") else None
        self.ref, self.base, self.rows = compiler.fresh(), compiler.fresh("b"), compiler.fresh("h")
        self.fields: list[Field] = [one for source in scope.sources for one in (*source.fields, *source.hidden)]
        self.rowids: list[tuple[Source, int]] = []
        for source in scope.sources:
            if source.rowid:
                self.rowids.append((source, len(self.fields)))
                self.fields.append(Field("ROWID", source.rowid, types.ROWID))
        self.shared = [(name, len(self.fields) + index) for index, name in enumerate(scope.shared)]
        self.fields += [Field(name, frag.sql, frag.type) for name, frag in scope.shared.items()]
        self.extras: list[tuple[str, str]] = []
        self.stage = "final"
        self.pending = True
        self.uses_prior = connect.args["connect"].find(exp.Prior) is not None
        self.nocycle = bool(connect.args.get("nocycle"))
        self.pseudo = {"LEVEL": f"{self.ref}.lvl", "CONNECT_BY_ISLEAF": f"{self.ref}.leaf",
                       "CONNECT_BY_ISCYCLE": f"{self.ref}.cyc"}
        self.order: str | None = f"{self.ref}.path"
        self.simple = False
        self.base_sql = self.start = self.test = ""

    def build(self, source: str, where: list[str], simple: bool) -> None:
        """Compile START WITH and CONNECT BY; afterwards the fields point at the final rows."""
        self.scope.hierarchy = self
        self.simple = simple and not self.uses_prior and not self.connect.args.get("start") and not self._looks_ahead()
        self.base_sql = self._base_text(source, where)
        start = self.connect.args.get("start")
        with self.view("start"):
            self.start = self.compiler.condition(start, self.scope) if start is not None else "1"
        with self.view("step"):
            saved, self.scope.rownum = self.scope.rownum, f"({self.rows}.lvl + 1)" if self.simple else None
            self.test = self.compiler.condition(self.connect.args["connect"], self.scope)
            self.scope.rownum = saved
        self._point(self.ref)
        if self.simple:
            self.order = None

    def _looks_ahead(self) -> bool:
        select = self.connect.parent
        return select is not None and any(mentions(one, name) for one in select.iter_expressions()
                                          for name in ("CONNECT_BY_ISLEAF", "CONNECT_BY_ISCYCLE"))

    def _base_text(self, source: str, where: list[str]) -> str:
        columns = [f"{one.sql} AS f{index}" for index, one in enumerate(self.fields)]
        keys = ""
        if self.siblings is not None:
            terms = [ordering(self.compiler.value(one.this, self.scope).sql, one) for one in self.siblings.expressions]
            keys = f"ORDER BY {', '.join(terms)}"
        columns.append(f"row_number() OVER ({keys}) AS rn")
        test = f" WHERE {' AND '.join(where)}" if where else ""
        return f"SELECT {', '.join(columns)} FROM {source}{test}"

    def _point(self, ref: str) -> None:
        for index, one in enumerate(self.fields):
            one.sql = f"{ref}.f{index}"
        self._point_others()

    def _point_others(self) -> None:
        for source, index in self.rowids:
            source.rowid = self.fields[index].sql
        for name, index in self.shared:
            self.scope.shared[name] = Frag(self.fields[index].sql, self.fields[index].type)

    @contextmanager
    def view(self, stage: str) -> Iterator[None]:
        """Let the columns mean base rows (start, step) or their parents (prior)."""
        before = self.stage, [one.sql for one in self.fields]
        self.stage = stage
        self._point(self.rows if stage == "prior" else self.base)
        try:
            yield
        finally:
            self.stage = before[0]
            for one, sql in zip(self.fields, before[1], strict=False):
                one.sql = sql
            self._point_others()

    def pseudocolumn(self, name: str) -> Frag:
        """LEVEL, CONNECT_BY_ISLEAF, CONNECT_BY_ISCYCLE at the present stage."""
        if self.stage == "start" and name == "LEVEL":
            return Frag("1", types.NUMBER)
        if self.stage == "step" and name == "LEVEL":
            return Frag(f"({self.rows}.lvl + 1)", types.NUMBER)
        if self.stage == "prior" and name == "LEVEL":
            return Frag(f"{self.rows}.lvl", types.NUMBER)
        if self.stage != "final":
            raise ora(976)
        if name == "CONNECT_BY_ISCYCLE" and not self.nocycle:
            raise ora(30930)
        return Frag(self.pseudo[name], types.NUMBER)

    def prior(self, node: Any, scope: Scope) -> Frag:
        """PRIOR x: the parent's value."""
        if self.stage == "step":
            with self.view("prior"):
                return self.compiler.value(node, scope)
        with self.view("prior"):
            found = self.compiler.value(node, scope)
        return self._carried("NULL", found.sql, found.type)

    def root(self, node: Any, scope: Scope) -> Frag:
        """CONNECT_BY_ROOT x: the root's value."""
        with self.view("start"):
            found = self.compiler.value(node, scope)
        return self._carried(found.sql, None, found.type)

    def path(self, compiler: Compiler, node: Any, scope: Scope) -> Frag:
        """SYS_CONNECT_BY_PATH(x, separator)."""
        mark = node.expressions[1]
        if not isinstance(mark, exp.Literal) or not mark.is_string:
            raise ora(30003, position=position(node))
        separator = compiler.value(mark, scope).sql
        parts = []
        for stage in ("start", "step"):
            with self.view(stage):
                value = to_kind(compiler.value(node.expressions[0], scope), "S")
            parts.append(f"{separator}||coalesce({value.sql}, '')")
        return self._carried(parts[0], "{self}||" + parts[1], types.VARCHAR)

    def _carried(self, first: str, step: str | None, kind: types.SqlType) -> Frag:
        """A column carried along; ``step`` None keeps it, {self} stands for the parent's."""
        if not self.pending:
            raise unsupported(
                "PRIOR, CONNECT_BY_ROOT or SYS_CONNECT_BY_PATH beside ROWNUM in an ordered or grouped query"
            )
        pair = (first, step if step is not None else "{self}")
        if pair not in self.extras:
            self.extras.append(pair)
        index = self.extras.index(pair)
        return Frag(f"{self.ref}.x{index}", kind)

    def text(self) -> str:
        """The final row source."""
        if self.simple:
            return self._simple_text()
        base, rows = self.base, self.rows
        names = [f"f{index}" for index in range(len(self.fields))]
        extras = [f"x{index}" for index in range(len(self.extras))]
        mark = f"printf('.%0{WIDTH}d', {base}.rn)"
        columns = ", ".join([*names, "rn", "lvl", "path", *extras])
        first = ", ".join(
            [*(f"{base}.{name}" for name in names), f"{base}.rn", "1", mark, *(one for one, _ in self.extras)]
        )
        carried = [step.replace("{self}", f"{rows}.x{index}") for index, (_, step) in enumerate(self.extras)]
        step = ", ".join(
            [*(f"{base}.{name}" for name in names), f"{base}.rn", f"{rows}.lvl + 1", f"{rows}.path||{mark}", *carried]
        )
        cycle = self._cycle_test(f"instr({rows}.path, {mark})")
        looped = self._is_cycle(mark)
        leaf = "CASE WHEN lead(lvl) OVER (ORDER BY path) > lvl THEN 0 ELSE 1 END"
        return (f"(WITH RECURSIVE {base} AS MATERIALIZED ({self.base_sql}), {rows}({columns}) AS ("
                f"SELECT {first} FROM {base} WHERE {self.start} UNION ALL "
                f"SELECT {step} FROM {rows} JOIN {base} ON {self.test}{cycle}) "
                f"SELECT {rows}.*, {leaf} AS leaf, {looped} AS cyc FROM {rows}) AS {self.ref}")

    def _cycle_test(self, found: str) -> str:
        if not self.uses_prior:
            return ""
        if self.nocycle:
            return f" AND {found} = 0"
        return f" AND CASE WHEN {found} > 0 THEN o_raise(1436) ELSE 1 END"

    def _is_cycle(self, mark: str) -> str:
        if not (self.nocycle and self.uses_prior):
            return "0"
        return (f"EXISTS (SELECT 1 FROM {self.base} WHERE {self.test} AND instr({self.rows}.path, {mark}) > 0)")

    def _simple_text(self) -> str:
        """One base row and no PRIOR: a counter."""
        names = [f"f{index}" for index in range(len(self.fields))]
        extras = [f"x{index}" for index in range(len(self.extras))]
        columns = ", ".join([*names, "lvl", *extras])
        base, rows = self.base, self.rows
        first = ", ".join([*(f"{base}.{name}" for name in names), "1", *(one for one, _ in self.extras)])
        carried = [step.replace("{self}", f"{rows}.x{index}") for index, (_, step) in enumerate(self.extras)]
        step = ", ".join([*(f"{base}.{name}" for name in names), f"{rows}.lvl + 1", *carried])
        return (f"(WITH RECURSIVE {base} AS MATERIALIZED ({self.base_sql}), {rows}({columns}) AS ("
                f"SELECT {first} FROM {base} UNION ALL SELECT {step} FROM {rows} JOIN {base} ON {self.test}) "
                f"SELECT {rows}.* FROM {rows}) AS {self.ref}")

    def rebased(self, ref: str, used: int) -> list[str]:
        """Columns that an inner query with numbered rows must carry; afterwards names point at it."""
        columns: list[str] = []
        for name, sql in list(self.pseudo.items()):
            if self.simple and name != "LEVEL":
                continue
            columns.append(f"{sql} AS f{used + len(columns)}")
            self.pseudo[name] = f"{ref}.f{used + len(columns) - 1}"
        return columns


@expression(exp.Prior)
def prior(compiler: Compiler, node: exp.Prior, scope: Scope) -> Frag:
    """PRIOR x."""
    return _hierarchy(scope, node).prior(node.this, scope)


@expression(exp.ConnectByRoot)
def connect_by_root(compiler: Compiler, node: exp.ConnectByRoot, scope: Scope) -> Frag:
    """CONNECT_BY_ROOT x."""
    return _hierarchy(scope, node).root(node.this, scope)


def _hierarchy(scope: Scope, node: Any) -> Hierarchy:
    hierarchy = scope.connected()
    if hierarchy is None:
        raise ora(1788, position=position(node))
    return hierarchy
