# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A database in memory that answers a few statements, so that the wire is tested apart from SQL."""

from __future__ import annotations

import datetime
import re
import threading
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from estate.api import Bind, Column, ConnectRequest, NetworkPolicy, OraError, Result, Verifier
from estate.wire import make_verifier

UTC8 = datetime.timezone(datetime.timedelta(hours=8))
MOMENT = datetime.datetime(2025, 11, 22, 14, 30, 59, 123456)
ROWID = "AAAE5jAAEAAAAFXAAA"
TYPE_ROWS: list[tuple[Column, Any]] = [
    (Column("N", "NUMBER"), Decimal("-123.45")),
    (Column("N38", "NUMBER", 22, 38, 0), 12345678901234567890123456789012345678),
    (Column("V", "VARCHAR2", 60), "Grüße 血压"),
    (Column("C", "CHAR", 5), "ab   "),
    (Column("NV", "NVARCHAR2", 60), "病人"),
    (Column("D", "DATE"), MOMENT.replace(microsecond=0)),
    (Column("TS", "TIMESTAMP", 11, 0, 6), MOMENT),
    (Column("TZ", "TIMESTAMP WITH TIME ZONE", 13, 0, 6), MOMENT.replace(tzinfo=UTC8)),
    (Column("LTZ", "TIMESTAMP WITH LOCAL TIME ZONE", 11, 0, 6), MOMENT),
    (Column("DS", "INTERVAL DAY TO SECOND"), datetime.timedelta(days=-3, hours=-4, seconds=-5, microseconds=-250000)),
    (Column("YM", "INTERVAL YEAR TO MONTH"), (2, 7)),
    (Column("BF", "BINARY_FLOAT"), 1.5),
    (Column("BD", "BINARY_DOUBLE"), -2.25),
    (Column("R", "RAW", 20), b"\x00\x01\xfe\xff"),
    (Column("RID", "ROWID"), ROWID),
]
LOB_ROWS: list[tuple[Column, Any]] = [
    (Column("ID", "NUMBER"), 1), (Column("C", "CLOB"), "诊断" * 5000), (Column("B", "BLOB"), bytes(range(256)) * 40),
    (Column("NC", "NCLOB"), "病历" * 10), (Column("E", "CLOB"), None),
]
Statement = Callable[["FakeSession", Sequence[Bind], "Sequence[Sequence[Any]] | None"], Result]


class FakeSession:
    """Answers the statements of STATEMENTS, and any `SELECT <n> ROWS`; records what it was asked."""

    def __init__(self, backend: FakeBackend, username: str, client: dict[str, str], sid: int) -> None:
        self.backend = backend
        self.username = username
        self.client = client
        self.sid, self.serial = sid, 77
        self.in_transaction = False
        self.killed: OraError | None = None
        self.attributes: dict[str, str | None] = {}
        self.closed = False
        self.statements: list[tuple[str, Any]] = []
        self.cancelled = threading.Event()

    def execute(self, sql: str, binds: Sequence[Bind] = (), rows: Sequence[Sequence[Any]] | None = None, *,
                batch_errors: bool = False, autocommit: bool = False) -> Result:
        self.statements.append((sql, [list(row) for row in rows] if rows else [bind.value for bind in binds]))
        found = re.fullmatch(r"select (\d+) rows", sql.strip())
        if found:
            return many_rows(int(found[1]))
        try:
            run = STATEMENTS[sql.strip()]
        except KeyError:
            raise OraError(942, "table or view does not exist", 14) from None
        result = run(self, binds, rows)
        if result.kind == "dml":
            self.in_transaction = not autocommit
        return result

    def describe(self, sql: str) -> tuple[str, tuple[Column, ...]]:
        result = self.execute(sql)
        return result.kind, result.columns

    def commit(self) -> None:
        self.statements.append(("commit", None))
        self.in_transaction = False

    def rollback(self) -> None:
        self.statements.append(("rollback", None))
        self.in_transaction = False

    def set_attributes(self, **attributes: str | None) -> None:
        if attributes.get("current_schema") == "NOBODY":
            raise OraError(1435, "user does not exist")
        self.attributes.update(attributes)

    def cancel(self) -> None:
        self.cancelled.set()

    def close(self) -> None:
        self.closed = True


