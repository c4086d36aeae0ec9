# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fleets: one database's file made once, then copied and given another name."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

from estate.world.clock import Clock
from estate.world.scenario import DatabaseSpec
from estate.world.seed.security import derived_key
from estate.world.store import Store

_lock = threading.Lock()
_made: dict[tuple[Path, str], Path] = {}


def of(spec: DatabaseSpec, run_dir: Path, clock: Clock | None = None) -> Path | None:
    """The file that a fleet's database is copied from, made at first use; None for a database of its own."""
    if spec.copy_of is None:
        return None
    key = (run_dir, spec.copy_of)
    with _lock:
        if key not in _made or not _made[key].exists():
            _made[key] = make(DatabaseSpec(spec.copy_of, spec.data), run_dir, clock)
        return _made[key]


def make(spec: DatabaseSpec, run_dir: Path, clock: Clock | None = None) -> Path:
    """Seed a template's file."""
    from estate.world.database import Database

    folder = run_dir / "template"
    folder.mkdir(parents=True, exist_ok=True)
    database = Database(spec, folder, clock)
    database.store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path = database.store.path
    database.close()
    return path


def copy(template: Path, path: Path) -> None:
    """A copy of the template's file."""
    shutil.copyfile(template, path)


def personalise(store: Store, spec: DatabaseSpec) -> None:
    """Name, identity, services and the two accounts of a copy."""
    number = 1 + sum(ord(letter) * 131 ** place for place, letter in enumerate(reversed(spec.name))) % 400_000_000
    old = store.value('SELECT NAME FROM "_DATABASE"')
    with store.lock:
        store.execute("BEGIN")
        store.execute('UPDATE "_DATABASE" SET NAME = ?, DB_UNIQUE_NAME = ?, DBID = DBID + ?', spec.name[:8], spec.name,
                      number)
        store.execute('UPDATE "_INSTANCE" SET INSTANCE_NAME = ?, HOST_NAME = ?', spec.name, f"{spec.name.lower()}-host")
        for table in ("GV$SERVICES", "GV$ACTIVE_SERVICES", "CDB_SERVICES"):
            store.execute(f'UPDATE "{table}" SET NAME = replace(NAME, ?, ?), NETWORK_NAME = replace(NETWORK_NAME, '
                          f'?, ?)', old, spec.name, old, spec.name)
        store.execute("UPDATE \"GV$SYSTEM_PARAMETER\" SET VALUE = ?, DISPLAY_VALUE = ? WHERE NAME IN ('db_name', "
                      "'db_unique_name', 'instance_name', 'service_names')", spec.name, spec.name)
        for account in (spec.inspector, spec.admin):
            salt = store.value('SELECT SALT FROM "_ACCOUNT" WHERE USERNAME = ?', account["user"])
            store.execute('UPDATE "_ACCOUNT" SET KEY = ? WHERE USERNAME = ?',
                          derived_key(account["password"], bytes(salt)), account["user"])
        store.execute("COMMIT")
    spec.data = {**spec.data, "service": spec.name}
    for instance in spec.instances:
        instance.name, instance.host = spec.name, f"{spec.name.lower()}-host"
