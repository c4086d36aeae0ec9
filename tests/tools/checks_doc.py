# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writes docs/checks.md from the catalogue: ``PYTHONPATH=.collections:. python -m tests.tools.checks_doc``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.medops.dbcare.plugins.plugin_utils.catalogue import LIMIT_ID, Catalogue, load_catalogue

TARGET = Path(__file__).resolve().parents[2] / "docs" / "checks.md"
AREAS = {"instance": "实例 / Instance", "storage": "存储 / Storage", "logs": "日志 / Logs",
         "sessions": "会话 / Sessions", "backup": "备份 / Backup", "security": "安全 / Security"}
OPPOSITE = {">=": "<", "<=": ">", ">": "<=", "<": ">=", "==": "≠", "!=": "=", "in": "not in", "not_in": "in"}
HEAD = """# 检查项 / Checks

由目录 `catalogue/` 生成，请勿手改 / Generated from `catalogue/`, not edited by hand:
`PYTHONPATH=.collections:. python -m tests.tools.checks_doc`.

Limits are those of the contract or the catalogue; a site tightens them with `dbcare_limits`. **Bold** ones bind by
contract.
"""
COLUMNS = ("检查 / Check", "级别 / Severity", "条款 / Clause", "不合格 / Fails", "提醒 / Warns", "读取 / Reads")


def named(catalogue: Catalogue, value: Any) -> str:
    """A limit as its figure and unit with its id, a literal as it is."""
    if isinstance(value, str) and LIMIT_ID.match(value) and value in catalogue.limits:
        limit = catalogue.limits[value]
        figure = listed(limit["value"]) + (f" {limit['unit']}" if limit.get("unit") else "")
        return f"**{figure}** (`{value}`)" if limit["contract"] else f"{figure} (`{value}`)"
    return listed(value)


def listed(value: Any) -> str:
    """Lists with commas, numbers and texts as they are."""
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)


def condition(catalogue: Catalogue, check: dict[str, Any], status: str) -> str:
    """When the check has ``status``, in one cell; empty when it never has."""
    form, rule = next(iter(check["judge"].items()))
    if form == "compare":
        if status not in rule:
            return ""
        return f"`{rule['observed']}` {OPPOSITE[rule['healthy']]} {named(catalogue, rule[status])}"
    if form == "jmespath":
        return f"`{rule['unhealthy']}`" if rule.get("status", "fail") == status else ""
    limits = ", ".join(named(catalogue, limit) for limit in rule.get("limits", []))
    return f"judge `{rule['name']}`" + (f", {limits}" if limits else "") if status == "fail" else ""


def row(catalogue: Catalogue, check: dict[str, Any]) -> str:
    """One line of the table."""
    probe = catalogue.probes[check["probe"]]
    cells = (
        f"`{check['id']}`<br>{check['title']['zh']}<br>{check['title']['en']}",
        check["severity"], f"`{check['clause']}`",
        *(condition(catalogue, check, status) for status in ("fail", "warn")),
        f"`{check['probe']}`" + (f": {', '.join(probe['reads'])}" if probe["reads"] else ""),
    )
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def page(catalogue: Catalogue) -> str:
    """The whole page."""
    parts = [HEAD]
    for area, title in AREAS.items():
        lines = [row(catalogue, check) for check in catalogue.checks.values() if check["id"].startswith(f"{area}.")]
        table = ["| " + " | ".join(COLUMNS) + " |", "|" + " --- |" * len(COLUMNS), *lines]
        parts.append(f"## {title}\n\n" + "\n".join(table) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    TARGET.write_text(page(load_catalogue()), encoding="utf-8")
