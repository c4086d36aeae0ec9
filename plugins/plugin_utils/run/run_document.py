# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The run document (report.json): judged findings with scope, limits, waivers and who ran it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.medops.dbcare.plugins.module_utils.collect import VERSION
from ansible_collections.medops.dbcare.plugins.plugin_utils.catalogue import Catalogue
from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.judge import judge_all
from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.limits import effective_limits, limits_in_use
from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.waivers import expiry_notice, parse_waivers
from ansible_collections.medops.dbcare.plugins.plugin_utils.run.figures import figures_of
from ansible_collections.medops.dbcare.plugins.plugin_utils.run.samples import samples
from ansible_collections.medops.dbcare.plugins.plugin_utils.run.summary import summarise

SCHEMA = "medops.dbcare/report/1"
NO_SNAPSHOT = "no snapshot was collected; the output of the run says why its task failed"
Snapshots = Sequence[Mapping[str, Any]]


class Request(NamedTuple):
    """What is to be judged and by whom. ``settings`` are loaded (settings.load_settings); ``run_id`` names the run;
    ``left_out`` are declared databases that this run was not to read (--limit)."""

    snapshots: Sequence[Mapping[str, Any]]
    targets: Sequence[str]
    frequency: str
    kind: str
    settings: Mapping[str, Any]
    target_limits: Mapping[str, Any]
    operator: str
    controller: str
    simulated: bool
    now: datetime.datetime
    run_id: str
    left_out: Sequence[str] = ()


def missing_snapshot(name: str) -> dict[str, Any]:
    """What stands for a declared target that no snapshot came of."""
    return {
        "schema": "medops.dbcare/snapshot/1",
        "target": {"name": name, "kind": "oracle_database", "address": None, "service_name": None},
        "collected": {},
        "status": "unreadable",
        "facts": {},
        "probes": {},
        "error": {"code": "", "kind": "other", "message": NO_SNAPSHOT},
    }


def in_declared_order(snapshots: Iterable[Mapping[str, Any]], targets: Sequence[str]) -> list[Mapping[str, Any]]:
    """One snapshot for each target, in declared order; those of undeclared targets follow."""
    by_name: dict[str, Any] = {snapshot["target"]["name"]: snapshot for snapshot in snapshots}
    ordered = [by_name.pop(name, None) or missing_snapshot(name) for name in dict.fromkeys(targets)]
    return [*ordered, *by_name.values()]


