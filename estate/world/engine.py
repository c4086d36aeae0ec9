# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The SQL engine of one database: its connections know the world's functions, its cache follows the catalog."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from estate.api import Bind, Context
from estate.sql.engine import Engine, Handle
from estate.sql.statement import Compiled
from estate.world import functions

if TYPE_CHECKING:
    from estate.world.database import Database


class WorldEngine(Engine):
    """An engine whose compiled statements are forgotten when privileges or what is stored where changed."""

    def __init__(self, database: Database) -> None:
        self._seen = database.catalog.epoch
        super().__init__(str(database.store.path), database.catalog)
        self.world = database.catalog

    def _open(self, ctx: Context) -> Handle:
        handle = super()._open(ctx)
        functions.session_of(handle.connection, lambda: handle.state.ctx)
        return handle

    def compiled(self, ctx: Context, text: str, binds: Sequence[Bind]) -> Compiled:
        """A compiled statement, of the catalog's present state."""
        epoch = self.world.epoch
        if epoch != self._seen:
            self._seen = epoch
            self.invalidate()
        return super().compiled(ctx, text, binds)
