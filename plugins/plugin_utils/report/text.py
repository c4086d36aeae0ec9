# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The run in a line, and in a few lines, as plain text."""

from __future__ import annotations

from typing import Any

from ansible_collections.medops.dbcare.plugins.plugin_utils.report import view
from ansible_collections.medops.dbcare.plugins.plugin_utils.report.clean import one_line
from ansible_collections.medops.dbcare.plugins.plugin_utils.report.i18n import Translator, translator

COUNTED = ("fail", "warn", "unknown", "waived", "pass", "not_applicable")


def counts_text(counts: dict[str, int], t: Translator) -> str:
    """'不合格 3，警告 2，通过 180': what there is at least one of, and always what passed."""
    parts = [f"{t.status(status)} {counts.get(status, 0)}" for status in COUNTED
             if counts.get(status) or status == "pass"]
    return t.gettext("，").join(parts)


def summary_line(run_document: dict[str, Any], language: str = "zh") -> str:
    """One line: verdict of the run, its counts, the verdict of each target, and what is new."""
    t = translator(language)
    summary = run_document["summary"]
    targets = [f"{one_line(name)} {t.verdict(entry['verdict'])}" for name, entry in summary["by_target"].items()]
    parts = [counts_text(summary["counts"], t), t.gettext("，").join(targets)]
    if news := view.new_findings(run_document):
        parts.append(t.gettext("新增 %d 项") % len(news))
    if view.is_simulated(run_document):
        parts.append(t.gettext("模拟环境"))
    head = t.gettext("%(title)s：%(verdict)s") % {
        "title": t.kind(run_document["run"]["kind"]), "verdict": t.verdict(summary["verdict"])}
    return t.gettext("；").join([head, *[part for part in parts if part]])


def failure_lines(run_document: dict[str, Any], language: str = "zh", most: int = 10) -> list[str]:
    """One line for each new finding, worst first: status, target, title and observed value; no evidence."""
    t = translator(language)
    found = view.by_urgency(view.new_findings(run_document))
    lines = [finding_line(finding, t) for finding in found[:most]]
    if len(found) > most:
        lines.append(t.gettext("另有 %d 项，见报告") % (len(found) - most))
    return lines


def finding_line(finding: dict[str, Any], t: Translator) -> str:
    """'不合格 LIS 表空间剩余 6.3 %'."""
    words = [t.status(finding["status"]), finding["target"], t.pick(finding["title"])]
    observed = finding.get("observed")
    if isinstance(observed, (int, float)) and not isinstance(observed, bool):
        words.append(t.value(observed, finding.get("unit")))
    elif finding["status"] in view.OPEN and finding.get("reason"):
        words.append(f"({t.pick(finding['reason'])})")
    return one_line(" ".join(words))


def digest(run_document: dict[str, Any], language: str = "zh") -> str:
    """A few lines for mail or chat: verdict, counts, targets, what is new and what is over; no evidence."""
    t = translator(language)
    lines = [summary_line(run_document, language), t.gettext("时间：%s") % t.time(run_document["run"]["finished"])]
    news = failure_lines(run_document, language)
    if news:
        lines += ["", t.gettext("新增问题："), *[f"- {line}" for line in news]]
    solved = [finding_line(finding, t) for finding in view.resolved_findings(run_document)]
    if solved:
        lines += ["", t.gettext("已恢复："), *[f"- {line}" for line in solved[:10]]]
    return "\n".join(lines) + "\n"
