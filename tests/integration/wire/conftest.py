# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Listeners on loopback for each profile, and the recording of conformance."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import oracledb
import pytest

from estate.wire import Listener
from tests.integration.wire import conformance
from tests.integration.wire.fake import FakeBackend

PROFILES = ("12.2", "19", "23ai")
_OUTCOMES = pytest.StashKey[conformance.Outcomes]()


@dataclass
class Server:
    """A running listener with its fake database."""

    listener: Listener
    backend: FakeBackend
    loop: asyncio.AbstractEventLoop

    @property
    def dsn(self) -> str:
        return f"127.0.0.1:{self.listener.port}/HIS"

    def run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(20)

    def connect(self, **options: Any) -> oracledb.Connection:
        return oracledb.connect(**{"user": "scott", "password": "tiger-1", "dsn": self.dsn, **options})


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "conformance(client, feature): one cell of the table of clients and features")
    config.stash[_OUTCOMES] = {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report = yield
    mark = item.get_closest_marker("conformance")
    if mark and (report.when == "call" or report.outcome != "passed"):
        profile = getattr(item, "callspec", None)
        name = profile.params.get("profile", "19") if profile else "19"
        client, feature = mark.args
        conformance.note(item.config.stash[_OUTCOMES], client, feature, name, report.outcome)
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    if outcomes := session.config.stash.get(_OUTCOMES, {}):
        conformance.save(outcomes)


@pytest.fixture(scope="session")
def wire_loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)


@pytest.fixture
def make_server(wire_loop: asyncio.AbstractEventLoop) -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def make(profile: str = "19", **options: Any) -> Server:
        backend = FakeBackend(profile)
        server = Server(Listener("127.0.0.1", 0, {"HIS": backend}, **options), backend, wire_loop)
        server.run(server.listener.start())
        servers.append(server)
        return server

    yield make
    for server in servers:
        server.run(server.listener.stop())


@pytest.fixture(params=PROFILES)
def profile(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server(make_server: Callable[..., Server], profile: str) -> Server:
    """One server for each profile."""
    return make_server(profile)


@pytest.fixture
def server19(make_server: Callable[..., Server]) -> Server:
    return make_server("19")


@pytest.fixture
def connection(server: Server) -> Iterator[oracledb.Connection]:
    connection = server.connect()
    yield connection
    with contextlib.suppress(oracledb.Error):   # a test may have killed it
        connection.close()


@pytest.fixture
def cursor(connection: oracledb.Connection) -> oracledb.Cursor:
    return connection.cursor()


@pytest.fixture(autouse=True)
def driver_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver's own defaults: they are the process's, and importing the collection's session changes one."""
    monkeypatch.setattr(oracledb.defaults, "fetch_lobs", True)
