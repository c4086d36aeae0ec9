# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""python-oracledb in thin mode, unmodified: queries, binds, DML, PL/SQL, LOBs, breaks."""

from __future__ import annotations

import datetime
import decimal
import threading
import time
from typing import Any

import oracledb
import pytest

from tests.integration.wire.conftest import Server
from tests.integration.wire.fake import LOB_ROWS, MOMENT, ROWID, TYPE_ROWS, table_rows


def feature(name: str) -> pytest.MarkDecorator:
    return pytest.mark.conformance("python-oracledb", name)


@feature("login")
def test_login_gives_version_and_names(server: Server) -> None:
    expected = {"12.2": "12.2.0.1.0", "19": "19.22.0.0.0", "23ai": "23.6.0.24.10"}[server.backend.facts["profile"]]
    caller = {"program": "inventory", "machine": "his-db-1", "osuser": "oracle", "driver_name": "check : 1"}
    with server.connect(**caller) as connection:
        assert connection.version == expected
        assert connection.service_name == "HIS"
        assert connection.instance_name == "HIS1"
        assert connection.session_id == server.backend.sessions[0].sid
        assert connection.serial_num == 77
        assert connection.max_identifier_length == 128
    client = server.backend.sessions[0].client
    assert client["program"] == "inventory"
    assert client["machine"] == "his-db-1"
    assert client["osuser"] == "oracle"
    assert client["driver_name"] == "check : 1"
    assert server.backend.requests[0].service_name == "HIS"


@feature("long connect data")
def test_connect_data_over_230_bytes(server: Server) -> None:
    dsn = (f"(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=127.0.0.1)(PORT={server.listener.port}))"
           f"(CONNECT_DATA=(SERVICE_NAME=HIS)(INSTANCE_NAME=HIS2)(CID=(PROGRAM={'p' * 200})(HOST=h)(USER=u))))")
    with server.connect(dsn=dsn) as connection:
        connection.ping()
    assert server.backend.requests[0].instance_name == "HIS2"


@feature("all scalar types")
def test_fetches_every_scalar_type(cursor: oracledb.Cursor) -> None:
    with oracledb_decimals():
        first, nulls = cursor.execute("select types").fetchall()
    for (column, expected), value in zip(TYPE_ROWS, first, strict=True):
        if isinstance(expected, datetime.datetime):
            expected = expected.replace(tzinfo=None)    # thin drivers drop the zone
        if column.type == "INTERVAL YEAR TO MONTH":
            value = (value.years, value.months)
        assert value == expected, column.name
    assert nulls == (None,) * len(TYPE_ROWS)
    described = {item.name: item for item in cursor.description or ()}
    assert described["N"].type_code is oracledb.DB_TYPE_NUMBER
    assert (described["N38"].precision, described["N38"].scale) == (38, 0)
    assert described["NV"].type_code is oracledb.DB_TYPE_NVARCHAR
    assert described["TZ"].type_code is oracledb.DB_TYPE_TIMESTAMP_TZ
    assert described["V"].internal_size == 60


class oracledb_decimals:  # noqa: N801
    """Numbers as Decimal while it is entered."""

    def __enter__(self) -> None:
        oracledb.defaults.fetch_decimals = True

    def __exit__(self, *_exc: object) -> None:
        oracledb.defaults.fetch_decimals = False


@feature("LONG")
def test_fetches_long_columns(cursor: oracledb.Cursor) -> None:
    rows = cursor.execute("select longs").fetchall()
    assert rows == [("x" * 70000, b"\x01" * 300, 1), (None, None, 2)]


@feature("NULL literal")
def test_column_of_size_zero_is_null(cursor: oracledb.Cursor) -> None:
    assert cursor.execute("select null literal").fetchall() == [(None, 5)]


@feature("BOOLEAN")
def test_fetches_booleans(cursor: oracledb.Cursor) -> None:
    assert cursor.execute("select booleans").fetchall() == [(True,), (False,), (None,)]


@feature("array fetch")
@pytest.mark.parametrize("count", [0, 1, 2, 99, 100, 101, 2345])
def test_fetches_all_rows_in_batches(cursor: oracledb.Cursor, count: int) -> None:
    expected = [tuple(row) for row in table_rows(count)]
    for _ in range(2):      # the second time the cursor is executed again, not parsed
        cursor.execute(f"select {count} rows")
        assert cursor.fetchall() == expected
        assert cursor.rowcount == count


