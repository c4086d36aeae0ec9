# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""PL/SQL tokens, and the plain nodes that blocks are parsed into."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from estate.api import OraError

_LEX = re.compile(
    r"(?P<skip>\s+|--[^\n]*|/\*.*?\*/)|(?P<string>[nN]?q'\[.*?\]'|[nN]?q'\{.*?\}'|[nN]?q'\(.*?\)'|[nN]?q'<.*?>'"
    r"|[nN]?q'(?P<mark>[^\s\[\{\(<]).*?(?P=mark)'|[nN]?'(?:[^']|'')*')|(?P<number>\d+(?:\.(?!\.)\d*)?(?:[eE][+-]?\d+)?|\.\d+)"
    r"|(?P<word>[A-Za-z][\w$#]*|\"[^\"]+\")|(?P<bind>:\s*(?:\w+))|(?P<op>:=|=>|\.\.|\|\||<<|>>|!=|<>|<=|>=|\^=|\*\*|.)",
    re.S,
)


@dataclass(frozen=True, slots=True)
class Tok:
    """A token: kind is string, number, word, bind or op; ``text`` in capitals for unquoted words."""

    kind: str
    text: str
    start: int
    end: int


Expr = tuple[Tok, ...]


@dataclass(slots=True)
class Node:
    """A statement: ``kind`` chooses how it runs, ``data`` holds its parts, ``line`` where it stands."""

    kind: str
    line: int
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Block:
    """Declarations, statements and exception handlers ((names, statements) pairs)."""

    declarations: list[Node] = field(default_factory=list)
    body: list[Node] = field(default_factory=list)
    handlers: list[tuple[list[str], list[Node]]] = field(default_factory=list)


def lex(text: str) -> list[Tok]:
    """All tokens of a block."""
    out = []
    for found in _LEX.finditer(text):
        kind = found.lastgroup if found.lastgroup != "mark" else "string"
        if found["string"] is not None:
            kind = "string"
        if kind == "skip":
            continue
        word = found[0]
        if kind == "word":
            word = word[1:-1] if word.startswith('"') else word.upper()
        elif kind == "bind":
            word = word[1:].strip().upper()
        out.append(Tok(str(kind), word, found.start(), found.end()))
    return out


def syntax_error(text: str, start: int, message: str) -> OraError:
    """ORA-06550 with line and column."""
    line = text.count("\n", 0, start) + 1
    column = start - (text.rfind("\n", 0, start) + 1) + 1
    return OraError(6550, f"line {line}, column {column}:\n{message}", start)


class Reader:
    """A cursor over the tokens of a block."""

    def __init__(self, text: str) -> None:
        self.text, self.tokens, self.at = text, lex(text), 0

    @property
    def word(self) -> str:
        """The token here; '' at the end."""
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        return "" if token is None or token.kind == "string" else token.text

    def peek(self, offset: int = 1) -> str:
        """A later token."""
        index = self.at + offset
        return self.tokens[index].text if index < len(self.tokens) else ""

    def take(self, *words: str) -> bool:
        """Step over the words if they stand here."""
        if all(self.at + offset < len(self.tokens) and self.tokens[self.at + offset].text == word
               and self.tokens[self.at + offset].kind != "string" for offset, word in enumerate(words)):
            self.at += len(words)
            return True
        return False

    def need(self, word: str) -> None:
        """Step over a word that must stand here: PLS-00103 otherwise."""
        if not self.take(word):
            raise self.error(word)

    def error(self, expected: str) -> OraError:
        """PLS-00103 at the token here."""
        start = self.tokens[self.at].start if self.at < len(self.tokens) else len(self.text)
        symbol = self.text[start:self.tokens[self.at].end] if self.at < len(self.tokens) else "end-of-file"
        return syntax_error(
            self.text,
            start,
            f'PLS-00103: Encountered the symbol "{symbol.upper()}" when expecting one of '
            f"the following:\n\n   {expected}",
        )

    def name(self) -> str:
        """An identifier."""
        if self.at >= len(self.tokens) or self.tokens[self.at].kind != "word":
            raise self.error("<an identifier>")
        self.at += 1
        return self.tokens[self.at - 1].text

    def line(self) -> int:
        """The line here."""
        start = self.tokens[self.at].start if self.at < len(self.tokens) else len(self.text)
        return self.text.count("\n", 0, start) + 1

    def until(self, *stops: str) -> Expr:
        """Tokens up to one of the words at this level (CASE ... END counts as a level)."""
        start, depth = self.at, 0
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.kind != "string":
                if depth == 0 and token.text in stops:
                    return tuple(self.tokens[start:self.at])
                depth += (
                    1
                    if token.text in ("(", "CASE")
                    else -1
                    if token.text == ")" or (token.text == "END" and depth)
                    else 0
                )
            self.at += 1
        raise self.error(" ".join(stops))
