# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Constraints: read from DDL, named, matched with the keys that they refer to.

A table's ``detail`` holds ``keys`` (PRIMARY, UNIQUE), ``checks``, ``references`` (foreign keys), each a list of
dictionaries with ``name``, ``generated``, ``enabled``, ``deferrable`` and ``deferred``; ``not_null`` has names.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from estate.api import Column
from estate.sql import rules
from estate.sql.compiler.core import quote
from estate.sql.ddl_common import existing
from estate.sql.ddl_words import Words
from estate.sql.errors import ora
from estate.sql.objects import UserObject

STARTS = ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN")
LISTS = ("keys", "checks", "references")


def constraint(session: Any, one: UserObject, body: Words, column: str | None) -> bool:
    """Note one constraint, of a column or of the table; whether its column may be NULL."""
    label = body.name() if body.take("CONSTRAINT") else ""
    if label and label in names(session, one.owner, one):
        raise ora(2264)
    if body.take("NOT", "NULL"):
        one.detail.setdefault("not_null", {})[column or ""] = label
        _state(body)
        return False
    if body.take("NULL"):
        return True
    place, made = _read(session, one, body, column)
    made.update({"name": label, "generated": not label, **_state(body)})
    one.detail.setdefault(place, []).append(made)
    return made.get("kind") != "PRIMARY"


def _read(session: Any, one: UserObject, body: Words, column: str | None) -> tuple[str, dict[str, Any]]:
    """Which list a constraint is for, and what it says."""
    if body.take("PRIMARY"):
        body.need("KEY", 905)
        return "keys", {"kind": "PRIMARY", "columns": _listed(body, column)}
    if body.take("UNIQUE"):
        return "keys", {"kind": "UNIQUE", "columns": _listed(body, column)}
    if body.take("CHECK"):
        return "checks", {"text": body.balanced(), "column": column}
    if body.take("FOREIGN"):
        body.need("KEY", 905)
        column_names = _listed(body, None)
    else:
        column_names = [column or ""]
    body.need("REFERENCES", 905)
    owner, table = body.qualified(one.owner)
    to = body.names() if body.word == "(" else []
    rule = "NO ACTION"
    if body.take("ON", "DELETE"):
        rule = "CASCADE" if body.take("CASCADE") else "SET NULL"
        body.take("SET", "NULL")
    return "references", {"columns": column_names, "owner": owner, "table": table, "to": to, "rule": rule}


def _listed(body: Words, column: str | None) -> list[str]:
    if column is not None:
        return [column]
    if body.word != "(":
        raise ora(906, position=body.place)
    return body.names()


def _state(body: Words) -> dict[str, Any]:
    """DEFERRABLE, INITIALLY, USING INDEX, ENABLE ..., in any order."""
    state = {"enabled": True, "deferrable": False, "deferred": False, "validated": True}
    while body.word:
        if body.take("NOT", "DEFERRABLE") or body.take("RELY") or body.take("NORELY") or body.take("VALIDATE"):
            continue
        if body.take("DEFERRABLE"):
            state["deferrable"] = True
        elif body.take("INITIALLY"):
            state["deferred"] = body.word == "DEFERRED"
            state["deferrable"] = state["deferrable"] or state["deferred"]
            body.at += 1
        elif body.take("ENABLE") or body.take("DISABLE"):
            state["enabled"] = state["validated"] = body.peek(-1) == "ENABLE"
        elif body.take("NOVALIDATE"):
            state["validated"] = False
        elif body.take("USING", "INDEX"):
            _index_clause(body)
        else:
            break
    return state


def _index_clause(body: Words) -> None:
    """USING INDEX's name, statement or storage: the key has an index of its own whatever it says."""
    while body.word and body.word not in (",", ")", "ENABLE", "DISABLE", "DEFERRABLE", "INITIALLY", "NOT", *STARTS):
        if body.word == "(":
            body.balanced()
        else:
            body.at += 1


