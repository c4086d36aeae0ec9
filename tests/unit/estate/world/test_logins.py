# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who gets in, and what the others are told."""

from __future__ import annotations

import hashlib
import time

import pytest

from estate.api import OraError, Refused
from estate.world.database import Database
from tests.support.databases import admin, connect, inspector, request, rows, value


def told(db: Database, user: str, **how: object) -> int:
    """The ORA- number that a login ends with; 0 when it succeeds."""
    try:
        connect(db, user, **how).close()  # type: ignore[arg-type]
    except OraError as error:
        return error.code
    return 0


def refused(db: Database, **changes: object) -> int:
    with pytest.raises(Refused) as caught:
        db.admit(request(db, **changes))  # type: ignore[arg-type]
    return caught.value.code


def test_verifier_proves_the_password_of_the_status(databases: dict[str, Database]) -> None:
    db = databases["LIS"]
    found = db.verifier(request(db), "dbcare")
    assert found is not None
    assert found.pbkdf2_key == hashlib.pbkdf2_hmac("sha512", db.spec.inspector["password"].encode(),
                                                   found.salt + b"AUTH_PBKDF2_SPEEDY_KEY", 4096, 64)
    assert db.verifier(request(db), "nobody") is None


def test_states_of_accounts(lis: Database) -> None:
    assert told(lis, "nobody") == 1017
    assert told(lis, "DBCARE", proved=False) == 1017
    assert told(lis, "LIS_OWNER") == 28000
    lis.store.execute("UPDATE CDB_USERS SET ACCOUNT_STATUS = 'EXPIRED' WHERE USERNAME = 'LIS_APP'")
    assert told(lis, "LIS_APP") == 28001
    assert told(lis, "LIS_APP", new_password="Fresh-Start-1") == 0
    assert lis.store.value("SELECT ACCOUNT_STATUS FROM CDB_USERS WHERE USERNAME = 'LIS_APP'") == "OPEN"
    lis.store.execute("DELETE FROM CDB_ROLE_PRIVS WHERE GRANTEE = 'LIS_IF'")
    lis.store.execute("DELETE FROM CDB_SYS_PRIVS WHERE GRANTEE = 'LIS_IF'")
    assert told(lis, "LIS_IF") == 1045


def test_days_of_grace_come_with_a_warning(lis: Database) -> None:
    lis.store.execute("UPDATE CDB_USERS SET ACCOUNT_STATUS = 'EXPIRED(GRACE)', EXPIRY_DATE = datetime(est_now() + 3.5 "
                      "* 86400, 'unixepoch', '+8 hours') WHERE USERNAME = 'LIS_APP'")
    warning = connect(lis, "LIS_APP").warning
    assert warning is not None and (warning.code, warning.message) == (28002, "the password will expire within 3 days")


def test_wrong_passwords_lock_the_account(lis: Database) -> None:
    assert [told(lis, "LIS_IF", proved=False) for _ in range(10)] == [1017] * 10
    assert told(lis, "LIS_IF") == 28000
    assert lis.store.value("SELECT ACCOUNT_STATUS FROM CDB_USERS WHERE USERNAME = 'LIS_IF'") == "LOCKED(TIMED)"


def test_services_and_instances(his: Database) -> None:
    assert refused(his, service="NOPE") == 12514
    assert refused(his, service_name=None, sid="NOPE") == 12505
    assert refused(his, instance_name="HIS9") == 12521
    one = his.instances[1]
    assert rows(connect(his, "DBCARE", local_port=one.port), "SELECT instance_name FROM v$instance") == [("HIS1",)]
    assert {value(inspector(his), "SELECT instance_name FROM v$instance") for _ in range(4)} == {"HIS1", "HIS2"}


def test_stages_of_start_up(lis: Database) -> None:
    session = inspector(lis)
    lis.set_state(1, "MOUNTED")
    with pytest.raises(OraError, match="ORA-03113"):
        session.execute("SELECT 1 FROM dual")
    assert told(lis, "DBCARE") == 1033
    assert value(connect(lis, "SYS", mode="SYSDBA"), "SELECT open_mode FROM v$database") == "MOUNTED"
    lis.set_state(1, "STARTED")
    assert refused(lis) == 12528
    lis.set_state(1, "DOWN")
    assert refused(lis) == 12514
    lis.set_state(1, "OPEN")
    assert value(inspector(lis), "SELECT open_mode FROM v$database") == "READ WRITE"
    assert value(inspector(lis), "SELECT ROUND((SYSDATE - startup_time) * 24) FROM v$instance") == 0


def test_a_lost_node_leaves_the_service_up(his: Database) -> None:
    his.set_state(2, "DOWN")
    assert rows(inspector(his), "SELECT inst_id FROM gv$instance") == [(1,)]
    assert value(inspector(his), "SELECT COUNT(DISTINCT inst_id) FROM gv$session") == 1
    assert rows(inspector(his), "SELECT thread#, status FROM v$thread ORDER BY 1") == [(1, "OPEN"), (2, "CLOSED")]
    with pytest.raises(Refused):
        his.admit(request(his, local_port=his.instances[2].port))


