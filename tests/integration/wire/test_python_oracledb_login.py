# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""python-oracledb in thin mode, unmodified: connect data, who logs in and with which password."""

from __future__ import annotations

import functools

import oracledb
import pytest

from estate.api import OraError
from tests.integration.wire.conftest import Server

feature = functools.partial(pytest.mark.conformance, "python-oracledb")


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


@feature("DRCP")
def test_pooled_server(server: Server) -> None:
    dsn = f"127.0.0.1:{server.listener.port}/HIS:pooled"
    with server.connect(dsn=dsn, cclass="DBCARE", purity=oracledb.PURITY_SELF) as connection:
        assert connection.cursor().execute("select * from dual").fetchone() == ("X",)
    assert server.backend.requests[0].server == "pooled"
    assert server.connect().cursor().execute("select * from dual").fetchone() == ("X",)


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
    server.backend.login_warning = OraError(28002, "the password will expire within 7 days")
    with server.connect() as connection:
        assert connection.warning.full_code == "ORA-28002"
