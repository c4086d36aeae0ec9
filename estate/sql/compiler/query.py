# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Query blocks and what joins them: SELECT, set operations, WITH, row limits."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from estate.sql.compiler.aggregates import has_aggregate
from estate.sql.compiler.core import Compiler, Frag, OutColumn, Query, Scope, identifier, position
from estate.sql.compiler.grouping import Stage, group_key, split_group
from estate.sql.compiler.hierarchy import Hierarchy
from estate.sql.compiler.limits import apply_limit, rownum_limit
from estate.sql.compiler.names import star_fields
from estate.sql.compiler.shapes import conjuncts, mentions, nests_aggregates, squeezed
from estate.sql.compiler.sources import FromClause, FromCompiler, outer_joined
from estate.sql.compiler.windows import ordering
from estate.sql.errors import ora, unsupported

REFUSED_CLAUSES = {
    "match": "MATCH_RECOGNIZE clause",
    "windows": "WINDOW clause",
    "cluster": "CLUSTER BY",
    "distribute": "DISTRIBUTE BY",
    "sort": "SORT BY",
    "qualify": "QUALIFY",
    "prewhere": "PREWHERE",
}


def compile_query(
    compiler: Compiler, node: Any, parent: Scope | None, *, inline: bool = False, top: bool = False
) -> Query:
    """Compile any query. ``inline``: a row source, its order must survive; ``top``: for the client, all digits."""
    if isinstance(node, exp.Subquery):
        return _wrapped(compiler, node, parent, inline, top)
    scope = Scope(parent=parent)
    prefix = _with(compiler, node, scope)
    holder = scope if scope.ctes else parent
    if isinstance(node, exp.SetOperation):
        from estate.sql.compiler.setops import compile_set

        query = compile_set(compiler, node, holder)
    elif isinstance(node, exp.Select):
        query = Block(compiler, node, holder, top).compile()
    elif isinstance(node, exp.Values) and compiler.version >= 23:
        query = Block(compiler, exp.select("*").from_(node.copy()), holder, top).compile()
    else:
        raise ora(900 if isinstance(node, exp.Values) else 928, position=position(node))
    if prefix:
        query.sql = f"{prefix} {query.sql}"
    limited = node.args.get("limit") is not None or node.args.get("offset") is not None
    if inline and node.args.get("order") is not None and not limited and " LIMIT " not in query.sql[-40:]:
        query.sql += " LIMIT -1"
    return query


def _wrapped(compiler: Compiler, node: exp.Subquery, parent: Scope | None, inline: bool, top: bool) -> Query:
    """(query), possibly with ORDER BY and FETCH after the parenthesis."""
    inner = node.this
    if isinstance(inner, exp.Table):
        raise ora(928, position=position(inner))
    outer = {key: node.args[key] for key in ("order", "limit", "offset", "with_") if node.args.get(key) is not None}
    if not outer:
        return compile_query(compiler, inner, parent, inline=inline, top=top)
    bare = exp.Subquery(this=inner)
    select = exp.Select(expressions=[exp.Star()], from_=exp.From(this=bare), **outer)
    return compile_query(compiler, select, parent, inline=inline, top=top)


def _with(compiler: Compiler, node: Any, scope: Scope) -> str:
    clause = node.args.get("with_")
    if clause is None:
        return ""
    from estate.sql.compiler.ctes import compile_with

    return compile_with(compiler, clause, scope)


