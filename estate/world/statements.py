# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Statements of clients as the shared pool keeps them: what V$SQL says of them beside the scenario's own."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from typing import Any

from estate.api import Context

KEPT = 500                                         # the least recently used go first
TEXT, FULL_TEXT = 1000, 4000                       # characters of SQL_TEXT and of SQL_FULLTEXT


class Pool:
    """Statements by instance, SQL_ID, schema and container."""

    def __init__(self) -> None:
        self._found: OrderedDict[tuple[Any, ...], dict[str, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def ran(self, ctx: Context, identifier: str, text: str, **facts: Any) -> None:
        """One execution. ``facts``: now (epoch), seconds, rows, module, command."""
        key = (ctx.inst_id, identifier, ctx.schema, ctx.con_id)
        with self._lock:
            one = self._found.setdefault(key, {
                "INST_ID": ctx.inst_id, "SQL_ID": identifier, "SCHEMA": ctx.schema, "CON_ID": ctx.con_id,
                "TEXT": text[:TEXT], "FULL": text[:FULL_TEXT], "MODULE": facts["module"], "COMMAND": facts["command"],
                "LOADED": facts["now"], "EXECS": 0, "MICROS": 0, "ROWS": 0})
            one["EXECS"] += 1
            one["MICROS"] += max(1, int(facts["seconds"] * 1e6))
            one["ROWS"] += facts["rows"]
            one["ACTIVE"] = facts["now"]
            self._found.move_to_end(key)
            while len(self._found) > KEPT:
                self._found.popitem(last=False)

    def flush(self) -> None:
        """ALTER SYSTEM FLUSH SHARED_POOL."""
        with self._lock:
            self._found.clear()

    def as_json(self) -> str:
        """All statements as a JSON list, for the view that lays them over V$SQL."""
        with self._lock:
            return json.dumps(list(self._found.values()))
