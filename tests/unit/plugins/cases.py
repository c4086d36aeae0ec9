# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Small snapshots and checks to judge."""

from __future__ import annotations

from typing import Any

from tests.support.facts import PRIMARY_19C

Json = dict[str, Any]
T = {"zh": "中", "en": "en"}
FACTS: Json = {
    **PRIMARY_19C,
    "rac": False,
    "asm": False,
    "instances": [{"name": "LIS", "status": "OPEN", "host": "n1", "startup_time": "2026-11-01T08:00:00+08:00"}],
    "containers": [],
    "containers_unread": [],
    "connected_instance": "LIS",
    "time_offset": "+08:00",
}
LIMITS: Json = {
    "storage.min_free_pct": {
        "id": "storage.min_free_pct",
        "value": 20,
        "unit": "%",
        "clause": "daily.storage",
        "stricter": "higher",
        "contract": True,
        "title": T,
        "minimum": 0,
        "maximum": 100,
    },
    "storage.warn_free_pct": {
        "id": "storage.warn_free_pct",
        "value": 25,
        "unit": "%",
        "stricter": "higher",
        "contract": False,
        "title": T,
    },
    "security.dba_allowed": {
        "id": "security.dba_allowed",
        "value": ["SYS", "SYSTEM"],
        "stricter": "none",
        "contract": False,
        "title": T,
    },
    "sessions.max_blocked_seconds": {
        "id": "sessions.max_blocked_seconds",
        "value": 60,
        "unit": "s",
        "stricter": "lower",
        "contract": False,
        "title": T,
    },
    "instance.min_uptime_hours": {
        "id": "instance.min_uptime_hours",
        "value": 24,
        "unit": "h",
        "stricter": "higher",
        "contract": False,
        "title": T,
    },
    "instance.max_clock_skew_seconds": {
        "id": "instance.max_clock_skew_seconds",
        "value": 30,
        "unit": "s",
        "stricter": "lower",
        "contract": False,
        "title": T,
    },
}
COMPARE = {
    "compare": {
        "observed": "free_pct",
        "healthy": ">=",
        "fail": "storage.min_free_pct",
        "warn": "storage.warn_free_pct",
        "unit": "%",
    }
}


def result(*rows: Json, **changed: Any) -> Json:
    """The result of a probe that was read."""
    return {
        "status": "ok",
        "reason": None,
        "error": None,
        "rows": list(rows),
        "total_rows": len(rows),
        "truncated": False,
        "elapsed_ms": 1.0,
        "instances_read": [],
        "instances_unread": [],
        "containers_unread": [],
        **changed,
    }


def snapshot(
    probe: Json | None = None, name: str = "LIS", status: str = "ok", error: Json | None = None, **facts: Any
) -> Json:
    """A snapshot with one probe, p."""
    return {
        "schema": "medops.dbcare/snapshot/1",
        "status": status,
        "error": error,
        "target": {"name": name, "kind": "oracle_database", "address": "h:1521", "service_name": name},
        "collected": {"started": "2026-11-22T07:00:00+08:00", "finished": "2026-11-22T07:00:01+08:00"},
        "facts": {**FACTS, **facts} if status != "unreadable" else {},
        "probes": {"p": probe} if probe else {},
    }


# A check but for what it reads and how it judges
CHECK: Json = {
    "id": "storage.free",
    "clause": "daily.storage",
    "severity": "high",
    "title": T,
    "meaning": T,
    "advice": T,
    "object": ["name"],
}


def check(judge: Json | None = None, **changed: Any) -> Json:
    """A check over probe p."""
    return {
        **CHECK,
        "probe": "p",
        "judge": judge or COMPARE,
        "when_empty": "pass",
        "evidence": ["name", "free_pct"],
        "null_observed": "unknown",
        "frequency": ["daily"],
        **changed,
    }


UNREADABLE = snapshot(
    status="unreadable", error={"code": "ORA-01033", "kind": "maintenance", "message": "ORA-01033: starting"}
)
