# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""TCPS: certificates that are checked, names that must match, mutual TLS with a wallet."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import oracledb
import pytest

from estate.wire.certificates import Authority, server_context
from tests.integration.wire.conftest import Server

Maker = Callable[..., Server]
SUBJECT = "CN=his-db-1,O=estate,C=CN"


def feature(name: str) -> pytest.MarkDecorator:
    return pytest.mark.conformance("python-oracledb", name)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def tcps(make_server: Maker, authority: Authority, tmp_path: Path, profile: str) -> Server:
    credential = authority.issue("his-db-1", ["127.0.0.1", "localhost"])
    return make_server(profile, tls=server_context(tmp_path / "server", credential))


def connect(server: Server, host: str = "localhost", **options: Any) -> oracledb.Connection:
    return oracledb.connect(user="scott", password="tiger-1", protocol="tcps", host=host, port=server.listener.port,
                            service_name="HIS", **options)


@feature("TCPS")
def test_tcps_with_authority_from_a_wallet(tcps: Server, authority: Authority, tmp_path: Path) -> None:
    wallet = str(authority.write_wallet(tmp_path / "wallet"))
    with connect(tcps, wallet_location=wallet) as connection:
        assert len(connection.cursor().execute("select 2000 rows").fetchall()) == 2000
    with connect(tcps, wallet_location=wallet, ssl_server_cert_dn=SUBJECT) as connection:
        connection.ping()

    async def main() -> None:
        async with oracledb.connect_async(user="scott", password="tiger-1", protocol="tcps", host="localhost",
                                          port=tcps.listener.port, service_name="HIS",
                                          wallet_location=wallet) as connection:
            assert await connection.fetchone("select * from dual") == ("X",)
    asyncio.run(main())


@feature("TCPS certificate checks")
def test_tcps_certificate_checks(tcps: Server, authority: Authority, tmp_path: Path) -> None:
    with pytest.raises(oracledb.DatabaseError, match=r"(?i)certificate verify failed"):
        connect(tcps)
    stranger = str(Authority("someone else").write_wallet(tmp_path / "stranger"))
    with pytest.raises(oracledb.DatabaseError, match=r"(?i)certificate verify failed"):
        connect(tcps, wallet_location=stranger)
    wallet = str(authority.write_wallet(tmp_path / "wallet"))
    with pytest.raises(oracledb.DatabaseError, match="DPY-6002"):
        connect(tcps, wallet_location=wallet, ssl_server_cert_dn="CN=other,O=estate,C=CN")


@feature("TCPS certificate checks")
def test_tcps_expired_certificate(make_server: Maker, authority: Authority, tmp_path: Path) -> None:
    expired = authority.issue("his-db-1", ["localhost"], days=-1)
    server = make_server("19", tls=server_context(tmp_path / "server", expired))
    wallet = str(authority.write_wallet(tmp_path / "wallet"))
    with pytest.raises(oracledb.DatabaseError, match=r"(?i)certificate has expired"):
        connect(server, wallet_location=wallet)


@feature("mutual TLS")
def test_mutual_tls(make_server: Maker, authority: Authority, tmp_path: Path, profile: str) -> None:
    credential = authority.issue("his-db-1", ["localhost"])
    context = server_context(tmp_path / "server", credential, client_authority=authority)
    server = make_server(profile, tls=context)
    client = authority.issue("dbcare", client=True)
    wallet = str(authority.write_wallet(tmp_path / "wallet", client, "wallet-1"))
    with connect(server, wallet_location=wallet, wallet_password="wallet-1") as connection:
        assert connection.cursor().execute("select * from dual").fetchone() == ("X",)
    bare = str(authority.write_wallet(tmp_path / "bare"))
    with pytest.raises(oracledb.DatabaseError):
        connect(server, wallet_location=bare)
    with pytest.raises(oracledb.DatabaseError):
        connect(server, wallet_location=wallet, wallet_password="wrong-1")


@pytest.mark.conformance("listener", "garbage, port scans")
def test_plain_text_at_a_tls_port(tcps: Server, authority: Authority, tmp_path: Path,
                                  caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR), socket.create_connection(("127.0.0.1", tcps.listener.port), 5) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
        sock.settimeout(5)
        while sock.recv(1000):
            pass
    assert not caplog.records
    with connect(tcps, wallet_location=str(authority.write_wallet(tmp_path / "wallet"))) as connection:
        connection.ping()


def test_wallet_files_are_private(authority: Authority, tmp_path: Path) -> None:
    folder = authority.write_wallet(tmp_path / "w", authority.issue("x", client=True))
    assert (folder / "ewallet.pem").stat().st_mode & 0o777 == 0o600
