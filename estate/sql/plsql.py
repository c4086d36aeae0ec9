# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Anonymous PL/SQL blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from estate.api import Bind, Result
from estate.sql.errors import unsupported


class Output:
    """DBMS_OUTPUT of a session."""


def run(session: Any, text: str, binds: Sequence[Bind], rows: Any) -> Result:
    """Execute a block."""
    raise unsupported("PL/SQL")
