# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Charts, orders, words and lines of the report."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput
from ansible_collections.medops.dbcare.plugins.plugin_utils import report
from ansible_collections.medops.dbcare.plugins.plugin_utils.report import charts, text, view
from ansible_collections.medops.dbcare.plugins.plugin_utils.report.i18n import translator
from tests.support.sample_figures import metrics
from tests.support.sample_run import healthy_run, sample_run

ZH, EN = translator("zh"), translator("en")
REPORT = Path(report.__file__).parent


# --- words ----------------------------------------------------------------------------------------------------------


def extracted() -> set[str]:
    """Every message in templates and code of the report and the notifications."""
    methods = [("**.py", "python"), ("**.j2", "jinja2")]
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2)}
    return {str(message) for folder in (REPORT, REPORT.parent / "notify")
            for _file, _line, message, _comments, _context in extract_from_dir(
                folder, method_map=methods, keywords=keywords)}


def chinese(words: str) -> list[str]:
    return [char for char in words if "\u4e00" <= char <= "\u9fff"]


def test_every_message_has_its_english() -> None:
    with (REPORT / "locale" / "en.po").open("rb") as file:
        catalog = read_po(file, locale="en")
    known = {str(entry.id): str(entry.string) for entry in catalog if entry.id}
    assert extracted() - set(known) == set()
    assert set(known) - extracted() == set()
    assert [key for key, words in known.items() if not words or chinese(words)] == []


def test_english_page_has_no_chinese_of_ours() -> None:
    from ansible_collections.medops.dbcare.plugins.plugin_utils.report.page import html

    document = healthy_run()
    document["contract"] = None
    document["waivers"] = []
    page = html(document, "en", {"en": "report.html"}).decode()
    body = page[page.index("<body>"):]
    assert chinese(body) == []


@pytest.mark.parametrize(("value", "unit", "zh", "en"), [
    (1234567, None, "1,234,567", "1,234,567"), (6.3, "%", "6.3 %", "6.3 %"), (9.1, "days", "9.1 天", "9.1 days"),
    (2.5, "h", "2.5 小时", "2.5 h"), (0.0421, "ms", "0.0421 ms", "0.0421 ms"), (26, "/h", "26 次/小时", "26 per hour"),
    (True, None, "是", "yes"), (None, "%", "—", "—"), ("", None, "—", "—"), ([1, "b"], None, "1, b", "1, b"),
    ("2026-03-16T07:00:04+08:00", None, "2026-03-16 07:00", "2026-03-16 07:00"), ("OPEN", "%", "OPEN", "OPEN"),
])
def test_values(value: Any, unit: str | None, zh: str, en: str) -> None:
    assert (ZH.value(value, unit), EN.value(value, unit)) == (zh, en)


@pytest.mark.parametrize(("hours", "words"), [
    (0.2, "12 分钟"), (1.5, "1.5 小时"), (47, "47 小时"), (55.2, "2.3 天"), (24 * 56.3, "56 天")])
def test_spans(hours: float, words: str) -> None:
    assert ZH.span(timedelta(hours=hours)) == words


# --- orders ---------------------------------------------------------------------------------------------------------


def test_most_urgent_first() -> None:
    order = [(f["target"], f["check"], f["status"]) for f in view.open_findings(sample_run())]
    assert order == [
        ("EMR", "instance.readable", "fail"), ("PACS", "backup.full_age", "fail"),
        ("HIS", "sessions.blocking_chains", "fail"), ("HIS", "storage.tablespace_free", "fail"),
        ("PACS", "storage.tablespace_free", "warn"), ("PACS", "storage.io_latency", "unknown"),
        ("HIS", "logs.switch_rate", "warn")]


def test_what_could_not_be_judged_is_one_thing_to_do() -> None:
    document = sample_run()
    for finding in document["findings"]:
        if finding["target"] == "PACS" and finding["status"] == "pass":
            finding["status"] = "unknown"
    found = view.actions(document, most=9)
    assert [(a["targets"], a["unknown"]) for a in found if a["unknown"]] == [(["PACS"], 20)]
    full, lines = view.cards(document, "PACS")
    assert [f["status"] for f in full] == ["fail", "warn"] and len(lines) == 20


def test_actions_join_targets_of_one_check() -> None:
    found = view.actions(sample_run(), most=4)
    assert [(a["finding"]["check"], a["targets"]) for a in found][3] == ("storage.tablespace_free", ["HIS", "PACS"])
    assert view.actions(healthy_run()) == []


def test_table_drops_empty_columns_and_knows_numbers_that_name() -> None:
    table = view.table([{"con_name": None, "sid": 4120, "size_mb": 1.5, "event": "x"}, {"sid": 7, "size_mb": None}])
    assert table == {"columns": [("sid", "number"), ("size_mb", "figure"), ("event", "text")],
                     "rows": [[4120, 1.5, "x"], [7, None, None]]}


def test_table_has_the_columns_in_the_order_asked_for() -> None:
    rows = [{"free_pct": 3.1, "size_mb": 180, "tablespace": "LIS_DATA"}]
    table = view.table(rows, ["tablespace", "files", "free_pct"])
    assert [name for name, _form in table["columns"]] == ["tablespace", "free_pct", "size_mb"]
    assert table["rows"] == [["LIS_DATA", 3.1, 180]]


