# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""sqlglot's Oracle dialect, made strict: only Oracle's keywords and operators, functions kept by their Oracle names."""

# sqlglot configures its classes by plain dictionaries
# ruff: noqa: RUF012

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sqlglot import exp
from sqlglot.dialects.oracle import Oracle
from sqlglot.tokens import Token, TokenType

from estate.api import OraError
from estate.sql.dialect_documents import DocumentParser
from estate.sql.errors import ora, unsupported

KEPT_WORDS = """
    != <> <= >= ^= || (+) := => ALL AND ANY APPLY AS ASC BETWEEN CASE COLLATE CROSS CUBE DATE DEFAULT DELETE DESC
    DISTINCT ELSE END ESCAPE EXISTS EXCEPT FALSE FETCH FIRST FOR FROM FULL HAVING IN INNER INSERT INTERSECT INTERVAL
    INTO IS JOIN KEEP LATERAL LEFT LIKE MERGE MINUS NATURAL NEXT NOT NULL OFFSET ON OR OUTER OVER PARTITION PERCENT
    PIVOT UNPIVOT RANGE RETURNING RIGHT ROLLUP ROW ROWS SAMPLE SELECT SET SOME START SUBPARTITION TABLE THEN TIMESTAMP
    TRUE UNION UNIQUE UPDATE USING VALUES WHEN WHERE WITH
"""
KEPT_PHRASES = ("BULK COLLECT INTO", "CONNECT BY", "GROUP BY", "GROUPING SETS", "ORDER BY", "ORDER SIBLINGS BY",
                "PARTITION BY")
KEPT = {*KEPT_WORDS.split(), *KEPT_PHRASES}
# stands for a delimiter of q'...' that is no ASCII character
MARK = "\x01"
_FOREIGN_MARK = re.compile(r"\b([qQ])'([^\x00-\x7f])(.*?)\2'", re.DOTALL)
JSON_FUNCTIONS = (
    "JSON_VALUE",
    "JSON_QUERY",
    "JSON_EXISTS",
    "JSON_ARRAY",
    "JSON_ARRAYAGG",
    "JSON_OBJECT",
    "JSON_OBJECTAGG",
)
CONVERSIONS = ("TO_NUMBER", "TO_DATE", "TO_TIMESTAMP", "TO_TIMESTAMP_TZ", "TO_DSINTERVAL", "TO_YMINTERVAL",
               "TO_BINARY_DOUBLE", "TO_BINARY_FLOAT")



