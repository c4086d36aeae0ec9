# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An estate with TLS listeners: the certificate is checked, a client certificate asked for, the collection reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import oracledb
import pytest

from tests.integration.conftest import EstateUnderTest, up
from tests.support.inspection import snapshot

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EstateUnderTest]:
    """LIS and HIS with TCPS."""
    with up(tmp_path_factory.mktemp("tcps"), "healthy", "--only", "LIS,HIS", "--tcps", "--no-hosts") as running:
        yield running


def login(running: EstateUnderTest, port: str, wallet: str | None, name: str = "LIS") -> dict[str, Any]:
    """What python-oracledb takes for a TLS session."""
    found = running.databases[name]
    return {**found["inspector"], "protocol": "tcps", "host": found["host"], "port": found["tcps"][port],
            "service_name": found["service_name"], "wallet_location": wallet and found["tcps"][wallet],
            "ssl_server_cert_dn": found["tcps"]["server_cert_dn"]}


def test_the_certificate_is_checked_and_the_session_works(secure: EstateUnderTest) -> None:
    with oracledb.connect(**login(secure, "port", "wallet")) as connection:
        assert connection.cursor().execute("select status from v$instance").fetchone() == ("OPEN",)
    with pytest.raises(oracledb.DatabaseError, match=r"(?i)certificate verify failed"):
        oracledb.connect(**login(secure, "port", None))
    with pytest.raises(oracledb.DatabaseError, match="DPY-6002"):
        oracledb.connect(**{**login(secure, "port", "wallet"), "ssl_server_cert_dn": "CN=OTHER,O=estate,C=CN"})


def test_mutual_tls_wants_the_clients_certificate(secure: EstateUnderTest) -> None:
    with oracledb.connect(**login(secure, "mutual_port", "client_wallet")) as connection:
        connection.ping()
    with pytest.raises(oracledb.DatabaseError):
        oracledb.connect(**login(secure, "mutual_port", "wallet"))


def test_the_service_of_a_cluster_is_reached_over_tls(secure: EstateUnderTest) -> None:
    with oracledb.connect(**login(secure, "port", "wallet", "HIS")) as connection:
        assert connection.cursor().execute("select count(*) from gv$instance").fetchone() == (2,)


def test_the_inspection_reads_over_tls(secure: EstateUnderTest) -> None:
    taken = snapshot("LIS", login(secure, "mutual_port", "client_wallet"))
    assert taken["status"] == "ok"
    assert taken["facts"]["db_name"] == "LIS"
