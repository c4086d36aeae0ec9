# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Places in Python source that hold the same logic: six equal lines, or six statements equal but for names and values.

Lines: blank ones, comments, docstrings, imports and lone punctuation do not count, and white space is folded.
Statements: names, strings and numbers are not compared, only what is done with them and in which order. Rows of one
or two shapes one below the other and the fields of a class are data: six statements that count have three shapes.
"""

from __future__ import annotations

import ast
import io
import itertools
import re
import tokenize
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import TypeGuard

RUN = 6
SHAPES = 3
Key = Callable[[list], Hashable]


@dataclass(frozen=True)
class Place:
    """``line`` to ``last`` of ``path``, in ``where``: the dotted name of the function or class, "" at the top."""

    path: str
    line: int
    last: int
    where: str

    @property
    def name(self) -> str:
        """How the file of exceptions names it, which a line added above does not change: path:function."""
        return f"{self.path}:{self.where}"


@dataclass(frozen=True)
class Twin:
    """Two places that hold the same, and how it is the same: "lines" or "shape"."""

    left: Place
    right: Place
    how: str

    def __str__(self) -> str:
        return (f"{self.left.path}:{self.left.line}-{self.left.last} ({self.left.where}) has the same {self.how} as "
                f"{self.right.path}:{self.right.line}-{self.right.last} ({self.right.where})")


def twins(sources: dict[str, str]) -> list[Twin]:
    """All pairs in ``sources`` (text by path), equal lines first; what is equal by line is not named again by shape."""
    trees = {path: ast.parse(text) for path, text in sources.items()}
    lines = {path: list(_lines(text, trees[path])) for path, text in sources.items()}
    shapes = {path: list(_statements(tree, 0)) for path, tree in trees.items()}
    found: dict[tuple[str, str], Twin] = {}
    for how, items, key in (("lines", lines, _same_lines), ("shape", shapes, _same_shape)):
        for left, right in _runs(items, key):
            twin = Twin(_place(left, trees), _place(right, trees), how)
            found.setdefault((twin.left.name, twin.right.name), twin)
    return list(found.values())


def _lines(source: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line number, folded text) of each line that holds logic."""
    rows = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            rows[token.start[0] - 1] = rows[token.start[0] - 1][:token.start[1]]
    passed = {number for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom) or _is_text(node)
              for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
    for number, row in enumerate(rows, 1):
        if number not in passed and re.search(r"\w", row):
            yield number, " ".join(row.split())


def _is_text(node: ast.AST) -> TypeGuard[ast.Expr]:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _statements(node: ast.AST, depth: int) -> Iterator[tuple[int, tuple[int, str]]]:
    """(line number, (depth, shape of its head)) of each statement, in the order of the text."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            field = isinstance(node, ast.ClassDef) and isinstance(child, ast.AnnAssign)
            if not (field or isinstance(child, ast.Import | ast.ImportFrom) or _is_text(child)):
                yield child.lineno, (depth, " ".join(_shape(child)))
            yield from _statements(child, depth + 1)
        elif isinstance(child, ast.ExceptHandler | ast.match_case):
            yield from _statements(child, depth + 1)


def _shape(node: ast.AST) -> Iterator[str]:
    """Kinds of the nodes within a statement, what it encloses left out."""
    yield type(node).__name__
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case | ast.expr_context):
            yield from _shape(child)


def _same_lines(window: list[tuple[int, str]]) -> Hashable:
    return tuple(text for _, text in window)


def _same_shape(window: list[tuple[int, tuple[int, str]]]) -> Hashable:
    """Shapes with depths from the first one's; None where the window is a table."""
    top = window[0][1][0]
    shapes = tuple(shape for _, (_, shape) in window)
    return (tuple(depth - top for _, (depth, _) in window), shapes) if len(set(shapes)) >= SHAPES else None


def _runs(items: dict[str, list], key: Key) -> Iterator[tuple[tuple[str, int, int], tuple[str, int, int]]]:
    """Pairs of (path, first line, last line): each is the longest run of windows that are equal one by one."""
    places: dict[Hashable, list[tuple[str, int]]] = defaultdict(list)
    for path, rows in items.items():
        for start in range(len(rows) - RUN + 1):
            if (same := key(rows[start:start + RUN])) is not None:
                places[same].append((path, start))
    equal = {pair for group in places.values() for pair in itertools.combinations(group, 2)
             if pair[0][0] != pair[1][0] or pair[1][1] - pair[0][1] >= RUN}
    for (left, start), (right, other) in sorted(equal):
        if ((left, start - 1), (right, other - 1)) in equal:
            continue
        size = next(n for n in itertools.count(1) if ((left, start + n), (right, other + n)) not in equal) + RUN - 2
        yield ((left, items[left][start][0], items[left][start + size][0]),
               (right, items[right][other][0], items[right][other + size][0]))


def _place(found: tuple[str, int, int], trees: dict[str, ast.Module]) -> Place:
    path, line, last = found
    names = [node.name for node in ast.walk(trees[path])
             if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
             and node.lineno <= line <= (node.end_lineno or 0)]
    return Place(path, line, last, ".".join(names))
