# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tablespaces, accounts, grants, profiles, auditing, indexes, containers, the keystore."""

from __future__ import annotations

import oracledb
import pytest

from tests.integration.estate.test_admin_system import failing

pytestmark = pytest.mark.integration
GB = 1 << 30


def test_a_tablespace_from_its_making_to_its_end(lis) -> None:
    row = "select status, contents, bigfile from dba_tablespaces where tablespace_name = 'APP_NEW'"
    lis("create tablespace app_new datafile '/u02/oradata/LIS/app01.dbf' size 2g autoextend on next 1g maxsize 8g")
    assert lis(row) == [("ONLINE", "PERMANENT", "NO")]
    assert lis("select bytes, maxbytes, autoextensible from dba_data_files where tablespace_name = 'APP_NEW'") == [
        (2 * GB, 8 * GB, "YES")]
    assert lis("select round(sum(bytes) / 1048576) from dba_free_space where tablespace_name = 'APP_NEW'") == [(2047,)]
    lis("alter tablespace app_new add datafile '/u02/oradata/LIS/app02.dbf' size 1g")
    lis("alter tablespace app_new read only")
    assert lis(row)[0][0] == "READ ONLY"
    lis("alter tablespace app_new read write")
    lis("alter tablespace app_new offline")
    assert lis("select distinct online_status from dba_data_files where tablespace_name = 'APP_NEW'") == [("OFFLINE",)]
    lis("alter tablespace app_new online")
    lis("alter tablespace app_new rename to app_old")
    assert lis("select count(*) from dba_data_files where tablespace_name = 'APP_OLD'") == [(2,)]
    lis("drop tablespace app_old including contents and datafiles")
    assert lis("select count(*) from v$datafile where name like '%app0%'") == [(0,)]


def test_files_grow_and_refuse_to_shrink_below_what_is_used(lis) -> None:
    (number, name), = lis("select file_id, file_name from dba_data_files where tablespace_name = 'LIS_DATA' "
                          "order by file_id fetch first 1 row only")
    lis(f"alter database datafile {number} resize 33g")
    assert lis("select bytes from v$datafile where file# = :n", n=number) == [(33 * GB,)]
    lis(f"alter database datafile '{name}' autoextend on next 256m maxsize 40g")
    assert lis("select maxbytes, increment_by from dba_data_files where file_id = :n", n=number) == [(40 * GB, 32768)]
    assert failing(lis, f"alter database datafile {number} resize 1m").startswith("ORA-03297")


@pytest.mark.parametrize(("sql", "code"), [
    ("create tablespace lis_data datafile size 1g", "ORA-01543"),
    ("drop tablespace lis_data", "ORA-01549"),
    ("drop tablespace system", "ORA-01550"),
    ("alter tablespace nowhere offline", "ORA-00959"),
    ("alter tablespace system offline", "ORA-01541"),
    ("alter tablespace lis_data frobnicate", "ORA-02142"),
    ("alter database datafile 9999 resize 1g", "ORA-01516"),
    ("create user lis_app identified by x_1", "ORA-01920"),
    ("create user a1 identified by x_1 default tablespace nowhere", "ORA-00959"),
    ("create user a1 identified by x_1 profile nowhere", "ORA-02380"),
    ("create user a1 identified by x_1 password frob", "ORA-00922"),
    ("alter user nobody account lock", "ORA-01918"),
    ("grant create session to nobody", "ORA-01917"),
    ("grant fly to lis_app", "ORA-01919"),
    ("grant select on nowhere.nothing to lis_app", "ORA-00942"),
    ("revoke dba from lis_app", "ORA-01951"),
    ("drop role nowhere", "ORA-01919"),
    ("alter profile nowhere limit idle_time 5", "ORA-02380"),
    ("alter profile default limit laziness 5", "ORA-02376"),
    ("drop audit policy nowhere", "ORA-46357"),
    ("alter index lis_owner.nothing rebuild", "ORA-01418"),
    ("alter pluggable database p open", "ORA-65090"),
])
def test_what_cannot_be_is_oracles_error(lis, sql: str, code: str) -> None:
    assert failing(lis, sql).startswith(code)


def test_a_new_user_logs_in_with_its_password_and_sees_what_it_was_granted(changed, lis) -> None:
    lis('create user newbie identified by "First_Pass1" default tablespace lis_data quota 5g on lis_data')

    def login(password: str) -> oracledb.Connection:
        return changed.connect("LIS", user="newbie", password=password)

    with pytest.raises(oracledb.DatabaseError, match="ORA-01045"):
        login("First_Pass1")
    lis("grant create session to newbie")
    lis("grant select on sys.v_$instance to newbie")
    with login("First_Pass1") as connection, connection.cursor() as cursor:
        assert cursor.execute("select status from v$instance").fetchall() == [("OPEN",)]
        with pytest.raises(oracledb.DatabaseError, match="ORA-00942"):
            cursor.execute("select 1 from v$session")
        cursor.execute('alter user newbie identified by "Own_Change2" replace "First_Pass1"')
    with pytest.raises(oracledb.DatabaseError, match="ORA-01017"):
        login("First_Pass1")
    login("Own_Change2").close()
    lis("alter user newbie account lock")
    assert lis("select account_status from dba_users where username = 'NEWBIE'") == [("LOCKED",)]
    with pytest.raises(oracledb.DatabaseError, match="ORA-28000"):
        login("Own_Change2")
    lis("alter user newbie account unlock password expire")
    with pytest.raises(oracledb.DatabaseError, match="ORA-28001"):
        login("Own_Change2")
    lis("drop user newbie cascade")
    with pytest.raises(oracledb.DatabaseError, match="ORA-01017"):
        login("Own_Change2")


