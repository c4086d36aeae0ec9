# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""docs/files.md: every file of the project with the first sentence that it says of itself.

    python tests/tools/files_doc.py            writes the page
    python tests/tools/files_doc.py --check    fails where it is out of date, a Python file says nothing of itself, or
                                               docs/architecture.md names a path that does not exist (a lint step)
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from itertools import groupby
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PAGE, MAP = Path("docs/files.md"), Path("docs/architecture.md")
TESTS = "tests/"
HEAD = """# Every file

Generated from what each file says of itself (`python tests/tools/files_doc.py`), not edited by hand.
[architecture.md](architecture.md) is the map; this is the index. Tests are named after what they test and are left out;
catalogue, roles, molecule scenarios and data are described by their folder in the map.
"""
NAMED = re.compile(r"`((?:[\w.-]+/)+[\w.*-]*|[\w-]+\.(?:py|yml|md|cfg|toml))`")


def tracked(project: Path) -> list[Path]:
    """Files that git tracks, or would."""
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=project, check=True,
                            capture_output=True, text=True).stdout.splitlines()
    return sorted(Path(name) for name in set(listed) if (project / name).is_file())


def says(project: Path, path: Path) -> str:
    """The first sentence of a Python file's docstring or of a shell script's comment; "" where there is none."""
    text = (project / path).read_text(encoding="utf-8")
    if path.suffix == ".py" or text.startswith("#!/usr/bin/env python"):
        said = ast.get_docstring(ast.parse(text)) or ""
    else:
        lines = [line.lstrip("# ") for line in text.splitlines() if line.startswith("# ")]
        said = " ".join(line for line in lines if "Copyright" not in line and "License" not in line)
    first = re.split(r"(?<=[.!?])\s|\n\n", said.strip(), maxsplit=1)[0]
    return " ".join(first.split()).replace("|", "\\|")


def described(path: Path) -> bool:
    """Whether the page lists a file: code that is no test."""
    if path.parts[0] == "tests":
        return path.suffix == ".py" and path.parts[1] in ("tools", "support", "benchmarks")
    return path.suffix == ".py" or path.parts[0] == ".ci"


def page(project: Path) -> str:
    """The page's text."""
    files = sorted((path for path in tracked(project) if described(path)), key=lambda path: (path.parent, path.name))
    parts = [HEAD]
    for folder, members in groupby(files, key=lambda path: path.parent):
        rows = "".join(f"| `{path.name}` | {says(project, path)} |\n" for path in members)
        parts.append(f"## {folder}/\n\n| file | |\n|---|---|\n{rows}")
    return "\n".join(parts)


def problems(project: Path) -> list[str]:
    """What is out of date or silent, one sentence each."""
    found = [f"{path}: says nothing of itself; give it a docstring" for path in tracked(project)
             if described(path) and not says(project, path)]
    current = (project / PAGE).read_text(encoding="utf-8") if (project / PAGE).exists() else ""
    if current != page(project):
        found.append(f"{PAGE} is out of date; run: python tests/tools/files_doc.py")
    return found + missing_paths(project)


def missing_paths(project: Path) -> list[str]:
    """Paths that the map names and that are not there; what stands below a folder may be named without it."""
    known = {str(part) for path in tracked(project) for part in (path, *path.parents)}
    names = [name.rstrip("/") for name in NAMED.findall((project / MAP).read_text(encoding="utf-8"))]
    return [f"{MAP} names {name}, which does not exist" for name in dict.fromkeys(names)
            if name not in known and not (project / name).exists() and not any(k.endswith(f"/{name}") for k in known)]


def main(arguments: list[str]) -> int:
    """Write the page, or check it."""
    if "--check" not in arguments:
        (PROJECT / PAGE).write_text(page(PROJECT), encoding="utf-8")
        return 0
    found = problems(PROJECT)
    print("\n".join(found) or f"{PAGE} and {MAP} are true")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
