# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""MERGE and INSERT ALL: the source rows are laid down once, then each clause runs over them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from estate.sql.compiler.core import Compiler, Field, Frag, Scope, Source, identifier, position, quote
from estate.sql.compiler.query import compile_query
from estate.sql.compiler.sources import FromCompiler
from estate.sql.dml import Done, Target, assignments, insert_columns, inserted, target_of, with_defaults
from estate.sql.errors import ora


@dataclass(slots=True)
class Steps:
    """Source rows into a temporary table, a check, then statements whose counts add up (unless marked silent)."""

    table: str
    source: str
    checks: list[str] = field(default_factory=list)
    statements: list[tuple[str, bool]] = field(default_factory=list)

    def run(self, connection: sqlite3.Connection, values: Sequence[Any]) -> Done:
        """Execute them all."""
        done = Done()
        connection.execute(f"DROP TABLE IF EXISTS temp.{self.table}")
        connection.execute(f"CREATE TEMP TABLE {self.table} AS {self.source}", _used(self.source, values))
        for check in self.checks:
            if connection.execute(check).fetchone():
                raise ora(30926)
        for text, counted in self.statements:
            cursor = connection.execute(text, _used(text, values))
            done.count += max(cursor.rowcount, 0) if counted else 0
        connection.execute(f"DROP TABLE temp.{self.table}")
        return done


def _used(text: str, values: Sequence[Any]) -> Sequence[Any]:
    """As many values as the text's highest numbered place."""
    bare = re.sub(r"'(?:[^']|'')*'|\"[^\"]*\"", "", text)
    return values[:max((int(place) for place in re.findall(r"\?(\d+)", bare)), default=0)]


def _item_scope(compiler: Compiler, node: Any) -> tuple[Scope, str]:
    scope = Scope()
    text = FromCompiler(compiler, scope).item(node)
    return scope, text


def compile_merge(compiler: Compiler, tree: exp.Merge) -> Steps:
    """MERGE INTO target USING source ON (...)."""
    target = target_of(compiler, tree.this, "UPDATE")
    ref, table = compiler.fresh(), compiler.fresh("m_")
    scope, source = _item_scope(compiler, tree.args["using"])
    own = target.source(compiler, ref)
    scope.sources.insert(0, own)
    if tree.args.get("on") is None:
        raise ora(969)
    tests = [compiler.condition(tree.args["on"], scope), *target.fixed_tests(ref)]
    matched = next((one.args["then"] for one in tree.args["whens"].expressions if one.args.get("matched")), None)
    missing = next((one.args["then"] for one in tree.args["whens"].expressions if not one.args.get("matched")), None)
    fields = [one for item in scope.sources[1:] for one in item.fields]
    where = matched.args.get("where") if matched is not None else None
    picked = compiler.condition(where.this, scope) if where is not None else "1"
    columns = ", ".join([f"{one.sql} AS f{index}" for index, one in enumerate(fields)] + [
        f"{ref}.rowid AS trid", f"CASE WHEN {picked} THEN 1 END AS upd"])
    steps = Steps(table, f"SELECT {columns} FROM {source} LEFT JOIN {quote(target.write.table)} AS {ref} ON "
                         f"{' AND '.join(tests)}")
    for index, one in enumerate(fields):
        one.sql = f"{table}.f{index}"
    _check_on(tree, matched, target)
    if matched is not None:
        _matched(compiler, steps, target, ref, scope, matched)
    if missing is not None:
        _missing(compiler, steps, target, scope, missing)
    return steps


def _check_on(tree: exp.Merge, matched: Any, target: Target) -> None:
    """ORA-38104: a column of the ON clause may not be updated."""
    if matched is None:
        return
    joined = {identifier(one.this) for one in tree.args["on"].find_all(exp.Column)
              if identifier(one.args.get("table")) in (target.alias or target.name, "")}
    for one in matched.expressions:
        name = identifier(one.this.this) if isinstance(one, exp.EQ) and isinstance(one.this, exp.Column) else ""
        if name in joined and name in target.columns and _qualified_on(tree, name, target):
            raise ora(38104, f'"{target.alias or target.name}"."{name}"', position=position(one))


def _qualified_on(tree: exp.Merge, name: str, target: Target) -> bool:
    return any(identifier(one.this) == name and identifier(one.args.get("table")) == (target.alias or target.name)
               for one in tree.args["on"].find_all(exp.Column))