def test_table_is_short() -> None:
    assert len(view.table([{"a": n} for n in range(99)])["rows"]) == view.MOST_EVIDENCE


# --- lines ----------------------------------------------------------------------------------------------------------


def test_summary_line() -> None:
    assert text.summary_line(sample_run()) == (
        "数据库每日巡检报告：不完整；不合格 4，警告 2，未知 24，已豁免 1，通过 61，不适用 4；"
        "HIS 不健康，LIS 健康，PACS 不健康，EMR 不完整；新增 4 项；模拟环境")
    line = text.summary_line(healthy_run(), "en")
    assert line == "Daily database inspection: Healthy; Pass 23, Not applicable 1; LIS Healthy; Simulated"


def test_digest_has_news_and_no_evidence() -> None:
    words = text.digest(sample_run())
    assert "- 不合格 EMR 数据库可以读取 (数据库正在启动或关闭（ORA-01033）)" in words
    assert "- 不合格 HIS 阻塞会话链 1,260 秒" in words and "已恢复：\n- 通过 LIS 告警日志中的严重错误" in words
    assert "HIS_APP" not in words and "his-web" not in words


def test_digest_says_how_many_more() -> None:
    lines = text.failure_lines(sample_run(), "en", most=1)
    assert lines[1:] == ["3 more in the report"]


# --- charts ---------------------------------------------------------------------------------------------------------


def drawn(figure: dict[str, Any], language: str = "zh") -> ElementTree.Element:
    return ElementTree.fromstring(str(charts.draw("k", figure, translator(language))))  # noqa: S314 (our own)


def test_bars_tell_the_limit_without_colour() -> None:
    chart = drawn(metrics()["HIS"]["tablespace_used"])
    texts = [element.text for element in chart.iter("text")]
    assert texts[:6] == ["HIS_DATA", "▲ 93.7 %", "HIS_INDEX", "▲ 85.1 %", "SYSAUX", "62 %"]
    assert texts[-1] == "限值 80 %"
    bars = [rect for rect in chart.iter("rect") if rect.get("fill") in {charts.GOOD, charts.BAD}]
    assert float(bars[0].attrib["width"]) == pytest.approx(222 * 0.937, abs=0.06)
    assert [rect.get("fill") for rect in bars[:3]] == [charts.BAD, charts.BAD, charts.GOOD]


def test_charts_stand_alone() -> None:
    for figure in metrics()["HIS"].values():
        if figure["kind"] == "value":
            assert str(charts.draw("k", figure, ZH)) == ""
            continue
        chart = drawn(figure)
        title, description = chart.find("title"), chart.find("desc")
        assert title is not None and title.text == figure["title"]["zh"] and title.attrib["id"] == "k-t"
        assert description is not None and description.text and chart.attrib["aria-labelledby"] == "k-t k-d"
        assert all(font in chart.attrib["font-family"] for font in ("Noto Sans CJK SC", "Microsoft YaHei", "PingFang"))
        ground = next(chart.iter("rect"))
        assert ground.get("fill") == "#ffffff" and ground.get("width") == "480"


def test_columns_mark_the_hour_beyond_the_limit() -> None:
    chart = drawn(metrics()["HIS"]["log_switches"])
    assert [t.text for t in chart.iter("title")].count("2026-03-16 05:00 thread 1 26") == 1
    assert [t.text for t in chart.iter("text")].count("▲") == 1
    description = chart.find("desc")
    assert description is not None and description.text == "最高值：thread 1 26（2026-03-16 05:00）"


def test_timeline_tells_ages_and_failures() -> None:
    chart = drawn(metrics()["PACS"]["backups"])
    description = chart.find("desc")
    assert description is not None and description.text == "全量: 9.1 天前 ✕1；增量: 5.5 小时前 ✕1；归档日志: 40 分钟前"
    assert [t.text for t in chart.iter("text") if "▲" in str(t.text)] == ["▲ 9.1 天前 ✕1", "▲ 5.5 小时前 ✕1"]
    assert len(list(chart.iter("path"))) == 2


def test_timeline_of_what_never_happened() -> None:
    figure = metrics()["LIS"]["backups"] | {"points": [{"label": {"zh": "全量", "en": "Full"}, "limit": 168}]}
    assert "▲ none" in [t.text for t in drawn(figure, "en").iter("text")]


def test_label_that_is_too_long_is_cut_in_the_middle() -> None:
    assert charts.cut("HIS_DATA_ARCHIVE_2019_Q4", 110) == "HIS_DAT…19_Q4"
    assert charts.width(charts.cut("数据库每日巡检报告的表空间", 90)) <= 90
    assert charts.cut("CDB$ROOT/UNDOTBS1", 150) == "CDB$ROOT/UNDOTBS1"


@pytest.mark.parametrize(("worse", "value", "bad"), [
    ("high", 81, True), ("high", 80, False), ("low", 19, True), ("low", 20, False), (None, 99, False)])
def test_beyond_its_limit(worse: str | None, value: float, bad: bool) -> None:
    limit = 80 if worse == "high" else 20
    assert charts.beyond({"value": value}, {"worse": worse, "limit": limit}) is bad


def test_unknown_language() -> None:
    with pytest.raises(BadInput, match="use zh or en"):
        translator("de")