@feature("prefetch and array size")
@pytest.mark.parametrize(("prefetch", "array"), [(0, 1), (1, 1), (2, 7), (1000, 10), (3, 5000)])
def test_prefetch_and_array_size(connection: oracledb.Connection, prefetch: int, array: int) -> None:
    cursor = connection.cursor()
    cursor.prefetchrows, cursor.arraysize = prefetch, array
    assert [row[0] for row in cursor.execute("select 50 rows")] == list(range(50))
    assert [row[0] for row in cursor.execute("select 50 rows").fetchmany(20)] == list(range(20))


@feature("SDU")
@pytest.mark.parametrize("sdu", [512, 4096, 65535, 2_000_000])
def test_buffer_sizes(server: Server, sdu: int) -> None:
    dsn = f"127.0.0.1:{server.listener.port}/HIS?sdu={sdu}"
    with server.connect(dsn=dsn) as connection:
        cursor = connection.cursor()
        assert len(cursor.execute("select 5000 rows").fetchall()) == 5000
        cursor.execute("insert into t values (:1)", ["血" * 300_000])
    assert server.backend.sessions[0].statements[1][1] == ["血" * 300_000]


@feature("DRCP")
def test_pooled_server(server: Server) -> None:
    dsn = f"127.0.0.1:{server.listener.port}/HIS:pooled"
    with server.connect(dsn=dsn, cclass="DBCARE", purity=oracledb.PURITY_SELF) as connection:
        assert connection.cursor().execute("select * from dual").fetchone() == ("X",)
    assert server.backend.requests[0].server == "pooled"
    assert server.connect().cursor().execute("select * from dual").fetchone() == ("X",)


@feature("scrollable cursors")
def test_scrollable_cursor(connection: oracledb.Connection) -> None:
    cursor = connection.cursor(scrollable=True)
    cursor.execute("select 50 rows")
    assert cursor.fetchone()[0] == 0
    cursor.scroll(mode="last")
    assert cursor.fetchone()[0] == 49
    cursor.scroll(10, mode="absolute")
    assert cursor.fetchone()[0] == 9
    cursor.scroll(5)
    assert cursor.fetchone()[0] == 14
    cursor.scroll(mode="first")
    assert cursor.fetchone()[0] == 0
    cursor.arraysize = cursor.prefetchrows = 7
    cursor.execute("select 200 rows")
    assert len(cursor.fetchall()) == 200
    for position in (150, 3, 77, 200):
        cursor.scroll(position, mode="absolute")
        assert cursor.fetchone()[0] == position - 1
    cursor.scroll(-90)
    assert [row[0] for row in cursor.fetchmany(12)] == list(range(109, 121))
    with pytest.raises(oracledb.ProgrammingError, match="DPY-2063"):
        cursor.scroll(500)


@feature("output type handlers")
def test_output_type_handler(connection: oracledb.Connection) -> None:
    def as_text(cursor: oracledb.Cursor, metadata: oracledb.FetchInfo) -> Any:
        if metadata.type_code is oracledb.DB_TYPE_NUMBER:
            return cursor.var(str, arraysize=cursor.arraysize)
        return None

    connection.outputtypehandler = as_text
    row = connection.cursor().execute("select types").fetchone()
    assert row[:2] == ("-123.45", "12345678901234567890123456789012345678")


BIND_VALUES = [
    0, -1, 12345678901234567890123456789012345678, decimal.Decimal("-0.000123"), decimal.Decimal("1E+20"), 1.5, "",
    "Grüße 血压", "x" * 4000, "y" * 40000, b"\x00\xff", b"z" * 3000,
    MOMENT, MOMENT.date(), datetime.timedelta(days=-1, seconds=-30),
    oracledb.IntervalYM(3, 11), None,
]


