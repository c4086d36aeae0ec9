# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""FROM: tables, views, inline views, joins of both kinds, LATERAL, PIVOT."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from estate.sql import types
from estate.sql.compiler.coerce import compared
from estate.sql.compiler.core import Compiler, Field, Frag, OutColumn, Scope, Source, identifier, position, quote
from estate.sql.compiler.document_tables import document_table, is_document_table
from estate.sql.compiler.table_functions import table_call
from estate.sql.compiler.virtual import stored_fields, table_fields
from estate.sql.errors import ora, unsupported
from estate.sql.types import SqlType


@dataclass
class FromClause:
    """The compiled FROM: one text, the join conditions of (+) taken out of WHERE."""

    text: str = ""
    sources: list[Source] = field(default_factory=list)
    dual: bool = False
    ansi: bool = False


def derived(ref: str, columns: list[OutColumn], alias: str | None, table: str | None = None) -> Source:
    """A source over a compiled query's columns c1, c2 ..."""
    fields = [Field(one.name, f"{ref}.c{index + 1}", one.type, one.nullable) for index, one in enumerate(columns)]
    return Source(alias, table, None, ref, fields)


class FromCompiler:
    """Compiles the FROM clause of one block into its scope."""

    def __init__(self, compiler: Compiler, scope: Scope) -> None:
        self.compiler, self.scope = compiler, scope
        self.clause = FromClause()

    def compile(self, node: exp.Select) -> FromClause:
        """All items and joins."""
        first = node.args["from_"].this
        text = self.item(first)
        joins = list(node.args.get("joins") or ()) + list(node.args.get("laterals") or ())
        for join in joins:
            text = self.join(text, join)
        self.clause.text = text
        return self.clause

    def add(self, source: Source) -> None:
        """Make a source visible."""
        self.scope.sources.append(source)
        self.clause.sources.append(source)

    def item(self, node: Any) -> str:
        """One item, with joins that hang on it."""
        pivots = node.args.get("pivots")
        if pivots:
            return self._pivoted(node, pivots)
        text = self._plain(node)
        for join in node.args.get("joins") or ():
            text = self.join(text, join)
        return text

    def _plain(self, node: Any) -> str:
        if isinstance(node, exp.Table):
            return self.table(node)
        if isinstance(node, exp.Subquery):
            if isinstance(node.this, (exp.Table, exp.Subquery)) and not isinstance(node.this, exp.Select):
                inner = self._nested(node)
                if inner is not None:
                    return inner
            return self._inline(node)
        if isinstance(node, exp.Lateral):
            return self.lateral(node)
        if isinstance(node, exp.Values):
            return self._values(node)
        raise unsupported(f"{type(node).__name__.upper()} in FROM", position(node))

    def _nested(self, node: exp.Subquery) -> str | None:
        """(a JOIN b ON ...) and ((query))."""
        if isinstance(node.this, exp.Table) or node.this.args.get("joins"):
            return f"({self.item(node.this)})"
        return None

    def _inline(self, node: exp.Subquery) -> str:
        from estate.sql.compiler.query import compile_query

        alias = node.args.get("alias")
        name = identifier(alias.this) if alias is not None and alias.this is not None else None
        query = compile_query(self.compiler, node, self.scope.parent or Scope(ctes=self.scope.ctes), inline=True)
        ref = self.compiler.fresh()
        columns = self._renamed(query.columns, alias)
        self.add(derived(ref, columns, name))
        return f"({query.sql}) AS {ref}"

    def _renamed(self, columns: list[OutColumn], alias: Any) -> list[OutColumn]:
        names = list(alias.args.get("columns") or ()) if alias is not None else []
        if not names:
            return columns
        raise ora(933, position=position(alias))

    def _values(self, node: exp.Values) -> str:
        if self.compiler.version < 23:
            raise ora(903, position=position(node))
        rows = [row.expressions if isinstance(row, exp.Tuple) else [row] for row in node.expressions]
        table = [[self.compiler.value(one, self.scope) for one in row] for row in rows]
        parts = [", ".join(f"{frag.sql} AS c{index + 1}" for index, frag in enumerate(row)) for row in table]
        alias = node.args.get("alias")
        names = [identifier(getattr(one, "this", one)) if not isinstance(one, exp.Identifier) else identifier(one)
                 for one in (alias.args.get("columns") or ())] if alias is not None else []
        kinds = [types.merge(row[index].type for row in table) for index in range(len(table[0]))]
        columns = [OutColumn(names[index] if index < len(names) else f"COLUMN{index + 1}", kind)
                   for index, kind in enumerate(kinds)]
        ref = self.compiler.fresh()
        self.add(derived(ref, columns, identifier(alias.this) if alias is not None else None))
        return "(" + " UNION ALL ".join("SELECT " + part for part in parts) + f") AS {ref}"

    def table(self, node: exp.Table) -> str:
        """A table, view, WITH element or TABLE(...)."""
        if is_document_table(node):
            return document_table(self.compiler, self.scope, self.add, node)
        collection = table_call(self.compiler, node, self.scope)
        if collection is not None:
            self.add(collection[1])
            return collection[0]
        self._check_table(node)
        name, owner = identifier(node.this), identifier(node.args.get("db")) or None
        alias_node = node.args.get("alias")
        alias = identifier(alias_node.this) if alias_node is not None and alias_node.this is not None else None
        if alias_node is not None and alias_node.args.get("columns"):
            raise ora(933, position=position(alias_node))
        ref = self.compiler.fresh()
        cte = self.scope.cte(name) if owner is None else None
        if cte is not None:
            self.add(derived(ref, cte.columns, alias, name))
            return f"{cte.ref} AS {ref}"
        if name == "DUAL" and owner in (None, "SYS", "PUBLIC"):
            return self._dual(ref, alias)
        return self._relation(node, owner, name, alias, ref)

    def _check_table(self, node: exp.Table) -> None:
        if isinstance(node.this, exp.Func):
            name = str(getattr(node.this, "this", "") or type(node.this).__name__).upper()
            raise unsupported(f"{name}() in FROM", position(node))
        if not isinstance(node.this, exp.Identifier):
            raise ora(903, position=position(node))
        if node.args.get("version") is not None or node.args.get("when") is not None:
            raise unsupported("AS OF (flashback query)", position(node))
        if "@" in str(node.this.this):
            raise ora(2019, position=position(node))

    def _dual(self, ref: str, alias: str | None) -> str:
        self.clause.dual = not self.clause.sources
        fields = [Field("DUMMY", f'{ref}."DUMMY"', SqlType("VARCHAR2", 1))]
        self.add(Source(alias, "DUAL", "SYS", ref, fields, rowid="'AAAAB0AABAAAAOhAAA'"))
        return f"(SELECT 'X' AS \"DUMMY\") AS {ref}"

    def _relation(self, node: exp.Table, owner: str | None, name: str, alias: str | None, ref: str) -> str:
        relation = self.compiler.objects.relation(self.compiler, owner, name, position(node))
        fields = table_fields(self.compiler, relation.columns, ref, relation.virtual)
        hidden = stored_fields(relation.hidden, ref)
        source = relation.source
        real = relation.kind == "TABLE" and not source.startswith("(")
        rowid = f"o_rowid({zlib_id(source)}, {ref}.rowid)" if real else None
        self.add(
            Source(alias, relation.name if owner is None else name, owner or relation.owner, ref, fields, rowid, hidden)
        )
        self.scope.sources[-1].table = name
        text = source if source.startswith("(") else quote(source)
        sample = node.args.get("sample")
        return f"{text} AS {ref}" if sample is None else f"{self._sampled(text, sample, real)} AS {ref}"

    def _sampled(self, text: str, sample: exp.TableSample, real: bool) -> str:
        """SAMPLE (percent): each row with that chance; with SEED the same rows each time."""
        if sample.args.get("percent") is None or not real:
            raise unsupported("SAMPLE of a view", position(sample))
        share = self.compiler.value(sample.args["percent"], Scope())
        seed = sample.args.get("seed")
        start = self.compiler.value(seed, Scope()).sql if seed is not None else "NULL"
        row = self.compiler.fresh()
        return f"(SELECT {row}.rowid, {row}.* FROM {text} AS {row} WHERE o_sampled({row}.rowid, {share.sql}, {start}))"

    def join(self, left: str, node: Any) -> str:
        """One more item: comma, ANSI join, or APPLY."""
        if isinstance(node, exp.Lateral):
            return f"{left}, {self.lateral(node)}"
        kind, side = str(node.args.get("kind") or "").upper(), str(node.args.get("side") or "").upper()
        method = str(node.args.get("method") or "").upper()
        before = list(self.scope.sources)
        if isinstance(node.this, exp.Lateral):
            return self._apply(left, node)
        text = self.item(node.this)
        added = [source for source in self.scope.sources if source not in before]
        if not (kind or side or method or node.args.get("on") or node.args.get("using")):
            return f"{left} JOIN {text}"
        self.clause.ansi = True
        if kind not in ("", "INNER", "OUTER", "CROSS") or method not in ("", "NATURAL"):
            raise ora(905, position=position(node.this))
        if kind == "CROSS":
            return f"{left} JOIN {text}"
        test = self._join_test(node, before, added, side, method)
        word = {"LEFT": "LEFT JOIN", "RIGHT": "RIGHT JOIN", "FULL": "FULL JOIN"}.get(side, "JOIN")
        self._nullable(side, before, added)
        return f"{left} {word} {text} ON {test}"

    def _nullable(self, side: str, before: list[Source], added: list[Source]) -> None:
        for source in (added if side in ("LEFT", "FULL") else []) + (before if side in ("RIGHT", "FULL") else []):
            for one in source.fields:
                one.nullable = True

    def _join_test(self, node: exp.Join, before: list[Source], added: list[Source], side: str, method: str) -> str:
        if node.args.get("on") is not None:
            return self.compiler.condition(node.args["on"], self.scope)
        if node.args.get("using"):
            names = [identifier(getattr(one, "this", one)) if isinstance(one, exp.Column) else identifier(one)
                     for one in node.args["using"]]
        elif method == "NATURAL":
            left = {name for source in before for name in source.index} | set(self.scope.shared)
            names = [one.name for source in added for one in source.fields if one.name in left]
        else:
            raise ora(905, position=position(node.this))
        return self._using(names, before, added, side, "NATURAL" if method else "USING") or "1"

    def _using(self, names: list[str], before: list[Source], added: list[Source], side: str, how: str) -> str:
        tests = []
        for name in names:
            left = self.scope.shared.get(name) or self._only(name, before)
            right = self._only(name, added)
            tests.append("{} = {}".format(*compared([left, right])))
            merged = (
                left.sql
                if side in ("", "LEFT")
                else right.sql
                if side == "RIGHT"
                else f"coalesce({left.sql}, {right.sql})"
            )
            self.scope.shared[name] = Frag(merged, types.merge((left.type, right.type)))
            for source in [*before, *added]:
                if name in source.index:
                    source.merged.add(name)
        return " AND ".join(tests)

    def _only(self, name: str, sources: list[Source]) -> Frag:
        found = [one for source in sources for one in source.index.get(name, ())]
        if not found:
            raise ora(904, f'"{name}"')
        if len(found) > 1:
            raise ora(918)
        return Frag(found[0].sql, found[0].type)

    def lateral(self, node: exp.Lateral) -> str:
        """LATERAL (query): its rows travel as JSON, since SQLite has no lateral subqueries."""
        from estate.sql.compiler.query import compile_query

        if not isinstance(node.this, (exp.Subquery, exp.Select)):
            raise unsupported(f"{type(node.this).__name__.upper()} in FROM", position(node))
        alias = node.args.get("alias")
        query = compile_query(self.compiler, node.this, self.scope, inline=True)
        ref, inner = self.compiler.fresh(), self.compiler.fresh()
        if any(one.type.kind == "R" for one in query.columns):
            raise unsupported("RAW columns of a lateral view", position(node))
        values = ", ".join(f"{inner}.c{index + 1}" for index in range(len(query.columns)))
        fields = [Field(one.name, f"json_extract({ref}.value, '$[{index}]')", one.type)
                  for index, one in enumerate(query.columns)]
        self.add(Source(identifier(alias.this) if alias is not None else None, None, None, ref, fields))
        return f"json_each((SELECT json_group_array(json_array({values})) FROM ({query.sql}) AS {inner})) AS {ref}"

    def _apply(self, left: str, node: exp.Join) -> str:
        inner = node.this
        outer = inner.args.get("cross_apply") is False or bool(inner.args.get("outer"))
        text = self.lateral(inner)
        side = str(node.args.get("side") or "").upper()
        if node.args.get("on") is not None:
            word = "LEFT JOIN" if side == "LEFT" else "JOIN"
            return f"{left} {word} {text} ON {self.compiler.condition(node.args['on'], self.scope)}"
        return f"{left} LEFT JOIN {text} ON 1" if outer or side == "LEFT" else f"{left} JOIN {text}"

    def _pivoted(self, node: Any, pivots: list[Any]) -> str:
        from estate.sql.compiler.pivot import pivoted

        query, name = pivoted(self.compiler, node, pivots, self.scope)
        ref = self.compiler.fresh()
        self.add(derived(ref, query.columns, name))
        return f"({query.sql}) AS {ref}"


