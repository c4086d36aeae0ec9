# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults of accounts, privileges, encryption, auditing."""

from __future__ import annotations

from estate.admin import passwords
from estate.faults.base import fault
from estate.faults.common_rows import application
from estate.faults.edit import Edit
from estate.faults.storage import application_tablespace


def _application_user(edit: Edit) -> str:
    return str(application(edit)["USERNAME"])


def _new_user(edit: Edit, name: str, password: str, con_id: int) -> None:
    like = edit.rows("CDB_USERS", "USERNAME = ? AND CON_ID = ?", _application_user(edit), con_id)[0]
    number = int(edit.value("SELECT max(USER_ID) FROM {CDB_USERS} WHERE CON_ID = ? AND USER_ID < 2000000", con_id)) + 1
    edit.insert("CDB_USERS", {**like, "USERNAME": name, "USER_ID": number, "CREATED": edit.local(86400),
                              "ACCOUNT_STATUS": "OPEN",
                              "LOCK_DATE": None, "EXPIRY_DATE": None, "COMMON": "NO", "ORACLE_MAINTAINED": "N"})
    passwords.store(edit, name, password, [con_id])
    edit.update("_ACCOUNT", {"_DEFAULT": 1}, "USERNAME = ? AND CON_ID = ?", name, con_id)


@fault("security.default_passwords", zh="示例账号 SCOTT 以默认口令开放")
def default_password(edit: Edit) -> None:
    """The sample account SCOTT is open with its default password."""
    con_id = edit.container()
    if edit.rows("CDB_USERS", "USERNAME = 'SCOTT' AND CON_ID = ?", con_id):
        edit.update("CDB_USERS", {"ACCOUNT_STATUS": "OPEN", "LOCK_DATE": None}, "USERNAME = 'SCOTT' AND CON_ID = ?",
                    con_id)
        edit.update("_ACCOUNT", {"_DEFAULT": 1}, "USERNAME = 'SCOTT' AND CON_ID = ?", con_id)
    else:
        _new_user(edit, "SCOTT", "tiger", con_id)


def _grant(edit: Edit, table: str, column: str, what: str) -> None:
    edit.insert(table, {"GRANTEE": _application_user(edit), column: what, "ADMIN_OPTION": "NO", "DELEGATE_OPTION": "NO",
                        "DEFAULT_ROLE": "YES", "COMMON": "NO", "INHERITED": "NO", "CON_ID": edit.container()})


@fault("security.dba_grantees",
       zh="业务账号被授予 DBA 角色")
def dba_granted(edit: Edit) -> None:
    """An application's account has been granted DBA."""
    _grant(edit, "CDB_ROLE_PRIVS", "GRANTED_ROLE", "DBA")


@fault("security.powerful_privileges", zh="业务账号被授予 ANY 类高危系统权限")
def any_privilege_granted(edit: Edit) -> None:
    """An application's account has been granted ANY privileges."""
    for privilege in ("DROP ANY TABLE", "ALTER ANY TABLE", "EXECUTE ANY PROCEDURE"):
        _grant(edit, "CDB_SYS_PRIVS", "PRIVILEGE", privilege)


@fault("security.sysdba_users", zh="业务账号被授予 SYSDBA")
def sysdba_granted(edit: Edit) -> None:
    """An application's account has been granted SYSDBA."""
    like = (edit.rows("V$PWFILE_USERS", "USERNAME = 'SYS' LIMIT 1") or [{}])[0]
    row = {**like, "USERNAME": _application_user(edit), "SYSDBA": "TRUE", "SYSOPER": "FALSE",
           "CON_ID": edit.container(), "COMMON": "NO"}
    row.pop("INST_ID", None)
    edit.insert_everywhere("V$PWFILE_USERS", row)


