# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run comes to: verdicts, counts, what is new and what is resolved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Finding = Mapping[str, Any]
READABLE = "instance.readable"
OPEN = frozenset(("fail", "warn", "unknown"))


def verdict(findings: Iterable[Finding], unread: bool) -> str:
    """incomplete: a declared target could not be read; unhealthy: something failed; then unknown, then warnings."""
    statuses = {finding["status"] for finding in findings}
    if unread:
        return "incomplete"
    if "fail" in statuses:
        return "unhealthy"
    if "unknown" in statuses:
        return "incomplete"
    return "attention" if "warn" in statuses else "healthy"


def _counts(findings: Iterable[Finding]) -> dict[str, int]:
    counted = Counter(finding["status"] for finding in findings)
    return {
        status: counted[status]
        for status in ("fail", "warn", "unknown", "waived", "pass", "not_applicable")
        if counted[status]
    }


def _pointer(finding: Finding) -> dict[str, Any]:
    return {key: finding[key] for key in ("check", "target", "status", "severity", "title", "since")}


def _resolved(findings: Sequence[Finding], previous: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    before = (previous or {}).get("findings", {})
    result = []
    for finding in findings:
        was = before.get(f"{finding['check']}@{finding['target']}")
        # As with news: that a database can be read again is one thing resolved, not eighty.
        unread = before.get(f"{READABLE}@{finding['target']}", {}).get("status") == "fail"
        if was and was["status"] == "unknown" and unread:
            continue
        if was and was["status"] in OPEN and finding["status"] not in OPEN:
            result.append({**_pointer(finding), "since": was.get("since")})
    return result


def summarise(
    findings: Sequence[Finding], unread: Sequence[str], targets: Sequence[str], previous: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The summary of a run document; ``unread`` are the targets of which nothing could be read."""
    by_target = {}
    for target in targets:
        own = [finding for finding in findings if finding["target"] == target]
        by_target[target] = {"verdict": verdict(own, target in unread), "counts": _counts(own)}
    severities = Counter(finding["severity"] for finding in findings if finding["status"] in OPEN)
    # That nothing else is known of a target that could not be read is one piece of news, not eighty.
    news = [
        finding
        for finding in findings
        if finding["new"] and not (finding["status"] == "unknown" and finding["target"] in unread)
    ]
    return {
        "verdict": verdict(findings, bool(unread)),
        "previous_verdict": (previous or {}).get("verdict"),
        "counts": _counts(findings),
        "by_severity": {
            key: severities[key] for key in ("critical", "high", "medium", "low", "info") if severities[key]
        },
        "by_target": by_target,
        "new_failures": [_pointer(finding) for finding in news],
        "resolved": _resolved(findings, previous),
    }
