# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A primary and its physical standby: redo arrives and is applied, lags are as they should be, nobody writes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from estate.api import OraError
from estate.faults import Register
from estate.world.database import Database
from tests.support.databases import admin, connect, database, inspector, rows, value

LAG = "SELECT name, value FROM v$dataguard_stats WHERE name LIKE '%lag'"
ORDERS = "SELECT MAX(sequence#) FROM v$archived_log WHERE thread# = 1 AND applied = 'YES'"


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Database, Database]]:
    primary, standby = (database(tmp_path, name, scenario_name="standby") for name in ("HIS", "HISDG"))
    primary.peer, standby.peer = standby, primary
    yield primary, standby
    primary.close()
    standby.close()


def seconds(lag: str) -> int:
    """Seconds of '+00 01:02:03'."""
    days, time = lag[1:].split()
    hours, minutes, rest = (int(part) for part in time.split(":"))
    return int(days) * 86400 + hours * 3600 + minutes * 60 + rest


def test_who_is_what(pair: tuple[Database, Database]) -> None:
    primary, standby = pair
    query = "SELECT name, db_unique_name, database_role, open_mode FROM v$database"
    assert rows(admin(primary), query) == [("HIS", "HIS", "PRIMARY", "READ WRITE")]
    assert rows(admin(standby), query) == [("HIS", "HISDG", "PHYSICAL STANDBY", "READ ONLY WITH APPLY")]
    assert value(admin(primary), "SELECT dbid FROM v$database") == value(admin(standby), "SELECT dbid FROM v$database")
    config = "SELECT db_unique_name, parent_dbun, dest_role FROM v$dataguard_config ORDER BY 1"
    assert rows(admin(primary), config) == rows(admin(standby), config) == [
        ("HIS", None, "PRIMARY DATABASE"), ("HISDG", "HIS", "PHYSICAL STANDBY")]


def test_redo_arrives_and_is_applied_as_time_passes(pair: tuple[Database, Database]) -> None:
    primary, standby = pair
    before = value(admin(standby), ORDERS)
    for db in pair:
        db.clock.passed += 86400
        assert db.life.catch_up()
    last = value(admin(primary), "SELECT sequence# - 1 FROM v$log WHERE thread# = 1 AND status = 'CURRENT'")
    assert value(admin(standby), ORDERS) == last > before
    remote = "SELECT applied_seq#, gap_status FROM v$archive_dest_status WHERE type = 'PHYSICAL'"
    assert rows(admin(primary), remote) == [(last, "NO GAP")]
    assert value(admin(primary), ORDERS) == last
    assert [name for name, lag in rows(admin(standby), LAG) if seconds(lag) > 5] == []
    assert rows(admin(standby), "SELECT status, sequence# FROM v$managed_standby WHERE process = 'MRP0'") == [
        ("APPLYING_LOG", last + 1)]


def test_a_gap_shows_on_both_and_lags_grow_with_time(pair: tuple[Database, Database]) -> None:
    primary, standby = pair
    faults = Register(primary, primary.spec.kinds())
    before = rows(admin(standby), "SELECT thread#, sequence#, applied FROM v$archived_log ORDER BY 1, 2")
    faults.inject("standby_gap")
    thread, low, high = rows(admin(standby), "SELECT thread#, low_sequence#, high_sequence# FROM v$archive_gap")[0]
    assert value(admin(standby), ORDERS) == low - 1 and thread == 1
    assert value(admin(standby), f"SELECT COUNT(*) FROM v$archived_log WHERE thread# = 1 AND sequence# BETWEEN {low} "
                                 f"AND {high}") == 0
    assert rows(admin(standby), "SELECT status, sequence# FROM v$managed_standby WHERE process = 'MRP0'") == [
        ("WAIT_FOR_GAP", low)]
    lag = {name: seconds(text) for name, text in rows(admin(standby), LAG)}
    assert lag["apply lag"] > 86400
    for db in pair:
        db.clock.passed += 7200
    later = {name: seconds(text) for name, text in rows(admin(standby), LAG)}
    assert 7195 <= later["apply lag"] - lag["apply lag"] <= 7230
    assert value(admin(primary), "SELECT gap_status FROM v$archive_dest_status WHERE type = 'PHYSICAL'") == (
        "RESOLVABLE GAP")
    faults.clear()
    after = rows(admin(standby), "SELECT thread#, sequence#, applied FROM v$archived_log ORDER BY 1, 2")
    assert after[:10] == before[:10] and set(before) <= set(after)
    assert rows(admin(standby), "SELECT * FROM v$archive_gap") == []


def test_nobody_writes_in_a_standby(pair: tuple[Database, Database]) -> None:
    session = admin(pair[1])
    for statement in ("CREATE TABLE t (n NUMBER)", "DROP USER his_app", "GRANT DBA TO his_app"):
        with pytest.raises(OraError, match="ORA-16000: database or pluggable database open for read-only access"):
            session.execute(statement)
    reader = inspector(pair[1])
    with pytest.raises(OraError, match="ORA-16000"):
        reader.execute("DELETE FROM no_such_table")
    assert value(reader, "SELECT 1 FROM dual") == 1


def test_a_mounted_standby_lets_only_administrators_in(pair: tuple[Database, Database]) -> None:
    standby = pair[1]
    standby.set_state(1, "MOUNTED")
    with pytest.raises(OraError, match="ORA-01033"):
        inspector(standby)
    sysdba = connect(standby, "SYS", mode="SYSDBA")
    assert rows(sysdba, "SELECT open_mode, database_role FROM v$database") == [("MOUNTED", "PHYSICAL STANDBY")]
    assert value(sysdba, "SELECT COUNT(*) FROM v$managed_standby WHERE process = 'MRP0'") == 1
    standby.set_state(1, "OPEN")
    assert value(inspector(standby), "SELECT open_mode FROM v$database") == "READ ONLY WITH APPLY"


def test_a_database_without_standby_has_no_data_guard(tmp_path: Path) -> None:
    db = database(tmp_path, "LIS")
    for view in ("v$dataguard_stats", "v$managed_standby", "v$archive_gap", "v$dataguard_config", "v$standby_log"):
        assert rows(admin(db), f"SELECT * FROM {view}") == []
    db.close()
