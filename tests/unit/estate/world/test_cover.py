# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The administrator's DML on any view: what is written is what is read, and a rollback undoes it."""

from __future__ import annotations

from estate.world.database import Database
from tests.support.databases import admin, inspector, rows, value


def test_a_primary_view_is_changed_in_place(lis: Database) -> None:
    session = admin(lis)
    session.execute("UPDATE dba_users SET account_status = 'LOCKED' WHERE username = 'LIS_APP'")
    session.commit()
    assert rows(inspector(lis), "SELECT account_status FROM cdb_users WHERE username = 'LIS_APP'") == [("LOCKED",)]
    assert lis.store.covered() == []


def test_a_derived_view_is_laid_over(lis: Database) -> None:
    session = admin(lis)
    before = value(session, "SELECT COUNT(*) FROM v$log")
    session.execute("UPDATE v$log SET members = 1 WHERE group# = 2")
    session.commit()
    assert rows(inspector(lis), "SELECT members FROM v$log WHERE group# = 2") == [(1,)]
    assert value(inspector(lis), "SELECT COUNT(*) FROM v$log") == before
    assert lis.store.covered() == ["V$LOG"]
    lis.store.uncover("V$LOG")
    assert rows(inspector(lis), "SELECT members FROM v$log WHERE group# = 2") == [(2,)]


def test_views_over_a_laid_over_one_follow(lis: Database) -> None:
    session = admin(lis)
    session.execute("UPDATE dba_free_space SET bytes = 65536, blocks = 8 WHERE tablespace_name = 'LIS_DATA'")
    session.commit()
    assert value(session,
                 "SELECT ROUND(used_percent) FROM dba_tablespace_usage_metrics WHERE tablespace_name = 'LIS_DATA'") > 90


def test_a_rollback_gives_the_view_back(lis: Database) -> None:
    session = admin(lis)
    session.execute("UPDATE dba_users SET profile = 'DEFAULT' WHERE username = 'LIS_APP'")
    session.execute("DELETE FROM v$asm_diskgroup")
    session.execute("UPDATE v$database SET open_mode = 'READ ONLY'")
    assert rows(session, "SELECT open_mode FROM v$database") == [("READ ONLY",)]
    session.rollback()
    assert rows(session, "SELECT open_mode FROM v$database") == [("READ WRITE",)]
    assert lis.store.covered() == []


def test_rows_in_a_view_that_had_none(emr: Database) -> None:
    session = admin(emr)
    session.execute("INSERT INTO dba_2pc_pending (local_tran_id, global_tran_id, state, fail_time) VALUES "
                    "('7.12.345', 'HIS.7.12.345', 'prepared', SYSDATE)")
    session.commit()
    assert rows(inspector(emr), "SELECT con_id, local_tran_id, state FROM cdb_2pc_pending") == [(1, "7.12.345",
                                                                                                 "prepared")]


def test_sessions_written_by_hand_stand_beside_real_ones(lis: Database) -> None:
    session = admin(lis)
    session.execute("INSERT INTO v$session (sid, serial#, username, status, type, last_call_et) VALUES (999, 1, "
                    "'GHOST', 'KILLED', 'USER', 99999)")
    session.commit()
    assert rows(inspector(lis),
                "SELECT inst_id, status, last_call_et FROM gv$session WHERE username = 'GHOST'") == [(1, "KILLED",
                                                                                                      99999)]
    assert value(inspector(lis), "SELECT COUNT(*) FROM gv$session WHERE username = 'DBCARE'") > 0
