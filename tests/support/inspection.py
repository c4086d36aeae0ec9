# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The daily inspection of one database in this process: what a playbook does, without its start."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ansible_collections.medops.dbcare.plugins.module_utils.collect import Options, collect
from ansible_collections.medops.dbcare.plugins.module_utils.login import normalise_login
from ansible_collections.medops.dbcare.plugins.plugin_utils.catalogue import load_catalogue
from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.judge import judge
from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.limits import effective_limits


def snapshot(target: str, login: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Read all daily probes of one database."""
    probes = load_catalogue(()).probes_of("daily")
    return dict(collect(target, normalise_login(login), probes, Options(**options)))


def findings(taken: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Check id to finding, with the product's own limits and no history."""
    catalogue = load_catalogue(())
    target = taken["target"]["name"]
    limits = {target: effective_limits(catalogue.limits, {}, target)}
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    return {item["check"]: item for item in judge([taken], catalogue.checks.values(), limits, now=now)}


def statuses(taken: dict[str, Any]) -> dict[str, str]:
    """Check id to status."""
    return {check: item["status"] for check, item in findings(taken).items()}


def firing(taken: dict[str, Any]) -> dict[str, str]:
    """Checks that warn, fail or are unknown."""
    return {check: status for check, status in statuses(taken).items() if status in ("warn", "fail", "unknown")}
