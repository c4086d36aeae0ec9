# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""python-oracledb in thin mode, unmodified: LOBs as locators, as values and temporary ones."""

from __future__ import annotations

import functools

import oracledb
import pytest

from tests.integration.wire.conftest import Server
from tests.integration.wire.fake import LOB_ROWS

feature = functools.partial(pytest.mark.conformance, "python-oracledb")


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
