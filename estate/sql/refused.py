# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Constructs that are refused by their names before the parser could misread them."""

from __future__ import annotations

import re

from sqlglot.tokens import Token, TokenType

from estate.sql.errors import unsupported

STARTS = frozenset(("MODEL", "VERSIONS", "XMLTABLE", "JSON_TABLE", "MATCH_RECOGNIZE", "FUNCTION", "PROCEDURE", "XML", "USING",
                    "PARTITION BY"))
MODEL_STARTS = ("DIMENSION", "PARTITION", "PARTITION BY", "IGNORE", "KEEP", "UNIQUE", "RETURN", "REFERENCE", "MAIN")


def word_at(tokens: list[Token], index: int) -> str:
    """A token's text in capitals; empty beyond the end."""
    return tokens[index].text.upper() if index < len(tokens) else ""


def refuse_pair(previous: Token, token: Token, tokens: list[Token], index: int) -> None:
    """ORA-03001 for a construct that two tokens in a row begin."""
    word, before = token.text.upper(), previous.text.upper()
    if word not in STARTS:
        return
    after = word_at(tokens, index + 1)
    found = {
        "MODEL clause": word == "MODEL" and after in MODEL_STARTS,
        "VERSIONS (flashback query)": word == "VERSIONS" and after in ("BETWEEN", "PERIOD"),
        word: word in ("XMLTABLE", "JSON_TABLE") and after == "(",
        "MATCH_RECOGNIZE clause": word == "MATCH_RECOGNIZE" and after == "(",
        f"WITH {word}": before == "WITH" and word in ("FUNCTION", "PROCEDURE") and index == 1,
        "PIVOT XML": before == "PIVOT" and word == "XML",
        "data mining functions": word == "USING" and before != ")" and _in_mining_call(tokens, index),
        "partitioned outer join": word == "PARTITION BY" and _is_partitioned(previous, tokens, index),
    }
    name = next((name for name, is_so in found.items() if is_so), None)
    if name is not None:
        raise unsupported(name, token.start)


def refuse_cell(tokens: list[Token], index: int) -> None:
    """ORA-03001 for the brackets of MODEL, which no other clause has."""
    if tokens[index].token_type == TokenType.L_BRACKET and any(one.text.upper() == "MODEL" for one in tokens[:index]):
        raise unsupported("MODEL clause", tokens[index].start)


MINING = re.compile(r"(CLUSTER|FEATURE|PREDICTION)(_[A-Z]+)?|ORA_DM_PARTITION_NAME")


def _in_mining_call(tokens: list[Token], index: int) -> bool:
    """Whether USING stands in the parentheses of CLUSTER_ID(...), PREDICTION(...) and their like."""
    depth = 0
    for at in range(index - 1, 0, -1):
        depth += {TokenType.R_PAREN: 1, TokenType.L_PAREN: -1}.get(tokens[at].token_type, 0)
        if depth < 0:
            return bool(MINING.fullmatch(word_at(tokens, at - 1)))
    return False


def _is_partitioned(previous: Token, tokens: list[Token], index: int) -> bool:
    """t PARTITION BY (...) RIGHT JOIN."""
    if previous.token_type != TokenType.VAR:
        return False
    depth, at = 0, index + 1
    while at < len(tokens):
        depth += {TokenType.R_PAREN: -1, TokenType.L_PAREN: 1}.get(tokens[at].token_type, 0)
        at += 1
        if not depth:
            break
    return word_at(tokens, at) in ("RIGHT", "LEFT", "FULL", "JOIN", "INNER")