def test_restricted_logins(lis: Database) -> None:
    lis.store.execute("UPDATE _INSTANCE SET LOGINS = 'RESTRICTED'")
    assert told(lis, "DBCARE") == 1035
    assert told(lis, lis.spec.admin["user"]) == 0


def test_no_process_is_left(lis: Database) -> None:
    used = lis.store.value("SELECT count(*) FROM GV$PROCESS")
    lis.store.execute('UPDATE "GV$SYSTEM_PARAMETER" SET VALUE = ? WHERE NAME = \'processes\'', used + 1)
    last = inspector(lis)
    assert refused(lis) == 12516
    last.close()
    assert told(lis, "DBCARE") == 0


def test_a_closed_pluggable_database(emr: Database) -> None:
    emr.store.execute("UPDATE _CONTAINER SET OPEN_MODE = 'MOUNTED' WHERE CON_ID = 3")
    assert told(emr, "EMR_APP", service="EMRPDB") == 1033
    assert rows(inspector(emr), "SELECT open_mode FROM gv$pdbs") == [("MOUNTED",)]
    assert rows(inspector(emr), "SELECT DISTINCT con_id FROM cdb_users") == [(1,)], "a closed container shows nothing"


def test_sysdba_needs_the_password_file(lis: Database) -> None:
    assert told(lis, "DBCARE", mode="SYSDBA") == 1017
    assert value(connect(lis, "SYS", mode="SYSDBA"), "SELECT USER FROM dual") == "SYS"


def test_a_session_is_seen_as_it_is(lis: Database) -> None:
    watcher, seen = admin(lis), connect(lis, "LIS_APP")
    seen.set_attributes(module="RESULT", action="release", client_identifier="nurse7")
    seen.execute("SELECT 1 FROM dual")
    query = ("SELECT status, program, machine, osuser, module, action, client_identifier, type, service_name "
             f"FROM v$session WHERE sid = {seen.sid} AND serial# = {seen.serial}")
    assert rows(watcher, query) == [("INACTIVE", "pytest", "test-host", "tester", "RESULT", "release", "nurse7",
                                     "USER", "LIS")]
    assert rows(watcher,
                f"SELECT p.pname FROM v$process p JOIN v$session s ON s.paddr = p.addr WHERE s.sid = {seen.sid}") == [(
                    None,)]
    assert lis.kill(1, seen.sid, seen.serial)
    with pytest.raises(OraError, match="ORA-00028"):
        seen.execute("SELECT 1 FROM dual")
    assert rows(watcher, query) == []


def test_alter_session(lis: Database) -> None:
    session = admin(lis)
    session.execute("ALTER SESSION SET NLS_DATE_FORMAT = 'YYYY/MM/DD' NLS_SORT = BINARY")
    assert rows(session,
                "SELECT value FROM nls_session_parameters WHERE parameter = 'NLS_DATE_FORMAT'") == [("YYYY/MM/DD",)]
    assert rows(session, "SELECT TO_CHAR(DATE '2024-02-29') FROM dual") == [("2024/02/29",)]
    session.execute("ALTER SESSION SET CURRENT_SCHEMA = LIS_OWNER")
    assert rows(session, "SELECT sys_context('USERENV', 'CURRENT_SCHEMA') FROM dual") == [("LIS_OWNER",)]
    for statement, code in (("ALTER SESSION SET no_such = 1", 2248), ("ALTER SESSION SET processes = 9", 2096),
                            ("ALTER SESSION SET CURRENT_SCHEMA = NOBODY", 1435),
                            ("ALTER SESSION SET CONTAINER = X", 65090), ("SET ROLE NOBODY", 1924)):
        with pytest.raises(OraError) as caught:
            session.execute(statement)
        assert caught.value.code == code


def test_a_refused_login_is_audited(lis: Database) -> None:
    assert told(lis, "LIS_APP", proved=False) == 1017
    query = ("SELECT dbusername, return_code, userhost FROM unified_audit_trail "
             "WHERE return_code > 0 AND event_timestamp > SYSTIMESTAMP - INTERVAL '1' MINUTE")
    assert rows(admin(lis), query) == [("LIS_APP", 1017, "test-host")]
    query = "SELECT username, returncode FROM dba_audit_session WHERE timestamp > SYSDATE - 1/1440"
    assert rows(admin(lis), query) == [("LIS_APP", 1017)]


def test_a_failed_login_does_not_wait_for_a_transaction(lis: Database) -> None:
    busy = admin(lis)
    busy.execute("UPDATE dba_users SET profile = 'DEFAULT' WHERE username = 'LIS_IF'")
    started = time.monotonic()
    assert told(lis, "LIS_APP", proved=False) == 1017
    assert told(lis, "LIS_APP") == 0
    assert time.monotonic() - started < 3
