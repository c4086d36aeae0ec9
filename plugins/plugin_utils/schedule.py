# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""dbcare_schedule: when which playbook runs, as iCalendar recurrence rules, and what systemd and cron make of them.

Both schedulers know less than RFC 5545. A rule that one of them cannot keep is refused with the part named, never
rounded to something near.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput, nearest

PLAYBOOKS = Path(__file__).resolve().parents[2] / "playbooks"
KEYS = {"playbook", "rrule", "targets", "timezone", "enabled"}
PARTS = {"FREQ", "INTERVAL", "BYHOUR", "BYMINUTE", "BYSECOND", "BYDAY", "BYMONTHDAY", "BYMONTH", "WKST"}
FREQUENCIES = {"MINUTELY": 60, "HOURLY": 24, "DAILY": 1, "WEEKLY": 1, "MONTHLY": 1, "YEARLY": 1}
DAYS = {"SU": "Sun", "MO": "Mon", "TU": "Tue", "WE": "Wed", "TH": "Thu", "FR": "Fri", "SA": "Sat"}
CRON_DAYS = list(DAYS)
NAME = re.compile(r"^[a-z0-9][a-z0-9_-]*$")
# Goes into a unit file and a crontab: no blanks, no '%', nothing a shell reads.
TARGETS = re.compile(r"^[A-Za-z0-9_.:!&,*-]+$")


class ScheduleError(BadInput):
    """An entry of dbcare_schedule is wrong, or the scheduler asked for cannot keep it."""


@dataclass(frozen=True)
class Rule:
    """One recurrence rule, taken apart: values as the rule gives them, empty where it says nothing."""

    freq: str
    interval: int
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    second: int
    weekdays: tuple[str, ...]
    nth: int | None
    month_days: tuple[int, ...]
    months: tuple[int, ...]


def _numbers(parts: Mapping[str, str], key: str) -> tuple[int, ...]:
    return tuple(sorted(int(value) for value in parts[key].split(","))) if parts.get(key) else ()


def _split(text: str) -> dict[str, str]:
    if "DTSTART" in text or "\n" in text:
        raise ScheduleError("give the rule alone, without DTSTART; the hour is BYHOUR, the zone is timezone.")
    parts = dict(item.partition("=")[::2] for item in text.removeprefix("RRULE:").strip(";").upper().split(";"))
    for key in parts:
        if key not in PARTS:
            raise ScheduleError(f"{key} is not supported.{nearest(key, PARTS)} Supported: {', '.join(sorted(PARTS))}.")
    return parts


def _weekdays(parts: Mapping[str, str]) -> tuple[tuple[str, ...], int | None]:
    found = re.findall(r"([+-]?\d*)(SU|MO|TU|WE|TH|FR|SA)", parts.get("BYDAY", ""))
    positions = {item[0] for item in found}
    if len(positions) > 1:
        raise ScheduleError("BYDAY must give the same position for each day (1MO,1TU), or none.")
    position = positions.pop() if positions else ""
    nth = int(position) if position else None
    if nth is not None and nth not in (-1, 1, 2, 3, 4):
        raise ScheduleError(f"BYDAY={parts['BYDAY']}: the position must be 1 to 4, or -1 for the last.")
    return tuple(sorted((item[1] for item in found), key=CRON_DAYS.index)), nth


def _require(rule: Rule, text: str) -> None:
    if rule.freq not in ("MINUTELY", "HOURLY") and not rule.hours:
        raise ScheduleError(f"FREQ={rule.freq} needs BYHOUR (and BYMINUTE, where it is not 0).")
    if rule.freq == "WEEKLY" and not rule.weekdays:
        raise ScheduleError("FREQ=WEEKLY needs BYDAY.")
    if rule.freq in ("MONTHLY", "YEARLY") and not (rule.weekdays or rule.month_days):
        raise ScheduleError(f"FREQ={rule.freq} needs BYMONTHDAY or BYDAY.")
    if rule.freq == "YEARLY" and not rule.months:
        raise ScheduleError("FREQ=YEARLY needs BYMONTH.")
    if rule.nth is not None and (rule.freq not in ("MONTHLY", "YEARLY") or rule.month_days):
        raise ScheduleError("a BYDAY with a position needs FREQ=MONTHLY or YEARLY and no BYMONTHDAY.")
    if FREQUENCIES[rule.freq] % rule.interval:
        raise ScheduleError(f"INTERVAL={rule.interval} with FREQ={rule.freq} has no fixed place in the calendar; "
                            "list the hours, days or months (BYHOUR, BYDAY, BYMONTH) instead.")
    if rule.interval > 1 and (rule.minutes if rule.freq == "MINUTELY" else rule.hours):
        raise ScheduleError(f"INTERVAL together with the list it counts in ({text}) is ambiguous; list the values.")


