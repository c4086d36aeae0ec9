# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A database goes on living: what it has done of itself since it was last looked at, written when it is looked at."""

from __future__ import annotations

from estate.world.life.life import Life, initial

__all__ = ["Life", "initial"]
