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
from estate.sql.compiler.core import quote
from estate.sql.ddl_alter import alter, alter_rename
from estate.sql.ddl_tables import as_query, create_table, existing, from_query, may_create, owned, store, tell
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
    handler(session, words)
    session.commit()
    session.engine.invalidate()
    return Result("ddl")


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
        "SEQUENCE": _create_sequence,
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
        names = [part.text.upper() for part in Words(words.balanced()).tokens if part.text != ","]
    query = as_query(words)
    if query is None:
        raise ora(905, position=words.place)
    query = re.sub(r"\s+WITH\s+(READ\s+ONLY|CHECK\s+OPTION)\s*$", "", query, flags=re.I)
    columns = from_query(session, query, names)
    base = re.search(r"\bFROM\s+(\w+)\s*(?:WHERE\b|$)", query, re.I)
    detail = {"text": query, "base": (owner, base[1].upper()) if base else None}
    store(session, UserObject(owner, name, "VIEW", tuple(columns), detail), "CREATE VIEW")


SEQUENCE_DEFAULTS = {"start": 1, "increment": 1, "minimum": 1, "maximum": 10**28 - 1, "cycle": False}


def _create_sequence(session: Any, words: Words, owner: str, name: str) -> None:
    detail: dict[str, Any] = dict(SEQUENCE_DEFAULTS)
    options = {
        ("START", "WITH"): "start",
        ("INCREMENT", "BY"): "increment",
        ("MINVALUE",): "minimum",
        ("MAXVALUE",): "maximum",
    }
    while words.word:
        known = next((pair for pair in options if words.take(*pair)), None)
        if known is not None:
            detail[options[known]] = words.number()
        elif words.take("CYCLE"):
            detail["cycle"] = True
        elif (
            words.word
            in (
                "NOCACHE",
                "NOCYCLE",
                "NOORDER",
                "ORDER",
                "NOMAXVALUE",
                "NOMINVALUE",
                "CACHE",
                "NOKEEP",
                "GLOBAL",
                "SESSION",
                "NOSCALE",
            )
            or words.word.isdigit()
        ):
            words.at += 1
        else:
            raise ora(933, position=words.place)
    store(session, UserObject(owner, name, "SEQUENCE", (), detail), "CREATE SEQUENCE")


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
    columns = [part.strip().split()[0].strip('"').upper() for part in words.balanced().split(",")]
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
    connection = session.writer().connection
    if kind == "TABLE":
        connection.execute(f"DROP TABLE {quote(found.table)}")
    session.engine.objects.drop(connection, found)
    return tell(session, f"DROP {kind}", found)


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
    session.writer().connection.execute(f"DELETE FROM {quote(found.table)}")
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