class StrictParser(DocumentParser):
    """Parses SELECT, INSERT, UPDATE, DELETE, MERGE; marks projections with their source, binds with their place."""

    FUNCTIONS: dict[str, Callable[..., Any]] = {}
    NO_PAREN_FUNCTIONS: dict[TokenType, Any] = {}
    TYPE_LITERAL_PARSERS: dict[Any, Any] = {}
    NO_PAREN_FUNCTION_PARSERS = {
        "ANY": lambda self: self.expression(exp.Any(this=self._parse_bitwise())),
        "SOME": lambda self: self.expression(exp.Any(this=self._parse_bitwise())),
        "ALL": lambda self: self.expression(exp.All(this=self._parse_bitwise())),
        "CASE": lambda self: self._parse_case(),
        "CONNECT_BY_ROOT": lambda self: self.expression(exp.ConnectByRoot(this=self._parse_unary())),
        "PRIOR": lambda self: self.expression(exp.Prior(this=self._parse_unary())),
    }
    FUNCTION_PARSERS = {
        "CAST": lambda self: self._parse_oracle_cast(),
        "VALIDATE_CONVERSION": lambda self: self._parse_oracle_cast(),
        "EXTRACT": lambda self: self._parse_oracle_extract(),
        "TRIM": lambda self: self._parse_trim(),
        "LISTAGG": lambda self: self._parse_listagg(),
        "XMLELEMENT": lambda self: self._parse_xmlelement(),
        "XMLPI": lambda self: self._parse_xmlpi(),
        "XMLPARSE": lambda self: self._parse_xmlparse(),
        "XMLSERIALIZE": lambda self: self._parse_xmlparse(),
        "XMLROOT": lambda self: self._parse_xmlroot(),
        "XMLTABLE": lambda self: self._parse_xmltable(),
        "JSON_TABLE": lambda self: self._parse_json_table(),
        "TRANSLATE": lambda self: self._parse_translate(),
        "CHR": lambda self: self._parse_chr(),
        **dict.fromkeys(CONVERSIONS, lambda self: self._parse_conversion()),
        **dict.fromkeys(JSON_FUNCTIONS, lambda self: self._parse_json()),
    }
    # || binds as + and - do, from left to right
    TERM = {**Oracle.Parser.TERM, TokenType.DPIPE: exp.DPipe}
    PLACEHOLDER_PARSERS = {TokenType.COLON: lambda self: self._parse_bind()}
    QUERY_MODIFIER_PARSERS = {
        key: parse for key, parse in Oracle.Parser.QUERY_MODIFIER_PARSERS.items()
        if key not in (TokenType.LIMIT, TokenType.QUALIFY, TokenType.PREWHERE, TokenType.CLUSTER_BY, TokenType.USING,
                       TokenType.DISTRIBUTE_BY, TokenType.SORT_BY, TokenType.WINDOW)
    }

    def _parse_bind(self) -> exp.Expr:
        token, colon = self._curr, self._prev
        reserved = token.token_type in self.RESERVED_TOKENS and token.token_type != TokenType.SELECT
        if reserved or token.token_type == TokenType.STRING:
            raise ora(1745, position=token.start)
        self._advance()
        bind = self.expression(exp.Placeholder(this=token.text))
        bind.meta["start"] = colon.start
        return bind

    def _parse_at_time_zone(self, this: exp.Expr | None) -> exp.Expr | None:
        if self._match_text_seq("AT", "LOCAL"):
            return self._parse_at_time_zone(self.expression(exp.AtTimeZone(this=this, zone=exp.Null())))
        return super()._parse_at_time_zone(this)

    def _require(self, kind: TokenType, code: int) -> None:
        if not self._match(kind):
            raise ora(code, position=self._curr.start)

    def _parse_projections(self) -> tuple[list[exp.Expr], list[exp.Expr] | None]:
        items: list[exp.Expr] = []
        while True:
            first = self._curr
            item = self._parse_expression()
            if item is None:
                raise ora(936, position=self._curr.start if self._curr.token_type != TokenType.SENTINEL else 0)
            if isinstance(item, exp.Aliases):
                raise ora(923, position=first.start)
            last = self._prev
            item.meta["span"] = (first.start, last.end)
            items.append(item)
            if not self._match(TokenType.COMMA):
                return items, None

    def _parse_table_alias(self, alias_tokens: Any = None) -> exp.TableAlias | None:
        if self._curr.token_type == TokenType.SET and self._tokens[0].token_type == TokenType.UPDATE:
            return None
        if self._curr.token_type == TokenType.ALIAS:
            if self._next.text.upper() == "OF":
                raise unsupported("AS OF (flashback query)", self._curr.start)
            raise ora(933, position=self._curr.start)
        return super()._parse_table_alias(alias_tokens)

    def _parse_insert_table(self) -> exp.Expr | None:
        if self._curr.token_type != TokenType.L_PAREN or self._next.token_type != TokenType.SELECT:
            return super()._parse_insert_table()
        self._advance()
        view = self.expression(exp.Subquery(this=self._parse_select()))
        self._match_r_paren()
        return self._parse_schema(this=view)

    def _parse_join(self, *args: Any, **options: Any) -> exp.Join | None:
        comma = self._curr.token_type == TokenType.COMMA
        join = super()._parse_join(*args, **options)
        if join is None or comma or isinstance(join.this, exp.Lateral) or join.kind == "CROSS":
            return join  # type: ignore[no-any-return]
        if join.method != "NATURAL" and not join.args.get("on") and not join.args.get("using"):
            raise ora(905, position=self._curr.start)
        return join  # type: ignore[no-any-return]

    def _parse_returning(self) -> exp.Returning | None:
        if not self._match(TokenType.RETURNING) and not self._match_text_seq("RETURN"):
            return None
        expressions = self._parse_csv(self._parse_expression)
        if not self._match(TokenType.INTO) and not self._match(TokenType.BULK_COLLECT_INTO):
            raise ora(925, position=self._curr.start)
        into = self._parse_csv(self._parse_placeholder)
        return self.expression(exp.Returning(expressions=expressions, into=exp.Tuple(expressions=into)))

    def _parse_listagg(self) -> exp.Expr:
        distinct = self._match_set(self.DISTINCT_TOKENS)
        if not distinct:
            self._match(TokenType.ALL)
        args = [self._parse_disjunction()]
        overflow = None
        if self._match(TokenType.COMMA):
            args.append(self._parse_bitwise())
        if self._match(TokenType.ON):
            overflow = self._parse_overflow()
        call = self._closed(exp.Anonymous(this="LISTAGG", expressions=args))
        call.meta.update(distinct=bool(distinct), overflow=overflow)
        return call

    def _parse_overflow(self) -> tuple[str, bool] | None:
        if not self._match_text_seq("OVERFLOW"):
            raise ora(907, position=self._curr.start)
        if self._match_text_seq("ERROR"):
            return None
        if not self._match_text_seq("TRUNCATE"):
            raise ora(907, position=self._curr.start)
        filler = self._curr.text if self._match(TokenType.STRING) and self._retreat(self._index - 1) is None else "..."
        self._match(TokenType.STRING)
        count = not self._match_text_seq("WITHOUT", "COUNT")
        self._match_text_seq("WITH", "COUNT")
        return filler, count

    def _parse_oracle_cast(self) -> exp.Expr:
        if self._curr.text.upper() == "MULTISET":
            raise unsupported("CAST(MULTISET)", self._curr.start)
        start = self._index - 2
        this = self._parse_disjunction()
        if not self._match(TokenType.ALIAS):
            raise ora(905, position=self._curr.start)
        name, words, depth = self._tokens[start].text, [], 0
        while self._curr.token_type != TokenType.SENTINEL:
            if depth == 0 and self._curr.token_type in (TokenType.R_PAREN, TokenType.COMMA, TokenType.DEFAULT):
                break
            depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(self._curr.token_type, 0)
            words.append(self._curr.text)
            self._advance()
        call = exp.Anonymous(this=name.upper(), expressions=[this, exp.Literal.string(" ".join(words))])
        call.meta["default"] = self._parse_conversion_default()
        while self._match(TokenType.COMMA):
            call.meta.setdefault("models", []).append(self._parse_bitwise())
        return self._closed(call)  # type: ignore[no-any-return]

    def _parse_conversion_default(self) -> exp.Expr | None:
        if not self._match(TokenType.DEFAULT):
            return None
        default = self._parse_bitwise()
        self._require(TokenType.ON, 907)
        if not self._match_text_seq("CONVERSION", "ERROR"):
            raise ora(907, position=self._curr.start)
        return default

    def _parse_conversion(self) -> exp.Expr:
        name = self._tokens[self._index - 2].text
        args: list[exp.Expr | None] = []
        default = None
        if self._curr.token_type != TokenType.R_PAREN:
            args.append(self._parse_disjunction())
            default = self._parse_conversion_default()
            while self._match(TokenType.COMMA):
                args.append(self._parse_disjunction())
        call = exp.Anonymous(this=name, expressions=args)
        call.meta["default"] = default
        return self._closed(call)  # type: ignore[no-any-return]

    def _parse_translate(self) -> exp.Expr:
        args = [self._parse_disjunction()]
        if self._match(TokenType.USING):
            self._advance()
            return self._closed(exp.Anonymous(this="TO_CHAR", expressions=args))  # type: ignore[no-any-return]
        while self._match(TokenType.COMMA):
            args.append(self._parse_disjunction())
        return self._closed(exp.Anonymous(this="TRANSLATE", expressions=args))  # type: ignore[no-any-return]

    def _parse_chr(self) -> exp.Expr:
        args = self._parse_csv(self._parse_disjunction)
        if self._match(TokenType.USING):
            self._advance()
        return self._closed(exp.Anonymous(this="CHR", expressions=args))  # type: ignore[no-any-return]

    def _parse_oracle_extract(self) -> exp.Expr:
        if self._next.token_type == TokenType.FROM:
            field = self._curr.text.upper()
            self._advance(2)
            return self._closed(exp.Extract(this=exp.var(field), expression=self._parse_bitwise()))
        args = self._parse_csv(self._parse_disjunction)
        return self._closed(exp.Anonymous(this="EXTRACT", expressions=args))  # type: ignore[no-any-return]

    def _parse_when_matched(self) -> exp.Whens:
        whens = []
        while self._match(TokenType.WHEN):
            matched = not self._match(TokenType.NOT)
            if not self._match_text_seq("MATCHED") or not self._match(TokenType.THEN):
                raise ora(905, position=self._curr.start)
            then = self._parse_merge_update() if self._match(TokenType.UPDATE) else self._parse_merge_insert()
            whens.append(self.expression(exp.When(matched=matched, then=then)))
        return self.expression(exp.Whens(expressions=whens))

    def _parse_merge_update(self) -> exp.Expr:
        self._require(TokenType.SET, 971)
        update = exp.Update(expressions=self._parse_csv(self._parse_update_assignment), where=self._parse_where())
        if self._match(TokenType.DELETE):
            update.meta["delete"] = self._parse_where()
        return update

    def _parse_merge_insert(self) -> exp.Expr:
        self._require(TokenType.INSERT, 905)
        columns = self._parse_wrapped_csv(self._parse_column) if self._curr.token_type == TokenType.L_PAREN else []
        self._require(TokenType.VALUES, 926)
        values = self._parse_wrapped_csv(self._parse_disjunction)
        insert = exp.Insert(where=self._parse_where())
        insert.meta.update(columns=columns, values=values)
        return insert


