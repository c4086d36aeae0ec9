# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ALTER SYSTEM and ALTER DATABASE change what the views show."""

from __future__ import annotations

import oracledb
import pytest

from tests.integration.estate.conftest import runner

pytestmark = pytest.mark.integration


def failing(run, sql: str) -> str:
    """The first line of the error that a statement gives."""
    with pytest.raises(oracledb.DatabaseError) as caught:
        run(sql)
    return str(caught.value).split("\n", maxsplit=1)[0]


def test_a_parameter_in_memory_and_in_the_file(lis) -> None:
    lis("alter system set open_cursors = 777 comment='more cursors' scope=both")
    assert lis("select value, display_value, ismodified, isdefault from v$system_parameter "
               "where name = 'open_cursors'") == [
        ("777", "777", "MODIFIED", "FALSE")]
    assert lis("select value, update_comment, isspecified from v$spparameter where name = 'open_cursors'") == [
        ("777", "more cursors", "TRUE")]
    lis("alter system set open_cursors = 778 scope=memory")
    assert lis("select value from v$parameter where name = 'open_cursors'") == [("778",)]
    assert lis("select value from v$spparameter where name = 'open_cursors'") == [("777",)]
    lis("alter system reset open_cursors scope=spfile")
    assert lis("select value, isspecified from v$spparameter where name = 'open_cursors'") == [(None, "FALSE")]


def test_a_parameter_of_one_instance_only(his) -> None:
    his("alter system set resource_manager_plan = 'DAY_PLAN' scope=memory sid='HIS2'")
    assert his("select inst_id, value from gv$parameter where name = 'resource_manager_plan' "
               "and value = 'DAY_PLAN'") == [
        (2, "DAY_PLAN")]


@pytest.mark.parametrize(("sql", "error"), [
    ("alter system set processes = 3000", "ORA-02095: specified initialization parameter cannot be modified"),
    ("alter system set no_such_thing = 1", "ORA-02065: illegal option for ALTER SYSTEM"),
    ("alter system set open_cursors = many", "ORA-02017: integer value required"),
    ("alter system set cursor_sharing = MAYBE",
     "ORA-00096: invalid value MAYBE for parameter cursor_sharing, must be from among FORCE, EXACT"),
    ("alter system do something", "ORA-02065: illegal option for ALTER SYSTEM"),
    ("alter system kill session 'me'", "ORA-00026: missing or invalid session ID"),
    ("alter system kill session '31999,1'", "ORA-00030: User session ID does not exist."),
    ("alter system checkpoint now", "ORA-00933: SQL command not properly ended"),
    ("alter database open", "ORA-01531: a database already open by the instance"),
    ("alter database archivelog", "ORA-01126: database must be mounted in this instance and not open in any instance"),
    ("alter database drop logfile group 77", "ORA-01514: error in log specification: no such log"),
])
def test_what_cannot_be_is_oracles_error(lis, sql: str, error: str) -> None:
    assert failing(lis, sql) == error


def test_a_log_switch_moves_on_and_is_archived(his) -> None:
    current = "select group#, sequence# from v$log where thread# = 1 and status = 'CURRENT'"
    (group, sequence), = his(current)
    his("alter system switch logfile")
    (now, after), = his(current)
    assert (now != group, after) == (True, sequence + 1)
    assert his("select archived, deleted from v$archived_log where thread# = 1 and sequence# = :s and dest_id = 1",
               s=sequence) == [("YES", "NO")]
    assert his("select status, archived from v$log where group# = :g", g=group) == [("ACTIVE", "YES")]
    his("alter system checkpoint")
    assert his("select status from v$log where group# = :g", g=group) == [("INACTIVE",)]


def test_archive_log_current_switches_every_thread(his) -> None:
    current = "select thread#, sequence# from v$log where status = 'CURRENT' order by thread#"
    before = his(current)
    his("alter system archive log current")
    assert his(current) == [(thread, sequence + 1) for thread, sequence in before]


def test_redo_groups_come_and_go(lis) -> None:
    lis("alter database add logfile group 9 ('/u02/oradata/LIS/redo09a.log', '/u03/oradata/LIS/redo09b.log') size 1g")
    assert lis("select members, bytes, status from v$log where group# = 9") == [(2, 1073741824, "UNUSED")]
    lis("alter database drop logfile group 9")
    assert lis("select count(*) from v$logfile where group# = 9") == [(0,)]
    (current,), = lis("select group# from v$log where status = 'CURRENT'")
    assert failing(lis, f"alter database drop logfile group {current}").startswith(
        f"ORA-01623: log {current} is current log for instance")


