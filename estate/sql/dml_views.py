# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DML through inline views, and UPDATE ... FROM and DELETE ... FROM (23ai): a query says which rows, and with what."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from estate.sql.compiler import Compiler
from estate.sql.compiler.aggregates import has_aggregate
from estate.sql.compiler.core import Frag, Scope, Source, identifier, position, quote
from estate.sql.compiler.shapes import conjuncts, mentions
from estate.sql.compiler.sources import FromCompiler, outer_joined
from estate.sql.errors import ora, unsupported

NOT_UPDATABLE = ("group", "distinct", "having", "connect", "limit", "offset", "with_")


class Rows:
    """The rows of tables and conditions that a DML statement goes through: FROM, WHERE, and the table it writes."""

    def __init__(self, compiler: Compiler, select: exp.Select, tests: list[Any]) -> None:
        self.compiler, self.scope = compiler, Scope()
        clause = FromCompiler(compiler, self.scope).compile(select)
        if any(mentions(test, "ROWNUM") for test in tests):
            raise unsupported("ROWNUM in DML on a view", position(tests[0]))
        marked = [test for test in tests if any(one.args.get("join_mark") for one in test.find_all(exp.Column))]
        text = outer_joined(compiler, self.scope, clause, marked) if marked else clause.text
        rest = [compiler.condition(test, self.scope) for test in tests if not any(test is one for one in marked)]
        self.text = f"FROM {text}" + (f" WHERE {' AND '.join(rest)}" if rest else "")

    def source(self, node: exp.Table) -> Source:
        """The source that a table of FROM became; ORA-03001 where it has no rows of its own."""
        alias = node.args.get("alias")
        name = identifier(alias.this) if alias is not None and alias.this is not None else identifier(node.this)
        found = next(one for one in self.scope.sources if (one.alias or one.table) == name)
        if found.rowid is None:
            raise unsupported("DML on a view through another view", position(node))
        return found


def updatable(view: exp.Subquery) -> exp.Select:
    """The query of an inline view that DML may go through. ORA-01732 for one with groups, DISTINCT and the like."""
    inner = view.this
    while isinstance(inner, exp.Subquery):
        inner = inner.this
    if not isinstance(inner, exp.Select) or any(inner.args.get(key) for key in NOT_UPDATABLE):
        raise ora(1732, position=position(view))
    if any(has_aggregate(one) for one in inner.expressions):
        raise ora(1732, position=position(view))
    if inner.args.get("options"):
        raise unsupported(f"DML on a view {inner.args['options'][0].this}", position(view))
    return inner


def tables_of(select: exp.Select) -> list[exp.Table]:
    """The tables of FROM, in their order."""
    first = select.args["from_"].this
    items = [first, *(one.this for node in (first, select) for one in node.args.get("joins") or ())]
    if not all(isinstance(one, exp.Table) for one in items):
        raise unsupported("DML on a view over a view", position(items[0]))
    return items


def view_columns(compiler: Compiler, select: exp.Select) -> dict[str, Any]:
    """Name to expression of the view's columns; * stands for itself and gives none."""
    found: dict[str, Any] = {}
    for item in select.expressions:
        node = item.this if isinstance(item, exp.Alias) else item
        if isinstance(item, exp.Alias):
            found[identifier(item.args["alias"])] = node
        elif isinstance(item, exp.Column) and not isinstance(item.this, exp.Star):
            found[identifier(item.this)] = node
    return found


def replaced(node: Any, columns: dict[str, Any], alias: str | None) -> Any:
    """An expression over the view as one over its tables."""

    def swap(one: Any) -> Any:
        if not isinstance(one, exp.Column) or isinstance(one.this, exp.Star):
            return one
        table = identifier(one.args.get("table")) or None
        name = identifier(one.this)
        if table not in (None, alias):
            return one
        if name in columns:
            return columns[name].copy()
        return exp.column(one.this.copy()) if table is not None else one

    return node.transform(swap)


def view_alias(view: exp.Subquery) -> str | None:
    """The alias of an inline view."""
    alias = view.args.get("alias")
    return identifier(alias.this) if alias is not None and alias.this is not None else None


def tests_of(*wheres: Any) -> list[Any]:
    """The conjuncts of several WHERE clauses."""
    return [test for where in wheres if where is not None for test in conjuncts(where.this)]


def update_view(compiler: Compiler, tree: exp.Update) -> Any:
    """UPDATE (SELECT ...) SET ...: as an update of the view's table from the view's rows."""
    select, alias = updatable(tree.this), view_alias(tree.this)
    columns, tables = view_columns(compiler, select), tables_of(select)
    sets = []
    for one in tree.expressions:
        if not isinstance(one, exp.EQ) or not isinstance(one.this, exp.Column):
            raise unsupported("this SET of an inline view", position(one))
        name = identifier(one.this.this)
        target = columns.get(name, exp.column(one.this.this.copy()))
        if not isinstance(target, exp.Column):
            raise ora(1733, position=position(one.this))
        sets.append(exp.EQ(this=target.copy(), expression=replaced(one.expression, columns, alias)))
    where = tree.args.get("where")
    outer = exp.Where(this=replaced(where.this, columns, alias)) if where is not None else None
    rows = Rows(compiler, select, tests_of(select.args.get("where"), outer))
    table = _written(rows, tables, sets)
    return update_rows(compiler, tree, rows, table, sets, 1779)


