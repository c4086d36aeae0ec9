# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Waivers: a finding that somebody accepts, with a reason, until a date."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput, nearest

Waiver = dict[str, Any]
NEEDED = ("check", "target", "reason", "approver", "until")
KEYS = (*NEEDED, "object")


def _until(value: Any, where: str) -> datetime.date:
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    try:
        return datetime.date.fromisoformat(str(value))
    except ValueError:
        raise BadInput(f'{where}: until must be a date such as 2027-01-31, not "{value}".') from None


def _check_keys(given: Any, where: str, checks: Iterable[str]) -> None:
    if not isinstance(given, Mapping):
        raise BadInput(f"{where} must be a dictionary with {', '.join(NEEDED)}.")
    for key in given:
        if key not in KEYS:
            raise BadInput(f'{where} has the unknown key "{key}".{nearest(key, KEYS)}')
    for key in NEEDED:
        if given.get(key) in (None, ""):
            raise BadInput(f"{where}: {key} is missing; a waiver needs {', '.join(NEEDED)}.")
    if given["check"] not in checks:
        raise BadInput(f'{where}: there is no check "{given["check"]}".{nearest(given["check"], checks)}')


def parse_waivers(given: Any, checks: Iterable[str], today: datetime.date) -> list[Waiver]:
    """[{"check","target","object","reason","approver","until" (ISO),"expired","used": False}]. Raises BadInput."""
    if not isinstance(given or [], Sequence) or isinstance(given, str):
        raise BadInput("dbcare_waivers must be a list.")
    known = set(checks)
    result = []
    for number, item in enumerate(given or [], 1):
        where = f"dbcare_waivers, entry {number}"
        _check_keys(item, where, known)
        until = _until(item["until"], where)
        result.append(
            {
                "check": str(item["check"]),
                "target": str(item["target"]),
                "object": None if item.get("object") is None else str(item["object"]),
                "reason": str(item["reason"]),
                "approver": str(item["approver"]),
                "until": until.isoformat(),
                "expired": today > until,
                "used": False,
            }
        )
    return result


def find_waiver(waivers: Iterable[Waiver], check: str, target: str, name: str, expired: bool = False) -> Waiver | None:
    """The first waiver in force (or the first expired one) for an object of a finding."""
    for waiver in waivers:
        if (
            waiver["expired"] == expired
            and waiver["check"] == check
            and waiver["target"] in (target, "*")
            and waiver["object"] in (None, name)
        ):
            return waiver
    return None


def expiry_notice(waiver: Waiver) -> dict[str, str]:
    """What to say of a waiver that is over."""
    check, target, until = waiver["check"], waiver["target"], waiver["until"]
    return {
        "zh": f"{target} 上 {check} 的豁免已于 {until} 到期，不再生效：请在 dbcare_waivers 中续期或删除。",
        "en": f"The waiver for {check} on {target} expired on {until} and is no longer applied: "
        "renew it in dbcare_waivers or remove it.",
    }
