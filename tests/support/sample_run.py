# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A run document as an inspection of four databases gives it: two with problems, one unreadable, one healthy."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

RUN_ID = "20260316-070002-0007"
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
# id, severity, clause, unit, operator, limit, a healthy value, zh title, en title
CHECKS: list[tuple[str, str, str, str | None, str | None, Any, Any, str, str]] = [
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
]
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
# (target, check): status, observed, new, objects, evidence
TABLESPACES = [
    {"con_name": None, "tablespace": "HIS_DATA", "size_mb": 1228800, "free_pct": 6.3, "autoextensible": False},
    {"con_name": None, "tablespace": "HIS_INDEX", "size_mb": 614400, "free_pct": 14.9, "autoextensible": True},
    {"con_name": None, "tablespace": "SYSAUX", "size_mb": 32768, "free_pct": 38.0, "autoextensible": True},
]
BLOCKED = [
    {
        "inst_id": 1,
        "sid": 412,
        "serial": 30117,
        "username": "HIS_APP",
        "machine": "his-web-03",
        "event": "enq: TX - row lock contention",
        "seconds_in_wait": 1260,
        "blocking_session": 77,
        "blocking_instance": 2,
    },
    {
        "inst_id": 2,
        "sid": 988,
        "serial": 2291,
        "username": "HIS_APP",
        "machine": "his-web-01",
        "event": "enq: TX - row lock contention",
        "seconds_in_wait": 845,
        "blocking_session": 77,
        "blocking_instance": 2,
    },
]
PROBLEMS: dict[tuple[str, str], tuple[str, Any, bool, list[tuple[str, str, Any]], list[Json]]] = {
    ("HIS", "storage.tablespace_free"): (
        "fail",
        6.3,
        False,
        [("HIS_DATA", "fail", 6.3), ("HIS_INDEX", "fail", 14.9)],
        TABLESPACES,
    ),
    ("HIS", "sessions.blocking_chains"): (
        "fail",
        1260,
        True,
        [("1:412", "fail", 1260), ("2:988", "fail", 845)],
        BLOCKED,
    ),
    ("HIS", "logs.switch_rate"): (
        "warn",
        26,
        True,
        [],
        [{"thread": 1, "hour": "2026-03-16T05:00:00+08:00", "switches": 26}],
    ),
    ("HIS", "security.dba_grantees"): (
        "waived",
        1,
        False,
        [("VENDOR_SUPPORT", "waived", 1)],
        [{"grantee": "VENDOR_SUPPORT", "granted_role": "DBA", "admin_option": "NO"}],
    ),
    ("PACS", "backup.full_age"): (
        "fail",
        9.1,
        False,
        [],
        [{"file": 7, "tablespace": "PACS_IMG", "completion_time": "2026-03-07T03:12:44+08:00"}],
    ),
    ("PACS", "storage.tablespace_free"): (
        "warn",
        21.4,
        False,
        [("PACS_IMG", "warn", 21.4)],
        [{"con_name": None, "tablespace": "PACS_IMG", "size_mb": 41943040, "free_pct": 21.4, "autoextensible": True}],
    ),
    ("PACS", "storage.io_latency"): ("unknown", None, True, [], []),
}
FACTS = {
    "HIS": {
        "version": "19.0.0.0.0",
        "version_full": "19.22.0.0.0",
        "edition": "EE",
        "role": "PRIMARY",
        "open_mode": "READ WRITE",
        "cdb": False,
        "rac": True,
        "db_name": "HIS",
        "db_unique_name": "HIS",
        "dbid": 1530448121,
        "host_names": ["hisdb1", "hisdb2"],
        "database_time": "2026-03-16T07:00:04+08:00",
        "platform": "Linux x86 64-bit",
    },
    "LIS": {
        "version": "19.0.0.0.0",
        "version_full": "19.22.0.0.0",
        "edition": "EE",
        "role": "PRIMARY",
        "open_mode": "READ WRITE",
        "cdb": False,
        "rac": False,
        "db_name": "LIS",
        "db_unique_name": "LIS",
        "dbid": 887102334,
        "host_names": ["lisdb"],
        "database_time": "2026-03-16T07:00:04+08:00",
        "platform": "Linux x86 64-bit",
    },
    "PACS": {
        "version": "12.2.0.1.0",
        "version_full": None,
        "edition": "SE2",
        "role": "PRIMARY",
        "open_mode": "READ WRITE",
        "cdb": False,
        "rac": False,
        "db_name": "PACS",
        "db_unique_name": "PACS",
        "dbid": 2210934458,
        "host_names": ["pacsdb"],
        "database_time": "2026-03-16T07:00:05+08:00",
        "platform": "Linux x86 64-bit",
    },
    "EMR": {},
}
DOWN = {"zh": "数据库正在启动或关闭（ORA-01033）", "en": "the database is starting up or shutting down (ORA-01033)"}


