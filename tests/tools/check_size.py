# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the project promises of its code: short functions and files, nothing written twice, modules documented.

    python -m tests.tools.check_size    (a lint step)

A pair of twins that is the same in shape and not in logic is excused in tests/tools/twins.yml, with the reason.
"""

from __future__ import annotations

import ast
import math
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.tools.twins import Twin, twins

PROJECT = Path(__file__).resolve().parents[2]
EXCUSED = "tests/tools/twins.yml"
FOLDERS = ("plugins", "estate", "tests")
MODULES = "plugins/modules/"
# Lines of a function, without its decorators
MEDIAN, P90, LONGEST = 12, 40, 80
FILE, MODULE = 450, 300
NOT_OURS = {"build", "var", "reports", "node_modules"}
DOCUMENTED = {"module", "short_description", "version_added", "author", "description", "options"}

Length = tuple[int, str]    # lines, "path:line name"


def sources(project: Path) -> dict[str, str]:
    """Text by path of each Python file that git tracks; outside a checkout, of each that is not hidden or made here."""
    if (project / ".git").exists():
        listed = subprocess.run(["git", "ls-files", "*.py"], cwd=project, capture_output=True, text=True, check=True)
        paths = [project / line for line in listed.stdout.splitlines()]
    else:
        paths = [path for path in project.rglob("*.py") if not any(
            part in NOT_OURS or part.startswith(".") for part in path.relative_to(project).parts)]
    return {path.relative_to(project).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(paths) if path.is_file()}


def lengths(path: str, text: str) -> list[Length]:
    """Lines of each function in a file, nested ones and methods too."""
    return [((node.end_lineno or node.lineno) - node.lineno + 1, f"{path}:{node.lineno} {node.name}")
            for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def ninetieth(values: list[int]) -> int:
    """The value that nine in ten do not exceed (nearest rank)."""
    return sorted(values)[math.ceil(len(values) * 0.9) - 1]


def long_functions(texts: dict[str, str]) -> tuple[list[str], list[str]]:
    """(figures of the whole and of each folder, what is too long)."""
    found: list[str] = []
    figures: list[str] = []
    every = {path: lengths(path, text) for path, text in texts.items()}
    for folder in ("", *FOLDERS):
        functions = [one for path, some in every.items() if not folder or path.startswith(f"{folder}/") for one in some]
        if not functions:
            continue
        counts = [count for count, _ in functions]
        median, p90 = statistics.median(counts), ninetieth(counts)
        name = folder or "all"
        figures.append(f"{name}: {len(counts)} functions, median {median:g}, p90 {p90}, longest {max(counts)} lines")
        found += [f"{name}: the median function has {median:g} lines, more than {MEDIAN}"] if median > MEDIAN else []
        found += [f"{name}: one function in ten has {p90} lines or more; {P90} are allowed"] if p90 > P90 else []
    found += [f"{where} has {count} lines, more than {LONGEST}"
              for some in every.values() for count, where in some if count > LONGEST]
    return figures, found


def long_files(texts: dict[str, str]) -> Iterator[str]:
    """A sentence for each file or module that is too long."""
    for path, text in texts.items():
        count, limit = len(text.splitlines()), MODULE if path.startswith(MODULES) else FILE
        if count > limit:
            yield f"{path} has {count} lines, more than {limit}"


def bare_modules(texts: dict[str, str]) -> Iterator[str]:
    """A sentence for each thing that the documentation of a module lacks."""
    for path in (path for path in texts if path.startswith(MODULES)):
        blocks = {target.id: node.value.value for node in ast.parse(texts[path]).body if isinstance(node, ast.Assign)
                  for target in node.targets if isinstance(target, ast.Name) and isinstance(node.value, ast.Constant)}
        said: dict[str, Any] = {key: yaml.safe_load(str(blocks.get(key) or "")) or {}
                                for key in ("DOCUMENTATION", "EXAMPLES", "RETURN")}
        yield from (f"{path} has no {key}" for key, value in said.items() if not value)
        yield from (f"{path}: DOCUMENTATION lacks {key}" for key in sorted(DOCUMENTED - set(said["DOCUMENTATION"])))
        yield from (f"{path}: option {name} has no description or no type"
                    for name, option in (said["DOCUMENTATION"].get("options") or {}).items()
                    if not {"description", "type"} <= set(option))
        yield from (f"{path}: RETURN does not say of {name} what, when and of which type"
                    for name, value in said["RETURN"].items() if not {"description", "returned", "type"} <= set(value))


def unexcused(found: list[Twin], excused: list[dict[str, Any]]) -> Iterator[str]:
    """A sentence for each pair that nothing excuses, and for each excuse that lacks a reason or excuses nothing.

    ``excused``: {"places": [path:function ...], "reason": text}; any two of its places may be twins.
    """
    used: set[tuple[int, str]] = set()
    for twin in found:
        pair = {twin.left.name, twin.right.name}
        by = [number for number, excuse in enumerate(excused) if pair <= set(excuse["places"])]
        used |= {(number, name) for number in by for name in pair}
        if not by:
            yield f"{twin}; write it once"
    for number, excuse in enumerate(excused):
        if not str(excuse.get("reason") or "").strip():
            yield f"{EXCUSED}: {', '.join(excuse['places'])} are excused without a reason"
        yield from (f"{EXCUSED}: {name} has no twin any more; remove it"
                    for name in excuse["places"] if (number, name) not in used)


def problems(project: Path) -> tuple[list[str], list[str]]:
    """(figures, what is wrong), as printable lines."""
    texts = sources(project)
    excuses = project / EXCUSED
    excused = yaml.safe_load(excuses.read_text(encoding="utf-8")) if excuses.exists() else []
    figures, found = long_functions(texts)
    found += [*long_files(texts), *bare_modules(texts), *unexcused(twins(texts), excused or [])]
    return figures, found


def main() -> int:
    """Print the figures and what is wrong; 1 where anything is."""
    figures, found = problems(PROJECT)
    print("\n".join([*figures, *found]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