def test_rights_reach_through_roles_and_go_when_revoked(changed, lis) -> None:
    lis('create user reader identified by "Reader_1"')
    lis("create role watch")
    lis("grant create session, watch to reader")
    lis("grant select any dictionary to watch")
    with changed.connect("LIS", user="reader", password="Reader_1") as connection, connection.cursor() as cursor:
        assert cursor.execute("select count(*) from dba_users where username = 'READER'").fetchone() == (1,)
        lis("revoke select any dictionary from watch")
        with pytest.raises(oracledb.DatabaseError, match="ORA-00942"):
            cursor.execute("select count(*) from dba_users")
    assert lis("select granted_role, admin_option from dba_role_privs where grantee = 'READER'") == [("WATCH", "NO")]
    lis("drop role watch")
    lis("drop user reader")


def test_profiles(lis) -> None:
    lis("create profile strict limit failed_login_attempts 3 password_life_time 60 password_lock_time 1/24")
    assert lis("select resource_name, limit from dba_profiles where profile = 'STRICT' and limit <> 'DEFAULT' "
               "order by 1") == [
        ("FAILED_LOGIN_ATTEMPTS", "3"), ("PASSWORD_LIFE_TIME", "60"), ("PASSWORD_LOCK_TIME", ".0417")]
    lis("alter profile strict limit idle_time 30")
    assert lis("select limit from dba_profiles where profile = 'STRICT' and resource_name = 'IDLE_TIME'") == [("30",)]
    lis("alter user lis_if profile strict")
    assert failing(lis, "drop profile strict").startswith("ORA-02382")
    lis("drop profile strict cascade")
    assert lis("select profile from dba_users where username = 'LIS_IF'") == [("DEFAULT",)]


def test_unified_audit_policies(his) -> None:
    his("create audit policy watch_orders actions select on his_owner.orders, update on his_owner.orders")
    assert his("select audit_option, object_name from audit_unified_policies where policy_name = 'WATCH_ORDERS' "
               "order by 1") == [
        ("SELECT", "ORDERS"), ("UPDATE", "ORDERS")]
    his("audit policy watch_orders by his_app whenever not successful")
    assert his("select entity_name, success, failure from audit_unified_enabled_policies "
               "where policy_name = 'WATCH_ORDERS'") == [("HIS_APP", "NO", "YES")]
    assert failing(his, "drop audit policy watch_orders").startswith("ORA-46361")
    his("noaudit policy watch_orders by his_app")
    his("drop audit policy watch_orders")


def test_traditional_auditing(lis) -> None:
    lis("audit drop any table by access whenever successful")
    found = lis("select success, failure from dba_stmt_audit_opts where audit_option = 'DROP ANY TABLE'")
    assert found == [("BY ACCESS", "NOT SET")]
    lis("noaudit drop any table")
    assert lis("select count(*) from dba_stmt_audit_opts where audit_option = 'DROP ANY TABLE'") == [(0,)]


def test_indexes(lis) -> None:
    (owner, name), = lis("select owner, index_name from dba_indexes where owner = 'LIS_OWNER' and partitioned = 'NO' "
                         "and status = 'VALID' order by 2 fetch first 1 row only")
    row = f"select visibility, status from dba_indexes where owner = '{owner}' and index_name = '{name}'"
    lis(f"alter index {owner}.{name} invisible")
    lis(f"alter index {owner}.{name} unusable")
    assert lis(row) == [("INVISIBLE", "UNUSABLE")]
    lis(f"alter index {owner}.{name} rebuild online parallel 4")
    lis(f"alter index {owner}.{name} visible")
    assert lis(row) == [("VISIBLE", "VALID")]
    lis(f"alter index {owner}.{name} monitoring usage")
    assert lis("select monitoring, used from dba_object_usage where index_name = :n", n=name) == [("YES", "NO")]


def test_pluggable_databases(changed, emr) -> None:
    mode = "select open_mode from v$pdbs where name = 'EMRPDB'"
    emr("alter pluggable database emrpdb save state")
    assert emr("select state from dba_pdb_saved_states where con_name = 'EMRPDB'") == [("OPEN",)]
    emr("alter pluggable database emrpdb close immediate")
    assert emr(mode) == [("MOUNTED",)]
    assert failing(emr, "alter pluggable database emrpdb close").startswith("ORA-65020")
    emr("alter pluggable database all open read only")
    assert emr(mode) == [("READ ONLY",)]
    emr("alter pluggable database emrpdb open read write force")
    assert emr(mode) == [("READ WRITE",)]
    assert failing(emr, "alter pluggable database nope open").startswith("ORA-65011")


def test_common_users_are_in_every_container(changed, emr) -> None:
    assert failing(emr, 'create user local1 identified by "Local_1"').startswith("ORA-65096")
    emr('create user c##watch identified by "Watch_1" container=all')
    emr("grant create session, select_catalog_role to c##watch container=all")
    assert emr("select con_id, common from cdb_users where username = 'C##WATCH' order by 1") == [(1, "YES"),
                                                                                                  (3, "YES")]
    for service in ("EMR", "EMRPDB"):
        changed.connect("EMR", user="c##watch", password="Watch_1", service_name=service).close()
    emr("drop user c##watch")


def test_the_keystore(his) -> None:
    status = "select distinct status from gv$encryption_wallet"
    his('administer key management set keystore close identified by "wallet_1"')
    assert his(status) == [("CLOSED",)]
    his('administer key management set keystore open identified by "wallet_1"')
    assert his(status) == [("OPEN",)]
    assert failing(his, 'administer key management set keystore open identified by "wallet_1"').startswith("ORA-28354")
