# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Snapshots that come in from elsewhere: checked before anything is concluded from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.medops.dbcare.plugins.module_utils.collect import SCHEMA
from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput

PARTS = ("target", "collected", "status", "facts", "probes")


def check_snapshots(snapshots: Iterable[Any]) -> list[dict[str, Any]]:
    """The snapshots; BadInput for one of another format or a target that stands twice."""
    seen: set[str] = set()
    result = []
    for number, snapshot in enumerate(snapshots, 1):
        if not isinstance(snapshot, Mapping) or snapshot.get("schema") != SCHEMA:
            found = snapshot.get("schema") if isinstance(snapshot, Mapping) else None
            raise BadInput(f'Snapshot {number} is of the format "{found}"; this release reads {SCHEMA}.')
        missing = [part for part in PARTS if part not in snapshot]
        if missing:
            raise BadInput(f'Snapshot {number} lacks "{missing[0]}"; collect it again.')
        name = snapshot["target"]["name"]
        if name in seen:
            raise BadInput(f"There are two snapshots of the target {name}; give each target once.")
        seen.add(name)
        result.append(dict(snapshot))
    return result
