# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Figures over time of the sample run: tablespaces, resources, backups, log switches."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def _both(zh: str, en: str) -> Json:
    return {"zh": zh, "en": en}


def metrics() -> Json:
    """Target -> figure -> points; LIS without problems, EMR (which cannot be read) without any."""
    return {
        "HIS": {
            "tablespace_used": _tablespaces(
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
            "resource_use": _resources(
                [
                    ("processes · HIS1", 38.2, "764 / 2000"),
                    ("processes · HIS2", 35.9, "718 / 2000"),
                    ("sessions · HIS1", 29.4, "892 / 3032"),
                    ("sessions · HIS2", 27.7, "841 / 3032"),
                ]
            ),
            "backups": _backups(2.3),
            "last_full": _last_full(55.2),
            "log_switches": _switches(26),
        },
        "LIS": {
            "tablespace_used": _tablespaces(
                [("LIS_DATA", 58.2), ("SYSAUX", 51), ("SYSTEM", 30.2), ("UNDOTBS1", 12), ("USERS", 1)]
            ),
            "resource_use": _resources(
                [("processes · LIS", 22.1, "221 / 1000"), ("sessions · LIS", 18.3, "281 / 1536")]
            ),
            "backups": _backups(2.3),
            "last_full": _last_full(55.2),
            "log_switches": _switches(9),
        },
        "PACS": {
            "tablespace_used": _tablespaces([("PACS_IMG", 78.6), ("PACS_META", 44.1), ("SYSAUX", 37), ("SYSTEM", 22)]),
            "backups": _backups(9.1),
            "last_full": _last_full(218.4),
        },
    }


def _tablespaces(used: list[tuple[str, float]]) -> Json:
    return {
        "title": _both("表空间使用率", "Tablespace use"),
        "kind": "bars",
        "unit": "%",
        "worse": "high",
        "limit": 80,
        "headline": _both("表空间最高使用率", "Fullest tablespace"),
        "points_total": len(used) + 3,
        "points": [{"label": name, "value": value} for name, value in used],
    }


def _resources(used: list[tuple[str, float, str]]) -> Json:
    return {
        "title": _both("进程与会话占上限的比例", "Processes and sessions against their limits"),
        "kind": "bars",
        "unit": "%",
        "worse": "high",
        "limit": 80,
        "headline": _both("进程/会话占用", "Processes/sessions"),
        "points_total": len(used),
        "points": [{"label": name, "value": value, "note": note} for name, value, note in used],
    }


def _last_full(hours: float) -> Json:
    return {
        "title": _both("距上次全备", "Since the last full backup"),
        "kind": "value",
        "unit": "h",
        "worse": "high",
        "limit": 168,
        "headline": _both("距上次全备", "Last full backup"),
        "points": [{"value": hours}],
    }


def _backups(full_days: float) -> Json:
    full = "2026-03-14T00:10:00+08:00" if full_days < 7 else "2026-03-07T04:10:00+08:00"
    points = [{"label": _both("全量", "Full"), "at": full, "ok": True, "limit": 168}]
    if full_days > 7:
        points.append(
            {
                "label": _both("全量", "Full"),
                "at": "2026-03-14T00:40:00+08:00",
                "ok": False,
                "limit": 168,
                "note": "RMAN-03009",
            }
        )
    points += [
        {
            "label": _both("增量", "Incremental"),
            "at": f"2026-03-{day:02d}T01:30:00+08:00",
            "ok": day != 11,
            "limit": 30,
        }
        for day in range(3, 17)
    ]
    points += [
        {"label": _both("归档日志", "Archived logs"), "at": f"2026-03-{day:02d}T{hour:02d}:20:00+08:00", "limit": 6}
        for day in range(3, 17)
        for hour in (0, 6)
    ]
    return {
        "title": _both("最近的备份", "Recent backups"),
        "kind": "timeline",
        "unit": None,
        "worse": None,
        "limit": None,
        "from": "2026-03-02T07:00:00+08:00",
        "to": "2026-03-16T07:00:00+08:00",
        "points": points,
    }


def _switches(peak: int) -> Json:
    return {
        "title": _both("每小时日志切换次数", "Log switches per hour"),
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
