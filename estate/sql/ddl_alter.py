# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ALTER TABLE: columns and names. Its constraint clauses are in ``ddl_alter_constraints``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from estate.api import Column
from estate.sql import rules, types
from estate.sql.compiler.core import quote
from estate.sql.ddl_alter_constraints import add_constraint, drop_constraint, modify_constraint, switch
from estate.sql.ddl_columns import WORDS, attributes, columns, identity
from estate.sql.ddl_common import column_of, existing, owned, store
from estate.sql.ddl_constraints import STARTS, settle
from estate.sql.ddl_sequences import alter_sequence
from estate.sql.ddl_tables import column_sql
from estate.sql.ddl_words import Words
from estate.sql.errors import ora, unsupported
from estate.sql.objects import UserObject

# what a table is like and nothing here reads
SETTINGS = frozenset(("CACHE", "NOCACHE", "LOGGING", "NOLOGGING", "PARALLEL", "NOPARALLEL", "PCTFREE", "INITRANS",
                      "MONITORING", "COMPRESS", "NOCOMPRESS", "ROW", "RESULT_CACHE", "INMEMORY", "STORAGE"))


def alter(session: Any, words: Words) -> None:
    """ALTER TABLE and ALTER SEQUENCE of what users made. Raises OraError."""
    kind = words.name(940)
    if kind == "SEQUENCE":
        return alter_sequence(session, words)
    if kind == "VIEW":
        return _alter_view(session, words)
    if kind != "TABLE":
        raise unsupported(f"ALTER {kind}", words.place)
    owner, name = words.qualified(session.ctx.schema)
    found = existing(session, owner, name, ("TABLE",))
    if found is None:
        raise ora(942, position=words.place)
    owned(session, owner)
    while words.word:
        _clause(session, words, found)
    return store(session, found, "ALTER TABLE")


def _clause(session: Any, words: Words, found: UserObject) -> None:
    action = words.name(1735)
    if action in SETTINGS:
        words.at = len(words.tokens)
        return
    if action not in ALTERATIONS:
        raise unsupported(f"ALTER TABLE ... {action}", words.place)
    family = _family(session, found)
    for one in family:
        rules.lift(session.writer().connection, one)
    ALTERATIONS[action](session, words, found)
    settle(session, found)
    for one in family:
        rules.lay(session, one)


def _family(session: Any, found: UserObject) -> list[UserObject]:
    """A table with those that its foreign keys, and the foreign keys to it, are about."""
    objects = session.engine.objects
    others = [*rules.parents(objects, found), *(child for child, _ in rules.children(objects, found))]
    return list({one.table: one for one in (found, *others)}.values())


def _alter_view(session: Any, words: Words) -> None:
    """ALTER VIEW ... COMPILE: a view is compiled each time."""
    owner, name = words.qualified(session.ctx.schema)
    if existing(session, owner, name, ("VIEW",)) is None:
        raise ora(942)
    words.need("COMPILE", 922)


def _alter_add(session: Any, words: Words, found: UserObject) -> None:
    if words.word in STARTS:
        return add_constraint(session, words, found)
    body = Words(words.balanced()) if words.word == "(" else words
    if body is words:
        words.take("COLUMN")
    for column in _added(session, found, body):
        _add_column(session, found, column)
    return None


def _added(session: Any, found: UserObject, body: Words) -> list[Column]:
    known = {one.name for one in found.columns}
    added = columns(session, found, body)
    if any(column.name in known for column in added):
        raise ora(1430)
    return added


def _add_column(session: Any, found: UserObject, column: Column) -> None:
    connection = session.writer().connection
    filled = connection.execute(f"SELECT 1 FROM {quote(found.table)} LIMIT 1").fetchone()
    default = found.detail["defaults"].get(column.name)
    if not column.nullable and filled and default is None:
        raise ora(1758)
    connection.execute(f"ALTER TABLE {quote(found.table)} ADD COLUMN {column_sql(column)}")
    found.columns = (*found.columns, column)
    if default is not None and filled:
        session.engine.objects.save(connection, found)
        session.engine.invalidate()
        session.execute(f"UPDATE {quote(found.owner)}.{quote(found.name)} SET {quote(column.name)} = {default}")


