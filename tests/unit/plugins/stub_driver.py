# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A stand-in for python-oracledb: answers by the first words that a statement holds, and keeps what was done to it."""

from __future__ import annotations

import datetime
import threading
import time
from typing import Any


class Error(Exception):
    """The driver's base error."""


class ConnectParams:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def parse_connect_string(self, dsn: str) -> None:
        self.values["dsn"] = dsn

    def set(self, **values: Any) -> None:
        self.values.update(values)


class Cursor:
    """Runs one statement of the driver's script."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.arraysize = self.prefetchrows = 100
        self.description: list[tuple[str]] = []
        self.rows: list[tuple[Any, ...]] = []
        self.closed = False

    def execute(self, sql: str, binds: Any) -> None:
        driver = self.connection.driver
        driver.executed.append((self.connection.action, sql, binds, self.connection.call_timeout))
        if self.connection.dead:
            raise Error("DPY-4011: the database or network closed the connection")
        self.connection.trip("execute")
        answer = driver.answer(sql, self.connection)
        if isinstance(answer, Exception):
            self.connection.dead = "DPY-4011" in str(answer) or "ORA-03113" in str(answer)
            raise answer
        columns, rows = answer
        self.description = [(name.upper(),) for name in columns]
        self.rows = list(rows)

    def fetchmany(self, count: int) -> list[tuple[Any, ...]]:
        batch, self.rows = self.rows[:count], self.rows[count:]
        return batch

    def close(self) -> None:
        self.closed = True


class Connection:
    """A session of the stub."""

    def __init__(self, driver: Driver, instance: str, trip: Any) -> None:
        self.driver = driver
        self.instance_name = instance
        self.version = driver.version
        self.trip = trip or (lambda name: None)
        self.action = self.module = ""
        self.limit = 0
        self.dead = False
        self.closed = False

    @property
    def call_timeout(self) -> int:
        return self.limit

    @call_timeout.setter
    def call_timeout(self, milliseconds: int) -> None:
        # The real driver takes the process down with it.
        assert not self.dead, "a time limit was set on a connection that is gone"
        self.limit = milliseconds

    def cursor(self) -> Cursor:
        return Cursor(self)

    def is_healthy(self) -> bool:
        return not self.dead

    def close(self) -> None:
        self.closed = True


class Driver:
    """Script of one database: ``answers`` maps a part of a statement to (columns, rows), an Error, or a function of the
    connection that gives one; ``connects`` is a list of Errors (or None) for one login after the other.
    """

    Error = Error
    ConnectParams = ConnectParams

    def __init__(
        self,
        answers: dict[str, Any],
        version: str = "19.22.0.0.0",
        connects: list[Any] | None = None,
        instances: dict[str, Any] | None = None,
        delay: float = 0,
    ) -> None:
        self.answers = answers
        self.version = version
        self.connects = list(connects or [])
        self.instances = instances or {}
        self.delay = delay
        self.executed: list[tuple[str, str, Any, int]] = []
        self.connections: list[Connection] = []
        self.requests: list[dict[str, Any]] = []
        self.modes: list[str] = []
        self.lock = threading.Lock()

    def is_thin_mode(self) -> bool:
        return "thick" not in self.modes

    def enable_thin_mode(self) -> None:
        """As the driver: thin from now on."""
        self.modes.append("thin")

    def init_oracle_client(self, lib_dir: str) -> None:
        """As the driver: thick from now on."""
        self.modes += ["thick", lib_dir]

    def connect(
        self, params: Any = None, user: str = "", password: str = "", round_trip_callback: Any = None
    ) -> Connection:
        self.requests.append({**params.values, "user": user, "password": password})
        time.sleep(self.delay)
        error = self.connects.pop(0) if self.connects else None
        wanted = params.values.get("instance_name")
        error = error or self.instances.get(wanted)
        if error:
            raise error
        connection = Connection(self, wanted or "DB1", round_trip_callback)
        connection.trip("connect")
        self.connections.append(connection)
        return connection

    def answer(self, sql: str, connection: Connection) -> Any:
        for part, answer in self.answers.items():
            if part in sql:
                return answer(connection) if callable(answer) else answer
        return Error("ORA-00942: table or view does not exist")


FACT_COLUMNS = [
    "db_name",
    "db_unique_name",
    "dbid",
    "database_role",
    "open_mode",
    "log_mode",
    "created",
    "platform_name",
    "cdb",
    "edition",
    "version_full",
    "thread",
    "thread_instance",
    "instance_number",
    "instance_name",
    "host_name",
    "status",
    "version",
    "startup_time",
    "asm_files",
    "database_time",
    "connected_instance",
    "session_user",
]


def fact_row(number: int = 1, name: str = "DB1", status: str | None = "OPEN", **changed: Any) -> tuple[Any, ...]:
    """One row of the facts statement: an instance that is open, or (status None) expected and not running."""
    running = status is not None
    row = {
        "db_name": "LIS",
        "db_unique_name": "LIS",
        "dbid": 1234567890,
        "database_role": "PRIMARY",
        "open_mode": "READ WRITE",
        "log_mode": "ARCHIVELOG",
        "created": datetime.datetime(2020, 1, 2, 3, 4, 5),
        "platform_name": "Linux x86 64-bit",
        "cdb": "NO",
        "edition": "EE",
        "version_full": "19.22.0.0.0",
        "thread": number,
        "thread_instance": name,
        "instance_number": number if running else None,
        "instance_name": name if running else None,
        "host_name": f"node{number}" if running else None,
        "status": status,
        "version": "19.0.0.0.0" if running else None,
        "startup_time": datetime.datetime(2026, 11, 1, 8, 0, 0) if running else None,
        "asm_files": 0,
        "database_time": "2026-11-22T14:00:00.000+08:00",
        "connected_instance": "DB1",
        "session_user": "DBCARE",
    }
    row.update(changed)
    return tuple(row[column] for column in FACT_COLUMNS)


def facts(*rows: tuple[Any, ...]) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The answer to the facts statement."""
    return FACT_COLUMNS, list(rows or [fact_row()])


LOGIN = {
    "host": "db.example",
    "service_name": "LIS",
    "user": "DBCARE",
    "password": "s3cret-pw",
    "connect_timeout": 2,
    "statement_timeout": 30,
}
