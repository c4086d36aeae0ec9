# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DDL on ordinary schemas: tables, views, indexes, sequences, synonyms; TRUNCATE, RENAME, COMMENT.

After each the catalog's ``on_ddl(ctx, action, object)`` is called where it has one, so that the dictionary can show it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sqlglot.tokens import Token, TokenType

from estate.api import Column, Result
from estate.sql import types
from estate.sql.compiler.core import quote
from estate.sql.dialect import tokenize
from estate.sql.errors import ora, unsupported
from estate.sql.objects import UserObject

AFFINITY = {"N": "NUMERIC", "F": "REAL", "R": "BLOB"}
CONSTRAINTS = ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "NOT", "NULL", "REFERENCES", "DEFAULT", "GENERATED",
               "ENABLE", "DISABLE", "VISIBLE", "INVISIBLE", "COLLATE", "SORT", "ENCRYPT")


class Words:
    """The tokens of a DDL statement, read one after the other."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[Token] = [one for one in tokenize(text) if one.token_type != TokenType.SEMICOLON]
        self.at = 0

    @property
    def word(self) -> str:
        """The word here, in capitals; '' at the end."""
        return self.tokens[self.at].text.upper() if self.at < len(self.tokens) else ""

    def peek(self, offset: int = 1) -> str:
        """A later word."""
        index = self.at + offset
        return self.tokens[index].text.upper() if index < len(self.tokens) else ""

    def take(self, *words: str) -> bool:
        """Step over the words if they stand here."""
        for offset, word in enumerate(words):
            if self.peek(offset) != word:
                return False
        self.at += len(words)
        return True

    def need(self, word: str, code: int) -> None:
        """Step over a word that must stand here."""
        if not self.take(word):
            raise ora(code, position=self.place)

    @property
    def place(self) -> int:
        """Where the word here begins."""
        return self.tokens[self.at].start if self.at < len(self.tokens) else len(self.text)

    def name(self, code: int = 903) -> str:
        """An identifier."""
        if self.at >= len(self.tokens):
            raise ora(code, position=self.place)
        token = self.tokens[self.at]
        if token.token_type in (TokenType.STRING, TokenType.NUMBER, TokenType.L_PAREN, TokenType.COMMA):
            raise ora(code, position=token.start)
        self.at += 1
        return token.text if token.token_type == TokenType.IDENTIFIER else token.text.upper()

    def number(self) -> int:
        """A whole number, perhaps negative."""
        sign = -1 if self.take("-") else 1
        if not self.word.isdigit():
            raise ora(933, position=self.place)
        self.at += 1
        return sign * int(self.tokens[self.at - 1].text)

    def qualified(self, schema: str, code: int = 903) -> tuple[str, str]:
        """[owner.]name."""
        first = self.name(code)
        return (first, self.name(code)) if self.take(".") else (schema, first)

    def balanced(self) -> str:
        """The text of a parenthesised group that begins here, without its parentheses."""
        start, depth = self.at, 0
        while self.at < len(self.tokens):
            depth += {"(": 1, ")": -1}.get(self.tokens[self.at].text, 0)
            self.at += 1
            if depth == 0:
                return self.text[self.tokens[start].end + 1:self.tokens[self.at - 1].start].strip()
        raise ora(907, position=len(self.text))

    def until(self, stops: tuple[str, ...]) -> str:
        """The text up to a word of the list, a comma or a closing parenthesis, at this level."""
        start, depth = self.at, 0
        while self.at < len(self.tokens):
            word = self.word
            if depth == 0 and (word in stops or word in (",", ")")):
                break
            depth += {"(": 1, ")": -1}.get(word, 0)
            self.at += 1
        if start == self.at:
            return ""
        return self.text[self.tokens[start].start:self.tokens[self.at - 1].end + 1]


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


def _store(session: Any, one: UserObject, action: str) -> None:
    session.engine.objects.save(session.writer().connection, one)
    _tell(session, action, one)


def _tell(session: Any, action: str, one: UserObject) -> None:
    listener = getattr(session.engine.catalog, "on_ddl", None)
    if listener is not None:
        with session.engine.acting(session.writer().connection):
            listener(session.ctx, action, one)


def _existing(session: Any, owner: str, name: str, kinds: tuple[str, ...] = ("TABLE", "VIEW", "SYNONYM", "SEQUENCE")) -> Any:
    for kind in kinds:
        found = session.engine.objects.known.get((owner, name, kind))
        if found is not None:
            return found
    return None


def _owned(session: Any, owner: str) -> None:
    allows = getattr(session.engine.catalog, "allows", None)
    if owner != session.ctx.user and session.ctx.user not in ("SYS", "SYSTEM"):
        if allows is None or not allows(session.ctx, "CREATE", owner, ""):
            raise ora(1031)


def _create(session: Any, words: Words) -> None:
    replace = words.take("OR", "REPLACE")
    public = words.take("PUBLIC")
    while words.word in ("GLOBAL", "PRIVATE", "TEMPORARY", "FORCE", "EDITIONABLE", "NONEDITIONABLE", "NO", "UNIQUE", "BITMAP"):
        words.at += 1
    kind = words.name(901)
    makers: dict[str, Callable[..., None]] = {"TABLE": _create_table, "VIEW": _create_view, "SEQUENCE": _create_sequence,
                                              "SYNONYM": _create_synonym, "INDEX": _create_index}
    if kind not in makers:
        raise unsupported(f"CREATE {kind}", words.place)
    missing = False
    if words.word == "IF" and words.peek() == "NOT":
        if int(session.ctx.version.split(".")[0]) < 23:
            raise ora({"TABLE": 922}.get(kind, 922), position=words.place)
        missing = words.take("IF", "NOT", "EXISTS")
    owner, name = words.qualified("PUBLIC" if public else session.ctx.schema, 903)
    if not public:
        _owned(session, owner)
    found = _existing(session, owner, name)
    if found is not None and kind != "INDEX":
        if missing:
            return
        if not replace or found.kind != kind:
            raise ora(955, position=words.place)
    makers[kind](session, words, owner, name)


def _create_table(session: Any, words: Words, owner: str, name: str) -> None:
    one = UserObject(owner, name, "TABLE", (), {"defaults": {}, "keys": [], "indexes": {}})
    names: list[str] = []
    if words.word == "(":
        body = Words(words.balanced())
        if _is_name_list(body):
            names = [part.text.upper() for part in body.tokens if part.text != ","]
        else:
            one.columns = tuple(_columns(session, one, body))
    query = _as_query(words)
    connection = session.writer().connection
    if query is None:
        if not one.columns:
            raise ora(906 if not names else 902, position=words.place)
        connection.execute(_table_sql(one))
    else:
        one.columns = tuple(_from_query(session, query, names))
        connection.execute(_table_sql(one))
        _store(session, one, "CREATE TABLE")
        session.engine.invalidate()
        session.execute(f"INSERT INTO {quote(owner)}.{quote(name)} {query}")
    _keys(session, one)
    _store(session, one, "CREATE TABLE")


def _is_name_list(body: Words) -> bool:
    return all(part.text == "," or part.token_type in (TokenType.VAR, TokenType.IDENTIFIER) for part in body.tokens) and \
        all(part.text == "," for part in body.tokens[1::2])


def _as_query(words: Words) -> str | None:
    while words.at < len(words.tokens):
        if words.word == "AS" and words.peek() in ("SELECT", "WITH", "("):
            return words.text[words.tokens[words.at].end + 1:].rstrip("; \n")
        words.at += 1
    return None


def _from_query(session: Any, query: str, names: list[str]) -> list[Column]:
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


def _columns(session: Any, one: UserObject, body: Words) -> list[Column]:
    columns: list[Column] = []
    while body.at < len(body.tokens):
        if body.word in ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN") and body.peek() not in ("NUMBER", "VARCHAR2"):
            _constraint(one, body, None)
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
            nullable = _constraint(one, body, name) and nullable
    described = kind.column(name, nullable)
    return Column(name, kind.name, kind.size or described.size, kind.precision, kind.scale, nullable)


def _constraint(one: UserObject, body: Words, column: str | None) -> bool:
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


def _keys(session: Any, one: UserObject) -> None:
    """Unique indexes behind PRIMARY KEY and UNIQUE; a primary key makes its columns NOT NULL."""
    connection = session.writer().connection
    for number, key in enumerate(one.detail["keys"]):
        key["name"] = key["name"] or f"SYS_C{7000 + len(session.engine.objects.known) * 10 + number:07d}"
        listed = ", ".join(quote(name) for name in key["columns"])
        unknown = set(key["columns"]) - {column.name for column in one.columns}
        if unknown:
            raise ora(904, f'"{sorted(unknown)[0]}"')
        connection.execute(f"CREATE UNIQUE INDEX {quote(one.owner + '.' + key['name'])} ON {quote(one.table)} ({listed})")
        if key["kind"] == "PRIMARY":
            one.columns = tuple(Column(column.name, column.type, column.size, column.precision, column.scale,
                                       column.nullable and column.name not in key["columns"]) for column in one.columns)


def _create_view(session: Any, words: Words, owner: str, name: str) -> None:
    names = []
    if words.word == "(":
        names = [part.text.upper() for part in Words(words.balanced()).tokens if part.text != ","]
    query = _as_query(words)
    if query is None:
        raise ora(905, position=words.place)
    query = re.sub(r"\s+WITH\s+(READ\s+ONLY|CHECK\s+OPTION)\s*$", "", query, flags=re.I)
    columns = _from_query(session, query, names)
    base = re.search(r"\bFROM\s+(\w+)\s*(?:WHERE\b|$)", query, re.I)
    detail = {"text": query, "base": (owner, base[1].upper()) if base else None}
    _store(session, UserObject(owner, name, "VIEW", tuple(columns), detail), "CREATE VIEW")


SEQUENCE_DEFAULTS = {"start": 1, "increment": 1, "minimum": 1, "maximum": 10**28 - 1, "cycle": False}


def _create_sequence(session: Any, words: Words, owner: str, name: str) -> None:
    detail: dict[str, Any] = dict(SEQUENCE_DEFAULTS)
    options = {("START", "WITH"): "start", ("INCREMENT", "BY"): "increment", ("MINVALUE",): "minimum", ("MAXVALUE",): "maximum"}
    while words.word:
        known = next((pair for pair in options if words.take(*pair)), None)
        if known is not None:
            detail[options[known]] = words.number()
        elif words.take("CYCLE"):
            detail["cycle"] = True
        elif words.word in ("NOCACHE", "NOCYCLE", "NOORDER", "ORDER", "NOMAXVALUE", "NOMINVALUE", "CACHE", "NOKEEP", "GLOBAL",
                            "SESSION", "NOSCALE") or words.word.isdigit():
            words.at += 1
        else:
            raise ora(933, position=words.place)
    _store(session, UserObject(owner, name, "SEQUENCE", (), detail), "CREATE SEQUENCE")


def _create_synonym(session: Any, words: Words, owner: str, name: str) -> None:
    words.need("FOR", 905)
    target_owner, target = words.qualified(session.ctx.schema)
    _store(session, UserObject(owner, name, "SYNONYM", (), {"owner": target_owner, "name": target}), "CREATE SYNONYM")


def _create_index(session: Any, words: Words, owner: str, name: str) -> None:
    unique = "UNIQUE" in words.text[:words.tokens[min(words.at, len(words.tokens) - 1)].start].upper().split()
    words.need("ON", 969)
    table_owner, table = words.qualified(session.ctx.schema)
    found = _existing(session, table_owner, table, ("TABLE",))
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
    _store(session, found, "CREATE INDEX")


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
    found = _existing(session, owner, name, (kind,))
    if found is None:
        if lenient:
            return None
        raise {"TABLE": ora(942), "VIEW": ora(942), "SEQUENCE": ora(2289), "SYNONYM": ora(1432 if public else 1434)}.get(
            kind, unsupported(f"DROP {kind}"))
    if not public:
        _owned(session, owner)
    connection = session.writer().connection
    if kind == "TABLE":
        connection.execute(f"DROP TABLE {quote(found.table)}")
    session.engine.objects.drop(connection, found)
    return _tell(session, f"DROP {kind}", found)


def _drop_index(session: Any, owner: str, name: str, lenient: bool) -> None:
    for found in list(session.engine.objects.known.values()):
        if found.kind == "TABLE" and found.detail["indexes"].get(name, {}).get("owner") == owner:
            session.writer().connection.execute(f"DROP INDEX IF EXISTS {quote(owner + '.' + name)}")
            del found.detail["indexes"][name]
            return _store(session, found, "DROP INDEX")
    if not lenient:
        raise ora(1418)
    return None


def _truncate(session: Any, words: Words) -> None:
    words.need("TABLE", 3290)
    owner, name = words.qualified(session.ctx.schema)
    found = _existing(session, owner, name, ("TABLE",))
    if found is None:
        raise ora(942, position=words.place)
    session.writer().connection.execute(f"DELETE FROM {quote(found.table)}")
    _tell(session, "TRUNCATE TABLE", found)


def _alter(session: Any, words: Words) -> None:
    kind = words.name(940)
    if kind != "TABLE":
        raise unsupported(f"ALTER {kind}", words.place)
    owner, name = words.qualified(session.ctx.schema)
    found = _existing(session, owner, name, ("TABLE",))
    if found is None:
        raise ora(942, position=words.place)
    _owned(session, owner)
    action = words.name(1735)
    if action not in ALTERATIONS:
        raise unsupported(f"ALTER TABLE ... {action}", words.place)
    ALTERATIONS[action](session, words, found)
    _store(session, found, "ALTER TABLE")


def _alter_add(session: Any, words: Words, found: UserObject) -> None:
    if words.word in ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"):
        found.detail["keys"], before = [], found.detail["keys"]
        _constraint(found, words, None)
        _keys(session, found)
        found.detail["keys"] = before + found.detail["keys"]
        return
    body = Words(words.balanced()) if words.word == "(" else words
    connection = session.writer().connection
    for column in _columns(session, found, body):
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
        gone = [key for key in found.detail["keys"] if key["name"] == label or (label is None and key["kind"] == "PRIMARY")]
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


def _alter_rename(session: Any, words: Words, found: UserObject) -> None:
    connection = session.writer().connection
    if words.take("COLUMN"):
        old = words.name(904)
        words.need("TO", 905)
        new = words.name(904)
        if not any(one.name == old for one in found.columns):
            raise ora(904, f'"{old}"')
        connection.execute(f"ALTER TABLE {quote(found.table)} RENAME COLUMN {quote(old)} TO {quote(new)}")
        found.columns = tuple(Column(new, one.type, one.size, one.precision, one.scale, one.nullable) if one.name == old else one
                              for one in found.columns)
        return
    words.need("TO", 905)
    new = words.name()
    if _existing(session, found.owner, new) is not None:
        raise ora(955)
    before = found.table
    session.engine.objects.drop(connection, found)
    found.name = new
    connection.execute(f"ALTER TABLE {quote(before)} RENAME TO {quote(found.table)}")


ALTERATIONS = {"ADD": _alter_add, "MODIFY": _alter_modify, "DROP": _alter_drop, "RENAME": _alter_rename}


def _rename(session: Any, words: Words) -> None:
    owner, name = words.qualified(session.ctx.schema)
    found = _existing(session, owner, name, ("TABLE",))
    if found is None:
        raise ora(4043, name)
    _alter_rename(session, words, found)
    _store(session, found, "RENAME")


def _comment(session: Any, words: Words) -> None:
    words.need("ON", 969)
    kind = words.name(905)
    owner, name = words.qualified(session.ctx.schema)
    column = words.name() if words.take(".") else None
    if kind == "COLUMN" and column is None:
        owner, name, column = session.ctx.schema, owner, name
    found = _existing(session, owner, name, ("TABLE", "VIEW"))
    if found is None:
        raise ora(942)
    words.need("IS", 905)
    text = words.tokens[words.at].text if words.word else ""
    found.detail.setdefault("comments", {})[column or ""] = text
    _store(session, found, "COMMENT")


VERBS: dict[str, Callable[[Any, Words], None]] = {
    "CREATE": _create, "DROP": _drop, "TRUNCATE": _truncate, "ALTER": _alter, "RENAME": _rename, "COMMENT": _comment,
}

