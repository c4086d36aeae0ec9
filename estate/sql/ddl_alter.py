# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ALTER TABLE."""

from __future__ import annotations

from typing import Any

from estate.api import Column
from estate.sql import types
from estate.sql.compiler.core import quote
from estate.sql.ddl_tables import AFFINITY, CONSTRAINTS, columns, constraint, existing, keys, owned, store
from estate.sql.ddl_words import Words
from estate.sql.errors import ora, unsupported
from estate.sql.objects import UserObject


def alter(session: Any, words: Words) -> None:
    """ALTER TABLE with one action; any other kind or action is ORA-03001."""
    kind = words.name(940)
    if kind != "TABLE":
        raise unsupported(f"ALTER {kind}", words.place)
    owner, name = words.qualified(session.ctx.schema)
    found = existing(session, owner, name, ("TABLE",))
    if found is None:
        raise ora(942, position=words.place)
    owned(session, owner)
    action = words.name(1735)
    if action not in ALTERATIONS:
        raise unsupported(f"ALTER TABLE ... {action}", words.place)
    ALTERATIONS[action](session, words, found)
    store(session, found, "ALTER TABLE")


def _alter_add(session: Any, words: Words, found: UserObject) -> None:
    if words.word in ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"):
        found.detail["keys"], before = [], found.detail["keys"]
        constraint(found, words, None)
        keys(session, found)
        found.detail["keys"] = before + found.detail["keys"]
        return
    body = Words(words.balanced()) if words.word == "(" else words
    connection = session.writer().connection
    for column in columns(session, found, body):
        if any(one.name == column.name for one in found.columns):
            raise ora(1430)
        filled = connection.execute(f"SELECT 1 FROM {quote(found.table)} LIMIT 1").fetchone()
        default = found.detail["defaults"].get(column.name)
        if not column.nullable and filled and default is None:
            raise ora(1758)
        connection.execute(f"ALTER TABLE {quote(found.table)} ADD COLUMN {quote(column.name)} "
                           f"{AFFINITY.get(types.of_column(column).kind, 'TEXT')}")
        found.columns = (*found.columns, column)
        if default is not None and filled:
            session.engine.objects.save(connection, found)
            session.engine.invalidate()
            session.execute(f"UPDATE {quote(found.owner)}.{quote(found.name)} SET {quote(column.name)} = {default}")


def _alter_modify(session: Any, words: Words, found: UserObject) -> None:
    body = Words(words.balanced()) if words.word == "(" else words
    while body.at < len(body.tokens):
        name = body.name(904)
        old = next((one for one in found.columns if one.name == name), None)
        if old is None:
            raise ora(904, f'"{name}"')
        text = body.until(CONSTRAINTS)
        kind = types.parse_type(text) if text else types.of_column(old)
        nullable = old.nullable
        while body.word in CONSTRAINTS:
            if body.take("DEFAULT"):
                found.detail["defaults"][name] = body.until(CONSTRAINTS)
            elif body.take("NOT", "NULL"):
                nullable = False
            else:
                nullable = body.take("NULL") or nullable
                body.at += body.word in CONSTRAINTS
        column = Column(name, kind.name, kind.size or old.size, kind.precision, kind.scale, nullable)
        found.columns = tuple(column if one.name == name else one for one in found.columns)
        body.take(",")


def _alter_drop(session: Any, words: Words, found: UserObject) -> None:
    if words.take("CONSTRAINT") or words.take("PRIMARY", "KEY"):
        label = words.name() if words.word not in ("", "CASCADE") else None
        gone = [
            key for key in found.detail["keys"] if key["name"] == label or (label is None and key["kind"] == "PRIMARY")
        ]
        if not gone:
            raise ora(2443)
        for key in gone:
            session.writer().connection.execute(f"DROP INDEX {quote(found.owner + '.' + key['name'])}")
            found.detail["keys"].remove(key)
        return
    words.take("COLUMN")
    names = [part.text.upper() for part in Words(words.balanced()).tokens if part.text != ","] if words.word == "(" \
        else [words.name(904)]
    for name in names:
        if not any(one.name == name for one in found.columns):
            raise ora(904, f'"{name}"')
        session.writer().connection.execute(f"ALTER TABLE {quote(found.table)} DROP COLUMN {quote(name)}")
        found.columns = tuple(one for one in found.columns if one.name != name)


def alter_rename(session: Any, words: Words, found: UserObject) -> None:
    """RENAME COLUMN a TO b, RENAME TO t."""
    connection = session.writer().connection
    if words.take("COLUMN"):
        old = words.name(904)
        words.need("TO", 905)
        new = words.name(904)
        if not any(one.name == old for one in found.columns):
            raise ora(904, f'"{old}"')
        connection.execute(f"ALTER TABLE {quote(found.table)} RENAME COLUMN {quote(old)} TO {quote(new)}")
        found.columns = tuple(
            Column(new, one.type, one.size, one.precision, one.scale, one.nullable) if one.name == old else one
            for one in found.columns
        )
        return
    words.need("TO", 905)
    new = words.name()
    if existing(session, found.owner, new) is not None:
        raise ora(955)
    before = found.table
    session.engine.objects.drop(connection, found)
    found.name = new
    connection.execute(f"ALTER TABLE {quote(before)} RENAME TO {quote(found.table)}")


ALTERATIONS = {"ADD": _alter_add, "MODIFY": _alter_modify, "DROP": _alter_drop, "RENAME": alter_rename}