class FakeBackend:
    """One database with user SCOTT/tiger-1; `errors` maps user names to what their login gives."""

    def __init__(self, profile: str = "19") -> None:
        self.facts = {
            "db_name": "HIS", "db_unique_name": "HIS_A", "db_domain": "", "instance_name": "HIS1",
            "service_name": "HIS",
            "version": "19.0.0.0.0", "full_version": "19.22.0.0.0", "profile": profile,
            "banner": "Oracle Database 19c Enterprise Edition Release 19.0.0.0.0 - Production",
        }
        if profile == "12.2":
            self.facts.update(version="12.2.0.1.0", full_version="12.2.0.1.0")
        elif profile == "23ai":
            self.facts.update(version="23.0.0.0.0", full_version="23.6.0.24.10", pdb_name="EMRPDB")
        self.users = {"SCOTT": make_verifier("SCOTT", "tiger-1"), "LOCKED": make_verifier("LOCKED", "tiger-1"),
                      "EXPIRED": make_verifier("EXPIRED", "tiger-1")}
        self.errors = {"LOCKED": OraError(28000, "The account is locked."),
                       "EXPIRED": OraError(28001, "the password has expired")}
        self.policy = NetworkPolicy()
        self.admission: Exception | None = None
        self.sessions: list[FakeSession] = []
        self.requests: list[ConnectRequest] = []
        self.login_warning: OraError | None = None

    def admit(self, request: ConnectRequest) -> NetworkPolicy:
        self.requests.append(request)
        if self.admission is not None:
            raise self.admission
        return self.policy

    def verifier(self, request: ConnectRequest, username: str) -> Verifier | None:
        return self.users.get(username)

    def server_facts(self, request: ConnectRequest) -> dict[str, str]:
        return self.facts

    def open_session(self, request: ConnectRequest, username: str, client: dict[str, str], *, proved: bool,
                     new_password: str | None = None) -> FakeSession:
        if not proved:
            raise OraError(1017, "invalid username/password; logon denied")
        if new_password:
            self.users[username] = make_verifier(username, new_password)
        elif username in self.errors:
            raise self.errors[username]
        session = FakeSession(self, username, client, 100 + len(self.sessions))
        if self.login_warning:
            session.login_warning = self.login_warning  # type: ignore[attr-defined]
        self.sessions.append(session)
        return session


# -- statements

TABLE_COLUMNS = (
    Column("ID", "NUMBER"), Column("NAME", "VARCHAR2", 30), Column("OWNER", "VARCHAR2", 30), Column("CREATED", "DATE"),
    Column("BYTES", "NUMBER"), Column("STATUS", "VARCHAR2", 8), Column("RATIO", "NUMBER"), Column("BLOCKS", "NUMBER"),
    Column("LAST_DDL", "TIMESTAMP", 11, 0, 6), Column("COMMENTS", "VARCHAR2", 400),
)
_OWNERS = ("SYS", "HIS", "LIS", "PACS")
_START = datetime.datetime(2025, 1, 1)


def table_rows(count: int) -> list[tuple[Any, ...]]:
    """Rows as a dictionary view has them: some columns repeat, some do not."""
    return [
        (number, f"OBJECT_{number}", _OWNERS[number % 4], _START + datetime.timedelta(minutes=number % 500),
         number * 8192, "VALID", (number % 1000) / 8, number % 128,
         _START + datetime.timedelta(seconds=number % 900, microseconds=500), None)
        for number in range(count)
    ]


def many_rows(count: int) -> Result:
    return Result("query", TABLE_COLUMNS, iter(table_rows(count)))


def fixed(pairs: list[tuple[Column, Any]]) -> Statement:
    """A query of one row of values and one row of NULLs."""
    def run(_session: FakeSession, _binds: Sequence[Bind], _rows: Any) -> Result:
        names = tuple(column for column, _ in pairs)
        return Result("query", names, iter([tuple(value for _, value in pairs), (None,) * len(pairs)]))
    return run


def echo(_session: FakeSession, binds: Sequence[Bind], _rows: Any) -> Result:
    """Give every bind back in a column of the bind's own type."""
    columns = tuple(Column(f"B{at}", _column_type(bind.type), 4000, 0, 6 if "TIMESTAMP" in bind.type else -127)
                    for at, bind in enumerate(binds, 1))
    return Result("query", columns, iter([tuple(bind.value for bind in binds)]))


def _column_type(bind_type: str) -> str:
    return {"LONG": "CLOB", "LONG RAW": "BLOB"}.get(bind_type, bind_type)


def insert(session: FakeSession, binds: Sequence[Bind], rows: Any) -> Result:
    """Array DML: a value of 13 fails with ORA-00001."""
    result = Result("dml", last_rowid=ROWID)
    for at, row in enumerate(rows or [[bind.value for bind in binds]]):
        if row and row[0] == 13:
            error = OraError(1, "unique constraint (HIS.PK) violated")
            if rows is None:
                raise error
            result.batch_errors.append((at, error))
            result.row_counts.append(0)
        else:
            result.row_counts.append(1)
    result.rowcount = sum(result.row_counts)
    return result


def returning(session: FakeSession, binds: Sequence[Bind], rows: Any) -> Result:
    """UPDATE ... RETURNING: the given value plus 1 and a name, twice for each execution."""
    given = [row[0] for row in rows] if rows else [binds[0].value]
    error = OraError(1438, "value larger than specified precision allowed for this column")
    errors = [(at, error) for at, value in enumerate(given) if value == 13]
    given = [value for value in given if value != 13]
    result = Result("dml", rowcount=2 * len(given), batch_errors=errors)
    result.out_binds = {1: [[value + 1, value + 2] for value in given], 2: [["first", None] for _ in given]}
    return result


