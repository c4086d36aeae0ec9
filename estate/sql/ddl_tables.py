# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CREATE TABLE: columns, constraints, keys; what all DDL shares."""

from __future__ import annotations

import re
from typing import Any

from sqlglot.tokens import TokenType

from estate.api import Column
from estate.sql import types
from estate.sql.compiler.core import quote
from estate.sql.ddl_words import Words
from estate.sql.errors import ora, unsupported
from estate.sql.objects import UserObject

AFFINITY = {"N": "NUMERIC", "F": "REAL", "R": "BLOB"}
CONSTRAINTS = (
    "CONSTRAINT",
    "PRIMARY",
    "UNIQUE",
    "CHECK",
    "FOREIGN",
    "NOT",
    "NULL",
    "REFERENCES",
    "DEFAULT",
    "GENERATED",
    "ENABLE",
    "DISABLE",
    "VISIBLE",
    "INVISIBLE",
    "COLLATE",
    "SORT",
    "ENCRYPT",
)


def store(session: Any, one: UserObject, action: str) -> None:
    """Save an object's definition, and tell the dictionary which DDL it was."""
    session.engine.objects.save(session.writer().connection, one)
    tell(session, action, one)


def tell(session: Any, action: str, one: UserObject) -> None:
    """Tell the dictionary of DDL, so that its views follow."""
    listener = getattr(session.engine.catalog, "on_ddl", None)
    if listener is not None:
        with session.engine.acting(session.writer().connection):
            listener(session.ctx, action, one)


def existing(
    session: Any, owner: str, name: str, kinds: tuple[str, ...] = ("TABLE", "VIEW", "SYNONYM", "SEQUENCE")
) -> Any:
    """The user's object of this name and one of ``kinds``; None where there is none."""
    for kind in kinds:
        found = session.engine.objects.known.get((owner, name, kind))
        if found is not None:
            return found
    return None


def owned(session: Any, owner: str) -> None:
    """ORA-01031 unless the session may create or change objects of ``owner``."""
    allows = getattr(session.engine.catalog, "allows", None)
    foreign = owner != session.ctx.user and session.ctx.user not in ("SYS", "SYSTEM")
    if foreign and (allows is None or not allows(session.ctx, "CREATE", owner, "")):
        raise ora(1031)


def may_create(session: Any, owner: str, kind: str, public: bool) -> None:
    """ORA-01031 without the system privilege. An index in one's own schema needs none of its own."""
    allows = getattr(session.engine.catalog, "allows", None)
    if allows is None or kind == "INDEX":
        if not public:
            owned(session, owner)
    elif not allows(session.ctx, "CREATE PUBLIC SYNONYM" if public else f"CREATE {kind}",
                    session.ctx.user if public else owner, ""):
        raise ora(1031)


def create_table(session: Any, words: Words, owner: str, name: str) -> None:
    """CREATE TABLE (columns) or AS SELECT, with either names or types of its columns."""
    one = UserObject(owner, name, "TABLE", (), {"defaults": {}, "keys": [], "indexes": {}})
    names: list[str] = []
    if words.word == "(":
        body = Words(words.balanced())
        if _is_name_list(body):
            names = [part.text.upper() for part in body.tokens if part.text != ","]
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
    keys(session, one)
    store(session, one, "CREATE TABLE")


def _is_name_list(body: Words) -> bool:
    return all(
        part.text == "," or part.token_type in (TokenType.VAR, TokenType.IDENTIFIER) for part in body.tokens
    ) and all(part.text == "," for part in body.tokens[1::2])


def as_query(words: Words) -> str | None:
    """The text after AS of CREATE TABLE or VIEW; None where no query follows."""
    while words.at < len(words.tokens):
        if words.word == "AS" and words.peek() in ("SELECT", "WITH", "("):
            return words.text[words.tokens[words.at].end + 1:].rstrip("; \n")
        words.at += 1
    return None


