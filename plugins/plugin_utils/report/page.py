# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A run document as one HTML page that needs nothing but itself."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2
from jinja2.bccache import Bucket
from markupsafe import Markup

from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput
from ansible_collections.medops.dbcare.plugins.module_utils.values import parse_time
from ansible_collections.medops.dbcare.plugins.plugin_utils.report import charts, view
from ansible_collections.medops.dbcare.plugins.plugin_utils.report.clean import clean
from ansible_collections.medops.dbcare.plugins.plugin_utils.report.i18n import DASH, Translator, translator
from ansible_collections.medops.dbcare.plugins.plugin_utils.report.schema import with_optional
from ansible_collections.medops.dbcare.plugins.plugin_utils.run.figures import definitions

TEMPLATES = Path(__file__).parent / "templates"
SIGNS = {">=": "≥", "<=": "≤", ">": ">", "<": "<", "==": "=", "!=": "≠"}


class Compiled(jinja2.BytecodeCache):
    """Templates compiled in this process: those of the second language are the first one's."""

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the code of a template that was compiled before."""
        if bucket.key in self._code:
            bucket.bytecode_from_string(self._code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a template."""
        self._code[bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()


@functools.cache
def environment(language: str) -> jinja2.Environment:
    """The templates in one language: everything escaped, an undefined name is an error."""
    t = translator(language)
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, bytecode_cache=COMPILED, extensions=["jinja2.ext.i18n"])
    env.install_gettext_callables(t.gettext, t.ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.filters.update(pick=t.pick, other=t.other, value=t.value, time=t.time, zone=t.zone, column=t.column,
                       rows=view.table)
    helpers: dict[str, Callable[..., Any]] = {"measure": measure, "run_time": run_time, "uptime": uptime}
    env.globals.update(t=t, **{name: functools.partial(helper, t) for name, helper in helpers.items()})
    return env


@functools.cache
def style() -> str:
    """The style sheet."""
    return (TEMPLATES / "report.css").read_text(encoding="utf-8")


def page_margins(run_document: dict[str, Any], t: Translator) -> str:
    """The head of every printed page, as CSS. Kind and id are plain words by the schema, so they may stand in it."""
    run = run_document["run"]
    right = t.gettext("模拟环境") if view.is_simulated(run_document) else ""
    return (f'@page {{ @top-left {{ content: "{t.kind(run["kind"])} · {run["id"]}"; font-size: 9pt; color: #56626f; }} '
            f'@top-right {{ content: "{right}"; font-size: 9pt; font-weight: 700; color: #8a5a00; }} }}')


def policy(*styles: str) -> str:
    """Content security policy: the page may use its own style sheets and nothing else."""
    digests = [base64.b64encode(hashlib.sha256(css.encode()).digest()).decode() for css in styles]
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return f"default-src 'none'; style-src {allowed}; base-uri 'none'; form-action 'none'"


def html(run_document: dict[str, Any], language: str, twins: dict[str, str]) -> bytes:
    """The page of a run in ``language``; ``twins`` are the file names of all its languages."""
    kind = run_document["run"]["kind"]
    env = environment(language)
    try:
        template = env.get_template(f"{kind}.html.j2")
    except jinja2.TemplateNotFound as error:
        raise BadInput(f'There is no report for runs of the kind "{kind}".') from error
    t = translator(language)
    styles = [style(), page_margins(run_document, t)]
    page = template.render(styles=[Markup(css) for css in styles], policy=policy(*styles),  # noqa: S704 (our own CSS)
                           twins=twins, **context(with_optional(clean(run_document)), t))
    return page.encode("utf-8", errors="replace")


def context(doc: dict[str, Any], t: Translator) -> dict[str, Any]:
    """Names for the template."""
    names = [target["name"] for target in doc["scope"]["targets"]]
    return {
        "doc": doc, "run": doc["run"], "summary": doc["summary"],
        "contract": doc["contract"] or dict.fromkeys(("title", "number", "customer", "provider")),
        "clauses": doc.get("clauses") or {}, "simulated": view.is_simulated(doc),
        "counts": [(status, doc["summary"]["counts"].get(status, 0)) for status in view.STATUSES],
        "databases": [database(doc, index, t) for index in range(len(names))],
        "anchor": functools.partial(anchor, names), "actions": view.actions(doc),
        "news": view.brief(view.by_urgency(view.new_findings(doc))), "resolved": view.resolved_findings(doc),
        "clauses_used": view.clauses_used(doc), "checks": view.all_checks(doc), "names": names,
        "lost": view.unreadable(doc), "unclear": unclear(doc),
        "failed": [f for f in doc["findings"] if f["status"] == "fail" and f["target"] not in view.unreadable(doc)],
    }


def unclear(doc: dict[str, Any]) -> list[str]:
    """What could not be read, or of which something could not be judged."""
    unknown = [finding["target"] for finding in doc["findings"] if finding["status"] == "unknown"]
    return list(dict.fromkeys([item["what"] for item in doc["scope"]["not_read"]] + unknown))


def anchor(names: list[str], finding: dict[str, Any]) -> str:
    """Id of a finding's card on the page."""
    number = names.index(finding["target"]) + 1 if finding["target"] in names else 0
    return f"f{number}-{finding['check'].replace('.', '-')}"


def database(doc: dict[str, Any], index: int, t: Translator) -> dict[str, Any]:
    """Everything shown of one database."""
    target = doc["scope"]["targets"][index]
    name = target["name"]
    entry = doc["summary"]["by_target"].get(name) or {"verdict": "incomplete", "counts": {}}
    figures = in_order((doc.get("metrics") or {}).get(name) or {})
    drawn = [{"title": t.pick(figure["title"]), "svg": charts.draw(f"c{index + 1}-{key}", figure, t), "figure": figure}
             for key, figure in figures.items()]
    cards, lines = view.cards(doc, name)
    return {"target": target, "name": name, "id": f"db{index + 1}", "verdict": entry["verdict"],
            "counts": entry["counts"], "headlines": headlines(figures, t),
            "charts": [chart for chart in drawn if chart["svg"]],
            "cards": cards, "lines": lines,
            "unjudged": sum(1 for f in doc["findings"] if f["target"] == name and f["status"] == "unknown")}


def in_order(figures: dict[str, Any]) -> dict[str, Any]:
    """Figures in the order of catalogue/figures.yml: an archived document has its keys in alphabetical order."""
    known = [spec["id"] for spec in definitions()]
    return {key: figures[key] for key in [*known, *(key for key in figures if key not in known)] if key in figures}


def headlines(figures: dict[str, Any], t: Translator) -> list[dict[str, Any]]:
    """The worst value of each figure that has a headline: {"words", "value", "bad"}; at most three."""
    shown = []
    for figure in figures.values():
        if not figure.get("headline") or not figure["points"]:
            continue
        point = view.worst(figure)
        lost = point is None and figure["kind"] == "value"
        if point or lost:
            shown.append({"words": t.pick(figure["headline"]), "bad": lost or charts.beyond(point or {}, figure),
                          "value": t.amount(point["value"], figure.get("unit")) if point else t.gettext("没有")})
    return shown[:3]


def measure(t: Translator, finding: dict[str, Any], of: dict[str, Any] | None = None) -> dict[str, str]:
    """{"observed", "limit", "word" (what the limit is called)} as text for a finding, or for one object ``of`` it."""
    source = finding if of is None else of
    limit = source.get("limit")
    signs = {**SIGNS, "in": t.gettext("属于"), "not_in": t.gettext("不属于")}
    sign = signs.get(finding.get("operator") or "", "")
    words = DASH if limit is None else f"{sign} {t.value(limit, finding.get('unit'))}".strip()
    required = bool(sign) or isinstance(limit, (str, list))
    return {"observed": t.value(source.get("observed"), finding.get("unit")), "limit": words,
            "word": t.gettext("要求") if required else t.gettext("限值")}


def run_time(t: Translator, run_id: str) -> str:
    """When a run was, by an id that begins with its time (20260316-070002-...); '' for another id."""
    found = re.match(r"(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)", run_id or "")
    return t.time("{}-{}-{}T{}:{}".format(*found.groups())) if found else ""


def uptime(t: Translator, target: dict[str, Any], instance: dict[str, Any]) -> str:
    """How long an instance has been up by the database's clock; '' when either is not known."""
    now = parse_time(target["facts"].get("database_time"))
    begin = parse_time(instance.get("startup_time"))
    if not now or not begin or bool(now.tzinfo) != bool(begin.tzinfo):
        return ""
    return t.span(now - begin)
