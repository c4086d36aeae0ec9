# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tokens of a DDL statement, read one after the other."""

from __future__ import annotations

from sqlglot.tokens import Token, TokenType

from estate.sql.dialect import tokenize
from estate.sql.errors import ora


class Words:
    """The tokens of a DDL statement, read one after the other."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[Token] = [one for one in tokenize(text) if one.token_type != TokenType.SEMICOLON]
        self.at = 0

    @property
    def word(self) -> str:
        """The word here, in capitals; '' at the end."""
        return self.tokens[self.at].text.upper() if self.at < len(self.tokens) else ""

    def peek(self, offset: int = 1) -> str:
        """A later word."""
        index = self.at + offset
        return self.tokens[index].text.upper() if index < len(self.tokens) else ""

    def take(self, *words: str) -> bool:
        """Step over the words if they stand here."""
        for offset, word in enumerate(words):
            if self.peek(offset) != word:
                return False
        self.at += len(words)
        return True

    def need(self, word: str, code: int) -> None:
        """Step over a word that must stand here."""
        if not self.take(word):
            raise ora(code, position=self.place)

    @property
    def place(self) -> int:
        """Where the word here begins."""
        return self.tokens[self.at].start if self.at < len(self.tokens) else len(self.text)

    def name(self, code: int = 903) -> str:
        """An identifier."""
        if self.at >= len(self.tokens):
            raise ora(code, position=self.place)
        token = self.tokens[self.at]
        if token.token_type in (TokenType.STRING, TokenType.NUMBER, TokenType.L_PAREN, TokenType.COMMA):
            raise ora(code, position=token.start)
        self.at += 1
        return token.text if token.token_type == TokenType.IDENTIFIER else token.text.upper()

    def number(self) -> int:
        """A whole number, perhaps negative."""
        sign = -1 if self.take("-") else 1
        if not self.word.isdigit():
            raise ora(933, position=self.place)
        self.at += 1
        return sign * int(self.tokens[self.at - 1].text)

    def qualified(self, schema: str, code: int = 903) -> tuple[str, str]:
        """[owner.]name."""
        first = self.name(code)
        return (first, self.name(code)) if self.take(".") else (schema, first)

    def balanced(self) -> str:
        """The text of a parenthesised group that begins here, without its parentheses."""
        start, depth = self.at, 0
        while self.at < len(self.tokens):
            depth += {"(": 1, ")": -1}.get(self.tokens[self.at].text, 0)
            self.at += 1
            if depth == 0:
                return self.text[self.tokens[start].end + 1:self.tokens[self.at - 1].start].strip()
        raise ora(907, position=len(self.text))

    def names(self, *, bare: bool = False) -> list[str]:
        """The identifiers of a list in parentheses that begins here (``bare``: without them)."""
        inner = self if bare else Words(self.balanced())
        found = [inner.name(904)]
        while inner.take(","):
            found.append(inner.name(904))
        if inner.word:
            raise ora(907, position=inner.place)
        return found

    def until(self, stops: tuple[str, ...]) -> str:
        """The text up to a word of the list, a comma or a closing parenthesis, at this level."""
        start, depth = self.at, 0
        while self.at < len(self.tokens):
            word = self.word
            if depth == 0 and (word in stops or word in (",", ")")):
                break
            depth += {"(": 1, ")": -1}.get(word, 0)
            self.at += 1
        if start == self.at:
            return ""
        return self.text[self.tokens[start].start:self.tokens[self.at - 1].end + 1]

    def renamed(self, old: str, new: str) -> str:
        """The text with a column's name changed wherever it stands as an identifier."""
        text = self.text
        for token in reversed(self.tokens):
            plain = token.token_type == TokenType.IDENTIFIER
            if token.token_type != TokenType.STRING and (token.text if plain else token.text.upper()) == old:
                text = text[:token.start] + f'"{new}"' + text[token.end + 1:]
        return text