def _alter_modify(session: Any, words: Words, found: UserObject) -> None:
    if words.word in ("CONSTRAINT", "PRIMARY", "UNIQUE") and words.peek() not in ("VARCHAR2", "NUMBER"):
        return modify_constraint(session, words, found)
    body = Words(words.balanced()) if words.word == "(" else words
    while body.at < len(body.tokens):
        _modify_column(session, body, found)
        body.take(",")
    return None


def _modify_column(session: Any, body: Words, found: UserObject) -> None:
    name = body.name(904)
    old = column_of(found, name)
    text = body.until((*WORDS, "DROP"))
    kind = types.parse_type(text) if text else types.of_column(old)
    if text:
        _fits(session, found, old, kind)
        others = [other for other in found.detail.get("integers", []) if other != name]
        found.detail["integers"] = [*others, name] if text.upper() in types.INTEGERS else others
    nullable = _modified(session, body, found, old)
    column = Column(name, kind.name, kind.size or kind.column(name).size, kind.precision, kind.scale, nullable)
    found.columns = tuple(column if one.name == name else one for one in found.columns)


def _modified(session: Any, body: Words, found: UserObject, old: Column) -> bool:
    """DEFAULT, NULL, NOT NULL, identity of a column that exists; whether it may be NULL now."""
    name = old.name
    if body.take("DROP", "IDENTITY"):
        if name not in found.detail.get("identity", {}):
            raise ora(30673)
        found.detail["identity"].pop(name)
        found.detail["defaults"].pop(name, None)
        return old.nullable
    if body.word == "GENERATED" and name in found.detail.get("identity", {}):
        always = not (body.take("GENERATED") and body.take("BY", "DEFAULT")) and body.take("ALWAYS")
        how = {"always": always, "on_null": body.take("ON", "NULL")}
        body.need("AS", 905)
        body.need("IDENTITY", 905)
        identity(session, found, body, name, how)
        return old.nullable
    if body.take("NULL"):
        if old.nullable:
            raise ora(1451)
        found.detail.get("not_null", {}).pop(name, None)
        return True
    start = body.at
    nullable = attributes(session, found, body, name)
    said = "NULL" in [token.text.upper() for token in body.tokens[start:body.at]]
    if not nullable and old.nullable:
        _no_nulls(session, found, name)
    elif not nullable and not old.nullable and said:
        raise ora(1442)
    return nullable and old.nullable


def _no_nulls(session: Any, found: UserObject, name: str) -> None:
    sql = f"SELECT 1 FROM {quote(found.table)} WHERE {quote(name)} IS NULL LIMIT 1"
    if session.writer().connection.execute(sql).fetchone():
        raise ora(2296, found.owner + ".")


def _fits(session: Any, found: UserObject, old: Column, kind: types.SqlType) -> None:
    """ORA-01439, ORA-01440, ORA-01441 where the column has values that do not go with its new type."""
    sql = f"SELECT max(length(CAST({quote(old.name)} AS BLOB))) FROM {quote(found.table)}"
    longest = session.writer().connection.execute(sql).fetchone()[0]
    if longest is None:
        return
    before = types.of_column(old)
    if before.is_lob != kind.is_lob or kind.name in ("LONG", "LONG RAW"):
        raise ora(22858)
    if before.kind != kind.kind and {before.kind, kind.kind} != {"D", "T"}:
        raise ora(1439)
    if kind.kind == "S" and kind.size and longest > kind.size:
        raise ora(1441)
    if kind.name == "NUMBER" and kind.precision and 0 < _digits(kind) < _digits(before):
        raise ora(1440)


def _digits(kind: types.SqlType) -> int:
    return (kind.precision or 40) - max(kind.scale, 0)


def _alter_drop(session: Any, words: Words, found: UserObject) -> None:
    if words.word in ("CONSTRAINT", "PRIMARY", "UNIQUE"):
        return drop_constraint(session, words, found)
    if words.take("UNUSED"):
        words.at = len(words.tokens)
        return None
    words.take("COLUMN")
    listed = words.names() if words.word == "(" else [words.name(904)]
    cascade = words.take("CASCADE", "CONSTRAINTS")
    words.at = len(words.tokens)
    for name in listed:
        column_of(found, name)
        if len(found.columns) == 1:
            raise ora(12983)
        _drop_column(session, found, name, cascade=cascade)
    return None


