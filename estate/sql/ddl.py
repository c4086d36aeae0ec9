# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DDL on ordinary schemas: tables, views, indexes, sequences, synonyms; TRUNCATE, RENAME, COMMENT.

After each the catalog's ``on_ddl(ctx, action, object)`` is called where it has one, so that the dictionary can show it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from estate.api import Result
from estate.sql import rules
from estate.sql.compiler.core import quote
from estate.sql.ddl_alter import alter, alter_rename
from estate.sql.ddl_common import existing, may_create, owned, store, tell
from estate.sql.ddl_sequences import create_sequence
from estate.sql.ddl_tables import as_query, create_table, from_query
from estate.sql.ddl_words import Words
from estate.sql.errors import ora, unsupported
from estate.sql.objects import UserObject


def run(session: Any, text: str) -> Result:
    """Execute a DDL statement: the transaction at hand is committed first, as Oracle does."""
    words = Words(text)
    verb = words.name(900)
    handler = VERBS.get(verb)
    if handler is None:
        raise unsupported(" ".join(text.split()[:3]).upper())
    session.commit()
    try:
        handler(session, words)
        session.commit()
    except BaseException:
        session.rollback()
        with session.engine.lease(session.ctx) as handle:
            session.engine.objects.load(handle.connection)
        raise
    finally:
        session.engine.invalidate()
    return Result("ddl")


def after(session: Any, text: str) -> None:
    """What follows here from an administrative statement: a dropped user's objects are gone."""
    if [word.upper() for word in text.split()[:2]] != ["DROP", "USER"]:
        return
    words = Words(text)
    words.take("DROP", "USER")
    words.take("IF", "EXISTS")
    owner = words.name()
    gone = [one for one in session.engine.objects.known.values() if one.owner == owner]
    for one in gone:
        if one.kind == "TABLE" and existing(session, owner, one.name, ("TABLE",)) is not None:
            _drop_table(session, one, cascade=True)
    for one in gone:
        session.engine.objects.drop(session.writer().connection, one)
        tell(session, f"DROP {one.kind}", one)
    session.commit()
    session.engine.invalidate()


def _create(session: Any, words: Words) -> None:
    replace = words.take("OR", "REPLACE")
    public = words.take("PUBLIC")
    while words.word in (
        "GLOBAL",
        "PRIVATE",
        "TEMPORARY",
        "FORCE",
        "EDITIONABLE",
        "NONEDITIONABLE",
        "NO",
        "UNIQUE",
        "BITMAP",
    ):
        words.at += 1
    kind = words.name(901)
    makers: dict[str, Callable[..., None]] = {
        "TABLE": create_table,
        "VIEW": _create_view,
        "SEQUENCE": create_sequence,
        "SYNONYM": _create_synonym,
        "INDEX": _create_index,
    }
    if kind not in makers:
        raise unsupported(f"CREATE {kind}", words.place)
    missing = False
    if words.word == "IF" and words.peek() == "NOT":
        if int(session.ctx.version.split(".")[0]) < 23:
            raise ora({"TABLE": 922}.get(kind, 922), position=words.place)
        missing = words.take("IF", "NOT", "EXISTS")
    owner, name = words.qualified("PUBLIC" if public else session.ctx.schema, 903)
    may_create(session, owner, kind, public)
    found = existing(session, owner, name)
    if found is not None and kind != "INDEX":
        if missing:
            return
        if not replace or found.kind != kind:
            raise ora(955, position=words.place)
    makers[kind](session, words, owner, name)


def _create_view(session: Any, words: Words, owner: str, name: str) -> None:
    names = []
    if words.word == "(":
        names = words.names()
    query = as_query(words)
    if query is None:
        raise ora(905, position=words.place)
    query = re.sub(r"\s+WITH\s+(READ\s+ONLY|CHECK\s+OPTION)\s*$", "", query, flags=re.I)
    columns = from_query(session, query, names)
    base = re.search(r"\bFROM\s+(\w+)\s*(?:WHERE\b|$)", query, re.I)
    detail = {"text": query, "base": (owner, base[1].upper()) if base else None}
    store(session, UserObject(owner, name, "VIEW", tuple(columns), detail), "CREATE VIEW")


def _create_synonym(session: Any, words: Words, owner: str, name: str) -> None:
    words.need("FOR", 905)
    target_owner, target = words.qualified(session.ctx.schema)
    store(session, UserObject(owner, name, "SYNONYM", (), {"owner": target_owner, "name": target}), "CREATE SYNONYM")


def _create_index(session: Any, words: Words, owner: str, name: str) -> None:
    unique = "UNIQUE" in words.text[:words.tokens[min(words.at, len(words.tokens) - 1)].start].upper().split()
    words.need("ON", 969)
    table_owner, table = words.qualified(session.ctx.schema)
    found = existing(session, table_owner, table, ("TABLE",))
    if found is None:
        raise ora(942, position=words.place)
    if name in found.detail["indexes"]:
        raise ora(955)
    columns = indexed(words.balanced())
    known = {column.name for column in found.columns}
    plain = [column for column in columns if column in known]
    if len(plain) == len(columns):
        listed = ", ".join(quote(column) for column in plain)
        session.writer().connection.execute(
            f"CREATE {'UNIQUE ' if unique else ''}INDEX {quote(owner + '.' + name)} ON {quote(found.table)} ({listed})")
    elif not any("(" in column for column in columns):
        raise ora(904, f'"{next(column for column in columns if column not in known)}"')
    found.detail["indexes"][name] = {"owner": owner, "columns": columns, "unique": unique}
    store(session, found, "CREATE INDEX")


