# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""python-oracledb in thin mode, unmodified: sessions from pool to logoff, breaks, attributes."""

from __future__ import annotations

import functools
import threading
import time

import oracledb
import pytest

from tests.integration.wire.conftest import Server

feature = functools.partial(pytest.mark.conformance, "python-oracledb")


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


def test_functions_that_are_not_offered_say_so(connection: oracledb.Connection) -> None:
    with pytest.raises(oracledb.DatabaseError, match="ORA-03001"):
        connection.queue("Q").enqone(connection.msgproperties(payload=b"x"))
    with pytest.raises(oracledb.DatabaseError, match="ORA-03001"):
        connection.tpc_begin(connection.xid(1, "g", "b"))
    assert connection.cursor().execute("select * from dual").fetchone() == ("X",)
