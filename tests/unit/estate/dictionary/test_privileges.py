# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A user sees what it was granted, nothing else."""

from __future__ import annotations

import pytest

from estate.api import OraError
from estate.world.database import Database
from tests.support.databases import admin, connect, database, inspector, rows, value


def grant(db: Database, table: str, **row: object) -> None:
    db.store.insert(table, {"COMMON": "NO", "INHERITED": "NO", "CON_ID": db.spec.root, **row})


def grant_object(db: Database, grantee: str, name: str, privilege: str = "SELECT") -> None:
    db.store.insert("CDB_TAB_PRIVS", {"GRANTEE": grantee, "OWNER": "SYS", "TABLE_NAME": name, "GRANTOR": "SYS",
                                      "PRIVILEGE": privilege, "CON_ID": db.spec.root})


@pytest.fixture(scope="module")
def lis(tmp_path_factory: pytest.TempPathFactory) -> Database:
    return database(tmp_path_factory.mktemp("privileges"), "LIS")


def refused(db: Database, user: str, view: str) -> bool:
    try:
        connect(db, user).execute(f"SELECT 1 FROM {view} WHERE ROWNUM = 1")
    except OraError as error:
        assert error.code == 942
        return True
    return False


def test_an_application_account_sees_only_what_is_public(lis: Database) -> None:
    assert refused(lis, "LIS_APP", "v$session") and refused(lis, "LIS_APP", "dba_users") and refused(lis, "LIS_APP",
                                                                                                     "sys.user$")
    assert not refused(lis, "LIS_APP", "all_users") and not refused(lis, "LIS_APP",
                                                                    "v$version") and not refused(lis, "LIS_APP",
                                                                                                 "session_privs")


def test_object_grants_are_on_the_view_below_the_synonym(lis: Database) -> None:
    grant_object(lis, "LIS_APP", "V_$LICENSE")
    assert not refused(lis, "LIS_APP", "v$license") and not refused(lis, "LIS_APP", "sys.v_$license")
    assert refused(lis, "LIS_APP", "gv$license")


def test_grants_through_roles_of_roles_hold_from_the_next_login(lis: Database) -> None:
    before = connect(lis, "LIS_IF")
    grant(lis, "CDB_ROLES", ROLE="MONITOR")
    grant(lis, "CDB_ROLE_PRIVS", GRANTEE="LIS_APP_ROLE", GRANTED_ROLE="MONITOR", DEFAULT_ROLE="YES")
    grant_object(lis, "MONITOR", "V_$LATCH", "READ")
    with pytest.raises(OraError, match="ORA-00942"):
        before.execute("SELECT * FROM v$latch")
    assert rows(connect(lis, "LIS_IF"), "SELECT COUNT(*) FROM v$latch") == [(15,)]


def test_select_catalog_role_and_select_any_dictionary(lis: Database) -> None:
    for user in ("LIHONG_DBA",):
        assert not refused(lis, user, "dba_users") and not refused(lis, user, "v$session")
    lis.store.insert("CDB_SYS_PRIVS", {"GRANTEE": "LIS_IF", "PRIVILEGE": "SELECT ANY DICTIONARY", "CON_ID": 0})
    assert not refused(lis, "LIS_IF", "dba_segments") and not refused(lis, "LIS_IF", "v$sgastat")
    assert refused(lis, "LIS_IF", "sys.user$"), "not covered since 12c"


def test_the_inspector_has_least_privilege(lis: Database) -> None:
    session = inspector(lis)
    assert rows(session, "SELECT privilege FROM session_privs") == [("CREATE SESSION",)]
    assert value(session, "SELECT COUNT(*) FROM dba_users") == 41
    for view in ("dba_segments", "v$sql", "dba_source", "v$session_wait"):
        with pytest.raises(OraError, match="ORA-00942"):
            session.execute(f"SELECT * FROM {view}")
    with pytest.raises(OraError, match="ORA-01031"):
        session.execute("UPDATE dba_users SET account_status = 'LOCKED'")


def test_a_revoked_grant_is_gone_at_once(lis: Database) -> None:
    session = inspector(lis)
    assert rows(session, "SELECT COUNT(*) FROM v$pwfile_users") == [(2,)]
    lis.store.execute("DELETE FROM CDB_TAB_PRIVS WHERE GRANTEE = 'DBCARE' AND TABLE_NAME = 'V_$PWFILE_USERS'")
    with pytest.raises(OraError, match="ORA-00942"):
        session.execute("SELECT COUNT(*) FROM v$pwfile_users")
    grant_object(lis, "DBCARE", "V_$PWFILE_USERS")
    assert rows(session, "SELECT COUNT(*) FROM v$pwfile_users") == [(2,)]


def test_all_user_and_dba_views_differ(lis: Database) -> None:
    everything = value(admin(lis), "SELECT COUNT(*) FROM dba_tables")
    assert value(admin(lis), "SELECT COUNT(*) FROM user_tables") == 0
    assert value(connect(lis, "LIS_APP"), "SELECT COUNT(*) FROM user_tables") == 0
    assert value(connect(lis, "LIS_APP"),
                 "SELECT COUNT(*) FROM all_tables WHERE owner = 'LIS_OWNER'") == everything == 8
    assert value(inspector(lis),
                 "SELECT COUNT(*) FROM all_tables") == 0, "the inspector may read no table of the applications"


def test_containers_that_a_common_user_sees(databases: dict[str, Database],
                                            tmp_path_factory: pytest.TempPathFactory) -> None:
    db = database(tmp_path_factory.mktemp("containers"), "EMR")
    root = inspector(db)
    assert rows(root, "SELECT con_id FROM cdb_users WHERE username = 'C##DBCARE' ORDER BY con_id") == [(1,), (3,)]
    assert value(root, "SELECT COUNT(DISTINCT username) FROM dba_users WHERE username = 'EMR_OWNER'") == 0
    assert rows(root, "SELECT name FROM v$containers ORDER BY con_id") == [("CDB$ROOT",), ("EMRPDB",)]
    inside = connect(db, "EMR_APP", "EMRPDB")
    assert rows(inside, "SELECT sys_context('USERENV', 'CON_NAME') FROM dual") == [("EMRPDB",)]
    db.store.execute("DELETE FROM CDB_CONTAINER_DATA WHERE USERNAME = 'C##DBCARE'")
    assert rows(root, "SELECT con_id FROM cdb_users WHERE username = 'C##DBCARE'") == [(1,)]
    db.close()


def test_set_container_moves_the_dictionary(databases: dict[str, Database]) -> None:
    session = admin(databases["EMR"])
    assert value(session, "SELECT COUNT(*) FROM dba_tablespaces WHERE tablespace_name = 'EMR_DATA'") == 0
    session.execute("ALTER SESSION SET CONTAINER = EMRPDB")
    assert value(session, "SELECT COUNT(*) FROM dba_tablespaces WHERE tablespace_name = 'EMR_DATA'") == 1
    assert rows(session, "SELECT DISTINCT con_id FROM cdb_tablespaces") == [(3,)]
    with pytest.raises(OraError, match="ORA-65011"):
        session.execute("ALTER SESSION SET CONTAINER = NOPDB")


def test_release_23_names_the_missing_table(databases: dict[str, Database]) -> None:
    with pytest.raises(OraError, match=r'ORA-00942: table or view "C##DBCARE"\."NO_SUCH" does not exist'):
        inspector(databases["EMR"]).execute("SELECT * FROM no_such")