class Strict(Oracle):
    """The dialect with the strict tokenizer and parser."""

    class Tokenizer(Oracle.Tokenizer):
        RAW_STRINGS = [*Oracle.Tokenizer.RAW_STRINGS, *((f"{prefix}'{MARK}", f"{MARK}'") for prefix in "qQ")]
        KEYWORDS = {**{word: kind for word, kind in Oracle.Tokenizer.KEYWORDS.items() if word in KEPT},
                    **dict.fromkeys(("LIKEC", "LIKE2", "LIKE4"), TokenType.LIKE)}

    Parser = StrictParser


DIALECT = Strict()
REFUSED = {TokenType.MOD: 911, TokenType.AMP: 911, TokenType.TILDE: 911, TokenType.L_BRACE: 911, TokenType.R_BRACE: 911,
           TokenType.HASH: 911, TokenType.PLACEHOLDER: 911, TokenType.BACKSLASH: 911, TokenType.PIPE: 996,
           TokenType.CARET: 911, TokenType.UNKNOWN: 911, TokenType.L_BRACKET: 911, TokenType.R_BRACKET: 911}


_GLUED = re.compile(r"([\d.]+[eE]\d+)([+-])([\d.].*)", re.S)


def _unglued(tokens: list[Token]) -> list[Token]:
    """1e3+4 is three tokens, and so is 1e3-1e2, which comes as 1e3-1 and e2."""
    out: list[Token] = []
    for token in tokens:
        last = out[-1] if out else None
        if last is not None and token.start == last.end + 1 and re.fullmatch(r"[eE]\d+", token.text) and \
                last.token_type == TokenType.NUMBER and token.token_type == TokenType.VAR:
            out[-1] = Token(TokenType.NUMBER, last.text + token.text, last.line, last.col, last.start, token.end)
            continue
        found = _GLUED.fullmatch(token.text) if token.token_type == TokenType.NUMBER else None
        if found is None:
            out.append(token)
            continue
        at = token.start + len(found[1])
        for kind, text, start in ((TokenType.NUMBER, found[1], token.start),
                                  (TokenType.PLUS if found[2] == "+" else TokenType.DASH, found[2], at),
                                  (TokenType.NUMBER, found[3], at + 1)):
            out.append(Token(kind, text, token.line, token.col, start, start + len(text) - 1))
    return out


