# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stands between listeners and a database: the place where the network and statements misbehave."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Sequence
from typing import Any, cast

from estate.api import Backend, Bind, ConnectRequest, NetworkPolicy, OraError, Refused, Result, Session, Verifier

_NAME = re.compile(r"[\w$#]+")


class Gate:
    """A Backend that passes calls on, unless a fault says otherwise.

    ``stalled`` names views (or "*") whose statements never end; ``inspector`` is the account that faults of logins are
    about; ``listeners`` serve the database on ``loop``; ``connected`` is told of each client;
    ``hosts`` are the machines.
    """

    def __init__(self, backend: Backend, inspector: str) -> None:
        self.backend, self.inspector = backend, inspector
        self.stalled: frozenset[str] = frozenset()
        self.listeners: list[Any] = []
        self.loop: asyncio.AbstractEventLoop | None = None
        self.connected: Callable[[ConnectRequest, int], None] = lambda request, code: None
        self.hosts: Any = None

    # -- Backend -------------------------------------------------------------------------------------------------------

    def admit(self, request: ConnectRequest) -> NetworkPolicy:
        """As the backend decides; ``connected`` learns of it, with the code of a refusal or 0."""
        try:
            policy = self.backend.admit(request)
        except Refused as refusal:
            self.connected(request, refusal.code)
            raise
        if not policy.hang:
            self.connected(request, 0)
        return policy

    def verifier(self, request: ConnectRequest, username: str) -> Verifier | None:
        """What the database keeps of the account's password; None where there is no such account."""
        return self.backend.verifier(request, username)

    def server_facts(self, request: ConnectRequest) -> dict[str, str]:
        """What a login tells the client of the database, as estate.api.Backend says."""
        return self.backend.server_facts(request)

    def open_session(self, request: ConnectRequest, username: str, client: dict[str, str], *, proved: bool,
                     new_password: str | None = None) -> Session:
        """The database's session, able to stall."""
        session = self.backend.open_session(request, username, client, proved=proved, new_password=new_password)
        return cast(Session, GatedSession(session, self))

    # -- listeners -----------------------------------------------------------------------------------------------------

    def close_listeners(self) -> None:
        """Close the ports; sessions that are connected stay."""
        self._each("stop", keep_sessions=True)
        if self.hosts is not None:
            self.hosts.listening(self.backend, up=False)

    def open_listeners(self) -> None:
        """Open the ports again."""
        self._each("start")
        if self.hosts is not None:
            self.hosts.listening(self.backend, up=True)

    def _each(self, method: str, **options: Any) -> None:
        if self.loop is None:
            return
        for listener in self.listeners:
            asyncio.run_coroutine_threadsafe(getattr(listener, method)(**options), self.loop).result(10)


class GatedSession:
    """A Session whose statements on a stalled view wait until they are cancelled; all else is the inner session's."""

    def __init__(self, inner: Any, gate: Gate) -> None:
        self.inner, self.gate = inner, gate
        self._cancelled = threading.Event()
        self._stalling = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def execute(self, sql: str, binds: Sequence[Bind] = (), rows: Sequence[Sequence[Any]] | None = None, *,
                batch_errors: bool = False, autocommit: bool = False) -> Result:
        """Run a statement, or wait for ever."""
        if self.gate.stalled and self._is_stalled(sql):
            self.inner.sql = sql
            self._stall()
        return self.inner.execute(sql, binds, rows, batch_errors=batch_errors, autocommit=autocommit)

    def _is_stalled(self, sql: str) -> bool:
        if "*" in self.gate.stalled:
            return True
        names = {name.upper() for name in _NAME.findall(sql)}
        return any(view in names for view in self.gate.stalled)

    def _stall(self) -> None:
        self._cancelled.clear()
        self._stalling = self.inner.active = True
        try:
            while not self._cancelled.wait(0.2):
                if self.inner.killed is not None:
                    raise self.inner.killed
                if not self.gate.stalled:
                    return
        finally:
            self._stalling = self.inner.active = False
        raise OraError(1013, "user requested cancel of current operation")

    def cancel(self) -> None:
        """Interrupt the statement."""
        if self._stalling:
            self._cancelled.set()
        else:
            self.inner.cancel()

    @property
    def killed(self) -> OraError | None:
        """Why the session ended, as estate.api.Session says; None while it lives."""
        return self.inner.killed

    @property
    def in_transaction(self) -> bool:
        """Whether the session has changes that are neither committed nor rolled back."""
        return self.inner.in_transaction
