# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A healthy estate for all integration tests of a worker, and what tests do with it."""

from __future__ import annotations

import contextlib
import functools
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import oracledb
import pytest

from estate.control import RunDir, ask

ROOT = Path(__file__).resolve().parents[2]
PORTS_NEEDED = 60


def free_port_base(ports: int = PORTS_NEEDED) -> int:
    """The first of a run of free ports, different for each worker."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:] or 0)
    for base in range(21000 + worker * 500 + os.getpid() % 97, 60000, 97):
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            for port in range(base, base + ports):
                probe = stack.enter_context(socket.socket())
                probe.bind(("127.0.0.1", port))
            return base
    raise RuntimeError("no run of free ports")


class EstateUnderTest:
    """One running estate: ``python -m estate`` with its run directory, connections to its databases."""

    def __init__(self, run_dir: Path, scenario: str = "healthy", *options: str) -> None:
        self.run_dir, self.scenario, self.options = run_dir, scenario, options
        self.port_base = free_port_base()

    def command(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run ``python -m estate ...`` on this estate."""
        done = subprocess.run([sys.executable, "-m", "estate", *arguments, "--run-dir", str(self.run_dir)], cwd=ROOT,
                              capture_output=True, text=True, timeout=120, check=False)
        if check and done.returncode:
            raise AssertionError(f"estate {' '.join(arguments)} failed: {done.stderr or done.stdout}")
        return done

    def up(self) -> None:
        self.command("up", "--scenario", self.scenario, "--port-base", str(self.port_base), *self.options)

    def down(self) -> None:
        self.command("down")

    def ask(self, do: str, **arguments: Any) -> Any:
        """A request straight to the control socket: what the commands do, without a process each."""
        return ask(RunDir(self.run_dir), do, **arguments)

    def status(self) -> dict[str, Any]:
        """As ``status --json``."""
        found: dict[str, Any] = self.ask("status")
        return found

    @functools.cached_property
    def databases(self) -> dict[str, dict[str, Any]]:
        """The databases of ``status --json`` by name, as they were at first."""
        return {item["name"]: item for item in self.status()["databases"]}

    def connect(self, name: str, account: str = "inspector", *, instance: str | None = None,
                **options: Any) -> oracledb.Connection:
        """Connect as ``inspector``, ``admin`` or ``sys`` (AS SYSDBA), through the service or to one instance (HIS1)."""
        database = self.databases[name]
        port = database["port"]
        if instance is not None:
            port = next(item["port"] for item in database["instances"] if item["name"] == instance)
        login = {"user": database[account]["user"], "password": database[account]["password"],
                 "service_name": database["service_name"], **options}
        if account == "sys":
            login["mode"] = oracledb.AUTH_MODE_SYSDBA
        return oracledb.connect(host=database["host"], port=port, tcp_connect_timeout=10, **login)

    def logins(self) -> dict[str, dict[str, Any]]:
        """``dbcare_login`` of each database, as the inspector."""
        return {name: {**item["inspector"], "host": item["host"], "port": item["port"],
                       "service_name": item["service_name"],
                       "instances": [{key: one[key] for key in ("name", "host", "port")} for one in item["instances"]]}
                for name, item in self.databases.items()}

    def admin(self, name: str) -> dict[str, str]:
        """User and password of a database's administrator."""
        return dict(self.databases[name]["admin"])

    def planted(self) -> list[tuple[str, str]]:
        """(target, check) of the faults in effect now that are tied to a check."""
        checks = {item["name"]: item["check"] for item in self.ask("faults")}
        return [(item["name"], checks[fault["name"]]) for item in self.status()["databases"] for fault in item["faults"]
                if checks[fault["name"]]]

    def query(self, name: str, sql: str, binds: Any = None, *, account: str = "admin") -> list[tuple[Any, ...]]:
        """All rows of a query in a session of its own."""
        with self.connect(name, account) as connection, connection.cursor() as cursor:
            cursor.execute(sql, binds or {})
            return list(cursor.fetchall())

    def inject(self, fault: str, target: str, **settings: Any) -> None:
        """Bring a fault about."""
        self.ask("inject", name=fault, target=target, settings={key: str(value) for key, value in settings.items()})

    def clear(self, fault: str | None = None, target: str | None = None) -> list[dict[str, str]]:
        """Undo a fault, or all; [{"name", "target"}]."""
        gone: list[dict[str, str]] = self.ask("clear", name=fault, target=target)
        return gone

    @contextlib.contextmanager
    def fault(self, name: str, target: str, **settings: Any) -> Iterator[None]:
        """A fault for the length of a with statement."""
        self.inject(name, target, **settings)
        try:
            yield
        finally:
            self.clear(name, target)


@contextlib.contextmanager
def up(folder: Path, scenario: str, *options: str) -> Iterator[EstateUnderTest]:
    """An estate that is up, with its run directory ``folder``; down afterwards."""
    running = EstateUnderTest(folder, scenario, *options)
    running.up()
    try:
        yield running
    finally:
        running.down()


@pytest.fixture(scope="session")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EstateUnderTest]:
    """The healthy estate; a test that changes it puts it right again."""
    with up(tmp_path_factory.mktemp("estate"), "healthy") as running:
        yield running


@pytest.fixture(scope="module")
def untouched_estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EstateUnderTest]:
    """A healthy estate of the module's own, for tests that find nothing only where nobody else left a trace: what other
    tests do (refused logins, for one) stays in the audit trail and the alert log, as it should."""
    with up(tmp_path_factory.mktemp("untouched"), "healthy") as running:
        yield running


@pytest.fixture(scope="session")
def demo_estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EstateUnderTest]:
    """An estate with the demo's faults; nobody changes it."""
    with up(tmp_path_factory.mktemp("demo"), "demo") as running:
        yield running
