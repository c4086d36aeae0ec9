# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What all DDL shares: finding an object, keeping it, telling the dictionary of it, who may."""

from __future__ import annotations

from typing import Any

from estate.sql.errors import ora
from estate.sql.objects import KINDS, UserObject


def store(session: Any, one: UserObject, action: str) -> None:
    """Keep an object as it is now, and tell of it."""
    session.engine.objects.save(session.writer().connection, one)
    tell(session, action, one)


def tell(session: Any, action: str, one: UserObject) -> None:
    """Let the dictionary follow."""
    listener = getattr(session.engine.catalog, "on_ddl", None)
    if listener is not None:
        with session.engine.acting(session.writer().connection):
            listener(session.ctx, action, one)


def existing(session: Any, owner: str, name: str, kinds: tuple[str, ...] = KINDS) -> Any:
    """An object of a schema by name; None where there is none."""
    for kind in kinds:
        found = session.engine.objects.known.get((owner, name, kind))
        if found is not None:
            return found
    return None


def owned(session: Any, owner: str) -> None:
    """ORA-01031 for who may not change the schema's objects."""
    allows = getattr(session.engine.catalog, "allows", None)
    foreign = owner != session.ctx.user and session.ctx.user not in ("SYS", "SYSTEM")
    if foreign and (allows is None or not allows(session.ctx, "CREATE", owner, "")):
        raise ora(1031)


def may_create(session: Any, owner: str, kind: str, public: bool) -> None:
    """ORA-01031 without the system privilege. An index in one's own schema needs none of its own."""
    allows = getattr(session.engine.catalog, "allows", None)
    if allows is None or kind == "INDEX":
        if not public:
            owned(session, owner)
    elif not allows(session.ctx, "CREATE PUBLIC SYNONYM" if public else f"CREATE {kind}",
                    session.ctx.user if public else owner, ""):
        raise ora(1031)


def column_of(one: UserObject, name: str) -> Any:
    """A column of a table by name. ORA-00904."""
    found = next((column for column in one.columns if column.name == name), None)
    if found is None:
        raise ora(904, f'"{name}"')
    return found