def _matched(compiler: Compiler, steps: Steps, target: Target, ref: str, scope: Scope, node: Any) -> None:
    table = steps.table
    sets = assignments(compiler, target, node.expressions, scope)
    steps.checks.append(f"SELECT 1 FROM {table} WHERE upd = 1 AND trid IS NOT NULL GROUP BY trid HAVING count(*) > 1")
    steps.statements.append((f"UPDATE {quote(target.write.table)} AS {ref} SET {', '.join(sets)} FROM {table} "
                             f"WHERE {table}.trid = {ref}.rowid AND {table}.upd = 1", True))
    if node.meta.get("delete") is not None:
        test = compiler.condition(node.meta["delete"].this, scope)
        steps.statements.append(
            (
                f"DELETE FROM {quote(target.write.table)} AS {ref} WHERE EXISTS (SELECT 1 FROM {table} "
                f"WHERE {table}.trid = {ref}.rowid AND {table}.upd = 1 AND {test})",
                False,
            )
        )


def _missing(compiler: Compiler, steps: Steps, target: Target, scope: Scope, node: Any) -> None:
    table = steps.table
    named = node.meta["columns"]
    schema = exp.Schema(expressions=[one.this for one in named]) if named else None
    columns = insert_columns(target, schema)
    nodes = node.meta["values"]
    if len(nodes) != len(columns):
        raise ora(913 if len(nodes) > len(columns) else 947)
    inner = Scope(sources=scope.sources[1:])
    values = [
        inserted(compiler, compiler.value(one, inner), column, target)
        for one, column in zip(nodes, columns, strict=False)
    ]
    names, texts = with_defaults(compiler, target, columns, values)
    where = node.args.get("where")
    test = f" AND {compiler.condition(where.this, inner)}" if where is not None else ""
    listed = ", ".join(quote(name) for name in names)
    steps.statements.append(
        (
            f"INSERT INTO {quote(target.write.table)} ({listed}) SELECT {', '.join(texts)} FROM {table} "
            f"WHERE {table}.trid IS NULL{test}",
            True,
        )
    )


def compile_multi(compiler: Compiler, tree: exp.MultitableInserts) -> Steps:
    """INSERT ALL and INSERT FIRST."""
    query = compile_query(compiler, tree.args["source"], None)
    table = compiler.fresh("m_")
    steps = Steps(table, query.sql)
    fields = [Field(one.name, f"{table}.c{index + 1}", one.type) for index, one in enumerate(query.columns)]
    scope = Scope(sources=[Source(None, None, None, table, fields)])
    first = str(tree.args.get("kind") or "ALL").upper() == "FIRST"
    seen: list[str] = []
    test = ""
    for clause in tree.expressions:
        if clause.args.get("expression") is not None:
            own = compiler.condition(clause.expression, scope)
            test = " AND ".join([own, *(f"NOT coalesce({one}, 0)" for one in seen)]) if first else own
            seen.append(own)
        elif clause.args.get("else_"):
            test = " AND ".join(f"NOT coalesce({one}, 0)" for one in seen)
        steps.statements.append((_into(compiler, clause.this, scope, fields, table, test), True))
    return steps


def _into(compiler: Compiler, node: exp.Insert, scope: Scope, fields: list[Field], table: str, test: str) -> str:
    schema = node.this
    target = target_of(compiler, schema.this if isinstance(schema, exp.Schema) else schema, "INSERT")
    columns = insert_columns(target, schema)
    body = node.expression
    if body is None:
        frags = [Frag(one.sql, one.type) for one in fields]
    else:
        row = body.expressions[0]
        frags = [compiler.value(one, scope) for one in (row.expressions if isinstance(row, exp.Tuple) else [row])]
    if len(frags) != len(columns):
        raise ora(913 if len(frags) > len(columns) else 947)
    values = [inserted(compiler, frag, column, target) for frag, column in zip(frags, columns, strict=False)]
    names, texts = with_defaults(compiler, target, columns, values)
    where = f" WHERE {test}" if test else ""
    listed = ", ".join(quote(name) for name in names)
    return f"INSERT INTO {quote(target.write.table)} ({listed}) SELECT {', '.join(texts)} FROM {table}{where}"
