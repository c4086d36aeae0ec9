# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Column definitions: data type, DEFAULT, identity and virtual columns."""

from __future__ import annotations

import itertools
from typing import Any

from estate.api import Column
from estate.sql import types
from estate.sql.compiler.core import quote
from estate.sql.ddl_common import store
from estate.sql.ddl_constraints import STARTS, constraint
from estate.sql.ddl_sequences import sequence_options
from estate.sql.ddl_words import Words
from estate.sql.errors import ora, unsupported
from estate.sql.objects import UserObject

WORDS = (*STARTS, "NOT", "NULL", "REFERENCES", "DEFAULT", "GENERATED", "AS", "ENABLE", "DISABLE", "VISIBLE",
         "INVISIBLE", "COLLATE", "SORT", "ENCRYPT", "VIRTUAL")
SKIPPED = ("NULL", "ENABLE", "DISABLE", "VISIBLE", "SORT", "VIRTUAL")


def columns(session: Any, one: UserObject, body: Words) -> list[Column]:
    """The columns of a parenthesised list; constraints in it are noted in ``one``."""
    found: list[Column] = []
    while body.at < len(body.tokens):
        if body.word in STARTS and body.peek() not in ("NUMBER", "VARCHAR2"):
            constraint(session, one, body, None)
        else:
            found.append(_column(session, one, body, found))
        if body.at < len(body.tokens):
            body.need(",", 907)
    return found


def _column(session: Any, one: UserObject, body: Words, before: list[Column]) -> Column:
    name = body.name(904)
    if any(column.name == name for column in before):
        raise ora(957, position=body.place)
    text = body.until(WORDS)
    if not text and body.word not in ("GENERATED", "AS"):
        raise ora(902, position=body.place)
    kind = types.parse_type(text) if text else None
    if kind is not None and kind.name in ("VARCHAR2", "NVARCHAR2") and "(" not in text:
        raise ora(906, position=body.place)
    nullable = attributes(session, one, body, name)
    kind = kind or virtual_type(session, one, name, before)
    described = kind.column(name, nullable)
    if text.upper() in types.INTEGERS:
        one.detail.setdefault("integers", []).append(name)
    return Column(name, kind.name, kind.size or described.size, kind.precision, kind.scale, nullable)


def attributes(session: Any, one: UserObject, body: Words, name: str) -> bool:
    """What follows a column's type; whether the column may be NULL."""
    nullable = True
    while body.word in WORDS:
        if body.take("DEFAULT"):
            nullable = _default(one, body, name) and nullable
        elif body.word in ("GENERATED", "AS"):
            nullable = _generated(session, one, body, name) and nullable
        elif body.word in ("INVISIBLE", "ENCRYPT", "COLLATE"):
            raise unsupported(f"{body.word} columns", body.place)
        elif body.word in SKIPPED:
            body.at += 1
        else:
            nullable = constraint(session, one, body, name) and nullable
    return nullable


def _default(one: UserObject, body: Words, name: str) -> bool:
    """DEFAULT [ON NULL [FOR ...]] expression; whether the column may be NULL."""
    always = body.take("ON", "NULL")
    if always and body.take("FOR", "INSERT"):
        body.take("ONLY") or body.take("AND", "UPDATE")
    text = "NULL" if body.take("NULL") else body.until(WORDS)
    if not text:
        raise ora(936, position=body.place)
    on_null = [other for other in one.detail.get("on_null", []) if other != name]
    one.detail["on_null"] = [*on_null, name] if always else on_null
    one.detail["defaults"][name] = text
    return not always


def _generated(session: Any, one: UserObject, body: Words, name: str) -> bool:
    """An identity or a virtual column; whether it may be NULL."""
    always = not body.take("GENERATED") or body.take("ALWAYS")
    if not always:
        body.need("BY", 905)
        body.need("DEFAULT", 905)
    on_null = body.take("ON", "NULL")
    body.need("AS", 905)
    if body.take("IDENTITY"):
        one.detail.setdefault("not_null", {}).setdefault(name, "")
        identity(session, one, body, name, {"always": always, "on_null": on_null})
        return False
    text = body.balanced()
    body.take("VIRTUAL")
    one.detail.setdefault("virtual", {})[name] = text
    one.detail["defaults"].pop(name, None)
    return True


def identity(session: Any, one: UserObject, body: Words, name: str, how: dict[str, Any]) -> None:
    """Make a column an identity, with a sequence of its own, or change the one it is."""
    options = Words(body.balanced()) if body.word == "(" else Words("")
    known = one.detail.setdefault("identity", {})
    if any(other != name for other in known):
        raise ora(30669)
    if name in known:
        sequence = session.engine.objects.known[one.owner, known[name]["sequence"], "SEQUENCE"]
    else:
        sequence = UserObject(one.owner, sequence_name(session, one.owner), "SEQUENCE")
    limit = options.take("START", "WITH", "LIMIT", "VALUE")
    detail = sequence_options(options, sequence.detail or None)
    if limit:
        detail["start"] = _limit_value(session, one, name) + 1
        session.engine.objects.counters.pop((one.owner, sequence.name), None)
    sequence.detail = detail
    store(session, sequence, "CREATE SEQUENCE")
    known[name] = {**how, "sequence": sequence.name, "options": detail}
    one.detail["defaults"][name] = f'"{one.owner}"."{sequence.name}".nextval'
    if how["on_null"]:
        one.detail.setdefault("on_null", []).append(name)


def _limit_value(session: Any, one: UserObject, name: str) -> int:
    rows = session.writer().connection.execute(f"SELECT max({quote(name)}) FROM {quote(one.table)}").fetchone()
    return int(rows[0] or 0)


def sequence_name(session: Any, owner: str) -> str:
    """A free name for the sequence behind an identity column."""
    taken = session.engine.objects.known
    return next(name for name in (f"ISEQ$${number}" for number in itertools.count(73001))
                if (owner, name, "SEQUENCE") not in taken)


def virtual_type(session: Any, one: UserObject, name: str, before: list[Column]) -> types.SqlType:
    """The type of a virtual column that has none of its own: that of its expression."""
    from estate.sql.compiler.virtual import expression_over

    return expression_over(session, one, before, one.detail["virtual"][name], "").type
