# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The changes that tests/tools/mutants.py makes: cosmic-ray's, and functions that do nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from cosmic_ray.operators.operator import Operator
from cosmic_ray.plugins import get_operator
from parso.python.tree import Function, Keyword

# Those that a slip of the pen makes; a comparison turned into arithmetic would only be a TypeError.
CHOSEN = (
    *(f"ReplaceBinaryOperator_{pair}" for pair in ("Add_Sub", "Sub_Add", "Mul_Add", "Div_FloorDiv", "FloorDiv_Mul",
                                                   "Mod_FloorDiv", "Pow_Mul", "BitAnd_BitOr", "RShift_LShift",
                                                   "LShift_RShift", "BitXor_BitOr")),
    *(f"ReplaceComparisonOperator_{pair}" for pair in ("Eq_NotEq", "NotEq_Eq", "Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt",
                                                       "Lt_Gt", "Gt_Lt", "Is_IsNot", "IsNot_Is")),
    "ReplaceUnaryOperator_Delete_USub", "ReplaceUnaryOperator_Delete_Not", "AddNot", "ReplaceTrueWithFalse",
    "ReplaceFalseWithTrue", "ReplaceAndWithOr", "ReplaceOrWithAnd", "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak", "ExceptionReplacer", "NumberReplacer", "ZeroIterationForLoop",
)
NO_BODY = re.compile(r"raise NotImplementedError|^\s*\.\.\.$", re.M)
EMPTY = {"list": "[]", "dict": "{}", "str": '""', "bytes": 'b""', "int": "0", "float": "0.0", "bool": "False",
         "tuple": "()", "set": "set()", "frozenset": "frozenset()"}


class DropBody(Operator):
    """A function that does nothing, and returns what is nothing in its type."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        """Start and end of each function that has a body."""
        if isinstance(node, Function) and not NO_BODY.search(node.get_code()):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """The function with one return in place of its body; ``index`` is 0."""
        annotation = node.annotation.get_code().strip().strip('"') if node.annotation else "None"
        value = EMPTY.get(re.split(r"[\[ ]", annotation)[0], "None") if "| None" not in annotation else "None"
        indent = " " * (node.start_pos[1] + 4)
        text = f"return\n{indent}yield" if node.is_generator() else f"return {value}"
        node.children[-1] = Keyword(f"\n{indent}{text}\n", node.children[-1].start_pos)
        return node

    @classmethod
    def examples(cls) -> tuple[()]:
        """None: cosmic-ray's own tests do not know this operator."""
        return ()


def operators() -> list[Operator]:
    """All of them, in an order that is always the same."""
    return [*(get_operator(f"core/{name}")() for name in CHOSEN), DropBody()]
