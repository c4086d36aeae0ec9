# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults of sessions: blocking, long work, leaks, waits, cursors, distributed transactions."""

from __future__ import annotations

from estate.faults.base import fault
from estate.faults.common_rows import alert, application, blocked, lock, session, some_sql, transaction
from estate.faults.edit import Edit


@fault("sessions.blocking_chains",
       zh="一个未提交的会话阻塞了一串会话")
def blocking_chain(edit: Edit, waiters: int = 3, seconds: int = 900) -> None:
    """One uncommitted session blocks a chain of others."""
    instance = edit.instances()[0]
    holder = session(edit, instance, _CALL=edit.now() - seconds - 60, _WAIT=edit.now() - seconds - 60,
                     PROGRAM="收费窗口.exe")
    held = transaction(edit, holder, seconds + 60)
    lock(edit, holder, "TX", held["XIDUSN"] * 65536 + held["XIDSLOT"], held["XIDSQN"], held=6, requested=0,
         seconds=seconds + 60, blocking=True)
    for number in range(waiters):
        blocked(edit, holder, held, max(30, seconds - 120 * number))


@fault("sessions.long_transactions", zh="事务开启数小时未提交")
def long_transaction(edit: Edit, hours: float = 9.0) -> None:
    """A transaction has been open for hours."""
    owner = session(edit, edit.instances()[0], LOGON_TIME=edit.local(hours * 3600 + 60), _CALL=edit.now() - 120,
                    _WAIT=edit.now() - 120,
                    PROGRAM="plsqldev.exe", MACHINE="WORKGROUP\\YXK-PC07")
    transaction(edit, owner, hours * 3600, undo_blocks=41200, rows=1860000)


@fault("sessions.long_running_sql", zh="一条 SQL 已运行数小时")
def runaway_sql(edit: Edit, hours: float = 6.0) -> None:
    """One statement has been running for hours."""
    since = edit.now() - hours * 3600
    session(edit, edit.instances()[0], STATUS="ACTIVE", EVENT="db file scattered read", WAIT_CLASS="User I/O",
            COMMAND=3,
            SQL_ID=some_sql(edit), _CALL=since, _SQLSTART=since, _WAIT=edit.now() - 1, PROGRAM="report.exe",
            MODULE="统计报表",
            LOGON_TIME=edit.local(hours * 3600 + 300))


@fault("sessions.inactive_leak",
       zh="应用连接池泄漏，大量空闲会话不释放")
def session_leak(edit: Edit, count: int = 260, hours: float = 30.0) -> None:
    """An application's pool leaks: a mass of idle sessions."""
    for number in range(count):
        session(edit, edit.instances()[0], MACHINE="his-web03", PROGRAM="w3wp.exe",
                PROCESS=f"{4000 + number % 4}:{7000 + number}",
                LOGON_TIME=edit.local(hours * 3600), _CALL=edit.now() - hours * 3600 + number, _PGA=2 << 20)


@fault("sessions.killed_lingering", zh="被终止的会话长时间未清理，仍持有资源")
def killed_session_lingering(edit: Edit, count: int = 2, hours: float = 5.0) -> None:
    """Killed sessions linger and still hold what they held."""
    for _ in range(count):
        session(edit, edit.instances()[0], STATUS="KILLED", SERVER="PSEUDO", _CALL=edit.now() - hours * 3600,
                _WAIT=edit.now() - hours * 3600, LOGON_TIME=edit.local(hours * 3600 + 900))


@fault("sessions.wait_pileup", zh="大量会话堆积在同一闩锁等待上")
def latch_storm(edit: Edit, count: int = 60) -> None:
    """A crowd of sessions waits for the same latch."""
    for number in range(count):
        session(edit, edit.instances()[0], STATUS="ACTIVE", EVENT="latch: cache buffers chains",
                WAIT_CLASS="Concurrency",
                P1TEXT="address", P1=13958643712, P2TEXT="number", P2=228, SQL_ID=some_sql(edit),
                _CALL=edit.now() - 25 - number % 9,
                _WAIT=edit.now() - 1 - number % 4, MACHINE=f"his-app{number % 9 + 1:02d}")


@fault("sessions.open_cursors", zh="会话游标未关闭，接近 open_cursors（ORA-01000）")
def cursor_leak(edit: Edit, percent: int = 97) -> None:
    """A session's cursors pile up to open_cursors (ORA-01000)."""
    limit = int(edit.parameter("open_cursors") or 300)
    session(edit, edit.instances()[0], _CURSORS=limit * percent // 100, PROGRAM="JDBC Thin Client", MODULE="排队叫号")


@fault("sessions.in_doubt", zh="存在悬挂的分布式事务")
def in_doubt_transaction(edit: Edit) -> None:
    """A distributed transaction is in doubt."""
    edit.insert("CDB_2PC_PENDING", {
        "LOCAL_TRAN_ID": "7.21.48213", "GLOBAL_TRAN_ID": f"{edit.database.name}.8f2c11aa.7.21.48213",
        "STATE": "prepared", "MIXED": "no",
        "ADVICE": None, "TRAN_COMMENT": None, "FAIL_TIME": edit.local(7200), "FORCE_TIME": None,
        "RETRY_TIME": edit.local(300),
        "OS_USER": "weblogic", "OS_TERMINAL": "unknown", "HOST": application(edit)["MACHINE"],
        "DB_USER": application(edit)["USERNAME"], "COMMIT#": "48211340", "CON_ID": edit.container()})
    alert(edit, "Error 2068 trapped in 2PC on transaction 7.21.48213. Cleaning up.", 7200)
