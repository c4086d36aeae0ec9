# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DDL on user objects."""

from __future__ import annotations

from typing import Any

from estate.api import Result
from estate.sql.errors import ora


def run(session: Any, text: str) -> Result:
    """Execute a DDL statement."""
    raise ora(900)
