# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From a scenario's figures to the rows of a database's tables, area by area."""

from __future__ import annotations

import importlib
from typing import Any

from estate.world.scenario import DatabaseSpec
from estate.world.seed.base import Seed

AREAS = ("core", "parameters", "storage", "redo", "performance", "sessions", "sqltext", "backups", "security",
         "objects", "jobs", "alert", "facilities", "standby")


def rows(spec: DatabaseSpec, now: float) -> dict[str, list[dict[str, Any]]]:
    """All tables of a database as it is at ``now`` (seconds UTC)."""
    seed = Seed(spec, now)
    for area in AREAS:
        importlib.import_module(f"estate.world.seed.{area}").fill(seed)
    from estate.world.life import initial

    seed.add("_STATE", {"KEY": "life", "VALUE": initial(seed.tables, now)})
    return seed.tables