@feature("binds")
@pytest.mark.parametrize("value", BIND_VALUES, ids=lambda value: f"{type(value).__name__}-{str(value)[:12]}")
def test_bind_comes_back(server: Server, cursor: oracledb.Cursor, value: Any) -> None:
    oracledb.defaults.fetch_lobs = False
    oracledb.defaults.fetch_decimals = isinstance(value, decimal.Decimal)
    try:
        result = cursor.execute("select :1 from dual", [value]).fetchone()[0]
    finally:
        oracledb.defaults.fetch_lobs = True
        oracledb.defaults.fetch_decimals = False
    sent = server.backend.sessions[0].statements[-1][1][0]
    if value == "":
        assert sent is None
    elif isinstance(value, datetime.date):
        whole = value if isinstance(value, datetime.datetime) else datetime.datetime.combine(value, datetime.time())
        assert result == whole.replace(microsecond=0)
    else:
        assert result == value


@feature("named binds")
def test_named_binds_come_once_an_occurrence(server: Server, cursor: oracledb.Cursor) -> None:
    row = cursor.execute("select :a, :b, :a from dual", {"b": "two", "a": 1}).fetchone()
    assert row == (1, "two", 1)
    assert server.backend.sessions[0].statements[-1][1] == [1, "two", 1]


@feature("re-execute with other binds")
def test_executes_again_with_other_values_and_types(cursor: oracledb.Cursor) -> None:
    for value in (1, 2, "three", 4, None, "six" * 500):
        assert cursor.execute("select :1 from dual", [value]).fetchone() == (value,)


@feature("typed binds")
def test_typed_binds(server: Server, cursor: oracledb.Cursor) -> None:
    kinds = {oracledb.DB_TYPE_BINARY_DOUBLE: -2.5, oracledb.DB_TYPE_BINARY_FLOAT: 0.25,
             oracledb.DB_TYPE_NVARCHAR: "病人",
             oracledb.DB_TYPE_TIMESTAMP: MOMENT, oracledb.DB_TYPE_RAW: b"\x01", oracledb.DB_TYPE_CHAR: "ab "}
    for kind, value in kinds.items():
        cursor.setinputsizes(kind)
        assert cursor.execute("select :1 from dual", [value]).fetchone() == (value,), kind
    cursor.setinputsizes(oracledb.DB_TYPE_TIMESTAMP_TZ)
    cursor.execute("select :1 from dual", [MOMENT]).fetchone()
    assert server.backend.sessions[0].statements[-1][1][0].utcoffset() == datetime.timedelta(0)


@feature("errors")
def test_error_code_text_and_position(cursor: oracledb.Cursor) -> None:
    for _ in range(3):
        with pytest.raises(oracledb.DatabaseError) as failure:
            cursor.execute("select * from nowhere")
        error = failure.value.args[0]
        assert (error.code, error.full_code, error.offset) == (942, "ORA-00942", 14)
        assert error.message.startswith("ORA-00942: table or view does not exist")
    assert cursor.execute("select * from dual").fetchone() == ("X",)


@feature("errors")
def test_error_while_fetching(cursor: oracledb.Cursor) -> None:
    cursor.arraysize = 50
    cursor.execute("select failing")
    with pytest.raises(oracledb.DatabaseError, match="ORA-01555"):
        cursor.fetchall()
    assert cursor.execute("select * from dual").fetchone() == ("X",)


@feature("errors")
def test_a_value_that_does_not_fit_is_an_error_not_a_wrong_row(cursor: oracledb.Cursor) -> None:
    with pytest.raises(oracledb.DatabaseError, match=r"ORA-00600.*column D of type DATE"):
        cursor.execute("select broken").fetchall()
    assert cursor.execute("select * from dual").fetchone() == ("X",)


@feature("compile warning")
def test_compilation_warning(cursor: oracledb.Cursor) -> None:
    cursor.execute("create procedure broken")
    assert cursor.warning is not None
    assert cursor.warning.full_code == "DPY-7000"


@feature("transactions")
def test_commit_and_rollback(server: Server, connection: oracledb.Connection) -> None:
    cursor = connection.cursor()
    cursor.execute("insert into t values (:1)", [1])
    assert cursor.rowcount == 1
    assert cursor.lastrowid == ROWID
    assert connection.transaction_in_progress
    connection.commit()
    assert not connection.transaction_in_progress
    cursor.execute("insert into t values (:1)", [2])
    connection.rollback()
    connection.autocommit = True
    cursor.execute("insert into t values (:1)", [3])
    assert not connection.transaction_in_progress
    done = [text for text, _ in server.backend.sessions[0].statements]
    assert done == ["insert into t values (:1)", "commit", "insert into t values (:1)", "rollback",
                    "insert into t values (:1)"]