def from_query(session: Any, query: str, names: list[str]) -> list[Column]:
    """Columns of a query, named ``names`` where given. ORA-01730 for another number, ORA-00998 where a name lacks."""
    _, columns = session.describe(query)
    if names and len(names) != len(columns):
        raise ora(1730)
    out = []
    for index, column in enumerate(columns):
        name = names[index] if names else column.name
        if not re.fullmatch(r"[A-Z][A-Z0-9_$#]*", name) and not names:
            raise ora(998)
        out.append(Column(name, column.type, column.size, column.precision, column.scale, column.nullable))
    return out


def columns(session: Any, one: UserObject, body: Words) -> list[Column]:
    """Read column definitions and constraints between parentheses; constraints are noted in ``one``."""
    columns: list[Column] = []
    while body.at < len(body.tokens):
        if body.word in ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN") and body.peek() not in (
            "NUMBER",
            "VARCHAR2",
        ):
            constraint(one, body, None)
        else:
            columns.append(_column(one, body, columns))
        if body.at < len(body.tokens):
            body.need(",", 907)
    return columns


def _column(one: UserObject, body: Words, before: list[Column]) -> Column:
    name = body.name(904)
    if any(column.name == name for column in before):
        raise ora(957, position=body.place)
    text = body.until(CONSTRAINTS)
    if not text:
        raise ora(902, position=body.place)
    kind = types.parse_type(text)
    if kind.name in ("VARCHAR2", "NVARCHAR2") and "(" not in text:
        raise ora(906, position=body.place)
    nullable = True
    while body.word in CONSTRAINTS:
        if body.take("NOT", "NULL"):
            nullable = False
        elif body.take("DEFAULT"):
            body.take("ON", "NULL")
            one.detail["defaults"][name] = body.until(CONSTRAINTS)
        elif body.take("NULL") or body.take("ENABLE") or body.take("DISABLE") or body.take("VISIBLE"):
            continue
        elif body.word == "GENERATED":
            raise unsupported("GENERATED columns", body.place)
        else:
            nullable = constraint(one, body, name) and nullable
    described = kind.column(name, nullable)
    return Column(name, kind.name, kind.size or described.size, kind.precision, kind.scale, nullable)


def constraint(one: UserObject, body: Words, column: str | None) -> bool:
    """One constraint; whether its column may be NULL."""
    label = body.name() if body.take("CONSTRAINT") else ""
    if body.take("NOT", "NULL"):
        return False
    kind = body.word
    if kind in ("PRIMARY", "UNIQUE"):
        body.at += 2 if kind == "PRIMARY" else 1
        listed = [part.strip().strip('"') for part in body.balanced().split(",")] if column is None else [column]
        columns = [part.upper() for part in listed]
        one.detail["keys"].append({"kind": kind, "name": label, "columns": columns})
    elif kind == "CHECK":
        body.at += 1
        one.detail.setdefault("checks", []).append({"name": label, "text": body.balanced()})
    elif kind in ("FOREIGN", "REFERENCES"):
        one.detail.setdefault("references", []).append({"name": label, "text": body.until((",",))})
    else:
        raise ora(907, position=body.place)
    body.until((*CONSTRAINTS, ","))
    return kind != "PRIMARY"


def _table_sql(one: UserObject) -> str:
    parts = [f"{quote(column.name)} {AFFINITY.get(types.of_column(column).kind, 'TEXT')}" for column in one.columns]
    return f"CREATE TABLE {quote(one.table)} ({', '.join(parts)})"


def keys(session: Any, one: UserObject) -> None:
    """Unique indexes behind PRIMARY KEY and UNIQUE; a primary key makes its columns NOT NULL."""
    connection = session.writer().connection
    for number, key in enumerate(one.detail["keys"]):
        key["name"] = key["name"] or f"SYS_C{7000 + len(session.engine.objects.known) * 10 + number:07d}"
        listed = ", ".join(quote(name) for name in key["columns"])
        unknown = set(key["columns"]) - {column.name for column in one.columns}
        if unknown:
            raise ora(904, f'"{sorted(unknown)[0]}"')
        connection.execute(
            f"CREATE UNIQUE INDEX {quote(one.owner + '.' + key['name'])} ON {quote(one.table)} ({listed})"
        )
        if key["kind"] == "PRIMARY":
            one.columns = tuple(Column(column.name, column.type, column.size, column.precision, column.scale,
                                       column.nullable and column.name not in key["columns"]) for column in one.columns)