def indexed(text: str) -> list[str]:
    """The columns of an index, expressions as they are written."""
    words, found = Words(text), []
    while words.word:
        start = words.at
        part = words.until(("ASC", "DESC", "NULLS"))
        plain = words.at == start + 1
        found.append(Words(part).name(904) if plain else part)
        while words.word and not words.take(","):
            words.at += 1
    return found


def _drop(session: Any, words: Words) -> None:
    public = words.take("PUBLIC")
    kind = words.name(950)
    lenient = False
    if words.word == "IF" and words.peek() == "EXISTS":
        if int(session.ctx.version.split(".")[0]) < 23:
            raise ora(933, position=words.place)
        lenient = words.take("IF", "EXISTS")
    owner, name = words.qualified("PUBLIC" if public else session.ctx.schema)
    if kind == "INDEX":
        return _drop_index(session, owner, name, lenient)
    found = existing(session, owner, name, (kind,))
    if found is None:
        if lenient:
            return None
        raise {
            "TABLE": ora(942),
            "VIEW": ora(942),
            "SEQUENCE": ora(2289),
            "SYNONYM": ora(1432 if public else 1434),
        }.get(kind, unsupported(f"DROP {kind}"))
    if not public:
        owned(session, owner)
    if kind == "TABLE":
        _drop_table(session, found, cascade=words.take("CASCADE", "CONSTRAINTS"))
    session.engine.objects.drop(session.writer().connection, found)
    return tell(session, f"DROP {kind}", found)


def _drop_table(session: Any, found: UserObject, *, cascade: bool) -> None:
    """The rows, the sequences of identity columns, and with CASCADE CONSTRAINTS the foreign keys to it. ORA-02449."""
    connection = session.writer().connection
    foreign = [(child, made) for child, made in rules.children(session.engine.objects, found) if child is not found]
    if foreign and not cascade:
        raise ora(2449)
    for child, made in foreign:
        child.detail["references"].remove(made)
        rules.lay(session, child)
        store(session, child, "ALTER TABLE")
    parents = rules.parents(session.engine.objects, found)
    for one in (found, *parents):
        rules.lift(connection, one)
    connection.execute(f"DROP TABLE {quote(found.table)}")
    session.engine.objects.drop(connection, found)
    for one in parents:
        rules.lay(session, one)
    for made in found.detail.get("identity", {}).values():
        sequence = existing(session, found.owner, made["sequence"], ("SEQUENCE",))
        if sequence is not None:
            session.engine.objects.drop(connection, sequence)
            tell(session, "DROP SEQUENCE", sequence)


def _drop_index(session: Any, owner: str, name: str, lenient: bool) -> None:
    for found in list(session.engine.objects.known.values()):
        if found.kind == "TABLE" and found.detail["indexes"].get(name, {}).get("owner") == owner:
            session.writer().connection.execute(f"DROP INDEX IF EXISTS {quote(owner + '.' + name)}")
            del found.detail["indexes"][name]
            return store(session, found, "DROP INDEX")
    if not lenient:
        raise ora(1418)
    return None


def _truncate(session: Any, words: Words) -> None:
    words.need("TABLE", 3290)
    owner, name = words.qualified(session.ctx.schema)
    found = existing(session, owner, name, ("TABLE",))
    if found is None:
        raise ora(942, position=words.place)
    owned(session, owner)
    foreign = [child for child, made in rules.children(session.engine.objects, found)
               if child is not found and made["enabled"]]
    if foreign and "CASCADE" not in words.text.upper().split():
        raise ora(2266)
    for one in (*foreign, found):
        rules.lift(session.writer().connection, one)
        session.writer().connection.execute(f"DELETE FROM {quote(one.table)}")
        rules.lay(session, one)
    tell(session, "TRUNCATE TABLE", found)


def _rename(session: Any, words: Words) -> None:
    owner, name = words.qualified(session.ctx.schema)
    found = existing(session, owner, name, ("TABLE",))
    if found is None:
        raise ora(4043, name)
    alter_rename(session, words, found)
    store(session, found, "RENAME")


def _comment(session: Any, words: Words) -> None:
    words.need("ON", 969)
    kind = words.name(905)
    owner, name = words.qualified(session.ctx.schema)
    column = words.name() if words.take(".") else None
    if kind == "COLUMN" and column is None:
        owner, name, column = session.ctx.schema, owner, name
    found = existing(session, owner, name, ("TABLE", "VIEW"))
    if found is None:
        raise ora(942)
    words.need("IS", 905)
    text = words.tokens[words.at].text if words.word else ""
    found.detail.setdefault("comments", {})[column or ""] = text
    store(session, found, "COMMENT")


VERBS: dict[str, Callable[[Any, Words], None]] = {
    "CREATE": _create, "DROP": _drop, "TRUNCATE": _truncate, "ALTER": alter, "RENAME": _rename, "COMMENT": _comment,
}

