# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The seams of the estate: what wire, SQL, dictionary and world say to each other.

    driver --TCP--> wire.Listener --Backend/Session--> world.Database --Engine--> sql --Catalog--> dictionary

``wire`` knows packets and no SQL; ``sql`` knows Oracle's language and no packets; ``dictionary`` knows which views
exist with which columns; ``world`` owns the state (scenario, clock, faults) and ties the three together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

ORACLE_TYPES = (
    "VARCHAR2", "NVARCHAR2", "CHAR", "NCHAR", "NUMBER", "BINARY_FLOAT", "BINARY_DOUBLE", "DATE", "TIMESTAMP",
    "TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITH LOCAL TIME ZONE", "INTERVAL DAY TO SECOND", "INTERVAL YEAR TO MONTH",
    "CLOB", "NCLOB", "BLOB", "RAW", "LONG", "LONG RAW", "ROWID", "UROWID", "BOOLEAN", "JSON", "REF CURSOR",
)


class OraError(Exception):
    """An Oracle error: ``code`` 942, ``message`` without the "ORA-00942: " prefix, ``position`` a 0-based offset."""

    def __init__(self, code: int, message: str, position: int = 0) -> None:
        super().__init__(f"ORA-{code:05d}: {message}")
        self.code = code
        self.message = message
        self.position = position
        self.rowcount = 0      # rows that array DML had changed before it


@dataclass(frozen=True, slots=True)
class Column:
    """One described column. Plain NUMBER has precision 0 and scale -127; sizes are bytes."""

    name: str
    type: str = "VARCHAR2"
    size: int = 4000
    precision: int = 0
    scale: int = -127
    nullable: bool = True


@dataclass(slots=True)
class Bind:
    """One bind variable as the driver sent it.

    ``value`` is None, str, int, Decimal, float, bool, datetime.datetime (aware for TIMESTAMP WITH TIME ZONE),
    datetime.timedelta (INTERVAL DAY TO SECOND), (years, months) tuple, bytes, or a Lob; a list for a PL/SQL array.
    ``name`` is None for positional binds. For array DML ``Session.execute`` gets one list of values a row instead.
    """

    name: str | None
    type: str
    value: Any = None
    size: int = 4000
    is_array: bool = False


@dataclass(slots=True)
class Result:
    """What one statement gave.

    ``kind`` is query, dml, ddl, plsql or other. A query has ``columns`` and ``rows`` (an iterator of tuples of Python
    values as in ``Bind.value``; LOBs come as str or bytes, REF CURSORs as Result). ``out_binds`` maps the bind's
    position to its OUT value (PL/SQL) or to the list of returned values per executed row (RETURNING). ``implicit``
    holds the queries that PL/SQL gave to DBMS_SQL.RETURN_RESULT.
    """

    kind: str
    columns: tuple[Column, ...] = ()
    rows: Iterator[tuple[Any, ...]] = field(default_factory=lambda: iter(()))
    rowcount: int = 0
    out_binds: dict[int, Any] = field(default_factory=dict)
    last_rowid: str | None = None
    warning: OraError | None = None
    row_counts: list[int] = field(default_factory=list)
    batch_errors: list[tuple[int, OraError]] = field(default_factory=list)
    implicit: list[Result] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ConnectRequest:
    """The CONNECT_DATA of a client, parsed: what the listener decides on."""

    service_name: str | None
    sid: str | None
    instance_name: str | None
    server: str | None
    peer: tuple[str, int]
    program: str = ""
    host: str = ""
    user: str = ""
    local_port: int = 0


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """How the network misbehaves for one connection (faults): all off by default."""

    hang: bool = False
    latency_ms: float = 0.0
    drop_after_rows: int | None = None
    drop_after_packets: int | None = None


@dataclass(frozen=True, slots=True)
class Verifier:
    """A 12c password verifier. ``pbkdf2_key`` is PBKDF2-SHA512(password, salt + AUTH_PBKDF2_SPEEDY_KEY, 4096, 64)."""

    username: str
    salt: bytes
    pbkdf2_key: bytes


class Refused(Exception):
    """The listener refuses: ``code`` 12514, 12505, 12516, 12518, 12528 ... (becomes a TNS REFUSE packet)."""

    def __init__(self, code: int) -> None:
        super().__init__(f"TNS-{code:05d}")
        self.code = code


