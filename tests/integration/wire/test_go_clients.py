# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""adbc-driver-oracle (a Go driver) and oracle-driver (pyora, a port of go-ora), unmodified."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.integration.wire.conftest import Server
from tests.integration.wire.fake import LOB_ROWS, MOMENT, ROWID, UTC8, table_rows


def adbc_feature(name: str) -> pytest.MarkDecorator:
    return pytest.mark.conformance("adbc-driver-oracle", name)


def pyora_feature(name: str) -> pytest.MarkDecorator:
    return pytest.mark.conformance("oracle-driver (pyora)", name)


def uri(server: Server, login: str = "scott:tiger-1", service: str = "HIS") -> str:
    return f"oracle://{login}@127.0.0.1:{server.listener.port}/{service}"


# -- adbc-driver-oracle


@pytest.fixture
def adbc(server: Server) -> Iterator[Any]:
    dbapi = pytest.importorskip("adbc_driver_oracle.dbapi", reason="adbc-driver-oracle has no wheel for this platform")
    with dbapi.connect(uri(server)) as connection, connection.cursor() as cursor:
        yield cursor


@adbc_feature("all scalar types")
def test_adbc_scalar_types(adbc: Any) -> None:
    adbc.execute("select types")
    row, nulls = adbc.fetchall()
    assert (row[0], row[1]) == (-123.45, Decimal("12345678901234567890123456789012345678"))
    assert row[2:5] == ("Grüße 血压", "ab   ", "病人")
    assert row[5:7] == (MOMENT.replace(microsecond=0), MOMENT)
    assert row[7] == MOMENT.replace(tzinfo=UTC8)
    assert (row[9].days, row[9].nanoseconds) == (-3, -(4 * 3600 + 5) * 10**9 - 250_000_000)
    assert row[10].months == 31
    assert row[11:13] == (1.5, -2.25)
    assert row[13:] == (b"\x00\x01\xfe\xff", ROWID)
    assert nulls == (None,) * 15


@adbc_feature("array fetch")
@pytest.mark.parametrize("count", [0, 1, 345, 5000])
def test_adbc_fetches_all_rows(adbc: Any, count: int) -> None:
    adbc.execute(f"select {count} rows")
    rows = adbc.fetchall()
    assert [(row[0], row[1], row[3]) for row in rows] == [(row[0], row[1], row[3]) for row in table_rows(count)]


@adbc_feature("LONG")
def test_adbc_long(adbc: Any) -> None:
    adbc.execute("select longs")
    assert adbc.fetchall() == [("x" * 70000, b"\x01" * 300, 1), (None, None, 2)]


@adbc_feature("fetch LOBs")
def test_adbc_lobs(adbc: Any) -> None:
    adbc.execute("select lobs")
    assert adbc.fetchall() == [tuple(value for _, value in LOB_ROWS), (None,) * 5]


@adbc_feature("BOOLEAN")
def test_adbc_booleans(adbc: Any) -> None:
    adbc.execute("select booleans")
    assert adbc.fetchall() == [(True,), (False,), (None,)]


@adbc_feature("binds")
@pytest.mark.parametrize("value", [1, -2.5, "Grüße 血压", None, b"\x00\xff", MOMENT])
def test_adbc_binds(adbc: Any, value: Any) -> None:
    adbc.execute("select :1 from dual", [value])
    assert adbc.fetchone()[0] == value


@adbc_feature("executemany")
def test_adbc_dml(server: Server, adbc: Any) -> None:
    adbc.execute("insert into t values (:1)", [7])
    assert adbc.rowcount == 1
    adbc.executemany("insert into t values (:1, :2)", [(1, "a"), (2, "b"), (3, "c")])
    assert adbc.rowcount == 3
    sent = [(int(row[0]), row[1]) for row in server.backend.sessions[0].statements[-1][1]]
    assert sent == [(1, "a"), (2, "b"), (3, "c")]


@adbc_feature("transactions")
def test_adbc_commit_and_rollback(server: Server) -> None:
    dbapi = pytest.importorskip("adbc_driver_oracle.dbapi", reason="adbc-driver-oracle has no wheel for this platform")
    with dbapi.connect(uri(server)) as connection, connection.cursor() as cursor:
        cursor.execute("insert into t values (:1)", [7])
        assert server.backend.sessions[-1].in_transaction
        connection.commit()
        assert not server.backend.sessions[-1].in_transaction
        cursor.execute("insert into t values (:1)", [8])
        connection.rollback()
        assert not server.backend.sessions[-1].in_transaction


@adbc_feature("errors")
def test_adbc_errors(server: Server, adbc: Any) -> None:
    from adbc_driver_oracle import dbapi
    with pytest.raises(dbapi.Error, match="ORA-00942: table or view does not exist"):
        adbc.execute("select * from nowhere")
    with pytest.raises(dbapi.Error, match="ORA-01555"):
        adbc.execute("select failing")
        adbc.fetchall()
    for login, code in (("scott:wrong", "ORA-01017"), ("locked:tiger-1", "ORA-28000")):
        with pytest.raises(dbapi.Error, match=code):
            dbapi.connect(uri(server, login))
    with pytest.raises(dbapi.Error, match="listener refused"):
        dbapi.connect(uri(server, service="NOPE"))


# -- oracle-driver (pyora)


@pytest.fixture
def pyora(server: Server) -> Iterator[Any]:
    module = pytest.importorskip("pyora", reason="oracle-driver is not installed")
    connection = module.connect(uri(server))
    yield connection
    connection.close()


@pyora_feature("array fetch")
@pytest.mark.parametrize("count", [0, 1, 24, 25, 26, 1345])
def test_pyora_fetches_all_rows(pyora: Any, count: int) -> None:
    cursor = pyora.cursor()
    cursor.execute(f"select {count} rows")
    rows = cursor.fetchall()
    assert [tuple(row)[:8] for row in rows] == [row[:8] for row in table_rows(count)]
    if count:
        assert rows[0][8] == datetime.datetime(2025, 1, 1, microsecond=500)


@pyora_feature("errors")
def test_pyora_errors(server: Server, pyora: Any) -> None:
    from pyora import OracleError, connect  # type: ignore[import-untyped]
    cursor = pyora.cursor()
    with pytest.raises(OracleError, match="ORA-00942: table or view does not exist"):
        cursor.execute("select * from nowhere")
    cursor.execute("select * from dual")
    assert [tuple(row) for row in cursor.fetchall()] == [("X",)]
    with pytest.raises(OracleError, match="ORA-01017"):
        connect(uri(server, "scott:wrong"))
    with pytest.raises(OracleError, match="ORA-12514"):
        connect(uri(server, service="NOPE"))


@pyora_feature("transactions")
def test_pyora_dml(server: Server, pyora: Any) -> None:
    # its cursor takes every DML for one with binds, which it does not have; the connection's exec does better
    assert pyora.connection.exec("insert into t values (7)").rowcount == 1
    pyora.commit()
    pyora.rollback()
    done = [text for text, _ in server.backend.sessions[-1].statements]
    assert done == ["insert into t values (7)", "COMMIT", "ROLLBACK"]
