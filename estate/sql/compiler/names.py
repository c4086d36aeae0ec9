# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Columns, pseudocolumns and functions without parentheses."""

from __future__ import annotations

from sqlglot import exp

from estate.sql import types
from estate.sql.compiler.core import Compiler, Field, Frag, Scope, Source, expression, identifier, position
from estate.sql.errors import ora, unsupported
from estate.sql.functions.registry import FUNCTIONS, sql_name


def shown(*parts: str | None) -> str:
    """A name as ORA-00904 shows it."""
    return ".".join(f'"{part}"' for part in parts if part)


@expression(exp.Column)
def column(compiler: Compiler, node: exp.Column, scope: Scope) -> Frag:
    """A column, by Oracle's rules; else a pseudocolumn or function; else ORA-00904."""
    if isinstance(node.this, exp.Star):
        raise ora(936, position=position(node))
    name = identifier(node.this)
    table = identifier(node.args.get("table")) or None
    owner = identifier(node.args.get("db")) or None
    if name in ("NEXTVAL", "CURRVAL") and table:
        return sequence(compiler, owner, table, name, position(node))
    found = find_column(compiler, scope, owner, table, name, position(node))
    if found is not None:
        return found
    if not node.this.args.get("quoted"):
        special = pseudocolumn(compiler, scope, owner, table, name, position(node))
        if special is not None:
            return special
    raise ora(904, shown(owner, table, name), position=position(node))


def find_column(
    compiler: Compiler, scope: Scope, owner: str | None, table: str | None, name: str, at: int
) -> Frag | None:
    """A column in this block or an outer one."""
    for here in scope.outwards():
        if here.aliases is not None and table is None and name in here.aliases:
            return here.aliases[name]
        found = _in_scope(here, owner, table, name, at)
        if found is not None:
            return _checked(here, found, at)
    return None


def _in_scope(scope: Scope, owner: str | None, table: str | None, name: str, at: int) -> Frag | None:
    if table is None:
        if name in scope.shared:
            return scope.shared[name]
        matches = [one for source in scope.sources for one in source.index.get(name, ())]
    else:
        matches = []
        for source in scope.sources:
            if source.answers(owner, table):
                if name in source.merged:
                    raise ora(25154, position=at)
                matches += source.index.get(name, ())
                if name == "ROWID" and source.rowid and not matches:
                    return Frag(source.rowid, types.ROWID)
    if len(matches) > 1:
        raise ora(918, position=at)
    if not matches:
        return None
    one = matches[0]
    return Frag(one.sql, one.type, nullable=one.nullable)


def _checked(scope: Scope, found: Frag, at: int) -> Frag:
    """In a grouped block only grouped columns may stand outside aggregates."""
    if scope.stage is None or scope.in_aggregate:
        return found
    return scope.stage.column(found, at)


@expression(exp.Identifier)
def bare_identifier(compiler: Compiler, node: exp.Identifier, scope: Scope) -> Frag:
    """What sqlglot makes of a column inside a call that a method follows."""
    return column(compiler, exp.Column(this=node), scope)


@expression(exp.Pseudocolumn)
def pseudo(compiler: Compiler, node: exp.Pseudocolumn, scope: Scope) -> Frag:
    """sqlglot's own class for ROWNUM and its like."""
    return column(compiler, exp.Column(this=node.this, table=node.args.get("table")), scope)


def pseudocolumn(
    compiler: Compiler, scope: Scope, owner: str | None, table: str | None, name: str, at: int
) -> Frag | None:
    """ROWNUM, ROWID, LEVEL ..., SYSDATE, USER ..., package functions without arguments."""
    if table is not None:
        return _package_constant(compiler, owner, table, name)
    if name == "ROWNUM":
        return _rownum(scope, at)
    if name == "ROWID":
        return _rowid(scope, at)
    if name in ("LEVEL", "CONNECT_BY_ISLEAF", "CONNECT_BY_ISCYCLE"):
        return _hierarchical(scope, name, at)
    if name in ("VERSIONS_STARTSCN", "VERSIONS_XID", "OBJECT_ID", "OBJECT_VALUE", "XMLDATA"):
        return None
    if name == "ORA_ROWSCN":
        raise unsupported("ORA_ROWSCN", at)
    if name in FLOATS:
        return float_constant(name, at)
    function = FUNCTIONS.get(name)
    if function is None or function.low or name.startswith(("DBMS_", "*")):
        return None
    return Frag(f"{sql_name(name)}()", function.returns([]), constant=function.deterministic)


FLOATS = frozenset(("BINARY_FLOAT_INFINITY", "BINARY_DOUBLE_INFINITY", "BINARY_FLOAT_NAN", "BINARY_DOUBLE_NAN"))


def float_constant(name: str, at: int) -> Frag:
    """BINARY_DOUBLE_INFINITY and its like; SQLite holds no NaN."""
    if name.endswith("NAN"):
        raise unsupported(name, at)
    return Frag("9e999", types.DOUBLE if "DOUBLE" in name else types.FLOAT, constant=True, nullable=False)


def _package_constant(compiler: Compiler, owner: str | None, table: str, name: str) -> Frag | None:
    if owner not in (None, "SYS"):
        return None
    function = FUNCTIONS.get(f"{table}.{name}")
    if function is None and getattr(compiler.catalog, "readers", {}).get(f"{table}.{name}") == "VARCHAR2":
        return Frag(f"o_package('{table}.{name}')", types.VARCHAR)
    if function is None or function.low:
        return None
    return Frag(f"{sql_name(function.name)}()", function.returns([]))


def _rownum(scope: Scope, at: int) -> Frag:
    for here in scope.outwards():
        if here.hierarchy is not None and here.hierarchy.stage != "final" and not here.rownum:
            raise unsupported("ROWNUM in CONNECT BY over a table", at)
        if here.rownum:
            return _checked(here, Frag(here.rownum, types.NUMBER, nullable=False), at)
    raise ora(976, position=at)


def _rowid(scope: Scope, at: int) -> Frag:
    sources = [source for source in scope.sources if source.rowid]
    if len(scope.sources) > 1 and len(sources) > 1:
        raise ora(918, position=at)
    if not sources:
        raise ora(1446 if scope.sources else 904, *([] if scope.sources else ['"ROWID"']), position=at)
    return Frag(str(sources[0].rowid), types.ROWID)


def _hierarchical(scope: Scope, name: str, at: int) -> Frag:
    for here in scope.outwards():
        if here.hierarchy is not None:
            return _checked(here, here.hierarchy.pseudocolumn(name), at)
    raise ora(1788, position=at)


def sequence(compiler: Compiler, owner: str | None, name: str, what: str, at: int) -> Frag:
    """sequence.NEXTVAL and CURRVAL, resolved now and counted when rows are computed."""
    compiler.sequences.append((owner, name))
    text = name if owner is None else f"{owner}.{name}"
    escaped = text.replace("'", "''")
    return Frag(f"o_sequence('{escaped}', '{what}')", types.INTEGER)


def star_fields(
    scope: Scope, owner: str | None = None, table: str | None = None, at: int = 0
) -> list[tuple[Source, Field]]:
    """The columns that * or table.* stands for. ORA-00904 for an unknown table."""
    chosen = [source for source in scope.sources if table is None or source.answers(owner, table)]
    if table is not None and not chosen:
        raise ora(904, shown(owner, table), position=at)
    return [(source, one) for source in chosen for one in source.fields]