def sample_run() -> Json:
    """A fresh run document: HIS fails, LIS is healthy, PACS fails and lacks a grant, EMR cannot be read."""
    findings = [finding(target, check) for target in FACTS for check in CHECKS]
    return {
        "schema": "medops.dbcare/report/1",
        "run": run(),
        "scope": scope(),
        "contract": {
            "title": "数据库维护服务合同",
            "number": "2026-017",
            "customer": "某某医院",
            "provider": "某某科技有限公司",
        },
        "limits": limits(),
        "waivers": [waiver()],
        "summary": summary(findings),
        "findings": findings,
        "clauses": {key: dict(value) for key, value in CLAUSES.items()},
        "metrics": metrics(),
    }


def healthy_run() -> Json:
    """A run of one database in which everything passed, the first in its archive."""
    document = sample_run()
    document["findings"] = [entry for entry in document["findings"] if entry["target"] == "LIS"]
    document["scope"] = {
        "targets": [entry for entry in document["scope"]["targets"] if entry["name"] == "LIS"],
        "not_read": [],
    }
    document["run"].update(sequence=1, previous_hash=None, previous_run=None)
    document["limits"], document["waivers"] = document["limits"][:1], []
    document["summary"] = summary(document["findings"]) | {
        "verdict": "healthy",
        "resolved": [],
        "previous_verdict": None,
    }
    return document


def run() -> Json:
    return {
        "id": RUN_ID,
        "kind": "daily_inspection",
        "started": "2026-03-16T07:00:02+08:00",
        "finished": "2026-03-16T07:00:09+08:00",
        "operator": "zhang.wei",
        "controller": "ops01",
        "version": "0.1.0",
        "catalogue_hash": "sha256:" + "3f" * 32,
        "sequence": 7,
        "previous_hash": "sha256:" + "a1" * 32,
        "hash": "sha256:" + "b2" * 32,
        "previous_run": "20260315-070001-0006",
        "simulated": True,
    }


def waiver() -> Json:
    return {
        "check": "security.dba_grantees",
        "target": "HIS",
        "object": None,
        "reason": "厂商驻场支持，项目验收后收回",
        "approver": "信息科 李主任",
        "until": "2026-04-30",
        "expired": False,
        "used": True,
    }


def finding(target: str, check: tuple[Any, ...]) -> Json:
    name, severity, clause, unit, operator, limit, healthy, zh, en = check
    if target == "EMR":
        status, observed, new, objects, evidence = (
            ("fail" if name == "instance.readable" else "unknown"),
            None,
            True,
            [],
            [],
        )
    elif name == "instance.pdb_open" or (name == "storage.asm_free" and target == "PACS"):
        status, observed, new, objects, evidence = "not_applicable", None, False, [], []
    else:
        status, observed, new, objects, evidence = PROBLEMS.get((target, name), ("pass", healthy, False, [], []))
    since = None if status in {"pass", "not_applicable"} else RUN_ID if new else "20260312-070003-0003"
    return {
        "check": name,
        "target": target,
        "status": status,
        "severity": severity,
        "title": {"zh": zh, "en": en},
        "meaning": dict(MEANING),
        "advice": dict(ADVICE.get(name, OTHER_ADVICE)),
        "clause": clause,
        "probe": name.split(".")[1],
        "observed": observed,
        "limit": limit,
        "operator": operator,
        "unit": unit,
        "reason": reason(target, name, status),
        "objects": [
            {"object": key, "status": state, "observed": value, "limit": limit, "reason": None}
            for key, state, value in objects
        ],
        "objects_total": max(1, len(evidence)),
        "objects_bad": len(objects),
        "evidence": [dict(row) for row in evidence],
        "evidence_total": len(evidence),
        "new": new,
        "since": since,
        "waiver": waiver() if status == "waived" else None,
        "limit_source": None
        if limit is None
        else "target"
        if (target, name) == ("PACS", "storage.tablespace_free")
        else "contract",
    }


