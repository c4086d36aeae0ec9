# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the wire needs to know of a statement's text: its class, its bind variables, which of them a RETURNING fills.

Drivers send bind values by position and leave out those of RETURNING ... INTO, so the server must find them the way the
drivers do: by a scan of the text, without parsing SQL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

# What is not terminated runs to the end of the text: that keeps the scan linear.
_TOKEN = re.compile(
    r"""
    (?P<comment> --[^\n]* | /\*.*?(?:\*/|\Z) )
  | (?P<string> [nN]?[qQ]'(?:
        \[.*?(?:\]'|\Z) | \{.*?(?:\}'|\Z) | <.*?(?:>'|\Z) | \(.*?(?:\)'|\Z) | (?P<quote>[^\s\[{<(]).*?(?:(?P=quote)'|\Z)
      ) | '(?:[^']|'')*(?:'|\Z) )
  | (?P<name> "[^"]*(?:"|\Z) )
  | :\s*(?: "(?P<quoted>[^"]+)" | (?P<digits>\d+) | (?P<bind>[^\W\d_][\w$\#]*) )
  | (?P<word> [^\W\d_][\w$\#]* )
  | (?P<other> [^\s] )
    """,
    re.VERBOSE | re.DOTALL,
)
CACHED_LENGTH = 32768
_CLASSES = {
    **dict.fromkeys(("SELECT", "WITH"), "query"), **dict.fromkeys(("DECLARE", "BEGIN", "CALL"), "plsql"),
    **dict.fromkeys(("INSERT", "UPDATE", "DELETE", "MERGE"), "dml"),
    **dict.fromkeys(("CREATE", "ALTER", "DROP", "GRANT", "REVOKE", "ANALYZE", "AUDIT", "COMMENT", "TRUNCATE"), "ddl"),
}


@dataclass(frozen=True, slots=True)
class SqlText:
    """A statement's class (query, plsql, dml, ddl, other) and its binds.

    ``names`` has one entry a bind position; ``returning`` flags those that a RETURNING clause fills.
    """

    kind: str
    names: tuple[str, ...] = ()
    returning: tuple[bool, ...] = ()


def scan(sql: str) -> SqlText:
    """Classify a statement and list its binds: one a name in PL/SQL, one an occurrence elsewhere."""
    return _cached(sql) if len(sql) <= CACHED_LENGTH else _scan(sql)


def _scan(sql: str) -> SqlText:
    kind = _kind(sql)
    if kind == "ddl" or ":" not in sql:
        return SqlText(kind)
    names: list[str] = []
    returning: list[bool] = []
    after_string = saw_returning = saw_into = False
    for match in _TOKEN.finditer(sql):
        group = match.lastgroup
        if group == "word" and kind == "dml":
            word = match["word"].upper()
            saw_into = saw_into or (saw_returning and word == "INTO")
            saw_returning = saw_returning or word == "RETURNING"
        elif group in ("quoted", "digits", "bind") and not after_string:
            name = match["quoted"] or match["digits"] or match["bind"].upper()
            if kind != "plsql" or name not in names:
                names.append(name)
                returning.append(saw_into)
        if group != "comment":
            after_string = group == "string"
    return SqlText(kind, tuple(names), tuple(returning))


def _kind(sql: str) -> str:
    """The class that the first word gives."""
    for match in _TOKEN.finditer(sql):
        if match.lastgroup == "word":
            return _CLASSES.get(match["word"].upper(), "other")
    return "other"


_cached = lru_cache(maxsize=2048)(_scan)
