# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The words of an administrative statement: sqlglot's Oracle tokens, read from left to right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlglot.dialects.oracle import Oracle
from sqlglot.errors import TokenError
from sqlglot.tokens import TokenType

from estate.api import OraError

UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40, "P": 1 << 50, "E": 1 << 60}
TEXTS = {TokenType.STRING, TokenType.RAW_STRING, TokenType.NATIONAL_STRING}
NAMES = {TokenType.VAR, TokenType.IDENTIFIER}


@dataclass(frozen=True, slots=True)
class Word:
    """One token: ``kind`` is word, quoted, text, number or mark; ``text`` is upper case for a word."""

    kind: str
    text: str
    start: int


def words_of(sql: str) -> list[Word]:
    """Split a statement. Raises ORA-01756 for a quoted string that does not end."""
    try:
        tokens = Oracle().tokenize(sql)
    except TokenError as error:
        raise OraError(1756, "quoted string not properly terminated") from error
    words: list[Word] = []
    for token in tokens:
        words.extend(_words(token))
    while words and words[-1].text == ";":
        words.pop()
    return words


def _words(token: Any) -> list[Word]:
    if token.token_type in TEXTS:
        return [Word("text", token.text, token.start)]
    if token.token_type is TokenType.IDENTIFIER:
        return [Word("quoted", token.text, token.start)]
    if token.token_type is TokenType.NUMBER:
        return [Word("number", token.text, token.start)]
    if token.text[:1].isalpha() or token.text[:1] == "_":
        # Some of sqlglot's keywords hold two words ("ORDER BY"): a statement's grammar reads them one by one.
        return [Word("word", part, token.start) for part in token.text.upper().split()]
    return [Word("mark", token.text, token.start)]


class Words:
    """A cursor over the words of one statement; what it does not find is the Oracle error for it."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self._words = words_of(sql)
        self._at = 0

    def beginning(self, most: int = 5) -> list[str]:
        """The plain words that the statement begins with."""
        found: list[str] = []
        for word in self._words[:most]:
            if word.kind != "word":
                break
            found.append(word.text)
        return found

    @property
    def next(self) -> Word | None:
        """The word to be read next; None at the end."""
        return self._words[self._at] if self._at < len(self._words) else None

    @property
    def position(self) -> int:
        """Offset of the next word in the statement, for the error position that a client shows."""
        return self.next.start if self.next else len(self.sql)

    def peek(self, *wanted: str) -> bool:
        """Whether the coming words are these (words or marks; quoted identifiers and texts are neither)."""
        coming = self._words[self._at:self._at + len(wanted)]
        return [w.text if w.kind in ("word", "mark") else None for w in coming] == list(wanted)

    def take(self, *wanted: str) -> bool:
        """Read these words if they come."""
        found = self.peek(*wanted)
        self._at += len(wanted) if found else 0
        return found

    def one_of(self, *choices: str) -> str | None:
        """Read whichever of the words comes; a choice may be several words."""
        return next((choice for choice in choices if self.take(*choice.split())), None)

    def need(self, *wanted: str, code: int = 2000, message: str | None = None) -> None:
        """Read these words or raise: ORA-02000 "missing X keyword" unless told otherwise."""
        for word in wanted:
            if not self.take(word):
                raise self.error(code, message or f"missing {word} keyword")

    def name(self, code: int = 904, message: str = ": invalid identifier") -> str:
        """Read an identifier; unquoted ones are upper case."""
        word = self.next
        if word is None or word.kind not in ("word", "quoted"):
            raise self.error(code, message)
        self._at += 1
        return word.text

    def dropped(self, code: int, message: str) -> tuple[str, bool]:
        """Read the rest of DROP: ``name [CASCADE]``; the name and whether CASCADE was said."""
        name = self.name(code, message)
        cascade = self.take("CASCADE")
        self.end()
        return name, cascade

    def dotted(self, code: int = 903, message: str = "invalid table name") -> tuple[str | None, str]:
        """Read ``[owner.]name``."""
        first = self.name(code, message)
        return (first, self.name(code, message)) if self.take(".") else (None, first)

    def text(self, code: int = 2236, message: str = "invalid file name") -> str:
        """Read a string literal."""
        word = self.next
        if word is None or word.kind != "text":
            raise self.error(code, message)
        self._at += 1
        return word.text

    def maybe_text(self) -> str | None:
        """Read a string literal where one stands; None, reading nothing, where none does."""
        return self.text() if self.next is not None and self.next.kind == "text" else None

    def integer(self, code: int = 2017, message: str = "integer value required") -> int:
        """Read an integer."""
        word = self.next
        if word is None or word.kind != "number" or not word.text.isdigit():
            raise self.error(code, message)
        self._at += 1
        return int(word.text)

    def size(self, code: int = 2219, message: str = "invalid NEXT storage option value") -> int:
        """Read a size: an integer and perhaps K, M, G, T. Bytes."""
        number = self.integer(code, message)
        unit = self.one_of(*UNITS)
        return number * UNITS[unit] if unit else number

    def literal(self) -> str:
        """Read one value of whatever kind as text (a parameter's value): words joined up to the next mark."""
        word = self.next
        if word is None or (word.kind == "mark" and word.text != "-"):
            raise self.error(2017, "integer value required")
        self._at += 1
        if word.text == "-" and word.kind == "mark":
            return "-" + self.literal()
        if word.kind == "number" and (unit := self.one_of(*UNITS)):
            return str(int(word.text) * UNITS[unit]) if word.text.isdigit() else word.text + unit
        return word.text

    def more(self) -> bool:
        """Whether anything is left to read."""
        return self.next is not None

    def end(self) -> None:
        """Nothing may follow: ORA-00933 names where something does."""
        if self.next is not None:
            raise self.error(933, "SQL command not properly ended")

    def error(self, code: int, message: str) -> OraError:
        """An error at the present word."""
        return OraError(code, message, self.position)

    def unknown(self, statement: str) -> OraError:
        """A clause that Oracle has and this estate does not, or that nobody has: named, never passed over."""
        found = f"'{self.next.text}'" if self.next else "the end"
        return OraError(2000, f"missing or unsupported keyword at {found} in {statement} (simulated)", self.position)
