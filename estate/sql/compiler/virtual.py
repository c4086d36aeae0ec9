# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Virtual columns of users' tables: an expression over the row takes the place of what is stored."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from estate.api import Column
from estate.sql.compiler.core import Compiler, Field, Frag, Scope, Source, quote
from estate.sql.types import of_column


def stored(ref: str, column: Column) -> str:
    """A column of a table as SQLite text: local timestamps show the session's clock."""
    text = f"{ref}.{quote(column.name)}" if ref else quote(column.name)
    return f"o_local({text})" if column.type == "TIMESTAMP WITH LOCAL TIME ZONE" else text


def stored_fields(columns: Iterable[Column], ref: str) -> list[Field]:
    """Fields over stored columns under a SQLite alias ('' for none)."""
    return [Field(one.name, stored(ref, one), of_column(one), one.nullable) for one in columns]


def table_fields(compiler: Compiler, columns: Iterable[Column], ref: str, virtual: dict[str, str]) -> list[Field]:
    """Fields of a table, virtual ones as their expressions."""
    fields = stored_fields(columns, ref)
    for one in fields if virtual else ():
        if one.name in virtual:
            one.sql = _compiled(compiler, fields, virtual[one.name], ref).sql
    return fields


def source_of(compiler: Compiler, one: Any, ref: str) -> Source:
    """A user's table as a source under a SQLite alias (NEW in a trigger)."""
    fields = table_fields(compiler, one.columns, ref, one.detail.get("virtual", {}))
    return Source(None, one.name, one.owner, ref, fields)


def expression_over(session: Any, one: Any, columns: Iterable[Column], text: str, ref: str) -> Frag:
    """An expression over some columns of a table. ORA-00904 and what else the compiler finds."""
    compiler = Compiler(session.engine.catalog, session.ctx, text, [], session.engine.objects)
    return _compiled(compiler, stored_fields(columns, ref), text, ref)


def _compiled(compiler: Compiler, fields: list[Field], text: str, ref: str) -> Frag:
    from estate.sql.parse import parse_expression

    tree = parse_expression(text, compiler.version).tree
    return compiler.value(tree.expressions[0], Scope(sources=[Source(None, "ROW", None, ref, fields)]))