def parse(text: str) -> Rule:
    """Take a recurrence rule apart. Raises ScheduleError with one clause that names the part."""
    parts = _split(str(text))
    if parts.get("FREQ") not in FREQUENCIES:
        raise ScheduleError(f"FREQ must be one of {', '.join(FREQUENCIES)}.")
    try:
        rrulestr(text, dtstart=datetime(2026, 1, 1))
        weekdays, nth = _weekdays(parts)
        minutes = _numbers(parts, "BYMINUTE") or (() if parts["FREQ"] == "MINUTELY" else (0,))
        seconds = _numbers(parts, "BYSECOND") or (0,)
        rule = Rule(parts["FREQ"], int(parts.get("INTERVAL", 1)), minutes, _numbers(parts, "BYHOUR"), seconds[0],
                    weekdays, nth, _numbers(parts, "BYMONTHDAY"), _numbers(parts, "BYMONTH"))
    except (ValueError, TypeError, KeyError) as error:
        raise ScheduleError(f'"{text}" is no recurrence rule: {error}.') from error
    if len(seconds) > 1 or rule.interval < 1:
        raise ScheduleError("one BYSECOND and an INTERVAL of at least 1, please.")
    _require(rule, text)
    return rule


def next_run(text: str, timezone: str = "", after: datetime | None = None) -> datetime | None:
    """The first moment after ``after`` (default: now), in the zone; None when the rule never comes true in 8 years."""
    zone = ZoneInfo(timezone) if timezone else None
    start = (after or datetime.now(zone)).replace(tzinfo=None, microsecond=0)
    until = (start + timedelta(days=8 * 366)).strftime("%Y%m%dT%H%M%S")
    midnight = start.replace(hour=0, minute=0, second=0)
    parsed = parse(text)
    body = f"{text.removeprefix('RRULE:').strip(';')};UNTIL={until}"
    if "BYMINUTE" not in body and parsed.minutes:
        body += ";BYMINUTE=0"
    found = rrulestr(body + ("" if "BYSECOND" in body else ";BYSECOND=0"), dtstart=midnight).after(start)
    return found.replace(tzinfo=zone) if found else None


def _list(values: tuple[int, ...], every: str = "*", width: int = 2) -> str:
    return ",".join(f"{value:0{width}d}" for value in values) or every


def _calendar_days(rule: Rule) -> str:
    if rule.nth == -1:
        return "~07/1"
    if rule.nth:
        return f"-{7 * rule.nth - 6:02d}..{7 * rule.nth:02d}"
    if not rule.month_days:
        return "-*"
    if rule.month_days[0] > 0:
        return "-" + _list(rule.month_days)
    if rule.month_days[-1] < 0:
        return "~" + _list(tuple(-day for day in reversed(rule.month_days)))
    raise ScheduleError("systemd cannot mix days from the start and from the end of a month in one rule; "
                        "make two entries.")


def on_calendar(rule: Rule, timezone: str = "") -> str:
    """The rule as systemd.time(7) OnCalendar, "Mon,Tue *-*-01..07 06:30:00 Asia/Shanghai"."""
    weekdays = ",".join(DAYS[day] for day in rule.weekdays)
    hours, minutes = _list(rule.hours), _list(rule.minutes)
    if rule.interval > 1:
        step = f"00/{rule.interval}"
        hours, minutes = (hours, step) if rule.freq == "MINUTELY" else (step, minutes)
    date = f"*-{_list(rule.months)}{_calendar_days(rule)}"
    return " ".join(part for part in (weekdays, date, f"{hours}:{minutes}:{rule.second:02d}", timezone) if part)


