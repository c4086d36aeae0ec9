# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The grammar of XML and JSON functions, whose arguments have keywords of their own."""

from __future__ import annotations

from typing import Any

from sqlglot import exp
from sqlglot.dialects.oracle import Oracle
from sqlglot.tokens import TokenType

from estate.sql.errors import ora, unsupported

CLOSERS = (TokenType.R_PAREN, TokenType.COMMA, TokenType.SENTINEL)
# ON ERROR, ON EMPTY, ON NULL and what may stand before them
RESULTS = ("NULL", "ERROR", "EMPTY ARRAY", "EMPTY OBJECT", "EMPTY", "TRUE", "FALSE", "ABSENT")
COLUMN_WORDS = frozenset(
    ("PATH", "FORMAT", "EXISTS", "FOR", "DEFAULT", "NULL", "ERROR", "WITH", "WITHOUT", "EMPTY", "TRUNCATE", "ABSENT",
     "STRICT", "PRETTY", "TRUE", "FALSE", "ORDER BY")
)


class DocumentParser(Oracle.Parser):
    """Parses XMLELEMENT, XMLTABLE, JSON_VALUE, JSON_TABLE and their like into calls with their options in ``meta``."""

    def _word(self) -> str:
        return str(self._curr.text).upper() if self._curr.token_type != TokenType.STRING else ""

    def _closed(self, call: Any) -> Any:
        """Check that the call's parenthesis closes here (the caller consumes it)."""
        if self._curr.token_type != TokenType.R_PAREN:
            raise ora(907, position=self._curr.start)
        return call

    def _skip_words(self, *words: str) -> None:
        for word in words:
            self._match_text_seq(word)

    def _required(self, *words: str) -> None:
        if not self._match_text_seq(*words):
            raise ora(907, position=self._curr.start)

    # -- XML --------------------------------------------------------------------------------------------------------

    def _xml_name(self) -> str:
        if self._word() == "NAME" and self._next.token_type not in CLOSERS:
            self._advance()
        name = self._curr.text if self._curr.token_type == TokenType.IDENTIFIER else self._curr.text.upper()
        self._advance()
        return str(name)

    def _parse_xmlelement(self) -> exp.Expr:
        args: list[Any] = [exp.Literal.string(self._xml_name())]
        while self._match(TokenType.COMMA):
            args.append(self._parse_alias(self._parse_disjunction(), explicit=True))
        return self._closed(exp.Anonymous(this="XMLELEMENT", expressions=args))  # type: ignore[no-any-return]

    def _parse_xmlpi(self) -> exp.Expr:
        args: list[Any] = [exp.Literal.string(self._xml_name())]
        if self._match(TokenType.COMMA):
            args.append(self._parse_disjunction())
        return self._closed(exp.Anonymous(this="XMLPI", expressions=args))  # type: ignore[no-any-return]

    def _parse_xmlparse(self) -> exp.Expr:
        """XMLPARSE and XMLSERIALIZE: DOCUMENT or CONTENT, then the value."""
        name = self._tokens[self._index - 2].text.upper()
        if not self._match_text_seq("DOCUMENT"):
            self._match_text_seq("CONTENT")
        call = exp.Anonymous(this=name, expressions=[self._parse_disjunction()])
        self._skip_words("WELLFORMED")
        if name == "XMLSERIALIZE" and self._match(TokenType.ALIAS):
            call.meta["type"] = " ".join(self._type_words())
        self._skip_words("NO", "INDENT")
        if self._curr.token_type != TokenType.R_PAREN:
            raise unsupported(f"{name} ... {self._word()}", self._curr.start)
        return call

    def _parse_xmlroot(self) -> exp.Expr:
        call = exp.Anonymous(this="XMLROOT", expressions=[self._parse_disjunction()])
        while self._match(TokenType.COMMA):
            if self._match_text_seq("VERSION"):
                call.append("expressions", exp.Literal.string("1.0") if self._match_text_seq("NO", "VALUE")
                            else self._parse_bitwise())
            elif self._match_text_seq("STANDALONE"):
                call.meta["standalone"] = self._word().lower()
                self._advance()
        return self._closed(call)  # type: ignore[no-any-return]

    def _parse_xmltable(self) -> exp.Expr:
        if self._word() == "XMLNAMESPACES":
            raise unsupported("XMLNAMESPACES", self._curr.start)
        call = exp.Anonymous(this="XMLTABLE", expressions=[self._parse_bitwise()])
        if self._match_text_seq("PASSING"):
            self._match_text_seq("BY", "VALUE")
            call.append("expressions", self._parse_disjunction())
            if self._curr.token_type in (TokenType.COMMA, TokenType.ALIAS):
                raise unsupported("XMLTABLE with several values", self._curr.start)
        self._match_text_seq("RETURNING", "SEQUENCE", "BY", "REF")
        columns = self._parse_csv(self._xml_column) if self._match_text_seq("COLUMNS") else []
        call.meta["columns"] = columns
        return self._closed(call)  # type: ignore[no-any-return]

    def _column_name(self) -> tuple[str, str]:
        """A column's name, and how it was written."""
        token = self._curr
        if token.token_type not in (TokenType.VAR, TokenType.IDENTIFIER) and not token.text.isidentifier():
            raise ora(904, f'"{token.text}"', position=token.start)
        self._advance()
        return (token.text if token.token_type == TokenType.IDENTIFIER else token.text.upper()), token.text

    def _type_words(self) -> list[str]:
        """A data type up to the next keyword, comma or closing parenthesis."""
        words: list[str] = []
        depth = 0
        while self._curr.token_type != TokenType.SENTINEL:
            closing = self._curr.token_type in CLOSERS
            if not depth and (closing or self._word() in COLUMN_WORDS):
                break
            depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(self._curr.token_type, 0)
            words.append(self._curr.text)
            self._advance()
        return words

    def _xml_column(self) -> dict[str, Any]:
        name, _ = self._column_name()
        if self._match_text_seq("FOR", "ORDINALITY"):
            return {"name": name, "type": None}
        column: dict[str, Any] = {"name": name, "type": " ".join(self._type_words()), "path": name, "default": None}
        if self._match_text_seq("PATH"):
            column["path"] = self._string()
        if self._match(TokenType.DEFAULT):
            column["default"] = self._parse_bitwise()
        return column

    def _string(self) -> str:
        if self._curr.token_type != TokenType.STRING:
            raise ora(907, position=self._curr.start)
        text = str(self._curr.text)
        self._advance()
        return text

    # -- JSON -------------------------------------------------------------------------------------------------------

    def _parse_json(self) -> exp.Expr:
        name = self._tokens[self._index - 2].text.upper()
        call = exp.Anonymous(this=name, expressions=[])
        keyed = name.startswith("JSON_OBJECT")
        while self._curr.token_type != TokenType.R_PAREN and not self._json_option(call):
            for part in self._parse_json_pair() if keyed else [self._parse_disjunction()]:
                call.append("expressions", part)
            if self._match_text_seq("FORMAT", "JSON") and call.expressions:
                call.expressions[-1].meta["json"] = True
            if self._curr.token_type == TokenType.ORDER_BY:
                call.meta["order"] = self._parse_order()
            if not self._match(TokenType.COMMA) and not self._json_option(call):
                break
        while self._json_option(call):
            continue
        return self._closed(call)  # type: ignore[no-any-return]

    def _parse_json_pair(self) -> list[exp.Expr | None]:
        if self._word() == "KEY" and self._next.token_type in (TokenType.STRING, TokenType.VAR):
            self._advance()
        key = self._parse_bitwise()
        if not (self._match_text_seq("VALUE") or self._match(TokenType.IS) or self._match(TokenType.COLON)):
            raise ora(2000, "missing VALUE keyword", position=self._curr.start)
        return [key, self._parse_disjunction()]

    def _json_option(self, call: exp.Expr) -> bool:
        """RETURNING type, ... ON NULL, ERROR or EMPTY, STRICT, WITH UNIQUE KEYS, wrappers."""
        if self._match(TokenType.RETURNING):
            call.meta["returning"] = " ".join(self._type_words())
            return True
        if self._json_result(call.meta) or self._json_wrapper(call.meta):
            return True
        for words_ in (("STRICT",), ("WITH", "UNIQUE", "KEYS"), ("WITHOUT", "UNIQUE", "KEYS"), ("PRETTY",),
                       ("DISALLOW", "SCALARS")):
            if self._match_text_seq(*words_):
                call.meta["options"] = [*call.meta.get("options", ()), " ".join(words_)]
                return True
        if self._word() in ("WITH", "PASSING") and call.expressions:
            raise unsupported(f"{call.this} ... {self._word()}", self._curr.start)
        return False

    def _json_result(self, meta: dict[str, Any]) -> bool:
        """x ON NULL, ON ERROR or ON EMPTY: kept under on_null, on_error, on_empty; a default is an expression."""
        for words in RESULTS:
            if self._match_text_seq(*words.split(), "ON"):
                meta[f"on_{self._word().lower()}"] = words
                self._advance()
                return True
        if self._word() == "DEFAULT":
            self._advance()
            default = self._parse_bitwise()
            self._required("ON")
            meta[f"on_{self._word().lower()}"] = default
            self._advance()
            return True
        return False

    def _json_wrapper(self, meta: dict[str, Any]) -> bool:
        for words in ("WITH CONDITIONAL", "WITH UNCONDITIONAL", "WITH", "WITHOUT"):
            for array in ((), ("ARRAY",)):
                if self._match_text_seq(*words.split(), *array, "WRAPPER"):
                    meta["wrapper"] = {"WITH CONDITIONAL": "c", "WITHOUT": ""}.get(words, "u")
                    return True
        return False

    def _parse_json_table(self) -> exp.Expr:
        call = exp.Anonymous(this="JSON_TABLE", expressions=[self._parse_disjunction()])
        self._match_text_seq("FORMAT", "JSON")
        call.meta["path"] = self._string() if self._match(TokenType.COMMA) else "$"
        while self._json_result(call.meta):
            continue
        call.meta["columns"] = self._json_columns()
        return self._closed(call)  # type: ignore[no-any-return]

    def _json_columns(self) -> list[dict[str, Any]]:
        self._required("COLUMNS")
        wrapped = self._match(TokenType.L_PAREN)
        columns = self._parse_csv(self._json_column)
        if wrapped:
            self._match_r_paren()
        return columns

    def _json_column(self) -> dict[str, Any]:
        if self._match_text_seq("NESTED"):
            self._match_text_seq("PATH")
            path = self._string() if self._curr.token_type == TokenType.STRING else self._json_dotted()
            return {"how": "nested", "path": path, "columns": self._json_columns()}
        name, written = self._column_name()
        if self._match_text_seq("FOR", "ORDINALITY"):
            return {"how": "ordinality", "name": name}
        column: dict[str, Any] = {"name": name, "type": " ".join(self._type_words()) or "VARCHAR2(4000)",
                                  "how": "value", "path": f'$."{written}"'}
        while self._curr.token_type not in CLOSERS and self._json_column_option(column):
            continue
        return column

    def _json_column_option(self, column: dict[str, Any]) -> bool:
        if self._match_text_seq("FORMAT", "JSON"):
            column["how"] = "query"
        elif self._match_text_seq("EXISTS"):
            column["how"] = "exists"
        elif self._match_text_seq("PATH"):
            column["path"] = self._string() if self._curr.token_type == TokenType.STRING else self._json_dotted()
        else:
            return self._json_result(column) or self._json_wrapper(column) or bool(self._match_text_seq("TRUNCATE"))
        return True

    def _json_dotted(self) -> str:
        """A path without quotes: orders[*].name."""
        start = self._curr.start
        end = start
        while self._curr.token_type != TokenType.SENTINEL and not (
                self._word() == "COLUMNS" or self._curr.token_type in CLOSERS):
            end = self._curr.end + 1
            self._advance()
        return f"$.{self.sql[start:end].strip()}"

    def _parse_is(self, this: exp.Expr | None) -> exp.Expr | None:
        """x IS [NOT] JSON [STRICT | LAX] [WITH | WITHOUT UNIQUE KEYS]."""
        index = self._index
        negated = self._match(TokenType.NOT)
        if not self._match_text_seq("JSON"):
            self._retreat(index)
            return super()._parse_is(this)
        test = exp.JSON()
        self._match_text_seq("FORMAT", "JSON")
        test.meta["strict"] = bool(self._match_text_seq("STRICT"))
        self._match_text_seq("LAX")
        test.meta["unique"] = bool(self._match_text_seq("WITH", "UNIQUE", "KEYS"))
        self._match_text_seq("WITHOUT", "UNIQUE", "KEYS")
        found = self.expression(exp.Is(this=this, expression=test))
        return self.expression(exp.Not(this=found)) if negated else found