def reason(target: str, check: str, status: str) -> Json | None:
    if target == "EMR":
        return dict(DOWN)
    if status == "unknown":
        return {
            "zh": "没有权限读取 GV$SYSTEM_EVENT（ORA-00942）",
            "en": "GV$SYSTEM_EVENT may not be read (ORA-00942)",
        }
    if status == "not_applicable":
        return {"zh": "不是容器数据库或没有 ASM", "en": "not a container database, or without ASM"}
    return None


def scope() -> Json:
    started = "2026-01-18T23:41:10+08:00"
    instances = {
        "HIS": [("HIS1", "hisdb1"), ("HIS2", "hisdb2")],
        "LIS": [("LIS", "lisdb")],
        "PACS": [("PACS", "pacsdb")],
        "EMR": [],
    }
    status = {"PACS": "partial", "EMR": "unreadable"}
    unread = {"PACS": [{"what": "io_waits", "reason": "ORA-00942: table or view does not exist"}]}
    targets = [
        {
            "name": name,
            "status": status.get(name, "ok"),
            "address": f"127.0.0.1:{15210 + n}",
            "service_name": name,
            "collected": {"statements": 52, "round_trips": 61, "sessions": 1} if facts else {},
            "facts": dict(facts),
            "containers": [],
            "unread": unread.get(name, []),
            "instances": [
                {"name": key, "status": "OPEN", "host": host, "startup_time": started}
                for key, host in instances[name]
            ],
        }
        for n, (name, facts) in enumerate(FACTS.items())
    ]
    return {"targets": targets, "not_read": [{"what": "EMR", "reason": dict(DOWN)}]}


def limits() -> list[Json]:
    rows: list[Json] = [
        {
            "id": check[0].split(".")[0] + ".limit_" + check[0].split(".")[1],
            "title": {"zh": check[7], "en": check[8]},
            "target": None,
            "value": check[5],
            "contract_value": check[5],
            "unit": check[3],
            "source": "contract",
            "clause": check[2],
            "loosened": False,
        }
        for check in CHECKS
        if check[5] is not None
    ]
    rows.append(
        {
            "id": "storage.min_free_pct",
            "title": {"zh": "最小剩余空间", "en": "Least free space"},
            "target": "PACS",
            "value": 15,
            "contract_value": 20,
            "unit": "%",
            "source": "target",
            "clause": "daily.storage",
            "loosened": True,
        }
    )
    return rows