@fault("security.encryption_wallet", zh="密钥库关闭，加密表空间无法访问（ORA-28365）")
def wallet_closed(edit: Edit) -> None:
    """The keystore is closed: encrypted tablespaces cannot be read (ORA-28365)."""
    if not edit.rows("CDB_TABLESPACES", "ENCRYPTED = 'YES'"):
        name = application_tablespace(edit)
        edit.update("CDB_TABLESPACES", {"ENCRYPTED": "YES"}, "TABLESPACE_NAME = ? AND CON_ID = ?", name,
                    edit.container())
        edit.update("_DATAFILE", {"ENCRYPTED": "YES"}, "TABLESPACE_NAME = ? AND CON_ID = ?", name, edit.container())
    if not edit.update("V$ENCRYPTION_WALLET", {"STATUS": "CLOSED", "WALLET_TYPE": "UNKNOWN"}, "1 = 1"):
        edit.insert_everywhere("V$ENCRYPTION_WALLET", {
            "WRL_TYPE": "FILE", "WRL_PARAMETER": "/u01/app/oracle/admin/wallet/tde/", "STATUS": "CLOSED",
            "WALLET_TYPE": "UNKNOWN",
            "WALLET_ORDER": "SINGLE", "KEYSTORE_MODE": "NONE", "FULLY_BACKED_UP": "UNDEFINED", "CON_ID": edit.root()})


@fault("security.network_encryption", zh="客户端会话未加密传输")
def network_encryption_off(edit: Edit) -> None:
    """Clients' sessions travel unencrypted."""
    edit.update("_SESSION", {"_BANNER": None}, "TYPE = 'USER' AND _BANNER IS NOT NULL")


@fault("security.failed_logins", zh="短时间内大量登录失败（疑似口令猜测）")
def login_attack(edit: Edit, count: int = 160) -> None:
    """A burst of failed logins: someone guesses passwords."""
    con_id, names = edit.container(), (_application_user(edit), "SYSTEM", "ADMIN", "TEST")
    for number in range(count):
        ago, name = 1800.0 + number * 7, names[number % 4]
        common = {"OS_USERNAME": "root", "USERHOST": "kali-7f3", "TERMINAL": "unknown", "SESSIONID": 900000 + number,
                  "CON_ID": con_id}
        edit.insert("CDB_AUDIT_TRAIL", {**common, "USERNAME": name, "TIMESTAMP": edit.local(ago), "ACTION": 100,
                                        "ACTION_NAME": "LOGON",
                                        "RETURNCODE": 1017, "EXTENDED_TIMESTAMP": edit.zoned(ago), "PRIV_USED": None})
        edit.insert("CDB_UNIFIED_AUDIT_TRAIL", {
            **common, "AUDIT_TYPE": "Standard", "DBUSERNAME": name, "ACTION_NAME": "LOGON", "RETURN_CODE": 1017,
            "INSTANCE_ID": 1,
            "EVENT_TIMESTAMP": edit.timestamp(ago), "EVENT_TIMESTAMP_UTC": edit.zoned(ago)[:26], "ENTRY_ID": 1,
            "STATEMENT_ID": 1,
            "UNIFIED_AUDIT_POLICIES": "ORA_LOGON_FAILURES", "CLIENT_PROGRAM_NAME": "python",
            "OS_PROCESS": str(30000 + number)})


@fault("security.audit_enabled", zh="审计被关闭")
def audit_disabled(edit: Edit) -> None:
    """Auditing has been switched off."""
    edit.update("GV$SYSTEM_PARAMETER", {"VALUE": "NONE", "DISPLAY_VALUE": "NONE"}, "NAME = 'audit_trail'")
    edit.delete("AUDIT_UNIFIED_ENABLED_POLICIES", "1 = 1")
    for table in ("CDB_STMT_AUDIT_OPTS", "CDB_PRIV_AUDIT_OPTS"):
        edit.delete(table, "1 = 1")


@fault("security.locked_accounts", zh="业务账号因口令错误次数过多被锁定")
def account_locked(edit: Edit, user: str = "") -> None:
    """An application's account is locked after too many wrong passwords."""
    edit.update("CDB_USERS", {"ACCOUNT_STATUS": "LOCKED(TIMED)", "LOCK_DATE": edit.local(600)},
                "USERNAME = ? AND CON_ID = ?",
                user.upper() or _application_user(edit), edit.container())


@fault("security.expiring_passwords", zh="业务账号口令即将过期")
def password_expiring(edit: Edit, days: float = 3.0, user: str = "") -> None:
    """An application's password is about to expire."""
    edit.update("CDB_USERS", {"ACCOUNT_STATUS": "EXPIRED(GRACE)", "EXPIRY_DATE": edit.local(-days * 86400)},
                "USERNAME = ? AND CON_ID = ?", user.upper() or _application_user(edit), edit.container())
