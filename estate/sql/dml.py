# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""INSERT, UPDATE, DELETE: compiled to SQLite with Oracle's checks of what is stored."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from estate.api import Column, OraError, WriteTarget
from estate.sql import types
from estate.sql.compiler.coerce import to_kind
from estate.sql.compiler.core import Compiler, Frag, Query, Scope, Source, identifier, literal, position, quote
from estate.sql.compiler.limits import rownum_limit
from estate.sql.compiler.query import compile_query
from estate.sql.compiler.shapes import conjuncts, mentions
from estate.sql.compiler.sources import zlib_id
from estate.sql.compiler.virtual import table_fields
from estate.sql.dml_views import delete_from, delete_view, insert_view, update_from, update_view
from estate.sql.errors import ora, unsupported
from estate.sql.functions.binary import rowid
from estate.sql.objects import UserObject
from estate.sql.parse import parse_expression
from estate.sql.types import of_column
from estate.sql.values import converter


@dataclass(slots=True)
class Done:
    """What one execution did; ``returned`` maps the place of a bind to the values of RETURNING."""

    count: int = 0
    rowid: str | None = None
    returned: dict[int, list[Any]] = field(default_factory=dict)


@dataclass(slots=True)
class Plan:
    """One SQLite statement, with RETURNING if asked for."""

    sql: str
    table: str
    insert: bool = False
    places: list[int] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)

    def run(self, connection: sqlite3.Connection, values: Sequence[Any]) -> Done:
        """Execute it."""
        # the places of RETURNING INTO come last and are no parameters of SQLite's
        cursor = connection.execute(self.sql, values[:len(values) - len(self.places)])
        done = Done()
        if self.places:
            rows = cursor.fetchall()
            done.count = len(rows)
            for index, (place, kind) in enumerate(zip(self.places, self.kinds, strict=False)):
                convert = converter(kind) or (lambda value: value)
                done.returned[place] = [None if row[index] is None else convert(row[index]) for row in rows]
        else:
            done.count = max(cursor.rowcount, 0)
        if self.insert and done.count:
            last = connection.execute("SELECT last_insert_rowid()").fetchone()[0]
            done.rowid = rowid(zlib_id(self.table), last)
        return done


@dataclass
class Target:
    """The table that DML writes, as the statement names it."""

    owner: str
    name: str
    write: WriteTarget
    user: UserObject | None
    alias: str | None

    @property
    def columns(self) -> dict[str, Column]:
        """Columns by name."""
        return {one.name: one for one in self.write.columns}

    def source(self, compiler: Compiler, ref: str) -> Source:
        """The target's rows under a SQLite alias."""
        fields = table_fields(compiler, self.write.columns, ref, self.detail("virtual"))
        number = zlib_id(self.write.table)
        row = f"{ref}.rowid" if ref else "rowid"
        return Source(self.alias, self.name, self.owner, ref, fields, rowid=f"o_rowid({number}, {row})")

    def detail(self, what: str) -> Any:
        """What a user's table says of its columns: virtual, identity, on_null ...; empty for another table."""
        return self.user.detail.get(what) or {} if self.user is not None else {}

    def fixed_tests(self, ref: str) -> list[str]:
        """Conditions that keep to the rows of the view."""
        return [f"{ref}.{quote(name)} = {stored(value)}" for name, value in self.write.fixed.items()]

    def label(self, column: str) -> str:
        """The column as errors call it."""
        return f'"{self.owner}"."{self.name}"."{column}"'


def stored(value: Any) -> str:
    """A fixed value as SQLite text."""
    return str(value) if isinstance(value, (int, float)) else "NULL" if value is None else literal(str(value))


def target_of(compiler: Compiler, node: Any, action: str) -> Target:
    """Resolve the table of a DML statement."""
    if isinstance(node, exp.Subquery) or not isinstance(node, exp.Table):
        raise unsupported(f"{action} of an inline view", position(node))
    if not isinstance(node.this, exp.Identifier):
        raise ora(903, position=position(node))
    name, owner = identifier(node.this), identifier(node.args.get("db")) or None
    alias = node.args.get("alias")
    try:
        write, user = compiler.objects.write_target(compiler.ctx, owner, name, action)
    except OraError as error:
        raise OraError(error.code, error.message, error.position or position(node)) from None
    if user is None:
        compiler.volatile = True
    return Target(owner or (user.owner if user else compiler.ctx.schema), name, write, user,
                  identifier(alias.this) if alias is not None and alias.this is not None else None)


