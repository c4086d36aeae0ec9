# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""python-oracledb in thin mode, unmodified: binds, DML, transactions and PL/SQL."""

from __future__ import annotations

import datetime
import decimal
import functools
from typing import Any

import oracledb
import pytest

from tests.integration.wire.conftest import Server
from tests.integration.wire.fake import MOMENT, ROWID

feature = functools.partial(pytest.mark.conformance, "python-oracledb")
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
