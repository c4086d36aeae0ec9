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
        self._fresh: dict[int, int] = {}
        super().__init__(str(database.store.path), database.catalog)
        self.world = database.catalog

    def _open(self, ctx: Context) -> Handle:
        handle = super()._open(ctx)
        functions.session_of(handle.connection, lambda: handle.state.ctx)
        return handle

    def take(self, ctx: Context) -> Handle:
        """A pooled connection that knows what is a table and what a view by now.

        SQLite notices a changed schema when a statement runs, but not when it refuses one ("cannot modify a view").
        """
        handle = super().take(ctx)
        if self._fresh.get(id(handle.connection)) != self._seen:
            handle.connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
            self._fresh[id(handle.connection)] = self._seen
        return handle

    def compiled(self, ctx: Context, text: str, binds: Sequence[Bind]) -> Compiled:
        """A compiled statement, of the catalog's present state."""
        self._follow()
        found = super().compiled(ctx, text, binds)
        self._follow()
        return found

    def _follow(self) -> None:
        """Forget what was compiled when the catalog changed, also by the compilation itself (a view was laid over)."""
        epoch = self.world.epoch
        if epoch != self._seen:
            self._seen = epoch
            self.invalidate()