def assigned(frag: Frag, column: Column, target: Target, code: int) -> str:
    """A value on its way into a column: converted, and checked as Oracle checks it."""
    kind = of_column(column)
    moved = to_kind(frag, kind.kind) if frag.kind != "X" else frag
    text = _fitted(moved, kind, target.label(column.name))
    if target.user is not None and not column.nullable:
        text = f"o_put_some({text}, {literal(target.label(column.name))}, {code})"
    return text


def inserted(compiler: Compiler, frag: Frag, column: Column, target: Target) -> str:
    """A value that an INSERT gives: DEFAULT ON NULL takes its place. ORA-32795, ORA-54013."""
    if column.name in target.detail("virtual"):
        raise ora(54013)
    if target.detail("identity").get(column.name, {}).get("always"):
        raise ora(32795)
    default = default_of(compiler, target, column.name) if column.name in target.detail("on_null") else None
    if default is not None:
        kind = of_column(column)
        given = to_kind(frag, kind.kind) if frag.kind != "X" else Frag("NULL", kind)
        either = f"coalesce({given.precise}, {to_kind(default, kind.kind).precise})"
        frag = Frag(either, kind)
    return assigned(frag, column, target, 1400)


def _fitted(frag: Frag, kind: types.SqlType, label: str) -> str:
    if frag.kind == "X":
        return "NULL"
    if kind.kind == "N":
        if kind.precision and kind.scale != -127:
            return f"o_put_number({frag.precise}, {kind.precision}, {kind.scale})"
        if 0 < kind.precision < 126:
            return f"o_near(o_fit_float({frag.precise}, {kind.precision}))"
        return f"o_near({frag.precise})" if frag.exact else frag.sql
    if kind.kind == "S" and not kind.is_lob and kind.name in ("VARCHAR2", "NVARCHAR2", "CHAR", "NCHAR"):
        return f"o_put_text({frag.sql}, {kind.size or 4000}, {int(kind.is_char)}, {literal(label)})"
    if kind.name == "RAW":
        return f"o_put_raw({frag.sql}, {kind.size or 2000}, {literal(label)})"
    return frag.sql


def default_of(compiler: Compiler, target: Target, name: str) -> Frag | None:
    """The default of a column of a user's table."""
    text = (target.user.detail.get("defaults") or {}).get(name) if target.user else None
    if text is None:
        return None
    tree = parse_expression(text, compiler.version).tree
    return compiler.value(tree.expressions[0], Scope())


def compile_dml(compiler: Compiler, tree: Any) -> Any:
    """The plan of a DML statement."""
    if isinstance(tree, exp.Insert):
        return insert(compiler, tree)
    if isinstance(tree, exp.Update):
        return update(compiler, tree)
    if isinstance(tree, exp.Delete):
        return delete(compiler, tree)
    from estate.sql.merge import compile_merge, compile_multi

    return compile_merge(compiler, tree) if isinstance(tree, exp.Merge) else compile_multi(compiler, tree)


def insert_columns(target: Target, schema: Any) -> list[Column]:
    """The columns that an INSERT names; all of them where it names none."""
    known = target.columns
    if not isinstance(schema, exp.Schema):
        return list(known.values())
    names = [
        identifier(one.this if isinstance(one, (exp.Column, exp.ColumnDef)) else one) for one in schema.expressions
    ]
    for name, node in zip(names, schema.expressions, strict=False):
        if name not in known:
            raise ora(904, f'"{name}"', position=position(node))
    if len(set(names)) < len(names):
        raise ora(957)
    return [known[name] for name in names]


def insert(compiler: Compiler, tree: exp.Insert) -> Plan:
    """INSERT ... VALUES and INSERT ... SELECT."""
    schema = tree.this
    if isinstance(schema.this if isinstance(schema, exp.Schema) else schema, exp.Subquery):
        schema = insert_view(compiler, schema)
    node = schema.this if isinstance(schema, exp.Schema) else schema
    target = target_of(compiler, node, "INSERT")
    columns = insert_columns(target, schema)
    body = tree.expression
    if isinstance(body, exp.Values):
        text, used = _values(compiler, target, columns, body)
    elif body is not None:
        text, used = insert_query(compiler, target, columns, compile_query(compiler, body, None))
    else:
        raise ora(926, position=len(compiler.text))
    names = ", ".join(quote(name) for name in used)
    plan = Plan(f"INSERT INTO {quote(target.write.table)} ({names}) {text}", target.write.table, insert=True)
    return _returning(compiler, tree, target, plan)


