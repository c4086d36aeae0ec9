# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The functions that the SQLite views call."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from functools import cache
from typing import Any

from estate.api import Context
from estate.dictionary import facts, families
from estate.world.clock import Clock
from estate.world.seed.base import hash_of_id
from estate.world.seed.sessions import address

NLS_DEFAULTS = {
    "NLS_LANGUAGE": "AMERICAN", "NLS_TERRITORY": "AMERICA", "NLS_CURRENCY": "$", "NLS_ISO_CURRENCY": "AMERICA",
    "NLS_NUMERIC_CHARACTERS": ".,", "NLS_CALENDAR": "GREGORIAN", "NLS_DATE_FORMAT": "DD-MON-RR",
    "NLS_DATE_LANGUAGE": "AMERICAN",
    "NLS_CHARACTERSET": "AL32UTF8", "NLS_SORT": "BINARY", "NLS_TIME_FORMAT": "HH.MI.SSXFF AM",
    "NLS_TIMESTAMP_FORMAT": "DD-MON-RR HH.MI.SSXFF AM", "NLS_TIME_TZ_FORMAT": "HH.MI.SSXFF AM TZR",
    "NLS_TIMESTAMP_TZ_FORMAT": "DD-MON-RR HH.MI.SSXFF AM TZR", "NLS_DUAL_CURRENCY": "$",
    "NLS_NCHAR_CHARACTERSET": "AL16UTF16",
    "NLS_COMP": "BINARY", "NLS_LENGTH_SEMANTICS": "BYTE", "NLS_NCHAR_CONV_EXCP": "FALSE",
}



def register(connection: sqlite3.Connection, clock: Clock, live: Callable[[], list[dict[str, Any]]],
             version: str) -> None:
    """est_now, est_run: the database's time and that of its counters; est_live: sessions of clients; est_addr,
    est_hash: addresses."""
    connection.create_function("est_now", 0, clock.now)
    connection.create_function("est_run", 0, clock.run)
    connection.create_function("est_live", 0, lambda: json.dumps(live()))
    connection.create_function("est_addr", 3, address, deterministic=True)
    connection.create_function("est_hash", 1, lambda text: None if text is None else hash_of_id(text),
                               deterministic=True)
    connection.create_function("est_sql", 0, lambda: "[]")
    connection.create_function("est_last_number", 2, lambda owner, name: None)
    session_of(connection, lambda: None)
    connection.create_function("est_views", 0, lambda: _views(version))
    connection.create_function("est_columns", 0, lambda: _columns(version))
    connection.create_function("est_privileges", 0, lambda: json.dumps(facts.named("system_privileges", version)))


def session_of(connection: sqlite3.Connection, asking: Callable[[], Context | None]) -> None:
    """est_sid and est_nls: what depends on the session that a connection works for at the moment."""
    connection.create_function("est_sid", 0, lambda: getattr(asking(), "sid", 0))
    connection.create_function("est_nls", 0, lambda: json.dumps({**NLS_DEFAULTS, **getattr(asking(), "nls", {})}))


@cache
def _views(version: str) -> str:
    return json.dumps([[name, families.object_name(name)] for name in facts.view_names(version)])


@cache
def _columns(version: str) -> str:
    return json.dumps([[name, column.name] for name in facts.view_names(version) for column in facts.view(name,
                                                                                                          version) or (
                                                                                                              )])