@feature("executemany")
def test_executemany(server: Server, cursor: oracledb.Cursor) -> None:
    data = [(number, f"name {number}") for number in range(100, 1100)]
    cursor.executemany("insert into t values (:1, :2)", data)
    assert cursor.rowcount == 1000
    assert server.backend.sessions[0].statements[-1][1] == [list(row) for row in data]
    cursor.executemany("insert into t values (:1, :2)", data[:3])
    assert cursor.rowcount == 3


@feature("batch errors and row counts")
def test_batch_errors_and_row_counts(cursor: oracledb.Cursor) -> None:
    data = [(1,), (13,), (3,), (13,)]
    cursor.executemany("insert into t values (:1)", data, batcherrors=True, arraydmlrowcounts=True)
    errors = cursor.getbatcherrors()
    assert [(error.offset, error.code) for error in errors] == [(1, 1), (3, 1)]
    assert errors[0].message.startswith("ORA-00001: unique constraint (HIS.PK) violated")
    assert cursor.getarraydmlrowcounts() == [1, 0, 1, 0]
    cursor.executemany("insert into t values (:1)", [(number,) for number in range(1, 5)], batcherrors=True)
    assert cursor.getbatcherrors() == []
    with pytest.raises(oracledb.IntegrityError, match="ORA-00001"):
        cursor.execute("insert into t values (:1)", [13])


@feature("RETURNING")
def test_returning(cursor: oracledb.Cursor) -> None:
    numbers, names = cursor.var(int), cursor.var(str)
    cursor.execute("update t set a = :1 returning a, b into :2, :3", [5, numbers, names])
    assert cursor.rowcount == 2
    assert numbers.getvalue() == [6, 7]
    assert names.getvalue() == ["first", None]
    numbers, names = cursor.var(int, arraysize=2), cursor.var(str, arraysize=2)
    cursor.setinputsizes(None, numbers, names)
    cursor.executemany("update t set a = :1 returning a, b into :2, :3", [(10,), (20,)])
    assert numbers.values == [[11, 12], [21, 22]]
    numbers, names = cursor.var(int, arraysize=3), cursor.var(str, arraysize=3)
    cursor.setinputsizes(None, numbers, names)
    cursor.executemany("update t set a = :1 returning a, b into :2, :3", [(10,), (13,), (20,)], batcherrors=True)
    assert numbers.values == [[11, 12], [], [21, 22]]
    assert [error.offset for error in cursor.getbatcherrors()] == [1]


@feature("PL/SQL OUT binds")
def test_plsql_out_and_in_out(cursor: oracledb.Cursor) -> None:
    number, text, moment = cursor.var(int), cursor.var(str), cursor.var(datetime.datetime)
    for value in (21, 4):
        text.setvalue(0, "hello")
        cursor.execute("begin p(:1, :2, :3, :4); end;", [value, number, text, moment])
        assert number.getvalue() == 2 * value
        assert text.getvalue() == "hello!"
        assert moment.getvalue() == MOMENT.replace(microsecond=0)


@feature("PL/SQL executemany")
def test_plsql_executemany(server: Server, cursor: oracledb.Cursor) -> None:
    cursor.executemany("begin null; end;", 3)
    assert [text for text, _ in server.backend.sessions[0].statements] == ["begin null; end;"] * 3


@feature("PL/SQL arrays")
def test_plsql_arrays(cursor: oracledb.Cursor) -> None:
    given = cursor.arrayvar(int, [1, 2, 3])
    taken = cursor.arrayvar(int, 10)
    total = cursor.var(int)
    cursor.execute("begin arrays(:1, :2, :3); end;", [given, taken, total])
    assert taken.getvalue() == [10, 20, 30]
    assert total.getvalue() == 6


@feature("REF CURSOR")
def test_ref_cursor(connection: oracledb.Connection) -> None:
    result = connection.cursor().var(oracledb.DB_TYPE_CURSOR)
    connection.cursor().execute("begin open(:1); end;", [result])
    assert [row[0] for row in result.getvalue()] == list(range(7))


@feature("nested cursors")
def test_cursor_in_a_row(cursor: oracledb.Cursor) -> None:
    rows = [(number, [row[0] for row in inner]) for number, inner in cursor.execute("select nested")]
    assert rows == [(1, [0, 1, 2]), (2, [0, 1, 2, 3, 4])]


