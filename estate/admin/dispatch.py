# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The catalog's hooks for administrative statements and package calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from estate.admin.desk import Desk
from estate.admin.registry import handler_of, knows_package, procedure_of, readers
from estate.admin.tables import Tables
from estate.admin.words import Words
from estate.api import Bind, Context, Result

FIRST_WORDS = frozenset({"ALTER", "CREATE", "DROP", "GRANT", "REVOKE", "AUDIT", "NOAUDIT", "ADMINISTER"})

__all__ = ["procedure", "readers", "statement"]


def statement(database: Any, ctx: Context, sql: str, binds: Sequence[Bind] = ()) -> Result | None:
    """Carry out an administrative statement; None where it is not one. Raises OraError."""
    if not _may_be(sql):
        return None
    words = Words(sql)
    beginning = words.beginning()
    found = handler_of(beginning)
    if found is None:
        return None
    handler, length = found
    words.take(*beginning[:length])
    return _at_once(database, lambda: handler(Desk(database, ctx), words))


def _at_once(database: Any, work: Callable[[], Result | None]) -> Result | None:
    """All of a statement or nothing of it."""
    store = database.store
    with store.lock:
        store.connection.execute("BEGIN IMMEDIATE")
        try:
            result = work()
        except BaseException:
            store.connection.execute("ROLLBACK")
            raise
        store.connection.execute("COMMIT")
    return result


def _may_be(sql: str) -> bool:
    """Whether the first word, after comments, may begin an administrative statement: cheap for all that is none."""
    text = sql.lstrip()
    while text.startswith(("/*", "--")):
        _, _, text = text.partition("*/" if text.startswith("/*") else "\n")
        text = text.lstrip()
    word = text[:12].split(None, 1)
    return bool(word) and word[0].upper() in FIRST_WORDS


def procedure(database: Any, ctx: Context, name: str, args: dict[str | int, Any]) -> Any:
    """Call a supplied procedure or function by PACKAGE.NAME (SYS. may stand before it); NotImplemented for a package
    of others. Raises OraError."""
    full = name.upper().removeprefix("SYS.")
    if not knows_package(full):
        return NotImplemented
    found = procedure_of(full)
    desk = Desk(database, ctx, Tables(database.store, database.catalog.connection))
    return found.call(desk, **found.arguments({key: _plain(value) for key, value in args.items()}))


def _plain(value: Any) -> Any:
    """A NUMBER as int or float: what the store keeps."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
