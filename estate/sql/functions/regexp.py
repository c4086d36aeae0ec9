# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""REGEXP_LIKE, SUBSTR, INSTR, REPLACE and COUNT: POSIX patterns read by Python's re."""

from __future__ import annotations

import re
from functools import lru_cache

from estate.sql.errors import ora
from estate.sql.functions.registry import function, helper
from estate.sql.functions.strings import grown_text, same_text, whole
from estate.sql.numbers import Number

CLASSES = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "space": r"\s",
    "blank": r" \t",
    "punct": r"!-/:-@\[-`{-~",
    "xdigit": "0-9A-Fa-f",
    "cntrl": r"\x00-\x1f\x7f",
    "print": r"\x20-\x7e",
    "graph": r"\x21-\x7e",
}
_CLASS = re.compile(r"\[:(\w+):\]")
_BRACKET = re.compile(r"\[\^?\]?(?:\[:\w+:\]|\[=.=\]|\[\..\.\]|[^\]])*\]")


def _bracket(text: str) -> str:
    """A POSIX bracket expression for Python: classes expanded, a backslash literal."""
    negated = text.startswith("[^")
    body = text[2 if negated else 1:-1]
    pieces, last = [], 0
    for found in _CLASS.finditer(body):
        pieces += [_literal(body[last:found.start()]), CLASSES.get(found[1], "")]
        if found[1] not in CLASSES:
            raise ora(12729)
        last = found.end()
    pieces.append(_literal(body[last:]))
    return f"[{'^' if negated else ''}{''.join(pieces)}]"


def _literal(text: str) -> str:
    text = re.sub(r"\[=(.)=\]|\[\.(.)\.\]", lambda found: found[1] or found[2], text)
    return (
        text.replace("\\", "\\\\").replace("[", r"\[").replace("]", r"\]").replace("&&", r"&\&").replace("||", r"|\|")
    )


@lru_cache(maxsize=512)
def compile_pattern(pattern: str, match: str = "") -> re.Pattern[str]:
    """Oracle's pattern with its match parameters (i c n m x). ORA-12725 to 12728 for a wrong one."""
    flags = 0
    for letter in match:
        if letter not in "icnmx":
            raise ora(1760)
        flags = flags & ~re.I if letter == "c" else flags | {"i": re.I, "n": re.S, "m": re.M, "x": re.X}[letter]
    pieces, at = [], 0
    while at < len(pattern):
        if pattern[at] == "\\" and at + 1 < len(pattern):
            pieces.append(pattern[at:at + 2])
            at += 2
        elif pattern[at] == "\\":
            # a backslash at the end stands for itself
            pieces.append(r"\\")
            at += 1
        elif pattern[at] == "[":
            found = _BRACKET.match(pattern, at)
            if found is None:
                raise ora(12726)
            pieces.append(_bracket(found[0]))
            at = found.end()
        else:
            pieces.append(r"\Z" if pattern[at] == "$" and not flags & re.M else pattern[at])
            at += 1
    return _compiled("".join(pieces), flags)


def _compiled(text: str, flags: int) -> re.Pattern[str]:
    try:
        return re.compile(text, flags)
    except re.error as error:
        message = str(error)
        code = 12725 if "parenthes" in message or "subpattern" in message else 12727 if "group" in message else 12728
        raise ora(code) from None


def _nth(pattern: re.Pattern[str], text: str, start: int, nth: int) -> re.Match[str] | None:
    for index, found in enumerate(pattern.finditer(text, start - 1), 1):
        if index == nth:
            return found
    return None


def _checked(start: Number, nth: Number) -> tuple[int, int]:
    first, count = whole(start), whole(nth)
    if first < 1 or count < 0:
        raise ora(1428, first if first < 1 else count)
    return first, count


@helper("o_regexp_like")
def regexp_like(text: str | None, pattern: str | None, match: str | None = "") -> int | None:
    """REGEXP_LIKE as a condition."""
    if text is None or pattern is None:
        return None
    return int(compile_pattern(pattern, match or "").search(text) is not None)


@function("REGEXP_SUBSTR", "s s n? n? s? n?", same_text, strict=False)
def regexp_substr(text: str | None, pattern: str | None, start: Number | None = 1, nth: Number | None = 1,
                  match: str | None = "", group: Number | None = 0) -> str | None:
    """REGEXP_SUBSTR: the ``nth`` match from ``start``, or its ``group``; NULL where there is none."""
    if text is None or pattern is None or start is None or nth is None:
        return None
    first, count = _checked(start, nth)
    found = _nth(compile_pattern(pattern, match or ""), text, first, max(1, count))
    index = whole(group or 0)
    return found[index] if found and index <= (found.re.groups or 0) else None


@function("REGEXP_INSTR", "s s n? n? n? s? n?", "N", strict=False)
def regexp_instr(text: str | None, pattern: str | None, start: Number | None = 1, nth: Number | None = 1,
                 after: Number | None = 0, match: str | None = "", group: Number | None = 0) -> int | None:
    """REGEXP_INSTR: where a match begins, or with ``after`` what follows it; 0 where there is none."""
    if text is None or pattern is None or start is None or nth is None:
        return None
    first, count = _checked(start, nth)
    found = _nth(compile_pattern(pattern, match or ""), text, first, max(1, count))
    index = whole(group or 0)
    if found is None or index > found.re.groups:
        return 0
    return (found.end(index) if after else found.start(index)) + 1


@function("REGEXP_REPLACE", "s s s? n? n? s?", grown_text, strict=False)
def regexp_replace(text: str | None, pattern: str | None, new: str | None = "", start: Number | None = 1,
                   nth: Number | None = 0, match: str | None = "") -> str | None:
    r"""REGEXP_REPLACE: all matches, or only the ``nth``; ``new`` may hold \1 to \9."""
    if text is None or pattern is None:
        return text
    first, count = _checked(start or 1, nth or 0)
    template = re.sub(r"\\(\d)|\\(.)", lambda one: rf"\g<{one[1]}>" if one[1] else re.escape(one[2]) if one[2] != "\\"
                      else "\\\\", _escape_template(new or ""))
    compiled = compile_pattern(pattern, match or "")
    head, tail = text[:first - 1], text[first - 1:]
    if count == 0:
        return head + compiled.sub(template, tail)
    found = _nth(compiled, text, first, count)
    return text if found is None else text[:found.start()] + found.expand(template) + text[found.end():]


def _escape_template(new: str) -> str:
    return new[:-1] + "\\\\" if new.endswith("\\") and not new.endswith("\\\\") else new


@function("REGEXP_COUNT", "s s n? s?", "N", strict=False)
def regexp_count(text: str | None, pattern: str | None, start: Number | None = 1, match: str | None = "") -> int | None:
    """REGEXP_COUNT of matches that do not overlap, from ``start``."""
    if text is None or pattern is None or start is None:
        return None
    first, _ = _checked(start, 1)
    return sum(1 for _ in compile_pattern(pattern, match or "").finditer(text, first - 1))
