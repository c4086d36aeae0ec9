# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Databases of the sample run, and what is not as it should be with them."""

from __future__ import annotations

from typing import Any

from tests.support.facts import PRIMARY_19C

Json = dict[str, Any]
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
# (target, check): status, observed, new, objects, evidence
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
# Facts of the databases by name
FACTS: dict[str, Json] = {
    "HIS": {
        **PRIMARY_19C,
        "rac": True,
        "db_name": "HIS",
        "db_unique_name": "HIS",
        "dbid": 1530448121,
        "host_names": ["hisdb1", "hisdb2"],
        "database_time": "2026-03-16T07:00:04+08:00",
        "platform": "Linux x86 64-bit",
    },
    "LIS": {
        **PRIMARY_19C,
        "rac": False,
        "db_name": "LIS",
        "db_unique_name": "LIS",
        "dbid": 887102334,
        "host_names": ["lisdb"],
        "database_time": "2026-03-16T07:00:04+08:00",
        "platform": "Linux x86 64-bit",
    },
    "PACS": {
        **PRIMARY_19C,
        "version": "12.2.0.1.0",
        "version_full": None,
        "edition": "SE2",
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
