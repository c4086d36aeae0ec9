# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Questions about syntax trees: conjuncts, pseudocolumns, nested aggregates, names of expressions."""

from __future__ import annotations

import re
from typing import Any

from sqlglot import exp

from estate.sql.compiler.aggregates import AGGREGATE_CALLS, has_aggregate
from estate.sql.compiler.core import identifier


def conjuncts(node: Any) -> list[Any]:
    """The parts of a condition that AND joins."""
    if isinstance(node, exp.And):
        return [part for one in node.flatten() for part in conjuncts(one)]
    if isinstance(node, exp.Paren) and isinstance(node.this, (exp.And, exp.Paren)):
        return conjuncts(node.this)
    return [node]


def mentions(node: Any, name: str) -> bool:
    """Whether an expression uses a pseudocolumn of its own block."""
    stack = [node]
    while stack:
        here = stack.pop()
        if isinstance(here, (exp.Select, exp.SetOperation)):
            continue
        if isinstance(here, (exp.Column, exp.Pseudocolumn)) and here.args.get("table") is None and \
                isinstance(here.this, exp.Identifier) and identifier(here.this) == name:
            return True
        stack += list(here.iter_expressions())
    return False


def nests_aggregates(node: Any) -> bool:
    """Whether an aggregate holds another aggregate of the same block."""
    for call in node.find_all(exp.Anonymous):
        if str(call.this).upper() not in AGGREGATE_CALLS or str(call.this).upper().startswith("GROUPING"):
            continue
        parent = call.parent
        while isinstance(parent, (exp.IgnoreNulls, exp.RespectNulls, exp.WithinGroup)):
            parent = parent.parent
        if isinstance(parent, exp.Window) and str(parent.args.get("over")) == "OVER":
            continue
        if any(has_aggregate(one) for one in call.expressions):
            return True
    return False


def squeezed(text: str) -> str:
    """The name of an expression without an alias: its text in capitals, without blanks and comments."""
    text = re.sub(r"/\*.*?\*/|--[^\n]*", "", text, flags=re.S)
    return re.sub(r"\s+", "", text).upper()