@feature("fetch LOBs")
def test_lobs_as_locators(cursor: oracledb.Cursor) -> None:
    for _ in range(2):
        cursor.execute("select lobs")
        _, clob, blob, nclob, nothing = cursor.fetchone()
        assert clob.size() == 10000
        assert clob.read() == LOB_ROWS[1][1]
        assert clob.read(9999, 10) == "诊断"
        assert blob.read(257, 3) == b"\x00\x01\x02"
        assert blob.getchunksize() > 0
        assert nclob.read() == "病历" * 10
        assert nothing is None
        assert cursor.fetchone() == (None,) * 5
        with pytest.raises(oracledb.DatabaseError, match="ORA-22920"):
            clob.write("x")


@feature("fetch LOBs")
def test_lobs_as_values(cursor: oracledb.Cursor) -> None:
    oracledb.defaults.fetch_lobs = False
    try:
        for _ in range(2):
            first, nulls = cursor.execute("select lobs").fetchall()
            assert first == tuple(value for _, value in LOB_ROWS)
            assert nulls == (None,) * 5
    finally:
        oracledb.defaults.fetch_lobs = True


@feature("temporary LOBs")
def test_temporary_lob(server: Server, connection: oracledb.Connection) -> None:
    clob = connection.createlob(oracledb.DB_TYPE_CLOB)
    for piece in range(20):
        clob.write("血压" * 10000, piece * 20000 + 1)
    assert clob.size() == 400000
    assert clob.read(399999, 2) == "血压"
    clob.trim(5)
    assert clob.read() == "血压血压血"
    clob.open()
    assert clob.isopen()
    clob.close()
    blob = connection.createlob(oracledb.DB_TYPE_BLOB, b"\x00\x01\x02")
    blob.write(b"\xff", 5)
    assert blob.read() == b"\x00\x01\x02\x00\xff"
    cursor = connection.cursor()
    cursor.execute("insert into t values (:1, :2)", [clob, blob])
    assert server.backend.sessions[0].statements[-1][1] == ["血压血压血", b"\x00\x01\x02\x00\xff"]
    del clob, blob
    connection.ping()


@feature("LOB OUT binds")
def test_plsql_lobs(cursor: oracledb.Cursor) -> None:
    doubled, raw = cursor.var(oracledb.DB_TYPE_CLOB), cursor.var(oracledb.DB_TYPE_BLOB)
    cursor.execute("begin lobs(:1, :2, :3); end;", ["ab" * 20000, doubled, raw])
    assert doubled.getvalue().read() == "ab" * 40000
    assert raw.getvalue().read() == b"\x00\x01" * 50


@feature("statement cache")
def test_statement_cache_closes_cursors(server: Server) -> None:
    with server.connect(stmtcachesize=3) as connection:
        for turn in range(3):
            for count in range(400):
                cursor = connection.cursor()
                assert len(cursor.execute(f"select {count % 5 + turn} rows").fetchall()) == count % 5 + turn
        for count in range(400):
            with connection.cursor() as cursor:
                cursor.execute(f"select {count} rows").fetchone()


@feature("describe without execute")
def test_parse_describes(cursor: oracledb.Cursor) -> None:
    cursor.parse("select types")
    assert [item.name for item in cursor.description or ()] == [column.name for column, _ in TYPE_ROWS]
    assert len(cursor.execute("select types").fetchall()) == 2


@feature("cancel")
def test_cancel_from_another_thread(connection: oracledb.Connection) -> None:
    timer = threading.Timer(0.2, connection.cancel)
    timer.start()
    started = time.monotonic()
    with pytest.raises(oracledb.DatabaseError, match="ORA-01013"):
        connection.cursor().execute("begin sleep; end;")
    assert time.monotonic() - started < 5
    timer.join()
    assert connection.cursor().execute("select * from dual").fetchone() == ("X",)


@feature("call timeout")
def test_call_timeout(connection: oracledb.Connection) -> None:
    for _ in range(2):
        connection.call_timeout = 200
        with pytest.raises(oracledb.DatabaseError, match="DPY-4024"):
            connection.cursor().execute("begin sleep; end;")
        connection.call_timeout = 0
        assert connection.cursor().execute("select * from dual").fetchone() == ("X",)


