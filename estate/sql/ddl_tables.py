# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CREATE TABLE, also AS SELECT."""

from __future__ import annotations

from typing import Any

from sqlglot import exp
from sqlglot.tokens import TokenType

from estate.api import Column
from estate.sql import types
from estate.sql.compiler.core import quote
from estate.sql.ddl_columns import columns
from estate.sql.ddl_common import store
from estate.sql.ddl_constraints import settle
from estate.sql.ddl_words import Words
from estate.sql.errors import ora
from estate.sql.objects import UserObject
from estate.sql.parse import parse

AFFINITY = {"N": "NUMERIC", "F": "REAL", "R": "BLOB"}


def create_table(session: Any, words: Words, owner: str, name: str) -> None:
    """CREATE TABLE: columns, constraints, AS SELECT; storage clauses say nothing here."""
    one = UserObject(owner, name, "TABLE", (), {"defaults": {}, "keys": [], "indexes": {}})
    names: list[str] = []
    if words.word == "(":
        body = Words(words.balanced())
        if _is_name_list(body):
            names = body.names(bare=True)
        else:
            one.columns = tuple(columns(session, one, body))
    query = as_query(words)
    connection = session.writer().connection
    if query is None:
        if not one.columns:
            raise ora(906 if not names else 902, position=words.place)
        connection.execute(_table_sql(one))
    else:
        one.columns = tuple(from_query(session, query, names))
        connection.execute(_table_sql(one))
        store(session, one, "CREATE TABLE")
        session.engine.invalidate()
        session.execute(f"INSERT INTO {quote(owner)}.{quote(name)} {query}")
    settle(session, one)
    store(session, one, "CREATE TABLE")


def _is_name_list(body: Words) -> bool:
    return all(
        part.text == "," or part.token_type in (TokenType.VAR, TokenType.IDENTIFIER) for part in body.tokens
    ) and all(part.text == "," for part in body.tokens[1::2])


def as_query(words: Words) -> str | None:
    """The query after AS; None where there is none."""
    while words.at < len(words.tokens):
        if words.word == "AS" and words.peek() in ("SELECT", "WITH", "("):
            return words.text[words.tokens[words.at].end + 1:].strip("; \n")
        words.at += 1
    return None


def from_query(session: Any, query: str, names: list[str]) -> list[Column]:
    """The columns that a query gives to a table or view. ORA-00998 for an expression without a name."""
    _, columns = session.describe(query)
    if names and len(names) != len(columns):
        raise ora(1730)
    if not names:
        _named(session, query)
    return [Column(names[index] if names else column.name, column.type, column.size, column.precision, column.scale,
                   column.nullable) for index, column in enumerate(columns)]


def _named(session: Any, query: str) -> None:
    tree = parse(query, int(session.ctx.version.split(".")[0])).tree
    while isinstance(tree, (exp.SetOperation, exp.Subquery)):
        tree = tree.this
    if isinstance(tree, exp.Select) and not all(
            isinstance(item, (exp.Alias, exp.Star, exp.Column)) for item in tree.expressions):
        raise ora(998)


def _table_sql(one: UserObject) -> str:
    parts = [column_sql(column) for column in one.columns]
    return f"CREATE TABLE {quote(one.table)} ({', '.join(parts)})"


def column_sql(column: Column) -> str:
    """A column as SQLite declares it."""
    return f"{quote(column.name)} {AFFINITY.get(types.of_column(column).kind, 'TEXT')}"