def _written(rows: Rows, tables: list[exp.Table], sets: list[exp.EQ]) -> exp.Table:
    """The one table whose columns are set. ORA-01776 for several."""
    chosen: list[exp.Table] = []
    for one in sets:
        name, table = identifier(one.this.this), identifier(one.this.args.get("table")) or None
        owners = [node for node in tables if name in rows.source(node).index
                  and (table is None or rows.source(node).answers(None, table))]
        if len(owners) != 1:
            raise ora(918 if owners else 904, *([] if owners else [f'"{name}"']), position=position(one.this))
        chosen += [node for node in owners if not any(node is known for known in chosen)]
    if len(chosen) > 1:
        raise ora(1776)
    return chosen[0]


def update_rows(compiler: Compiler, tree: Any, rows: Rows, table: exp.Table, sets: list[exp.EQ], code: int) -> Any:
    """The plan: each row of the table gets the values of its only row in the query; ``code`` for several."""
    from estate.sql.dml import Plan, _returning, assigned, target_of

    target, source = target_of(compiler, table, "UPDATE"), rows.source(table)
    if target.write.fixed:
        raise unsupported("UPDATE of a dictionary view through another", position(table))
    ref = compiler.fresh()
    values, parts = [], []
    for index, one in enumerate(sets):
        column = target.columns[identifier(one.this.this)]
        frag = compiler.value(one.expression, rows.scope)
        values.append(f"o_stable({frag.sql}, {code}) AS v{index}")
        parts.append(f"{quote(column.name)} = {assigned(Frag(f'{ref}.v{index}', frag.type), column, target, 1407)}")
    own = f"{source.ref}.rowid"
    inner = f"SELECT {own} AS rid, {', '.join(values)} {rows.text} GROUP BY {own}"
    name = quote(target.write.table)
    text = f"UPDATE {name} SET {', '.join(parts)} FROM ({inner}) AS {ref} WHERE {name}.rowid = {ref}.rid"
    return _returning(compiler, tree, target, Plan(text, target.write.table))


def delete_rows(compiler: Compiler, tree: Any, rows: Rows, table: exp.Table) -> Any:
    """The plan of a DELETE: the table's rows that the query finds."""
    from estate.sql.dml import Plan, _returning, target_of

    target = target_of(compiler, table, "DELETE")
    if target.write.fixed:
        raise unsupported("DELETE of a dictionary view through another", position(table))
    name = quote(target.write.table)
    text = f"DELETE FROM {name} WHERE {name}.rowid IN (SELECT {rows.source(table).ref}.rowid {rows.text})"
    return _returning(compiler, tree, target, Plan(text, target.write.table))


def delete_view(compiler: Compiler, tree: exp.Delete, view: exp.Subquery) -> Any:
    """DELETE FROM (SELECT ...): of the view's only table."""
    select, alias = updatable(view), view_alias(view)
    tables = tables_of(select)
    if len(tables) > 1:
        raise unsupported("DELETE of a join view", position(view))
    where = tree.args.get("where")
    columns = view_columns(compiler, select)
    outer = exp.Where(this=replaced(where.this, columns, alias)) if where is not None else None
    return delete_rows(compiler, tree, Rows(compiler, select, tests_of(select.args.get("where"), outer)), tables[0])


def insert_view(compiler: Compiler, schema: Any) -> exp.Schema | exp.Table:
    """INSERT INTO (SELECT ...): the same as into the columns of its table."""
    view = schema.this if isinstance(schema, exp.Schema) else schema
    select = updatable(view)
    tables, columns = tables_of(select), view_columns(compiler, select)
    if len(tables) > 1:
        raise unsupported("INSERT into a join view", position(view))
    listed = isinstance(schema, exp.Schema)
    names = [identifier(one if isinstance(one, exp.Identifier) else one.this)
             for one in schema.expressions] if listed else list(columns)
    if not listed and len(columns) < len(select.expressions):
        if columns or len(select.expressions) > 1:
            raise unsupported("INSERT into a view of * and columns", position(view))
        return tables[0]
    chosen = [columns.get(name, exp.column(exp.to_identifier(name, quoted=True))) for name in names]
    if not all(isinstance(one, exp.Column) for one in chosen):
        raise ora(1733, position=position(view))
    return exp.Schema(this=tables[0], expressions=[exp.column(one.this.copy()) for one in chosen])


def update_from(compiler: Compiler, tree: exp.Update) -> Any:
    """UPDATE t SET ... FROM others WHERE ... (23ai)."""
    select = _joined(tree.this, tree.args["from_"].this)
    rows = Rows(compiler, select, tests_of(tree.args.get("where")))
    return update_rows(compiler, tree, rows, tree.this, list(tree.expressions), 30926)


def delete_from(compiler: Compiler, tree: exp.Delete) -> Any:
    """DELETE t FROM others WHERE ... (23ai)."""
    (table,) = tree.args["tables"]
    rows = Rows(compiler, _joined(table, tree.this), tests_of(tree.args.get("where")))
    return delete_rows(compiler, tree, rows, table)


def _joined(table: exp.Table, others: Any) -> exp.Select:
    """SELECT over a table and what FROM adds to it."""
    joins = list(others.args.get("joins") or ())
    others.set("joins", None)
    return exp.Select(from_=exp.From(this=table), joins=[exp.Join(this=others), *joins])
