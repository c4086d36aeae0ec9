# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A listener: accepts connections on one address and finds the Backend of the service that each asks for."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import resource
import ssl
from collections.abc import Callable, Mapping

from estate.api import Backend, ConnectRequest, Refused
from estate.wire.connection import Connection
from estate.wire.workers import WorkerPool

log = logging.getLogger("estate.wire")
LOGIN_TIMEOUT = 60.0
BACKLOG = 4096
Resolver = Callable[[ConnectRequest], Backend]
_SHARED_WORKERS = WorkerPool()


def by_service(backends: Mapping[str, Backend]) -> Resolver:
    """A resolver over a mapping of service names (or SIDs), compared without case, also without their domain."""
    names = {name.lower(): backend for name, backend in backends.items()}

    def resolve(request: ConnectRequest) -> Backend:
        wanted = (request.service_name or request.sid or "").lower()
        if not wanted:
            raise Refused(12504)
        backend = names.get(wanted) or names.get(wanted.partition(".")[0])
        if backend is None:
            raise Refused(12514 if request.service_name or not request.sid else 12505)
        return backend
    return resolve


class Listener:
    """Listens on ``host``:``port`` (0 picks a free port, see ``port`` after start).

    ``resolve`` maps a request to its Backend or raises Refused; a mapping of service names will do. ``tls`` makes it a
    TCPS listener. ``profile`` (12.2, 19, 23ai) overrides what Backend.server_facts says. Several listeners may share an
    event loop; all share a pool of worker threads unless given their own.
    """

    def __init__(self, host: str, port: int, resolve: Resolver | Mapping[str, Backend], *,
                 tls: ssl.SSLContext | None = None, profile: str | None = None, name: str = "LISTENER",
                 login_timeout: float = LOGIN_TIMEOUT, workers: WorkerPool | None = None) -> None:
        self.host = host
        self.port = port
        self.resolve: Resolver = by_service(resolve) if isinstance(resolve, Mapping) else resolve
        self.tls = tls
        self.profile = profile
        self.name = name
        self.login_timeout = login_timeout
        self.workers = workers or _SHARED_WORKERS
        self.connections: set[Connection] = set()
        self._server: asyncio.Server | None = None

    @property
    def running(self) -> bool:
        """Whether it listens."""
        return self._server is not None

    async def start(self) -> None:
        """Open the port. Raises OSError when it is taken."""
        if self._server is not None:
            return
        _allow_many_files()
        loop = asyncio.get_running_loop()
        timeout = self.login_timeout if self.tls else None
        self._server = await loop.create_server(lambda: Connection(self), self.host, self.port, ssl=self.tls,
                                                backlog=BACKLOG, reuse_address=True, ssl_handshake_timeout=timeout)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self, *, keep_sessions: bool = False) -> None:
        """Close the port, and the connections too unless asked to keep them (as a real listener does)."""
        if self._server is not None:
            self._server.close()
            self._server = None
        if not keep_sessions:
            await self.drop_connections()

    def drop_session(self, sid: int, serial: int) -> bool:
        """Cut the connection of one session; False if it is not here."""
        for connection in list(self.connections):
            process = connection.process
            if process and (process.session.sid, process.session.serial) == (sid, serial):
                connection.drop()
                return True
        return False

    async def drop_connections(self) -> None:
        """Cut all connections (an instance crash): clients see the end of the channel."""
        for connection in list(self.connections):
            connection.drop()
        for _ in range(100):
            if not self.connections:
                break
            await asyncio.sleep(0.01)

    async def __aenter__(self) -> Listener:
        await self.start()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.stop()


def _allow_many_files() -> None:
    """A thousand half-open connections need more files than the usual soft limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65536 if hard == resource.RLIM_INFINITY else min(hard, 65536)
    if soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
