# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What never enters a snapshot: secrets, literals of SQL statements, data of patients."""

from __future__ import annotations

import re
from typing import Any, Dict, Iterable, List, Optional, Pattern, Tuple

from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput

HIDDEN = "***"
# Columns of these names hold statements unless the probe says otherwise.
SQL_COLUMNS = frozenset(("sql", "sql_text", "sql_fulltext", "statement", "sql_statement", "query", "prev_sql_text"))

_SQL = re.compile(
    r"""(?P<hint>/\*\+.*?\*/)
      | (?P<comment>/\*.*?(?:\*/|\Z)|--[^\n]*)
      | (?P<quoted>"[^"]*")
      | (?P<string>n?q'\[.*?\]'|n?q'\{.*?\}'|n?q'\(.*?\)'|n?q'<.*?>'
        |n?q'(?P<mark>[^\s\[{(<]).*?(?P=mark)'|n?'(?:[^']|'')*(?:'|\Z))
      | (?P<word>[A-Za-z_\u0080-\uffff][\w$\#\u0080-\uffff]*|:\w+)
      | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_SECRETS: List[Tuple[Pattern[str], str]] = [
    (re.compile(r"(\bidentified\s+by\s+(?:values\s+)?)(\"[^\"]*\"|'[^']*'|[^\s;,)]+)", re.IGNORECASE), r"\1" + HIDDEN),
    (
        re.compile(
            r"(\b(?:password|passwd|pwd|passphrase|secret|token|api_?key)\b\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|[^\s;,&)]+)",
            re.IGNORECASE,
        ),
        r"\1" + HIDDEN,
    ),
    (re.compile(r"((?<![\w/.$#-])[\w$#]+/)([^\s/@\"']{1,64})(@[\w.\-]+)"), r"\1" + HIDDEN + r"\3"),
    (re.compile(r"(://[^\s:/@]+:)([^\s@/]+)(@)"), r"\1" + HIDDEN + r"\3"),
]
# An identity card: area, birth date that can be one, sequence, check digit. Longer digit runs are something else.
_ID_CARD = (
    r"(?<![0-9A-Za-z])[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[0-9Xx](?![0-9A-Za-z])"
)
_ID_CARD_OLD = r"(?<![0-9A-Za-z.])[1-9]\d{5}\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}(?![0-9A-Za-z.])"
_MOBILE = r"(?<![0-9A-Za-z.])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![0-9A-Za-z])"
PATIENT_PATTERNS = {"id_card": _ID_CARD, "id_card_15": _ID_CARD_OLD, "mobile": _MOBILE}


def mask_sql(text: str) -> str:
    """A statement with its literals as ``?`` and its comments emptied; hints, names and binds stay."""

    def replace(found: Any) -> str:
        if found.group("string") is not None or found.group("number") is not None:
            return "?"
        return "/* */" if found.group("comment") is not None else found.group(0)

    return _SQL.sub(replace, text)


class Masker(object):
    """Masks the values of one snapshot and counts what it masked.

    ``patterns``: {name: regular expression} of the site, added to those for identity cards and mobile phones; a name
    with an empty expression switches that pattern off.
    """

    def __init__(self, patterns: Optional[Dict[str, str]] = None) -> None:
        chosen = dict(PATIENT_PATTERNS)
        chosen.update(patterns or {})
        self.patterns = [(name, _compile(name, text)) for name, text in chosen.items() if text]
        self.count = 0

    def text(self, value: str) -> str:
        """A text without secrets and patient data."""
        masked = value
        for pattern, replacement in _SECRETS:
            masked = pattern.sub(replacement, masked)
        for name, expression in self.patterns:
            masked = expression.sub("[%s]" % name, masked)
        if masked != value:
            self.count += 1
        return masked

    def cell(self, column: str, value: Any, how: Optional[str] = None) -> Any:
        """One value of a probe's column; ``how`` is the column's ``mask``."""
        if value is None:
            return None
        if how in ("secret", "patient"):
            self.count += 1
            return HIDDEN
        if not isinstance(value, str):
            return value
        if how == "sql" or (how is None and column in SQL_COLUMNS):
            return self._statement(value)
        return self.text(value)

    def _statement(self, value: str) -> str:
        # Secrets first: without its quotes "identified by x" would pass as a name.
        masked = mask_sql(self.text(value))
        if masked != value:
            self.count += 1
        return masked


def _compile(name: str, text: str) -> Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise BadInput('The masking pattern "%s" is no regular expression: %s.' % (name, error)) from None


def mask_tree(masker: Masker, value: Any, keep: Iterable[str] = ()) -> Any:
    """``value`` with every text in it masked, except under the keys in ``keep``."""
    if isinstance(value, str):
        return masker.text(value)
    if isinstance(value, list):
        return [mask_tree(masker, item, keep) for item in value]
    if isinstance(value, dict):
        return {key: item if key in keep else mask_tree(masker, item, keep) for key, item in value.items()}
    return value