def cron_fields(rule: Rule, timezone: str = "") -> str:
    """The rule as five crontab fields. Raises ScheduleError for what cron cannot keep."""
    if timezone:
        raise ScheduleError(f"cron keeps the host's time zone, not {timezone}; leave timezone out, or use systemd.")
    if rule.nth is not None or (rule.month_days and rule.month_days[0] < 0):
        raise ScheduleError("cron cannot count weekdays or days from the end of a month; use systemd.")
    if rule.weekdays and rule.month_days:
        raise ScheduleError("cron takes BYDAY and BYMONTHDAY together as 'either'; use systemd.")
    if rule.second:
        raise ScheduleError("cron knows no seconds; leave BYSECOND out, or use systemd.")
    minutes, hours = _list(rule.minutes, width=1), _list(rule.hours, width=1)
    if rule.interval > 1:
        step = f"*/{rule.interval}"
        hours, minutes = (hours, step) if rule.freq == "MINUTELY" else (step, minutes)
    weekdays = ",".join(str(CRON_DAYS.index(day)) for day in rule.weekdays) or "*"
    return f"{minutes} {hours} {_list(rule.month_days, width=1)} {_list(rule.months, width=1)} {weekdays}"


def _playbook(name: Any, folder: Path) -> str:
    text = str(name)
    if re.fullmatch(r"[a-z0-9_]+\.[a-z0-9_]+\.[a-z0-9_.]+", text):
        return text
    known = sorted(path.stem for path in folder.glob("*.yml"))
    if text not in known:
        raise ScheduleError(f'there is no playbook "{text}".{nearest(text, known)} Known: {", ".join(known)}.')
    return f"medops.dbcare.{text}"


def _targets(value: Any) -> str:
    text = ",".join(str(item) for item in value) if isinstance(value, (list, tuple)) else str(value)
    if not TARGETS.match(text):
        raise ScheduleError(f'targets "{text}" is no inventory pattern; write names or groups, separated by commas.')
    return "" if text == "all" else text


def _entry(name: str, data: Any, scheduler: str, folder: Path) -> dict[str, Any]:
    if not NAME.match(str(name)):
        raise ScheduleError("a name is made of a-z, 0-9, _ and -.")
    if not isinstance(data, Mapping):
        raise ScheduleError("give playbook, rrule and, where wanted, targets, timezone, enabled.")
    for key in data:
        if key not in KEYS:
            raise ScheduleError(f'unknown key "{key}".{nearest(key, KEYS)}')
    for key in ("playbook", "rrule"):
        if not data.get(key):
            raise ScheduleError(f'the key "{key}" is missing.')
    if not isinstance(data.get("enabled", True), bool):
        raise ScheduleError("enabled must be true or false.")
    timezone = str(data.get("timezone") or "")
    try:
        coming = next_run(data["rrule"], timezone)
    except (OSError, ValueError, LookupError) as error:
        raise ScheduleError(f'timezone "{timezone}" is not known here ({error}).') from error
    if coming is None:
        raise ScheduleError(f'"{data["rrule"]}" never comes true.')
    when = (on_calendar if scheduler == "systemd" else cron_fields)(parse(data["rrule"]), timezone)
    return {"name": name, "playbook": _playbook(data["playbook"], folder),
            "targets": _targets(data.get("targets", "all")), "rrule": data["rrule"], "timezone": timezone,
            "enabled": data.get("enabled", True), "when": when, "next": coming.isoformat()}


def plan(schedule: Any, scheduler: str = "systemd", folder: Path = PLAYBOOKS) -> list[dict[str, Any]]:
    """dbcare_schedule as a sorted list of {name, playbook (FQCN), targets, rrule, timezone, enabled, when, next}.

    ``when`` is an OnCalendar expression (scheduler "systemd") or five crontab fields ("cron"). Raises ScheduleError,
    whose message names the entry.
    """
    if scheduler not in ("systemd", "cron"):
        raise ScheduleError(f'There is no scheduler "{scheduler}"; use systemd or cron.')
    if not isinstance(schedule, Mapping):
        raise ScheduleError("dbcare_schedule must be a dictionary: {name: {playbook, rrule, targets}}.")
    entries = []
    for name in sorted(schedule, key=str):
        try:
            entries.append(_entry(name, schedule[name], scheduler, folder))
        except ScheduleError as error:
            raise ScheduleError(f'dbcare_schedule, entry "{name}": {error}') from error
    return entries