def test_a_killed_session_is_told_at_its_next_call(changed, lis) -> None:
    with changed.connect("LIS", "admin") as victim, victim.cursor() as cursor:
        cursor.execute("select sid, serial# from v$session where sid = sys_context('userenv', 'sid')")
        sid, serial = cursor.fetchone()
        lis(f"alter system kill session '{sid},{serial}' immediate")
        assert lis("select count(*) from v$session where sid = :s and serial# = :n", s=sid, n=serial) == [(0,)]
        with pytest.raises(oracledb.DatabaseError, match=r"DPY-4011|ORA-00028"):
            cursor.execute("select 1 from dual")


def test_killing_a_blocker_frees_those_who_wait(changed, lis) -> None:
    with changed.fault("blocking_chain", "LIS", waiters=2):
        waiting = "select count(*) from v$session where blocking_session is not null"
        assert lis(waiting) == [(2,)]
        (sid, serial), = lis("select sid, serial# from v$session where sid in (select blocking_session from v$session)")
        lis(f"alter system kill session '{sid},{serial}'")
        assert lis(waiting) == [(0,)]
        assert lis("select count(*) from v$lock where type = 'TX' and request > 0") == [(0,)]


def test_restricted_mode_keeps_others_out(changed, lis) -> None:
    lis("alter system enable restricted session")
    try:
        assert lis("select logins from v$instance") == [("RESTRICTED",)]
        with pytest.raises(oracledb.DatabaseError, match="ORA-01035"):
            changed.connect("LIS")
    finally:
        lis("alter system disable restricted session")
    changed.connect("LIS").close()


def test_force_logging_and_flashback(lis) -> None:
    lis("alter database no force logging")
    assert lis("select force_logging from v$database") == [("NO",)]
    assert failing(lis, "alter database no force logging") == "ORA-12921: database is not in force logging mode"
    lis("alter database force logging")
    lis("alter database flashback on")
    assert lis("select flashback_on from v$database") == [("YES",)]
    lis("alter database flashback off")


def test_hot_backup_mode(lis) -> None:
    lis("alter database begin backup")
    assert lis("select distinct status from v$backup") == [("ACTIVE",)]
    lis("alter database end backup")
    assert lis("select distinct status from v$backup") == [("NOT ACTIVE",)]
    assert failing(lis, "alter database end backup").startswith("ORA-01142")


def test_restore_points(changed, his) -> None:
    assert failing(his, "create restore point x guarantee flashback database") == "ORA-01031: insufficient privileges"
    with changed.connect("HIS", "sys") as connection:
        _guaranteed(runner(connection))


def _guaranteed(his) -> None:
    his("create restore point before_patch guarantee flashback database")
    assert his("select guarantee_flashback_database, preserved from v$restore_point where name = 'BEFORE_PATCH'") == [
        ("YES", "YES")]
    assert failing(his,
                   "create restore point before_patch") == "ORA-38778: Restore point 'BEFORE_PATCH' already exists."
    his("drop restore point before_patch")
    assert his("select count(*) from v$restore_point") == [(0,)]


def test_block_change_tracking(his) -> None:
    (former,), = his("select filename from v$block_change_tracking")
    his("alter database disable block change tracking")
    assert his("select status from v$block_change_tracking") == [("DISABLED",)]
    his("alter database enable block change tracking using file '+DATA/HIS/bct.ctf'")
    assert his("select status, filename from v$block_change_tracking") == [("ENABLED", "+DATA/HIS/bct.ctf")]
    assert failing(his, "alter database enable block change tracking").startswith("ORA-19760")
    assert former != "+DATA/HIS/bct.ctf"


def test_an_inspector_may_change_nothing(changed) -> None:
    with changed.connect("HIS") as connection, connection.cursor() as cursor:
        for sql in ("alter system switch logfile", "alter database force logging", "create user x identified by y_1",
                    "grant dba to dbcare", "create tablespace t", "alter profile default limit sessions_per_user 1",
                    "audit create session", "create restore point x", "drop user his_app"):
            with pytest.raises(oracledb.DatabaseError, match=r"ORA-01031|ORA-01932"):
                cursor.execute(sql)


def test_the_alert_log_keeps_what_was_done(lis) -> None:
    lis("alter system set open_cursors = 555 scope=memory")
    assert lis("select count(*) from v$diag_alert_ext "
               "where message_text like 'ALTER SYSTEM SET open_cursors=555%'") == [(1,)]
