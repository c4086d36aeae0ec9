# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is told of a run: verdict, counts, new findings and where the report is. No evidence, nothing secret."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ansible_collections.medops.dbcare.plugins.plugin_utils.report import view
from ansible_collections.medops.dbcare.plugins.plugin_utils.report.clean import clean, one_line
from ansible_collections.medops.dbcare.plugins.plugin_utils.report.i18n import Translator, translator
from ansible_collections.medops.dbcare.plugins.plugin_utils.report.text import (
    counts_text,
    digest,
    failure_lines,
    finding_line,
    summary_line,
)

# Neither chat documents an escape, so what would be markup becomes its full-width twin.
_MARKUP = str.maketrans("*`[]<>#~|\\", "＊｀［］＜＞＃～｜＼")
WECOM_BYTES = 4096  # of the content, by the robot's documentation
DINGTALK_BYTES = 18000
COLOURS = {"healthy": "info", "attention": "warning", "unhealthy": "warning", "incomplete": "warning"}


@dataclass(frozen=True)
class Message:
    """One run, told: ``text`` for mail, ``lines`` for chat, ``payload`` for programs."""

    verdict: str
    subject: str
    text: str
    head: str
    facts: list[str]
    news_title: str
    news: list[str]
    solved_title: str
    solved: list[str]
    report: str
    payload: dict[str, Any] = field(default_factory=dict)


def literal(text: Any) -> str:
    """``text`` on one line, with nothing that a chat would take for markup, a mention or a link."""
    return one_line(text).translate(_MARKUP).replace("://", "：//").replace("@", "＠")


def where(run_document: dict[str, Any], report_path: str | None, report_url: str | None) -> str:
    """The address of the report: report_url/<run id>/report.html where a site serves its reports, else its path."""
    if report_url:
        return f"{report_url.rstrip('/')}/{run_document['run']['id']}/report.html"
    return report_path or ""


def compose(run_document: dict[str, Any], language: str, report: str) -> Message:
    """The message of a run in ``language`` ('zh', 'en'); ``report`` is its path or address."""
    doc = clean(run_document)
    t = translator(language)
    verdict = doc["summary"]["verdict"]
    head = t.gettext("%(title)s：%(verdict)s") % {"title": t.kind(doc["run"]["kind"]), "verdict": t.verdict(verdict)}
    text = digest(doc, language)
    if report:
        text += "\n" + t.gettext("报告：%s") % report + "\n"
    return Message(
        verdict=verdict, subject=one_line(_marked(head, doc, t)), text=text, head=_marked(head, doc, t),
        facts=_facts(doc, t), news_title=t.gettext("新增问题："), news=failure_lines(doc, language),
        solved_title=t.gettext("已恢复："), solved=[finding_line(f, t) for f in view.resolved_findings(doc)[:10]],
        report=report, payload=payload(doc, language, report))


def _marked(head: str, doc: dict[str, Any], t: Translator) -> str:
    return f"[{t.gettext('模拟环境')}] {head}" if view.is_simulated(doc) else head


def _facts(doc: dict[str, Any], t: Translator) -> list[str]:
    targets = [f"{name} {t.verdict(entry['verdict'])}" for name, entry in doc["summary"]["by_target"].items()]
    return [counts_text(doc["summary"]["counts"], t), t.gettext("，").join(targets),
            t.gettext("时间：%s") % t.time(doc["run"]["finished"])]


def wecom(message: Message) -> dict[str, Any]:
    """Body for a WeCom group robot: markdown of at most 4096 bytes."""
    head = f'**<font color="{COLOURS[message.verdict]}">{literal(message.head)}</font>**'
    return {"msgtype": "markdown", "markdown": {"content": _fitted(message, head, "\n", WECOM_BYTES)}}


def dingtalk(message: Message) -> dict[str, Any]:
    """Body for a DingTalk group robot."""
    text = _fitted(message, f"### {literal(message.head)}", "\n\n", DINGTALK_BYTES)
    return {"msgtype": "markdown", "markdown": {"title": literal(message.head), "text": text}, "at": {"isAtAll": False}}


def _fitted(message: Message, head: str, gap: str, most: int) -> str:
    """Head, facts, news and report joined by ``gap``; news are left out from the end until it fits ``most`` bytes."""
    news, solved = list(message.news), list(message.solved)
    while True:
        parts = [head, *[f"> {literal(fact)}" for fact in message.facts if fact]]
        for title, lines in ((message.news_title, news), (message.solved_title, solved)):
            if lines:
                parts += [f"**{literal(title)}**", *[f"- {literal(line)}" for line in lines]]
        if message.report:
            parts.append(_link(message.report))
        content = gap.join(parts)
        if len(content.encode()) <= most or not (news or solved):
            return content.encode()[:most].decode(errors="ignore")
        (solved or news).pop()


def _link(report: str) -> str:
    if report.startswith(("http://", "https://")) and not set(report) & set(" ()[]<>\r\n"):
        return f"[report.html]({report})"
    return literal(report)


def payload(doc: dict[str, Any], language: str, report: str) -> dict[str, Any]:
    """Body for a program: schema medops.dbcare/notification/1."""
    run, summary = doc["run"], doc["summary"]
    return {
        "schema": "medops.dbcare/notification/1",
        "run": {key: run[key] for key in ("id", "kind", "started", "finished", "version")},
        "simulated": view.is_simulated(doc), "verdict": summary["verdict"], "counts": summary["counts"],
        "targets": {name: entry["verdict"] for name, entry in summary["by_target"].items()},
        "new_failures": [_told(finding) for finding in view.by_urgency(view.new_findings(doc))],
        "resolved": [{"check": f["check"], "target": f["target"]} for f in view.resolved_findings(doc)],
        "report": report, "text": summary_line(doc, language),
    }


def _told(finding: dict[str, Any]) -> dict[str, Any]:
    told = {key: finding[key] for key in ("check", "target", "status", "severity", "title", "clause")}
    observed = finding.get("observed")
    if isinstance(observed, (int, float)):
        told |= {"observed": observed, "limit": finding.get("limit"), "unit": finding.get("unit")}
    return told


def is_due(run_document: dict[str, Any], when: str) -> bool:
    """Whether ``when`` (always, on_change, on_failure) asks for a message on this run.

    A change is a new or a resolved finding, or another verdict than before; a failure is the verdict unhealthy or
    incomplete.
    """
    summary = run_document["summary"]
    if when == "on_failure":
        return summary["verdict"] in {"unhealthy", "incomplete"}
    if when == "on_change":
        before = summary.get("previous_verdict") or summary["verdict"]
        return bool(summary["new_failures"] or summary["resolved"] or before != summary["verdict"])
    return True
