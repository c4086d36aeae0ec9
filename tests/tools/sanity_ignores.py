# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""tests/sanity/ignore-2.19.txt: what ansible-test cannot know of this collection, with the reason beside each entry.

    python tests/tools/sanity_ignores.py            writes the file
    python tests/tools/sanity_ignores.py --check    fails where it is out of date (a lint step)

ansible-test imports every plugin without the packages of requirements/runtime.txt. What runs on the controller only has
them, so its import is not tried; unit tests import all of it with the packages in place.
"""

from __future__ import annotations

import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
IGNORE_FILE = PROJECT / "tests" / "sanity" / "ignore-2.19.txt"
CONTROLLER_ONLY = ("plugins/action", "plugins/plugin_utils")
PYTHONS = ("3.11", "3.12", "3.13")
SHIPPED_TEXT = ("catalogue", "docs", "playbooks", "plugins", "roles", "README.zh-CN.md")
TEXT_SUFFIXES = {".md", ".yml", ".j2", ".po", ".py", ".css", ".json"}


def entries(project: Path = PROJECT) -> list[str]:
    """All lines of the ignore file, sorted."""
    lines = [f"{path.relative_to(project)} import-{python}!skip # runs on the controller, with requirements/runtime.txt"
             for folder in CONTROLLER_ONLY for path in (project / folder).rglob("*.py") for python in PYTHONS]
    lines += [f"{path.relative_to(project)} no-smart-quotes # Chinese quotation marks"
              for name in SHIPPED_TEXT for path in _files(project / name) if _has_smart_quotes(path)]
    return sorted(lines)


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else [item for item in path.rglob("*") if item.suffix in TEXT_SUFFIXES]


def _has_smart_quotes(path: Path) -> bool:
    return any(mark in path.read_text(encoding="utf-8") for mark in "\u2018\u2019\u201c\u201d")


def main(arguments: list[str]) -> int:
    """Write the file or, with ``--check``, compare it; 1 where it is out of date."""
    text = "".join(f"{line}\n" for line in entries())
    if "--check" not in arguments:
        IGNORE_FILE.write_text(text, encoding="utf-8")
        return 0
    if IGNORE_FILE.read_text(encoding="utf-8") == text:
        print("tests/sanity/ignore-2.19.txt is up to date")
        return 0
    print("tests/sanity/ignore-2.19.txt is out of date; run: python tests/tools/sanity_ignores.py")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
