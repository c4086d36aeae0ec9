# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Simulated databases without their listeners: for tests of the estate's world and dictionary."""

from __future__ import annotations

import atexit
import functools
import itertools
import shutil
import tempfile
from pathlib import Path
from typing import Any

from estate.api import ConnectRequest
from estate.world import scenario
from estate.world.clock import Clock
from estate.world.database import Database
from estate.world.sessions import WorldSession

_ports = itertools.count(50000)


def database(folder: Path, name: str, *, scenario_name: str = "healthy", clock: Clock | None = None) -> Database:
    """One database of a scenario, in a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    spec = scenario.load(scenario_name, only=[name]).databases[name]
    if clock is not None:
        return Database(spec, folder, clock)
    return Database(spec, folder, seeded=_seeded(scenario_name, name))


@functools.cache
def _seeded(scenario_name: str, name: str) -> Path:
    """A seeded file to copy, made once in a run of tests."""
    folder = Path(tempfile.mkdtemp(prefix="estate-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = Database(scenario.load(scenario_name, only=[name]).databases[name], folder)
    made.store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    made.close()
    return made.store.path


def request(db: Database, service: str | None = None, **changes: Any) -> ConnectRequest:
    """What a client's connect descriptor says; the service's listener unless ``local_port`` is given."""
    values: dict[str, Any] = {
        "service_name": service or db.spec.service, "sid": None, "instance_name": None, "server": None,
        "peer": ("127.0.0.1", next(_ports)), "program": "tests", "local_port": db.spec.port}
    return ConnectRequest(**{**values, **changes})


def connect(db: Database, user: str, service: str | None = None, *, proved: bool = True,
            new_password: str | None = None, mode: str = "", **changes: Any) -> WorldSession:
    """Log in, with the password already proved or not."""
    asked = request(db, service, **changes)
    db.admit(asked)
    client = {"program": "pytest", "machine": "test-host", "osuser": "tester", "pid": "4711", "terminal": "tty1",
              "driver_name": "python-oracledb thn : 3.0.0", "mode": mode}
    session = db.open_session(asked, user, client, proved=proved, new_password=new_password)
    assert isinstance(session, WorldSession)
    return session


def admin(db: Database, service: str | None = None) -> WorldSession:
    """A session of the scenario's administrator."""
    return connect(db, db.spec.admin["user"], service)


def inspector(db: Database, service: str | None = None) -> WorldSession:
    """A session of the account that inspections log in with."""
    return connect(db, db.spec.inspector["user"], service)


def rows(session: WorldSession, sql: str) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    return list(session.execute(sql).rows)


def value(session: WorldSession, sql: str) -> Any:
    """The first column of a query's only row."""
    found = rows(session, sql)
    assert len(found) == 1, found
    return found[0][0]