class Block:
    """One SELECT ... FROM ... WHERE ... GROUP BY ... ORDER BY."""

    def __init__(self, compiler: Compiler, node: exp.Select, parent: Scope | None, top: bool) -> None:
        self.compiler, self.node, self.top = compiler, node, top
        self.scope = Scope(parent=parent)
        self.source = ""
        self.where: list[str] = []
        self.limit: str | None = None
        self.having = ""
        self.group = ""
        self.tail = ""
        self.default_order: str | None = None
        self.names: list[OutColumn] = []
        self.frags: list[Frag] = []
        self.clause = FromClause()
        self.items: list[Any] = list(node.expressions)
        self.sets: list[tuple[int, ...]] = [()]
        self.text = ""

    def compile(self) -> Query:
        """The block's SQLite text."""
        self._check_clauses()
        tests = self._from()
        self.scope.aggregates = self.scope.windows = False
        self._where(tests)
        self._grouping()
        self._projections()
        order = self._order()
        return self._assembled(order)

    def _check_clauses(self) -> None:
        for key, name in REFUSED_CLAUSES.items():
            if self.node.args.get(key):
                raise unsupported(name)
        if self.node.args.get("into"):
            raise ora(905)
        if isinstance(self.node.args.get("limit"), exp.Limit):
            raise ora(933)
        if not self.items:
            raise ora(936, position=7)
        if any(isinstance(one, exp.Star) for one in self.items) and len(self.items) > 1:
            raise ora(
                923 if isinstance(self.items[0], exp.Star) else 936,
                position=int(self.items[1].meta.get("span", (0,))[0]),
            )

    def _from(self) -> list[Any]:
        """Compile FROM and CONNECT BY; the conjuncts of WHERE that remain."""
        if self.node.args.get("from_") is None:
            if self.compiler.version < 23:
                raise ora(923, position=len(self.compiler.text))
            self.clause.dual = True
            return conjuncts(self.node.args["where"].this) if self.node.args.get("where") else []
        self.clause = FromCompiler(self.compiler, self.scope).compile(self.node)
        self.source = self.clause.text
        tests = conjuncts(self.node.args["where"].this) if self.node.args.get("where") else []
        marked = [test for test in tests if any(one.args.get("join_mark") for one in test.find_all(exp.Column))]
        if marked:
            self.source = outer_joined(self.compiler, self.scope, self.clause, marked)
            tests = [test for test in tests if not any(test is one for one in marked)]
        if self.node.args.get("sample") is not None:
            raise ora(933)
        connect = self.node.args.get("connect")
        return self._hierarchy(connect, tests) if connect is not None else tests

    def _hierarchy(self, connect: exp.Connect, tests: list[Any]) -> list[Any]:
        """Rows of CONNECT BY replace those of FROM; only join conditions of WHERE come before it."""
        joins = [test for test in tests if len(self.clause.sources) > 1 and self._joins(test)]
        base = [self.compiler.condition(test, self.scope) for test in joins]
        hierarchy = Hierarchy(self.compiler, self.scope, connect, self.node.args.get("order"))
        hierarchy.build(self.source, [*self.where, *base], simple=self.clause.dual and len(self.clause.sources) == 1)
        self.where = []
        self.scope.hierarchy = hierarchy
        self.default_order = hierarchy.order
        return [test for test in tests if not any(test is one for one in joins)]

    def _joins(self, test: Any) -> bool:
        refs = set()
        for column in test.find_all(exp.Column):
            name, table = identifier(column.this), identifier(column.args.get("table")) or None
            refs |= {source.ref for source in self.scope.sources
                     if name in source.index and (table is None or source.answers(None, table))}
        return len(refs) > 1

    def _where(self, tests: list[Any]) -> None:
        counted = [test for test in tests if mentions(test, "ROWNUM")]
        for test in tests:
            if not any(test is one for one in counted):
                self.where.append(self.compiler.condition(test, self.scope))
        used = bool(counted) or any(mentions(one, "ROWNUM") for one in self.items) or self._rownum_elsewhere()
        if used:
            self._count_rows(counted)

    def _rownum_elsewhere(self) -> bool:
        return any(self.node.args.get(key) is not None and mentions(self.node.args[key], "ROWNUM")
                   for key in ("order", "group", "having"))

    def _count_rows(self, counted: list[Any]) -> None:
        """ROWNUM: a LIMIT where that says it, else rows are numbered in an inner query."""
        limits: list[str] = []
        general: list[Any] = []
        for test in counted:
            found = rownum_limit(self.compiler, test, self.scope)
            if found is None:
                general.append(test)
            else:
                limits.append(found)
        self.limit = None if not limits else limits[0] if len(limits) == 1 else f"min({', '.join(limits)})"
        plain = not general and not any(self.node.args.get(key) for key in ("order", "group", "distinct", "having"))
        aggregated = any(has_aggregate(one) or one.find(exp.Window) for one in self.items)
        if plain and not aggregated:
            by = f"ORDER BY {self.default_order}" if self.default_order else ""
            self.scope.rownum = f"row_number() OVER ({by})"
            return
        self._rebase()
        if general:
            if self.scope.parent is not None and self.scope.parent.sources:
                raise unsupported("this ROWNUM condition in a correlated subquery")
            number = self.compiler.serial
            self.scope.rownum = f"o_rn_peek({number})"
            text = " AND ".join(self.compiler.condition(test, self.scope) for test in general)
            self.where.append(f"o_rn_take({number}, {text})")
            self._rebase()

    def _rebase(self) -> None:
        """Move what is compiled so far into an inner query with numbered rows."""
        ref = self.compiler.fresh()
        columns: list[str] = []
        for source in self.scope.sources:
            for one in (*source.fields, *source.hidden):
                columns.append(f"{one.sql} AS f{len(columns)}")
                one.sql = f"{ref}.f{len(columns) - 1}"
            if source.rowid:
                columns.append(f"{source.rowid} AS f{len(columns)}")
                source.rowid = f"{ref}.f{len(columns) - 1}"
        for name, frag in list(self.scope.shared.items()):
            columns.append(f"{frag.sql} AS f{len(columns)}")
            self.scope.shared[name] = Frag(f"{ref}.f{len(columns) - 1}", frag.type)
        if self.scope.hierarchy is not None:
            columns += self.scope.hierarchy.rebased(ref, len(columns))
        columns.append("row_number() OVER () AS rn")
        self.scope.rownum = f"{ref}.rn"
        limit = f" LIMIT {self.limit}" if self.limit else " LIMIT -1"
        order = f" ORDER BY {self.default_order}" if self.default_order else ""
        inner = f"SELECT {', '.join(columns)} {self._from_where()}{order}{limit}"
        self.source, self.where, self.limit = f"({inner}) AS {ref}", [], None
        if self.scope.hierarchy is not None:
            self.scope.hierarchy.pending = False
        self.default_order = f"{ref}.rn" if order else None

    def _from_where(self) -> str:
        hierarchy = self.scope.hierarchy
        source = hierarchy.text() if hierarchy is not None and hierarchy.pending else self.source
        text = f"FROM {source}" if source else ""
        if self.where:
            text += " WHERE " + " AND ".join(self.where)
        return text

    def _grouping(self) -> None:
        self.scope.aggregates = self.scope.windows = True
        group, having = self.node.args.get("group"), self.node.args.get("having")
        order = self.node.args.get("order")
        grouped = group is not None
        aggregated = any(has_aggregate(one) for one in self.items) or (order is not None and has_aggregate(order))
        if not grouped and having is None and not aggregated:
            return
        if self.compiler.version >= 23:
            group, having = (one if one is None else self._aliased(one) for one in (group, having))
        keys, nodes, sets = self._keys(group) if group is not None else ([], [], [()])
        nested = any(nests_aggregates(one) for one in self.items)
        if nested and not grouped:
            raise ora(978)
        staged = len(sets) > 1 or sets[0] != tuple(range(len(keys))) or nested
        self.scope.stage = Stage(
            keys, nodes, grouped=grouped, ref=self.compiler.fresh("g") if staged else None, nested=nested
        )
        if having is not None:
            self.scope.windows = False
            self._having(having, nested)
            self.scope.windows = True
        self.sets = sets
        if grouped and not keys and not aggregated:
            self.group = " GROUP BY NULL"
        if not staged and keys:
            self.group = " GROUP BY " + ", ".join(group_key(key) for key in keys)

    def _keys(self, group: Any) -> tuple[list[Frag], list[Any], list[tuple[int, ...]]]:
        self.scope.aggregates = self.scope.windows = False
        try:
            found = split_group(self.compiler, group, self.scope)
        finally:
            self.scope.aggregates = self.scope.windows = True
        if not found[0] and not any(isinstance(one, (exp.GroupingSets, exp.Rollup, exp.Cube, exp.Tuple))
                                    for one in group.expressions):
            raise ora(936, position=len(self.compiler.text))
        return found

    def _aliased(self, node: Any) -> Any:
        """23ai: GROUP BY and HAVING know the aliases of the select list."""
        aliases = {identifier(one.args["alias"]): one.this for one in self.items if isinstance(one, exp.Alias)}
        known = {name for source in self.scope.sources for name in source.index}

        def swap(one: Any) -> Any:
            plain = isinstance(one, exp.Column) and one.args.get("table") is None
            name = identifier(one.this) if plain else None
            return aliases[name].copy() if name in aliases and name not in known else one

        return node.transform(swap)

    def _having(self, having: Any, nested: bool) -> None:
        stage = self.scope.stage
        if not nested or stage is None:
            self.having = self.compiler.condition(having.this, self.scope)
            return
        # HAVING concerns the groups, which are those of the inner query.
        ref, stage.ref, stage.depth, stage.nested = stage.ref, None, 1, False
        self.having = self.compiler.condition(having.this, self.scope)
        stage.ref, stage.depth, stage.nested = ref, 0, True

    def _projections(self) -> None:
        for item in self.items:
            if isinstance(item, exp.Star):
                self._star(None, None, 0)
            elif isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
                self._star(identifier(item.args.get("db")) or None, identifier(item.args.get("table")), position(item))
            else:
                self._projection(item)

    def _star(self, owner: str | None, table: str | None, at: int) -> None:
        fields = star_fields(self.scope, owner, table, at)
        if not fields:
            raise ora(936 if self.node.args.get("from_") is None else 903, position=at)
        for name, frag in self.scope.shared.items() if table is None else ():
            self._emit(name, Frag(frag.sql, frag.type), True)
        for source, one in fields:
            if table is None and one.name in source.merged:
                continue
            frag = Frag(one.sql, one.type, nullable=one.nullable)
            if self.scope.stage is not None:
                frag = self.scope.stage.column(frag, at)
            self._emit(one.name, frag, one.nullable)

    def _projection(self, item: Any) -> None:
        node = item.this if isinstance(item, exp.Alias) else item
        frag = self.compiler.value(node, self.scope)
        if isinstance(item, exp.Alias):
            name = identifier(item.args["alias"])
        elif isinstance(item, exp.Column) and not item.this.args.get("join_mark"):
            name = identifier(item.this)
        else:
            name = self._default_name(item)
        self._emit(name, frag, frag.nullable)

    def _default_name(self, item: Any) -> str:
        start, end = item.meta.get("span", (0, -1))
        text = self.compiler.text[start:end + 1]
        return squeezed(text)

    def _emit(self, name: str, frag: Frag, nullable: bool) -> None:
        self.names.append(OutColumn(name, frag.type, nullable))
        self.frags.append(frag)

    def _order(self) -> list[str]:
        node = self.node.args.get("order")
        if node is None or node.args.get("siblings"):
            if node is not None and self.scope.hierarchy is None:
                raise ora(30929)
            return []
        self.scope.aliases = {}
        seen: dict[str, int] = {}
        for name, frag in zip(self.names, self.frags, strict=False):
            seen[name.name] = seen.get(name.name, 0) + 1
            self.scope.aliases[name.name] = frag
        for label, count in seen.items():
            if count > 1:
                del self.scope.aliases[label]
        terms = [self._order_term(one) for one in node.expressions]
        self.scope.aliases = None
        return terms

    def _order_term(self, node: exp.Ordered) -> str:
        target = node.this
        if isinstance(target, exp.Literal) and not target.is_string:
            place = int(target.this) if str(target.this).isdigit() else 0
            if not 1 <= place <= len(self.frags):
                raise ora(1785, position=position(target))
            frag = self.frags[place - 1]
        else:
            frag = self.compiler.value(target, self.scope)
        if frag.type.is_lob:
            raise ora(932, "-", frag.type.name, position=position(target))
        same = next((index for index, one in enumerate(self.frags) if one.sql == frag.sql), None)
        if same is None and self.node.args.get("distinct") and not frag.constant:
            raise ora(1791, position=position(target))
        if same is not None and not (self.top and frag.exact) and frag.kind not in "IYZ":
            return ordering(str(same + 1), node)
        text = {"I": "o_isort({})", "Y": "o_isort({})", "Z": "substr({}, 1, 26)"}.get(frag.kind, "{}").format(frag.sql)
        return ordering(f"+{text}" if frag.constant else text, node)

    def _assembled(self, order: list[str]) -> Query:
        stage = self.scope.stage
        distinct = "DISTINCT " if self.node.args.get("distinct") else ""
        shown = [frag.precise if self.top else frag.sql for frag in self.frags]
        if distinct:
            for frag in self.frags:
                if frag.type.is_lob:
                    raise ora(932, "-", frag.type.name)
        columns = ", ".join(f"{text} AS c{index + 1}" for index, text in enumerate(shown))
        if stage is not None and stage.ref is not None:
            inner = stage.inner(self.sets, self._from_where(), self.having if stage.nested else "")
            self.having = "" if stage.nested else self.having
            body = f"FROM ({inner}) AS {stage.ref}" + (f" WHERE {self.having}" if self.having else "")
        else:
            body = self._from_where() + self.group + (f" HAVING {self.having}" if self.having else "")
        if not order and self.default_order and stage is None and not distinct:
            order = [self.default_order]
        text = f"SELECT {distinct}{columns} {body}".rstrip()
        single = self._single(stage)
        query = Query(text, self.names, single=single)
        return apply_limit(self.compiler, query, self.node, self.scope, order, self.limit, [] if distinct else shown)

    def _single(self, stage: Stage | None) -> bool:
        if stage is not None and not stage.keys and (stage.ref is None or stage.nested):
            return True
        if stage is not None and stage.nested:
            return True
        return (self.clause.dual and self.scope.hierarchy is None) or self.limit == "1"