def zlib_id(name: str) -> int:
    """A stable object number for ROWIDs of a table."""
    return zlib.crc32(name.encode()) % 90000 + 20000


def outer_joined(compiler: Compiler, scope: Scope, clause: FromClause,
                 marked: list[Any]) -> str:
    """FROM text of a block with (+): marked tables after the others, left-joined."""
    if clause.ansi:
        raise ora(25156)
    texts = [one.strip() for one in split_items(clause.text)]
    by_ref = dict(zip([source.ref for source in clause.sources], texts, strict=False))
    tests: dict[str, list[Any]] = {}
    needs: dict[str, set[str]] = {}
    for test in marked:
        target, others = _sides(scope, test)
        tests.setdefault(target, []).append(test)
        needs.setdefault(target, set()).update(others)
    order = [source.ref for source in clause.sources if source.ref not in tests]
    text = " JOIN ".join(by_ref[ref] for ref in order)
    if not order:
        raise ora(1416)
    waiting = [source.ref for source in clause.sources if source.ref in tests]
    while waiting:
        ready = next((ref for ref in waiting if needs[ref] <= set(order)), None)
        if ready is None:
            raise ora(1416)
        waiting.remove(ready)
        order.append(ready)
        on = " AND ".join(compiler.condition(test, scope) for test in tests[ready])
        text += f" LEFT JOIN {by_ref[ready]} ON {on}"
        for source in clause.sources:
            if source.ref == ready:
                for one in source.fields:
                    one.nullable = True
    return text