# comparison operators whose two characters may stand apart
SPLIT_OPERATORS = {(TokenType.GT, TokenType.EQ): TokenType.GTE, (TokenType.LT, TokenType.EQ): TokenType.LTE,
                   (TokenType.LT, TokenType.GT): TokenType.NEQ, (TokenType.NOT, TokenType.EQ): TokenType.NEQ,
                   (TokenType.CARET, TokenType.EQ): TokenType.NEQ}


def _operators_joined(tokens: list[Token]) -> list[Token]:
    """``> =`` is ``>=``, as Oracle reads it; the word NOT before = is not."""
    out: list[Token] = []
    for token in tokens:
        last = out[-1] if out else None
        kind = SPLIT_OPERATORS.get((last.token_type, token.token_type)) if last is not None else None
        if last is None or kind is None or last.text.upper() == "NOT":
            out.append(token)
        else:
            out[-1] = Token(kind, last.text + token.text, last.line, last.col, last.start, token.end)
    return out


def tokenize(text: str) -> list[Token]:
    """Tokens of a statement. ORA-01756 for an unclosed literal, ORA-00911 for a character that Oracle does not know."""
    if not text.isascii():
        text = _FOREIGN_MARK.sub(rf"\1'{MARK}\3{MARK}'", text)
    try:
        return _operators_joined(_unglued(list(DIALECT.tokenize(text))))
    except OraError:
        raise
    except Exception as error:
        message = f"{error} {error.__cause__}"
        if "Missing" in message:
            raise ora(1740 if 'Missing "' in message else 1756, position=len(text)) from None
        raise ora(911) from None
