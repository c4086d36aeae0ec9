# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Scrollable cursors: which rows a fetch with an orientation asks for."""

from __future__ import annotations

from typing import Any

from estate.wire.cursors import Cursor

NEXT, FIRST, LAST, PRIOR = 0x02, 0x04, 0x08, 0x10


def scroll_rows(cursor: Cursor, orientation: int, position: int, count: int) -> tuple[list[tuple[Any, ...]], int]:
    """The rows and the 0-based index of the first one. Past either end there are none.

    Drivers work out relative positions themselves: with CURRENT, ABSOLUTE and RELATIVE ``position`` counts from 1.
    """
    rows = cursor.scroll or []
    starts = {FIRST: 0, LAST: len(rows) - 1, PRIOR: cursor.fetched - 2, NEXT: cursor.fetched}
    start = starts.get(orientation, position - 1 if position else cursor.fetched)
    if not 0 <= start < len(rows):
        return [], len(rows) if start > 0 else 0
    piece = rows[start:start + count]
    cursor.fetched = start + len(piece)
    return piece, start