def names(session: Any, owner: str, also: UserObject | None = None) -> set[str]:
    """Names of all constraints in a schema."""
    tables = [one for one in session.engine.objects.known.values() if one.owner == owner and one.kind == "TABLE"]
    found = set()
    for one in [*tables, *([also] if also is not None else [])]:
        found |= {made["name"] for place in LISTS for made in one.detail.get(place, [])}
        found |= set(one.detail.get("not_null", {}).values())
    return found - {""}


def settle(session: Any, one: UserObject) -> None:
    """Name what has no name, make keys and rules real, and check what is in the table already."""
    if len({tuple(sorted(key["columns"])) for key in one.detail["keys"]}) < len(one.detail["keys"]):
        raise ora(2261)
    _name(session, one)
    for key in one.detail["keys"]:
        _known_columns(one, key["columns"])
        if key["kind"] == "PRIMARY":
            one.columns = tuple(_mandatory(column, key["columns"]) for column in one.columns)
    for made in one.detail.get("references", []):
        _known_columns(one, made["columns"])
        _match(session, one, made)
    _index_keys(session, one)
    session.engine.objects.known[one.owner, one.name, one.kind] = one
    rules.lay(session, one)
    for parent in rules.parents(session.engine.objects, one):
        rules.lay(session, parent)


def _name(session: Any, one: UserObject) -> None:
    taken = names(session, one.owner, one)
    fresh = (f"SYS_C{number:07d}" for number in range(7001, 10**7))
    for made in (made for place in LISTS for made in one.detail.get(place, [])):
        if not made["name"]:
            made["name"] = next(name for name in fresh if name not in taken)
    implied = {name for key in one.detail["keys"] if key["kind"] == "PRIMARY" for name in key["columns"]}
    for column in one.columns:
        said = one.detail.setdefault("not_null", {})
        if column.nullable or (column.name in implied and column.name not in said):
            said.pop(column.name, None)
        elif not said.get(column.name):
            said[column.name] = next(name for name in fresh if name not in taken)


def _known_columns(one: UserObject, listed: list[str]) -> None:
    unknown = set(listed) - {column.name for column in one.columns}
    if unknown:
        raise ora(904, f'"{sorted(unknown)[0]}"')


def _mandatory(column: Column, listed: list[str]) -> Column:
    return Column(column.name, column.type, column.size, column.precision, column.scale,
                  column.nullable and column.name not in listed)


def _parent(session: Any, one: UserObject, made: dict[str, Any]) -> UserObject:
    if (made["owner"], made["table"]) == (one.owner, one.name):
        return one
    found: UserObject | None = existing(session, made["owner"], made["table"], ("TABLE",))
    if found is None:
        raise ora(942)
    return found


def _match(session: Any, one: UserObject, made: dict[str, Any]) -> None:
    """The key that a foreign key refers to. ORA-02256, ORA-02268, ORA-02270."""
    parent = _parent(session, one, made)
    primary = next((key for key in parent.detail["keys"] if key["kind"] == "PRIMARY"), None)
    if not made["to"] and primary is None:
        raise ora(2268)
    made["to"] = made["to"] or list(primary["columns"] if primary else [])
    _known_columns(parent, made["to"])
    if len(made["to"]) != len(made["columns"]):
        raise ora(2256)
    key = next((key for key in parent.detail["keys"] if sorted(key["columns"]) == sorted(made["to"])), None)
    if key is None:
        raise ora(2270)
    made["key"] = key["name"]


def _index_keys(session: Any, one: UserObject) -> None:
    """A unique index behind each enabled PRIMARY KEY and UNIQUE."""
    connection = session.writer().connection
    for key in one.detail["keys"]:
        index = quote(one.owner + "." + key["name"])
        if not key["enabled"]:
            connection.execute(f"DROP INDEX IF EXISTS {index}")
            continue
        listed = ", ".join(quote(name) for name in key["columns"])
        try:
            connection.execute(f"CREATE UNIQUE INDEX IF NOT EXISTS {index} ON {quote(one.table)} ({listed})")
        except sqlite3.IntegrityError:
            raise ora(2437 if key["kind"] == "PRIMARY" else 2299, f"{one.owner}.{key['name']}") from None