def split_items(text: str) -> list[str]:
    """The items of a comma-joined FROM text, at the top level."""
    items, depth, start, at, quoted = [], 0, 0, 0, ""
    while at < len(text):
        letter = text[at]
        if quoted:
            quoted = "" if letter == quoted else quoted
        elif letter in "'\"":
            quoted = letter
        elif letter in "()":
            depth += 1 if letter == "(" else -1
        elif depth == 0 and text.startswith(" JOIN ", at):
            items.append(text[start:at])
            at = start = at + 6
            continue
        at += 1
    return [*items, text[start:]]


def _sides(scope: Scope, test: Any) -> tuple[str, set[str]]:
    """The table that a condition with (+) marks, and the others it names."""
    if isinstance(test, exp.Or):
        raise ora(1719, position=position(test))
    if any(isinstance(part, (exp.Select, exp.Subquery)) for part in test.walk()):
        raise ora(1799, position=position(test))
    marked: set[str] = set()
    others: set[str] = set()
    for column in test.find_all(exp.Column):
        ref = _source_of(scope, column)
        if ref is None:
            continue
        (marked if column.args.get("join_mark") else others).add(ref)
    if len(marked) != 1:
        raise ora(1468, position=position(test))
    target = marked.pop()
    return target, others - {target}


def _source_of(scope: Scope, column: exp.Column) -> str | None:
    name, table = identifier(column.this), identifier(column.args.get("table")) or None
    owner = identifier(column.args.get("db")) or None
    for source in scope.sources:
        if (table is None or source.answers(owner, table)) and name in source.index:
            return source.ref
    return None