def _values(compiler: Compiler, target: Target, columns: list[Column], body: exp.Values) -> tuple[str, list[str]]:
    rows = []
    used: list[str] = []
    if len(body.expressions) > 1 and compiler.version < 23:
        raise ora(933)
    for row in body.expressions:
        nodes = row.expressions if isinstance(row, exp.Tuple) else [row.this if isinstance(row, exp.Paren) else row]
        if len(nodes) != len(columns):
            raise ora(913 if len(nodes) > len(columns) else 947)
        values = [_value(compiler, target, column, node) for column, node in zip(columns, nodes, strict=False)]
        used, texts = with_defaults(compiler, target, columns, values)
        rows.append(f"({', '.join(texts)})")
    return "VALUES " + ", ".join(rows), used


def _value(compiler: Compiler, target: Target, column: Column, node: Any) -> str:
    if isinstance(node, exp.Var) and str(node.this).upper() == "DEFAULT":
        return assigned(default_of(compiler, target, column.name) or Frag("NULL", types.NULL), column, target, 1400)
    if isinstance(node, exp.Column):
        return inserted(compiler, _lone(compiler, node), column, target)
    return inserted(compiler, compiler.value(node, Scope()), column, target)


def _lone(compiler: Compiler, node: exp.Column) -> Frag:
    try:
        return compiler.value(node, Scope())
    except OraError as error:
        if error.code == 904 and node.args.get("table") is None:
            raise OraError(984, "column not allowed here", error.position) from None
        raise


def with_defaults(
    compiler: Compiler, target: Target, columns: list[Column], values: list[str]
) -> tuple[list[str], list[str]]:
    """Names and texts, completed with defaults, fixed values and the check of omitted NOT NULL columns."""
    names = [column.name for column in columns]
    texts = list(values)
    for name, column in target.columns.items():
        if name in names or target.user is None or name in target.detail("virtual"):
            continue
        default = default_of(compiler, target, name)
        if default is not None or not column.nullable:
            names.append(name)
            texts.append(assigned(default or Frag("NULL", types.NULL), column, target, 1400))
    for name, value in target.write.fixed.items():
        if name in names:
            texts[names.index(name)] = stored(value)
        else:
            names.append(name)
            texts.append(stored(value))
    return names, texts


def insert_query(compiler: Compiler, target: Target, columns: list[Column], query: Query) -> tuple[str, list[str]]:
    """SELECT text for INSERT ... SELECT, and the columns it fills."""
    if len(query.columns) != len(columns):
        raise ora(913 if len(query.columns) > len(columns) else 947)
    ref = compiler.fresh()
    values = [inserted(compiler, Frag(f"{ref}.c{index + 1}", one.type), column, target)
              for index, (one, column) in enumerate(zip(query.columns, columns, strict=False))]
    names, texts = with_defaults(compiler, target, columns, values)
    return f"SELECT {', '.join(texts)} FROM ({query.sql}) AS {ref} WHERE 1", names


def _returning(compiler: Compiler, tree: Any, target: Target, plan: Plan) -> Plan:
    clause = tree.args.get("returning")
    if clause is None:
        return plan
    scope = Scope(sources=[target.source(compiler, "")])
    frags = [compiler.value(one, scope) for one in clause.expressions]
    into = clause.args["into"].expressions
    if len(into) != len(frags):
        raise ora(913 if len(into) < len(frags) else 947)
    plan.sql += " RETURNING " + ", ".join(frag.precise for frag in frags)
    plan.places = [int(one.meta["index"]) for one in into]
    plan.kinds = [frag.type.name for frag in frags]
    return plan


def where_text(compiler: Compiler, target: Target, node: Any, ref: str) -> tuple[list[str], str | None]:
    """The conditions of WHERE on the target's rows, and the LIMIT that ROWNUM means."""
    scope = Scope(sources=[target.source(compiler, ref)])
    tests, limit = target.fixed_tests(ref), None
    for test in conjuncts(node.this) if node is not None else ():
        if mentions(test, "ROWNUM"):
            limit = rownum_limit(compiler, test, scope)
            if limit is None:
                raise unsupported("this ROWNUM condition in UPDATE or DELETE", position(test))
        else:
            tests.append(compiler.condition(test, scope))
    return tests, limit


def _filtered(compiler: Compiler, target: Target, node: Any, ref: str) -> str:
    tests, limit = where_text(compiler, target, node, ref)
    text = f" WHERE {' AND '.join(tests)}" if tests else ""
    if limit is None:
        return text
    inner = compiler.fresh()
    tests, _ = where_text(compiler, target, node, inner)
    text = f" WHERE {' AND '.join(tests)}" if tests else ""
    return (
        f" WHERE {ref}.rowid IN (SELECT {inner}.rowid FROM {quote(target.write.table)} AS {inner}{text} LIMIT {limit})"
    )