def _unread(snapshot: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: dict[str, str] = {}
    for item in snapshot["facts"].get("containers_unread", []):
        found[item["name"]] = item["reason"]
    for name, result in snapshot["probes"].items():
        if result["status"] == "error":
            found[name] = (result.get("error") or {}).get("message") or result.get("reason") or ""
        for item in result.get("instances_unread") or []:
            found.setdefault(item["name"], item["reason"])
    return [{"what": what, "reason": reason} for what, reason in found.items()]


def _target(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    facts = dict(snapshot["facts"])
    containers = facts.pop("containers", [])
    instances = facts.pop("instances", [])
    facts.pop("containers_unread", None)
    return {
        "name": snapshot["target"]["name"],
        "status": snapshot["status"],
        "address": snapshot["target"]["address"],
        "service_name": snapshot["target"]["service_name"],
        "facts": facts,
        "collected": snapshot["collected"],
        "containers": [{"name": item["name"], "status": item["open_mode"]} for item in containers],
        "instances": [{key: item[key] for key in ("name", "status", "host", "startup_time")} for item in instances],
        "unread": _unread(snapshot),
    }


def _scope(snapshots: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    snapshots = list(snapshots)
    not_read = [
        {"what": snapshot["target"]["name"], "reason": (snapshot["error"] or {}).get("message") or "?"}
        for snapshot in snapshots
        if snapshot["status"] == "unreadable"
    ]
    return {"targets": [_target(snapshot) for snapshot in snapshots], "not_read": not_read}


def _limits_used(checks: Iterable[Mapping[str, Any]]) -> set[str]:
    used: set[str] = set()
    for check in checks:
        rule = next(iter(check["judge"].values()))
        named = [rule.get(key) for key in ("fail", "warn", "limit")] + list(rule.get("limits", []))
        used |= {name for name in named if isinstance(name, str)}
    return used


def _clauses(catalogue: Catalogue, findings: Iterable[Mapping[str, Any]], limits: Iterable[Mapping[str, Any]]) -> Any:
    named = {item["clause"] for item in [*findings, *limits] if item.get("clause")}
    return {
        key: {part: catalogue.clauses[key][part] for part in ("zh", "en", "src")}
        for key in sorted(named & set(catalogue.clauses))
    }


def _run(request: Request, catalogue: Catalogue, started: str, previous: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        "id": request.run_id,
        "kind": request.kind,
        "started": started,
        "finished": request.now.isoformat(timespec="seconds"),
        "operator": request.operator,
        "controller": request.controller,
        "version": VERSION,
        "catalogue_hash": catalogue.hash,
        "sequence": None,
        "previous_hash": None,
        "hash": None,
        "previous_run": (previous or {}).get("run_id"),
        "simulated": request.simulated,
    }


def _left_out(request: Request) -> list[dict[str, str]]:
    """The notice that the verdict is not one over all databases; none when the run was over all."""
    if not request.left_out:
        return []
    names = sorted(request.left_out)
    zh = f"本次运行只限部分数据库；未巡检：{'、'.join(names)}。结论不涉及这些数据库。"
    en = f"This run was limited to some databases; not inspected: {', '.join(names)}. The verdict says nothing of them."
    return [{"zh": zh, "en": en}]


def _contract(settings: Mapping[str, Any]) -> dict[str, Any] | None:
    contract = settings["dbcare_contract"]
    return {key: contract.get(key) for key in ("title", "number", "customer", "provider")} if contract else None


def _bound_checks(catalogue: Catalogue, request: Request, target: str) -> list[dict[str, Any]]:
    """Checks of the frequency; a clause that the contract gives to other targets only does not bind this one."""
    applies = request.settings["dbcare_contract"].get("applies_to", {})
    return [
        check for check in catalogue.checks_of(request.frequency) if target in applies.get(check["clause"], [target])
    ]


def _limits(request: Request, catalogue: Catalogue, names: Iterable[str]) -> dict[str, Any]:
    """Target -> limit id -> effective limit."""
    site = request.settings["dbcare_limits"]
    return {name: effective_limits(catalogue.limits, site, name, request.target_limits.get(name)) for name in names}


def _judged(
    request: Request, catalogue: Catalogue, snapshots: Snapshots, limits: Mapping[str, Any], waivers: Sequence[Any],
    previous: Mapping[str, Any] | None,
) -> list[Any]:
    judged: list[Any] = []
    for snapshot in snapshots:
        checks = _bound_checks(catalogue, request, snapshot["target"]["name"])
        judged += judge_all([snapshot], checks, limits, waivers, previous, request.now.isoformat(), request.run_id)
    return judged


def _started(request: Request, snapshots: Snapshots) -> str:
    """When the first target was begun; ``now`` where none was."""
    times = (snapshot["collected"].get("started") for snapshot in snapshots)
    return min((time for time in times if time), default=request.now.isoformat(timespec="seconds"))


def _metrics(snapshots: Snapshots, limits: Mapping[str, Any]) -> dict[str, Any]:
    """Target -> figures, of those that could be read."""
    read = {snapshot["target"]["name"]: snapshot for snapshot in snapshots if snapshot["status"] != "unreadable"}
    return {name: figures_of(dict(snapshot), limits[name]) for name, snapshot in read.items()}


def build_run(request: Request, catalogue: Catalogue, previous: Mapping[str, Any] | None) -> dict[str, Any]:
    """Judge and put together: {"document": the run document, "samples": every numeric value judged}.

    ``previous``: what the archive says of the run before (see judge.judge), or None. Raises BadInput.
    """
    snapshots = in_declared_order(request.snapshots, request.targets)
    names = [snapshot["target"]["name"] for snapshot in snapshots]
    waivers = parse_waivers(request.settings["dbcare_waivers"], catalogue.checks, request.now.date())
    limits = _limits(request, catalogue, names)
    judged = _judged(request, catalogue, snapshots, limits, waivers, previous)
    findings = [finding for finding, _items in judged]
    unread = [snapshot["target"]["name"] for snapshot in snapshots if snapshot["status"] == "unreadable"]
    in_use = limits_in_use(limits, _limits_used(catalogue.checks_of(request.frequency)))
    document = {
        "schema": SCHEMA,
        "run": _run(request, catalogue, _started(request, snapshots), previous),
        "contract": _contract(request.settings),
        "scope": _scope(snapshots),
        "limits": in_use,
        "waivers": waivers,
        "notices": [*_left_out(request), *(expiry_notice(waiver) for waiver in waivers if waiver["expired"])],
        "summary": summarise(findings, unread, names, previous),
        "findings": findings,
        "clauses": _clauses(catalogue, findings, in_use),
        "metrics": _metrics(snapshots, limits),
    }
    return {"document": document, "samples": samples(judged)}
