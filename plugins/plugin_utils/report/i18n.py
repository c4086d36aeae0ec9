# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Chinese and English: messages, numbers, times and the words for what a database shows.

Messages stand in the templates and the code in Chinese; locale/en.po holds the English, read at first use, so that
there is nothing to compile.
"""

from __future__ import annotations

import functools
import gettext
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput
from ansible_collections.medops.dbcare.plugins.module_utils.values import parse_time
from ansible_collections.medops.dbcare.plugins.plugin_utils.catalogue import BUILT_IN

HERE = Path(__file__).parent
LANGUAGES = {"zh": "zh-CN", "en": "en"}
DASH = "—"


def language_code(name: str) -> str:
    """'zh' or 'en' for zh, zh_CN, zh-CN, en, en_US ...; BadInput for a language that has no catalogue."""
    code = str(name).replace("-", "_").split("_", maxsplit=1)[0].lower()
    if code not in LANGUAGES:
        raise BadInput(f'There is no report in the language "{name}"; use {" or ".join(LANGUAGES)}.')
    return code


def load_messages(language: str) -> gettext.NullTranslations:
    """The messages of locale/<language>.po; Chinese is the source and needs none."""
    if language == "zh":
        return gettext.NullTranslations()
    with (HERE / "locale" / f"{language}.po").open("rb") as file:
        catalog = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@functools.cache
def _columns() -> dict[str, dict[str, str]]:
    return yaml.safe_load((BUILT_IN / "columns.yml").read_text(encoding="utf-8"))


class Translator:
    """Everything that depends on the reader's language. Make one by ``translator(language)``."""

    def __init__(self, language: str) -> None:
        self.code = language
        self.tag = LANGUAGES[language]
        self.messages = load_messages(language)
        self.gettext = self.messages.gettext
        self.ngettext = self.messages.ngettext

    def pick(self, text: Any) -> str:
        """This language's side of {"zh", "en"}; plain text as it is; '' for None."""
        if isinstance(text, dict):
            return str(text.get(self.code) or text.get("zh") or text.get("en") or "")
        return "" if text is None else str(text)

    def other(self, text: Any) -> str:
        """The other language's side of {"zh", "en"}."""
        side = "en" if self.code == "zh" else "zh"
        return str(text.get(side) or "") if isinstance(text, dict) else ""

    def column(self, name: str) -> str:
        """Words for a column of evidence; its own name where there are none."""
        return self.pick(_columns().get(name)) or name

    def number(self, value: float) -> str:
        """1234.5678 -> '1,234.57'; integers keep all their digits."""
        if isinstance(value, int):
            return str(format_decimal(value, locale="en"))
        pattern = "#,##0.####" if abs(value) < 0.1 else "#,##0.##"
        return str(format_decimal(round(value, 4), format=pattern, locale="en"))

    def value(self, value: Any, unit: str | None = None) -> str:
        """A cell of any JSON type as text, with its unit if it is a number."""
        if value is None or value == "":
            return DASH
        if isinstance(value, bool):
            return self.gettext("是") if value else self.gettext("否")
        if isinstance(value, (int, float)):
            return self.number(value) + self.unit(unit)
        if isinstance(value, list):
            return ", ".join(self.value(item) for item in value) or DASH
        if isinstance(value, dict):
            return json.dumps(value, ensure_ascii=False)
        return str(value) if parse_time(value) is None else self.time(value)

    def unit(self, unit: str | None) -> str:
        """The unit as it follows a number, with the space before it."""
        words = {"h": self.gettext("小时"), "hours": self.gettext("小时"), "days": self.gettext("天"),
                 "d": self.gettext("天"), "s": self.gettext("秒"), "min": self.gettext("分钟"),
                 "count": "", "1": "", "/h": self.gettext("次/小时")}
        word = words.get(unit or "", unit or "")
        return f" {word}" if word else ""

    def time(self, value: Any, seconds: bool = False) -> str:
        """'2026-03-16 07:00' in the clock the time was given in; other text unchanged; '—' for nothing."""
        if not value:
            return DASH
        moment = parse_time(value)
        if moment is None:
            return str(value)
        return moment.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")

    def zone(self, value: Any) -> str:
        """'UTC+08:00' of a time that says its offset; '' of one that does not."""
        moment = parse_time(value) if value else None
        return "UTC" + moment.isoformat(timespec="minutes")[16:] if moment and moment.tzinfo else ""

    def span(self, length: timedelta) -> str:
        """A time span in its one fitting unit: '45 分钟', '6.5 小时', '12 天'."""
        hours = length.total_seconds() / 3600
        if hours < 1:
            return f"{max(0, round(hours * 60))}" + self.unit("min")
        if hours < 48:
            return self.number(round(hours, 1)) + self.unit("h")
        return self.number(round(hours / 24, 1 if hours < 240 else 0)) + self.unit("days")

    def amount(self, value: float, unit: str | None) -> str:
        """A number with its unit; hours and days in whichever of the two reads better."""
        hours = {"h": 1, "hours": 1, "d": 24, "days": 24}.get(unit or "")
        return self.span(timedelta(hours=value * hours)) if hours else self.value(round(value, 1), unit)

    def status(self, status: str) -> str:
        """Word for a finding's status."""
        return {"pass": self.gettext("通过"), "warn": self.gettext("警告"), "fail": self.gettext("不合格"),
                "unknown": self.gettext("未知"), "waived": self.gettext("已豁免"),
                "not_applicable": self.gettext("不适用")}[status]

    def severity(self, severity: str) -> str:
        """Word for a severity."""
        return {"critical": self.gettext("严重"), "high": self.gettext("高"), "medium": self.gettext("中"),
                "low": self.gettext("低"), "info": self.gettext("提示")}[severity]

    def verdict(self, verdict: str) -> str:
        """Word for the verdict of a run or of one database."""
        return {"healthy": self.gettext("健康"), "attention": self.gettext("需关注"),
                "unhealthy": self.gettext("不健康"), "incomplete": self.gettext("不完整")}[verdict]

    def source(self, source: str | None) -> str:
        """Word for who set a limit."""
        words = {"contract": self.gettext("合同"), "catalogue": self.gettext("产品默认"),
                 "site": self.gettext("本院设置"), "target": self.gettext("单库设置")}
        return words.get(source or "", DASH)

    def kind(self, kind: str) -> str:
        """Title of a kind of report; the kind itself where there is none."""
        return {"daily_inspection": self.gettext("数据库每日巡检报告")}.get(kind, kind)

    def area(self, check: str) -> str:
        """Title of a check's area, the first part of its id."""
        area = check.split(".", maxsplit=1)[0]
        return {"instance": self.gettext("实例与进程"), "storage": self.gettext("存储空间"),
                "logs": self.gettext("日志"), "sessions": self.gettext("会话"),
                "backup": self.gettext("备份"), "security": self.gettext("安全"),
                "performance": self.gettext("性能")}.get(area, area)


@functools.cache
def translator(language: str) -> Translator:
    """The translator for a language ('zh', 'zh_CN', 'en' ...), read once a process."""
    return Translator(language_code(language))
