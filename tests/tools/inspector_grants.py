# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writes estate/scenarios/inspector_grants.yml from what the catalogue's probes read.

    PYTHONPATH=.collections:. python -m tests.tools.inspector_grants

A list in a file, so that the estate itself knows nothing of the collection.
"""

from __future__ import annotations

from pathlib import Path

from ansible_collections.medops.dbcare.plugins.module_utils.grants import needed_grants
from ansible_collections.medops.dbcare.plugins.plugin_utils.catalogue import load_catalogue
from estate.dictionary import families

TARGET = Path(__file__).resolve().parents[2] / "estate" / "scenarios" / "inspector_grants.yml"
HEAD = ("# What the inspector account may select from, beside CREATE SESSION: the relations that the probes read.\n"
        "# Written by make generated.\nobjects:\n")
VERSIONS = ("12.2.0.1.0", "19.24.0.0.0", "23.6.0.24.10")


def needed(version: str, *, cdb: bool) -> set[str]:
    """Relations that the statements of all probes read on a database, by the names that their users give them."""
    return {families.public_name(name) for privilege, _owner, name
            in needed_grants(load_catalogue(()).probes.values(), version, cdb) if privilege == "SELECT"}


def text() -> str:
    """The file's text, for all releases of the estate."""
    names = set().union(*(needed(version, cdb=cdb) for version in VERSIONS for cdb in (True, False)))
    return HEAD + "".join(f"  - {name}\n" for name in sorted(names))


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
