# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults of performance that later parts look for: indexes, statistics, plans, memory."""

from __future__ import annotations

from estate.faults.base import fault
from estate.faults.edit import Edit


@fault(None, zh="索引失效（UNUSABLE），相关查询走全表扫描或报 ORA-01502")
def unusable_index(edit: Edit) -> None:
    """An index is UNUSABLE: full scans, or ORA-01502."""
    row = edit.rows("CDB_INDEXES",
                    "STATUS = 'VALID' AND CON_ID = ? AND OWNER NOT IN ('SYS', 'SYSTEM') "
                    "ORDER BY OWNER, INDEX_NAME LIMIT 1",
                    edit.container())[0]
    edit.update("CDB_INDEXES", {"STATUS": "UNUSABLE"}, "OWNER = ? AND INDEX_NAME = ? AND CON_ID = ?", row["OWNER"],
                row["INDEX_NAME"],
                row["CON_ID"])


@fault(None, zh="业务表统计信息陈旧，执行计划可能走偏")
def stale_statistics(edit: Edit, days: int = 200) -> None:
    """Optimizer statistics of application tables are stale."""
    where = "OWNER NOT IN ('SYS', 'SYSTEM') AND CON_ID = ?"
    old = {"LAST_ANALYZED": edit.local(days * 86400.0)}
    edit.update("CDB_TAB_STATISTICS", {**old, "STALE_STATS": "YES"}, where, edit.container())
    edit.update("CDB_TABLES", old, where, edit.container())


@fault(None, zh="自动收集统计信息任务被关闭")
def autotask_disabled(edit: Edit) -> None:
    """The automatic statistics task is switched off."""
    edit.update("CDB_AUTOTASK_CLIENT", {"STATUS": "DISABLED"}, "CLIENT_NAME = 'auto optimizer stats collection'")


@fault(None, zh="硬解析风暴（未使用绑定变量）")
def hard_parse_storm(edit: Edit, per_second: float = 900.0) -> None:
    """Hard parses storm in: literals instead of binds."""
    edit.rate("_SYSSTAT", "parse count (hard)", per_second)


@fault(None, zh="缓冲区命中率骤降")
def buffer_cache_thrash(edit: Edit) -> None:
    """The buffer cache hit ratio has collapsed."""
    logical = float(edit.value("SELECT max(_RATE) FROM {_SYSSTAT} WHERE NAME = 'session logical reads'") or 10000)
    for name in ("physical reads", "physical reads cache"):
        edit.rate("_SYSSTAT", name, logical * 0.4)
