# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Derived views: SQLite queries in ``views/*.sql``, one file an area.

A definition begins with ``-- @view NAME`` (created as a SQLite view; ``writes=X`` names the part that DML lays over) or
``-- @bound NAME`` (depends on who asks: {user}, {schema}, {inst}, {con}, {con_name}, {roles} become literals when a
statement is
resolved; est_sid() and est_nls() tell sessions of the same user apart). Macros: {now} the database's time, {run} the
time of counters, {tz} the modifiers of datetime()
that give local time, {tstz:X} a TIMESTAMP WITH TIME ZONE of epoch X. ``-- @part NAME`` begins text that stands for
{NAME} further down in its file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "views"
_HEAD = re.compile(r"^-- @(view|bound|part) (\S+)(?: writes=(\S+))?[ ]*$", re.MULTILINE)
_TSTZ = re.compile(r"\{tstz:((?:[^{}]|\{[^{}]*\})*)\}")
_REFERENCE = re.compile(r'"([^"]+)"')


@dataclass(frozen=True, slots=True)
class Definition:
    """One derived view: its query with macros expanded, whether it is bound to a session, what DML lays over."""

    name: str
    query: str
    bound: bool
    writes: str | None

    def references(self) -> set[str]:
        """Quoted names in the query: relations (and columns) that it may read."""
        return set(_REFERENCE.findall(self.query))


def _expanded(query: str) -> str:
    query = _TSTZ.sub(r"strftime('%Y-%m-%d %H:%M:%f000+08:00', \1, 'unixepoch')", query)
    for macro, text in (("{now}", "(SELECT est_now())"), ("{run}", "(SELECT est_run())"),
                        ("{tz}", "'unixepoch', '+8 hours'")):
        query = query.replace(macro, text)
    return query


@cache
def definitions() -> dict[str, Definition]:
    """All derived views by canonical name. Raises ValueError where one is defined twice."""
    found: dict[str, Definition] = {}
    for path in sorted(FOLDER.glob("*.sql")):
        text = path.read_text(encoding="utf-8")
        heads, parts = list(_HEAD.finditer(text)), dict[str, str]()
        for head, following in zip(heads, [*heads[1:], None], strict=True):
            body = text[head.end():following.start() if following else len(text)].strip().rstrip(";")
            for name, part in parts.items():
                body = body.replace(f"{{{name}}}", part)
            if head[1] == "part":
                parts[head[2]] = body
                continue
            if head[2] in found:
                raise ValueError(f"{path}: view {head[2]} is defined twice")
            found[head[2]] = Definition(head[2], _expanded(body), head[1] == "bound", head[3])
    return found


@cache
def in_order() -> tuple[Definition, ...]:
    """Unbound definitions, each after those that it reads."""
    known, done = definitions(), {}

    def visit(definition: Definition, path: tuple[str, ...]) -> None:
        if definition.name in done or definition.bound:
            return
        if definition.name in path:
            raise ValueError(f"views read each other: {' -> '.join((*path, definition.name))}")
        for name in sorted(definition.references() & known.keys() - {definition.name}):
            visit(known[name], (*path, definition.name))
        done[definition.name] = definition

    for definition in known.values():
        visit(definition, ())
    return tuple(done.values())