def plsql(_session: FakeSession, binds: Sequence[Bind], _rows: Any) -> Result:
    """:1 in, :2 out number, :3 in out text, :4 out date."""
    doubled = binds[0].value * 2 if binds[0].value is not None else None
    return Result("plsql", out_binds={1: doubled, 2: (binds[2].value or "") + "!", 3: MOMENT.replace(microsecond=0)})


def plsql_array(_session: FakeSession, binds: Sequence[Bind], _rows: Any) -> Result:
    return Result("plsql", out_binds={1: [value * 10 for value in binds[0].value], 2: sum(binds[0].value)})


def plsql_lob(_session: FakeSession, binds: Sequence[Bind], _rows: Any) -> Result:
    return Result("plsql", out_binds={1: (binds[0].value or "") * 2, 2: b"\x00\x01" * 50})


def plsql_cursor(_session: FakeSession, _binds: Sequence[Bind], _rows: Any) -> Result:
    return Result("plsql", out_binds={0: many_rows(7)})


def nested(_session: FakeSession, _binds: Sequence[Bind], _rows: Any) -> Result:
    return Result("query", (Column("ID", "NUMBER"), Column("ROWS_OF", "REF CURSOR")),
                  iter([(1, many_rows(3)), (2, many_rows(5))]))


def sleep(session: FakeSession, _binds: Sequence[Bind], _rows: Any) -> Result:
    session.cancelled.clear()
    if session.cancelled.wait(20):
        raise OraError(1013, "user requested cancel of current operation")
    return Result("plsql")


def busy(_session: FakeSession, _binds: Sequence[Bind], _rows: Any) -> Result:
    time.sleep(0.05)
    return Result("plsql")


def fail_in_fetch(_session: FakeSession, _binds: Sequence[Bind], _rows: Any) -> Result:
    def rows() -> Any:
        for number in range(150):
            yield (number,)
        raise OraError(1555, "snapshot too old")
    return Result("query", (Column("N", "NUMBER"),), rows())


def broken(_session: FakeSession, _binds: Sequence[Bind], _rows: Any) -> Result:
    return Result("query", (Column("D", "DATE"),), iter([("not a date",)]))


def one_row(_session: FakeSession, _binds: Sequence[Bind], _rows: Any) -> Result:
    return Result("query", (Column("DUMMY", "VARCHAR2", 1),), iter([("X",)]))


def kill_me(session: FakeSession, _binds: Sequence[Bind], _rows: Any) -> Result:
    session.killed = OraError(28, "your session has been killed")
    return Result("plsql")


def compile_warning(_session: FakeSession, _binds: Sequence[Bind], _rows: Any) -> Result:
    return Result("ddl", warning=OraError(24344, "success with compilation error"))


def alter_user(session: FakeSession, _binds: Sequence[Bind], _rows: Any) -> Result:
    session.backend.users["SCOTT"] = make_verifier("SCOTT", "tiger-2")
    return Result("ddl")


def booleans(_session: FakeSession, _binds: Sequence[Bind], _rows: Any) -> Result:
    return Result("query", (Column("B", "BOOLEAN"),), iter([(True,), (False,), (None,)]))


def longs(_session: FakeSession, _binds: Sequence[Bind], _rows: Any) -> Result:
    return Result("query", (Column("L", "LONG"), Column("LR", "LONG RAW"), Column("AFTER", "NUMBER")),
                  iter([("x" * 70000, b"\x01" * 300, 1), (None, None, 2)]))


def null_literal(_session: FakeSession, _binds: Sequence[Bind], _rows: Any) -> Result:
    return Result("query", (Column("N", "VARCHAR2", 0), Column("X", "NUMBER")), iter([(None, 5)]))


def end_transaction(session: FakeSession, _binds: Sequence[Bind], _rows: Any) -> Result:
    session.in_transaction = False
    return Result("other")


STATEMENTS: dict[str, Statement] = {
    "select * from dual": one_row, "SELECT 'x' FROM dual": one_row,
    "select types": fixed(TYPE_ROWS), "select lobs": fixed(LOB_ROWS), "select booleans": booleans,
    "select longs": longs, "select null literal": null_literal, "select nested": nested,
    "select :1, :2 from dual": echo, "select :1 from dual": echo, "select :a, :b, :a from dual": echo,
    "insert into t values (:1)": insert, "insert into t values (:1, :2)": insert,
    "update t set a = :1 returning a, b into :2, :3": returning,
    "begin p(:1, :2, :3, :4); end;": plsql, "begin arrays(:1, :2, :3); end;": plsql_array,
    "begin lobs(:1, :2, :3); end;": plsql_lob, "begin open(:1); end;": plsql_cursor,
    "begin sleep; end;": sleep, "begin busy; end;": busy, "begin kill; end;": kill_me, "begin null; end;": busy,
    "COMMIT": end_transaction, "ROLLBACK": end_transaction, "insert into t values (7)": insert,
    "select failing": fail_in_fetch, "select broken": broken,
    "create procedure broken": compile_warning,
    'ALTER USER "SCOTT" IDENTIFIED BY "tiger-2" REPLACE "tiger-1"': alter_user,
}
