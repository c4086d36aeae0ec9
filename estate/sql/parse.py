# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From a statement's text to its kind and syntax tree, with Oracle's errors and their places."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp
from sqlglot.errors import ParseError
from sqlglot.parser import ErrorLevel
from sqlglot.tokens import Token, TokenType

from estate.api import OraError
from estate.sql.dialect import DIALECT, REFUSED, tokenize
from estate.sql.errors import ora, unsupported
from estate.sql.refused import bracket_allowed, json_table_as, refuse_pair, word_at

QUERY_WORDS = frozenset(("SELECT", "WITH", "VALUES", "("))
DML_WORDS = frozenset(("INSERT", "UPDATE", "DELETE", "MERGE"))
BLOCK_WORDS = frozenset(("BEGIN", "DECLARE", "CALL", "<<"))
OTHER_WORDS = frozenset(
    (
        "COMMIT",
        "ROLLBACK",
        "SAVEPOINT",
        "SET",
        "LOCK",
        "EXPLAIN",
        "ALTER",
        "CREATE",
        "DROP",
        "TRUNCATE",
        "GRANT",
        "REVOKE",
        "COMMENT",
        "ANALYZE",
        "AUDIT",
        "NOAUDIT",
        "PURGE",
        "FLASHBACK",
        "RENAME",
        "ADMINISTER",
        "ASSOCIATE",
        "DISASSOCIATE",
    )
)
_FIRST = re.compile(r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*(\w+|\(|<<|\S)", re.S)


@dataclass(slots=True)
class Statement:
    """A parsed statement: kind is query or dml; bind names in order of their places in the text."""

    text: str
    kind: str
    tree: exp.Expr
    binds: list[str] = field(default_factory=list)


def first_word(text: str) -> str:
    """The first word of a statement, in capitals, after comments."""
    found = _FIRST.match(text)
    return found[1].upper() if found else ""


def statement_kind(text: str) -> str:
    """query, dml, plsql, other; ORA-00900 where it is none."""
    word = first_word(text)
    if word in QUERY_WORDS:
        return "query"
    if word in DML_WORDS:
        return "dml"
    if word in BLOCK_WORDS:
        return "plsql"
    if word in OTHER_WORDS:
        return "other"
    raise ora(900)


def parse(text: str, version: int) -> Statement:
    """Parse a query or DML statement. Raises OraError with the place of the fault."""
    kind = statement_kind(text)
    tokens = _prepared(tokenize(text), text, version)
    try:
        trees = DIALECT.parser(error_level=ErrorLevel.IMMEDIATE).parse(tokens, text)
    except ParseError as error:
        raise _translated(error, tokens, text) from None
    except RecursionError:
        raise unsupported("so deeply nested a statement") from None
    tree = trees[0] if trees else None
    if tree is None:
        raise ora(900)
    _check_shape(tree, kind)
    places = sorted(tree.find_all(exp.Placeholder), key=lambda bind: int(bind.meta.get("start", 0)))
    for index, bind in enumerate(places):
        bind.meta["index"] = index
    return Statement(text, kind, tree, [_bind_name(bind) for bind in places])


def _bind_name(bind: exp.Placeholder) -> str:
    return str(bind.this or "").upper()


def parse_expression(text: str, version: int) -> Statement:
    """A lone expression as a query over DUAL."""
    return parse(f"SELECT {text} FROM DUAL", version)


def _check_shape(tree: exp.Expr, kind: str) -> None:
    allowed: dict[str, tuple[Any, ...]] = {
        "query": (exp.Select, exp.SetOperation, exp.Subquery, exp.Values, exp.Table),
        "dml": (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.MultitableInserts),
    }
    if not isinstance(tree, allowed[kind]):
        raise ora(900)


def _prepared(tokens: list[Token], text: str, version: int) -> list[Token]:
    """Refuse what Oracle does not know; spell BINARY_DOUBLE literals (5d) as calls."""
    out: list[Token] = []
    for index, token in enumerate(tokens):
        if token.token_type in REFUSED and not bracket_allowed(tokens, index):
            raise ora(REFUSED[token.token_type], position=token.start)
        if token.token_type == TokenType.SEMICOLON:
            raise ora(911 if version < 18 else 933, position=token.start)
        previous = tokens[index - 1] if index else None
        if previous is not None:
            _check_pair(previous, token, tokens, index, text)
        if token.token_type == TokenType.UNIQUE and previous is not None and previous.token_type == TokenType.L_PAREN:
            out.append(Token(TokenType.DISTINCT, token.text, token.line, token.col, token.start, token.end))
        elif _is_suffix(previous, token):
            _wrap_literal(out, token)
        elif _is_from_first(tokens, index) or json_table_as(tokens, index):
            continue
        else:
            out.append(token)
    return out


def _is_suffix(previous: Token | None, token: Token) -> bool:
    return (previous is not None and previous.token_type == TokenType.NUMBER and token.token_type == TokenType.VAR
            and token.start == previous.end + 1 and token.text.upper() in ("D", "F"))


def _is_from_first(tokens: list[Token], index: int) -> bool:
    """NTH_VALUE(...) FROM FIRST [RESPECT|IGNORE NULLS] OVER: what counts from anyway."""
    at = index if word_at(tokens, index) == "FROM" else index - 1
    words = [word_at(tokens, one) for one in range(at, at + 5)]
    if at < 1 or tokens[at - 1].token_type != TokenType.R_PAREN or words[0] != "FROM":
        return False
    if words[1] not in ("FIRST", "LAST") or "OVER" not in (words[2], words[4]):
        return False
    if words[1] == "LAST":
        raise unsupported("NTH_VALUE FROM LAST", tokens[at].start)
    return True


def _wrap_literal(out: list[Token], suffix: Token) -> None:
    number = out.pop()
    name = "TO_BINARY_DOUBLE" if suffix.text.upper() == "D" else "TO_BINARY_FLOAT"
    for kind, word in ((TokenType.VAR, name), (TokenType.L_PAREN, "("), (TokenType.NUMBER, number.text),
                       (TokenType.R_PAREN, ")")):
        out.append(Token(kind, word, number.line, number.col, number.start, suffix.end))


def _check_pair(previous: Token, token: Token, tokens: list[Token], index: int, text: str) -> None:
    """Constructs that the parser would misread, by two tokens in a row."""
    word, before = token.text.upper(), previous.text.upper()
    quoted = token.token_type in (TokenType.STRING, TokenType.IDENTIFIER)
    if token.token_type == TokenType.STRING and previous.token_type == TokenType.STRING:
        raise ora(923, position=token.start)
    if quoted or previous.token_type in (TokenType.STRING, TokenType.DOT):
        return
    if previous.token_type == TokenType.OVER and word in ("FROM", ",", ")"):
        raise ora(906, position=token.start)
    refuse_pair(previous, token, tokens, index)
    if word == "@" or (previous.token_type == TokenType.VAR and "@" in before):
        raise ora(2019, position=token.start)
    if token.token_type == TokenType.VAR and "@" in word:
        raise ora(2019, position=token.start)
    if token.token_type == TokenType.ORDER_BY and before == "ORDER":
        raise ora(924, position=token.start)
    if before in ("ORDER", "GROUP", "CONNECT") and previous.token_type == TokenType.VAR and index > 1 and \
            token.token_type in (TokenType.VAR, TokenType.NUMBER):
        raise ora(924, position=token.start)


def _translated(error: ParseError, tokens: list[Token], text: str) -> OraError:
    """The Oracle error for what sqlglot found wrong."""
    detail: dict[str, Any] = error.errors[0] if error.errors else {}
    message = str(detail.get("description") or error)
    position = _offset(detail, text)
    at = next((index for index, token in enumerate(tokens) if token.end >= position), len(tokens))
    token = tokens[at] if at < len(tokens) else None
    fixed = {"Expecting )": 907, "Expecting (": 906, "Expected table name": 903, "Required keyword": 936,
             "Expected AND": 905, "Expecting THEN": 905, "Expecting END": 905}
    for start, code in fixed.items():
        if message.startswith(start):
            return ora(_refined(code, tokens, at), position=position)
    if token is None:
        return ora(936, position=len(text))
    return ora(_unexpected(tokens, at), position=token.start)


def _refined(code: int, tokens: list[Token], at: int) -> int:
    last = tokens[-1].token_type if tokens else None
    if code == 936 and tokens and tokens[0].token_type == TokenType.INSERT:
        return 926
    if code == 903 and last not in (TokenType.FROM, TokenType.COMMA) and at < len(tokens) - 1:
        return 903
    return code


def _offset(detail: dict[str, Any], text: str) -> int:
    line, column = int(detail.get("line") or 1), int(detail.get("col") or 1)
    starts = [0]
    for index, letter in enumerate(text):
        if letter == "\n":
            starts.append(index + 1)
    # sqlglot's column is that of the token's last letter
    return max(0, min(len(text), starts[min(line, len(starts)) - 1] + column - 1))


OPERATORS = frozenset(
    (
        TokenType.STAR,
        TokenType.EQ,
        TokenType.NEQ,
        TokenType.LT,
        TokenType.GT,
        TokenType.LTE,
        TokenType.GTE,
        TokenType.SLASH,
        TokenType.PLUS,
        TokenType.DASH,
        TokenType.DPIPE,
        TokenType.COMMA,
        TokenType.R_PAREN,
        TokenType.FROM,
    )
)


NAMES = (TokenType.VAR, TokenType.IDENTIFIER)


def _unexpected(tokens: list[Token], at: int) -> int:
    """The code for a token that should not stand where it does."""
    token = tokens[at]
    before = tokens[at - 1].token_type if at else None
    head = tokens[0].token_type
    depth, seen_from = 0, False
    for one in tokens[:at]:
        depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(one.token_type, 0)
        seen_from = seen_from or (one.token_type == TokenType.FROM and depth == 0)
    if head == TokenType.VAR:
        return 900
    if token.token_type in OPERATORS and before in OPERATORS | {TokenType.WHERE, TokenType.SELECT, TokenType.AND}:
        return 936
    if depth > 0:
        return 907
    if head == TokenType.SELECT and not seen_from:
        return 923
    if head == TokenType.INSERT:
        return 926 if not any(one.token_type in (TokenType.VALUES, TokenType.SELECT) for one in tokens[:at]) else 933
    tested = at > 1 and tokens[at - 2].token_type in (TokenType.WHERE, TokenType.AND, TokenType.OR, TokenType.ON)
    if tested and token.token_type in (TokenType.STRING, TokenType.NUMBER) and before in NAMES:
        return 920
    if head == TokenType.UPDATE and not any(one.token_type == TokenType.SET for one in tokens[:at]):
        return 971
    return 933
