# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What of a run document is shown where: orders, groups and picks, in no language and without judging anything."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

Finding = dict[str, Any]

SEVERITIES = ("critical", "high", "medium", "low", "info")
STATUSES = ("fail", "unknown", "warn", "waived", "pass", "not_applicable")
OPEN = ("fail", "warn", "unknown")
READABLE = "instance.readable"
MOST_EVIDENCE = 30
MOST_UNKNOWN = 5
# Columns whose numbers name something: they are not grouped by thousands.
_NAMING = re.compile(r"(?:^|_)(?:no|serial|number|thread|group|session|instance|file|block|sequence|line)#?$"
                     r"|(?:id|hash)$")


def is_simulated(run_document: dict[str, Any]) -> bool:
    """Whether the inventory declared the databases of this run simulated."""
    return bool(run_document["run"].get("simulated"))


def urgency(finding: Finding) -> tuple[Any, ...]:
    """Sort key: a database that cannot be read first, then by severity, a failure two steps before a warning."""
    first = finding["check"] == READABLE and finding["status"] == "fail"
    step = SEVERITIES.index(finding["severity"]) + (0 if finding["status"] == "fail" else 2)
    return (not first, step, STATUSES.index(finding["status"]), finding["check"], finding["target"])


def by_urgency(findings: Iterable[Finding]) -> list[Finding]:
    """Findings, the most urgent first."""
    return sorted(findings, key=urgency)


def unreadable(run_document: dict[str, Any]) -> set[str]:
    """Names of the targets of which nothing could be read."""
    return {target["name"] for target in run_document["scope"]["targets"] if target["status"] == "unreadable"}


def open_findings(run_document: dict[str, Any]) -> list[Finding]:
    """Findings that warn, fail or are unknown, most urgent first; of an unreadable target only that it is so."""
    lost = unreadable(run_document)
    return by_urgency(finding for finding in run_document["findings"] if finding["status"] in OPEN
                      and not (finding["status"] == "unknown" and finding["target"] in lost))


def _pointed(run_document: dict[str, Any], pointers: Iterable[dict[str, Any]]) -> list[Finding]:
    known = {(finding["check"], finding["target"]): finding for finding in run_document["findings"]}
    keys = [(pointer["check"], pointer["target"]) for pointer in pointers]
    return [known[key] for key in dict.fromkeys(keys) if key in known]


def new_findings(run_document: dict[str, Any]) -> list[Finding]:
    """The findings of summary.new_failures, without those that merely follow from an unreadable target."""
    shown = {id(finding) for finding in open_findings(run_document)}
    news = _pointed(run_document, run_document["summary"]["new_failures"])
    return [finding for finding in news if id(finding) in shown]


def resolved_findings(run_document: dict[str, Any]) -> list[Finding]:
    """The findings of summary.resolved as they are now."""
    return _pointed(run_document, run_document["summary"]["resolved"])


def actions(run_document: dict[str, Any], most: int = 3) -> list[dict[str, Any]]:
    """The most important things to do now: {"finding": the worst, "targets": [...], "unknown": n}.

    One for each check; what could not be judged is one thing together, ``unknown`` being how many checks that are.
    """
    groups: dict[str, list[Finding]] = {}
    for finding in open_findings(run_document):
        groups.setdefault("" if finding["status"] == "unknown" else finding["check"], []).append(finding)
    return [{"finding": found[0], "targets": list(dict.fromkeys(finding["target"] for finding in found)),
             "unknown": 0 if check else len(found)} for check, found in list(groups.items())[:most]]


def cards(run_document: dict[str, Any], target: str) -> tuple[list[Finding], list[Finding]]:
    """(those shown in full, those shown as a line) of a target's findings: open ones, then waived ones.

    When many are unknown there is one cause behind them, and a line each says enough.
    """
    shown = [finding for finding in open_findings(run_document) if finding["target"] == target]
    shown += by_urgency(finding for finding in run_document["findings"]
                        if finding["status"] == "waived" and finding["target"] == target)
    return brief(shown)


def brief(findings: list[Finding]) -> tuple[list[Finding], list[Finding]]:
    """``findings`` without the unknown ones, and those, if there are more than MOST_UNKNOWN."""
    unknown = [finding for finding in findings if finding["status"] == "unknown"]
    if len(unknown) <= MOST_UNKNOWN:
        return findings, []
    return [finding for finding in findings if finding["status"] != "unknown"], unknown


def all_checks(run_document: dict[str, Any]) -> list[tuple[Finding, dict[str, Finding]]]:
    """(one finding of the check, {target: its finding}) for every check in order of id."""
    table: dict[str, dict[str, Finding]] = {}
    for finding in sorted(run_document["findings"], key=lambda finding: finding["check"]):
        table.setdefault(finding["check"], {})[finding["target"]] = finding
    return [(next(iter(row.values())), row) for row in table.values()]


def clauses_used(run_document: dict[str, Any]) -> dict[str, list[str]]:
    """Ids of the clauses that the findings serve, by the document and chapter they are from."""
    texts = run_document.get("clauses") or {}
    by_source: dict[str, list[str]] = {}
    for clause in sorted({finding["clause"] for finding in run_document["findings"] if finding.get("clause")}):
        by_source.setdefault((texts.get(clause) or {}).get("src") or "", []).append(clause)
    return dict(sorted(by_source.items()))


def worst(figure: dict[str, Any]) -> dict[str, Any] | None:
    """The worst point of a figure that has values: the one nearest to or furthest beyond its limit."""
    points = [point for point in figure["points"] if point.get("value") is not None]
    if not points:
        return None

    def strain(point: dict[str, Any]) -> float:
        limit = point.get("limit") if point.get("limit") is not None else figure.get("limit")
        relative = point["value"] / limit if limit else point["value"]
        return float(-relative if figure.get("worse") == "low" else relative)

    return max(points, key=strain)


def table(rows: list[dict[str, Any]], order: list[str] | None = None) -> dict[str, Any]:
    """Rows as {"columns": [(name, form)], "rows": [[value]]}: at most MOST_EVIDENCE rows, no empty column.

    ``order``: the columns that come first. A recorded document has lost the order in which they were read.

    The form is "figure" for quantities, "number" for numbers that name something (a session, a file), else "text".
    """
    shown = rows[:MOST_EVIDENCE]
    names = [name for name in dict.fromkeys([*(order or ()), *(name for row in shown for name in row)])
             if any(row.get(name) is not None for row in shown)]
    return {"columns": [(name, _form(name, [row.get(name) for row in shown])) for name in names],
            "rows": [[row.get(name) for name in names] for row in shown]}


def _form(name: str, values: list[Any]) -> str:
    if any(isinstance(value, bool) or not isinstance(value, (int, float, type(None))) for value in values):
        return "text"
    return "number" if _NAMING.search(name) else "figure"
