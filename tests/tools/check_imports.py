# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may import whom: the estate knows nothing of the collection, the collection nothing of the estate.

A fake database and the code that reads it must not agree by construction, so neither may borrow from the other. Roles,
playbooks and the catalogue must not name the estate either: it is one more Oracle to them.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
COLLECTION = "ansible_collections"
ESTATE_WORD = re.compile(r"\b(python3? -m estate|estate/\w|ESTATE_\w+)")


def imported(source: str) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) of every import in Python source."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.lineno, node.module


def crossings(folder: Path, forbidden: tuple[str, ...]) -> Iterator[str]:
    """Yield "file:line: sentence" for each import under ``folder`` of a forbidden package."""
    for path in sorted(folder.rglob("*.py")):
        for line, name in imported(path.read_text(encoding="utf-8")):
            if name.split(".")[0] in forbidden:
                yield f"{path}:{line}: imports {name}; {folder.name}/ and {name.split('.')[0]} must not know each other"


def mentions(folder: Path) -> Iterator[str]:
    """Yield "file:line: sentence" for each place under ``folder`` that names the estate."""
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix in {".yml", ".py", ".j2"}):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if ESTATE_WORD.search(line) and "molecule" not in path.parts:
                yield f"{path}:{number}: names the test estate, which the product must not know"


def problems(project: Path) -> list[str]:
    """All crossings in a project, as printable lines."""
    found = [*crossings(project / "estate", (COLLECTION, "plugins", "ansible")),
             *crossings(project / "plugins", ("estate",))]
    for folder in ("plugins", "roles", "playbooks", "catalogue"):
        found += mentions(project / folder)
    return found


def main() -> int:
    """Print what was found; 1 where anything was."""
    found = problems(PROJECT)
    print("\n".join(found) or "estate/ and plugins/ know nothing of each other")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