def counted(findings: list[Json]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for entry in findings:
        counts[entry["status"]] = counts.get(entry["status"], 0) + 1
    return counts


def summary(findings: list[Json]) -> Json:
    verdicts = {"HIS": "unhealthy", "LIS": "healthy", "PACS": "unhealthy", "EMR": "incomplete"}
    bad = [entry for entry in findings if entry["status"] in {"warn", "fail", "unknown"}]
    severities = [entry["severity"] for entry in bad]
    return {
        "verdict": "incomplete",
        "previous_verdict": "unhealthy",
        "counts": counted(findings),
        "by_severity": {name: severities.count(name) for name in ("critical", "high", "medium", "low", "info")},
        "by_target": {
            name: {"verdict": verdicts[name], "counts": counted([e for e in findings if e["target"] == name])}
            for name in dict.fromkeys(entry["target"] for entry in findings)
        },
        "new_failures": [{"check": e["check"], "target": e["target"]} for e in bad if e["new"]],
        "resolved": [{"check": "logs.alert_errors", "target": "LIS"}],
    }


def both(zh: str, en: str) -> Json:
    return {"zh": zh, "en": en}


def metrics() -> Json:
    return {
        "HIS": {
            "tablespace_used": tablespaces(
                [
                    ("HIS_DATA", 93.7),
                    ("HIS_INDEX", 85.1),
                    ("SYSAUX", 62),
                    ("UNDOTBS1", 41.2),
                    ("UNDOTBS2", 33),
                    ("SYSTEM", 28.4),
                    ("USERS", 3.1),
                ]
            ),
            "resource_use": resources(
                [
                    ("processes · HIS1", 38.2, "764 / 2000"),
                    ("processes · HIS2", 35.9, "718 / 2000"),
                    ("sessions · HIS1", 29.4, "892 / 3032"),
                    ("sessions · HIS2", 27.7, "841 / 3032"),
                ]
            ),
            "backups": backups(2.3),
            "last_full": last_full(55.2),
            "log_switches": switches(26),
        },
        "LIS": {
            "tablespace_used": tablespaces(
                [("LIS_DATA", 58.2), ("SYSAUX", 51), ("SYSTEM", 30.2), ("UNDOTBS1", 12), ("USERS", 1)]
            ),
            "resource_use": resources(
                [("processes · LIS", 22.1, "221 / 1000"), ("sessions · LIS", 18.3, "281 / 1536")]
            ),
            "backups": backups(2.3),
            "last_full": last_full(55.2),
            "log_switches": switches(9),
        },
        "PACS": {
            "tablespace_used": tablespaces([("PACS_IMG", 78.6), ("PACS_META", 44.1), ("SYSAUX", 37), ("SYSTEM", 22)]),
            "backups": backups(9.1),
            "last_full": last_full(218.4),
        },
    }


def tablespaces(used: list[tuple[str, float]]) -> Json:
    return {
        "title": both("表空间使用率", "Tablespace use"),
        "kind": "bars",
        "unit": "%",
        "worse": "high",
        "limit": 80,
        "headline": both("表空间最高使用率", "Fullest tablespace"),
        "points_total": len(used) + 3,
        "points": [{"label": name, "value": value} for name, value in used],
    }


def resources(used: list[tuple[str, float, str]]) -> Json:
    return {
        "title": both("进程与会话占上限的比例", "Processes and sessions against their limits"),
        "kind": "bars",
        "unit": "%",
        "worse": "high",
        "limit": 80,
        "headline": both("进程/会话占用", "Processes/sessions"),
        "points_total": len(used),
        "points": [{"label": name, "value": value, "note": note} for name, value, note in used],
    }


def last_full(hours: float) -> Json:
    return {
        "title": both("距上次全备", "Since the last full backup"),
        "kind": "value",
        "unit": "h",
        "worse": "high",
        "limit": 168,
        "headline": both("距上次全备", "Last full backup"),
        "points": [{"value": hours}],
    }


def backups(full_days: float) -> Json:
    full = "2026-03-14T00:10:00+08:00" if full_days < 7 else "2026-03-07T04:10:00+08:00"
    points = [{"label": both("全量", "Full"), "at": full, "ok": True, "limit": 168}]
    if full_days > 7:
        points.append(
            {
                "label": both("全量", "Full"),
                "at": "2026-03-14T00:40:00+08:00",
                "ok": False,
                "limit": 168,
                "note": "RMAN-03009",
            }
        )
    points += [
        {
            "label": both("增量", "Incremental"),
            "at": f"2026-03-{day:02d}T01:30:00+08:00",
            "ok": day != 11,
            "limit": 30,
        }
        for day in range(3, 17)
    ]
    points += [
        {"label": both("归档日志", "Archived logs"), "at": f"2026-03-{day:02d}T{hour:02d}:20:00+08:00", "limit": 6}
        for day in range(3, 17)
        for hour in (0, 6)
    ]
    return {
        "title": both("最近的备份", "Recent backups"),
        "kind": "timeline",
        "unit": None,
        "worse": None,
        "limit": None,
        "from": "2026-03-02T07:00:00+08:00",
        "to": "2026-03-16T07:00:00+08:00",
        "points": points,
    }


def switches(peak: int) -> Json:
    return {
        "title": both("每小时日志切换次数", "Log switches per hour"),
        "kind": "columns",
        "unit": None,
        "worse": "high",
        "limit": 20,
        "points": [
            {
                "label": f"thread {thread}",
                "at": f"2026-03-{15 if hour >= 7 else 16}T{hour:02d}:00:00+08:00",
                "value": peak if hour == 5 and thread == 1 else (hour * 7 + thread * 3) % 9 + 1,
            }
            for thread in (1, 2)
            for hour in [*range(7, 24), *range(7)]
        ],
    }
