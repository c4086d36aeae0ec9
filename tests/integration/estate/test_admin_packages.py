# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Supplied packages that change the state."""

from __future__ import annotations

import pytest

from tests.integration.estate.test_admin_system import failing

pytestmark = pytest.mark.integration


def test_gathered_statistics_are_fresh(changed, lis) -> None:
    stale = ("select count(*) from dba_tab_statistics where owner = 'LIS_OWNER' and (stale_stats = 'YES' "
             "or last_analyzed < sysdate - 100)")
    with changed.fault("stale_statistics", "LIS"):
        assert lis(stale)[0][0] > 1
        lis("begin dbms_stats.gather_schema_stats(ownname => 'LIS_OWNER', options => 'GATHER STALE'); end;")
        assert lis(stale) == [(0,)]


def test_one_table_locked_and_preferred(lis) -> None:
    lis("begin dbms_stats.gather_table_stats('LIS_OWNER', 'LAB_RESULT', cascade => true); end;")
    assert lis("select round((sysdate - last_analyzed) * 1440) from dba_tables "
               "where table_name = 'LAB_RESULT'") == [(0,)]
    lis("begin dbms_stats.lock_table_stats('LIS_OWNER', 'LAB_RESULT'); end;")
    assert failing(lis, "begin dbms_stats.gather_table_stats('LIS_OWNER', 'LAB_RESULT'); end;").startswith("ORA-20005")
    lis("begin dbms_stats.unlock_table_stats('LIS_OWNER', 'LAB_RESULT'); end;")
    lis("begin dbms_stats.set_table_prefs('LIS_OWNER', 'LAB_RESULT', 'STALE_PERCENT', '5'); end;")
    assert lis("select preference_value from dba_tab_stat_prefs where table_name = 'LAB_RESULT'") == [("5",)]


@pytest.mark.parametrize(("call", "error"), [
    ("dbms_stats.gather_table_stats('LIS_OWNER', 'NOPE')", "ORA-20000"),
    ("dbms_stats.no_such_thing(1)", "ORA-06550"),
    ("dbms_stats.gather_table_stats('LIS_OWNER')", "ORA-06550"),
    ("dbms_scheduler.drop_job('NOPE')", "ORA-27475"),
    ("dbms_workload_repository.modify_snapshot_settings(interval => 3)", "ORA-13511"),
    ("dbms_audit_mgmt.create_purge_job(51, 5000, 'X', true)", "ORA-46251"),
])
def test_what_cannot_be_is_oracles_error(lis, call: str, error: str) -> None:
    assert failing(lis, f"begin {call}; end;").startswith(error)


def test_a_job_from_its_making_to_its_end(lis) -> None:
    row = "select enabled, state, run_count from dba_scheduler_jobs where job_name = 'NIGHTLY'"
    lis("begin dbms_scheduler.create_job(job_name => 'NIGHTLY', job_type => 'PLSQL_BLOCK', "
        "job_action => 'begin null; end;', repeat_interval => 'FREQ=DAILY;BYHOUR=2', enabled => true); end;")
    assert lis(row) == [("TRUE", "SCHEDULED", 0)]
    lis("begin dbms_scheduler.run_job('NIGHTLY'); end;")
    assert lis("select status from dba_scheduler_job_run_details where job_name = 'NIGHTLY'") == [("SUCCEEDED",)]
    lis("begin dbms_scheduler.disable('NIGHTLY'); end;")
    assert lis(row) == [("FALSE", "DISABLED", 1)]
    lis("begin dbms_scheduler.drop_job('NIGHTLY'); end;")
    assert lis(row) == []


def test_snapshots_and_their_settings(lis) -> None:
    (before,), = lis("select max(snap_id) from dba_hist_snapshot")
    lis("begin dbms_workload_repository.create_snapshot; end;")
    assert lis("select max(snap_id) from dba_hist_snapshot") == [(before + 1,)]
    assert lis("select count(*) from dba_hist_sysstat where snap_id = :n and stat_name = 'user commits'",
               n=before + 1) == [(1,)]
    assert lis("select count(*) from dba_hist_snapshot a join dba_hist_snapshot b on b.snap_id = a.snap_id + 1 "
               "where b.begin_interval_time <> a.end_interval_time") == [(0,)]
    lis("begin dbms_workload_repository.modify_snapshot_settings(retention => 43200, interval => 30); end;")
    assert lis("select extract(day from retention), extract(minute from snap_interval) "
               "from dba_hist_wr_control") == [(30, 30)]


def test_the_audit_trail_is_cleaned_up_to_what_was_archived(changed, his) -> None:
    with changed.fault("login_attack", "HIS"):
        attempts = "select count(*) from unified_audit_trail where userhost = 'kali-7f3'"
        assert his(attempts) == [(160,)]
        his("begin dbms_audit_mgmt.set_last_archive_timestamp(51, systimestamp); end;")
        his("begin dbms_audit_mgmt.clean_audit_trail(51, true); end;")
        assert his(attempts) == [(0,)]
    his("begin dbms_audit_mgmt.create_purge_job(51, 24, 'PURGE_UNIFIED', true); end;")
    assert his("select job_status, job_frequency from dba_audit_mgmt_cleanup_jobs") == [("ENABLED",
                                                                                         "FREQ=HOURLY;INTERVAL=24")]
    his("begin dbms_audit_mgmt.drop_purge_job('PURGE_UNIFIED'); end;")


def test_what_a_session_says_of_itself(lis) -> None:
    lis("begin dbms_application_info.set_module('INSPECT', 'step 1'); dbms_session.set_identifier('nurse-7'); end;")
    assert lis("select module, action, client_identifier from v$session where sid = sys_context('userenv', 'sid')") == [
        ("INSPECT", "step 1", "nurse-7")]


def test_a_line_for_the_alert_log(lis) -> None:
    lis("begin sys.dbms_system.ksdwrt(2, 'ORA-00600: only a drill'); end;")
    assert lis("select count(*) from v$diag_alert_ext where message_text like 'ORA-00600: only a drill%'") == [(1,)]
