# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults between a client and the database: listener, network, login, statements, rights of the inspector."""

from __future__ import annotations

from estate.api import NetworkPolicy
from estate.faults.base import FaultError, fault
from estate.faults.edit import Edit
from estate.faults.instance import PER_INSTANCE, READABLE


def _policy(edit: Edit, policy: NetworkPolicy) -> None:
    edit.put(edit.database.policies, "network", None, policy)


@fault(READABLE, zh="实例未启动（ORA-12514 或 ORA-01034）")
def instance_down(edit: Edit) -> None:
    """The instances are down (ORA-12514 or ORA-01034)."""
    for number in edit.instances():
        edit.stage(number, "DOWN")


@fault(READABLE, zh="实例停在 MOUNT 阶段，登录报 ORA-01033")
def instance_mounting(edit: Edit) -> None:
    """The instance is only mounted: logins get ORA-01033."""
    for number in edit.instances():
        edit.stage(number, "MOUNTED")


@fault(READABLE, zh="监听未运行，连接被拒绝")
def listener_down(edit: Edit) -> None:
    """The listener is down: connections are refused."""
    edit.on_undo("listener", edit.network.open_listeners)
    edit.network.close_listeners()


@fault(READABLE, zh="监听接受连接但从不应答")
def connection_hang(edit: Edit) -> None:
    """The listener accepts connections and never answers."""
    _policy(edit, NetworkPolicy(hang=True))


@fault(READABLE, zh="监听拒绝连接：没有可用的服务处理程序（ORA-12516）")
def listener_refuses(edit: Edit, code: int = 12516) -> None:
    """The listener refuses: no service handler is available (ORA-12516)."""
    edit.put(edit.database.refusals, "listener", None, code)


@fault(None, zh="取数过程中网络中断（ORA-03113 一类）")
def network_drop_mid_fetch(edit: Edit, rows: int = 20) -> None:
    """The network drops in the middle of a fetch (as ORA-03113 does)."""
    _policy(edit, NetworkPolicy(drop_after_rows=rows))


@fault(None, zh="网络往返延迟很大")
def network_slow(edit: Edit, milliseconds: float = 120.0) -> None:
    """Every round trip takes long."""
    _policy(edit, NetworkPolicy(latency_ms=milliseconds))


@fault(None, consequences=PER_INSTANCE, zh="查询某视图的语句永不返回（可取消）")
def statement_never_ends(edit: Edit, view: str = "V$DIAG_ALERT_EXT") -> None:
    """Statements on one view, or all (view=*), never end; they can be cancelled."""
    edit.assign(edit.network, "stalled", edit.network.stalled | {view.upper()})


def _inspector(edit: Edit) -> str:
    return str(edit.network.inspector)


@fault(READABLE, zh="巡检账号被锁定（ORA-28000）")
def inspector_locked(edit: Edit) -> None:
    """The inspector's account is locked (ORA-28000)."""
    edit.update("CDB_USERS", {"ACCOUNT_STATUS": "LOCKED", "LOCK_DATE": edit.local(300)}, "USERNAME = ?",
                _inspector(edit))


@fault(READABLE, zh="巡检账号口令过期（ORA-28001）")
def password_expired(edit: Edit) -> None:
    """The inspector's password has expired (ORA-28001)."""
    edit.update("CDB_USERS", {"ACCOUNT_STATUS": "EXPIRED", "EXPIRY_DATE": edit.local(300)}, "USERNAME = ?",
                _inspector(edit))


@fault(READABLE, zh="巡检账号被删除或口令被改（ORA-01017）")
def inspector_password_changed(edit: Edit) -> None:
    """The inspector's password was changed (ORA-01017)."""
    edit.update("_ACCOUNT", {"KEY": b"\0" * 64}, "USERNAME = ?", _inspector(edit))


@fault(READABLE, zh="巡检账号失去 CREATE SESSION 权限（ORA-01045）")
def create_session_revoked(edit: Edit) -> None:
    """The inspector lost CREATE SESSION (ORA-01045)."""
    name = _inspector(edit)
    edit.delete("CDB_SYS_PRIVS", "GRANTEE = ? AND PRIVILEGE = 'CREATE SESSION'", name)
    edit.delete("CDB_ROLE_PRIVS", "GRANTEE = ? AND GRANTED_ROLE IN ('CONNECT', 'RESOURCE', 'DBA')", name)


@fault(None, consequences=("storage.fra_free",), zh="巡检账号失去某视图的查询权限（ORA-00942）")
def privilege_revoked(edit: Edit, view: str = "V_$RECOVERY_FILE_DEST") -> None:
    """The inspector lost its grant on a view (ORA-00942)."""
    name = _inspector(edit)
    gone = edit.delete("CDB_TAB_PRIVS", "GRANTEE = ? AND TABLE_NAME IN (?, 'G' || ?)", name, view.upper(), view.upper())
    gone += edit.delete("CDB_ROLE_PRIVS", "GRANTEE = ? AND GRANTED_ROLE = 'SELECT_CATALOG_ROLE'", name)
    gone += edit.delete("CDB_SYS_PRIVS", "GRANTEE = ? AND PRIVILEGE = 'SELECT ANY DICTIONARY'", name)
    if not gone:
        raise FaultError(f"The inspector of {edit.database.name} has no grant on {view} that could be revoked.")
