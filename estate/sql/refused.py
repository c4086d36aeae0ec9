# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Constructs that are refused by their names before the parser could misread them."""

from __future__ import annotations

import re

from sqlglot.tokens import Token, TokenType

from estate.sql.errors import unsupported

STARTS = frozenset(("MODEL", "VERSIONS", "MATCH_RECOGNIZE", "FUNCTION", "PROCEDURE", "XML", "USING", "PARTITION BY",
                    "DETERMINISTIC", "LOG", "XMLQUERY", "MULTISET", "MEMBER", "SUBMULTISET", "OF", "ANALYTIC",
                    "HIERARCHIES"))
# functions that Oracle has and the estate does not
UNSUPPORTED_WORDS = """
    APPENDCHILDXML APPROX_COUNT APPROX_COUNT_DISTINCT_AGG APPROX_COUNT_DISTINCT_DETAIL APPROX_MEDIAN
    APPROX_PERCENTILE APPROX_PERCENTILE_AGG APPROX_PERCENTILE_DETAIL APPROX_RANK APPROX_SUM BFILENAME
    CARDINALITY CLUSTER_DETAILS CLUSTER_DISTANCE CLUSTER_ID CLUSTER_PROBABILITY CLUSTER_SET COLLATION COLLECT
    CONTAINS CON_DBID_TO_ID CON_GUID_TO_ID CON_NAME_TO_ID CON_UID_TO_ID CORR_K CORR_S CUBE_TABLE
    DATAOBJ_TO_MAT_PARTITION DATAOBJ_TO_PARTITION DELETEXML DEREF EQUALS_PATH FEATURE_COMPARE FEATURE_DETAILS
    FEATURE_ID FEATURE_SET FEATURE_VALUE INSERTCHILDXML INSERTXMLBEFORE ITERATION_NUMBER JSON_DATAGUIDE
    JSON_MERGEPATCH JSON_SCALAR JSON_SERIALIZE JSON_TRANSFORM MAKE_REF MULTISET NLS_CHARSET_DECL_LEN
    ORA_DM_PARTITION_NAME ORA_INVOKING_USERID POWERMULTISET POWERMULTISET_BY_CARDINALITY PREDICTION
    PREDICTION_BOUNDS PREDICTION_COST PREDICTION_DETAILS PREDICTION_PROBABILITY PREDICTION_SET PRESENTNNV
    PRESENTV PREVIOUS REF REFTOHEX SCORE SDO_GEOMETRY SET STATS_BINOMIAL_TEST STATS_CROSSTAB STATS_F_TEST
    STATS_KS_TEST STATS_MW_TEST STATS_ONE_WAY_ANOVA STATS_T_TEST_INDEP STATS_T_TEST_INDEPU STATS_T_TEST_ONE
    STATS_T_TEST_PAIRED STATS_WSR_TEST SYS_DBURIGEN SYS_OP_ZONE_ID SYS_TYPEID SYS_XMLAGG SYS_XMLGEN
    TO_APPROX_COUNT_DISTINCT TO_APPROX_PERCENTILE TREAT UNDER_PATH UPDATEXML VECTOR_DISTANCE XMLDIFF
    XMLISVALID XMLPATCH XMLQUERY XMLSEQUENCE XMLTRANSFORM
"""
UNSUPPORTED = frozenset(UNSUPPORTED_WORDS.split())
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
        "MATCH_RECOGNIZE clause": word == "MATCH_RECOGNIZE" and after == "(",
        f"WITH {word}": before == "WITH" and word in ("FUNCTION", "PROCEDURE") and index == 1,
        "PIVOT XML": before == "PIVOT" and word == "XML",
        "XMLQUERY": word == "XMLQUERY" and after == "(",
        f"MULTISET {after}": word == "MULTISET" and after in ("EXCEPT", "INTERSECT", "UNION"),
        f"{word} OF": word in ("MEMBER", "SUBMULTISET") and after == "OF",
        "IS OF TYPE": before == "IS" and word == "OF",
        "ANALYTIC VIEW": word == "ANALYTIC" and after == "VIEW",
        "HIERARCHIES": word == "HIERARCHIES" and after == "(",
        "LOG ERRORS": word == "LOG" and after == "ERRORS",
        "approximate percentiles": word == "DETERMINISTIC" and before != ",",
        "data mining functions": word == "USING" and before != ")" and _in_mining_call(tokens, index),
        "partitioned outer join": word == "PARTITION BY" and _is_partitioned(previous, tokens, index),
    }
    name = next((name for name, is_so in found.items() if is_so), None)
    if name is not None:
        raise unsupported(name, token.start)


def json_table_as(tokens: list[Token], index: int) -> bool:
    """Whether AS stands behind JSON_TABLE(...), the only item of FROM that it may name."""
    if tokens[index].token_type != TokenType.ALIAS or index < 2 or tokens[index - 1].token_type != TokenType.R_PAREN:
        return False
    depth = 0
    for at in range(index - 1, 0, -1):
        depth += {TokenType.R_PAREN: 1, TokenType.L_PAREN: -1}.get(tokens[at].token_type, 0)
        if not depth:
            return word_at(tokens, at - 1) == "JSON_TABLE"
    return False


BRACKETS = (TokenType.L_BRACKET, TokenType.R_BRACKET)


def bracket_allowed(tokens: list[Token], index: int) -> bool:
    """Whether a bracket belongs to a path of JSON_TABLE. ORA-03001 for those of MODEL."""
    if tokens[index].token_type not in BRACKETS:
        return False
    words = {one.text.upper() for one in tokens[:index]}
    if "MODEL" in words and "DIMENSION" in words:
        raise unsupported("MODEL clause", tokens[index].start)
    return "JSON_TABLE" in words


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
