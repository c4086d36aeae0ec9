# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the triggers behind constraints call."""

from __future__ import annotations

from estate.sql.errors import ora
from estate.sql.functions.registry import State, helper


@helper("o_violated", context=True, deterministic=False)
def violated(state: State, name: str) -> None:
    """A row does not pass a CHECK. ORA-02290."""
    raise ora(2290, name)


@helper("o_unchecked", context=True, deterministic=False)
def unchecked(state: State, name: str, code: int) -> None:
    """A row may break a foreign key: whether it does is asked when the statement ends."""
    state.unchecked[name] = code