def _drop_column(session: Any, found: UserObject, name: str, *, cascade: bool) -> None:
    """A column goes with the indexes and the constraints that are on it alone. ORA-12991, ORA-12992."""
    connection, detail = session.writer().connection, found.detail
    for child, made in rules.children(session.engine.objects, found):
        if name in made["to"]:
            if not cascade:
                raise ora(12992)
            child.detail["references"].remove(made)
    for place in ("keys", "references"):
        for made in [one for one in detail.get(place, []) if name in one["columns"]]:
            if len(made["columns"]) > 1 and not cascade:
                raise ora(12991)
            detail[place].remove(made)
            prefix = found.owner + "." if place == "keys" else f"f.{found.owner}."
            connection.execute(f"DROP INDEX IF EXISTS {quote(prefix + made['name'])}")
    detail["checks"] = [one for one in detail.get("checks", []) if one.get("column") != name]
    for index in [label for label, one in detail["indexes"].items() if name in one["columns"]]:
        connection.execute(f"DROP INDEX IF EXISTS {quote(detail['indexes'].pop(index)['owner'] + '.' + index)}")
    for place in ("defaults", "virtual", "identity", "not_null", "comments"):
        detail.get(place, {}).pop(name, None)
    connection.execute(f"ALTER TABLE {quote(found.table)} DROP COLUMN {quote(name)}")
    found.columns = tuple(one for one in found.columns if one.name != name)


def alter_rename(session: Any, words: Words, found: UserObject) -> None:
    """RENAME TO, RENAME COLUMN, RENAME CONSTRAINT."""
    if words.take("COLUMN"):
        return _rename_column(session, words, found)
    if words.take("CONSTRAINT"):
        return modify_constraint(session, words, found, rename=True)
    words.need("TO", 905)
    new = words.name()
    if existing(session, found.owner, new) is not None:
        raise ora(955)
    connection, before = session.writer().connection, found.table
    family, kept = rules.children(session.engine.objects, found), _family(session, found)
    for one in kept:
        rules.lift(connection, one)
    session.engine.objects.drop(connection, found)
    found.name = new
    connection.execute(f"ALTER TABLE {quote(before)} RENAME TO {quote(found.table)}")
    session.engine.objects.save(connection, found)
    for child, made in family:
        made["table"] = new
        store(session, child, "ALTER TABLE")
    for one in kept:
        rules.lay(session, one)
    return None


def _rename_column(session: Any, words: Words, found: UserObject) -> None:
    old = words.name(904)
    words.need("TO", 905)
    new = words.name(904)
    column_of(found, old)
    if any(one.name == new for one in found.columns):
        raise ora(957)
    session.writer().connection.execute(
        f"ALTER TABLE {quote(found.table)} RENAME COLUMN {quote(old)} TO {quote(new)}")
    found.columns = tuple(replace(one, name=new) if one.name == old else one for one in found.columns)
    _renamed(session, found, old, new)


def _renamed(session: Any, found: UserObject, old: str, new: str) -> None:
    """What names a column follows its new name."""
    detail = found.detail
    lists = [made["columns"] for place in ("keys", "references") for made in detail.get(place, [])]
    lists += [index["columns"] for index in detail["indexes"].values()]
    for child, made in rules.children(session.engine.objects, found):
        lists.append(made["to"])
        session.engine.objects.save(session.writer().connection, child)
    for listed in lists:
        listed[:] = [new if name == old else name for name in listed]
    for place in ("defaults", "virtual", "identity", "not_null", "comments"):
        values = detail.get(place, {})
        if old in values:
            values[new] = values.pop(old)
    for place in ("on_null", "integers"):
        detail[place] = [new if name == old else name for name in detail.get(place, [])]
    for made in detail.get("checks", []):
        made["text"] = Words(made["text"]).renamed(old, new)
        made["column"] = new if made.get("column") == old else made.get("column")


def _set(session: Any, words: Words, found: UserObject) -> None:
    """SET UNUSED is a DROP COLUMN to who looks."""
    if not words.take("UNUSED"):
        raise unsupported(f"ALTER TABLE ... SET {words.word}", words.place)
    _alter_drop(session, words, found)


ALTERATIONS: dict[str, Callable[[Any, Words, UserObject], None]] = {
    "ADD": _alter_add, "MODIFY": _alter_modify, "DROP": _alter_drop, "RENAME": alter_rename, "SET": _set,
    "ENABLE": lambda session, words, found: switch(session, words, found, enabled=True),
    "DISABLE": lambda session, words, found: switch(session, words, found, enabled=False)}
