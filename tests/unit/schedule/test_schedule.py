# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Recurrence rules as systemd and cron keep them."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from ansible_collections.medops.dbcare.plugins.plugin_utils.schedule import (
    ScheduleError,
    cron_fields,
    next_run,
    on_calendar,
    parse,
    plan,
)

# rule, OnCalendar, crontab fields (None: cron cannot)
RULES = [
    ("FREQ=DAILY;BYHOUR=6;BYMINUTE=30", "*-*-* 06:30:00", "30 6 * * *"),
    ("FREQ=DAILY;BYHOUR=18,6", "*-*-* 06,18:00:00", "0 6,18 * * *"),
    ("FREQ=WEEKLY;BYDAY=FR,MO;BYHOUR=2;BYMINUTE=5", "Mon,Fri *-*-* 02:05:00", "5 2 * * 1,5"),
    ("FREQ=WEEKLY;BYDAY=SU;BYHOUR=0", "Sun *-*-* 00:00:00", "0 0 * * 0"),
    ("FREQ=MONTHLY;BYMONTHDAY=15,1;BYHOUR=3", "*-*-01,15 03:00:00", "0 3 1,15 * *"),
    ("FREQ=MONTHLY;BYMONTHDAY=-1;BYHOUR=23;BYMINUTE=50", "*-*~01 23:50:00", None),
    ("FREQ=MONTHLY;BYDAY=2SA;BYHOUR=4", "Sat *-*-08..14 04:00:00", None),
    ("FREQ=MONTHLY;BYDAY=-1SU;BYHOUR=4", "Sun *-*~07/1 04:00:00", None),
    ("FREQ=MONTHLY;BYMONTH=1,4,7,10;BYMONTHDAY=5;BYHOUR=8", "*-01,04,07,10-05 08:00:00", "0 8 5 1,4,7,10 *"),
    ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31;BYHOUR=9", "*-12-31 09:00:00", "0 9 31 12 *"),
    ("FREQ=HOURLY;INTERVAL=4;BYMINUTE=15", "*-*-* 00/4:15:00", "15 */4 * * *"),
    ("FREQ=MINUTELY;INTERVAL=10", "*-*-* *:00/10:00", "*/10 * * * *"),
    ("FREQ=MINUTELY;INTERVAL=30;BYHOUR=8,9", "*-*-* 08,09:00/30:00", "*/30 8,9 * * *"),
    ("RRULE:FREQ=DAILY;BYHOUR=7;BYSECOND=30", "*-*-* 07:00:30", None),
]


@pytest.mark.parametrize(("rule", "calendar", "_cron"), RULES)
def test_systemd_notation(rule: str, calendar: str, _cron: str | None) -> None:
    assert on_calendar(parse(rule), "Asia/Shanghai") == f"{calendar} Asia/Shanghai"


@pytest.mark.parametrize(("rule", "_calendar", "cron"), RULES)
def test_cron_notation_or_a_refusal(rule: str, _calendar: str, cron: str | None) -> None:
    if cron is None:
        with pytest.raises(ScheduleError, match="use systemd"):
            cron_fields(parse(rule))
    else:
        assert cron_fields(parse(rule)) == cron


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
@pytest.mark.parametrize(("rule", "calendar", "_cron"), RULES)
def test_systemd_agrees_with_dateutil_on_the_next_five_runs(rule: str, calendar: str, _cron: str | None) -> None:
    done = subprocess.run(
        ["systemd-analyze", "calendar", "--iterations=5", "--base-time=2026-03-01 12:00:00 UTC", f"{calendar} UTC"],
        capture_output=True, text=True, check=True, env={"TZ": "UTC", "LC_ALL": "C", "PATH": "/usr/bin:/bin"})
    theirs = re.findall(r"(?:Next elapse|Iter. #\d): \w+ ([\d-]+ [\d:]+) UTC", done.stdout)
    ours, moment = [], datetime(2026, 3, 1, 12)
    for _ in range(5):
        found = next_run(rule, after=moment)
        assert found is not None
        ours.append(str(found))
        moment = found
    assert ours == theirs


