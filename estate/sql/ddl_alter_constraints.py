# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ALTER TABLE: constraints added, dropped, renamed, enabled, disabled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from estate.sql import rules
from estate.sql.compiler.core import quote
from estate.sql.ddl_constraints import LISTS, STARTS, constraint, names
from estate.sql.ddl_words import Words
from estate.sql.errors import ora
from estate.sql.objects import UserObject


def add_constraint(session: Any, words: Words, found: UserObject) -> None:
    """ADD one or several constraints. ORA-02260."""
    while words.word in STARTS:
        constraint(session, found, words, None)
        words.take(",") or words.take("ADD")
    keys = found.detail["keys"]
    if sum(key["kind"] == "PRIMARY" for key in keys) > 1:
        raise ora(2260)


def _named(found: UserObject, words: Words) -> tuple[str, dict[str, Any]] | None:
    """The constraint that the words mean: CONSTRAINT name, PRIMARY KEY, UNIQUE (columns)."""
    made = [(place, one) for place in LISTS for one in found.detail.get(place, [])]
    if words.take("PRIMARY"):
        words.take("KEY")
        return next(((place, one) for place, one in made if one.get("kind") == "PRIMARY"), None)
    if words.take("UNIQUE"):
        listed = words.names()
        return next(((place, one) for place, one in made
                     if one.get("kind") == "UNIQUE" and sorted(one["columns"]) == sorted(listed)), None)
    words.take("CONSTRAINT")
    label = words.name()
    return next(((place, one) for place, one in made if one["name"] == label), None)


def drop_constraint(session: Any, words: Words, found: UserObject) -> None:
    """DROP CONSTRAINT, PRIMARY KEY, UNIQUE. ORA-02443, ORA-02441, ORA-02442, ORA-02273."""
    kind, label = words.word, words.peek()
    made = _named(found, words)
    cascade = words.take("CASCADE")
    words.take("DROP", "INDEX") or words.take("KEEP", "INDEX") or words.take("ONLINE")
    if made is None:
        if kind == "CONSTRAINT" and _drop_not_null(found, label.strip('"')):
            return
        raise ora({"PRIMARY": 2441, "UNIQUE": 2442}.get(kind, 2443))
    place, one = made
    if place == "keys":
        _released(session, found, one, cascade=cascade)
    prefix = found.owner + "." if place == "keys" else f"f.{found.owner}."
    session.writer().connection.execute(f"DROP INDEX IF EXISTS {quote(prefix + one['name'])}")
    found.detail[place].remove(one)
    if one.get("kind") == "PRIMARY":
        kept = found.detail.get("not_null", {})
        found.columns = tuple(replace(column, nullable=column.name not in kept) if column.name in one["columns"] else
                              column for column in found.columns)


def _drop_not_null(found: UserObject, label: str) -> bool:
    said = found.detail.get("not_null", {})
    column = next((name for name, given in said.items() if given == label), None)
    if column is None:
        return False
    said.pop(column)
    found.columns = tuple(replace(one, nullable=True) if one.name == column else one for one in found.columns)
    return True


def _released(session: Any, found: UserObject, key: dict[str, Any], *, cascade: bool) -> None:
    """The foreign keys that refer to a key go with CASCADE. ORA-02273 without."""
    for child, made in rules.children(session.engine.objects, found):
        if made.get("key") == key["name"]:
            if not cascade:
                raise ora(2273)
            child.detail["references"].remove(made)
            session.engine.objects.save(session.writer().connection, child)


def modify_constraint(session: Any, words: Words, found: UserObject, *, rename: bool = False) -> None:
    """MODIFY CONSTRAINT x ENABLE ..., and RENAME CONSTRAINT x TO y. ORA-23292."""
    before = words.peek(0 if rename else 1)
    made = _named(found, words)
    if made is None:
        raise ora(23292)
    if not rename:
        return _switch_one(words, found, made, enabled=not words.take("DISABLE"))
    words.need("TO", 905)
    new = words.name()
    if new in names(session, found.owner):
        raise ora(2264)
    prefix = found.owner + "." if made[0] == "keys" else f"f.{found.owner}."
    session.writer().connection.execute(f"DROP INDEX IF EXISTS {quote(prefix + before)}")
    for child, other in rules.children(session.engine.objects, found):
        if other.get("key") == made[1]["name"]:
            other["key"] = new
            session.engine.objects.save(session.writer().connection, child)
    made[1].update({"name": new, "generated": False})
    return None


def switch(session: Any, words: Words, found: UserObject, *, enabled: bool) -> None:
    """ENABLE and DISABLE of a constraint; of ROW MOVEMENT and the like nothing depends on them. ORA-02430, 02431."""
    validate = not words.take("NOVALIDATE")
    words.take("VALIDATE")
    if words.word not in ("CONSTRAINT", "PRIMARY", "UNIQUE"):
        words.at = len(words.tokens)
        return
    label = words.peek()
    made = _named(found, words)
    if made is None:
        raise ora(2430 if enabled else 2431, label)
    if not enabled and made[0] == "keys" and not words.take("CASCADE"):
        _unreferenced(session, found, made[1])
    made[1]["validated"] = validate and enabled
    _switch_one(words, found, made, enabled=enabled)


def _unreferenced(session: Any, found: UserObject, key: dict[str, Any]) -> None:
    for _, made in rules.children(session.engine.objects, found):
        if made.get("key") == key["name"] and made["enabled"]:
            raise ora(2297, f"{found.owner}.{key['name']}")


def _switch_one(words: Words, found: UserObject, made: tuple[str, dict[str, Any]], *, enabled: bool) -> None:
    made[1].update({"enabled": enabled, "seen": False})
    while words.word in ("VALIDATE", "NOVALIDATE", "CASCADE", "KEEP", "DROP", "INDEX", "RELY", "NORELY", "ENABLE"):
        if words.word in ("VALIDATE", "NOVALIDATE"):
            made[1]["validated"] = words.word == "VALIDATE"
        words.at += 1
