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

_TOKEN = re.compile(
    r"""
    (?P<comment> --[^\n]* | /\*.*?\*/ )
  | (?P<string> [nN]?[qQ]'(?: \[.*?\]' | \{.*?\}' | <.*?>' | \(.*?\)' | (?P<quote>[^\s\[{<(]).*?(?P=quote)' ) | '(?:[^']|'')*' )
  | (?P<name> "[^"]*" )
  | :\s*(?: "(?P<quoted>[^"]+)" | (?P<digits>\d+) | (?P<bind>[^\W\d_][\w$\#]*) )
  | (?P<word> [^\W\d_][\w$\#]* )
  | (?P<other> [^\s] )
    """,
    re.VERBOSE | re.DOTALL,
)
_CLASSES = {
    **dict.fromkeys(("SELECT", "WITH"), "query"), **dict.fromkeys(("DECLARE", "BEGIN", "CALL"), "plsql"),
    **dict.fromkeys(("INSERT", "UPDATE", "DELETE", "MERGE"), "dml"),
    **dict.fromkeys(("CREATE", "ALTER", "DROP", "GRANT", "REVOKE", "ANALYZE", "AUDIT", "COMMENT", "TRUNCATE"), "ddl"),
}


@dataclass(frozen=True, slots=True)
class SqlText:
    """``kind`` is query, plsql, dml, ddl or other. ``names`` has one entry a bind position; ``returning`` flags them."""

    kind: str
    names: tuple[str, ...] = ()
    returning: tuple[bool, ...] = ()


@lru_cache(maxsize=2048)
def scan(sql: str) -> SqlText:
    """Classify a statement and list its binds: one a name in PL/SQL, one an occurrence elsewhere."""
    kind = ""
    names: list[str] = []
    returning: list[bool] = []
    after_string = saw_returning = saw_into = False
    for match in _TOKEN.finditer(sql):
        group = match.lastgroup
        if group == "word":
            word = match["word"].upper()
            if not kind:
                kind = _CLASSES.get(word, "other")
                if kind == "ddl":
                    break
            elif kind == "dml":
                saw_into = saw_into or (saw_returning and word == "INTO")
                saw_returning = saw_returning or word == "RETURNING"
        elif group in ("quoted", "digits", "bind") and not after_string:
            name = match["quoted"] or match["digits"] or match["bind"].upper()
            if kind != "plsql" or name not in names:
                names.append(name)
                returning.append(saw_into)
        if group != "comment":
            after_string = group == "string"
    return SqlText(kind or "other", tuple(names), tuple(returning))