def assignments(compiler: Compiler, target: Target, nodes: list[Any], scope: Scope) -> list[str]:
    """The SET list."""
    parts = []
    for node in nodes:
        if not isinstance(node, exp.EQ):
            raise ora(927, position=position(node))
        if isinstance(node.this, (exp.Tuple, exp.Paren)):
            parts.append(_row_assignment(compiler, target, node, scope))
            continue
        value = node.expression
        default = isinstance(value, (exp.Var, exp.Column)) and _is_default(value)
        column = _settable(target, node.this, default=default)
        if default:
            frag = default_of(compiler, target, column.name) or Frag("NULL", types.NULL)
        else:
            frag = compiler.value(value, scope)
        parts.append(f"{quote(column.name)} = {assigned(frag, column, target, 1407)}")
    return parts


def _is_default(node: Any) -> bool:
    name = node.this.this if isinstance(node.this, exp.Identifier) else node.this
    return str(name).upper() == "DEFAULT"


def _settable(target: Target, node: Any, *, default: bool = False) -> Column:
    name = identifier(node.this) if isinstance(node, exp.Column) else ""
    column = target.columns.get(name)
    table = identifier(node.args.get("table")) if isinstance(node, exp.Column) and node.args.get("table") else None
    if column is None or table not in (None, target.alias or target.name):
        raise ora(904, ".".join(f'"{part}"' for part in (table, name) if part), position=position(node))
    if name in target.detail("virtual"):
        raise ora(54017)
    if target.detail("identity").get(name, {}).get("always") and not default:
        raise ora(32796)
    return column


def _row_assignment(compiler: Compiler, target: Target, node: exp.EQ, scope: Scope) -> str:
    members = node.this.expressions if isinstance(node.this, exp.Tuple) else [node.this.this]
    columns = [_settable(target, one) for one in members]
    if not isinstance(node.expression, (exp.Subquery, exp.Select)):
        raise ora(1767, position=position(node))
    query = compile_query(compiler, node.expression, scope)
    if len(query.columns) != len(columns):
        raise ora(913 if len(query.columns) > len(columns) else 947, position=position(node.expression))
    values = [assigned(Frag(f"o_single(c{index + 1})", one.type), column, target, 1407)
              for index, (one, column) in enumerate(zip(query.columns, columns, strict=False))]
    names = ", ".join(quote(column.name) for column in columns)
    return f"({names}) = (SELECT {', '.join(values)} FROM ({query.sql}))"


def update(compiler: Compiler, tree: exp.Update) -> Plan:
    """UPDATE."""
    if any(tree.args.get(key) for key in ("order", "limit")) or (tree.args.get("from_") and compiler.version < 23):
        raise ora(933)
    if tree.args.get("from_"):
        return update_from(compiler, tree)
    if isinstance(tree.this, exp.Subquery):
        return update_view(compiler, tree)
    if tree.this.args.get("joins"):
        raise ora(971, position=position(tree.this))
    target = target_of(compiler, tree.this, "UPDATE")
    ref = compiler.fresh()
    scope = Scope(sources=[target.source(compiler, ref)])
    sets = assignments(compiler, target, tree.expressions, scope)
    text = f"UPDATE {quote(target.write.table)} AS {ref} SET {', '.join(sets)}"
    plan = Plan(text + _filtered(compiler, target, tree.args.get("where"), ref), target.write.table)
    return _returning(compiler, tree, target, plan)


def delete(compiler: Compiler, tree: exp.Delete) -> Plan:
    """DELETE."""
    tables = tree.args.get("tables") or [None]
    if any(tree.args.get(key) for key in ("order", "limit", "using")) or len(tables) > 1:
        raise ora(933)
    if tree.this and tables[0] is not None:
        if compiler.version < 23:
            raise ora(933)
        return delete_from(compiler, tree)
    node = tree.this or tables[0]
    if isinstance(node, exp.Subquery):
        return delete_view(compiler, tree, node)
    if isinstance(node, exp.Table) and node.args.get("joins"):
        raise ora(933)
    target = target_of(compiler, node, "DELETE")
    ref = compiler.fresh()
    text = f"DELETE FROM {quote(target.write.table)} AS {ref}" + _filtered(
        compiler, target, tree.args.get("where"), ref
    )
    return _returning(compiler, tree, target, Plan(text, target.write.table))
