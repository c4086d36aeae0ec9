# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults as a driver meets them: codes of databases that cannot be read, undoing, cancelling, broken lines.

That each fault fires its check, and nothing that it does not list, is in tests/integration/test_faults_fire_checks.py.
"""

from __future__ import annotations

import time

import oracledb
import pytest

from estate.faults import catalogue
from estate.world import scenario
from tests.support.inspection import firing, snapshot

pytestmark = pytest.mark.integration
CODES = {
    "instance_down": "ORA-12514", "instance_mounting": "ORA-01033", "listener_refuses": "ORA-12516",
    "inspector_locked": "ORA-28000",
    "password_expired": "ORA-28001", "inspector_password_changed": "ORA-01017", "create_session_revoked": "ORA-01045",
    "restricted_login": "ORA-01035", "listener_down": "DPY-6005",
}
_DATABASES = scenario.load("healthy").databases


def _target(name: str) -> str:
    """A database that can have the fault: not always the first, so that each release and kind takes part."""
    fitting = [key for key, spec in _DATABASES.items() if catalogue()[name].fits(spec.kinds())]
    return fitting[sum(map(ord, name)) % len(fitting)]


@pytest.mark.parametrize("name", CODES)
def test_a_database_that_cannot_be_read_gives_oracles_code(estate, name: str) -> None:
    fault, target = catalogue()[name], _target(name)
    login = {**estate.logins()[target], "connect_timeout": 2}
    with estate.fault(name, target):
        taken = snapshot(target, login)
    assert (taken["status"], taken["error"]["code"]) == ("unreadable", CODES[name])
    found = {check for check, status in firing(taken).items() if status != "unknown"}
    assert found == {fault.check}


@pytest.mark.parametrize("target", _DATABASES)
def test_after_all_of_them_the_databases_are_healthy(estate, target: str) -> None:
    assert estate.clear() == []
    taken = snapshot(target, estate.logins()[target])
    assert taken["status"] == "ok"
    assert firing(taken) == {}


def test_two_faults_on_the_same_rows_are_undone_in_any_order(estate) -> None:
    files = "select file#, bytes, status from v$datafile order by file#"
    before = estate.query("LIS", files), estate.query("LIS",
                                                      "select tablespace_name, status from dba_tablespaces order by 1")
    estate.inject("tablespace_full", "LIS")
    estate.inject("tablespace_offline", "LIS")
    estate.clear("tablespace_full", "LIS")
    assert "OFFLINE" in {row[2] for row in estate.query("LIS", files)}
    estate.clear("tablespace_offline", "LIS")
    after = estate.query("LIS", files), estate.query("LIS",
                                                     "select tablespace_name, status from dba_tablespaces order by 1")
    assert after == before


def test_a_fault_comes_once_and_fits_or_says_why_not(estate) -> None:
    with estate.fault("ora_600", "LIS"), pytest.raises(Exception, match="already in effect on LIS; clear it first"):
        estate.inject("ora_600", "LIS")
    with pytest.raises(Exception,
                       match="needs a target of kind asm"):
        estate.inject("asm_disk_offline", "LIS")
    with pytest.raises(Exception, match="There is no database 'NOPE' in this estate; it has HIS, LIS, PACS, EMR"):
        estate.inject("ora_600", "NOPE")


def test_a_statement_that_never_ends_can_be_cancelled(estate) -> None:
    with estate.fault("statement_never_ends", "LIS", view="V$SESSION"), estate.connect("LIS", "admin") as connection:
        connection.call_timeout = 700
        with connection.cursor() as cursor:
            began = time.monotonic()
            with pytest.raises(oracledb.DatabaseError, match="DPY-4024"):
                cursor.execute("select count(*) from v$session")
            assert 0.6 < time.monotonic() - began < 5
            cursor.execute("select status from v$instance")
            assert cursor.fetchone() == ("OPEN",)


def test_a_network_that_drops_loses_the_connection_in_the_fetch(estate) -> None:
    with estate.fault("network_drop_mid_fetch", "PACS", rows=7):
        connection = estate.connect("PACS", "admin")
        with connection.cursor() as cursor:
            cursor.arraysize = cursor.prefetchrows = 2
            with pytest.raises(oracledb.DatabaseError, match="DPY-4011"):
                cursor.execute("select name from v$parameter").fetchall()
        assert not connection.is_healthy()


def test_a_slow_network_makes_every_round_trip_slow(estate) -> None:
    with estate.fault("network_slow", "EMR", milliseconds=80), estate.connect("EMR", "admin") as connection:
        began = time.monotonic()
        connection.ping()
        assert time.monotonic() - began >= 0.08


def test_a_closed_listener_keeps_those_who_are_in(estate) -> None:
    with estate.connect("LIS", "admin") as connection:
        with estate.fault("listener_down", "LIS"):
            with pytest.raises(oracledb.OperationalError, match="DPY-6005"):
                estate.connect("LIS", "admin")
            connection.ping()
        estate.connect("LIS", "admin").close()