@feature("end-to-end attributes")
def test_end_to_end_attributes(server: Server, connection: oracledb.Connection) -> None:
    connection.module, connection.action = "dbcare", "daily"
    connection.client_identifier, connection.clientinfo, connection.dbop = "nurse-7", "检查", "op"
    connection.current_schema = "HIS"
    connection.ping()
    session = server.backend.sessions[0]
    assert session.attributes == {"module": "dbcare", "action": "daily", "client_identifier": "nurse-7",
                                  "client_info": "检查", "dbop": "op", "current_schema": "HIS"}
    connection.action = None  # type: ignore[assignment]
    connection.cursor().execute("select * from dual")
    assert session.attributes["action"] is None
    connection.current_schema = "NOBODY"
    with pytest.raises(oracledb.DatabaseError, match="ORA-01435"):
        connection.cursor().execute("select * from dual")


@feature("change password")
def test_change_password(server: Server, connection: oracledb.Connection) -> None:
    with pytest.raises(oracledb.DatabaseError, match="ORA-28008"):
        connection.changepassword("wrong-1", "tiger-2")
    connection.changepassword("tiger-1", "tiger-2")
    with server.connect(password="tiger-2") as other:
        other.ping()
    with pytest.raises(oracledb.DatabaseError, match="ORA-01017"):
        server.connect()


@feature("new password at login")
def test_new_password_at_login(server: Server) -> None:
    with pytest.raises(oracledb.DatabaseError, match="ORA-28001"):
        server.connect(user="expired")
    server.connect(user="expired", newpassword="tiger-3").close()
    server.backend.errors.pop("EXPIRED")
    server.connect(user="expired", password="tiger-3").close()


@feature("SYSDBA")
def test_role_of_the_login(server: Server) -> None:
    server.connect(mode=oracledb.AUTH_MODE_SYSDBA).close()
    server.connect().close()
    assert [session.client["mode"] for session in server.backend.sessions] == ["SYSDBA", ""]


@feature("login warning")
def test_login_warning(server: Server) -> None:
    from estate.api import OraError
    server.backend.login_warning = OraError(28002, "the password will expire within 7 days")
    with server.connect() as connection:
        assert connection.warning.full_code == "ORA-28002"


@feature("pools")
def test_pool(server: Server) -> None:
    pool = oracledb.create_pool(user="scott", password="tiger-1", dsn=server.dsn, min=1, max=4, increment=1,
                                ping_interval=0)
    try:
        for _ in range(3):
            with pool.acquire() as first, pool.acquire(purity=oracledb.PURITY_NEW) as second:
                assert first.cursor().execute("select * from dual").fetchone() == ("X",)
                second.cursor().execute("insert into t values (:1)", [1])
        assert 2 <= pool.opened <= 4
        assert any(text == "rollback" for session in server.backend.sessions for text, _ in session.statements)
    finally:
        pool.close(force=True)


@feature("killed session")
def test_killed_session(server: Server, connection: oracledb.Connection) -> None:
    connection.cursor().execute("begin kill; end;")
    with pytest.raises(oracledb.DatabaseError) as failure:
        connection.cursor().execute("select * from dual")
    assert "ORA-00028" in str(failure.value) or failure.value.args[0].full_code == "DPY-4011"
    assert not connection.is_healthy()


@feature("logoff")
def test_close_ends_the_session(server: Server) -> None:
    server.connect().close()
    session = server.backend.sessions[0]
    deadline = time.monotonic() + 5
    while not session.closed and time.monotonic() < deadline:
        time.sleep(0.01)
    assert session.closed


@feature("data frames")
def test_fetch_data_frame(connection: oracledb.Connection) -> None:
    frame = connection.fetch_df_all("select 2500 rows")
    assert frame.num_rows() == 2500
    assert [column.name for column in frame.column_arrays()][:2] == ["ID", "NAME"]


def test_functions_that_are_not_offered_say_so(connection: oracledb.Connection) -> None:
    with pytest.raises(oracledb.DatabaseError, match="ORA-03001"):
        connection.queue("Q").enqone(connection.msgproperties(payload=b"x"))
    with pytest.raises(oracledb.DatabaseError, match="ORA-03001"):
        connection.tpc_begin(connection.xid(1, "g", "b"))
    assert connection.cursor().execute("select * from dual").fetchone() == ("X",)