@pytest.mark.parametrize(("rule", "sentence"), [
    ("FREQ=DAILY", "FREQ=DAILY needs BYHOUR"),
    ("FREQ=WEEKLY;BYHOUR=3", "FREQ=WEEKLY needs BYDAY"),
    ("FREQ=MONTHLY;BYHOUR=3", "needs BYMONTHDAY or BYDAY"),
    ("FREQ=DAILY;INTERVAL=2;BYHOUR=3", "INTERVAL=2 with FREQ=DAILY has no fixed place"),
    ("FREQ=HOURLY;INTERVAL=5", "INTERVAL=5 with FREQ=HOURLY"),
    ("FREQ=DAILY;BYHOUR=25", "BYHOUR"),
    ("FREQ=DAILY;BYHOUR=six", "is no recurrence rule"),
    ("FREQ=MONTHLY;BYSETPOS=1;BYDAY=MO;BYHOUR=1", "BYSETPOS is not supported"),
    ("FREQ=DAILY;COUNT=3;BYHOUR=1", "COUNT is not supported"),
    ("FREQ=MONTHLY;BYDAY=5MO;BYHOUR=1", "the position must be 1 to 4"),
    ("FREQ=SECONDLY", "FREQ must be one of"),
    ("every morning", "is not supported"),
    ("DTSTART:20260101T000000 RRULE:FREQ=DAILY;BYHOUR=1", "without DTSTART"),
])
def test_a_rule_that_cannot_be_kept_is_refused_by_name(rule: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "daily_inspection.yml").touch()
    with pytest.raises(ScheduleError) as raised:
        plan({"morning": {"playbook": "daily_inspection", "rrule": rule}}, folder=tmp_path)
    assert sentence in str(raised.value)
    assert str(raised.value).startswith('dbcare_schedule, entry "morning": ')


@pytest.mark.parametrize(("entry", "sentence"), [
    ({"playbook": "daily_inspektion", "rrule": "FREQ=DAILY;BYHOUR=6"}, 'Did you mean "daily_inspection"?'),
    ({"playbook": "daily_inspection"}, 'the key "rrule" is missing'),
    ({"playbook": "daily_inspection", "rule": "x"}, 'unknown key "rule". Did you mean "rrule"?'),
    ({"playbook": "daily_inspection", "rrule": "FREQ=DAILY;BYHOUR=6", "timezone": "Asia/Peking"}, "Asia/Peking"),
    ({"playbook": "daily_inspection", "rrule": "FREQ=DAILY;BYHOUR=6", "targets": "HIS; rm -rf /"}, "inventory pattern"),
    ({"playbook": "daily_inspection", "rrule": "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30;BYHOUR=6"}, "never comes true"),
    ("daily_inspection", "give playbook, rrule"),
])
def test_a_wrong_entry_says_what_is_wrong(entry: object, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "daily_inspection.yml").touch()
    with pytest.raises(ScheduleError) as raised:
        plan({"morning": entry}, folder=tmp_path)
    assert sentence in str(raised.value)


def test_plan_gives_full_names_patterns_and_the_next_run(tmp_path: Path) -> None:
    (tmp_path / "daily_inspection.yml").touch()
    rule = "FREQ=DAILY;BYHOUR=6"
    entries = plan({"b": {"playbook": "daily_inspection", "rrule": rule, "targets": ["HIS", "LIS"], "enabled": False},
                    "a": {"playbook": "our.site.check", "rrule": rule, "timezone": "Asia/Shanghai"}}, folder=tmp_path)
    assert [(e["name"], e["playbook"], e["targets"], e["enabled"]) for e in entries] == [
        ("a", "our.site.check", "", True), ("b", "medops.dbcare.daily_inspection", "HIS,LIS", False)]
    assert entries[0]["when"] == "*-*-* 06:00:00 Asia/Shanghai"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT06:00:00\+08:00", entries[0]["next"])
