# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""States written straight into Oracle's views by the administrator, and the finding that each must give.

Unlike faults these say nothing of a cause: they prove that a check reads the view that a DBA would look at.
"""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.medops.dbcare.plugins.module_utils.collect import collect
from ansible_collections.medops.dbcare.plugins.module_utils.login import normalise_login
from ansible_collections.medops.dbcare.plugins.plugin_utils.catalogue import load_catalogue
from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.judge import judge
from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.limits import effective_limits
from tests.integration.conftest import up

pytestmark = pytest.mark.integration

# check, status, observed, statement
STATES: list[tuple[str, str, Any, str]] = [
    ("logs.archivelog_mode", "fail", "NOARCHIVELOG", "update v$database set log_mode = 'NOARCHIVELOG'"),
    ("instance.restricted", "fail", "RESTRICTED", "update v$instance set logins = 'RESTRICTED'"),
    ("instance.process_limit", "fail", 98.8,
     "update v$resource_limit set current_utilization = 790, limit_value = '800' where resource_name = 'processes'"),
    ("instance.components", "fail", "INVALID", "update dba_registry set status = 'INVALID' where comp_id = 'XDB'"),
    ("instance.host_cpu", "warn", 95,
     "update v$sysmetric set value = 95 where metric_name = 'Host CPU Utilization (%)'"),
    ("instance.failed_jobs", "warn", 1, """
     insert into dba_scheduler_job_run_details (log_id, log_date, owner, job_name, status, error#)
     values (1, systimestamp, 'LIS_OWNER', 'JOB_NIGHT', 'FAILED', 1403)"""),
    ("storage.tablespace_free", "fail", 5,
     "update dba_tablespace_usage_metrics set used_percent = 95 where tablespace_name = 'LIS_DATA'"),
    ("storage.tablespace_offline", "fail", "OFFLINE",
     "update dba_tablespaces set status = 'OFFLINE' where tablespace_name = 'LIS_IMAGE'"),
    ("storage.fra_free", "fail", 0, "update v$recovery_file_dest set space_used = space_limit, space_reclaimable = 0"),
    ("storage.datafile_status", "fail", "RECOVER", "update v$datafile set status = 'RECOVER' where file# = 7"),
    ("storage.controlfile_copies", "fail", 1, "update v$controlfile set status = 'INVALID' where rownum = 1"),
    ("storage.file_latency", "fail", 90, "update v$filestat set singleblkrdtim = singleblkrds * 9 where file# = 4"),
    ("logs.redo_members", "fail", 1, "update v$log set members = 1 where group# = 2"),
    ("logs.redo_file_status", "fail", "INVALID", "update v$logfile set status = 'INVALID' where group# = 1"),
    ("logs.archiver", "fail", "ERROR", "update v$archive_dest set status = 'ERROR' where dest_id = 1"),
    ("logs.alert_errors", "fail", "ORA-07445", """
     insert into v$diag_alert_ext (originating_timestamp, message_text)
     values (systimestamp, 'ORA-07445: exception encountered: core dump [kdsgrp1()+100]')"""),
    ("logs.retention", "fail", 5, "delete from v$diag_alert_ext where originating_timestamp < systimestamp - 5"),
    ("sessions.in_doubt", "fail", "prepared",
     "insert into dba_2pc_pending (local_tran_id, state, fail_time) values ('1.2.3', 'prepared', sysdate)"),
    ("backup.full_age", "fail", None, "delete from v$backup_datafile"),
    ("backup.unbacked_files", "fail", "NO", "delete from v$datafile_copy"),
    ("backup.corrupt_blocks", "fail", 3, """
     insert into v$database_block_corruption (file#, block#, blocks, corruption_change#, corruption_type)
     values (5, 1234, 3, 0, 'FRACTURED')"""),
    ("backup.verified", "fail", None, "delete from v$rman_status"),
    ("backup.hot_backup_mode", "fail", 48, "update v$backup set status = 'ACTIVE', time = sysdate - 2 where file# = 5"),
    ("backup.retention_policy", "fail", 2,
     "update v$rman_configuration set value = 'TO RECOVERY WINDOW OF 2 DAYS' where name = 'RETENTION POLICY'"),
    ("security.default_passwords", "fail", "OPEN",
     "insert into dba_users_with_defpwd (username, product) values ('LIS_APP', 'demo')"),
    ("security.dba_grantees", "fail", "LIS_APP", """
     insert into dba_role_privs (grantee, granted_role, admin_option, default_role)
     values ('LIS_APP', 'DBA', 'NO', 'YES')"""),
    ("security.powerful_privileges", "fail", "LIS_IF",
     "insert into dba_sys_privs (grantee, privilege, admin_option) values ('LIS_IF', 'SELECT ANY TABLE', 'NO')"),
    ("security.sysdba_users", "fail", "LIS_APP",
     "insert into v$pwfile_users (username, sysdba, sysoper) values ('LIS_APP', 'TRUE', 'FALSE')"),
    ("security.locked_accounts", "fail", "LOCKED(TIMED)",
     "update dba_users set account_status = 'LOCKED(TIMED)' where username = 'LIS_IF'"),
]


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Findings by check of one database in which all states were made."""
    catalogue = load_catalogue()
    with up(tmp_path_factory.mktemp("by_hand"), "healthy", "--only", "LIS") as estate:
        with estate.connect("LIS", "admin") as connection, connection.cursor() as cursor:
            for _check, _status, _observed, statement in STATES:
                cursor.execute(statement)
            connection.commit()
        seen = collect("LIS", normalise_login(estate.logins()["LIS"]), catalogue.probes_of("daily"))
    assert seen["status"] == "ok"
    limits = {"LIS": effective_limits(catalogue.limits, {}, "LIS")}
    return {found["check"]: found for found in judge([seen], catalogue.checks_of("daily"), limits)}


@pytest.mark.parametrize(("check", "status", "observed"), [state[:3] for state in STATES])
def test_a_state_in_a_view_gives_its_finding(
        findings: dict[str, dict[str, Any]], check: str, status: str, observed: Any) -> None:
    found = findings[check]
    assert (found["status"], found["observed"]) == (status, observed), found


def test_nothing_that_was_left_alone_fires(findings: dict[str, dict[str, Any]]) -> None:
    touched = {check for check, _status, _observed, _statement in STATES}
    # One state shows in several checks: without backups the incremental one is missing too.
    touched |= {"backup.incremental_age", "backup.restore_tested"}
    fired = {key for key, found in findings.items() if found["status"] in ("fail", "warn", "unknown")}
    assert fired - touched == set()
