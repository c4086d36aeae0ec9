# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""python-oracledb in thin mode, unmodified: queries, what is fetched and which error stands for it."""

from __future__ import annotations

import datetime
import functools
from typing import Any

import oracledb
import pytest

from tests.integration.wire.conftest import Server
from tests.integration.wire.fake import TYPE_ROWS, table_rows

feature = functools.partial(pytest.mark.conformance, "python-oracledb")


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


@feature("REF CURSOR")
def test_ref_cursor(connection: oracledb.Connection) -> None:
    result = connection.cursor().var(oracledb.DB_TYPE_CURSOR)
    connection.cursor().execute("begin open(:1); end;", [result])
    assert [row[0] for row in result.getvalue()] == list(range(7))


@feature("nested cursors")
def test_cursor_in_a_row(cursor: oracledb.Cursor) -> None:
    rows = [(number, [row[0] for row in inner]) for number, inner in cursor.execute("select nested")]
    assert rows == [(1, [0, 1, 2]), (2, [0, 1, 2, 3, 4])]


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


@feature("data frames")
def test_fetch_data_frame(connection: oracledb.Connection) -> None:
    frame = connection.fetch_df_all("select 2500 rows")
    assert frame.num_rows() == 2500
    assert [column.name for column in frame.column_arrays()][:2] == ["ID", "NAME"]
