# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of the sample run with the clauses that they are for, what they mean and what to do."""

from __future__ import annotations

from typing import Any, NamedTuple

CLAUSES = {
    "daily.instance": {
        "zh": "实例正常启动，无异常报错，进程占用合理，无僵死进程",
        "en": "Instances up, no abnormal errors, sane process usage, no dead processes",
        "src": "S3.1",
    },
    "daily.storage": {
        "zh": "数据文件、日志文件剩余空间≥20%，存储 IO 无异常占用",
        "en": "Data and log storage at least 20 % free; no abnormal storage I/O",
        "src": "S3.1",
    },
    "daily.logs": {
        "zh": "日志正常生成、归档，无日志满、日志损坏，至少保留 30 天",
        "en": "Logs generated and archived, none full or corrupt, kept at least 30 days",
        "src": "S3.1",
    },
    "daily.sessions": {
        "zh": "无异常会话、长期阻塞会话，连接数合理，无资源耗尽风险",
        "en": "No abnormal or long-blocked sessions; connection counts in range",
        "src": "S3.1",
    },
    "daily.backup": {
        "zh": "每日验证备份文件完整性，每月 1 次恢复测试",
        "en": "Backup files verified every day; one restore test a month",
        "src": "S3.1",
    },
    "backup.policy": {
        "zh": "全量每周≥1 次，增量每日 1 次，避开业务高峰",
        "en": "Full backup weekly, incremental daily, outside peak hours",
        "src": "S3.4",
    },
    "daily.security": {
        "zh": "权限合理，无多余高危权限账号，加密功能正常，无异常访问",
        "en": "Sane privileges, no needless high-risk accounts, encryption working",
        "src": "S3.1",
    },
}


class Check(NamedTuple):
    """A check with the value that a healthy database shows; ``limit`` is in ``unit``, which is None for counts."""

    id: str
    severity: str
    clause: str
    unit: str | None
    operator: str | None
    limit: Any
    healthy: Any
    zh: str
    en: str


CHECKS = [Check(*fields) for fields in (
    (
        "instance.readable",
        "critical",
        "daily.instance",
        None,
        None,
        None,
        "OPEN",
        "数据库可以读取",
        "Database can be read",
    ),
    ("instance.status", "critical", "daily.instance", None, "==", "OPEN", "OPEN", "实例状态", "Instance state"),
    (
        "instance.process_limit",
        "high",
        "daily.instance",
        "%",
        "<=",
        80,
        31.5,
        "进程数占上限的比例",
        "Processes against their limit",
    ),
    ("instance.dead_processes", "medium", "daily.instance", None, "<=", 0, 0, "僵死进程", "Dead processes"),
    (
        "instance.pdb_open",
        "critical",
        "daily.instance",
        None,
        "==",
        "READ WRITE",
        "READ WRITE",
        "PDB 打开方式",
        "PDB open mode",
    ),
    ("instance.invalid_objects", "low", "daily.instance", None, "<=", 20, 3, "失效对象", "Invalid objects"),
    (
        "storage.tablespace_free",
        "high",
        "daily.storage",
        "%",
        ">=",
        20,
        41.8,
        "表空间剩余空间",
        "Free space of tablespaces",
    ),
    ("storage.temp_free", "medium", "daily.storage", "%", ">=", 20, 88, "临时表空间剩余空间", "Free space of TEMP"),
    (
        "storage.fra_free",
        "high",
        "daily.storage",
        "%",
        ">=",
        20,
        54.2,
        "快速恢复区剩余空间",
        "Free space of the recovery area",
    ),
    (
        "storage.asm_free",
        "high",
        "daily.storage",
        "%",
        ">=",
        20,
        37.6,
        "ASM 磁盘组剩余空间",
        "Free space of ASM disk groups",
    ),
    ("storage.io_latency", "medium", "daily.storage", "ms", "<=", 5, 1.83, "单块读延迟", "Single block read latency"),
    (
        "logs.archivelog_mode",
        "critical",
        "daily.logs",
        None,
        "==",
        "ARCHIVELOG",
        "ARCHIVELOG",
        "归档模式",
        "Archivelog mode",
    ),
    ("logs.switch_rate", "medium", "daily.logs", "/h", "<=", 20, 6, "日志切换频率", "Log switch rate"),
    (
        "logs.alert_errors",
        "high",
        "daily.logs",
        None,
        "<=",
        0,
        0,
        "告警日志中的严重错误",
        "Serious errors in the alert log",
    ),
    (
        "sessions.blocking_chains",
        "high",
        "daily.sessions",
        "s",
        "<=",
        300,
        0,
        "阻塞会话链",
        "Chains of blocked sessions",
    ),
    ("sessions.long_transactions", "medium", "daily.sessions", "min", "<=", 120, 2, "长事务", "Long transactions"),
    (
        "sessions.inactive_leak",
        "medium",
        "daily.sessions",
        None,
        "<=",
        200,
        46,
        "不活动会话堆积",
        "Idle sessions piling up",
    ),
    ("backup.full_age", "critical", "backup.policy", "days", "<=", 7, 2.3, "最近一次全量备份", "Last full backup"),
    (
        "backup.incremental_age",
        "high",
        "backup.policy",
        "h",
        "<=",
        30,
        5.4,
        "最近一次增量备份",
        "Last incremental backup",
    ),
    (
        "backup.archivelog_age",
        "high",
        "backup.policy",
        "h",
        "<=",
        6,
        0.7,
        "未备份的归档日志",
        "Archived logs not backed up",
    ),
    ("backup.corrupt_blocks", "critical", "daily.backup", None, "<=", 0, 0, "损坏的数据块", "Corrupt blocks"),
    (
        "security.default_passwords",
        "high",
        "daily.security",
        None,
        "<=",
        0,
        0,
        "使用默认密码的账号",
        "Accounts with default passwords",
    ),
    (
        "security.dba_grantees",
        "high",
        "daily.security",
        None,
        "<=",
        0,
        0,
        "多余的 DBA 授权",
        "Needless grants of DBA",
    ),
    ("security.failed_logins", "medium", "daily.security", None, "<=", 50, 4, "失败登录次数", "Failed logins"),
)]
MEANING = {
    "zh": "超出限值后，业务写入可能失败或变慢，故障时可能无法恢复。",
    "en": "Beyond the limit, writes of the application may fail or slow down, or recovery may not be possible.",
}
ADVICE = {
    "storage.tablespace_free": {
        "zh": "给表空间增加数据文件或放大现有文件，并确认自动扩展的上限。\n"
        "ALTER TABLESPACE HIS_DATA ADD DATAFILE '+DATA' SIZE 30G;",
        "en": "Add a data file or enlarge an existing one, and see to the ceiling of autoextension.\n"
        "ALTER TABLESPACE HIS_DATA ADD DATAFILE '+DATA' SIZE 30G;",
    },
    "sessions.blocking_chains": {
        "zh": "先联系持锁会话的使用人提交或回滚；确认后再结束源头会话。",
        "en": "Ask the user of the blocking session to commit or roll back; only then end the session at the root.",
    },
    "backup.full_age": {
        "zh": "检查备份作业和介质，今晚补做一次 0 级备份。",
        "en": "See to the backup job and its media; take a level 0 tonight.",
    },
    "instance.readable": {
        "zh": "与院方确认是否在维护；登录主机查看实例状态和告警日志。",
        "en": "Ask whether maintenance is under way; look at the instance and its alert log on the host.",
    },
}
OTHER_ADVICE = {
    "zh": "查看证据中的对象，与上次报告比较后安排处理。",
    "en": "Look at the objects in the evidence, compare with the last report, plan the work.",
}
