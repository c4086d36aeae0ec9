# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One database: its SQLite file, its connections, its cache of compiled statements.

    engine = Engine("/run/his.db", catalog)
    session = engine.session(ctx)
    result = session.execute("SELECT * FROM v$instance")
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from estate.api import Bind, Catalog, Context, OraError
from estate.sql.errors import ora
from estate.sql.functions import State, register
from estate.sql.functions.registry import kept
from estate.sql.objects import Objects
from estate.sql.statement import Compiled, compile_statement
from estate.sql.xmlgen import query_as_xml

if TYPE_CHECKING:
    from estate.sql.session import SqlSession

CACHE_SIZE = 4000
IDLE_CONNECTIONS = 16
# So many statements run at once without a wait for a connection that is given back: more would only get in each
# other's way and cost memory. The wait is short, for those that are held by cursors which nobody fetches.
CROWD, CROWD_SECONDS = 16, 0.05
# Each connection has read the schema of its file, a few MB: a fleet does not keep one idle for every database.
IDLE_IN_PROCESS = 64
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=OFF",
    "PRAGMA case_sensitive_like=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-4000",
    "PRAGMA mmap_size=67108864",
)


class Handle:
    """A SQLite connection with the state that its functions read."""

    __slots__ = ("connection", "state")

    def __init__(self, connection: sqlite3.Connection, state: State) -> None:
        self.connection, self.state = connection, state


class Engine:
    """Connections and compiled statements of one database. Safe for many threads."""

    _all_lock = threading.Lock()
    _all_idle = 0                               # idle connections of all engines of the process

    def __init__(self, path: str, catalog: Catalog) -> None:
        self.path, self.catalog = str(path), catalog
        self.objects = Objects(catalog)
        self._idle: list[Handle] = []
        self._lock = threading.Condition()
        self._out = 0                           # connections that sessions have now
        self._cache: OrderedDict[tuple[Any, ...], Compiled] = OrderedDict()
        self._current = threading.local()
        self.epoch = 0
        with self.lease(Context("SYS", "SYS", "19.0.0.0.0")) as handle:
            self.objects.load(handle.connection)
            handle.connection.commit()

    def connect(self, ctx: Context | None = None) -> sqlite3.Connection:
        """A connection of one's own with all functions registered, in autocommit: for seeding and for the world."""
        return self._open(ctx or Context("SYS", "SYS", "19.0.0.0.0")).connection

    def _open(self, ctx: Context) -> Handle:
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=0.05,
                                     cached_statements=400)
        for pragma in PRAGMAS:
            connection.execute(pragma)
        state = State(ctx)
        register(connection, state)
        prepare = getattr(self.catalog, "prepare", None)
        if prepare is not None:
            prepare(connection)
        connection.create_function("o_sequence", 2, lambda name, what: self._sequence(state, name, what))
        connection.create_function("o_xmlgen", 1, lambda text: query_as_xml(self, state, text))
        connection.create_function("o_package", -1, lambda name, *args: self._package(state, name, args))
        return Handle(connection, state)

    def take(self, ctx: Context) -> Handle:
        """A connection out of the pool, bound to a session's context until it is given back."""
        with self._lock:
            self._lock.wait_for(lambda: self._idle or self._out < CROWD, CROWD_SECONDS)
            handle = self._idle.pop() if self._idle else None
            self._out += 1
        if handle is None:
            handle = self._opened(ctx)
        else:
            self._count(-1)
        state = handle.state
        state.ctx, state.error, state.now, state.cancelled = ctx, None, None, False
        state.counters.clear()
        return handle

    def _opened(self, ctx: Context) -> Handle:
        try:
            return self._open(ctx)
        except BaseException:
            with self._lock:
                self._out -= 1
            raise

    def give(self, handle: Handle) -> None:
        """Return a connection that has no open statement or transaction."""
        with self._lock:
            self._out -= 1
            self._lock.notify()
            if len(self._idle) < IDLE_CONNECTIONS and Engine._all_idle < IDLE_IN_PROCESS:
                self._idle.append(handle)
                self._count(1)
                return
        handle.connection.close()

    @staticmethod
    def _count(step: int) -> None:
        with Engine._all_lock:
            Engine._all_idle += step

    @contextmanager
    def lease(self, ctx: Context) -> Iterator[Handle]:
        """A pooled connection for the length of a block."""
        handle = self.take(ctx)
        try:
            yield handle
        finally:
            self.give(handle)

    @property
    def current(self) -> sqlite3.Connection | None:
        """In a catalog call made by a running statement: the session's connection when it is in a transaction.

        What the catalog writes then must go through it, since SQLite has one writer at a time.
        """
        return getattr(self._current, "connection", None)

    @contextmanager
    def acting(self, connection: sqlite3.Connection | None) -> Iterator[None]:
        """Make a transaction's connection known to catalog calls of this thread."""
        before = getattr(self._current, "connection", None)
        self._current.connection = connection
        try:
            yield
        finally:
            self._current.connection = before

    def _sequence(self, state: State, name: str, what: str) -> int | None:
        owner, _, bare = name.rpartition(".")
        held = state.currvals
        try:
            if what == "CURRVAL":
                if name not in held:
                    raise ora(8002, bare)
                return held[name]
            value = self.objects.nextval(state.ctx, owner or None, bare)
            if value is None:
                raise ora(2289)
        except OraError as error:
            state.error = error
            raise
        held[name] = value
        return value

    def _package(self, state: State, name: str, args: Sequence[Any]) -> Any:
        """A function of a supplied package that a query calls; lines of text as a JSON array."""
        try:
            with self.acting(None):
                value = self.catalog.procedure(state.ctx, name, dict(enumerate(args)))
        except Exception as error:
            raise kept(state, error) from None
        return json.dumps(value) if isinstance(value, list) else value

    def compiled(self, ctx: Context, text: str, binds: Sequence[Bind]) -> Compiled:
        """A statement compiled for a session, from the cache where it can be."""
        key = (text, ctx.version, ctx.schema, ctx.user, ctx.con_id, ctx.inst_id, ctx.enabled_roles,
               tuple((bind.name, bind.type) for bind in binds))
        found = self._cache.get(key)
        if found is not None:
            return found
        epoch = self.epoch
        found = compile_statement(self.catalog, self.objects, ctx, text, binds)
        with self._lock:
            if epoch == self.epoch and not found.volatile:
                self._cache[key] = found
                while len(self._cache) > CACHE_SIZE:
                    self._cache.popitem(last=False)
        return found

    def invalidate(self) -> None:
        """Forget all compiled statements: after a grant, a DDL, a change of what a relation reads."""
        with self._lock:
            self.epoch += 1
            self._cache.clear()

    def session(self, ctx: Context) -> SqlSession:
        """A session of a user."""
        from estate.sql.session import SqlSession

        return SqlSession(self, ctx)

    def close(self) -> None:
        """Close the pooled connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        self._count(-len(idle))
        for handle in idle:
            handle.connection.close()