class Session(Protocol):
    """One server process. Calls block and run in a worker thread; ``cancel`` may come from any thread."""

    sid: int
    serial: int
    in_transaction: bool

    def execute(
        self, sql: str, binds: Sequence[Bind] = (), rows: Sequence[Sequence[Any]] | None = None, *,
        batch_errors: bool = False, autocommit: bool = False,
    ) -> Result:
        """Run one statement. ``rows`` are the bind values of array DML (types from ``binds``). Raises OraError."""

    def describe(self, sql: str) -> tuple[str, tuple[Column, ...]]:
        """Parse only: (kind, columns)."""

    def commit(self) -> None:
        """Make the transaction's changes last. Raises OraError where the session was killed."""

    def rollback(self) -> None:
        """Undo the transaction's changes. Raises OraError where the session was killed."""

    def set_attributes(self, **attributes: str | None) -> None:
        """End-to-end attributes: module, action, client_identifier, client_info, dbop, current_schema."""

    def cancel(self) -> None:
        """Interrupt the running statement, which then raises OraError 1013 (or 3156 on a call time-out)."""

    def close(self) -> None:
        """End the session; an open transaction is rolled back."""

    @property
    def killed(self) -> OraError | None:
        """Set when the session was killed (28), the instance went away (3113) and so on; the wire tells the client."""


class Backend(Protocol):
    """One database as its listener sees it."""

    def admit(self, request: ConnectRequest) -> NetworkPolicy:
        """Decide on a connection. Raises Refused, or OraError for what the instance itself answers (1033, 1034)."""

    def verifier(self, request: ConnectRequest, username: str) -> Verifier | None:
        """None for an unknown user: the wire then runs the exchange against a dummy and answers ORA-01017."""

    def server_facts(self, request: ConnectRequest) -> dict[str, str]:
        """db_name, db_unique_name, db_domain, instance_name, service_name, pdb_name, version ("19.0.0.0.0"),
        full_version, profile (12.2|19|23ai), banner."""

    def open_session(self, request: ConnectRequest, username: str, client: dict[str, str], *, proved: bool,
                     new_password: str | None = None) -> Session:
        """After the exchange. ``proved`` tells whether the password was right; raises OraError 1017, 28000, 28001,
        1035, 1045 ... ``client`` holds program, machine, osuser, terminal, pid, driver_name, edition, mode
        (SYSDBA ...)."""


@dataclass(slots=True)
class Context:
    """Who asks, from where: everything that name resolution and SQL functions depend on."""

    user: str
    schema: str
    version: str
    con_id: int = 0
    con_name: str = ""
    inst_id: int = 1
    sid: int = 0
    serial: int = 0
    clock: Callable[[], Any] = lambda: None
    attributes: dict[str, str] = field(default_factory=dict)
    nls: dict[str, str] = field(default_factory=dict)
    enabled_roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view after resolution: Oracle's columns, and what SQLite reads in its place.

    ``source`` is a SQLite table or view name, or a parenthesised SELECT; it yields exactly ``columns`` by name, and
    ``hidden`` ones, which * leaves out.
    ``virtual``: expressions of a table's virtual columns, in Oracle's SQL.
    """

    owner: str
    name: str
    columns: tuple[Column, ...]
    source: str
    kind: str = "VIEW"
    hidden: tuple[Column, ...] = ()
    virtual: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WriteTarget:
    """Where DML on a relation goes: ``table`` in SQLite, and column values fixed by the view (CON_ID, INST_ID)."""

    table: str
    columns: tuple[Column, ...]
    fixed: dict[str, Any] = field(default_factory=dict)


class Catalog(Protocol):
    """Name resolution and privileges, implemented by the dictionary and world; used by the SQL engine."""

    def relation(self, ctx: Context, owner: str | None, name: str) -> Relation:
        """Resolve as Oracle does (schema, private and public synonym). Raises OraError 942 (or 1031, 4043)."""

    def write_target(self, ctx: Context, owner: str | None, name: str, action: str) -> WriteTarget:
        """``action`` is INSERT, UPDATE or DELETE. Lays the view over (materialises it) if it is derived."""

    def sequence_nextval(self, ctx: Context, owner: str | None, name: str) -> int | None:
        """None where no such sequence exists."""

    def statement(self, ctx: Context, sql: str, binds: Sequence[Bind]) -> Result | None:
        """The administrative statements (ALTER SYSTEM, CREATE USER, GRANT ...): None where it is not one of them."""

    def procedure(self, ctx: Context, name: str, args: dict[str | int, Any]) -> Any:
        """A call of a supplied package (DBMS_STATS.GATHER_TABLE_STATS ...). Raises OraError 6550 where unknown."""
